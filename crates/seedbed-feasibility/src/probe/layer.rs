//! Measures of one weighted layer in a traced draw.

use std::collections::HashSet;

use faer::{Mat, Side};
use seedbed::Activation;
use seedbed_network::graph::{Network, Node, NodeIndex, Operation};
use seedbed_network::run::Trace;

use crate::statistics::effective_rank;

/// A unit passes no more than this of a small change: it counts as saturated there.
pub(crate) const SATURATED_DERIVATIVE: f64 = 1e-3;

/// What one weighted layer shows. Its *output* is taken before the activation.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerProbe {
    /// Name of the layer.
    pub name: String,
    /// Mean square of the output.
    pub forward_mean_square: f64,
    /// Mean square of the loss gradient with respect to the output.
    pub backward_mean_square: f64,
    /// Numbers that the layer puts out for one example.
    pub elements: usize,
    /// Units: outputs of a dense layer, channels of a convolution.
    pub units: usize,
    /// Units that differ from each other in output or gradient on some example. Units that do not are tied:
    /// every gradient step changes them alike, so they never come apart.
    pub distinct_units: usize,
    /// Effective rank of the features (after the activation) over the largest possible; NaN without signal.
    pub effective_rank_share: f64,
    /// Share of the units that are dead (zero on every example) or of the unit-example pairs that are saturated,
    /// whichever applies to the activation; 0 for a layer without activation.
    pub inactive_share: f64,
}

/// Measures the layer at `node`.
pub fn probe(network: &Network, node: NodeIndex, trace: &Trace, examples: usize) -> LayerProbe {
    let outputs = &trace.outputs[node];
    let gradients = &trace.gradients[node];
    let layout = Layout::of(&network.nodes[node]);
    let activation = following_activation(network, node);
    let features = activation.map_or(outputs, |(place, _)| &trace.outputs[place]);
    LayerProbe {
        name: network.nodes[node].name.clone(),
        forward_mean_square: mean_square(outputs),
        backward_mean_square: mean_square(gradients),
        elements: outputs.len() / examples,
        units: layout.units,
        distinct_units: distinct_units(outputs, gradients, layout, examples),
        effective_rank_share: effective_rank_share(features, examples),
        inactive_share: activation.map_or(0.0, |(place, activation)| {
            let before = &trace.outputs[network.nodes[place].inputs[0]];
            inactive_share(activation, before, &trace.outputs[place], layout, examples)
        }),
    }
}

/// Where a unit's numbers lie in an example: one in a vector, its channel in an image, one a step in a sequence.
#[derive(Clone, Copy)]
struct Layout {
    units: usize,
    unit_stride: usize,
    places: usize,
    place_stride: usize,
}

impl Layout {
    fn of(node: &Node) -> Layout {
        let units = node.units();
        let places = node.shape.elements() / units.max(1);
        match node.steps() {
            1 => Layout { units, unit_stride: places, places, place_stride: 1 },
            _ => Layout { units, unit_stride: 1, places, place_stride: units },
        }
    }

    #[cfg(test)]
    fn vector(units: usize) -> Layout {
        Layout { units, unit_stride: 1, places: 1, place_stride: 1 }
    }

    /// The numbers of one unit in one example.
    fn of_unit(self, example: &[f32], unit: usize) -> impl Iterator<Item = f32> {
        (0..self.places).map(move |place| example[unit * self.unit_stride + place * self.place_stride])
    }
}

/// The activation that the layer's output goes into, through normalizations at most.
pub(crate) fn following_activation(network: &Network, node: NodeIndex) -> Option<(NodeIndex, Activation)> {
    let next = network.nodes.iter().position(|other| other.inputs.contains(&node))?;
    match network.nodes[next].operation {
        Operation::Activation(activation) => Some((next, activation)),
        Operation::LayerNorm { .. } | Operation::BatchNorm { .. } => following_activation(network, next),
        _ => None,
    }
}

fn mean_square(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / values.len() as f64
}

/// Counts units by the bits of their output and gradient on all examples; 0 and −0 are the same.
fn distinct_units(outputs: &[f32], gradients: &[f32], layout: Layout, examples: usize) -> usize {
    let row = outputs.len() / examples;
    let bits = |values: &[f32], unit: usize| -> Vec<u32> {
        values
            .chunks(row)
            .flat_map(|example| layout.of_unit(example, unit))
            .map(|value| (value + 0.0).to_bits())
            .collect()
    };
    let kinds: HashSet<(Vec<u32>, Vec<u32>)> =
        (0..layout.units).map(|unit| (bits(outputs, unit), bits(gradients, unit))).collect();
    kinds.len()
}

