//! What a recommendation found, as plain data: the JSON of `recommend --json`, and all that the tables and the
//! page are made from.
//!
//! The schema is `seedbed.recommend/1`. Numbers that are not finite become `null` in JSON.

use std::collections::BTreeMap;

use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use serde::{Deserialize, Serialize};

use crate::statistics::Estimate;

/// The schema name that every recommendation carries.
pub const SCHEMA: &str = "seedbed.recommend/1";

/// The whole outcome of `seedbed recommend`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recommendation {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The version of Seedbed that measured.
    pub version: String,
    /// The command that reproduces this outcome.
    pub command: String,
    /// The network.
    pub network: NetworkRecord,
    /// The data.
    pub data: DataRecord,
    /// How the trials were run.
    pub study: StudyRecord,
    /// The prior to use; `None` when no candidate solved the task.
    pub recommended: Option<String>,
    /// Priors that the evidence cannot tell from the recommended one.
    pub tied_with: Vec<String>,
    /// The verdict: two or three plain sentences.
    pub verdict: Vec<String>,
    /// Wall time of this call in seconds. A resumed call counts only its own part.
    pub seconds: f64,
    /// What each stage cost and removed, in order.
    #[serde(default)]
    pub stages: Vec<StageRecord>,
    /// Where the recommended weights were written.
    pub weights: Option<String>,
    /// One record a candidate, best first.
    pub priors: Vec<PriorRecord>,
}

/// The network as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkRecord {
    /// Shorthand, or the path of the file it came from.
    pub text: String,
    /// Number of scalar parameters.
    pub parameters: usize,
    /// Names of the layers that hold weights, in execution order (`layer1`, `layer2`, …).
    pub layers: Vec<String>,
}

impl NetworkRecord {
    /// The record of a network.
    pub fn of(network: &Network) -> NetworkRecord {
        NetworkRecord {
            text: network.text.clone(),
            parameters: network.scalar_parameters(),
            layers: network.weighted_layers().map(|(_, node)| node.name.clone()).collect(),
        }
    }
}

/// The data as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// `digits`, or the path.
    pub name: String,
    /// Shape of one example, such as `64` or `1x28x28`.
    pub example_shape: String,
    /// Training examples.
    pub train_examples: usize,
    /// Test examples.
    pub test_examples: usize,
    /// Number of classes.
    pub classes: usize,
}

impl DataRecord {
    /// The record of a data set.
    pub fn of(data: &Dataset) -> DataRecord {
        DataRecord {
            name: data.name.clone(),
            example_shape: data.example_shape.to_string(),
            train_examples: data.train.examples(),
            test_examples: data.test.examples(),
            classes: data.classes,
        }
    }
}

/// How the trials were run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyRecord {
    /// Its text form: `momentum`, `adam(beta2=0.95)`, …
    pub optimizer: String,
    /// Momentum, where the optimizer has one.
    pub momentum: Option<f64>,
    /// Examples a step.
    pub batch: usize,
    /// Budget of one trial in steps.
    pub steps: usize,
    /// A trial has solved the task once its smoothed training loss is at most this (nats a example).
    pub target_loss: f64,
    /// Number of steps the loss is averaged over.
    pub smoothing_steps: usize,
    /// Paired seeds per prior in the comparison.
    pub seeds: usize,
    /// The seed everything is drawn from.
    pub seed: u64,
    /// The grid of learning rates that each prior was searched over, ascending.
    pub learning_rates: Vec<f64>,
    /// Confidence of every interval, such as 0.95.
    pub confidence: f64,
}

/// One way to tell candidates apart, from the cheapest to the dearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The mean field of the network.
    Theory,
    /// What the user states, beside what draws show.
    Beliefs,
    /// Two draws, run forward and backward once.
    Probes,
    /// The search for each candidate's learning rate.
    Search,
    /// Trials on paired seeds.
    Comparison,
}

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Theory => "theory",
            Stage::Beliefs => "beliefs",
            Stage::Probes => "probes",
            Stage::Search => "search",
            Stage::Comparison => "comparison",
        }
    }

    /// Whether it runs trials.
    pub fn trains(self) -> bool {
        matches!(self, Stage::Search | Stage::Comparison)
    }
}

/// What a stage cost and removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Which one.
    pub stage: Stage,
    /// Wall time of this call in seconds.
    pub seconds: f64,
    /// Candidates that it began with.
    pub candidates_before: usize,
    /// Those that it removed.
    pub removed: Vec<RemovedRecord>,
    /// Trials that it took, those kept from an earlier call included.
    pub trials: usize,
    /// Training steps of these.
    pub steps: u64,
    /// What it had no answer for, and what else is to know.
    pub notes: Vec<String>,
}

impl StageRecord {
    /// A stage that has done nothing yet.
    pub fn new(stage: Stage, candidates_before: usize) -> StageRecord {
        let (removed, notes) = (Vec::new(), Vec::new());
        StageRecord { stage, seconds: 0.0, candidates_before, removed, trials: 0, steps: 0, notes }
    }
}

