//! Measures over the scores of several tasks, with intervals by resampling the seeds of each task.

use seedbed::Stream;
use statrs::distribution::{ContinuousCDF, Normal};

use super::location::{mean_and_variance, two_sided_student_quantile};
use super::{Estimate, quantile};

/// Resamples behind an interval: its ends then move by about a twentieth of their standard error.
pub const RESAMPLES: u64 = 2000;

/// A measure of `tasks`, one list of scores a task, with the expanded percentile interval over resamples drawn task by task
/// with replacement.
///
/// Plain percentiles are too narrow by √((n − 1)/n) and by the normal law in place of Student's; they are taken at
/// Φ(∓√e t) instead. With vᵢ = nᵢ sᵢ² of the tasks, e = Σvᵢ / Σ vᵢ(nᵢ − 1)/nᵢ, and t has (Σvᵢ)² / Σ vᵢ²/(nᵢ − 1) degrees of
/// freedom: for one task n/(n − 1) and n − 1. The draws follow from `seed` alone. A task with fewer than two scores: an infinite
/// interval.
///
/// Sources: Efron (1979); Agarwal et al. (2021) for the strata; Hesterberg (2015), section 5.3, for the expansion; Satterthwaite
/// (1946) for the degrees of freedom.
pub fn stratified_bootstrap(
    tasks: &[Vec<f64>],
    measure: impl Fn(&[f64]) -> f64,
    seed: u64,
    confidence: f64,
) -> Estimate {
    let all: Vec<f64> = tasks.concat();
    let smallest = tasks.iter().map(Vec::len).min().unwrap_or(0);
    let value = measure(&all);
    if smallest < 2 {
        return Estimate::new(value, f64::NEG_INFINITY, f64::INFINITY, all.len(), METHOD);
    }
    let stream = Stream::new(seed, "stratified bootstrap");
    let resamples: Vec<f64> = (0..RESAMPLES).map(|resample| measure(&drawn(tasks, &stream.part(resample)))).collect();
    let width = expansion(tasks, confidence);
    let tail = if width.is_nan() { f64::NAN } else { Normal::standard().cdf(-width) };
    Estimate::new(value, quantile(&resamples, tail), quantile(&resamples, 1.0 - tail), all.len(), METHOD)
}

const METHOD: &str = "stratified_bootstrap";

/// √e t of [`stratified_bootstrap`].
fn expansion(tasks: &[Vec<f64>], confidence: f64) -> f64 {
    let of = |task: &Vec<f64>| (task.len() as f64, task.len() as f64 * mean_and_variance(task).1);
    let sum = |part: &dyn Fn((f64, f64)) -> f64| tasks.iter().map(|task| part(of(task))).sum::<f64>();
    let all = sum(&|(_, variance)| variance);
    let seen = sum(&|(n, variance)| variance * (n - 1.0) / n);
    let degrees_of_freedom = all * all / sum(&|(n, variance)| variance * variance / (n - 1.0));
    // without variance any expansion is the same
    if all == 0.0 { 1.0 } else { two_sided_student_quantile(degrees_of_freedom, confidence) * (all / seen).sqrt() }
}

/// One resample: as many scores of each task as it has.
fn drawn(tasks: &[Vec<f64>], stream: &Stream) -> Vec<f64> {
    let mut place = 0u64;
    let mut word = || {
        place += 1;
        stream.block((place - 1) / 4, 0)[((place - 1) % 4) as usize]
    };
    let below = |word: u32, count: usize| ((u64::from(word) * count as u64) >> 32) as usize;
    let one = |task: &Vec<f64>| (0..task.len()).map(|_| task[below(word(), task.len())]).collect::<Vec<f64>>();
    tasks.iter().flat_map(one).collect()
}

/// Interquartile mean over all scores: the mean without the ⌊n/4⌋ smallest and largest; see [`stratified_bootstrap`].
///
/// Source: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice"; the value is
/// `scipy.stats.trim_mean(x, 0.25)`.
///
/// ```
/// use seedbed_feasibility::statistics::interquartile_mean;
/// assert_eq!(interquartile_mean(&[vec![0.0, 1.0, 2.0, 3.0, 100.0]], 0, 0.95).value, 2.0);
/// ```
pub fn interquartile_mean(tasks: &[Vec<f64>], seed: u64, confidence: f64) -> Estimate {
    stratified_bootstrap(tasks, trimmed_mean, seed, confidence)
}

fn trimmed_mean(scores: &[f64]) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = sorted.len() / 4;
    let kept = &sorted[cut..sorted.len() - cut];
    kept.iter().sum::<f64>() / kept.len() as f64
}

/// How far the scores fall short of `wanted` on average, mean of max(0, wanted − score); see [`stratified_bootstrap`].
///
/// Source: Agarwal et al. (2021), optimality gap.
pub fn optimality_gap(tasks: &[Vec<f64>], wanted: f64, seed: u64, confidence: f64) -> Estimate {
    let gap = |scores: &[f64]| scores.iter().map(|score| (wanted - score).max(0.0)).sum::<f64>() / scores.len() as f64;
    stratified_bootstrap(tasks, gap, seed, confidence)
}

#[cfg(test)]
mod tests {
    use super::super::TestStream;
    use super::*;

    fn of(scores: &[f64]) -> f64 {
        interquartile_mean(&[scores.to_vec()], 0, 0.95).value
    }

    #[test]
    fn interquartile_means_match_scipy() {
        // scipy.stats.trim_mean(x, 0.25)
        assert_eq!(of(&(1..=20).map(f64::from).collect::<Vec<f64>>()), 10.5);
        assert_eq!(of(&[0.0, 1.0, 2.0, 3.0, 100.0]), 2.0);
        assert_eq!(of(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 50.0]), 4.5);
        assert!(of(&[]).is_nan());
    }

    #[test]
    fn a_seed_gives_one_interval_and_one_score_none() {
        let tasks = [vec![1.0, 2.0, 4.0], vec![3.0, 5.0]];
        assert_eq!(interquartile_mean(&tasks, 3, 0.95), interquartile_mean(&tasks, 3, 0.95));
        assert_ne!(interquartile_mean(&tasks, 3, 0.95).high, f64::INFINITY);
        assert_eq!(interquartile_mean(&[vec![1.0], vec![2.0, 3.0]], 3, 0.95).high, f64::INFINITY);
        assert_eq!(optimality_gap(&[vec![1.0, 3.0]], 2.0, 0, 0.95).value, 0.5);
    }

    #[test]
    fn the_interval_covers_as_often_as_said() {
        let mut stream = TestStream(41);
        let (mut middle, mut gap) = (0, 0);
        for round in 0..800 {
            let mut task = |centre: f64| (0..20).map(|_| centre + stream.normal()).collect::<Vec<f64>>();
            let tasks = [task(-0.5), task(0.5)];
            let found = interquartile_mean(&tasks, round, 0.95);
            middle += usize::from(found.low <= 0.0 && 0.0 <= found.high);
            // E max(0, 3 − x) over the two laws, with scipy.stats.norm: (a Φ(a) + φ(a)) at a = 3.5 and 2.5
            let found = optimality_gap(&tasks, 3.0, round, 0.95);
            gap += usize::from(found.low <= 3.001_031 && 3.001_031 <= found.high);
        }
        for covered in [middle, gap] {
            assert!((744..=776).contains(&covered), "{middle} and {gap} of 800");
        }
    }
}
