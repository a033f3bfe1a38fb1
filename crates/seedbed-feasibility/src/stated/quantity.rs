//! Each belief as sums over a draw and a function of their means over draws.

use seedbed_network::graph::{Network, NodeIndex};
use seedbed_network::run::{Runner, Trace};
use seedbed_theory::beliefs::{Belief, Part, Stated, Sum, parts, sums};

use super::Request;
use super::inputs::{GROUP, Inputs};
use super::memory;
use crate::error::FeasibilityError;
use crate::singular::SquaredSingularValues;

/// Examples at which a draw's Jacobian is taken.
const JACOBIANS: usize = 2;

/// What is summed for a belief.
pub struct Quantity<'r> {
    belief: Belief,
    stated: &'r Stated,
    /// Weighted layers but the last.
    hidden: Vec<NodeIndex>,
    parts: Vec<(NodeIndex, Part)>,
    sums: Vec<Sum>,
    /// Likeness is followed rather than differences.
    is_rough: bool,
}

impl<'r> Quantity<'r> {
    /// The quantity of a belief on the request's network.
    pub fn of(belief: Belief, request: &Request<'r>, inputs: &Inputs) -> Quantity<'r> {
        let parts = parts(request.network);
        let hidden = parts.iter().filter(|(_, part)| *part != Part::Readout).map(|(node, _)| *node).collect();
        let is_rough = inputs.near.is_some_and(|(first, _)| first > 0);
        Quantity { belief, stated: request.stated, hidden, parts, sums: sums(request.network), is_rough }
    }

    /// What one draw adds.
    pub fn sums(
        &self,
        network: &Network,
        weights: &[Vec<f32>],
        trace: &Trace,
        inputs: &Inputs,
        seed: u64,
    ) -> Result<Vec<f64>, FeasibilityError> {
        let at = |node: NodeIndex, group: usize| group_of(&trace.outputs[node], inputs, group);
        let last = network.nodes.len() - 1;
        Ok(match self.belief {
            Belief::OutputStd => vec![mean_product(at(last, 0), at(last, 0))],
            Belief::Confidence => vec![confidence(at(last, 0), network.classes())],
            Belief::Smoothness | Belief::CorrelationLength => {
                let (first, second) = inputs.near.unwrap_or((0, 0));
                self.ends()
                    .iter()
                    .flat_map(|&node| self.difference(at(node, 0), at(node, first), at(node, second)))
                    .collect()
            }
            Belief::Correlation => {
                let (one, other) = (at(last, 0), at(last, inputs.partner.unwrap_or(0)));
                vec![mean_product(one, other), mean_product(one, one), mean_product(other, other)]
            }
            Belief::GradientRatio => self.ends().iter().map(|&node| sum_of_squares(&trace.gradients[node])).collect(),
            Belief::Isometry => vec![self.spread(network, weights, &trace.outputs[0])?],
            Belief::DiverseUnits => vec![self.evenness(network, weights)],
            Belief::RelevantInputs => self.nonzeros(network, weights, &[Part::First]),
            Belief::Density => self.nonzeros(network, weights, &[Part::Hidden, Part::BranchEnd]),
            Belief::NearIdentity => {
                let ends = self.sums.iter().flat_map(|sum| [sum.node, sum.skip]);
                ends.map(|node| mean_product(at(node, 0), at(node, 0))).collect()
            }
            Belief::Memory => memory::sums(network, weights, self.stated, seed)?,
            Belief::WithoutEffect => vec![self.named_square(network, weights)],
        })
    }

    /// The belief's number, from the means of the sums over draws.
    pub fn of_means(&self, mean: &[f64]) -> f64 {
        let layers = self.hidden.len().saturating_sub(1) as f64;
        match (self.belief, mean) {
            (Belief::OutputStd, [square]) => square.sqrt(),
            (Belief::Smoothness, ends) => factor(ends, layers),
            (Belief::CorrelationLength, ends) => -1.0 / factor(ends, layers).ln(),
            (Belief::Correlation, [product, first, second]) => product / (first * second).sqrt(),
            (Belief::GradientRatio, [first, last]) => (first / last).sqrt(),
            (Belief::RelevantInputs | Belief::Density, [nonzero, all]) => nonzero / all,
            (Belief::NearIdentity, squares) => squares.chunks(2).map(|pair| pair[0] / pair[1]).product::<f64>() - 1.0,
            (Belief::Memory, changes) => memory::of_means(changes, self.stated),
            (_, [value]) => *value,
            _ => f64::NAN,
        }
    }

    /// The first hidden layer and the last.
    fn ends(&self) -> Vec<NodeIndex> {
        self.hidden.first().into_iter().chain(self.hidden.last()).copied().collect()
    }

    /// How far two groups are apart, and what that is divided by: the mean square of the difference, or in a rough network
    /// the difference of their likeness to the first group, whose mean square it goes with.
    fn difference(&self, base: &[f32], first: &[f32], second: &[f32]) -> [f64; 2] {
        match self.is_rough {
            true => [mean_product(base, second) - mean_product(base, first), mean_product(base, base)],
            false => {
                [first.iter().zip(second).map(|(a, b)| f64::from(b - a).powi(2)).sum::<f64>() / first.len() as f64, 1.0]
            }
        }
    }

    /// Nonzero weights and all weights of some parts.
    fn nonzeros(&self, network: &Network, weights: &[Vec<f32>], wanted: &[Part]) -> Vec<f64> {
        let (mut nonzero, mut all) = (0, 0);
        for (node, _) in self.parts.iter().filter(|(_, part)| wanted.contains(part)) {
            if let Some((weight, _)) = network.nodes[*node].operation.weight_and_bias() {
                nonzero += weights[weight].iter().filter(|&&value| value != 0.0).count();
                all += weights[weight].len();
            }
        }
        vec![nonzero as f64, all as f64]
    }

    /// Mean square of the named parameters.
    fn named_square(&self, network: &Network, weights: &[Vec<f32>]) -> f64 {
        let named = |name: &str| self.stated.without_effect.iter().any(|pattern| seedbed::name_fits(pattern, name));
        let values = network.parameters.iter().zip(weights).filter(|(parameter, _)| named(&parameter.name));
        let squares: Vec<f64> = values.flat_map(|(_, values)| values).map(|&value| f64::from(value).powi(2)).collect();
        squares.iter().sum::<f64>() / squares.len() as f64
    }

    /// (Σs²)²/(rank Σs⁴) of the singular values of each hidden weight, the mean over layers.
    fn evenness(&self, network: &Network, weights: &[Vec<f32>]) -> f64 {
        let of = |node: &NodeIndex| {
            let (weight, _) = network.nodes[*node].operation.weight_and_bias().unwrap_or_default();
            let rows = network.parameters[weight].shape.dimensions()[0];
            1.0 / (1.0 + SquaredSingularValues::of(&weights[weight], rows).spread)
        };
        self.hidden.iter().map(of).sum::<f64>() / self.hidden.len() as f64
    }

    /// Variance of the squared singular values over their mean squared of the Jacobian from the first hidden layer's
    /// pre-activations to the last one's, the mean over examples.
    fn spread(&self, network: &Network, weights: &[Vec<f32>], examples: &[f32]) -> Result<f64, FeasibilityError> {
        let [first, last] = self.ends()[..] else { return Ok(f64::NAN) };
        let (runner, elements) = (Runner::new(network), network.input().elements());
        let of = |example: &[f32]| -> Result<f64, FeasibilityError> {
            let jacobian = runner.jacobian(weights, example, first, last)?;
            Ok(SquaredSingularValues::of(&jacobian, network.nodes[last].shape.elements()).spread)
        };
        let spreads = examples.chunks(elements).take(JACOBIANS).map(of).collect::<Result<Vec<f64>, _>>()?;
        Ok(spreads.iter().sum::<f64>() / spreads.len() as f64)
    }
}

/// The factor a layer, from the pairs (difference, what it is divided by) at the first layer and the last.
fn factor(ends: &[f64], layers: f64) -> f64 {
    match ends {
        [first, first_by, last, last_by] => ((last / last_by) / (first / first_by)).powf(1.0 / layers),
        _ => f64::NAN,
    }
}

fn group_of<'t>(values: &'t [f32], inputs: &Inputs, group: usize) -> &'t [f32] {
    let row = values.len() / inputs.examples();
    &values[group * GROUP * row..][..GROUP * row]
}

pub fn mean_product(first: &[f32], second: &[f32]) -> f64 {
    first.iter().zip(second).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() / first.len() as f64
}

fn sum_of_squares(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value).powi(2)).sum()
}

/// The largest probability of the softmax, the mean over rows.
fn confidence(logits: &[f32], outputs: usize) -> f64 {
    let of = |row: &[f32]| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        1.0 / row.iter().map(|&logit| f64::from(logit - largest).exp()).sum::<f64>()
    };
    logits.chunks(outputs).map(of).sum::<f64>() / (logits.len() / outputs) as f64
}
