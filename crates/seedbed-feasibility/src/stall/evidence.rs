//! What the kind of a stall is judged by.

use seedbed_network::data::{Split, Targets};
use seedbed_network::graph::{Network, NodeIndex};
use seedbed_network::run::{Batch, Runner};
use serde::{Deserialize, Serialize};

use crate::curvature::{self, Extremes, lanczos};
use crate::error::FeasibilityError;
use crate::probe::layer::following_activation;
use crate::probe::{self, LayerProbe, PROBE_EXAMPLES};

/// Batches that the gradient is taken over, where there are so many: its length is then the batches' to about a third.
const BATCHES: usize = 8;

/// The gradient over several batches.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gradient {
    /// The mean loss.
    pub loss: f64,
    /// Length of the mean gradient with respect to all weights.
    pub norm: f64,
    /// Root mean square of what one batch's gradient differs from the expected one; 0 where there is one batch alone.
    pub batch_noise: f64,
    /// Batches that it was taken over.
    pub batches: usize,
}

impl Gradient {
    /// Takes it over the first eight batches of `split`; over all of it where there are not two batches.
    ///
    /// # Errors
    /// Weights or data that do not fit the network.
    pub fn at(
        network: &Network,
        weights: &[Vec<f32>],
        split: &Split,
        batch: usize,
    ) -> Result<Gradient, FeasibilityError> {
        let batches = split.examples() / batch.max(1);
        let (batches, batch) = if batches < 2 { (1, split.examples()) } else { (batches.min(BATCHES), batch) };
        let runner = Runner::new(network);
        let (mut loss, mut sum, mut squares) = (0.0, vec![0.0f64; weights.iter().map(Vec::len).sum()], 0.0);
        for place in 0..batches {
            let step = runner.loss_and_gradients(weights, &Batch::of(split, place * batch..(place + 1) * batch))?;
            loss += step.loss / batches as f64;
            for (sum, &value) in sum.iter_mut().zip(step.gradients.iter().flatten()) {
                *sum += f64::from(value);
                squares += f64::from(value).powi(2);
            }
        }
        let count = batches as f64;
        let norm = lanczos::norm(&sum) / count;
        let spread = (squares / count - norm.powi(2)).max(0.0) * count / (count - 1.0).max(1.0);
        Ok(Gradient { loss, norm, batch_noise: spread.sqrt(), batches })
    }

    /// Whether a batch's gradient is mostly noise: the expected gradient's length, estimated without bias, is below it.
    pub fn is_below_noise(&self) -> bool {
        let bias = self.batch_noise.powi(2) / self.batches as f64;
        self.batch_noise > 0.0 && self.norm.powi(2) - bias <= self.batch_noise.powi(2)
    }
}

/// What a network at a stall shows, on the first training examples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its gradient.
    pub gradient: Gradient,
    /// The gradient's length over the first; 0 where it is 0.
    pub gradient_ratio: f64,
    /// The loss over that of the best answer that does not depend on the input; 1 where nothing was learned.
    pub loss_over_constant: f64,
    /// The ends of the Hessian's spectrum, with residuals.
    pub curvature: Extremes,
    /// Length of all weights.
    pub weight_norm: f64,
    /// The largest share of a hidden layer's units that are 0 on every example, over layers whose activation can die.
    pub dead_share: f64,
    /// The largest share of a hidden layer's unit-example pairs that are saturated, over all other layers.
    pub saturated_share: f64,
    /// The largest share of a hidden layer's units that are copies of others.
    pub tied_share: f64,
}

