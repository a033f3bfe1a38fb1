//! From beliefs to a prior: a user states what the untrained network should be, and the numbers are solved for.
//!
//! [`Stated`] is what is wanted, [`solve`] walks the user's own graph by the mean field ([`crate::propagate`]) and looks
//! for the variances that have it. Each part of a network answers to its own beliefs:
//!
//! | part | number | beliefs that fix it, the first stated one wins |
//! |---|---|---|
//! | hidden layers | length q | `isometry`; 1 without it |
//! | hidden layers | σ_w² and σ_b² at that length | `correlation_length` or `smoothness`, `correlation`, `gradient_ratio` |
//! | residual branches | scale of the last weights | `near_identity`, `correlation`, `gradient_ratio` |
//! | last layer | σ_w² | `output_std` or `confidence` |
//! | first layer | nonzero weights a unit | `relevant_inputs` |
//! | hidden layers | places of the weights | `density`, `isometry` and `diverse_units` |
//! | recurrent cells | gain of the recurrent weights, or bias of the gate that keeps the state | `memory`; the length of the sequence without it |
//! | named parameters | 0 | `without_effect` |
//!
//! A belief that comes later and does not hold by itself is given up, and [`Trade`] says so. What no numbers can have
//! together is refused with the reason.

mod draft;
mod effect;
mod held;
mod hidden;
mod layers;
mod output;
mod predict;
mod recurrent;
mod residual;
mod root;
mod stated;
mod structure;
#[cfg(test)]
mod tests;

use seedbed::Prior;
use seedbed_network::graph::Network;

use self::draft::Draft;
pub use self::draft::Part;
use self::hidden::Variances;
pub use self::layers::{Sum, parts, sums};
pub use self::output::expected_confidence;
use self::recurrent::Cells;
pub use self::stated::{Correlation, KEYS, Smoothness, Stated};
use crate::error::TheoryError;
use crate::mean_field::FixedPoint;

/// A stated belief may be off by this share of itself before it counts as given up.
pub const ALLOWED: f64 = 0.1;

/// The length of hidden pre-activations where no belief asks for another.
const LENGTH: f64 = 1.0;

/// What can be stated, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Belief {
    /// Standard deviation of the outputs.
    OutputStd,
    /// Expected largest probability.
    Confidence,
    /// In words; as a number the factor by which a small difference of inputs (its mean square), or in a rough network the
    /// likeness's distance from where it settles, is multiplied a layer: e^(−1/ξ).
    Smoothness,
    /// ξ, in layers.
    CorrelationLength,
    /// Cosine of the outputs.
    Correlation,
    /// Norm of the first layer's gradient over the last hidden one's.
    GradientRatio,
    /// Spread of the squared singular values of the hidden layers' Jacobian.
    Isometry,
    /// Evenness of the singular values of hidden weights, (Σs²)²/(rank Σs⁴): 1 for orthogonal directions, 1/2 for square
    /// normal weights.
    DiverseUnits,
    /// Share of the inputs that a first unit sees.
    RelevantInputs,
    /// Share of hidden weights that are not 0.
    Density,
    /// Growth of the mean square over the residual sums.
    NearIdentity,
    /// Steps within which a small change of a recurrent state falls to 1/e, in root mean square.
    Memory,
    /// Mean square of the parameters that start without effect, 0.
    WithoutEffect,
}

impl Belief {
    /// Its key in a file of beliefs.
    pub fn key(self) -> &'static str {
        match self {
            Belief::OutputStd => "output_std",
            Belief::Confidence => "confidence",
            Belief::Smoothness => "smoothness",
            Belief::CorrelationLength => "correlation_length",
            Belief::Correlation => "correlation",
            Belief::GradientRatio => "gradient_ratio",
            Belief::Isometry => "isometry",
            Belief::DiverseUnits => "diverse_units",
            Belief::RelevantInputs => "relevant_inputs",
            Belief::Density => "density",
            Belief::NearIdentity => "near_identity",
            Belief::Memory => "memory",
            Belief::WithoutEffect => "without_effect",
        }
    }
}

