//! A network: operations in execution order, and the parameters they use.
//!
//! A [`Network`] is built from a list of [`Layer`]s, which is what the shorthand and the TOML reader
//! make. Layers that hold weights are called `layer1`, `layer2`, … in execution order unless they are
//! given a name; their parameters are `layer1.weight` and `layer1.bias`. Weights lie as PyTorch lays
//! them: dense `[out, in]`, convolution `[out, in / groups, height, width]`.
//!
//! A recurrent cell has four parameters, with its gates packed along the outputs in PyTorch's order (LSTM: i, f, g, o;
//! GRU: r, z, n):
//!
//! | parameter | shape | in PyTorch |
//! |---|---|---|
//! | `layer1.weight` | gates · units x inputs | `weight_ih_l0` |
//! | `layer1.recurrent` | gates · units x units | `weight_hh_l0` |
//! | `layer1.bias` | gates · units | `bias_ih_l0` |
//! | `layer1.recurrent_bias` | gates · units | `bias_hh_l0` |
//!
//! Self-attention has `layer1.weight` and `layer1.bias` (query, key and value packed in this order, each with its own
//! fans), and `layer1.output` and `layer1.output_bias`.
//!
//! An example is a vector `[features]`, an image `[channels, height, width]` or a sequence `[time, features]`. Dense
//! layers and layer normalization act on each step of a sequence.

mod builder;
mod layer;
mod operation;
mod scale;

use std::fmt;

use seedbed::{Activation, Parameter, Shape};

use crate::error::NetworkError;
use builder::Builder;

pub use layer::Layer;
pub use operation::{Cell, Operation, Returns, Scaling};
pub use scale::origin;

/// Index of a node in [`Network::nodes`].
pub type NodeIndex = usize;
/// Index of a parameter in [`Network::parameters`].
pub type ParameterIndex = usize;

/// One step of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Stable and readable: `layer3`, `activation3`, `add1`, …
    pub name: String,
    /// What it computes.
    pub operation: Operation,
    /// Where its inputs come from, all earlier in the order.
    pub inputs: Vec<NodeIndex>,
    /// Shape of its output for one example, without the batch.
    pub shape: Shape,
}

impl Node {
    /// Units of its output: features of a vector or of each step of a sequence, channels of an image.
    pub fn units(&self) -> usize {
        match *self.shape.dimensions() {
            [_, features] => features,
            [first, ..] => first,
            [] => 1,
        }
    }

    /// Steps of a sequence; 1 for a vector or an image.
    pub fn steps(&self) -> usize {
        steps(&self.shape)
    }
}

/// Steps of a sequence; 1 for any other shape.
fn steps(shape: &Shape) -> usize {
    match *shape.dimensions() {
        [time, _] => time,
        _ => 1,
    }
}

/// A network in execution order.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What it was read from: the shorthand, or the path of a file.
    pub text: String,
    /// Operations in execution order; the first is the input, the last gives the logits.
    pub nodes: Vec<Node>,
    /// Parameters in execution order.
    pub parameters: Vec<Parameter>,
    /// What it was built of.
    pub layers: Vec<Layer>,
}

impl Network {
    /// Builds a network whose examples have the shape `input`.
    ///
    /// # Errors
    /// A layer that cannot take the shape before it, a name used twice, or no weights at all.
    pub fn build(text: &str, input: &Shape, layers: &[Layer]) -> Result<Network, NetworkError> {
        let mut builder = Builder::new(input);
        for layer in layers {
            builder.push(layer)?;
        }
        builder.finish(text, layers)
    }

    /// Shape of one example.
    pub fn input(&self) -> &Shape {
        &self.nodes[0].shape
    }

    /// Numbers the network puts out for one example.
    pub fn outputs(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.shape.elements())
    }

    /// Answers the network gives for one example: one a step where its output is a sequence, otherwise one.
    pub fn answers(&self) -> usize {
        self.nodes.last().map_or(1, Node::steps)
    }

    /// Numbers of one answer: the classes it can tell apart.
    pub fn classes(&self) -> usize {
        self.outputs() / self.answers()
    }

    /// The nodes that hold weights, in execution order.
    pub fn weighted_layers(&self) -> impl Iterator<Item = (NodeIndex, &Node)> {
        let weighted = |(_, node): &(usize, &Node)| !node.operation.weights().is_empty();
        self.nodes.iter().enumerate().filter(weighted)
    }

    /// Number of scalar parameters.
    pub fn scalar_parameters(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.shape.elements()).sum()
    }

    /// The activation that follows most weighted layers, or is in most recurrent cells; identity where there is none.
    /// Gains are chosen for it.
    pub fn dominant_activation(&self) -> Activation {
        let mut counts: Vec<(usize, Activation)> = Vec::new();
        for node in &self.nodes {
            if let Some(activation) = node.operation.activation() {
                match counts.iter_mut().find(|(_, known)| *known == activation) {
                    Some((count, _)) => *count += 1,
                    None => counts.push((1, activation)),
                }
            }
        }
        counts
            .into_iter()
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map_or(Activation::Identity, |(_, activation)| activation)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
