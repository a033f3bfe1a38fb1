//! What a study found, as plain data: the JSON of `seedbed study --json`, schema `seedbed.study/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::design::Design;
use super::expectation::{Judged, Quantity};
use super::over_tasks::OverTasks;
use super::racing::Dropped;
use super::ties::Behind;
use super::warmup::WarmupRecord;
use crate::record::{DataRecord, Ended, LearningRateRecord, LossCurve, NetworkRecord};
use crate::stall::StallKind;
use crate::statistics::{Estimate, SurvivalCurve};
use crate::trial::Measure;

/// The schema name that every study's record carries.
pub const SCHEMA: &str = "seedbed.study/1";

/// The whole outcome of `seedbed study`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyResult {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The version of Seedbed that measured.
    pub version: String,
    /// The command that reproduces this outcome.
    pub command: String,
    /// What was asked for.
    pub design: Design,
    /// The data.
    pub data: DataRecord,
    /// Confidence of every interval.
    pub confidence: f64,
    /// One a network, an optimizer and a schedule.
    pub tasks: Vec<TaskRecord>,
    /// The starts over all tasks, where at least two tasks are solved and the number of pairs was set before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_tasks: Option<OverTasks>,
    /// Whether starts need warm-up, where several warm-ups were tried or the sharpness was measured.
    pub warmup: Vec<WarmupRecord>,
    /// The expectations beside what was measured.
    pub judged: Vec<Judged>,
    /// Wall time of this call in seconds. A resumed call counts only its own part.
    pub seconds: f64,
}

/// One task and its starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    /// Its name.
    pub task: String,
    /// The network.
    pub network: NetworkRecord,
    /// The update rule.
    pub optimizer: String,
    /// The schedule of the learning rate.
    pub schedule: String,
    /// Floating-point operations of one training step.
    pub step_operations: u64,
    /// The best start: most solved, then fewest mean steps; `None` where none solved.
    pub best: Option<String>,
    /// The starts in the order of the design.
    pub starts: Vec<StartRecord>,
}

/// What was found about one start in one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartRecord {
    /// Its text form.
    pub start: String,
    /// 6 ξ_c, to which depth theory says that it trains; see [`super::depth::trainable_depth`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trainable_depth: Option<f64>,
    /// The learning rate of the paired trials: its own best.
    pub learning_rate: f64,
    /// Steps that the search for it took, over all trials.
    pub search_steps: u64,
    /// The learning rates that solved.
    pub window: Window,
    /// Share of the seeds that solved: Wilson's interval, or, after a race, one that holds whenever it was stopped.
    pub solved: Estimate,
    /// Median steps to the target, censored at the budget; infinite where fewer than half of the seeds solved.
    pub steps_to_target: Option<Estimate>,
    /// Mean steps until the target or the end of the budget: the restricted mean.
    pub restricted_mean_steps: Estimate,
    /// Expected steps to a solution when a trial that has used up its budget is begun anew from another seed:
    /// mean steps / solved share. Infinite where none solved.
    pub steps_with_restarts: Estimate,
    /// Share of the trials that have not yet reached the target, over steps.
    pub survival: SurvivalCurve,
    /// Mean wall time of a trial in seconds.
    pub wall_seconds: Estimate,
    /// Mean of log10 of the smoothed loss over the budget.
    pub loss_area: Estimate,
    /// In what it is behind the best start of its task, beyond doubt.
    pub behind: Behind,
    /// When it went out of the race, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dropped: Option<Dropped>,
    /// Share of the trials that ended in each way, with Wilson's interval.
    pub ended: BTreeMap<Ended, Estimate>,
    /// Share of the trials that stalled in each way, of those found.
    pub stalls: BTreeMap<StallKind, Estimate>,
    /// Median steps until the smoothed loss had fallen a tenth of its way to the target, censored at the budget: how long the
    /// first plateau or saddle holds. `None` where no trial's loss fell so far.
    pub escape_steps: Option<Estimate>,
    /// Test accuracy at the end; NaN for real targets.
    pub test_accuracy: Estimate,
    /// Test loss at the end.
    pub test_loss: Estimate,
    /// What else was measured at the end, the mean over the trials that have it.
    pub measures: BTreeMap<Measure, Estimate>,
    /// What the search found.
    pub learning_rates: Vec<LearningRateRecord>,
    /// The smoothed training loss.
    pub loss_curve: LossCurve,
    /// What each paired trial came to, in the order of the seeds.
    pub trials: Vec<TrialSummary>,
}

/// The learning rates of the search at which at least half of the trials solved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The smallest of them.
    pub low: Option<f64>,
    /// The largest of them.
    pub high: Option<f64>,
    /// log10(high / low): 0 for a single one.
    pub decades: Option<f64>,
    /// Whether the smallest or the largest rate of the grid is among them: the window may be wider.
    pub cut: bool,
}

/// One paired trial in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialSummary {
    /// Its seed.
    pub seed: u64,
    /// How it ended.
    pub ended: Ended,
    /// What it is stuck in, where it stalled.
    pub stall: Option<StallKind>,
    /// Steps to the target, or the budget.
    pub steps: usize,
    /// The smoothed loss of the last step; `null` where it is not finite.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub final_loss: f64,
    /// Mean of log10 of the smoothed loss over the budget.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub loss_area: f64,
    /// At the end.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub test_accuracy: f64,
    /// At the end.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub test_loss: f64,
    /// What else was measured.
    pub measures: BTreeMap<Measure, f64>,
}

impl StartRecord {
    /// One number a trial, in the order of the seeds; NaN where a trial has none.
    pub fn values(&self, quantity: Quantity) -> Vec<f64> {
        let flag = |holds: bool| f64::from(u8::from(holds));
        let value = |trial: &TrialSummary| match quantity {
            Quantity::Solved => flag(trial.ended == Ended::Solved),
            Quantity::Diverged => flag(trial.ended == Ended::Diverged),
            Quantity::Stalled => flag(trial.ended == Ended::Stalled),
            Quantity::Steps => trial.steps as f64,
            Quantity::FinalLoss => trial.final_loss,
            Quantity::LossArea => trial.loss_area,
            Quantity::TestAccuracy => trial.test_accuracy,
            Quantity::TestLoss => trial.test_loss,
            // never left: later than the budget
            Quantity::Measured(Measure::EscapeSteps) => {
                trial.measures.get(&Measure::EscapeSteps).copied().unwrap_or(trial.steps as f64)
            }
            Quantity::Measured(measure) => trial.measures.get(&measure).copied().unwrap_or(f64::NAN),
        };
        self.trials.iter().map(value).collect()
    }
}
