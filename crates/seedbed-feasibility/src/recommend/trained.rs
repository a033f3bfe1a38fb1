//! The candidates that are left, trained: searched, and compared on paired seeds.
//!
//! One that solves at no learning rate while others do is out of the race before the comparison, which is the dearest part.

use std::time::Instant;

use seedbed::Prior;

use super::narrow::Narrowed;
use super::{Narrowing, Request};
use crate::error::FeasibilityError;
use crate::record::{Ended, RemovedRecord, Stage, StageRecord};
use crate::study::Study;
use crate::study::search::{self, REFINING_SEEDS, Searched};
use crate::study::store::{Phase, TrialKey, TrialRecord};

/// What trials showed of one candidate.
#[derive(Clone, Debug, Default)]
pub struct Tried {
    /// The stage that removed it, and why.
    pub removed: Option<(Stage, String)>,
    /// Its learning rates; `None` where it was removed before.
    pub searched: Option<Searched>,
    /// The paired trials; those of the search at the best rate where it was removed by it.
    pub trials: Vec<TrialRecord>,
}

/// Searches and compares the candidates that are left; all of them, where none of these solves. What was tried is in the
/// order of the request's candidates.
///
/// # Errors
/// As [`Study::trials`].
pub fn run(
    request: &Request,
    study: &Study,
    narrowed: &Narrowed,
) -> Result<(Vec<StageRecord>, Vec<Tried>), FeasibilityError> {
    let begun = Instant::now();
    let mut kept = narrowed.kept.clone();
    let mut left = request.of(&kept);
    let mut searched = search_all(&left, study)?;
    let mut notes = Vec::new();
    if kept.len() < request.candidates.len() && !searched.iter().any(solves) {
        let note = "none of the candidates that were left solves, so those that were removed are tried after all";
        notes.push(note.to_owned());
        kept = (0..request.candidates.len()).collect();
        left = request.clone();
        searched = search_all(&left, study)?;
    }
    let out = match request.narrowing {
        Narrowing::None => vec![None; kept.len()],
        _ => out(&left, study, &searched)?,
    };
    let search_stage =
        StageRecord { seconds: begun.elapsed().as_secs_f64(), notes, ..search_stage(&left, &searched, &out) };
    let begun = Instant::now();
    let (comparison, paired) = compare(&left, study, &searched, &out)?;
    let comparison = StageRecord { seconds: begun.elapsed().as_secs_f64(), ..comparison };
    let removed = |prior: &Prior| narrowed.removed(&prior.to_string()).map(|(stage, why)| (stage, why.to_owned()));
    let untried = request.candidates.iter().map(|prior| Tried { removed: removed(prior), ..Tried::default() });
    let mut tried: Vec<Tried> = untried.collect();
    let mut paired = paired.chunks(request.seeds);
    for ((place, searched), out) in kept.into_iter().zip(searched).zip(out) {
        let removed = out.is_some().then(|| (Stage::Search, solves_nowhere(&left)));
        let trials = out.unwrap_or_else(|| paired.next().unwrap_or_default().to_vec());
        tried[place] = Tried { removed, searched: Some(searched), trials };
    }
    Ok((vec![search_stage, comparison], tried))
}

fn names(request: &Request) -> Vec<String> {
    request.candidates.iter().map(Prior::to_string).collect()
}

fn search_all(request: &Request, study: &Study) -> Result<Vec<Searched>, FeasibilityError> {
    let names = names(request);
    let search = request.search(&names);
    let paired = (names.len() * request.seeds * request.plan.steps) as u64;
    study.observer.begins(search.planned_steps(request.plan.steps) + paired);
    search::learning_rates(&search, study)
}

/// Whether any trial of the search solved the task; where there is one rate there was no search, and nothing is known.
fn solves(searched: &Searched) -> bool {
    searched.tried.is_empty() || searched.tried.iter().any(|rate| rate.solved > 0)
}

fn solves_nowhere(request: &Request) -> String {
    format!("it solves at none of {} learning rates", request.learning_rates.len())
}

