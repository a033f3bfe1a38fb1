//! What one draw shows: its signal and gradients, its connections, its Jacobian, the function it computes.

use seedbed::Prior;
use seedbed_network::graph::{Network, NodeIndex, Operation};
use seedbed_network::run::Runner;

use super::jacobian::{self, Ends, Jacobian};
use super::theory::kernel_examples;
use crate::error::FeasibilityError;
use crate::probe::{self, DrawProbe};
use crate::stand_in::normal;

/// Everything measured of one draw.
#[derive(Clone, Debug)]
pub struct Draw {
    pub probe: DrawProbe,
    /// One a weighted layer.
    pub connections: Vec<Connections>,
    pub jacobian: Option<Jacobian>,
    /// Cosine of two examples at the last hidden layer; NaN without one.
    pub hidden_likeness: f64,
    pub function: Function,
}

/// Which weights of a layer are there at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connections {
    /// Participation ratio of the squared weights of a unit, (Σw²)²/Σw⁴, the mean over the units; 0 for one without
    /// weights.
    pub effective_inputs: f64,
    /// Share of the inputs that no unit reads.
    pub unread_inputs: f64,
}

/// The function that a draw computes on the examples. All but the classes is of those that the kernel is known for.
#[derive(Clone, Debug)]
pub struct Function {
    /// Mean square of the outputs.
    pub mean_square: f64,
    /// Cosine of the outputs of two examples, the mean over pairs.
    pub likeness: f64,
    /// Share of the answers that are the most frequent class.
    pub most_frequent: f64,
    /// Row-major, `examples × outputs`.
    pub outputs: Vec<f32>,
}

/// What every draw is measured on.
pub struct Bench<'b> {
    pub network: &'b Network,
    pub inputs: &'b [f32],
    /// A random direction of the outputs for each example.
    pub directions: Vec<f32>,
    pub ends: Option<Ends>,
}

impl<'b> Bench<'b> {
    /// The bench of a network; the directions are standard normal, from `seed`.
    pub fn new(network: &'b Network, inputs: &'b [f32], seed: u64) -> Result<Bench<'b>, FeasibilityError> {
        let examples = inputs.len() / network.input().elements();
        let directions = normal("directions of the outputs", (examples, network.outputs()), 1.0, seed)?;
        Ok(Bench { network, inputs, directions, ends: jacobian::ends(network) })
    }

    fn examples(&self) -> usize {
        self.inputs.len() / self.network.input().elements()
    }

    /// Draws and measures; the Jacobian is that at the example numbered `place`, counted round and round.
    pub fn draw(&self, prior: &Prior, seed: u64, place: usize) -> Result<Draw, FeasibilityError> {
        let (network, examples) = (self.network, self.examples());
        let weights = prior.draw(&network.parameters, seed)?;
        let runner = Runner::new(network);
        let trace = runner.trace_along(&weights, self.inputs, &self.directions)?;
        let elements = network.input().elements();
        let example = &self.inputs[(place % examples) * elements..][..elements];
        let measured = self.ends.map(|ends| {
            runner.jacobian(&weights, example, ends.from, ends.to).map(|numbers| Jacobian::of(&numbers, ends.rows))
        });
        let outputs = trace.outputs.last().map_or(&[][..], Vec::as_slice);
        let hidden = last_hidden(network).map(|node| likeness(&trace.outputs[node], examples));
        Ok(Draw {
            probe: probe::of_trace(network, &weights, &trace, examples),
            connections: network.weighted_layers().map(|(node, _)| connections(network, node, &weights)).collect(),
            jacobian: measured.transpose()?,
            hidden_likeness: hidden.unwrap_or(f64::NAN),
            function: function(network, outputs, examples),
        })
    }
}

/// The last weighted layer but one.
pub fn last_hidden(network: &Network) -> Option<NodeIndex> {
    let weighted: Vec<NodeIndex> = network.weighted_layers().map(|(node, _)| node).collect();
    weighted.len().checked_sub(2).map(|place| weighted[place])
}

/// The cosine of two examples, the mean over all pairs of those that are not 0; NaN for fewer than two of them.
///
/// With u = x/|x| it is (|Σu|² − N)/(N (N − 1)).
fn likeness(values: &[f32], examples: usize) -> f64 {
    let columns = values.len() / examples;
    let mut sums = vec![0.0f64; columns];
    let mut count = 0.0;
    for row in values.chunks(columns) {
        let length = row.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            count += 1.0;
            sums.iter_mut().zip(row).for_each(|(sum, &value)| *sum += f64::from(value) / length);
        }
    }
    let of_sum: f64 = sums.iter().map(|sum| sum * sum).sum();
    if count > 1.0 { (of_sum - count) / (count * (count - 1.0)) } else { f64::NAN }
}

