//! The numbers behind the pictures: the signal over depth, the spectrum of the Jacobian, the rank plot.

use seedbed_network::graph::NodeIndex;
use seedbed_theory::boolean::{Coding, sample};

use super::record::{FunctionsRecord, JacobianRecord, LayerSignal, PredictedAndMeasured};
use super::rows::Table;
use super::{Request, spectrum};
use crate::probe::summary::geometric_mean;

/// Draws whose singular values are kept.
const SPECTRA: usize = 4;
/// Draws behind a rank plot: a share of 1e-3 is then known to a third.
const FUNCTION_DRAWS: u64 = 10_000;
/// Functions of a rank plot.
const RANKS: usize = 500;

/// The signal at every weighted layer.
pub fn signal(table: &Table) -> Vec<LayerSignal> {
    let network = table.request.network;
    let nodes: Vec<NodeIndex> = network.weighted_layers().map(|(node, _)| node).collect();
    let last = nodes.len() - 1;
    let estimate = |measure: &dyn Fn(&super::Draw) -> f64| {
        let values: Vec<f64> = table.draws.iter().map(measure).collect();
        geometric_mean(&values, table.request.confidence)
    };
    let of_layer = |(layer, &node): (usize, &NodeIndex)| LayerSignal {
        layer: network.nodes[node].name.clone(),
        forward: PredictedAndMeasured {
            predicted: table.derivation.forward(node).ok(),
            measured: estimate(&|draw| draw.probe.layers[layer].forward_mean_square),
        },
        backward: PredictedAndMeasured {
            predicted: table.derivation.backward(node, nodes[last]).ok(),
            measured: estimate(&|draw| {
                let layers = &draw.probe.layers;
                layers[layer].backward_mean_square / layers[last].backward_mean_square
            }),
        },
    };
    nodes.iter().enumerate().map(of_layer).collect()
}

/// Singular values of the first draws beside their law.
pub fn jacobian(table: &Table) -> Option<JacobianRecord> {
    let Request { network, prior, .. } = *table.request;
    let ends = table.bench.ends?;
    let draws = table.draws.iter().take(SPECTRA).filter_map(|draw| draw.jacobian.as_ref());
    Some(JacobianRecord {
        from: network.nodes[ends.from].name.clone(),
        to: network.nodes[ends.to].name.clone(),
        singular_values: draws.map(|jacobian| jacobian.singular_values()).collect(),
        law: spectrum::law(network, prior, ends, table.derivation),
    })
}

/// The functions of 0 and 1 that draws compute, where the network takes few enough bits and has one output.
pub fn functions(request: &Request, threads: usize) -> Option<FunctionsRecord> {
    let found = sample(request.network, request.prior, Coding::ZeroOne, FUNCTION_DRAWS, request.seed, threads).ok()?;
    let ranked = || found.functions().iter().take(RANKS);
    Some(FunctionsRecord {
        inputs: found.inputs(),
        draws: found.draws(),
        distinct: found.functions().len(),
        shares: ranked().map(|function| function.count as f64 / found.draws() as f64).collect(),
        complexities: ranked()
            .map(|function| seedbed_theory::boolean::complexity(function.function, found.inputs()))
            .collect(),
    })
}
