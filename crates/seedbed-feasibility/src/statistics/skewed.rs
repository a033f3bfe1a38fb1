//! Means of skewed samples, such as steps that are cut off at a budget.

use super::location::{mean, mean_and_variance, two_sided_student_quantile};
use super::{Estimate, Time, clopper_pearson};

/// How much of the samples' skewness is corrected. All of it covers up to 98.5 % at n = 10, none of it as little as 85 %:
/// docs/statistics.md has the laws.
const CORRECTED: f64 = 0.7;

/// Mean with Student's interval corrected for skewness: x̄ − s T(±t/√n) with
/// T(y) = 3 (∛(1 + γ (y − γ/(6n))) − 1)/γ, the inverse of Hall's cubic T + γ T²/3 + γ² T³/27 + γ/(6n),
/// γ = 0.7 Σ(x − x̄)³/(n s³), and t the two-sided quantile of Student's t with n − 1 degrees of freedom.
///
/// Without skewness it is [`mean`], and so with fewer than three samples. Equal samples: no width. Hall takes the
/// normal quantile, and all of the skewness; with few samples that covers too little, or with a censored share too much. The
/// method is `hall_t`.
///
/// Source: Hall (1992), "On the removal of skewness by transformation".
///
/// ```
/// use seedbed_feasibility::statistics::{mean, skewed_mean};
/// let seconds = [1.0, 1.1, 1.2, 1.3, 1.7, 4.0];
/// let (plain, corrected) = (mean(&seconds, 0.95), skewed_mean(&seconds, 0.95));
/// assert!(corrected.low > plain.low && corrected.high > plain.high);
/// ```
pub fn skewed_mean(samples: &[f64], confidence: f64) -> Estimate {
    let plain = mean(samples, confidence);
    let n = samples.len() as f64;
    let (centre, variance) = mean_and_variance(samples);
    let deviation = variance.sqrt();
    let cubes: f64 = samples.iter().map(|sample| ((sample - centre) / deviation).powi(3)).sum();
    let skewness = CORRECTED * cubes / n;
    // the cubic's inverse loses its digits where it is a line anyway
    if skewness.is_nan() || skewness.abs() < 1e-6 {
        return Estimate { method: METHOD.to_owned(), ..plain };
    }
    let bound = two_sided_student_quantile(n - 1.0, confidence) / n.sqrt();
    let inverse = |y: f64| 3.0 * ((1.0 + skewness * (y - skewness / (6.0 * n))).cbrt() - 1.0) / skewness;
    Estimate::new(
        centre,
        centre - deviation * inverse(bound),
        centre - deviation * inverse(-bound),
        samples.len(),
        METHOD,
    )
}

const METHOD: &str = "hall_t";

/// Mean of min(T, `budget`) over trials that all end at `budget`: [`skewed_mean`], cut to 0..`budget`.
///
/// Where no trial came to the event, the value is the budget, and the lower end is that of a law of which none of n is seen,
/// `budget` · ((1 − confidence)/2)^(1/n) (method `clopper_pearson`): Student's would have no width.
///
/// Source: Royston & Parmar (2013) for the measure.
///
/// ```
/// use seedbed_feasibility::statistics::{Time, restricted_mean};
/// let found = restricted_mean(&[Time { steps: 300.0, observed: false }; 6], 300.0, 0.95);
/// assert_eq!((found.value, found.low.round(), found.high), (300.0, 162.0, 300.0));
/// ```
pub fn restricted_mean(times: &[Time], budget: f64, confidence: f64) -> Estimate {
    if !times.is_empty() && !times.iter().any(|time| time.observed) {
        let unsolved = clopper_pearson(times.len(), times.len(), confidence);
        return Estimate { value: budget, low: budget * unsolved.low, high: budget, ..unsolved };
    }
    let steps: Vec<f64> = times.iter().map(|time| time.steps.min(budget)).collect();
    let mut found = skewed_mean(&steps, confidence);
    (found.low, found.high) = (cut(found.low, budget), cut(found.high, budget));
    found
}

/// To 0..`most`; NaN stays.
fn cut(end: f64, most: f64) -> f64 {
    if end.is_nan() { end } else { end.clamp(0.0, most) }
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn matches_numpy_and_solves_the_cubic() {
        let samples = [1.0, 1.1, 1.2, 1.3, 1.7, 4.0];
        let found = skewed_mean(&samples, 0.95);
        // the cubic solved with scipy.optimize.brentq, and by its inverse with numpy
        assert_close(found.low, 0.780_711_153_926_84, 1e-9);
        assert_close(found.high, 4.029_442_979_753_469, 1e-9);
        // Hall's cubic at the ends is ±t/√n
        let (centre, variance) = mean_and_variance(&samples);
        let skewness = 0.7 * samples.iter().map(|x| ((x - centre) / variance.sqrt()).powi(3)).sum::<f64>() / 6.0;
        for (end, sign) in [(found.low, 1.0), (found.high, -1.0)] {
            let t = (centre - end) / variance.sqrt();
            let cubic = t + skewness * t * t / 3.0 + skewness.powi(2) * t.powi(3) / 27.0 + skewness / 36.0;
            assert_close(cubic, sign * 2.570_581_835_636_314 / 6f64.sqrt(), 1e-9);
        }
    }

    #[test]
    fn without_skewness_it_is_students_interval() {
        for samples in [&[1.0, 2.0, 3.0][..], &[5.0, 1.0], &[2.0; 4], &[7.0], &[]] {
            let (plain, corrected) = (mean(samples, 0.9), skewed_mean(samples, 0.9));
            assert_eq!(
                (plain.low.to_bits(), plain.high.to_bits()),
                (corrected.low.to_bits(), corrected.high.to_bits())
            );
        }
        assert!(skewed_mean(&[1.0, f64::NAN, 2.0], 0.9).low.is_nan());
    }

    #[test]
    fn a_restricted_mean_stays_in_its_budget() {
        let times =
            |steps: &[f64]| steps.iter().map(|&steps| Time { steps, observed: steps < 300.0 }).collect::<Vec<_>>();
        let found = restricted_mean(&times(&[10.0, 300.0, 300.0, 20.0]), 300.0, 0.95);
        assert_eq!((found.value, found.low, found.high), (157.5, 0.0, 300.0));
        assert_eq!(restricted_mean(&times(&[300.0]), 300.0, 0.95).low.round(), 8.0);
        assert_eq!(restricted_mean(&times(&[100.0]), 300.0, 0.95).high, 300.0);
        assert!(restricted_mean(&[], 300.0, 0.95).value.is_nan());
    }

    #[test]
    fn restricted_means_are_covered_as_often_as_said() {
        let mut stream = TestStream(17);
        for (n, unsolved) in [(6, 0.2), (6, 0.5), (20, 0.2), (20, 0.8)] {
            let budget = -f64::ln(unsolved);
            let covered = (0..4_000).filter(|_| {
                let draw: Vec<Time> = (0..n)
                    .map(|_| -stream.uniform().ln())
                    .map(|time| Time { steps: time.min(budget), observed: time < budget })
                    .collect();
                let found = restricted_mean(&draw, budget, 0.95);
                found.low <= 1.0 - unsolved && 1.0 - unsolved <= found.high
            });
            let coverage = covered.count() as f64 / 4_000.0;
            assert!((0.93..=0.975).contains(&coverage), "{coverage} at n = {n}, {unsolved} unsolved");
        }
    }
}