fn function(network: &Network, outputs: &[f32], examples: usize) -> Function {
    let columns = outputs.len() / examples;
    let mut counts = vec![0usize; network.classes().max(2)];
    outputs.chunks(network.classes()).for_each(|answer| counts[class(answer)] += 1);
    let answers = counts.iter().sum::<usize>() as f64;
    let few = kernel_examples(network, examples);
    let outputs = outputs[..few * columns].to_vec();
    let square: f64 = outputs.iter().map(|&value| f64::from(value).powi(2)).sum();
    Function {
        mean_square: square / outputs.len() as f64,
        likeness: likeness(&outputs, few),
        most_frequent: counts.iter().copied().max().unwrap_or(0) as f64 / answers,
        outputs,
    }
}

/// The largest output, the first of equals; of a single output its sign.
fn class(row: &[f32]) -> usize {
    match row {
        [single] => usize::from(*single > 0.0),
        _ => (0..row.len()).reduce(|best, next| if row[next] > row[best] { next } else { best }).unwrap_or(0),
    }
}

/// What a unit of a weighted layer may read: numbers, or channels of an image. Of a recurrent cell, not its own state.
pub fn inputs(network: &Network, node: NodeIndex) -> usize {
    let operation = &network.nodes[node].operation;
    let groups = if let Operation::Convolution { groups, .. } = operation { *groups } else { 1 };
    operation.weights().first().map_or(0, |&weight| groups * network.parameters[weight].shape.dimensions()[1])
}

/// Of the weights that read the layer's inputs.
fn connections(network: &Network, node: NodeIndex, weights: &[Vec<f32>]) -> Connections {
    let weight = network.nodes[node].operation.weights()[0];
    let dimensions = network.parameters[weight].shape.dimensions();
    let (units, channels) = (dimensions[0], dimensions[1]);
    let row = weights[weight].len() / units;
    let taps = row / channels;
    let inputs = inputs(network, node);
    let groups = inputs / channels;
    let mut read = vec![false; inputs];
    let mut effective = 0.0;
    for (unit, row) in weights[weight].chunks(row).enumerate() {
        let first = unit * groups / units * channels;
        for (channel, taps) in row.chunks(taps).enumerate() {
            read[first + channel] |= taps.iter().any(|&value| value != 0.0);
        }
        effective += participation(row);
    }
    let unread = read.iter().filter(|read| !**read).count();
    Connections { effective_inputs: effective / units as f64, unread_inputs: unread as f64 / read.len() as f64 }
}

/// (Σw²)²/Σw⁴, 0 where all are 0. Scaled first, so that tiny weights do not underflow.
fn participation(row: &[f32]) -> f64 {
    let largest = row.iter().fold(0.0f64, |largest, &value| largest.max(f64::from(value.abs())));
    if largest == 0.0 {
        return 0.0;
    }
    let squares = row.iter().map(|&value| (f64::from(value) / largest).powi(2));
    let (sum, fourth) = squares.fold((0.0, 0.0), |(sum, fourth), square| (sum + square, fourth + square * square));
    sum * sum / fourth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_of_examples_by_hand() {
        assert!((likeness(&[1.0, 0.0, 1.0, 0.0], 2) - 1.0).abs() < 1e-12);
        assert!(likeness(&[1.0, 0.0, 0.0, 1.0], 2).abs() < 1e-12);
        // pairs 1, −1, −1; the 0 takes no part
        assert!((likeness(&[1.0, 2.0, -1.0, 0.0], 4) + 1.0 / 3.0).abs() < 1e-12);
        assert!(likeness(&[1.0, 0.0], 2).is_nan());
    }

    #[test]
    fn classes_and_connections_by_hand() {
        assert_eq!((class(&[1.0, 3.0, 3.0]), class(&[-1.0]), class(&[2.0])), (1, 0, 1));
        assert_eq!((participation(&[0.0, 1e-30, 1e-30]), participation(&[0.0; 3])), (2.0, 0.0));
        let network: Network = "mlp(3, 2, 2, relu)".parse().unwrap();
        let weights = vec![vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0], vec![0.0; 2], vec![1.0; 4], vec![0.0; 2]];
        let found = connections(&network, 1, &weights);
        assert_eq!(found, Connections { effective_inputs: 1.0, unread_inputs: 2.0 / 3.0 });
        assert_eq!(connections(&network, 3, &weights).effective_inputs, 2.0);
    }

    #[test]
    fn groups_of_a_convolution_read_their_own_channels() {
        let text = "[network]\ninput = [4, 2, 2]\nlayers = [{ kind = \"conv2d\", channels = 2, groups = 2 }, { kind = \"flatten\" }, { kind = \"dense\", units = 2 }]";
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("network.toml");
        std::fs::write(&file, text).unwrap();
        let network = seedbed_network::read::network(file.to_str().unwrap()).unwrap();
        let mut weights: Vec<Vec<f32>> = network.parameters.iter().map(|p| vec![1.0; p.shape.elements()]).collect();
        // the first output channel, of the first group, does not read its second channel
        weights[0][9..18].fill(0.0);
        assert_eq!(connections(&network, 1, &weights).unread_inputs, 0.25);
    }
}
