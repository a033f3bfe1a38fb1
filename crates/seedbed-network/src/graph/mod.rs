//! A network: operations in execution order, and the parameters they use.
//!
//! A [`Network`] is built from a list of [`Layer`]s, which is what the shorthand and the TOML reader
//! make. Layers that hold weights are called `layer1`, `layer2`, … in execution order unless they are
//! given a name; their parameters are `layer1.weight` and `layer1.bias`. Weights lie as PyTorch lays
//! them: dense `[out, in]`, convolution `[out, in / groups, height, width]`.

mod builder;

use std::fmt;

use seedbed::{Activation, Parameter, Shape};
use serde::Deserialize;

use crate::error::NetworkError;
use builder::Builder;

/// What a user writes for one step of a network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// `W x + b` with `units` outputs.
    Dense {
        /// Number of outputs.
        units: usize,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// A 2-D convolution over `[channels, height, width]`.
    Conv2d {
        /// Output channels.
        channels: usize,
        /// Side of the square kernel.
        #[serde(default = "three")]
        kernel: usize,
        /// Step between applications.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros around the image; `kernel / 2` unless given, which keeps the size at odd kernels.
        padding: Option<usize>,
        /// Groups of channels that do not see each other.
        #[serde(default = "one")]
        groups: usize,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// An elementwise nonlinearity.
    Activation {
        /// Which one: `relu`, `leaky_relu(slope=0.2)`, …
        function: String,
    },
    /// Mean over square windows.
    AveragePool {
        /// Side of the window, and the step between windows.
        size: usize,
    },
    /// Maximum over square windows.
    MaxPool {
        /// Side of the window, and the step between windows.
        size: usize,
    },
    /// `[channels, height, width]` to one vector.
    Flatten,
    /// `x + f(x)`; `f` must keep the shape.
    Residual {
        /// The steps of `f`.
        layers: Vec<Layer>,
    },
    /// Layer normalization over the whole example, with a scale and a shift per element.
    LayerNorm {
        /// Name instead of `normN`.
        name: Option<String>,
    },
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

/// Index of a node in [`Network::nodes`].
pub type NodeIndex = usize;
/// Index of a parameter in [`Network::parameters`].
pub type ParameterIndex = usize;

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// The batch of examples.
    Input,
    /// `x Wᵀ + b`.
    Dense {
        /// `[out, in]`.
        weight: ParameterIndex,
        /// `[out]`.
        bias: ParameterIndex,
    },
    /// 2-D convolution.
    Convolution {
        /// `[out, in / groups, height, width]`.
        weight: ParameterIndex,
        /// `[out]`.
        bias: ParameterIndex,
        /// Step between applications.
        stride: usize,
        /// Zeros around the image.
        padding: usize,
        /// Groups of channels.
        groups: usize,
    },
    /// Elementwise nonlinearity.
    Activation(Activation),
    /// Mean over windows of `size` by `size`.
    AveragePool {
        /// Side and step.
        size: usize,
    },
    /// Maximum over windows of `size` by `size`.
    MaxPool {
        /// Side and step.
        size: usize,
    },
    /// To one vector.
    Flatten,
    /// Sum of the two inputs.
    Add,
    /// `(x − mean) / sqrt(variance + epsilon) · scale + shift` over each example.
    LayerNorm {
        /// One number an element.
        scale: ParameterIndex,
        /// One number an element.
        shift: ParameterIndex,
        /// Keeps the division finite.
        epsilon: f64,
    },
}

impl Operation {
    /// The weight and the bias, where the operation is a weighted layer.
    pub fn weight_and_bias(&self) -> Option<(ParameterIndex, ParameterIndex)> {
        match *self {
            Operation::Dense { weight, bias } | Operation::Convolution { weight, bias, .. } => Some((weight, bias)),
            _ => None,
        }
    }
}

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

/// A network in execution order.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// What it was read from: the shorthand, or the path of a file.
    pub text: String,
    /// Operations in execution order; the first is the input, the last gives the logits.
    pub nodes: Vec<Node>,
    /// Parameters in execution order.
    pub parameters: Vec<Parameter>,
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
        builder.finish(text)
    }

    /// Shape of one example.
    pub fn input(&self) -> &Shape {
        &self.nodes[0].shape
    }

    /// Numbers the network puts out for one example.
    pub fn outputs(&self) -> usize {
        self.nodes.last().map_or(0, |node| node.shape.elements())
    }

    /// The nodes that hold weights, in execution order.
    pub fn weighted_layers(&self) -> impl Iterator<Item = (NodeIndex, &Node)> {
        let weighted = |(_, node): &(usize, &Node)| node.operation.weight_and_bias().is_some();
        self.nodes.iter().enumerate().filter(weighted)
    }

    /// Number of scalar parameters.
    pub fn scalar_parameters(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.shape.elements()).sum()
    }

    /// The activation that follows most weighted layers; identity where there is none. Gains are chosen for it.
    pub fn dominant_activation(&self) -> Activation {
        let mut counts: Vec<(usize, Activation)> = Vec::new();
        for node in &self.nodes {
            if let Operation::Activation(activation) = node.operation {
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
