//! The search for each candidate's own best learning rate.

use crate::error::FeasibilityError;
use crate::record::{Ended, LearningRateRecord};
use crate::statistics;
use crate::trial::{Plan, smoothed};

use super::store::{Phase, TrialKey, TrialRecord};
use super::{Study, count_endings};

/// Rates that get more seeds, for a candidate that solves at some rate.
pub const REFINED_RATES: usize = 2;
/// Seeds that each of them gets.
pub const REFINING_SEEDS: usize = 2;

/// Which rates of the grid a candidate is tried at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    /// All: the width of the window is wanted too.
    Whole,
    /// From the middle, up while that is faster, else down; where nothing has solved yet, outwards until something has. It
    /// finds the best rate where the steps to the target fall and then rise along the grid, and spares the small rates, which
    /// take the longest.
    FromTheMiddle,
}

/// What is searched.
#[derive(Clone, Debug)]
pub struct Search<'s> {
    /// Text forms of the starts.
    pub candidates: &'s [String],
    /// Learning rates, ascending.
    pub learning_rates: &'s [f64],
    /// Which of them are tried.
    pub grid: Grid,
    /// The first of [`SEEDS`] seeds, none of which may be used again.
    pub first_seed: u64,
}

/// Seeds that a search uses: one for the first round, and those of the second.
pub const SEEDS: u64 = 1 + REFINING_SEEDS as u64;

impl Search<'_> {
    /// Training steps at most, of trials of `steps` each.
    pub fn planned_steps(&self, steps: usize) -> u64 {
        match self.learning_rates {
            [_] => 0,
            rates => (self.candidates.len() * (rates.len() + REFINED_RATES * REFINING_SEEDS) * steps) as u64,
        }
    }
}

/// What the search found for one candidate.
#[derive(Clone, Debug)]
pub struct Searched {
    /// Its best learning rate.
    pub best: f64,
    /// Every rate that was tried, ascending.
    pub tried: Vec<LearningRateRecord>,
    /// Steps that its trials took.
    pub steps: u64,
}

/// Searches every candidate; where there is one rate, there is nothing to search.
///
/// # Errors
/// As [`Study::trials`].
pub fn learning_rates(search: &Search, study: &Study) -> Result<Vec<Searched>, FeasibilityError> {
    if let &[only] = search.learning_rates {
        return Ok(vec![Searched { best: only, tried: Vec::new(), steps: 0 }; search.candidates.len()]);
    }
    study.observer.stage("searching each candidate's learning rate");
    let mut trials = match search.grid {
        Grid::Whole => study.trials(&first_round(search))?,
        Grid::FromTheMiddle => from_the_middle(search, study)?,
    };
    study.observer.stage("trying the best learning rates again");
    let refining = second_round(search, &trials);
    let most = search.candidates.len() * REFINED_RATES * REFINING_SEEDS;
    study.observer.advanced(((most - refining.len()) * study.plan.steps) as u64);
    trials.extend(study.trials(&refining)?);
    Ok(search.candidates.iter().map(|prior| choose(search, study.plan, &of_prior(&trials, prior))).collect())
}

/// A trial of the search.
pub(crate) fn key(search: &Search, prior: &str, round: usize, learning_rate: f64) -> TrialKey {
    let seed = search.first_seed.wrapping_add(round as u64);
    TrialKey { prior: prior.to_owned(), phase: Phase::Search, seed, learning_rate }
}

/// One seed of every candidate at every rate.
fn first_round(search: &Search) -> Vec<TrialKey> {
    let of_prior = |prior| search.learning_rates.iter().map(move |&rate| key(search, prior, 0, rate));
    search.candidates.iter().flat_map(|prior| of_prior(prior)).collect()
}

/// One seed of every candidate at the rates that [`next`] names, a rate at a time.
fn from_the_middle(search: &Search, study: &Study) -> Result<Vec<TrialRecord>, FeasibilityError> {
    let mut trials = Vec::new();
    loop {
        let next_key = |prior: &String| {
            let place = next(search.learning_rates, &of_prior(&trials, prior))?;
            Some(key(search, prior, 0, search.learning_rates[place]))
        };
        let keys: Vec<TrialKey> = search.candidates.iter().filter_map(next_key).collect();
        if keys.is_empty() {
            let spared = search.candidates.len() * search.learning_rates.len() - trials.len();
            study.observer.advanced((spared * study.plan.steps) as u64);
            return Ok(trials);
        }
        trials.extend(study.trials(&keys)?);
    }
}