impl Evidence {
    /// Gathers it. `begun` is the gradient at the trial's first weights.
    ///
    /// # Errors
    /// Weights or data that do not fit the network, or weights around which the loss is not finite.
    pub fn gather(
        network: &Network,
        weights: &[Vec<f32>],
        split: &Split,
        batch: usize,
        begun: &Gradient,
    ) -> Result<Evidence, FeasibilityError> {
        let gradient = Gradient::at(network, weights, split, batch)?;
        let examples = split.examples().min(PROBE_EXAMPLES);
        let first = Batch::of(split, 0..examples);
        let trace = Runner::new(network).trace(weights, &first)?;
        let probed = probe::of_trace(network, weights, &trace, examples);
        let inactive = |dies: bool| {
            largest(network, &probed.layers, |node, layer| {
                let can_die = following_activation(network, node).is_some_and(|(_, activation)| activation.can_die());
                if can_die == dies { layer.inactive_share } else { 0.0 }
            })
        };
        let seen = split.examples().min(BATCHES * batch);
        Ok(Evidence {
            gradient,
            gradient_ratio: if gradient.norm == 0.0 { 0.0 } else { gradient.norm / begun.norm },
            loss_over_constant: gradient.loss / constant_loss(split, seen),
            curvature: curvature::extremes(network, weights, &first)?,
            weight_norm: weights.iter().flatten().map(|&weight| f64::from(weight).powi(2)).sum::<f64>().sqrt(),
            dead_share: inactive(true),
            saturated_share: inactive(false),
            tied_share: largest(network, &probed.layers, |_, layer| {
                (layer.units - layer.distinct_units) as f64 / layer.units as f64
            }),
        })
    }
}

/// The largest share over the hidden layers: the last layer answers, its units are the classes.
fn largest(network: &Network, layers: &[LayerProbe], share: impl Fn(NodeIndex, &LayerProbe) -> f64) -> f64 {
    let hidden = layers.len().saturating_sub(1);
    let nodes = network.weighted_layers().map(|(node, _)| node);
    nodes.zip(layers).take(hidden).map(|(node, layer)| share(node, layer)).fold(0.0, f64::max)
}

/// The loss of the best answer that does not depend on the input: the entropy of the classes in nats, the variance of the
/// numbers; the mean over the targets of an example.
fn constant_loss(split: &Split, examples: usize) -> f64 {
    let of_one = split.targets_per_example.max(1);
    let seen = examples * of_one;
    let column = |place: usize| (place..seen).step_by(of_one);
    let loss = |place: usize| match &split.targets {
        Targets::Classes(labels) => entropy(column(place).map(|row| labels[row])),
        Targets::Numbers(numbers) => variance(column(place).map(|row| f64::from(numbers[row]))),
    };
    (0..of_one).map(loss).sum::<f64>() / of_one as f64
}

fn entropy(labels: impl Iterator<Item = u32>) -> f64 {
    let mut counts = std::collections::BTreeMap::<u32, f64>::new();
    for label in labels {
        *counts.entry(label).or_default() += 1.0;
    }
    let all: f64 = counts.values().sum();
    counts.values().map(|count| -count / all * (count / all).ln()).sum()
}

fn variance(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = numbers.clone().count() as f64;
    let mean = numbers.clone().sum::<f64>() / count;
    numbers.map(|number| (number - mean).powi(2)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_answer_at_the_entropy_and_at_the_variance() {
        let classes = Split::classes(vec![0.0; 4], vec![0, 1, 1, 2]);
        assert!((constant_loss(&classes, 4) - 1.5 * 2f64.ln()).abs() < 1e-12);
        let numbers =
            Split { inputs: vec![0.0; 4], targets: Targets::Numbers(vec![1.0, 5.0, 3.0, 5.0]), targets_per_example: 2 };
        assert_eq!(constant_loss(&numbers, 2), 0.5);
    }

    #[test]
    fn the_noise_of_batches_by_hand() {
        // loss (b − y)² at b = 0: gradients of the batches (1), (3): −2, −6; their mean −4, variance 8
        let network: Network = "mlp(1, 1, identity)".parse().unwrap();
        let split = Split { inputs: vec![0.0; 2], targets: Targets::Numbers(vec![1.0, 3.0]), targets_per_example: 1 };
        let weights = [vec![0.0], vec![0.0]];
        let found = Gradient::at(&network, &weights, &split, 1).unwrap();
        assert_eq!((found.loss, found.norm), (5.0, 4.0));
        assert!((found.batch_noise - 8f64.sqrt()).abs() < 1e-12 && !found.is_below_noise());
        assert_eq!(Gradient::at(&network, &weights, &split, 2).unwrap().batch_noise, 0.0);
    }
}
