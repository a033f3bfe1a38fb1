//! Who wins, who ties, who loses, and how it is said.
//!
//! Two paired comparisons with the best candidate decide: Fisher's exact test on the solved counts, and a
//! paired t-test on the logarithm of the steps to the target, where a run that did not reach it counts as the
//! budget. Holm's method corrects over all of them. A difference in steps must also be larger than what the grid
//! of learning rates can make: rates a factor g apart leave a candidate up to √g away from its best rate, and the
//! steps to the target go roughly with 1/rate.

use crate::record::{Ended, PriorRecord, Stage};
use crate::statistics::{fisher_exact, holm, paired_t, quantile};
use crate::study::store::TrialRecord;
use crate::trial::smoothed;

use super::{Request, Tried, reason};

/// The verdict with the records in their order.
pub struct Decided {
    pub priors: Vec<PriorRecord>,
    pub recommended: Option<String>,
    pub tied_with: Vec<String>,
    pub sentences: Vec<String>,
}

/// A candidate with its paired trials, in the order of the seeds.
struct Candidate {
    record: PriorRecord,
    /// Steps to the target, the budget where it was not reached.
    steps: Vec<f64>,
    solved: usize,
    /// Median of the last smoothed losses; infinite where a run diverged.
    final_loss: f64,
    /// What it was removed for; empty where it was compared.
    objection: String,
}

impl Candidate {
    fn mean_steps(&self) -> f64 {
        self.steps.iter().sum::<f64>() / self.steps.len() as f64
    }
}

/// Orders the candidates, finds the ties and writes the sentences. `tried` is in the order of `records`.
pub fn decide(request: &Request, records: Vec<PriorRecord>, tried: &[Tried]) -> Decided {
    let mut candidates: Vec<Candidate> =
        records.into_iter().zip(tried).map(|(record, tried)| candidate(request, record, tried)).collect();
    candidates.sort_by(|one, other| {
        let tried = other.record.was_tried().cmp(&one.record.was_tried());
        let by_solved = other.solved.cmp(&one.solved);
        let by_steps = one.mean_steps().total_cmp(&other.mean_steps());
        tried.then(by_solved).then(by_steps).then(one.final_loss.total_cmp(&other.final_loss))
    });
    let losses = compare_with_best(request, &candidates);
    rank(&mut candidates, &losses);
    explain(request, &mut candidates, &losses);
    let priors: Vec<PriorRecord> = candidates.into_iter().map(|candidate| candidate.record).collect();
    let recommended = priors.first().filter(|best| best.solved.value > 0.0).map(|best| best.prior.clone());
    let tied_with = match &recommended {
        Some(_) => priors.iter().skip(1).filter(|prior| prior.tied).map(|prior| prior.prior.clone()).collect(),
        None => Vec::new(),
    };
    let sentences = reason::verdict(request, &priors, recommended.as_deref());
    Decided { priors, recommended, tied_with, sentences }
}

fn candidate(request: &Request, record: PriorRecord, tried: &Tried) -> Candidate {
    let trials = &tried.trials;
    let steps = |trial: &TrialRecord| trial.steps_to_target.unwrap_or(request.plan.steps) as f64;
    Candidate {
        record,
        steps: trials.iter().map(steps).collect(),
        solved: trials.iter().filter(|trial| trial.ended == Ended::Solved).count(),
        final_loss: final_loss(request, trials),
        objection: tried.removed.as_ref().map_or_else(String::new, |(_, why)| why.clone()),
    }
}

fn final_loss(request: &Request, trials: &[TrialRecord]) -> f64 {
    let last = |trial: &TrialRecord| smoothed(&trial.losses, request.plan.smoothing_steps).last().copied();
    let losses: Vec<f64> =
        trials.iter().map(|trial| last(trial).filter(|loss| !loss.is_nan()).unwrap_or(f64::INFINITY)).collect();
    quantile(&losses, 0.5)
}

/// In what a candidate is worse than the best one, beyond doubt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Nothing: the two are tied.
    None,
    /// It solves less often.
    SolvesLess,
    /// It needs this many times the steps.
    Slower(f64),
    /// It was removed before it was tried.
    NotTried,
}

fn compare_with_best(request: &Request, candidates: &[Candidate]) -> Vec<Loss> {
    let Some((best, others)) = candidates.split_first() else { return Vec::new() };
    let is_paired = |other: &&Candidate| other.record.removed_by.is_none();
    let p_values: Vec<f64> = (others.iter().filter(is_paired))
        .flat_map(|other| [p_solves_less(best, other), paired_t(&log_ratios(best, other))])
        .collect();
    let corrected = holm(&p_values);
    let mut corrected = corrected.chunks(2);
    let alpha = 1.0 - request.confidence;
    let loss = |other: &Candidate| {
        match other.record.removed_by {
            // nobody is behind where the best solves nothing
            Some(Stage::Search) if best.solved > 0 => return Loss::SolvesLess,
            Some(Stage::Search) => return Loss::None,
            Some(_) => return Loss::NotTried,
            None => (),
        }
        let Some(p) = corrected.next() else { return Loss::None };
        let ratio = geometric_mean_ratio(best, other);
        if p[0] <= alpha || (best.solved > 0 && other.solved == 0) {
            Loss::SolvesLess
        } else if p[1] <= alpha && ratio > smallest_ratio(request) {
            Loss::Slower(ratio)
        } else {
            Loss::None
        }
    };
    std::iter::once(Loss::None).chain(others.iter().map(loss)).collect()
}

