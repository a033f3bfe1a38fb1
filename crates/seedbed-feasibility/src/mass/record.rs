//! What `seedbed mass` found, as plain data.

use serde::{Deserialize, Serialize};

use crate::statistics::Estimate;
use crate::statistics::estimate::finite_or_null;

/// Version of the record.
pub const SCHEMA: &str = "seedbed.mass/1";

/// The solution mass of priors on one network and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MassRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of this crate.
    pub version: String,
    /// The network's text.
    pub network: String,
    /// Name of the data.
    pub data: String,
    /// Training examples that a solution must meet the target on.
    pub examples: usize,
    /// What counts as a solution, in words.
    pub target: String,
    /// The seed.
    pub seed: u64,
    /// Confidence of every interval.
    pub confidence: f64,
    /// One a prior, in the order asked for.
    pub priors: Vec<PriorMass>,
    /// Spearman's rank correlation, across priors, of the mass with the share that becomes a solution within the budget; where
    /// there are at least two priors and a budget.
    pub prediction: Option<Estimate>,
}

/// The solution mass of one prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorMass {
    /// The prior.
    pub prior: String,
    /// `direct` or `splitting`.
    pub method: String,
    /// ln P. Without a hit the value is `null`, for −∞, and `high` is an upper bound.
    pub log_mass_nats: Estimate,
    /// log₂ P, likewise.
    pub log_mass_bits: Estimate,
    /// No draw and no particle solved.
    pub zero_hits: bool,
    /// Draws that solved, or particles that did at the end.
    pub hits: usize,
    /// Evaluations of the loss.
    pub evaluations: u64,
    /// Of splitting: every independent run.
    pub repeats: Vec<RepeatRecord>,
    /// Of splitting: the largest R̂ of the solutions of different runs.
    pub r_hat: Option<f64>,
    /// Of splitting: the smallest effective number of solutions.
    pub effective_samples: Option<f64>,
    /// The share that becomes a solution within the budget, where one was given.
    pub solved_within: Option<Estimate>,
    /// Test error of solutions drawn from the prior, where there are any and the data have classes.
    pub test_error: Option<Estimate>,
    /// The bound on it that follows from the mass, where the target is an exact fit; with probability 0.95 over the examples.
    pub error_bound: Option<Estimate>,
    /// What the reader should know, such as runs that do not agree.
    pub notes: Vec<String>,
}

/// One run of splitting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepeatRecord {
    /// ln P of this run; `null` where it found nothing.
    pub log_mass_nats: Option<f64>,
    /// Its levels, the target last if it was reached.
    pub levels: Vec<LevelRecord>,
}

/// One level of one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelRecord {
    /// Its loss, or margin where the target is in errors: what is below goes on; the target is reached by at most that.
    /// `null` where only what is finite goes on.
    #[serde(with = "finite_or_null")]
    pub loss: f64,
    /// Share of the particles that went on.
    pub share: f64,
    /// Share of the moves below it that were kept.
    pub kept: Option<f64>,
    /// The step that they ended with.
    pub step: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_of_all_that_is_finite_is_null_and_can_be_read() {
        let level = LevelRecord { loss: f64::INFINITY, share: 0.05, kept: Some(0.3), step: Some(0.5) };
        let json = serde_json::to_string(&level).unwrap();
        assert_eq!(json, r#"{"loss":null,"share":0.05,"kept":0.3,"step":0.5}"#);
        assert!(serde_json::from_str::<LevelRecord>(&json).unwrap().loss.is_nan());
    }
}
