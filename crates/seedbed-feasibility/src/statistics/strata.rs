//! Independent estimates put together, each with an interval of its own: over tasks, or parts of a sum.

use super::{Estimate, probability_of_improvement, wilson};

/// Σ wᵢ θᵢ of independent estimates with weights wᵢ ≥ 0, and an interval from theirs:
/// Σ wᵢ θᵢ − √Σ wᵢ² (θᵢ − lowᵢ)² to Σ wᵢ θᵢ + √Σ wᵢ² (highᵢ − θᵢ)².
///
/// Each part keeps the skewness of its own interval, so nothing vanishes where a share is 0 or 1. NaN without parts.
///
/// Source: Zou & Donner (2008), "Construction of confidence limits about effect measures: a general approach" (MOVER).
///
/// ```
/// use seedbed_feasibility::statistics::{Estimate, weighted_sum};
/// let (a, b) = (Estimate::new(3.0, 0.0, 4.0, 5, "a"), Estimate::new(1.0, -3.0, 1.5, 5, "b"));
/// let sum = weighted_sum(&[(1.0, a), (1.0, b)], "mover");
/// assert_eq!((sum.value, sum.low, sum.n), (4.0, -1.0, 10));
/// ```
pub fn weighted_sum(parts: &[(f64, Estimate)], method: &str) -> Estimate {
    let n = parts.iter().map(|(_, part)| part.n).sum();
    if parts.is_empty() {
        return Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 0, method);
    }
    let sum = |of: &dyn Fn(f64, &Estimate) -> f64| parts.iter().map(|(weight, part)| of(*weight, part)).sum::<f64>();
    let value = sum(&|weight, part| weight * part.value);
    let below = sum(&|weight, part| (weight * (part.value - part.low)).powi(2)).sqrt();
    let above = sum(&|weight, part| (weight * (part.high - part.value)).powi(2)).sqrt();
    Estimate::new(value, value - below, value + above, n, method)
}

/// Share of successes over tasks, (successes, trials) each: all successes / all trials, with [`weighted_sum`] of Wilson's
/// intervals. Tasks without trials are left out.
///
/// Source: Yan & Su (2010), "Stratified Wilson and Newcombe confidence intervals for multiple binomial proportions".
pub fn stratified_share(tasks: &[(usize, usize)], confidence: f64) -> Estimate {
    let all: usize = tasks.iter().map(|(_, trials)| trials).sum();
    let one = |(hits, trials): &(usize, usize)| (*trials as f64 / all as f64, wilson(*hits, *trials, confidence));
    weighted_sum(&tasks.iter().filter(|(_, trials)| *trials > 0).map(one).collect::<Vec<_>>(), "stratified_wilson")
}

/// Mean over tasks of [`probability_of_improvement`], with [`weighted_sum`] of Newcombe's intervals. A task is the values of one
/// and of the other; greater is better.
///
/// Source: Agarwal et al. (2021) for the measure.
pub fn mean_probability_of_improvement(tasks: &[(Vec<f64>, Vec<f64>)], confidence: f64) -> Estimate {
    let weight = 1.0 / tasks.len() as f64;
    let of = |(one, other): &(Vec<f64>, Vec<f64>)| (weight, probability_of_improvement(one, other, confidence));
    weighted_sum(&tasks.iter().map(of).collect::<Vec<_>>(), "stratified_newcombe")
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn one_task_is_wilsons_interval_and_none_is_nothing() {
        let (one, plain) = (stratified_share(&[(5, 6), (0, 0)], 0.95), wilson(5, 6, 0.95));
        assert_close(one.low, plain.low, 1e-12);
        assert_close(one.high, plain.high, 1e-12);
        assert!(stratified_share(&[], 0.95).value.is_nan());
    }

    #[test]
    fn all_hits_keep_an_interval() {
        let found = stratified_share(&[(6, 6), (6, 6)], 0.95);
        assert_eq!((found.value, found.high, found.n), (1.0, 1.0, 12));
        // 1 − (1 − 0.6097)/√2
        assert_close(found.low, 1.0 - (1.0 - 0.609_665_712_097_834_6) / 2f64.sqrt(), 1e-9);
        let improved =
            mean_probability_of_improvement(&[(vec![2.0; 6], vec![1.0; 6]), (vec![2.0; 6], vec![1.0; 6])], 0.95);
        assert!(improved.value == 1.0 && improved.low < 0.9 && improved.high == 1.0, "{improved}");
    }

    #[test]
    fn shares_over_tasks_are_covered_as_often_as_said() {
        let mut stream = TestStream(43);
        let shares = [0.3, 0.6, 0.9];
        let covered = (0..4000).filter(|_| {
            let tasks = shares.map(|share| ((0..12).filter(|_| stream.uniform() < share).count(), 12));
            let found = stratified_share(&tasks, 0.95);
            found.low <= 0.6 && 0.6 <= found.high
        });
        let coverage = covered.count() as f64 / 4000.0;
        assert!((0.93..=0.97).contains(&coverage), "{coverage}");
    }
}
