//! Parameters under a prior, as plain data. Numbers that are not finite become `null` in JSON.

use seedbed_theory::parameter_space::{Divergence, Entropy};
use serde::{Deserialize, Serialize};

use crate::statistics::Estimate;

/// Version of the record.
pub const SCHEMA: &str = "seedbed.parameters/1";

/// Every parameter of a network under priors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParametersRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The network.
    pub network: String,
    /// Draws behind each measurement.
    pub draws: usize,
    /// Seed of the first.
    pub seed: u64,
    /// One a prior.
    pub priors: Vec<PriorParameters>,
    /// Of any two priors, both ways.
    pub divergences: Vec<PriorDivergence>,
}

/// Every parameter of a network under one prior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorParameters {
    /// The prior.
    pub prior: String,
    /// One a parameter, in the network's order.
    pub parameters: Vec<ParameterRecord>,
    /// Of all together; `None` for a network without parameters.
    pub entropy: Option<EntropyRecord>,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParameterRecord {
    /// Its name.
    pub name: String,
    /// Its initializer.
    pub initializer: String,
    /// Its shape.
    pub shape: String,
    /// Number of elements.
    pub elements: usize,
    /// Expected share of the elements that are not zero; `None` where not derived.
    pub density: Option<f64>,
    /// The share in draws; n is 0 where it is too large to draw here.
    pub measured_density: Estimate,
    /// Mean of an element.
    pub mean: f64,
    /// Standard deviation of an element.
    pub std: f64,
    /// Entropy.
    pub entropy: EntropyRecord,
    /// The matrices that it holds; none for vectors and tables.
    pub matrices: Vec<MatrixRecord>,
}

/// Entropy in nats, of the law before values are rounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntropyRecord {
    /// Differential entropy over all elements; `None` where they have no density together (it is −∞ then) or it is not
    /// derived, as `support` says.
    pub differential_nats: Option<f64>,
    /// Entropy of what is discrete: which value, which places.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub discrete_nats: f64,
    /// Expected entropy of the numbers that are free then.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub density_nats: f64,
    /// How many those are.
    #[serde(with = "crate::statistics::estimate::finite_or_null")]
    pub free: f64,
    /// Where the probability lies, in words.
    pub support: String,
}

impl EntropyRecord {
    /// The record of an entropy.
    pub fn of(entropy: &Entropy) -> EntropyRecord {
        EntropyRecord {
            differential_nats: entropy.differential_nats.filter(|nats| nats.is_finite()),
            discrete_nats: entropy.discrete_nats,
            density_nats: entropy.density_nats,
            free: entropy.free,
            support: entropy.support.words().to_owned(),
        }
    }
}

/// One matrix y = W x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixRecord {
    /// Output units.
    pub outputs: usize,
    /// Weights into each.
    pub inputs: usize,
    /// √(n_out/n_in), the norm that the spectral condition wants.
    pub wanted_norm: f64,
    /// The largest singular value, derived; `None` where not.
    pub predicted_norm: Option<f64>,
    /// The largest singular value of draws.
    pub measured_norm: Estimate,
    /// ln(predicted/wanted); `None` where not derived or −∞.
    pub predicted_distance: Option<f64>,
    /// ln(measured/wanted).
    pub measured_distance: Estimate,
}

/// Kullback–Leibler divergence between two priors of a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PriorDivergence {
    /// p of KL(p‖q): the prior whose draws are coded.
    pub from: String,
    /// q: the prior they are coded for.
    pub to: String,
    /// One a parameter.
    pub parameters: Vec<DivergenceRecord>,
    /// The sum.
    pub together: DivergenceRecord,
}

/// Kullback–Leibler divergence of one parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DivergenceRecord {
    /// Name of the parameter, or `in all`.
    pub parameter: String,
    /// Nats; `None` where infinite or not derived.
    pub nats: Option<f64>,
    /// Whether it is infinite.
    pub infinite: bool,
    /// Why it is infinite or not derived.
    pub reason: Option<String>,
}

impl DivergenceRecord {
    /// The record of a divergence.
    pub fn of(parameter: String, divergence: &Divergence) -> DivergenceRecord {
        DivergenceRecord {
            parameter,
            nats: divergence.nats().filter(|nats| nats.is_finite()),
            infinite: matches!(divergence, Divergence::Infinite(_)),
            reason: divergence.reason().map(str::to_owned),
        }
    }
}
