//! What the paired trials of one start come to, as the record of it.

use std::collections::BTreeMap;

use super::record::{StartRecord, TrialSummary, Window};
use super::search::Searched;
use super::store::TrialRecord;
use super::ties::Behind;
use super::{count_endings, loss_curve, times};
use crate::record::{Ended, LearningRateRecord};
use crate::stall::StallKind;
use crate::statistics::{self, Estimate, Time};
use crate::trial::{Measure, Plan, smoothed};

/// What ended the trials of a start, and so which intervals hold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Stopped {
    AtASetNumber,
    ByWhatWasSeen,
}

impl Stopped {
    fn share(self, hits: usize, trials: usize, confidence: f64) -> Estimate {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        match self {
            Stopped::AtASetNumber => statistics::wilson(hits, trials, confidence),
            Stopped::ByWhatWasSeen => statistics::proportion_sequence(count(hits), count(trials), confidence),
        }
    }

    /// Mean steps of trials that all end at `budget`.
    fn restricted_mean(self, times: &[Time], budget: f64, confidence: f64) -> Estimate {
        match self {
            Stopped::AtASetNumber => statistics::restricted_mean(times, budget, confidence),
            Stopped::ByWhatWasSeen => {
                let steps: Vec<f64> = times.iter().map(|time| time.steps).collect();
                statistics::mean_sequence(&steps, budget / 2.0, confidence)
            }
        }
    }
}

/// The record of a start but for what theory and the other starts say of it.
pub(super) fn start_record(
    start: &str,
    searched: Searched,
    trials: &[TrialRecord],
    plan: &Plan,
    (stopped, confidence): (Stopped, f64),
) -> StartRecord {
    let solved = trials.iter().filter(|trial| trial.ended == Ended::Solved).count();
    let summaries: Vec<TrialSummary> = trials.iter().map(|trial| summary(trial, plan)).collect();
    let mean = |value: &dyn Fn(&TrialSummary) -> f64| {
        statistics::skewed_mean(&summaries.iter().map(value).collect::<Vec<_>>(), confidence)
    };
    let (times, budget) = (times(trials, plan), plan.steps as f64);
    let wall_seconds: Vec<f64> = trials.iter().map(|trial| trial.wall_seconds).collect();
    StartRecord {
        start: start.to_owned(),
        trainable_depth: None,
        learning_rate: searched.best,
        search_steps: searched.steps,
        window: window(&searched.tried),
        solved: stopped.share(solved, trials.len(), confidence),
        steps_to_target: statistics::kaplan_meier_median(&times, confidence),
        steps_with_restarts: statistics::restart_steps(&times, budget, confidence),
        survival: statistics::kaplan_meier_curve(&times, confidence),
        restricted_mean_steps: stopped.restricted_mean(&times, budget, confidence),
        wall_seconds: statistics::skewed_mean(&wall_seconds, confidence),
        loss_area: mean(&|trial| trial.loss_area),
        behind: Behind::Tied,
        dropped: None,
        ended: shares(count_endings(trials), |count| stopped.share(count, trials.len(), confidence)),
        stalls: shares(count_stalls(trials), |count| stopped.share(count, trials.len(), confidence)),
        escape_steps: escape_steps(&summaries, confidence),
        test_accuracy: mean(&|trial| trial.test_accuracy),
        test_loss: mean(&|trial| trial.test_loss),
        measures: measured(&summaries, confidence),
        learning_rates: searched.tried,
        loss_curve: loss_curve(trials, plan),
        trials: summaries,
    }
}

/// The share and interval of each count.
fn shares<K: Ord>(counts: BTreeMap<K, usize>, share: impl Fn(usize) -> Estimate) -> BTreeMap<K, Estimate> {
    counts.into_iter().map(|(key, count)| (key, share(count))).collect()
}

fn count_stalls(trials: &[TrialRecord]) -> BTreeMap<StallKind, usize> {
    let mut counts = BTreeMap::new();
    for stall in trials.iter().filter_map(|trial| trial.stall) {
        *counts.entry(stall).or_default() += 1;
    }
    counts
}

/// Median of when each trial left its first plateau, censored where it never did; `None` where none did.
fn escape_steps(trials: &[TrialSummary], confidence: f64) -> Option<Estimate> {
    let time = |trial: &TrialSummary| match trial.measures.get(&Measure::EscapeSteps) {
        Some(&steps) => Time { steps, observed: true },
        None => Time { steps: trial.steps as f64, observed: false },
    };
    let times: Vec<Time> = trials.iter().map(time).collect();
    let left = times.iter().any(|time| time.observed);
    left.then(|| statistics::kaplan_meier_median(&times, confidence)).flatten()
}

/// Each measure over the trials that have it; the steps of escape are censored and stand by themselves.
fn measured(trials: &[TrialSummary], confidence: f64) -> BTreeMap<Measure, Estimate> {
    let mut found = BTreeMap::new();
    for measure in trials.iter().flat_map(|trial| trial.measures.keys()).copied() {
        let values: Vec<f64> = trials.iter().filter_map(|trial| trial.measures.get(&measure).copied()).collect();
        let estimate = || match measure {
            Measure::Catapult => {
                statistics::wilson(values.iter().filter(|value| **value == 1.0).count(), values.len(), confidence)
            }
            _ => statistics::skewed_mean(&values, confidence),
        };
        if measure != Measure::EscapeSteps {
            found.entry(measure).or_insert_with(estimate);
        }
    }
    found
}

fn summary(trial: &TrialRecord, plan: &Plan) -> TrialSummary {
    let curve = smoothed(&trial.losses, plan.smoothing_steps);
    let last = curve.last().copied().filter(|loss| loss.is_finite()).unwrap_or(f64::INFINITY);
    // a trial that has ended keeps its last loss to the end of the budget
    let ended = curve.iter().map(|loss| loss.log10()).sum::<f64>() + (plan.steps - curve.len()) as f64 * last.log10();
    TrialSummary {
        seed: trial.key.seed,
        ended: trial.ended,
        stall: trial.stall,
        steps: trial.steps_to_target.unwrap_or(plan.steps),
        final_loss: last,
        loss_area: ended / plan.steps as f64,
        test_accuracy: trial.test_accuracy,
        test_loss: trial.test_loss,
        measures: trial.measures.clone(),
    }
}

/// The run of rates that solved in at least half of their trials, from the smallest to the largest of them.
fn window(tried: &[LearningRateRecord]) -> Window {
    let rates: Vec<f64> = tried.iter().filter(|rate| rate.mostly_solves()).map(|rate| rate.learning_rate).collect();
    let (low, high) = (rates.first().copied(), rates.last().copied());
    let at_an_end = |rate: Option<f64>, end: Option<&LearningRateRecord>| {
        rate.is_some() && rate == end.map(|end| end.learning_rate)
    };
    Window {
        low,
        high,
        decades: low.zip(high).map(|(low, high)| (high / low).log10()),
        cut: at_an_end(low, tried.first()) || at_an_end(high, tried.last()),
    }
}
