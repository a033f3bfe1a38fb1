//! A study: paired trials that compare priors, each kept in the study's file as soon as it has ended.

pub mod compare;
pub mod depth;
pub mod design;
pub mod expectation;
mod keeping;
pub mod over_tasks;
pub mod racing;
pub mod record;
pub mod search;
mod start_record;
pub mod store;
pub mod ties;
pub mod warmup;
pub mod workers;

use std::collections::BTreeMap;
use std::sync::Mutex;

use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;

use crate::error::FeasibilityError;
use crate::record::{Ended, LossCurve};
use crate::start::Start;
use crate::statistics::{self, Time};
use crate::trial::{self, Measure, Plan, smoothed, steps_worth};
use keeping::Keeping;
use store::{Phase, Store, TrialKey, TrialRecord};

/// Points of a loss curve that are kept for the report.
const CURVE_POINTS: usize = 100;

/// Told how far a study is, and asked whether it should go on.
pub trait Observer: Sync {
    /// A study of at most `steps` training steps begins.
    fn begins(&self, steps: u64);
    /// What is being done now, in a few words.
    fn stage(&self, text: &str);
    /// That many of the announced steps were done, or turned out not to be needed.
    fn advanced(&self, steps: u64);
    /// A trial has ended and is kept.
    fn ended(&self, trial: &TrialRecord);
    /// `false` stops the study as soon as it can; finished trials are kept, and those under way as they stand.
    fn goes_on(&self) -> bool;
}

/// An observer that lets everything happen in silence.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Observer for Silent {
    fn begins(&self, _: u64) {}
    fn stage(&self, _: &str) {}
    fn advanced(&self, _: u64) {}
    fn ended(&self, _: &TrialRecord) {}
    fn goes_on(&self) -> bool {
        true
    }
}

/// Runs trials of one network on one data set under one plan.
pub struct Study<'s> {
    /// What the trials are kept under; unique within the store.
    pub task: &'s str,
    /// The network.
    pub network: &'s Network,
    /// The data.
    pub data: &'s Dataset,
    /// How every trial is run.
    pub plan: &'s Plan,
    /// Trials at work at once; the results do not depend on it.
    pub threads: usize,
    /// Who is told.
    pub observer: &'s dyn Observer,
    store: &'s Mutex<Store>,
}

impl std::fmt::Debug for Study<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Study of {} on {}", self.network, self.data.name)
    }
}

impl<'s> Study<'s> {
    /// A study whose trials are kept in `store`.
    pub fn new(
        task: &'s str,
        network: &'s Network,
        data: &'s Dataset,
        plan: &'s Plan,
        threads: usize,
        observer: &'s dyn Observer,
        store: &'s Mutex<Store>,
    ) -> Self {
        Study { task, network, data, plan, threads, observer, store }
    }

    /// Runs the trials that the store does not hold yet and returns the records of all, in the order asked for.
    ///
    /// # Errors
    /// A prior that cannot draw, data that do not fit, a store that cannot be written, or the interruption.
    pub fn trials(&self, keys: &[TrialKey]) -> Result<Vec<TrialRecord>, FeasibilityError> {
        workers::run(keys, self.threads, |key| {
            let stored = self.with_store(|store| store.trial(self.task, key))?;
            if let Some(record) = stored {
                self.observer.advanced(self.plan.steps as u64);
                return Ok(record);
            }
            let record = self.trial(key)?;
            self.with_store(|store| store.record(self.task, &record))?;
            self.observer.ended(&record);
            Ok(record)
        })
    }

    fn with_store<R>(
        &self,
        access: impl FnOnce(&mut Store) -> Result<R, store::StoreError>,
    ) -> Result<R, FeasibilityError> {
        let mut store = self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Ok(access(&mut store)?)
    }

    /// A search trial gives up a stall at half of the budget; a paired trial always has the whole.
    fn plan_of(&self, phase: Phase) -> Plan {
        match phase {
            Phase::Search => Plan {
                give_up_after: Some(self.plan.steps / 2),
                to_the_end: false,
                measured: false,
                curvature: false,
                ..self.plan.clone()
            },
            Phase::Paired => Plan { give_up_after: None, ..self.plan.clone() },
        }
    }

