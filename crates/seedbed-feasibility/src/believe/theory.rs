//! What theory says of each measured quantity, on this network under this prior, with these data.

use seedbed::{Activation, Facts, Initializer, Nonzeros, Prior, Side};
use seedbed_network::graph::{Network, Node, NodeIndex, Operation, ParameterIndex};
use seedbed_theory::finite_width::{Spread, log_length_spread};
use seedbed_theory::kernel::{Gram, Kernel, Limits};
use seedbed_theory::propagate::Prediction;

use super::classes::{self, Predicted};
use super::jacobian::Ends;
use super::record::Theory;
use crate::error::FeasibilityError;

/// A range of one draw reaches so many standard deviations of the logarithm from its mean.
const STANDARD_DEVIATIONS: f64 = 3.0;
/// Examples of the kernel: their pairs stay within a second for activations without a closed form too.
const EXAMPLES: usize = 64;
/// The same for images, whose pairs of pixels may all be needed.
const IMAGES: usize = 32;

/// A theoretical value, or why there is none.
pub type Derived = Result<Theory, String>;

/// All that is derived once for a network, a prior and data.
pub struct Derivation<'d> {
    network: &'d Network,
    prior: &'d Prior,
    inputs: &'d [f32],
    predictions: Vec<Prediction>,
    /// The same for classes of examples of like length, each with its share.
    lengths: Vec<(f64, Vec<Prediction>)>,
    /// The output kernel of the examples, or why there is none.
    gram: Result<Gram<f32>, String>,
}

