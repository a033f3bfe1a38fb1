//! What a solution costs when trials that fail are begun anew.

use super::strata::weighted_sum;
use super::{Estimate, Time, mean, wilson};

/// Expected steps to a solution when a trial that has used up its `budget` is begun anew from another seed:
/// E T = μ + budget (1/p − 1), with p the chance that a trial solves and μ the mean steps of those that do.
///
/// The estimate is (all steps, `budget` for those that did not solve) / number solved. The interval adds two that are
/// uncorrelated by [`weighted_sum`]: Student's of μ, cut to 0..budget, and that of the second term from Wilson's of p. No trial
/// solved: the value and the upper end are infinite, and the lower end is what a lucky p would cost. No trials: NaN.
///
/// Sources: Luby, Sinclair & Zuckerman (1993) for restarts; Zou & Donner (2008) for the interval.
///
/// ```
/// use seedbed_feasibility::statistics::{Time, restart_steps};
/// let times: Vec<Time> = (0..6).map(|trial| Time { steps: 100.0, observed: trial < 3 }).collect();
/// assert_eq!(restart_steps(&times, 100.0, 0.95).value, 200.0);
/// assert_eq!(restart_steps(&times[3..], 100.0, 0.95).value, f64::INFINITY);
/// ```
pub fn restart_steps(times: &[Time], budget: f64, confidence: f64) -> Estimate {
    let solved: Vec<f64> = times.iter().filter(|time| time.observed).map(|time| time.steps).collect();
    let share = wilson(solved.len(), times.len(), confidence);
    let lost = |share: f64| budget * (1.0 / share - 1.0);
    let (n, failures) =
        (times.len(), Estimate::new(lost(share.value), lost(share.high), lost(share.low), times.len(), METHOD));
    if n == 0 {
        return Estimate::new(f64::NAN, 0.0, f64::INFINITY, 0, METHOD);
    }
    if solved.is_empty() {
        return Estimate::new(f64::INFINITY, failures.low, f64::INFINITY, n, METHOD);
    }
    let mut success = mean(&solved, confidence);
    (success.low, success.high) = (success.low.max(0.0), success.high.min(budget));
    Estimate { n, ..weighted_sum(&[(1.0, success), (1.0, failures)], METHOD) }
}

const METHOD: &str = "restarts_mover";

#[cfg(test)]
mod tests {
    use super::super::assert_close;
    use super::*;

    fn times(steps: &[f64], budget: f64) -> Vec<Time> {
        steps.iter().map(|&steps| Time { steps: steps.min(budget), observed: steps <= budget }).collect()
    }

    #[test]
    fn the_value_is_mean_steps_over_solved_share() {
        let found = restart_steps(&times(&[10.0, 20.0, 30.0, 99.0], 50.0), 50.0, 0.95);
        assert_close(found.value, (110.0 / 4.0) / 0.75, 1e-12);
        // by hand: Student's 20 ± 4.3027 · 10/√3 is cut to 0..50; Wilson's 3 of 4 is 0.3006..0.9544
        let (mean_part, share) = (20.0 - 0.0, wilson(3, 4, 0.95));
        let below = (20.0f64 - 0.0).min(4.302_652_729_911_275 * 10.0 / 3f64.sqrt()).min(mean_part);
        let lost = |share: f64| 50.0 * (1.0 / share - 1.0);
        let low = found.value - below.hypot(lost(0.75) - lost(share.high));
        assert_close(found.low, low, 1e-9);
    }

    #[test]
    fn without_failures_a_failure_is_still_possible_and_without_solutions_the_end_is_open() {
        let all = restart_steps(&times(&[10.0; 6], 50.0), 50.0, 0.95);
        assert_close(all.value, 10.0, 1e-12);
        assert_close(all.high, 10.0 + 50.0 * (1.0 / wilson(6, 6, 0.95).low - 1.0), 1e-9);
        let none = restart_steps(&times(&[99.0; 6], 50.0), 50.0, 0.95);
        assert_eq!((none.value, none.high), (f64::INFINITY, f64::INFINITY));
        assert_close(none.low, 50.0 * (1.0 / 0.390_334_287_902_165_3 - 1.0), 1e-9);
        assert!(restart_steps(&[], 50.0, 0.95).value.is_nan());
        let one = restart_steps(&times(&[10.0, 99.0], 50.0), 50.0, 0.95);
        assert!(one.value == 60.0 && one.low.is_finite() && one.high.is_finite());
    }
}
