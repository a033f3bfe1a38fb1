//! What a prior believes, as plain data: the JSON of `seedbed prior --json`, and all that its table and page are made
//! from.
//!
//! The schema is `seedbed.prior/1`; several priors side by side are a `seedbed.prior_comparison/1`. Numbers that are
//! not finite become `null` in JSON.

use serde::{Deserialize, Serialize};

use crate::record::{DataRecord, Expected, NetworkRecord};
use crate::statistics::Estimate;

/// The schema name of [`Beliefs`].
pub const SCHEMA: &str = "seedbed.prior/1";
/// The schema name of [`Comparison`].
pub const COMPARISON_SCHEMA: &str = "seedbed.prior_comparison/1";

/// What one prior believes of a network on data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beliefs {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The version of Seedbed that measured.
    pub version: String,
    /// The command that reproduces this.
    pub command: String,
    /// The network.
    pub network: NetworkRecord,
    /// The data that went through it.
    pub data: DataRecord,
    /// The prior's text form.
    pub prior: String,
    /// Draws that were measured.
    pub draws: usize,
    /// Seed of the first draw; the others follow it.
    pub seed: u64,
    /// Confidence of every interval, such as 0.95.
    pub confidence: f64,
    /// What has to be said besides: stand-in data, duplicate examples, assumptions of the theory that do not hold here.
    pub notes: Vec<String>,
    /// One a measured quantity, those of a belief together.
    pub rows: Vec<Row>,
    /// The signal through depth, one entry a weighted layer, in execution order.
    pub signal: Vec<LayerSignal>,
    /// Singular values of the Jacobian; `None` where it is too large.
    pub jacobian: Option<JacobianRecord>,
    /// The network's place in the phase diagram; `None` where it has none.
    pub phase: Option<PhaseRecord>,
    /// The functions that draws compute on Boolean inputs; `None` for networks that do not take such.
    pub functions: Option<FunctionsRecord>,
}

impl Beliefs {
    /// Whether every claimed belief that has an expected range lies in it.
    pub fn holds_its_claims(&self) -> bool {
        !self.rows.iter().any(|row| row.claimed.is_some() && row.held == Some(false))
    }
}

/// Several priors on one network and one data set, from the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Always [`COMPARISON_SCHEMA`].
    pub schema: String,
    /// One a prior, in the order asked for.
    pub priors: Vec<Beliefs>,
}

/// One quantity of a belief: claimed, derived, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The idea: `scale`, `gradient_flow`, `symmetry`, `evenness`, `sparsity`, `diversity`, `activity`, `isometry`,
    /// `functions`, or what an initializer claims besides.
    pub belief: String,
    /// What was measured, such as `forward variance ratio over depth`.
    pub quantity: String,
    /// The layer where it stands out, or the whole network.
    pub layer: Option<String>,
    /// What an initializer of this prior claims; `None` where none does.
    pub claimed: Option<Claimed>,
    /// What theory says; `None` where there is no theory.
    pub theory: Option<Theory>,
    /// The measurement over draws; n is 0 where there was nothing to measure.
    pub measured: Estimate,
    /// What a start that keeps the belief would show; `None` for a fact without a good side.
    pub expected: Option<Expected>,
    /// Whether the measurement lies within `expected`; `None` where nothing is expected.
    pub held: Option<bool>,
    /// Why it is not held, or why there is no theory; empty where there is nothing to say.
    pub note: String,
}

/// A claim of the catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claimed {
    /// The initializer that claims it.
    pub by: String,
    /// The claim in words.
    pub statement: String,
}

/// What theory says of a quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Theory {
    /// Its mean, or its value at infinite width.
    pub value: f64,
    /// Lower end of the range of one draw at this width; `None` where no law gives one.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// The law, and what it assumes.
    pub source: String,
}

/// The signal at one weighted layer, before its activation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSignal {
    /// Name of the layer.
    pub layer: String,
    /// Mean square of its output.
    pub forward: PredictedAndMeasured,
    /// Mean square of the gradient of a random linear function of the outputs with respect to its output, over that at
    /// the last weighted layer.
    pub backward: PredictedAndMeasured,
}

/// A quantity of a layer, derived and measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictedAndMeasured {
    /// The prediction at infinite width; `None` without theory. Its range is that of one draw and one example.
    pub predicted: Option<Theory>,
    /// The measurement over draws.
    pub measured: Estimate,
}

/// Singular values of the Jacobian between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JacobianRecord {
    /// Name of the node it starts at.
    pub from: String,
    /// Name of the node it ends at.
    pub to: String,
    /// Singular values of the first draws, each descending; one list a draw.
    pub singular_values: Vec<Vec<f64>>,
    /// The law of the squared singular values at infinite width; `None` where it is not known.
    pub law: Option<SpectrumLaw>,
}

/// A law of squared singular values: a density, and values that a share of all have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SpectrumLaw {
    /// Squared singular values, ascending.
    pub squares: Vec<f64>,
    /// The density there.
    pub density: Vec<f64>,
    /// Pairs of a squared singular value and the share of all that have it.
    pub atoms: Vec<(f64, f64)>,
}

/// A network in the plane of σ_w and σ_b.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseRecord {
    /// The activation of the diagram.
    pub activation: String,
    /// σ_w² of the typical layer: fan_in E w².
    pub weight_variance: f64,
    /// σ_b² of the typical layer.
    pub bias_variance: f64,
    /// `ordered`, `critical` or `chaotic`; `None` where the length has no fixed point.
    pub phase: Option<String>,
    /// χ₁, the factor of the gradient's mean square a layer.
    pub chi: Option<f64>,
    /// c*, the correlation of two inputs after many layers.
    pub correlation: Option<f64>,
    /// 6 ξ_c, the depth up to which such networks were found to train; `None` where infinite.
    pub trainable_depth: Option<f64>,
    /// Pairs (σ_b², σ_w²) of the edge of chaos.
    pub edge_of_chaos: Vec<(f64, f64)>,
}

/// The functions of n bits that draws of a network compute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionsRecord {
    /// n.
    pub inputs: usize,
    /// Draws.
    pub draws: u64,
    /// Different functions that were drawn.
    pub distinct: usize,
    /// Shares of the most frequent functions, descending: the rank plot.
    pub shares: Vec<f64>,
    /// Lempel–Ziv complexity of the same functions, in bits.
    pub complexities: Vec<f64>,
}