fn p_solves_less(best: &Candidate, other: &Candidate) -> f64 {
    fisher_exact(best.solved, best.steps.len() - best.solved, other.solved, other.steps.len() - other.solved)
}

fn log_ratios(best: &Candidate, other: &Candidate) -> Vec<f64> {
    best.steps.iter().zip(&other.steps).map(|(best, other)| (other / best).ln()).collect()
}

fn geometric_mean_ratio(best: &Candidate, other: &Candidate) -> f64 {
    let ratios = log_ratios(best, other);
    (ratios.iter().sum::<f64>() / ratios.len() as f64).exp()
}

/// The largest ratio of steps that the grid of learning rates alone can make.
fn smallest_ratio(request: &Request) -> f64 {
    let steps = request.learning_rates.windows(2).map(|pair| pair[1] / pair[0]);
    steps.fold(1.0, f64::max).sqrt()
}

/// Tied candidates share rank 1, those that never solved share the last; the others follow in their order.
fn rank(candidates: &mut [Candidate], losses: &[Loss]) {
    let solvers = candidates.iter().filter(|candidate| candidate.solved > 0).count();
    for (place, (candidate, loss)) in candidates.iter_mut().zip(losses).enumerate() {
        candidate.record.tied = *loss == Loss::None && solvers > 0;
        candidate.record.rank = match loss {
            Loss::NotTried => 0,
            _ if candidate.record.tied => 1,
            _ => place.min(solvers) + 1,
        };
    }
}

fn explain(request: &Request, candidates: &mut [Candidate], losses: &[Loss]) {
    let best = candidates.first().map(|best| best.record.prior.clone()).unwrap_or_default();
    for (candidate, loss) in candidates.iter_mut().zip(losses) {
        candidate.record.why = reason::of_candidate(request, &candidate.record, *loss, (&best, &candidate.objection));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(steps: &[f64], budget: f64, record: &PriorRecord) -> Candidate {
        let solved = steps.iter().filter(|steps| **steps < budget).count();
        Candidate { record: record.clone(), steps: steps.to_vec(), solved, final_loss: 1.0, objection: String::new() }
    }

    /// The losses of candidates with these steps (300 is the budget), against the first.
    fn losses(steps: &[[f64; 6]]) -> Vec<Loss> {
        let network = "mlp(64, 10, relu)".parse().unwrap();
        let data = seedbed_network::data::digits();
        let request = Request {
            network: &network,
            data: &data,
            candidates: Vec::new(),
            plan: crate::trial::Plan::default_with(crate::trial::Optimizer::MOMENTUM),
            learning_rates: crate::recommend::default_learning_rates(),
            seeds: 6,
            seed: 0,
            confidence: 0.95,
            narrowing: Default::default(),
        };
        let record = empty_record();
        let candidates: Vec<Candidate> = steps.iter().map(|steps| made(steps, 300.0, &record)).collect();
        compare_with_best(&request, &candidates)
    }

    fn empty_record() -> PriorRecord {
        let nothing = crate::statistics::wilson(0, 6, 0.95);
        PriorRecord {
            prior: "test".to_owned(),
            rank: 0,
            removed_by: None,
            tied: false,
            learning_rate: Some(0.1),
            solved: nothing.clone(),
            steps_to_target: None,
            ended: Default::default(),
            test_accuracy: nothing,
            learning_rates: Vec::new(),
            beliefs: Vec::new(),
            signal: crate::record::SignalRecord {
                forward_mean_square: Vec::new(),
                backward_mean_square: Vec::new(),
                effective_rank_share: Vec::new(),
            },
            loss_curve: crate::record::LossCurve {
                step: Vec::new(),
                median: Vec::new(),
                low: Vec::new(),
                high: Vec::new(),
            },
            why: String::new(),
        }
    }

    #[test]
    fn one_that_never_solves_loses() {
        let found = losses(&[[120., 130., 110., 140., 125., 135.], [300.; 6]]);
        assert_eq!(found, [Loss::None, Loss::SolvesLess]);
    }

    #[test]
    fn consistent_but_small_differences_tie() {
        // 30 % slower on every seed: significant, but within what a √10 grid of rates can make
        let best = [100., 110., 105., 95., 102., 108.];
        assert_eq!(losses(&[best, best.map(|steps| steps * 1.3 + steps % 3.0)])[1], Loss::None);
    }

    #[test]
    fn large_and_consistent_differences_do_not() {
        let best = [50., 55., 52., 48., 51., 54.];
        assert!(
            matches!(losses(&[best, best.map(|steps| steps * 3.0 + steps % 5.0)])[1], Loss::Slower(ratio) if ratio > 2.9)
        );
    }

    #[test]
    fn large_but_noisy_differences_tie() {
        let best = [50., 55., 52., 48., 51., 54.];
        assert_eq!(losses(&[best, [290., 20., 280., 60., 45., 270.]])[1], Loss::None);
    }
}
