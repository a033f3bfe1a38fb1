//! How long recurrent cells remember: one input is changed a little, and the change of the states is followed.
//!
//! Each cell runs alone, on sequences long enough for its states to come to rest whatever the network's own length is. The
//! states of one cell are the inputs of the next.

use seedbed::Shape;
use seedbed_network::graph::{Cell, Layer, Network, Operation, ParameterIndex, Returns};
use seedbed_network::run::Runner;
use seedbed_theory::beliefs::Stated;

use super::quantity::mean_product;
use crate::error::FeasibilityError;
use crate::stand_in::normal;

/// Sequences of a draw.
const SEQUENCES: usize = 16;
/// A small change of an input, of its size.
const SMALL: f64 = 0.02;
/// Memories until which states are taken as at rest: what is left of a mean square is e^(−4).
const TO_REST: f64 = 2.0;
/// Most steps before the change, and after it.
const MOST_STEPS: f64 = 400.0;

/// Steps before the change, and from one step after it to the last.
fn steps(stated: &Stated) -> (usize, usize) {
    let memory = stated.memory.unwrap_or(1.0);
    let up_to = |steps: f64| steps.ceil().clamp(1.0, MOST_STEPS) as usize;
    (up_to(TO_REST * memory), up_to(memory))
}

/// Mean squares of the change one step after it and at the end, for each cell.
pub fn sums(network: &Network, weights: &[Vec<f32>], stated: &Stated, seed: u64) -> Result<Vec<f64>, FeasibilityError> {
    let (before, span) = steps(stated);
    let time = before + span + 2;
    let features = network.input().elements() / network.nodes[0].steps();
    let std = stated.input_mean_square.unwrap_or(1.0).sqrt();
    let mut inputs = normal("inputs of memories", (1, SEQUENCES * time * features), std, seed)?;
    let mut changes = Vec::new();
    for (node, cell, parameters) in cells(network) {
        let width = inputs.len() / SEQUENCES / time;
        let units = network.nodes[node].units();
        let alone = Network::build("one cell", &Shape::new(vec![time, width])?, &[layer(cell, units)])?;
        let own: Vec<Vec<f32>> = parameters.iter().map(|&index| weights[index].clone()).collect();
        let runner = Runner::new(&alone);
        let states = runner.outputs(&own, &inputs)?;
        let changed =
            runner.outputs(&own, &change(&inputs, before * width..(before + 1) * width, time * width, seed)?)?;
        for step in [before + 1, before + 1 + span] {
            changes.push(difference(&states, &changed, step * units..(step + 1) * units, time * units));
        }
        inputs = states;
    }
    Ok(changes)
}

/// Memory of the cells, their mean, from what [`sums`] gives.
pub fn of_means(changes: &[f64], stated: &Stated) -> f64 {
    let (_, span) = steps(stated);
    let of = |pair: &[f64]| match pair {
        [first, last] => -2.0 * span as f64 / (last / first).ln(),
        _ => f64::NAN,
    };
    changes.chunks(2).map(of).sum::<f64>() / (changes.len() / 2) as f64
}

/// Node, cell and parameters of every cell, in execution order.
fn cells(network: &Network) -> impl Iterator<Item = (usize, Cell, [ParameterIndex; 4])> {
    network.nodes.iter().enumerate().filter_map(|(place, node)| match node.operation {
        Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, .. } => {
            Some((place, cell, [weight, recurrent, bias, recurrent_bias]))
        }
        _ => None,
    })
}

fn layer(cell: Cell, units: usize) -> Layer {
    let (returns, name) = (Returns::All, None);
    match cell {
        Cell::Rnn(activation) => Layer::Rnn { units, activation: activation.to_string(), returns, name },
        Cell::Lstm => Layer::Lstm { units, returns, name },
        Cell::Gru => Layer::Gru { units, returns, name },
    }
}

/// The inputs, changed in one range of each row.
fn change(inputs: &[f32], range: std::ops::Range<usize>, row: usize, seed: u64) -> Result<Vec<f32>, FeasibilityError> {
    let size = SMALL * mean_product(inputs, inputs).sqrt();
    let mut noise = normal("changes of memories", (1, SEQUENCES * range.len()), size, seed)?.into_iter();
    let mut changed = inputs.to_vec();
    for row in changed.chunks_mut(row) {
        row[range.clone()].iter_mut().zip(noise.by_ref()).for_each(|(value, noise)| *value += noise);
    }
    Ok(changed)
}

/// Mean square of the difference over one range of each row.
fn difference(first: &[f32], second: &[f32], range: std::ops::Range<usize>, row: usize) -> f64 {
    let rows = first.chunks(row).zip(second.chunks(row));
    let squares = rows.flat_map(|(a, b)| a[range.clone()].iter().zip(&b[range.clone()]));
    squares.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum::<f64>()
        / (first.len() / row * range.len()) as f64
}
