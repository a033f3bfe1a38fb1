//! The mean field through a user's graph: what each node's signal and gradient should be, before anything is drawn.
//!
//! Two examples of equal length walk through the network together. At each node and each position of an image three
//! moments m are known, means over units and over draws: of a value, of its square, of the product of the two examples.
//! So borders, which see zeros, count as what they are. Pairs of positions, which only pooling needs, have one cosine for
//! all of them, that of neighbours: exact where the input's positions are alike, an approximation elsewhere.
//!
//! | step | second moments | mean squared gradient, to its input |
//! |---|---|---|
//! | dense, conv2d | fan_in Var w · m + Var b, and the products of means | times fan_out Var w |
//! | activation | E φ(u)φ(u′), u and u′ Gaussian | times E φ′² |
//! | sum | m₁ + m₂ + 2 mean₁ mean₂ | the same to both |
//! | layer_norm | (m − mean²)/(variance + ε), times E γ², plus E β² | times E γ²/(variance + ε) |
//! | batch_norm | (m − mean of m between two examples)/(variance + ε), times E γ², plus E β² | times E γ²/(variance + ε) |
//! | position | m + Var p of one position | the same |
//! | attention, linear scaling | the mean over pairs of steps through two dense layers | times both, over the steps |
//! | rnn, lstm, gru | unrolled through time | of rnn, unrolled |
//! | average_pool of n | m/n + (1 − 1/n) m of two positions | over n², at the positions seen |
//! | max_pool of n | the law of the largest of n Gaussians of equal covariance | over n |
//!
//! A sequence is an image of one column: dense layers and layer norms act at each step. A batch norm's batch counts as
//! large, so that the gradient's mean over it is 0 (Yang et al. 2019: with ReLU gradients grow by π/(π − 1) a layer).
//! Dropout is off. Gradients are those of a random linear function of the outputs,
//! whose mean squared gradient is 1 at the last node; weights of the backward pass count as independent of those of the
//! forward pass. Pre-activations count as Gaussian; where they are not, a note says so. What has no theory is named.
//!
//! Sources: Schoenholz et al. (2017), Xiao et al. (2018) for convolutions, Yang & Schoenholz (2017) for sums.

mod affine;
mod backward;
mod forward;
mod input;
mod largest;
mod recurrent;
mod state;
mod window;

use seedbed::Prior;
use seedbed_network::graph::Network;

use crate::error::TheoryError;

pub use input::InputMoments;

/// Moments of a node's output for two examples, over units and draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// E x.
    pub mean: f64,
    /// E x²: what the mean square of one draw's signal is compared with.
    pub mean_square: f64,
    /// E x₁x₂/E x² of the two examples: their cosine; 1 where the signal is 0.
    pub correlation: f64,
}

/// What theory says of one node.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Name of the node.
    pub node: String,
    /// Its output; `None` where there is no theory.
    pub signal: Option<Signal>,
    /// Mean squared gradient with respect to its output, over that of the last node; `None` where there is no theory.
    pub gradient: Option<f64>,
    /// Why there is no theory of the output; empty where there is.
    pub missing: String,
    /// Assumptions that do not hold here, and approximations.
    pub notes: Vec<String>,
}

/// Predicts every node of a network under a prior, in execution order.
///
/// ```
/// use seedbed_theory::propagate::{InputMoments, propagate};
/// let network = "mlp(64, 128x10, 10, relu)".parse()?;
/// let predictions = propagate(&network, &"glorot_normal".parse()?, &InputMoments::standardized())?;
/// let last_hidden = predictions.iter().find(|node| node.node == "layer10").unwrap();
/// // glorot lets a ReLU layer of equal widths halve the signal: (2/192 · 64) · (1/2)⁹
/// assert!((last_hidden.signal.unwrap().mean_square - 2.0 / 3.0 / 512.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A prior that does not fit the network.
pub fn propagate(network: &Network, prior: &Prior, input: &InputMoments) -> Result<Vec<Prediction>, TheoryError> {
    let forward = forward::walk(network, prior, input)?;
    let gradients = backward::walk(network, &forward);
    let nodes = network.nodes.iter().zip(forward).zip(gradients);
    Ok(nodes
        .map(|((node, step), gradient)| {
            let (signal, missing) = match step.state {
                Ok(state) => (Some(state.signal()), String::new()),
                Err(reason) => (None, reason),
            };
            Prediction { node: node.name.clone(), signal, gradient, missing, notes: step.notes }
        })
        .collect())
}