impl Belief {
    /// What its number is, in a line.
    pub fn meaning(self) -> &'static str {
        match self {
            Belief::OutputStd => "standard deviation of the outputs over draws",
            Belief::Confidence => "expected largest probability of the softmax of the outputs",
            Belief::Smoothness => {
                "factor a layer of a small difference of two inputs (mean square); smooth below 1, critical at \
                                   1; where rough, of what is left until their likeness settles"
            }
            Belief::CorrelationLength => {
                "layers within which a small difference of two inputs falls to 1/e (mean square)"
            }
            Belief::Correlation => "cosine of the outputs of two inputs of the stated cosine",
            Belief::GradientRatio => "norm of the gradient at the first hidden layer over that at the last",
            Belief::Isometry => {
                "variance over squared mean of the squared singular values of the hidden Jacobian; less is as good"
            }
            Belief::DiverseUnits => "evenness of the singular values of hidden weights, 1 for orthogonal directions",
            Belief::RelevantInputs => "share of the inputs that a first unit sees",
            Belief::Density => "share of hidden weights that are not 0",
            Belief::NearIdentity => "growth of the mean square over all residual sums",
            Belief::Memory => "steps within which a small change of a recurrent state falls to 1/e (root mean square)",
            Belief::WithoutEffect => "mean square of the named parameters",
        }
    }
}

/// A number that was solved for.
#[derive(Clone, Debug, PartialEq)]
pub struct Solved {
    /// Which one.
    pub number: &'static str,
    /// Its value.
    pub value: f64,
    /// The equation that it solves.
    pub how: String,
    /// Where the equation is from.
    pub source: &'static str,
}

/// A stated belief beside what the theory says of the answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Which.
    pub belief: Belief,
    /// What was stated.
    pub stated: f64,
    /// What the prior has by theory.
    pub predicted: f64,
}

impl Held {
    /// Whether the prediction is within [`ALLOWED`] of what was stated.
    pub fn is_kept(&self) -> bool {
        (self.predicted - self.stated).abs() <= ALLOWED * self.stated.abs()
    }
}

/// A belief that was given up for another.
#[derive(Clone, Debug, PartialEq)]
pub struct Trade {
    /// The one that does not hold.
    pub given_up: Belief,
    /// What was stated of it.
    pub stated: f64,
    /// What it is instead, by theory.
    pub predicted: f64,
    /// The one that came first.
    pub kept: Belief,
}

/// A prior, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// An initializer for every parameter.
    pub prior: Prior,
    /// Its numbers.
    pub solved: Vec<Solved>,
    /// Every stated belief beside the prediction.
    pub beliefs: Vec<Held>,
    /// What was given up for what.
    pub trades: Vec<Trade>,
    /// What stands against relying on it.
    pub warnings: Vec<String>,
    /// Where hidden signals settle, if a smoothness or a correlation length was stated.
    pub fixed_point: Option<FixedPoint>,
}

/// What is solved so far.
struct Work<'n> {
    draft: Draft<'n>,
    variances: Variances,
    solved: Vec<Solved>,
    /// Beliefs that fixed a number.
    fixed: Vec<Belief>,
    warnings: Vec<String>,
    /// What recurrent cells do, where there are any.
    cells: Option<Cells>,
}

/// Solves for the prior of a network that has what is stated.
///
/// ```
/// use seedbed_theory::beliefs::{Stated, solve};
/// let network = "mlp(64, 128x10, 10, tanh)".parse()?;
/// let stated = Stated::from_toml("output_std = 0.3\ncorrelation_length = 5")?;
/// let answer = solve(&network, &stated)?;
/// assert!(answer.trades.is_empty() && answer.beliefs.iter().all(|belief| belief.is_kept()));
/// assert!(answer.prior.to_string().contains("*.weight=variance_scaling(scale=1.76"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A number out of its range; beliefs that no numbers have together, or that this network cannot have, with the reason;
/// a network without theory.
pub fn solve(network: &Network, stated: &Stated) -> Result<Answer, TheoryError> {
    stated.check()?;
    let is_recurrent = recurrent::check(network, stated)?;
    if !is_recurrent {
        layers::check(network)?;
    }
    let draft = Draft::new(network, stated.input_mean_square.unwrap_or(1.0));
    let variances = Variances { weight: 1.0, bias: 0.0, length: LENGTH };
    let mut work = Work { draft, variances, solved: Vec::new(), fixed: Vec::new(), warnings: Vec::new(), cells: None };
    effect::choose(&mut work, stated)?;
    if is_recurrent {
        recurrent::solve(&mut work, stated)?;
    } else {
        let length = structure::choose(&mut work, stated)?;
        hidden::solve(&mut work, stated, length)?;
        residual::solve(&mut work, stated)?;
    }
    output::solve(&mut work, stated)?;
    effect::check(&work.draft)?;
    let beliefs = held::beliefs(&work, stated)?;
    let trades = held::trades(&work, &beliefs);
    let fixed_point = hidden::settles(&work, stated)?;
    let Work { draft, solved, warnings, .. } = work;
    Ok(Answer { prior: draft.prior(), solved, beliefs, trades, warnings, fixed_point })
}