/// The place of the rate to try next; `None` where both neighbours of the fastest are known.
fn next(learning_rates: &[f64], trials: &[&TrialRecord]) -> Option<usize> {
    let of_rate = |place: usize| trials.iter().find(|trial| trial.key.learning_rate == learning_rates[place]);
    let steps = |place: usize| of_rate(place).and_then(|trial| trial.steps_to_target);
    let untried = |place: &usize| *place < learning_rates.len() && of_rate(*place).is_none();
    let fastest = (0..learning_rates.len()).filter(|&place| steps(place).is_some()).min_by_key(|&place| steps(place));
    match fastest {
        Some(place) => [Some(place + 1), place.checked_sub(1)].into_iter().flatten().find(untried),
        None => outwards(learning_rates.len()).find(untried),
    }
}

/// The middle, the place above it, the one below, the second above …
fn outwards(count: usize) -> impl Iterator<Item = usize> {
    let middle = count / 2;
    (0..=count).flat_map(move |distance| [Some(middle + distance), middle.checked_sub(distance)]).flatten()
}

/// More seeds at the fastest rates of the candidates that solved.
fn second_round(search: &Search, trials: &[TrialRecord]) -> Vec<TrialKey> {
    let mut keys = Vec::new();
    for prior in search.candidates {
        let mut solved: Vec<&TrialRecord> =
            of_prior(trials, prior).into_iter().filter(|trial| trial.ended == Ended::Solved).collect();
        solved.sort_by_key(|trial| trial.steps_to_target);
        for trial in solved.into_iter().take(REFINED_RATES) {
            let rounds = 1..=REFINING_SEEDS;
            keys.extend(rounds.map(|round| key(search, prior, round, trial.key.learning_rate)));
        }
    }
    keys
}

fn of_prior<'t>(trials: &'t [TrialRecord], prior: &str) -> Vec<&'t TrialRecord> {
    trials.iter().filter(|trial| trial.key.prior == prior).collect()
}

/// The rate with the highest solved share, then the most seeds behind it, then the fewest steps; when none
/// solved, the one that came lowest.
fn choose(search: &Search, plan: &Plan, trials: &[&TrialRecord]) -> Searched {
    let at_rate =
        |rate: f64| trials.iter().filter(|trial| trial.key.learning_rate == rate).copied().cloned().collect::<Vec<_>>();
    let groups = search.learning_rates.iter().map(|&rate| (rate, at_rate(rate)));
    let groups: Vec<(f64, Vec<TrialRecord>)> = groups.filter(|(_, trials)| !trials.is_empty()).collect();
    // of rates that look alike, all diverged say, the smallest
    let best = groups
        .iter()
        .rev()
        .max_by(|first, second| standing(plan, &first.1).total_cmp_to(&standing(plan, &second.1)))
        .map_or(f64::NAN, |(rate, _)| *rate);
    let tried = groups.iter().map(|(rate, trials)| rate_record(plan, *rate, trials)).collect();
    let steps = trials.iter().map(|trial| trial.steps as u64).sum();
    Searched { best, tried, steps }
}

/// How good a rate looks; greater is better in each place, compared in order.
struct Standing([f64; 4]);

impl Standing {
    fn total_cmp_to(&self, other: &Standing) -> std::cmp::Ordering {
        self.0
            .iter()
            .zip(&other.0)
            .map(|(own, other)| own.total_cmp(other))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    }
}

fn standing(plan: &Plan, trials: &[TrialRecord]) -> Standing {
    let count = trials.len() as f64;
    let solved = trials.iter().filter(|trial| trial.ended == Ended::Solved).count() as f64;
    let steps = |trial: &TrialRecord| trial.steps_to_target.unwrap_or(plan.steps) as f64;
    let mean_steps = trials.iter().map(steps).sum::<f64>() / count;
    let lowest = lowest_loss(plan, trials).unwrap_or(f64::INFINITY);
    // one seed that solved says less than three that did: more seeds come before fewer steps
    let seeds_behind = if solved > 0.0 { count } else { 0.0 };
    Standing([solved / count, seeds_behind, -mean_steps, -lowest])
}

fn rate_record(plan: &Plan, learning_rate: f64, trials: &[TrialRecord]) -> LearningRateRecord {
    let ended = count_endings(trials);
    LearningRateRecord {
        learning_rate,
        trials: trials.len(),
        solved: ended.get(&Ended::Solved).copied().unwrap_or(0),
        lowest_loss: lowest_loss(plan, trials),
        ended,
    }
}

