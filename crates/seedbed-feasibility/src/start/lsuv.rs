//! Layer-sequential unit variance (Mishkin & Matas 2016, algorithm 1).

use seedbed_network::data::Dataset;
use seedbed_network::graph::{Network, NodeIndex, ParameterIndex};
use seedbed_network::run::Runner;

use super::{CORRECTION_EXAMPLES, Corrected, Drawn};
use crate::error::FeasibilityError;
use crate::trial::{DataOrder, fits};

/// The standard deviation may end this far from 1 (the paper's Tol_var).
const TOLERANCE: f64 = 0.1;
/// Corrections of one layer (the paper's T_max). Without biases one is exact but for rounding.
const MOST_ROUNDS: usize = 10;

/// Corrects a draw layer by layer, in execution order: later layers never change the output of earlier ones.
pub fn correct(
    network: &Network,
    data: &Dataset,
    mut weights: Vec<Vec<f32>>,
    seed: u64,
) -> Result<Drawn, FeasibilityError> {
    fits(network, data)?;
    let inputs = first_examples(data, network.input().elements(), seed);
    let (mut passes, mut corrected) = (0, Vec::new());
    for (node, layer) in network.nodes.iter().enumerate() {
        let Some((weight, _)) = layer.operation.weight_and_bias() else { continue };
        let found = correct_layer(network, (node, weight), &inputs, &mut weights)?;
        passes += found.rounds + 1;
        corrected.push(found);
    }
    let examples = inputs.len() / network.input().elements();
    Ok(Drawn { weights, forward_examples: (passes * examples) as u64, corrected })
}

/// The first training examples in the seed's order.
fn first_examples(data: &Dataset, elements: usize, seed: u64) -> Vec<f32> {
    let mut order = DataOrder::new(seed, data.train.examples(), CORRECTION_EXAMPLES);
    let example = |&place: &u32| &data.train.inputs[place as usize * elements..][..elements];
    order.next_batch().iter().flat_map(example).copied().collect()
}

fn correct_layer(
    network: &Network,
    (node, weight): (NodeIndex, ParameterIndex),
    inputs: &[f32],
    weights: &mut [Vec<f32>],
) -> Result<Corrected, FeasibilityError> {
    let layer = network.nodes[node].name.clone();
    // what comes after the layer is not run
    let until_here = Network { nodes: network.nodes[..=node].to_vec(), ..network.clone() };
    let runner = Runner::new(&until_here);
    let mut std = standard_deviation(&runner.outputs(weights, inputs)?);
    let drawn_std = std;
    for rounds in 0..=MOST_ROUNDS {
        if (std - 1.0).abs() < TOLERANCE {
            return Ok(Corrected { layer, drawn_std, std, rounds });
        }
        if !(std > 0.0 && std.is_finite()) {
            return Err(FeasibilityError::Start { start: "lsuv", layer, problem: silent(std, inputs, &until_here) });
        }
        if rounds < MOST_ROUNDS {
            weights[weight].iter_mut().for_each(|value| *value = (f64::from(*value) / std) as f32);
            std = standard_deviation(&runner.outputs(weights, inputs)?);
        }
    }
    let problem = format!(
        "the standard deviation of its output is still {std:.3} after {MOST_ROUNDS} corrections of the weight; its biases \
         or the layers before vary too much, begin from a prior without them"
    );
    Err(FeasibilityError::Start { start: "lsuv", layer, problem })
}

fn silent(std: f64, inputs: &[f32], until_here: &Network) -> String {
    let examples = inputs.len() / until_here.input().elements();
    format!(
        "the standard deviation of its output is {std} over {examples} examples, and no factor makes it 1; begin from a \
         prior that passes a signal, such as lsuv(orthogonal)"
    )
}