    fn trial(&self, key: &TrialKey) -> Result<TrialRecord, FeasibilityError> {
        let mut keeping = Keeping::begin(self, key)?;
        let drawn = key.prior.parse::<Start>()?.draw(self.network, self.data, key.seed)?;
        let mut plan = self.plan_of(key.phase);
        // what a data-dependent start has taken is gone from the budget
        let spent = steps_worth(drawn.forward_examples, plan.batch).min(plan.steps - 1);
        plan.steps -= spent;
        let (rate, seed) = (key.learning_rate, key.seed);
        let outcome = trial::run(self.network, self.data, drawn.weights, &plan, rate, seed, &mut keeping)?;
        let steps = outcome.losses.len();
        let mut measures = outcome.measures;
        measures.entry(Measure::EscapeSteps).and_modify(|steps| *steps += spent as f64);
        // the last step has none after it, so that nobody was told of it
        self.observer.advanced((self.plan.steps + 1 - steps) as u64);
        Ok(TrialRecord {
            key: key.clone(),
            ended: outcome.ended,
            stall: outcome.stall,
            steps,
            steps_to_target: outcome.steps_to_target.map(|steps| steps + spent),
            losses: outcome.losses,
            test_accuracy: outcome.test.accuracy,
            test_loss: outcome.test.loss,
            measures,
            wall_seconds: keeping.wall_seconds(),
        })
    }
}

/// How many trials ended in each way; every way is present.
pub(crate) fn count_endings(trials: &[TrialRecord]) -> BTreeMap<Ended, usize> {
    let all = [Ended::Solved, Ended::StillFalling, Ended::Stalled, Ended::Diverged];
    all.map(|ended| (ended, trials.iter().filter(|trial| trial.ended == ended).count())).into()
}

/// Median and quartiles of the smoothed loss over the trials.
pub(crate) fn loss_curve(trials: &[TrialRecord], plan: &Plan) -> LossCurve {
    let curves: Vec<Vec<f64>> = trials.iter().map(|trial| smoothed(&trial.losses, plan.smoothing_steps)).collect();
    let stride = plan.steps.div_ceil(CURVE_POINTS);
    let step: Vec<usize> = (1..=plan.steps).filter(|step| step % stride == 0 || *step == 1).collect();
    let quantile = |share: f64| {
        let at_step = |step: &usize| {
            // a diverged trial's NaN is worse than every number
            let value = |curve: &Vec<f64>| curve.get(step - 1).or(curve.last()).copied().filter(|loss| !loss.is_nan());
            let values: Vec<f64> = curves.iter().map(|curve| value(curve).unwrap_or(f64::INFINITY)).collect();
            statistics::quantile(&values, share)
        };
        step.iter().map(at_step).collect::<Vec<f64>>()
    };
    LossCurve { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75), step }
}

/// Steps to the target of each trial, censored at the budget.
pub(crate) fn times(trials: &[TrialRecord], plan: &Plan) -> Vec<Time> {
    let time = |trial: &TrialRecord| Time {
        steps: trial.steps_to_target.unwrap_or(plan.steps) as f64,
        observed: trial.steps_to_target.is_some(),
    };
    trials.iter().map(time).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::Optimizer;

    #[test]
    fn a_stall_ends_a_search_at_half_of_the_budget_and_a_pair_never_early() {
        let network: Network = "mlp(64, 8, 10, relu)".parse().unwrap();
        let data = seedbed_network::data::digits();
        let plan = Plan { steps: 40, ..Plan::default_with(Optimizer::MOMENTUM) };
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), "{}").unwrap();
        let store = Mutex::new(store);
        let study = Study::new("task", &network, &data, &plan, 2, &Silent, &store);
        let key = |phase| TrialKey { prior: "zeros".to_owned(), phase, seed: 1, learning_rate: 1e-3 };
        let records = study.trials(&[key(Phase::Search), key(Phase::Paired)]).unwrap();
        assert_eq!(records.iter().map(|record| record.steps).collect::<Vec<_>>(), [20, 40]);
        assert!(records.iter().all(|record| record.ended == Ended::Stalled));
        assert_eq!(study.trials(&[key(Phase::Search)]).unwrap()[0], records[0], "kept, not run again");
    }
}
