//! The gradient's way back.

use seedbed_network::graph::Network;

use super::forward::{Return, Step};

/// Mean squared gradient of each node's output over that of the last node's.
pub fn walk(network: &Network, steps: &[Step]) -> Vec<Option<f64>> {
    let count = network.nodes.len();
    let mut gradients = vec![Some(0.0); count];
    // the same times the slope of the activation there, which is another for what a maximum picked
    let mut passed = vec![Some(0.0); count];
    if let (Some(gradient), Some(behind)) = (gradients.last_mut(), passed.last_mut()) {
        *gradient = Some(1.0);
        *behind = steps.last().and_then(|step| step.slope_square);
    }
    for (place, (node, step)) in network.nodes.iter().zip(steps).enumerate().rev() {
        let (behind, picked) = match step.back {
            Return::Factor(factor) => (gradients[place].map(|gradient| gradient * factor), None),
            Return::Slope => (passed[place], None),
            Return::Picked { factor, slope_square } => {
                (gradients[place].map(|gradient| gradient * factor), Some(slope_square))
            }
            Return::Unknown => (None, None),
        };
        for &source in &node.inputs {
            let slope = picked.or(steps[source].slope_square);
            add(&mut passed[source], behind.zip(slope).map(|(gradient, slope)| gradient * slope));
            add(&mut gradients[source], behind);
        }
    }
    gradients
}

/// Adds what comes from one more consumer; what is unknown stays so.
fn add(sum: &mut Option<f64>, more: Option<f64>) {
    *sum = sum.zip(more).map(|(sum, more)| sum + more);
}