/// The lowest smoothed loss of each trial, and the median over the trials.
fn lowest_loss(plan: &Plan, trials: &[TrialRecord]) -> Option<f64> {
    let lowest = |trial: &TrialRecord| {
        let window = plan.smoothing_steps;
        smoothed(&trial.losses, window).into_iter().skip(window - 1).fold(f64::INFINITY, f64::min)
    };
    let values: Vec<f64> = trials.iter().map(lowest).collect();
    Some(statistics::quantile(&values, 0.5)).filter(|loss| loss.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recommend::default_learning_rates;
    use crate::trial::Optimizer;

    /// A trial at `rate` that solved after so many steps, or came down to `loss` without solving.
    fn trial(rate: f64, seed: u64, solved_after: Option<usize>, loss: f32) -> TrialRecord {
        let steps = solved_after.unwrap_or(300);
        TrialRecord {
            key: TrialKey { prior: "he_normal".to_owned(), phase: Phase::Search, seed, learning_rate: rate },
            ended: if solved_after.is_some() { Ended::Solved } else { Ended::StillFalling },
            stall: None,
            steps,
            steps_to_target: solved_after,
            losses: vec![loss; steps],
            test_accuracy: 0.5,
            test_loss: 1.0,
            measures: Default::default(),
            wall_seconds: 0.0,
        }
    }

    fn with_search<R>(test: impl FnOnce(&Search, &Plan) -> R) -> R {
        let (candidates, learning_rates) = (["he_normal".to_owned()], default_learning_rates());
        let search =
            Search { candidates: &candidates, learning_rates: &learning_rates, grid: Grid::Whole, first_seed: 6 };
        test(&search, &Plan::default_with(Optimizer::MOMENTUM))
    }

    fn best(trials: &[TrialRecord]) -> f64 {
        with_search(|search, plan| choose(search, plan, &trials.iter().collect::<Vec<_>>()).best)
    }

    #[test]
    fn the_fastest_of_the_rates_that_solve_wins() {
        let trials = [trial(1e-4, 6, None, 0.6), trial(1e-3, 6, Some(150), 0.5), trial(3e-3, 6, Some(90), 0.5)];
        assert_eq!(best(&trials), 3e-3);
    }

    #[test]
    fn a_rate_that_solves_every_time_beats_one_that_is_fast_once() {
        let fast = [trial(3e-3, 6, Some(50), 0.5), trial(3e-3, 7, None, 2.0), trial(3e-3, 8, None, 2.0)];
        let sure = [6, 7, 8].map(|seed| trial(1e-3, seed, Some(150), 0.5));
        assert_eq!(best(&[fast, sure.clone()].concat()), 1e-3);
        // one seed alone is not surer than three
        assert_eq!(best(&[vec![trial(1e-2, 6, Some(40), 0.5)], sure.to_vec()].concat()), 1e-3);
    }

    #[test]
    fn without_a_solution_the_lowest_loss_wins_and_nan_never_does() {
        let trials = [trial(1e-4, 6, None, 1.9), trial(1e-3, 6, None, 1.2), trial(1e-2, 6, None, f32::NAN)];
        assert_eq!(best(&trials), 1e-3);
    }

    #[test]
    fn where_every_rate_diverges_the_smallest_is_kept() {
        let trials = [1e-4, 1e-3, 1e-2].map(|rate| trial(rate, 6, None, f32::NAN));
        assert_eq!(best(&trials), 1e-4);
    }

    /// The rates that are tried, in order, where a trial at the rate of each place ends as `of_place` says.
    fn walked(of_place: [Option<usize>; 7]) -> Vec<usize> {
        let rates = default_learning_rates();
        let (mut places, mut trials) = (Vec::new(), Vec::new());
        while let Some(place) = next(&rates, &trials.iter().collect::<Vec<_>>()) {
            places.push(place);
            trials.push(trial(rates[place], 6, of_place[place], 1.0));
        }
        places
    }

    #[test]
    fn from_the_middle_to_the_fastest() {
        let up = [None, None, Some(280), Some(150), Some(70), Some(30), None];
        assert_eq!(walked(up), [3, 4, 5, 6]);
        let down = [Some(250), Some(90), Some(60), Some(100), None, None, None];
        assert_eq!(walked(down), [3, 4, 2, 1]);
        let at_the_end = [Some(200), None, None, None, None, None, None];
        assert_eq!(walked(at_the_end), [3, 4, 2, 5, 1, 6, 0]);
        assert_eq!(walked([None; 7]), [3, 4, 2, 5, 1, 6, 0]);
        assert_eq!(next(&[0.1], &[]), Some(0));
    }

    #[test]
    fn a_rate_that_was_not_tried_is_never_the_best() {
        assert_eq!(best(&[trial(3e-3, 6, None, f32::NAN)]), 3e-3);
    }

    #[test]
    fn the_two_fastest_rates_that_solve_get_fresh_seeds() {
        let trials = [trial(3e-4, 6, Some(230), 0.5), trial(1e-3, 6, Some(120), 0.5), trial(3e-3, 6, Some(90), 0.5)];
        let keys = with_search(|search, _| second_round(search, &trials));
        let pairs: Vec<(f64, u64)> = keys.iter().map(|key| (key.learning_rate, key.seed)).collect();
        assert_eq!(pairs, [(3e-3, 7), (3e-3, 8), (1e-3, 7), (1e-3, 8)]);
    }
}
