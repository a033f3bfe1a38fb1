//! What `seedbed dimension` found, as plain data.

use serde::{Deserialize, Serialize};

use super::train::Training;
use crate::statistics::Estimate;
use crate::statistics::estimate::finite_or_null;

/// Version of the record.
pub const SCHEMA: &str = "seedbed.dimension/1";

/// The intrinsic dimension of one task from starts of several priors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DimensionRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this crate.
    pub version: String,
    /// The network's text.
    pub network: String,
    /// Name of the data.
    pub data: String,
    /// Training examples.
    pub examples: usize,
    /// D, the number of trainable parameters.
    pub parameters: usize,
    /// How every run is trained.
    pub training: Training,
    /// Learning rates, ascending; every dimension is trained at each.
    pub learning_rates: Vec<f64>,
    /// What counts as getting there, in words.
    pub goal: String,
    /// What performance is: `test accuracy`, `training R²`, …
    pub performance: String,
    /// The share of the best whole-space performance that is asked for; `None` where a loss is.
    pub share: Option<f64>,
    /// The performance, or the training loss, that counts; `None` where the whole space is no better than a constant answer.
    pub threshold: Option<f64>,
    /// Performance of the best constant answer.
    pub constant: f64,
    /// A dimension lies at most this factor above one that failed, or next to it.
    pub resolution: f64,
    /// The first seed; every seed is a draw, a subspace and an order of the data, the same for all priors.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// One a prior, in the order asked for.
    pub priors: Vec<PriorDimension>,
    /// Training steps in all.
    pub steps: u64,
    /// What the reader should know.
    pub notes: Vec<String>,
}

/// The intrinsic dimension from one prior's draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorDimension {
    /// The prior.
    pub prior: String,
    /// Performance of training the whole space, mean over seeds, where a share of it is asked for.
    pub whole: Option<Estimate>,
    /// Median of the dimensions over seeds. A seed that did not get there in the whole space is above D, written as ∞; `null`
    /// where that holds for the median or an end of the interval.
    pub dimension: Estimate,
    /// Seeds that got there in a subspace or in the whole space.
    pub reached: usize,
    /// Every seed.
    pub seeds: Vec<SeedDimension>,
    /// Training steps of all runs, those of the whole space and of learning rates that were not chosen included.
    pub steps: u64,
}

impl PriorDimension {
    /// Whether the median is a dimension: at least half of the seeds got there.
    pub fn is_known(&self) -> bool {
        self.dimension.value.is_finite()
    }
}

/// The search with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedDimension {
    /// The seed.
    pub seed: u64,
    /// The smallest dimension that got there; `None` where not even the whole space did.
    pub dimension: Option<usize>,
    /// The largest that was seen to fail.
    pub failed: Option<usize>,
    /// Every dimension tried, in the order tried, at its best learning rate.
    pub attempts: Vec<AttemptRecord>,
}

/// One dimension with one seed, at the learning rate that came to the lowest training loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// d; 0 is the start as it is, D the whole space.
    pub dimension: usize,
    /// The learning rate; `None` where d is 0.
    pub learning_rate: Option<f64>,
    /// Mean training loss of the last 10 steps; `null` where no rate kept it finite.
    #[serde(with = "finite_or_null")]
    pub training_loss: f64,
    /// Accuracy or R² at the end; `null` where the run was lost.
    #[serde(with = "finite_or_null")]
    pub performance: f64,
    /// Whether it got there.
    pub reached: bool,
    /// Training steps of all learning rates together.
    pub steps: u64,
}
