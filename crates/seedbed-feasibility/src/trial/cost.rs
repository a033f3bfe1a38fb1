//! What a step costs, in floating-point operations.

use seedbed_network::graph::{Network, Node, Operation};

/// A backward pass costs about twice the forward one: a product for the inputs' gradient and one for the weights'
/// (Kaplan et al. 2020, section 2.1, count the same).
const PASSES: u64 = 3;

/// Floating-point operations of one training step: three times those of the forward pass, in which a multiplication and
/// an addition count as two. Elementwise work (activations, norms, pools) is left out; it is below a hundredth for layers
/// of some hundred units.
///
/// ```
/// use seedbed_feasibility::trial::step_operations;
/// let network = "mlp(64, 128, 10, relu)".parse()?;
/// assert_eq!(step_operations(&network, 32), 3 * 2 * 32 * (64 * 128 + 128 * 10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn step_operations(network: &Network, batch: usize) -> u64 {
    let forward: u64 = network.nodes.iter().map(|node| 2 * multiplications(network, node)).sum();
    PASSES * batch as u64 * forward
}

/// Training steps that cost as much as so many examples passed forward, rounded up.
pub fn steps_worth(forward_examples: u64, batch: usize) -> usize {
    forward_examples.div_ceil(PASSES * batch as u64) as usize
}

/// Multiplications of weights, and of attention, for one example.
fn multiplications(network: &Network, node: &Node) -> u64 {
    let size = |parameter: usize| network.parameters[parameter].shape.elements() as u64;
    let source = node.inputs.first().map(|&input| &network.nodes[input]);
    let steps = source.map_or(1, |source| source.steps() as u64);
    match node.operation {
        Operation::Dense { weight, .. } => size(weight) * node.steps() as u64,
        Operation::Convolution { weight, .. } => {
            let [channels, places @ ..] = node.shape.dimensions() else { return 0 };
            size(weight) / (*channels).max(1) as u64 * node.shape.elements() as u64 * u64::from(!places.is_empty())
        }
        Operation::Recurrent { weight, recurrent, .. } => (size(weight) + size(recurrent)) * steps,
        Operation::Attention { weight, output, .. } => {
            let scores = 2 * steps * steps * node.units() as u64;
            (size(weight) + size(output)) * steps + scores
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forward_multiplications(network: &str) -> u64 {
        step_operations(&network.parse().unwrap(), 1) / 6
    }

    #[test]
    fn by_hand() {
        // 3x3 kernels at every place of 8x8: 64 · 9 · (1·16 + 16·16), then 1024·10
        assert_eq!(forward_multiplications("cnn(1x8x8, 16x2, 10, relu)"), 64 * 9 * (16 + 256) + 10_240);
        // 5 steps of 4·6 gates on 3 inputs and 6 units, then 6·2
        assert_eq!(forward_multiplications("lstm(5x3, 6, 2)"), 5 * 24 * (3 + 6) + 12);
    }
}
