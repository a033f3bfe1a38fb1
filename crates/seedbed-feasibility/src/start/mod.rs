//! Where training begins: a draw of a prior, or one that is corrected on the data it will be trained on.
//!
//! A prior knows a network's shapes alone. A data-dependent initializer passes examples forward and changes the draw by
//! what it sees; the examples that it takes are a cost, which a study counts into the budget.

mod lsuv;

use std::fmt;
use std::str::FromStr;

use seedbed::{Initializer, Prior, Side};
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::FeasibilityError;

/// Examples that a correction looks at.
pub const CORRECTION_EXAMPLES: usize = 128;

/// A prior, or a data-dependent initializer over one; text and value lead to each other.
///
/// `lsuv` is LSUV over orthogonal matrices, `lsuv(he_normal)` over another prior; every other text is a prior's.
///
/// ```
/// use seedbed_feasibility::start::Start;
///
/// assert_eq!("lsuv(orthogonal)".parse::<Start>()?.to_string(), "lsuv");
/// assert_eq!("lsuv(he_normal)".parse::<Start>()?, Start::Lsuv("he_normal".parse()?));
/// assert_eq!("he_normal".parse::<Start>()?, Start::Prior("he_normal".parse()?));
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// A draw as it is.
    Prior(Prior),
    /// Layer-sequential unit variance, in execution order: the weight of each dense layer and convolution is divided by the
    /// standard deviation of the layer's output over a batch until that is within 0.1 of 1.
    ///
    /// The batch is the first [`CORRECTION_EXAMPLES`] training examples in the order fixed by the seed, and the deviation
    /// is over all examples, units and positions at once, about their mean. The last layer is corrected too, as in the
    /// authors' code; other weights (recurrent cells, attention, embeddings of positions) stay as drawn. Values depend on
    /// the engine's forward pass, so they are the same bits only where that is.
    ///
    /// Source: Mishkin & Matas (2016), algorithm 1, with its tolerance 0.1 and at most 10 rounds.
    Lsuv(Prior),
}

/// A draw to begin training from.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The values of every parameter, in the network's order.
    pub weights: Vec<Vec<f32>>,
    /// Examples passed forward to get them; a pass through a part of the layers counts as a whole one.
    pub forward_examples: u64,
    /// What was corrected, in execution order; empty for a draw as it is.
    pub corrected: Vec<Corrected>,
}

/// A layer that was corrected, measured after.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrected {
    /// The layer.
    pub layer: String,
    /// Standard deviation of its output as it was drawn.
    pub drawn_std: f64,
    /// The same at the end.
    pub std: f64,
    /// Corrections it took.
    pub rounds: usize,
}

impl Start {
    /// Draws the weights of a network that will be trained on these data.
    ///
    /// ```
    /// use seedbed_feasibility::start::Start;
    ///
    /// let network = "mlp(64, 32x6, 10, relu)".parse()?;
    /// let drawn = "lsuv".parse::<Start>()?.draw(&network, &seedbed_network::data::digits(), 0)?;
    /// assert!(drawn.corrected.iter().all(|layer| (layer.std - 1.0).abs() < 0.1));
    /// // each layer is measured once, and again after every correction
    /// let passes: usize = drawn.corrected.iter().map(|layer| 1 + layer.rounds).sum();
    /// assert_eq!(drawn.forward_examples, passes as u64 * 128);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A prior that cannot draw some parameter, data that do not fit the network, or a layer that cannot be corrected: one
    /// that puts out nothing but equal numbers, or whose biases alone vary too much.
    pub fn draw(&self, network: &Network, data: &Dataset, seed: u64) -> Result<Drawn, FeasibilityError> {
        let weights = self.prior().draw(&network.parameters, seed)?;
        match self {
            Start::Prior(_) => Ok(Drawn { weights, forward_examples: 0, corrected: Vec::new() }),
            Start::Lsuv(_) => lsuv::correct(network, data, weights, seed),
        }
    }

    /// The prior that is drawn from.
    pub fn prior(&self) -> &Prior {
        match self {
            Start::Prior(prior) | Start::Lsuv(prior) => prior,
        }
    }
}

/// Haar orthogonal matrices of gain 1.
fn orthonormal() -> Prior {
    Prior::Weights(Initializer::Orthogonal { gain: 1.0, columns: Side::Output })
}

impl fmt::Display for Start {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Start::Prior(prior) => prior.fmt(formatter),
            Start::Lsuv(prior) if *prior == orthonormal() => formatter.write_str("lsuv"),
            Start::Lsuv(prior) => write!(formatter, "lsuv({prior})"),
        }
    }
}

impl FromStr for Start {
    type Err = seedbed::Error;

    fn from_str(text: &str) -> Result<Start, seedbed::Error> {
        let refuse = |problem: &str| {
            let position = text.trim_end().len();
            Err(seedbed::Error::Parse { text: text.to_owned(), position, problem: problem.to_owned() })
        };
        let Some(rest) = text.trim().strip_prefix("lsuv") else { return text.parse().map(Start::Prior) };
        let rest = rest.trim_start();
        let inside = rest.strip_prefix('(').map(|rest| rest.strip_suffix(')'));
        match inside {
            None if rest.is_empty() => Ok(Start::Lsuv(orthonormal())),
            None => text.parse().map(Start::Prior),
            Some(None) => refuse("the ')' at the end is missing"),
            Some(Some(inside)) if inside.trim().is_empty() => Ok(Start::Lsuv(orthonormal())),
            Some(Some(inside)) if inside.trim_start().starts_with("lsuv") => {
                refuse("lsuv takes a prior such as orthogonal, not another lsuv")
            }
            Some(Some(inside)) => inside.parse().map(Start::Lsuv),
        }
    }
}

impl Serialize for Start {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Start {
        text.parse().unwrap()
    }

    #[test]
    fn texts_and_values_lead_to_each_other() {
        let texts =
            ["lsuv", "lsuv(he_normal)", "lsuv({layer1.*=he_normal; *=orthogonal(gain=2)})", "orthogonal(gain=2)"];
        for text in texts {
            assert_eq!(parsed(&parsed(text).to_string()), parsed(text), "{text}");
        }
        for text in ["lsuv", "lsuv()", " lsuv ( orthogonal ) ", "lsuv(orthogonal(gain=1))"] {
            assert_eq!(parsed(text).to_string(), "lsuv", "{text}");
        }
        assert_eq!(parsed("torch:default"), Start::Prior(Prior::TorchDefault));
        let json = serde_json::to_string(&parsed("lsuv(he_normal)")).unwrap();
        assert_eq!(serde_json::from_str::<Start>(&json).unwrap(), parsed("lsuv(he_normal)"));
    }

    #[test]
    fn other_texts_are_refused_with_their_reason() {
        let message = |text: &str| text.parse::<Start>().unwrap_err().to_string();
        assert!(message("lsuv(orthogonal").contains("')' at the end is missing"));
        assert!(message("lsuv(lsuv)").contains("not another lsuv"));
        assert!(message("lsuv(he_norml)").contains("he_normal"));
        assert!(message("lsuve").contains("lsuve"));
    }

    #[test]
    fn a_prior_is_drawn_as_it_is() {
        let network: Network = "mlp(64, 8x2, 10, relu)".parse().unwrap();
        let drawn = parsed("he_normal").draw(&network, &seedbed_network::data::digits(), 3).unwrap();
        let prior: Prior = "he_normal".parse().unwrap();
        assert_eq!(drawn.weights, prior.draw(&network.parameters, 3).unwrap());
        assert_eq!((drawn.forward_examples, drawn.corrected), (0, Vec::new()));
    }
}