impl<'d> Derivation<'d> {
    pub fn new(
        network: &'d Network,
        prior: &'d Prior,
        inputs: &'d [f32],
        threads: usize,
    ) -> Result<Derivation<'d>, FeasibilityError> {
        let Predicted { mean, lengths } = classes::predictions(network, prior, inputs)?;
        let gram = gram(network, prior, inputs, threads);
        Ok(Derivation { network, prior, inputs, predictions: mean, lengths, gram })
    }

    /// Assumptions that do not hold here, each with its nodes.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<(&str, Vec<&str>)> = Vec::new();
        for prediction in &self.predictions {
            for note in &prediction.notes {
                match notes.iter_mut().find(|(known, _)| known == note) {
                    Some((_, nodes)) => nodes.push(&prediction.node),
                    None => notes.push((note, vec![&prediction.node])),
                }
            }
        }
        notes.into_iter().map(|(note, nodes)| format!("theory of {}: {note}", nodes.join(", "))).collect()
    }

    /// Mean square of a node's output.
    pub fn mean_square(&self, node: NodeIndex) -> Result<f64, String> {
        let prediction = &self.predictions[node];
        prediction.signal.map(|signal| signal.mean_square).ok_or_else(|| missing(&prediction.node, &prediction.missing))
    }

    /// Squared norm of the gradient at a node, up to a factor that all share.
    fn gradient_norm(&self, node: NodeIndex) -> Result<f64, String> {
        let reason = "its gradients are alike, or follow what has no theory";
        let name = &self.network.nodes[node].name;
        let gradient = self.predictions[node].gradient.ok_or_else(|| missing(name, reason))?;
        Ok(gradient * self.network.nodes[node].shape.elements() as f64)
    }

    /// Mean square of the output of `to` over that of `from`, with the range of one draw.
    pub fn forward_ratio(&self, from: NodeIndex, to: NodeIndex) -> Derived {
        let value = self.mean_square(to)? / self.mean_square(from)?;
        self.ranged(value, &self.widths(from, to), "mean field through the graph")
    }

    /// Squared norm of the gradient at `from` over that at `to`.
    pub fn backward_ratio(&self, from: NodeIndex, to: NodeIndex) -> Derived {
        let value = self.gradient_norm(from)? / self.gradient_norm(to)?;
        let source = "mean field through the graph, backward";
        match self.network.dominant_activation().is_homogeneous() {
            true => self.ranged(value, &self.widths(from, to), source),
            // the law is that of a length, which other activations pull back to their own; a gradient has none
            false => derived(value, source),
        }
    }

    /// The mean squares of one layer's output, with the range of one draw and one example.
    pub fn forward(&self, node: NodeIndex) -> Derived {
        self.ranged(self.mean_square(node)?, &self.widths(0, node), "mean field through the graph")
    }

    /// Mean square of the gradient at a layer over that at the last weighted layer.
    pub fn backward(&self, node: NodeIndex, last: NodeIndex) -> Derived {
        let elements = |node: NodeIndex| self.network.nodes[node].shape.elements() as f64;
        let ratio = self.backward_ratio(node, last)?;
        let factor = elements(last) / elements(node);
        let scale = |value: f64| value * factor;
        Ok(Theory { value: scale(ratio.value), low: ratio.low.map(scale), high: ratio.high.map(scale), ..ratio })
    }

    /// Widths of the weighted layers from the node `from` on that lie before the node `to`.
    fn widths(&self, from: NodeIndex, to: NodeIndex) -> Vec<usize> {
        let between = self.network.weighted_layers().filter(|(node, _)| (from..to).contains(node));
        between.map(|(_, node)| node.units()).collect()
    }

    /// Adds the range of the finite-width law, where the layers are a plain chain.
    fn ranged(&self, value: f64, widths: &[usize], source: &str) -> Derived {
        let activation = self.network.dominant_activation();
        let alone = derived(value, source)?;
        if widths.is_empty() || first_not_plain(self.network).is_some() {
            return Ok(alone);
        }
        let Spread { mean, std } = log_length_spread(widths, activation);
        let end = |sign: f64| Some(value * (mean + sign * STANDARD_DEVIATIONS * std).exp());
        let source = format!("{source}; range of one draw by the finite-width law over {} layers", widths.len());
        Ok(Theory { value, low: end(-1.0), high: end(1.0), source })
    }

    /// Cosine of two examples at a node.
    pub fn likeness(&self, node: NodeIndex) -> Derived {
        self.mean_square(node)?;
        let correlation = self.predictions[node].signal.map(|signal| signal.correlation);
        derived(correlation.unwrap_or(f64::NAN), "mean field of two examples")
    }

    /// Share of pre-activations of a layer where the slope of `activation` is below `slope`, for saturating ones.
    pub fn saturated(&self, node: NodeIndex, activation: Activation, slope: f64) -> Derived {
        /// Points of the sum over ±8 standard deviations; the jump costs less than one of them.
        const POINTS: usize = 16_000;
        if activation.can_die() {
            return Err("how often a unit is silent on every example follows the data; measured column only".to_owned());
        }
        self.mean_square(node)?;
        let step = 16.0 / POINTS as f64;
        let place = |index: usize| -8.0 + (index as f64 + 0.5) * step;
        let density = |z: f64| (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt();
        let of_class = |(share, class): &(f64, Vec<Prediction>)| {
            let std = class[node].signal.map_or(f64::NAN, |signal| signal.mean_square).sqrt();
            let inactive = (0..POINTS).map(place).filter(|z| activation.derivative(z * std).abs() < slope);
            share * step * inactive.map(density).sum::<f64>()
        };
        derived(self.lengths.iter().map(of_class).sum(), "Gaussian pre-activations of the mean field")
    }

    /// Mean squared singular value of the Jacobian.
    pub fn jacobian_mean(&self, ends: Ends) -> Derived {
        let smaller = ends.rows.min(ends.columns) as f64;
        if self.passes_by(ends.to) {
            let network = self.up_to(ends.to);
            let found = classes::predictions(&network, self.prior, self.inputs).map_err(|error| error.to_string())?;
            let gradient = found.mean[ends.from].gradient.unwrap_or(f64::NAN);
            return derived(gradient * ends.columns as f64 / smaller, "mean field through the graph, backward");
        }
        let ratio = self.backward_ratio(ends.from, ends.to)?;
        let scale = |value: f64| value * ends.rows as f64 / smaller;
        Ok(Theory { value: scale(ratio.value), low: ratio.low.map(scale), high: ratio.high.map(scale), ..ratio })
    }

    /// Whether a later node sees what came before `node`, so that not all of its gradient went through `node`.
    fn passes_by(&self, node: NodeIndex) -> bool {
        self.network.nodes[node + 1..].iter().any(|later| later.inputs.iter().any(|&input| input < node))
    }

    /// The network that ends at `node`.
    fn up_to(&self, node: NodeIndex) -> Network {
        let mut network = self.network.clone();
        network.nodes.truncate(node + 1);
        network
    }

    /// Mean square of the outputs, the mean over the examples.
    pub fn output_scale(&self) -> Derived {
        let gram = self.gram.as_ref().map_err(Clone::clone)?;
        derived(trace(gram) / gram.shape().0 as f64, "NNGP")
    }

    /// Cosine of the outputs of two examples.
    pub fn output_likeness(&self) -> Derived {
        let gram = self.gram.as_ref().map_err(Clone::clone)?;
        let examples = gram.shape().0;
        let cosine = |row, column| gram.nngp(row, column) / (gram.nngp(row, row) * gram.nngp(column, column)).sqrt();
        let others = |row: usize| (0..examples).filter(move |&column| column != row);
        let sum: f64 = (0..examples).map(|row| others(row).map(|column| cosine(row, column)).sum::<f64>()).sum();
        derived(sum / (examples as f64 * (examples as f64 - 1.0)), "NNGP")
    }

    /// Squared cosine of the outputs of two draws: tr K²/(k (tr K)²) for k independent outputs, to leading order.
    pub fn agreement_of_draws(&self) -> Derived {
        let gram = self.gram.as_ref().map_err(Clone::clone)?;
        let examples = gram.shape().0;
        let squares = (0..examples).flat_map(|row| (0..examples).map(move |column| (row, column)));
        let sum: f64 = squares.map(|(row, column)| gram.nngp(row, column).powi(2)).sum();
        let own = trace(gram);
        derived(sum / (self.network.outputs() as f64 * own * own), "NNGP, tr K²/(k (tr K)²) for k outputs")
    }

    /// Share of the weights that are not zero.
    pub fn density(&self) -> Derived {
        let (mut nonzero, mut all) = (0.0, 0.0);
        for (_, node) in self.network.weighted_layers() {
            for weight in self.weights(node)? {
                nonzero += weight.density()? * weight.elements as f64;
                all += weight.elements as f64;
            }
        }
        derived(nonzero / all, "by the definition of the initializers")
    }

    /// Share of the inputs of a layer that no unit reads.
    pub fn unread_inputs(&self, node: &Node) -> Derived {
        let weight = self.reading_weight(node)?;
        let source = "(1 − k/n)^units for k random inputs of n a unit";
        match weight.initializer {
            Initializer::Sparse(sparse) if sparse.per == Side::Output && weight.taps == 1 => {
                derived((1.0 - weight.density()?).powf(weight.units as f64), source)
            }
            Initializer::Sparse(sparse) if sparse.per == Side::Input => derived(0.0, "each input has weights"),
            _ => derived(if weight.density()? > 0.0 { 0.0 } else { 1.0 }, "by the definition of the initializer"),
        }
    }

    /// Share of the units of a layer that differ from each other. A unit is known by its output and by its gradient, so
    /// equal weights tie the units of one layer only where they tie those of the others too.
    pub fn distinct_units(&self, node: &Node) -> Derived {
        let weight = self.reading_weight(node)?;
        if weight.is_continuous() {
            return derived(1.0, "a continuous law: no two units are equal");
        }
        match self.is_constant()? {
            true => derived(1.0 / node.units() as f64, "equal weights: one unit in effect"),
            false => Err(format!("{} has no law of ties here; measured column only", weight.initializer)),
        }
    }

    /// Whether no weight is random.
    fn is_constant(&self) -> Result<bool, String> {
        let mut weights = self.network.weighted_layers().map(|(_, node)| self.weights(node));
        weights.try_fold(true, |constant, of_node| {
            Ok(constant && of_node?.iter().all(|weight| weight.facts.variance == 0.0))
        })
    }

    /// The same of all hidden layers together.
    pub fn all_distinct_units(&self) -> Derived {
        let weighted: Vec<&Node> = self.network.weighted_layers().map(|(_, node)| node).collect();
        let (mut distinct, mut units) = (0.0, 0.0);
        for node in &weighted[..weighted.len().saturating_sub(1)] {
            distinct += self.distinct_units(node)?.value * node.units() as f64;
            units += node.units() as f64;
        }
        derived(distinct / units, "by the laws of the weights")
    }

    /// The weight that reads a layer's inputs.
    fn reading_weight(&self, node: &Node) -> Result<Weight, String> {
        let first = node.operation.weights().first().copied().ok_or("it has no weights")?;
        self.weight(first)
    }

    fn weights(&self, node: &Node) -> Result<Vec<Weight>, String> {
        node.operation.weights().into_iter().map(|weight| self.weight(weight)).collect()
    }

    fn weight(&self, weight: ParameterIndex) -> Result<Weight, String> {
        let parameter = &self.network.parameters[weight];
        let initializer = self.prior.initializer(parameter).map_err(|error| error.to_string())?;
        let facts = initializer.facts(parameter).map_err(|error| error.to_string())?;
        let dimensions = parameter.shape.dimensions();
        Ok(Weight {
            elements: parameter.shape.elements(),
            units: dimensions[0],
            row: dimensions[1..].iter().product(),
            taps: dimensions[2..].iter().product(),
            initializer,
            facts,
        })
    }
}

