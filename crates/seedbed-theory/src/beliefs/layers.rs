//! Which part each layer of a network plays.

use seedbed::{Activation, Parameter};
use seedbed_network::graph::{Network, Node, NodeIndex, Operation, ParameterIndex};

use super::draft::{Form, Layer, Part};
use crate::error::TheoryError;

/// A residual sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The node that adds.
    pub node: NodeIndex,
    /// What comes past the branch.
    pub skip: NodeIndex,
    /// What comes through it.
    pub branch: NodeIndex,
}

/// The sums of a network, in execution order; of the two inputs the later one is the branch.
pub fn sums(network: &Network) -> Vec<Sum> {
    let of = |(place, node): (NodeIndex, &Node)| match (&node.operation, node.inputs.as_slice()) {
        (Operation::Add, &[first, second]) => {
            Some(Sum { node: place, skip: first.min(second), branch: first.max(second) })
        }
        _ => None,
    };
    network.nodes.iter().enumerate().filter_map(of).collect()
}

/// The last weighted layer at or before a node.
fn weighted_before(network: &Network, mut place: NodeIndex) -> Option<NodeIndex> {
    loop {
        let node = &network.nodes[place];
        if node.operation.weight_and_bias().is_some() {
            return Some(place);
        }
        place = *node.inputs.first()?;
    }
}

/// The layers with weights and their parts, in execution order; all dense, of scale 1, without biases.
pub fn layers(network: &Network) -> Vec<Layer> {
    let ends: Vec<NodeIndex> = sums(network).iter().filter_map(|sum| weighted_before(network, sum.branch)).collect();
    let last = network.weighted_layers().last().map(|(place, _)| place);
    let part = |place: NodeIndex, node: &Node| {
        if ends.contains(&place) {
            Part::BranchEnd
        } else if Some(place) == last {
            Part::Readout
        } else if node.inputs.first().is_none_or(|&input| weighted_before(network, input).is_none()) {
            Part::First
        } else {
            Part::Hidden
        }
    };
    let of = |(place, node): (NodeIndex, &Node)| {
        let (weight, bias) = node.operation.weight_and_bias()?;
        let part = part(place, node);
        Some(Layer { node: place, weight, bias, part, form: Form::Dense, scale: 1.0, bias_variance: 0.0 })
    };
    network.weighted_layers().filter_map(of).collect()
}

/// Refuses a network with an operation that the mean field does not walk.
///
/// # Errors
/// The first such operation, by name.
pub fn check(network: &Network) -> Result<(), TheoryError> {
    let unknown = |node: &&Node| match node.operation {
        Operation::BatchNorm { .. }
        | Operation::Recurrent { .. }
        | Operation::Attention { .. }
        | Operation::Position { .. }
        | Operation::AverageSteps => true,
        Operation::Dense { .. } | Operation::LayerNorm { .. } => node.steps() > 1,
        _ => false,
    };
    match network.nodes.iter().find(unknown) {
        Some(node) => Err(TheoryError::NoClosedForm {
            node: node.name.clone(),
            operation: node.operation.kind(),
            problem: "beliefs are solved for on dense and convolutional networks, residual or not, and on recurrent cells \
                      before one dense layer",
        }),
        None => Ok(()),
    }
}

/// The layers with weights and the part that each plays, in execution order.
///
/// ```
/// use seedbed_theory::beliefs::{Part, parts};
/// let network = "mlp(8, 16x2, 3, relu)".parse()?;
/// assert_eq!(parts(&network), [(1, Part::First), (3, Part::Hidden), (5, Part::Readout)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parts(network: &Network) -> Vec<(NodeIndex, Part)> {
    layers(network).iter().map(|layer| (layer.node, layer.part)).collect()
}

/// Whether a network is a plain chain, in which signals have a correlation length; if not, what stands against it.
pub fn plain(network: &Network) -> Result<(), String> {
    let odd = network.nodes.iter().find_map(|node| match node.operation {
        Operation::Add => Some((node, "a residual sum lets signals grow, and their likeness changes ever more slowly")),
        Operation::LayerNorm { .. } => Some((node, "a normalization sets the length whatever the weights are")),
        _ => None,
    });
    match odd {
        Some((node, reason)) => Err(format!("{reason} ('{}'); state a correlation of the outputs instead", node.name)),
        None => Ok(()),
    }
}

/// The activation of the hidden layers.
///
/// # Errors
/// More than one kind of activation: the numbers are solved for one.
pub fn activation(network: &Network) -> Result<Activation, TheoryError> {
    let most = network.dominant_activation();
    let other = network.nodes.iter().find_map(|node| match node.operation {
        Operation::Activation(activation) if activation != most => Some((node, activation)),
        _ => None,
    });
    match other {
        Some((node, activation)) => Err(TheoryError::Impossible {
            asked: format!("a prior from beliefs for '{}'", network.text),
            problem: format!(
                "most of its activations are {most}, '{}' is {activation}; give all hidden layers one activation",
                node.name
            ),
        }),
        None => Ok(most),
    }
}

/// Units of a layer: outputs of a dense one, channels of a convolution.
pub fn units(network: &Network, place: NodeIndex) -> usize {
    network.nodes[place].units()
}

/// Weights into one unit.
pub fn fan_in(parameter: &Parameter) -> usize {
    parameter.fans.map_or(0, |fans| fans.fan_in)
}

/// The node that uses a parameter.
pub fn user_of(network: &Network, parameter: ParameterIndex) -> Option<NodeIndex> {
    network.nodes.iter().position(|node| match node.operation {
        Operation::LayerNorm { scale, shift, .. } => scale == parameter || shift == parameter,
        // the weight alone brings inputs in
        Operation::Recurrent { weight, .. } => weight == parameter,
        _ => node.operation.weight_and_bias().is_some_and(|(weight, bias)| weight == parameter || bias == parameter),
    })
}
