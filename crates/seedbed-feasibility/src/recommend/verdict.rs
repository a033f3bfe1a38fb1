//! Who wins, who ties, who loses, and how it is said. What decides is in [`ties`](crate::study::ties).

use crate::record::{PriorRecord, Stage};
use crate::statistics::quantile;
use crate::study::store::TrialRecord;
use crate::study::ties::{Behind, Pairs, with_best};
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
    pairs: Pairs,
    /// Median of the last smoothed losses; infinite where a run diverged.
    final_loss: f64,
    /// What it was removed for; empty where it was compared.
    objection: String,
}

/// Orders the candidates, finds the ties and writes the sentences. `tried` is in the order of `records`.
pub fn decide(request: &Request, records: Vec<PriorRecord>, tried: &[Tried]) -> Decided {
    let mut candidates: Vec<Candidate> =
        records.into_iter().zip(tried).map(|(record, tried)| candidate(request, record, tried)).collect();
    candidates.sort_by(|one, other| {
        let tried = other.record.was_tried().cmp(&one.record.was_tried());
        tried.then(one.pairs.best_first(&other.pairs)).then(one.final_loss.total_cmp(&other.final_loss))
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
    Candidate {
        record,
        pairs: Pairs::of(trials, &request.plan),
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

/// Each candidate against the first; `None` where it was removed before it was tried.
fn compare_with_best(request: &Request, candidates: &[Candidate]) -> Vec<Option<Behind>> {
    let Some((best, others)) = candidates.split_first() else { return Vec::new() };
    let paired: Vec<&Pairs> =
        others.iter().filter(|other| other.record.removed_by.is_none()).map(|other| &other.pairs).collect();
    let mut compared = with_best(&best.pairs, &paired, &request.learning_rates, request.confidence).into_iter();
    let behind = |other: &Candidate| match other.record.removed_by {
        // nobody is behind where the best solves nothing
        Some(Stage::Search) if best.pairs.solved > 0 => Some(Behind::SolvesLess),
        Some(Stage::Search) => Some(Behind::Tied),
        Some(_) => None,
        None => compared.next(),
    };
    std::iter::once(Some(Behind::Tied)).chain(others.iter().map(behind)).collect()
}

/// Tied candidates share rank 1, those that never solved share the last; the others follow in their order.
fn rank(candidates: &mut [Candidate], losses: &[Option<Behind>]) {
    let solvers = candidates.iter().filter(|candidate| candidate.pairs.solved > 0).count();
    for (place, (candidate, loss)) in candidates.iter_mut().zip(losses).enumerate() {
        candidate.record.tied = *loss == Some(Behind::Tied) && solvers > 0;
        candidate.record.rank = match loss {
            None => 0,
            _ if candidate.record.tied => 1,
            _ => place.min(solvers) + 1,
        };
    }
}

fn explain(request: &Request, candidates: &mut [Candidate], losses: &[Option<Behind>]) {
    let best = candidates.first().map(|best| best.record.prior.clone()).unwrap_or_default();
    for (candidate, loss) in candidates.iter_mut().zip(losses) {
        candidate.record.why = reason::of_candidate(request, &candidate.record, *loss, (&best, &candidate.objection));
    }
}
