//! The paired trials of a task run as a race: in rounds of one seed each, and a start that another beats beyond doubt runs no
//! more of them.

use serde::{Deserialize, Serialize};

use super::store::{Phase, TrialKey, TrialRecord};
use super::ties::{Behind, smallest_ratio};
use super::{Study, times};
use crate::error::FeasibilityError;
use crate::statistics::race::FEWEST_PAIRS;
use crate::statistics::{Standing, race};

/// When a start went out of a race, and by what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The start that beat it.
    pub by: String,
    /// Rounds that it took: its paired trials.
    pub rounds: usize,
    /// Holm's p-value, valid at every stop.
    pub p: f64,
    /// Geometric mean over the rounds of its steps to the target over those of the start that beat it, the budget where the
    /// target was not reached.
    pub steps_ratio: f64,
}

/// The paired trials of a start.
#[derive(Clone, Debug, PartialEq)]
pub struct Raced {
    /// In the order of the seeds; as far as it came.
    pub trials: Vec<TrialRecord>,
    /// How it went out; `None` of one that remains.
    pub dropped: Option<Dropped>,
}

/// What is raced.
#[derive(Clone, Debug)]
pub struct Race<'r> {
    /// Text forms of the starts.
    pub starts: &'r [String],
    /// The learning rate of each.
    pub learning_rates: &'r [f64],
    /// The seeds, a round each.
    pub seeds: &'r [u64],
    /// The grid that the rates were chosen from: what it alone can make of the steps is no reason to drop a start.
    pub grid: &'r [f64],
    /// The chance at most that any start is dropped that is not worse in more than half of all rounds.
    pub level: f64,
}

/// The paired trials of every start, in the order of the seeds, and where each stands.
///
/// The race ends when one start remains, or with the seeds. It replays the same way from kept trials.
///
/// # Errors
/// As [`Study::trials`].
pub fn run(race: &Race, study: &Study) -> Result<Vec<Raced>, FeasibilityError> {
    let mut trials: Vec<Vec<TrialRecord>> = vec![Vec::new(); race.starts.len()];
    let mut standings = vec![Standing::Remains; race.starts.len()];
    let mut begun = 0;
    while begun < race.seeds.len() {
        let rounds = if begun == 0 { FEWEST_PAIRS.min(race.seeds.len()) } else { 1 };
        let running = remaining(&standings);
        if running.len() == 1 && race.starts.len() > 1 {
            break;
        }
        study.observer.stage(&format!("race of {}: {} of {} starts", study.task, running.len(), race.starts.len()));
        let keys: Vec<TrialKey> = running.iter().flat_map(|&place| keys(race, place, begun, rounds)).collect();
        let records = study.trials(&keys)?;
        for (place, records) in running.into_iter().zip(records.chunks(rounds)) {
            trials[place].extend_from_slice(records);
        }
        begun += rounds;
        standings = self::standings(race, study, &trials);
    }
    let run: usize = trials.iter().map(Vec::len).sum();
    let spared = race.starts.len() * race.seeds.len() - run;
    study.observer.advanced((spared * study.plan.steps) as u64);
    let dropped: Vec<Option<Dropped>> =
        (0..trials.len()).map(|place| dropped(race, study, (place, standings[place]), &trials)).collect();
    Ok(trials.into_iter().zip(dropped).map(|(trials, dropped)| Raced { trials, dropped }).collect())
}

fn keys(race: &Race, place: usize, begun: usize, rounds: usize) -> impl Iterator<Item = TrialKey> {
    let (prior, learning_rate) = (race.starts[place].clone(), race.learning_rates[place]);
    let key = move |&seed| TrialKey { prior: prior.clone(), phase: Phase::Paired, seed, learning_rate };
    race.seeds[begun..begun + rounds].iter().map(key)
}

fn remaining(standings: &[Standing]) -> Vec<usize> {
    (0..standings.len()).filter(|&place| standings[place] == Standing::Remains).collect()
}

fn standings(race: &Race, study: &Study, trials: &[Vec<TrialRecord>]) -> Vec<Standing> {
    let score = |time: crate::statistics::Time| if time.observed { time.steps } else { f64::INFINITY };
    let scores: Vec<Vec<f64>> =
        trials.iter().map(|trials| times(trials, study.plan).into_iter().map(score).collect()).collect();
    self::race(&scores, smallest_ratio(race.grid), race.level)
}

