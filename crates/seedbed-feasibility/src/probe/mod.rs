//! Probes: what one draw of a prior shows on the user's network and data, before any training.
//!
//! A probe runs one batch forward and backward and measures every weighted layer. [`summary`] then sets several
//! draws together as estimates and holds each belief against what is expected of it.

pub(crate) mod layer;
pub mod summary;

pub use layer::LayerProbe;

use seedbed::Prior;
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner, Trace};

use crate::error::FeasibilityError;

/// Examples that a probe looks at: enough for the effective rank of a layer of common width.
pub const PROBE_EXAMPLES: usize = 256;

/// What one draw shows.
#[derive(Clone, Debug)]
pub struct DrawProbe {
    /// One a weighted layer, in execution order.
    pub layers: Vec<LayerProbe>,
    /// Participation ratio of the inputs' squared sensitivities, (Σs²)² / (n Σs⁴): 1 when every input counts
    /// alike, 1/n when one does; NaN when no input counts.
    pub input_evenness: f64,
    /// Share of the weights (biases and norms left out) that are not zero.
    pub density: f64,
}

/// Draws the weights with `seed` and probes them on the first training examples.
///
/// # Errors
/// A prior that cannot draw some parameter, or data that do not fit the network.
pub fn draw(network: &Network, data: &Dataset, prior: &Prior, seed: u64) -> Result<DrawProbe, FeasibilityError> {
    let weights = prior.draw(&network.parameters, seed)?;
    let examples = data.train.examples().min(PROBE_EXAMPLES);
    let batch = Batch::of(&data.train, 0..examples);
    let trace = Runner::new(network).trace(&weights, &batch)?;
    Ok(of_trace(network, &weights, &trace, examples))
}

/// Measures a draw that has been run on `examples` examples already.
pub(crate) fn of_trace(network: &Network, weights: &[Vec<f32>], trace: &Trace, examples: usize) -> DrawProbe {
    DrawProbe {
        layers: network.weighted_layers().map(|(node, _)| layer::probe(network, node, trace, examples)).collect(),
        input_evenness: input_evenness(&trace.gradients[0], network.input().elements()),
        density: density(network, weights),
    }
}

fn input_evenness(gradients: &[f32], elements: usize) -> f64 {
    let mut squares = vec![0.0f64; elements];
    for row in gradients.chunks(elements) {
        for (square, &gradient) in squares.iter_mut().zip(row) {
            *square += f64::from(gradient).powi(2);
        }
    }
    // scaled first: the squares of a vanishing gradient would underflow in the fourth power
    let largest = squares.iter().copied().fold(0.0, f64::max);
    let shares = squares.iter().map(|square| square / largest);
    let (sum, sum_of_squares) = shares.fold((0.0, 0.0), |(sum, squares), s| (sum + s, squares + s * s));
    sum * sum / (elements as f64 * sum_of_squares)
}

fn density(network: &Network, weights: &[Vec<f32>]) -> f64 {
    let (mut nonzero, mut all) = (0usize, 0usize);
    for (_, node) in network.weighted_layers() {
        for weight in node.operation.weights() {
            nonzero += weights[weight].iter().filter(|&&value| value != 0.0).count();
            all += weights[weight].len();
        }
    }
    nonzero as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probe(network: &str, prior: &str) -> DrawProbe {
        let network: Network = network.parse().unwrap();
        draw(&network, &seedbed_network::data::digits(), &prior.parse().unwrap(), 1).unwrap()
    }

    #[test]
    fn zeros_tie_every_unit() {
        let probe = probe("mlp(64, 32x2, 10, relu)", "zeros");
        assert_eq!(probe.layers.iter().map(|layer| layer.distinct_units).collect::<Vec<_>>(), [1, 1, 10]);
        assert_eq!(probe.layers[0].units, 32);
        assert_eq!(probe.density, 0.0);
        assert!(probe.input_evenness.is_nan());
    }

    #[test]
    fn random_units_are_distinct_and_dense() {
        let probe = probe("mlp(64, 32x2, 10, relu)", "he_normal");
        assert!(probe.layers.iter().all(|layer| layer.distinct_units == layer.units));
        assert_eq!(probe.density, 1.0);
        assert!(probe.input_evenness > 0.5 && probe.input_evenness <= 1.0);
    }

    #[test]
    fn sparse_density_is_exact() {
        let probe = probe("mlp(64, 32x2, 10, relu)", "sparse(nonzeros=4)");
        assert_eq!(probe.density, 4.0 * 74.0 / (64.0 * 32.0 + 32.0 * 32.0 + 32.0 * 10.0));
    }

    #[test]
    fn glorot_halves_the_signal_of_a_relu_layer_and_he_keeps_it() {
        let ratio = |prior| {
            let probe = probe("mlp(64, 256x8, 10, relu)", prior);
            (probe.layers[7].forward_mean_square / probe.layers[0].forward_mean_square).powf(1.0 / 7.0)
        };
        assert!((ratio("glorot_uniform") - 0.5).abs() < 0.05);
        assert!((ratio("he_normal") - 1.0).abs() < 0.1);
    }

    #[test]
    fn one_input_alone_is_as_uneven_as_can_be() {
        assert_eq!(input_evenness(&[0.0, 2.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0], 4), 0.25);
        assert_eq!(input_evenness(&[1.0, -1.0, 1e-30, 1e-30], 2), 1.0);
    }
}
