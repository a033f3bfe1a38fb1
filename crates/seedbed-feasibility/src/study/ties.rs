//! Who is worse than the best beyond doubt, and who ties with it.
//!
//! Two paired comparisons with the best decide: Fisher's exact test on the solved counts, and a paired t-test on the
//! logarithm of the steps to the target, where a run that did not reach it counts as the budget. Holm's method corrects over
//! all of them. A difference in steps must also be larger than what the grid of learning rates can make: rates a factor g
//! apart leave a start up to √g away from its best rate, and the steps to the target go roughly with 1/rate.

use serde::{Deserialize, Serialize};

use super::store::TrialRecord;
use crate::record::Ended;
use crate::statistics::{fisher_exact, holm, paired_t};
use crate::trial::Plan;

/// What the paired trials of one start came to, in the order of the seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Pairs {
    /// Steps to the target, the budget where it was not reached.
    pub steps: Vec<f64>,
    /// How many reached it.
    pub solved: usize,
}

impl Pairs {
    /// The paired trials of one start, in the order of the seeds.
    pub fn of(trials: &[TrialRecord], plan: &Plan) -> Pairs {
        let steps = |trial: &TrialRecord| trial.steps_to_target.unwrap_or(plan.steps) as f64;
        let solved = trials.iter().filter(|trial| trial.ended == Ended::Solved).count();
        Pairs { steps: trials.iter().map(steps).collect(), solved }
    }

    /// Mean steps, the budget for those that did not reach the target.
    pub fn mean_steps(&self) -> f64 {
        self.steps.iter().sum::<f64>() / self.steps.len() as f64
    }

    /// More solved first, then fewer mean steps.
    pub fn best_first(&self, other: &Pairs) -> std::cmp::Ordering {
        other.solved.cmp(&self.solved).then(self.mean_steps().total_cmp(&other.mean_steps()))
    }
}

/// In what a start is worse than the best one, beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behind {
    /// In nothing: the two are tied.
    Tied,
    /// It solves less often.
    SolvesLess,
    /// It needs this many times the steps.
    Slower(f64),
}

/// Compares each of `others` with the best. `learning_rates` is the grid that each start's rate was chosen from.
pub fn with_best(best: &Pairs, others: &[&Pairs], learning_rates: &[f64], confidence: f64) -> Vec<Behind> {
    let tests = |other: &&Pairs| [p_solves_less(best, other), paired_t(&log_ratios(best, other))];
    let corrected = holm(&others.iter().flat_map(tests).collect::<Vec<f64>>());
    let alpha = 1.0 - confidence;
    let behind = |(other, p): (&&Pairs, &[f64])| {
        let ratio = geometric_mean_ratio(best, other);
        if p[0] <= alpha || (best.solved > 0 && other.solved == 0) {
            Behind::SolvesLess
        } else if p[1] <= alpha && ratio > smallest_ratio(learning_rates) {
            Behind::Slower(ratio)
        } else {
            Behind::Tied
        }
    };
    others.iter().zip(corrected.chunks(2)).map(behind).collect()
}

fn p_solves_less(best: &Pairs, other: &Pairs) -> f64 {
    fisher_exact(best.solved, best.steps.len() - best.solved, other.solved, other.steps.len() - other.solved)
}

fn log_ratios(best: &Pairs, other: &Pairs) -> Vec<f64> {
    best.steps.iter().zip(&other.steps).map(|(best, other)| (other / best).ln()).collect()
}

fn geometric_mean_ratio(best: &Pairs, other: &Pairs) -> f64 {
    let ratios = log_ratios(best, other);
    (ratios.iter().sum::<f64>() / ratios.len() as f64).exp()
}

/// The largest ratio of steps that the grid of learning rates alone can make.
pub(crate) fn smallest_ratio(learning_rates: &[f64]) -> f64 {
    learning_rates.windows(2).map(|pair| pair[1] / pair[0]).fold(1.0, f64::max).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The second against the first; 300 is the budget.
    fn behind(best: [f64; 6], other: [f64; 6]) -> Behind {
        let pairs = |steps: [f64; 6]| Pairs {
            steps: steps.to_vec(),
            solved: steps.iter().filter(|steps| **steps < 300.0).count(),
        };
        with_best(&pairs(best), &[&pairs(other)], &crate::recommend::default_learning_rates(), 0.95)[0]
    }

    #[test]
    fn one_that_never_solves_loses() {
        assert_eq!(behind([120., 130., 110., 140., 125., 135.], [300.; 6]), Behind::SolvesLess);
    }

    #[test]
    fn consistent_but_small_differences_tie() {
        // 30 % slower on every seed: significant, but within what a √10 grid of rates can make
        let best = [100., 110., 105., 95., 102., 108.];
        assert_eq!(behind(best, best.map(|steps| steps * 1.3 + steps % 3.0)), Behind::Tied);
    }

    #[test]
    fn large_and_consistent_differences_do_not() {
        let best = [50., 55., 52., 48., 51., 54.];
        let found = behind(best, best.map(|steps| steps * 3.0 + steps % 5.0));
        assert!(matches!(found, Behind::Slower(ratio) if ratio > 2.9), "{found:?}");
    }

    #[test]
    fn large_but_noisy_differences_tie() {
        assert_eq!(behind([50., 55., 52., 48., 51., 54.], [290., 20., 280., 60., 45., 270.]), Behind::Tied);
    }
}
