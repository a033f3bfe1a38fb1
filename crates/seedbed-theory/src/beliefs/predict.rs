//! What the mean field says of a draft, as the numbers that beliefs are about.

use seedbed_network::graph::NodeIndex;

use super::draft::{Draft, Part};
use super::layers::sums;
use crate::error::TheoryError;
use crate::propagate::{Prediction, Signal};

/// The signal at a node.
fn signal(draft: &Draft, predictions: &[Prediction], node: NodeIndex) -> Result<Signal, TheoryError> {
    let Prediction { signal, missing, node, .. } = &predictions[node];
    signal.ok_or_else(|| TheoryError::Impossible {
        asked: format!("a prior from beliefs for '{}'", draft.network.text),
        problem: format!("there is no theory of '{node}': {missing}"),
    })
}

/// E y² and the cosine of the outputs for two inputs of a cosine.
pub fn outputs(draft: &Draft, cosine: f64) -> Result<Signal, TheoryError> {
    let predictions = draft.predict(cosine)?;
    signal(draft, &predictions, predictions.len() - 1)
}

/// Norm of the gradient at the pre-activations of the first layer over that at those of the last hidden one.
///
/// # Errors
/// Fewer than two hidden layers, or no theory of a gradient.
pub fn gradient_ratio(draft: &Draft) -> Result<f64, TheoryError> {
    let refuse = |problem: &str| TheoryError::Impossible {
        asked: format!("gradient_ratio for '{}'", draft.network.text),
        problem: problem.to_owned(),
    };
    let hidden: Vec<NodeIndex> =
        draft.layers.iter().filter(|layer| layer.part != Part::Readout).map(|layer| layer.node).collect();
    let [first, .., last] = hidden.as_slice() else {
        return Err(refuse("it compares the first hidden layer with the last, and there are not two"));
    };
    let predictions = draft.predict(0.0)?;
    let square = |node: NodeIndex| {
        let elements = draft.network.nodes[node].shape.elements() as f64;
        predictions[node].gradient.map(|gradient| gradient * elements)
    };
    match (square(*first), square(*last)) {
        (Some(first), Some(last)) if last > 0.0 => Ok((first / last).sqrt()),
        _ => Err(refuse("there is no theory of this network's gradients")),
    }
}

/// By which factor the residual sums multiply the mean square of what they skip, all together.
pub fn growth(draft: &Draft) -> Result<f64, TheoryError> {
    let predictions = draft.predict(0.0)?;
    let square = |node| signal(draft, &predictions, node).map(|signal| signal.mean_square);
    sums(draft.network).iter().try_fold(1.0, |product, sum| Ok(product * square(sum.node)? / square(sum.skip)?))
}