/// One weight tensor and its law.
struct Weight {
    initializer: Initializer,
    facts: Facts,
    elements: usize,
    units: usize,
    /// Weights into one unit.
    row: usize,
    taps: usize,
}

impl Weight {
    /// Whether every element has a density, so that none is 0 and no two are equal.
    fn is_continuous(&self) -> bool {
        const CONTINUOUS: [&str; 5] = ["normal", "uniform", "truncated normal", "wrapped normal", "orthogonal"];
        self.facts.variance > 0.0 && CONTINUOUS.contains(&self.facts.distribution.as_str())
    }

    fn density(&self) -> Result<f64, String> {
        let n = self.row as f64;
        match &self.initializer {
            Initializer::Sparse(sparse) if sparse.per == Side::Output => Ok(match sparse.nonzeros {
                Nonzeros::Exactly(count) => count as f64 / n,
                Nonzeros::AtMost(count) => count.min(self.row) as f64 / n,
                Nonzeros::Without(share) => (n - (share * n).ceil()) / n,
            }),
            _ if self.is_continuous() => Ok(1.0),
            _ if self.facts.variance == 0.0 => Ok(if self.facts.mean == 0.0 { 0.0 } else { 1.0 }),
            other => Err(format!("{other} has no density here; measured column only")),
        }
    }
}