fn dropped(
    race: &Race,
    study: &Study,
    (place, standing): (usize, Standing),
    trials: &[Vec<TrialRecord>],
) -> Option<Dropped> {
    let Standing::Dropped { by, rounds, p } = standing else { return None };
    let steps = |place: usize| times(&trials[place], study.plan).into_iter().map(|time| time.steps);
    let logarithms: Vec<f64> = steps(place).zip(steps(by)).map(|(own, other)| (own / other).ln()).collect();
    let steps_ratio = (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp();
    Some(Dropped { by: race.starts[by].clone(), rounds, p, steps_ratio })
}

/// In what a start that was dropped is behind.
pub fn behind(dropped: Option<&Dropped>, solved: usize) -> Behind {
    match dropped {
        None => Behind::Tied,
        Some(_) if solved == 0 => Behind::SolvesLess,
        Some(dropped) => Behind::Slower(dropped.steps_ratio),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::study::store::Store;
    use crate::study::{Silent, Study};
    use crate::trial::{Optimizer, Plan};

    fn raced(starts: &[&str], seeds: u64, threads: usize) -> Vec<Raced> {
        let network = "mlp(64, 16, 10, relu)".parse().unwrap();
        let data = seedbed_network::data::digits();
        let plan = Plan { steps: 60, target_loss: 1.2, ..Plan::default_with(Optimizer::MOMENTUM) };
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), "{}").unwrap();
        let store = Mutex::new(store);
        let study = Study::new("task", &network, &data, &plan, threads, &Silent, &store);
        let starts: Vec<String> = starts.iter().map(|&start| start.to_owned()).collect();
        let race = Race {
            starts: &starts,
            learning_rates: &vec![1e-2; starts.len()],
            seeds: &(0..seeds).collect::<Vec<u64>>(),
            grid: &[1e-3, 1e-2],
            level: 0.05,
        };
        run(&race, &study).unwrap()
    }

    #[test]
    fn one_that_never_solves_goes_out_and_the_race_ends() {
        let found = raced(&["zeros", "he_normal"], 20, 2);
        let [Raced { trials: zeros, dropped: Some(dropped) }, Raced { trials: he, dropped: None }] = &found[..] else {
            panic!("{found:?}")
        };
        // SciPy: of two hypotheses all seven rounds for one give 2/53.5 < 0.05, all six 2/28.8 > 0.05
        assert_eq!((zeros.len(), he.len(), dropped.rounds, dropped.by.as_str()), (7, 7, 7, "he_normal"));
        assert!((dropped.p - 2.0 * 0.018_676_065_869_548_5).abs() < 1e-9, "{}", dropped.p);
        assert!(he.iter().all(|trial| trial.steps_to_target.is_some()));
        assert_eq!(behind(Some(dropped), 0), Behind::SolvesLess);
        assert_eq!(behind(Some(dropped), 1), Behind::Slower(dropped.steps_ratio));
    }

    #[test]
    fn starts_that_are_alike_run_all_rounds() {
        let found = raced(&["he_normal", "he_uniform"], 12, 2);
        assert!(found.iter().all(|raced| raced.trials.len() == 12 && raced.dropped.is_none()));
        let seeds: Vec<u64> = found[1].trials.iter().map(|trial| trial.key.seed).collect();
        assert_eq!(seeds, (0..12).collect::<Vec<u64>>());
        assert_eq!(raced(&["he_normal"], 8, 1)[0].trials.len(), 8, "one start alone has nothing to race with");
    }

    #[test]
    fn threads_change_no_decision() {
        let timeless = |threads| {
            let found = raced(&["zeros", "he_normal", "ones"], 12, threads);
            let losses = |raced: &Raced| raced.trials.iter().map(|trial| trial.losses.clone()).collect::<Vec<_>>();
            let bare = |raced: &Raced| (losses(raced), raced.dropped.clone());
            found.iter().map(bare).collect::<Vec<_>>()
        };
        assert_eq!(timeless(1), timeless(3));
    }
}