/// About the mean, over all numbers; of the population, as NumPy has it.
fn standard_deviation(values: &[f32]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    (values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::super::Start;
    use super::*;

    fn drawn(network: &str, start: &str) -> Result<Drawn, FeasibilityError> {
        let network: Network = network.parse().unwrap();
        start.parse::<Start>().unwrap().draw(&network, &seedbed_network::data::digits(), 5)
    }

    /// The layers' standard deviations on the same examples, from a trace of the whole network.
    fn traced(network: &str, weights: &[Vec<f32>]) -> Vec<f64> {
        let network: Network = network.parse().unwrap();
        let inputs = first_examples(&seedbed_network::data::digits(), 64, 5);
        let directions = vec![0.0; inputs.len() / 64 * network.outputs()];
        let trace = Runner::new(&network).trace_along(weights, &inputs, &directions).unwrap();
        network.weighted_layers().map(|(node, _)| standard_deviation(&trace.outputs[node])).collect()
    }

    #[test]
    fn every_layer_has_unit_deviation_after() {
        for network in [
            "mlp(64, 24x12, 10, relu)",
            "mlp(64, 24x12, 10, tanh)",
            "cnn(1x8x8, 6x5, 10, relu)",
            "mlp(64, 9, 10, gelu)",
        ] {
            let found = drawn(network, "lsuv").unwrap();
            let stds = traced(network, &found.weights);
            assert!(stds.iter().all(|std| (0.9..=1.1).contains(std)), "{network} {stds:?}");
            assert_eq!(stds.len(), found.corrected.len());
            let told = found.corrected.iter().zip(&stds).all(|(layer, std)| (layer.std - std).abs() < 1e-5);
            assert!(told, "{network} {:?} {stds:?}", found.corrected);
            let before = traced(network, &orthogonal(network));
            assert!(before.iter().any(|std| !(0.9..=1.1).contains(std)), "{network} needs no correction");
        }
    }

    fn orthogonal(network: &str) -> Vec<Vec<f32>> {
        let network: Network = network.parse().unwrap();
        "orthogonal".parse::<seedbed::Prior>().unwrap().draw(&network.parameters, 5).unwrap()
    }

    #[test]
    fn one_factor_a_layer_and_nothing_else_changes() {
        let found = drawn("mlp(64, 24x3, 10, relu)", "lsuv").unwrap();
        let network: Network = "mlp(64, 24x3, 10, relu)".parse().unwrap();
        let before = orthogonal("mlp(64, 24x3, 10, relu)");
        for ((now, before), parameter) in found.weights.iter().zip(&before).zip(&network.parameters) {
            let factor = now[0] / before[0];
            let scaled = now.iter().zip(before).all(|(now, before)| (now - factor * before).abs() <= 1e-6 * now.abs());
            assert!(scaled || now == before, "{}", parameter.name);
        }
        assert_eq!(
            found.forward_examples,
            found.corrected.iter().map(|layer| 128 * (layer.rounds as u64 + 1)).sum::<u64>()
        );
    }

    #[test]
    fn biases_are_met_by_more_rounds_or_refused() {
        // the factor does not shrink the biases
        let found = drawn("mlp(64, 24x3, 10, relu)", "lsuv({*.bias=normal(std=0.8); *.weight=orthogonal})").unwrap();
        assert!(found.corrected.iter().all(|layer| (0.9..=1.1).contains(&layer.std)));
        assert!(found.corrected.iter().any(|layer| layer.rounds > 1), "{:?}", found.corrected);
        let loud = drawn("mlp(64, 24x3, 10, relu)", "lsuv({*.bias=normal(std=3); *.weight=orthogonal})")
            .unwrap_err()
            .to_string();
        assert!(loud.starts_with("lsuv cannot correct layer1: ") && loud.contains("after 10 corrections"), "{loud}");
    }

    #[test]
    fn a_silent_layer_is_an_error_that_names_it() {
        let message = drawn("mlp(64, 8x3, 10, relu)", "lsuv({layer2.weight=zeros; *.weight=orthogonal})")
            .unwrap_err()
            .to_string();
        assert!(message.starts_with("lsuv cannot correct layer2: ") && message.contains("is 0 over 128"), "{message}");
        let network: Network = "mlp(3, 8, 10, relu)".parse().unwrap();
        let start: Start = "lsuv".parse().unwrap();
        let unfit = start.draw(&network, &seedbed_network::data::digits(), 0).unwrap_err().to_string();
        assert!(unfit.contains("does not fit the network"), "{unfit}");
    }

    #[test]
    fn deviations_are_those_of_numpy() {
        // numpy.std([1, 2, 4, 9])
        assert!((standard_deviation(&[1.0, 2.0, 4.0, 9.0]) - 3.082_207_001_484_488).abs() < 1e-12);
    }
}