/// Roy & Vetterli's effective rank of the `examples × features` matrix over min(examples, features).
///
/// The singular values are the roots of the eigenvalues of the smaller Gram matrix, in f64.
fn effective_rank_share(features: &[f32], examples: usize) -> f64 {
    let columns = features.len() / examples;
    let largest = features.iter().fold(0.0f64, |largest, &value| largest.max(f64::from(value.abs())));
    if !(largest > 0.0 && largest.is_finite()) {
        return f64::NAN;
    }
    let matrix = Mat::from_fn(examples, columns, |row, column| f64::from(features[row * columns + column]) / largest);
    let gram = if columns <= examples { matrix.transpose() * &matrix } else { &matrix * matrix.transpose() };
    match gram.self_adjoint_eigenvalues(Side::Lower) {
        Ok(eigenvalues) => {
            let singular: Vec<f64> = eigenvalues.iter().map(|value| value.max(0.0).sqrt()).collect();
            effective_rank(&singular) / examples.min(columns) as f64
        }
        Err(_) => f64::NAN,
    }
}

fn inactive_share(activation: Activation, before: &[f32], after: &[f32], layout: Layout, examples: usize) -> f64 {
    if activation.can_die() {
        let row = after.len() / examples;
        let is_dead =
            |unit: &usize| after.chunks(row).all(|example| layout.of_unit(example, *unit).all(|value| value == 0.0));
        (0..layout.units).filter(is_dead).count() as f64 / layout.units as f64
    } else {
        let is_saturated = |value: &&f32| activation.derivative(f64::from(**value)).abs() < SATURATED_DERIVATIVE;
        before.iter().filter(is_saturated).count() as f64 / before.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_apart_by_output_or_gradient() {
        // two examples, three units: units 0 and 2 agree in both, unit 1 differs in its gradient alone
        let outputs = [1.0, 1.0, 1.0, 2.0, 2.0, 2.0];
        let gradients = [0.0, 0.5, -0.0, 1.0, 1.0, 1.0];
        assert_eq!(distinct_units(&outputs, &gradients, Layout::vector(3), 2), 2);
    }

    #[test]
    fn a_unit_of_a_sequence_is_one_number_a_step() {
        // one example, two steps of two units: by steps both units are (1, 2); by halves they would be (1, 1) and (2, 2)
        let network: Network = "rnn(2x1, 2, 2, tanh, all)".parse().unwrap();
        let layout = Layout::of(&network.nodes[1]);
        assert_eq!(distinct_units(&[1.0, 1.0, 2.0, 2.0], &[0.0; 4], layout, 1), 1);
        assert_eq!(distinct_units(&[1.0, 2.0, 1.0, 2.0], &[0.0; 4], layout, 1), 2);
    }

    #[test]
    fn effective_rank_of_known_spectra() {
        let identity = [1.0, 0.0, 0.0, 1.0];
        assert!((effective_rank_share(&identity, 2) - 1.0).abs() < 1e-12);
        let rank_one = [1.0, 2.0, 2.0, 4.0];
        assert!((effective_rank_share(&rank_one, 2) - 0.5).abs() < 1e-6);
        // singular values 4, 2, 1, 1 (theory sheet, section 6)
        let mut diagonal = [0.0f32; 16];
        [4.0, 2.0, 1.0, 1.0].into_iter().enumerate().for_each(|(place, value)| diagonal[5 * place] = value);
        assert!((effective_rank_share(&diagonal, 4) - 3.363_585_661_015 / 4.0).abs() < 1e-9);
        assert!(effective_rank_share(&[0.0; 4], 2).is_nan());
    }

    #[test]
    fn dead_and_saturated() {
        // unit 0 is dead on both examples, unit 1 lives on the second
        let before = [-1.0, -2.0, -0.5, 3.0];
        let after = [0.0, 0.0, 0.0, 3.0];
        assert_eq!(inactive_share(Activation::Relu, &before, &after, Layout::vector(2), 2), 0.5);
        assert_eq!(inactive_share(Activation::Tanh, &[0.0, 9.0, -9.0, 1.0], &[], Layout::vector(2), 2), 0.5);
    }
}