/// For each candidate its trials at its best rate if it is out, `None` if it is to be compared.
///
/// One seed at each rate is not enough to go out on: the best rate gets as many seeds as that of a candidate that solves,
/// and a single solution keeps it in.
fn out(
    request: &Request,
    study: &Study,
    searched: &[Searched],
) -> Result<Vec<Option<Vec<TrialRecord>>>, FeasibilityError> {
    let solves: Vec<bool> = searched.iter().map(solves).collect();
    if !solves.contains(&true) {
        return Ok(vec![None; searched.len()]);
    }
    study.observer.stage("giving those that did not solve more seeds");
    let names = names(request);
    let search = request.search(&names);
    let behind = names.iter().zip(searched).zip(&solves).filter(|(_, solves)| !**solves);
    let keys: Vec<TrialKey> = behind
        .flat_map(|((prior, searched), _)| {
            (0..=REFINING_SEEDS).map(|round| search::key(&search, prior, round, searched.best)).collect::<Vec<_>>()
        })
        .collect();
    let trials = study.trials(&keys)?;
    let mut of_each = trials.chunks(1 + REFINING_SEEDS).map(<[TrialRecord]>::to_vec);
    let is_out = |trials: &Vec<TrialRecord>| trials.iter().all(|trial| trial.ended != Ended::Solved);
    Ok(solves.iter().map(|solves| if *solves { None } else { of_each.next().filter(is_out) }).collect())
}

fn search_stage(left: &Request, searched: &[Searched], out: &[Option<Vec<TrialRecord>>]) -> StageRecord {
    let removed = left.candidates.iter().zip(out).filter(|(_, out)| out.is_some());
    let removed = removed.map(|(prior, _)| RemovedRecord { prior: prior.to_string(), why: solves_nowhere(left) });
    // the first trial at the best rate is one of the search's own
    let more = || out.iter().flatten().flat_map(|trials| trials.iter().skip(1));
    let searches = searched.iter().flat_map(|searched| &searched.tried).map(|rate| rate.trials).sum::<usize>();
    let steps = searched.iter().map(|searched| searched.steps).sum::<u64>();
    StageRecord {
        removed: removed.collect(),
        trials: searches + more().count(),
        steps: steps + more().map(|trial| trial.steps as u64).sum::<u64>(),
        ..StageRecord::new(Stage::Search, left.candidates.len())
    }
}

/// The paired trials of those that are not out, the seeds of one candidate together.
fn compare(
    left: &Request,
    study: &Study,
    searched: &[Searched],
    out: &[Option<Vec<TrialRecord>>],
) -> Result<(StageRecord, Vec<TrialRecord>), FeasibilityError> {
    study.observer.stage("comparing the candidates on paired seeds");
    let compared = || left.candidates.iter().zip(searched).zip(out).filter(|(_, out)| out.is_none());
    let spared = (left.candidates.len() - compared().count()) * left.seeds;
    study.observer.advanced((spared * left.plan.steps) as u64);
    let keys: Vec<TrialKey> = compared()
        .flat_map(|((prior, searched), _)| {
            let (prior, learning_rate) = (prior.to_string(), searched.best);
            let key = move |seed| TrialKey { prior: prior.clone(), phase: Phase::Paired, seed, learning_rate };
            left.paired_seeds().into_iter().map(key)
        })
        .collect();
    let trials = study.trials(&keys)?;
    let record = StageRecord {
        trials: trials.len(),
        steps: trials.iter().map(|trial| trial.steps as u64).sum(),
        ..StageRecord::new(Stage::Comparison, compared().count())
    };
    Ok((record, trials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Silent;
    use crate::study::store::Store;
    use crate::trial::{Optimizer, Plan};

    /// Which of two candidates go out, of a search over 40 steps.
    fn out_of(target_loss: f64) -> Vec<Option<Vec<TrialRecord>>> {
        let network = "mlp(64, 16, 10, relu)".parse().unwrap();
        let data = seedbed_network::data::digits();
        let request = Request {
            network: &network,
            data: &data,
            candidates: ["zeros", "he_normal"].map(|prior| prior.parse().unwrap()).to_vec(),
            plan: Plan { steps: 40, target_loss, ..Plan::default_with(Optimizer::MOMENTUM) },
            learning_rates: vec![1e-2, 1e-1],
            seeds: 6,
            seed: 0,
            confidence: 0.95,
            narrowing: Narrowing::ByTheory,
        };
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), "{}").unwrap();
        let store = std::sync::Mutex::new(store);
        let study = Study::new("task", request.network, request.data, &request.plan, 2, &Silent, &store);
        let searched = search_all(&request, &study).unwrap();
        out(&request, &study, &searched).unwrap()
    }

    #[test]
    fn one_that_solves_nowhere_goes_out_with_three_seeds() {
        let [zeros, he] = out_of(1.5).try_into().unwrap();
        let seeds: Vec<u64> = zeros.unwrap().iter().map(|trial| trial.key.seed).collect();
        assert_eq!((seeds, he), (vec![6, 7, 8], None));
    }

    #[test]
    fn nobody_goes_out_where_nobody_solves() {
        assert_eq!(out_of(1e-6), [None, None]);
    }
}