/// A candidate that a stage removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RemovedRecord {
    /// Its text form.
    pub prior: String,
    /// What speaks against it.
    pub why: String,
}

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The smoothed training loss reached the target.
    Solved,
    /// The budget ran out while the loss was still going down.
    StillFalling,
    /// The budget ran out and the loss no longer moved.
    Stalled,
    /// The loss became infinite or NaN, or ended far above where it began.
    Diverged,
}

/// All that was found about one prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorRecord {
    /// Its text form, such as `orthogonal(gain=1.4142135)`.
    pub prior: String,
    /// 1 is best; tied priors share a rank; 0 for one that was not tried.
    pub rank: usize,
    /// The stage that removed it. After the search, its trials are those of the search at its best learning rate; before,
    /// it has none.
    #[serde(default)]
    pub removed_by: Option<Stage>,
    /// Whether the evidence cannot tell it from the recommended prior.
    pub tied: bool,
    /// The learning rate it was compared at: its own best of the grid; `None` where it was not tried.
    pub learning_rate: Option<f64>,
    /// Share of the paired seeds that solved the task, with interval; NaN of 0 where it was not tried.
    pub solved: Estimate,
    /// Median steps to the target, censored at the budget; infinite when fewer than half of the seeds solved, `None` without
    /// trials.
    pub steps_to_target: Option<Estimate>,
    /// How the paired trials ended; every outcome is present, with 0 where there was none.
    pub ended: BTreeMap<Ended, usize>,
    /// Mean share of the test examples classified correctly when the trial ended (at the target, or at the budget).
    pub test_accuracy: Estimate,
    /// What the search over learning rates found, ascending in the learning rate.
    pub learning_rates: Vec<LearningRateRecord>,
    /// Claims about the start, each measured on several draws.
    pub beliefs: Vec<BeliefRecord>,
    /// The signal through depth at the start.
    pub signal: SignalRecord,
    /// The smoothed training loss of the paired trials.
    pub loss_curve: LossCurve,
    /// Why it won, tied or lost: one sentence in the words of the beliefs.
    pub why: String,
}

impl PriorRecord {
    /// Whether any trial was run from it.
    pub fn was_tried(&self) -> bool {
        self.removed_by.is_none_or(Stage::trains)
    }

    /// The median steps to the target, where at least half of the seeds reached it.
    pub fn median_steps(&self) -> Option<f64> {
        self.steps_to_target.as_ref().map(|steps| steps.value).filter(|steps| steps.is_finite())
    }
}

/// The search trials of one prior at one learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningRateRecord {
    /// The learning rate.
    pub learning_rate: f64,
    /// Search trials run at it.
    pub trials: usize,
    /// How many of them solved the task.
    pub solved: usize,
    /// Lowest smoothed training loss seen, the median over the trials; `None` when it was never finite.
    pub lowest_loss: Option<f64>,
    /// How the trials ended.
    pub ended: BTreeMap<Ended, usize>,
}

impl LearningRateRecord {
    /// Whether at least half of the trials solved, and any.
    pub fn mostly_solves(&self) -> bool {
        self.solved > 0 && 2 * self.solved >= self.trials
    }
}

/// One belief: claimed, and measured on draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BeliefRecord {
    /// The idea: `scale`, `gradient_flow`, `evenness`, `symmetry`, `sparsity`, `diversity` or `activity`.
    pub belief: String,
    /// What was measured, such as `forward variance ratio over depth`.
    pub quantity: String,
    /// The layer where it stands out, or the whole network.
    pub layer: Option<String>,
    /// The measurement over draws.
    pub measured: Estimate,
    /// What a start that keeps the belief would show; `None` for a fact without a good side.
    pub expected: Option<Expected>,
    /// Whether the measurement lies within `expected`; `None` where nothing is expected.
    pub held: Option<bool>,
}

/// The range in which a belief counts as held, and where the range comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The law or the reason behind the range.
    pub source: String,
}

/// The signal through depth at the start; every list has one entry a layer, in the order of
/// [`NetworkRecord::layers`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalRecord {
    /// Mean square of the layer's output before its activation.
    pub forward_mean_square: Vec<Estimate>,
    /// Mean square of the loss gradient with respect to the same quantity.
    pub backward_mean_square: Vec<Estimate>,
    /// Effective rank of the features (Roy & Vetterli 2007) divided by the largest possible.
    pub effective_rank_share: Vec<Estimate>,
}

/// The smoothed training loss over steps: median and quartiles over the paired trials.
///
/// A trial that has ended keeps its last value, so that the median speaks of all seeds at every step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LossCurve {
    /// Steps, ascending.
    pub step: Vec<usize>,
    /// Median over the seeds.
    pub median: Vec<f64>,
    /// First quartile.
    pub low: Vec<f64>,
    /// Third quartile.
    pub high: Vec<f64>,
}