fn derived(value: f64, source: &str) -> Derived {
    match value.is_finite() {
        true => Ok(Theory { value, low: None, high: None, source: source.to_owned() }),
        false => Err("there is no signal to speak of".to_owned()),
    }
}

fn missing(node: &str, reason: &str) -> String {
    format!("{node} has no closed form ({reason}); measured column only")
}

fn trace(gram: &Gram<f32>) -> f64 {
    (0..gram.shape().0).map(|place| gram.nngp(place, place)).sum()
}

fn gram(network: &Network, prior: &Prior, inputs: &[f32], threads: usize) -> Result<Gram<f32>, String> {
    let no_kernel = |error: seedbed_theory::TheoryError| format!("{error}; measured column only");
    let kernel = Kernel::new(network, prior).map_err(no_kernel)?;
    let elements = network.input().elements();
    let examples = kernel_examples(network, inputs.len() / elements);
    let limits = Limits { threads, ..Limits::default() };
    kernel.gram(&inputs[..examples * elements], &limits).map_err(no_kernel)
}

/// How many of the first examples the kernel is computed for, and functions are compared on.
pub fn kernel_examples(network: &Network, examples: usize) -> usize {
    examples.min(if network.input().dimensions().len() == 1 { EXAMPLES } else { IMAGES })
}

/// The first node that makes the network something else than a chain of dense layers and activations, which the laws of
/// equal layers speak of.
pub fn first_not_plain(network: &Network) -> Option<&Node> {
    let plain = |(place, node): (usize, &Node)| {
        let chained = place == 0 || node.inputs == [place - 1];
        chained && matches!(node.operation, Operation::Input | Operation::Dense { .. } | Operation::Activation(_))
    };
    network.nodes.iter().enumerate().find(|pair| !plain(*pair)).map(|(_, node)| node)
}
