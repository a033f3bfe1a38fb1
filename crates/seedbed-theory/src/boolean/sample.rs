//! Drawing functions.

use std::collections::HashMap;
use std::sync::Mutex;

use seedbed::{Activation, Axes, AxisRole, Initializer, Parameter, Prior, Shape};
use seedbed_network::graph::{Network, Node, Operation};

use super::MOST_INPUTS;
use super::forward::{LANE_BLOCK, activate, affine, normalize};
use super::prior::{BooleanPrior, Frequency};
use crate::error::TheoryError;

/// Draws whose weights are made together.
const TOGETHER: usize = 64;

/// What a bit is fed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// 0 and 1. Without biases, input 0 then always gives output 0.
    ZeroOne,
    /// −1 and 1. Without biases and with an odd activation, functions are then odd.
    MinusOneOne,
}

/// Draws `draws` sets of weights and counts the functions that they compute: output above 0, on all 2ⁿ inputs.
///
/// Draws come in groups of 64. The weights of group g are one tensor a parameter, `[64, …]` under the parameter's name and seed
/// `seed` + g, whose leading axis counts in no fan. So more draws begin with the fewer, and the counts depend on the network,
/// the prior, the coding, the draws and the seed alone, not on the threads. Single precision.
///
/// ```
/// use seedbed_theory::boolean::{Coding, sample};
/// let network = "mlp(7, 40x2, 1, relu)".parse()?;
/// let prior = "{*.weight=lecun_normal; *.bias=normal(std=1)}".parse()?;
/// let found = sample(&network, &prior, Coding::ZeroOne, 2000, 0, 2)?;
/// assert!(found.share(0).value > 0.3); // every third draw is the constant 0
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// No draws, no threads; a network that is not fully connected, has no or more than 7 inputs, or another number of outputs
/// than one; what the core refuses of the prior.
pub fn sample(
    network: &Network,
    prior: &Prior,
    coding: Coding,
    draws: u64,
    seed: u64,
    threads: usize,
) -> Result<BooleanPrior, TheoryError> {
    check(network, draws, threads)?;
    let parameters = network.parameters.iter().map(|parameter| Batch::new(prior, parameter));
    let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
    let sampler = Sampler { network, parameters, inputs: corners(network, coding), lanes: lanes(network), seed };
    let functions = sampler.count(draws, threads)?;
    Ok(BooleanPrior::new(network.input().elements(), draws, functions))
}

fn check(network: &Network, draws: u64, threads: usize) -> Result<(), TheoryError> {
    let allowed = "at least 1";
    for (setting, value) in [("number of draws", draws), ("number of threads", threads as u64)] {
        if value == 0 {
            return Err(TheoryError::Setting { setting, found: "0".to_owned(), allowed });
        }
    }
    let refuse = |node: &Node, problem: &str| {
        let (node, problem) = (node.name.clone(), problem.to_owned());
        Err(TheoryError::NotBoolean { node, problem })
    };
    for node in &network.nodes {
        match node.operation {
            Operation::Input if !(1..=MOST_INPUTS).contains(&node.shape.elements()) => {
                return refuse(node, "functions of 1 to 7 bits are counted");
            }
            Operation::Convolution { .. }
            | Operation::AveragePool { .. }
            | Operation::MaxPool { .. }
            | Operation::BatchNorm { .. }
            | Operation::Recurrent { .. }
            | Operation::Attention { .. }
            | Operation::Position { .. }
            | Operation::AverageSteps => {
                return refuse(node, "only fully connected networks are drawn here");
            }
            Operation::Dense { .. } | Operation::LayerNorm { .. } if node.steps() > 1 => {
                return refuse(node, "only fully connected networks are drawn here");
            }
            _ => {}
        }
    }
    match network.nodes.last() {
        Some(node) if node.shape.elements() != 1 => {
            refuse(node, "the network needs one output, whose sign is the function")
        }
        _ => Ok(()),
    }
}

/// Inputs, padded to whole tiles.
fn lanes(network: &Network) -> usize {
    (1usize << network.input().elements()).next_multiple_of(LANE_BLOCK)
}

/// Every input, `[bits, lanes]`.
fn corners(network: &Network, coding: Coding) -> Vec<f32> {
    let (bits, lanes) = (network.input().elements(), lanes(network));
    let value = |place: usize| {
        let (bit, input) = (place / lanes, place % lanes);
        match (input >> (bits - 1 - bit) & 1, coding) {
            (1, _) => 1.0,
            (_, Coding::ZeroOne) => 0.0,
            (_, Coding::MinusOneOne) => -1.0,
        }
    };
    (0..bits * lanes).map(value).collect()
}

/// One parameter of a group of draws.
struct Batch {
    initializer: Initializer,
    parameter: Parameter,
    /// Numbers of one draw.
    size: usize,
}

impl Batch {
    fn new(prior: &Prior, parameter: &Parameter) -> Result<Batch, TheoryError> {
        let initializer = prior.initializer(parameter)?;
        let size = parameter.shape.elements();
        let parameter = match are_independent(&initializer) {
            true => longer(parameter)?,
            false => stacked(parameter)?,
        };
        Ok(Batch { initializer, parameter, size })
    }

    fn draw(&self, seed: u64) -> Result<Vec<f32>, TheoryError> {
        Ok(self.initializer.draw(&self.parameter, seed)?)
    }
}

/// Whether every element has the same law, so that a group of weights is one longer weight.
fn are_independent(initializer: &Initializer) -> bool {
    use Initializer::{Normal, Ones, Uniform, VarianceScaling, Zeros};
    matches!(initializer, Zeros | Ones | Normal { .. } | Uniform { .. } | VarianceScaling { .. })
}

/// `[TOGETHER, …]`, whose leading axis counts in no fan.
fn stacked(parameter: &Parameter) -> Result<Parameter, TheoryError> {
    let dimensions = std::iter::once(TOGETHER).chain(parameter.shape.dimensions().iter().copied()).collect();
    let roles = |axes: &Axes| std::iter::once(AxisRole::Batch).chain(axes.roles.iter().copied()).collect();
    let axes = parameter.axes.as_ref().map(|axes| Axes { roles: roles(axes), ..axes.clone() });
    Ok(Parameter { shape: Shape::new(dimensions)?, axes, ..parameter.clone() })
}

/// The same numbers with the leading axis drawn into the next, which is planned faster; the fans stay those of one draw.
fn longer(parameter: &Parameter) -> Result<Parameter, TheoryError> {
    let mut dimensions = parameter.shape.dimensions().to_vec();
    if let Some(first) = dimensions.first_mut() {
        *first *= TOGETHER;
    }
    Ok(Parameter { shape: Shape::new(dimensions)?, ..parameter.clone() })
}

struct Sampler<'n> {
    network: &'n Network,
    parameters: Vec<Batch>,
    inputs: Vec<f32>,
    lanes: usize,
    seed: u64,
}

impl Sampler<'_> {
    /// How often each function was drawn; the most frequent first, equals by their number.
    fn count(&self, draws: u64, threads: usize) -> Result<Vec<Frequency>, TheoryError> {
        let groups = Mutex::new(0..draws.div_ceil(TOGETHER as u64));
        let next = || groups.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).next();
        let work = || -> Result<HashMap<u128, u64>, TheoryError> {
            let (mut counts, mut values) = (HashMap::new(), Vec::new());
            while let Some(group) = next() {
                let left = draws - group * TOGETHER as u64;
                self.group(group, left.min(TOGETHER as u64) as usize, &mut values, &mut counts)?;
            }
            Ok(counts)
        };
        let parts: Vec<_> = std::thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            helpers.into_iter().filter_map(|helper| helper.join().ok()).chain([own]).collect()
        });
        let mut pairs = Vec::new();
        for part in parts {
            pairs.extend(part?);
        }
        Ok(merge(pairs))
    }

    fn group(
        &self,
        group: u64,
        draws: usize,
        values: &mut Vec<Vec<f32>>,
        counts: &mut HashMap<u128, u64>,
    ) -> Result<(), TheoryError> {
        let seed = self.seed.wrapping_add(group);
        let weights = self.parameters.iter().map(|batch| batch.draw(seed)).collect::<Result<Vec<_>, _>>()?;
        for draw in 0..draws {
            let of_draw = |parameter: usize| {
                let size = self.parameters[parameter].size;
                &weights[parameter][draw * size..(draw + 1) * size]
            };
            *counts.entry(self.function(of_draw, values)).or_default() += 1;
        }
        Ok(())
    }

    fn is_last_use(&self, source: usize, user: usize) -> bool {
        !self.network.nodes.iter().skip(user + 1).any(|node| node.inputs.contains(&source))
    }

    /// Whether a dense layer is read by a ReLU alone, which is then done with it.
    fn is_rectified(&self, index: usize) -> bool {
        let is_dense = matches!(self.network.nodes[index].operation, Operation::Dense { .. });
        let is_relu = |node: &Node| node.operation == Operation::Activation(Activation::Relu) && node.inputs == [index];
        is_dense && self.network.nodes.get(index + 1).is_some_and(is_relu) && self.is_last_use(index, index + 1)
    }

    /// The function of one draw; `values` is room for every node.
    fn function<'w>(&self, weights: impl Fn(usize) -> &'w [f32], values: &mut Vec<Vec<f32>>) -> u128 {
        let nodes = &self.network.nodes;
        values.resize_with(nodes.len(), Vec::new);
        for (index, node) in nodes.iter().enumerate() {
            if let Operation::Activation(activation) = node.operation
                && self.is_last_use(node.inputs[0], index)
            {
                values.swap(node.inputs[0], index);
                if !self.is_rectified(node.inputs[0]) {
                    activate(activation, &mut values[index]);
                }
                continue;
            }
            let (before, rest) = values.split_at_mut(index);
            let Some(out) = rest.first_mut() else { break };
            let input = |which: usize| before[node.inputs[which]].as_slice();
            if let Operation::Dense { weight, bias } = node.operation {
                out.resize(node.shape.elements() * self.lanes, 0.0);
                let floor = if self.is_rectified(index) { 0.0 } else { f32::NEG_INFINITY };
                affine(weights(weight), weights(bias), input(0), self.lanes, floor, out);
                continue;
            }
            out.clear();
            match &node.operation {
                Operation::Input => out.extend_from_slice(&self.inputs),
                Operation::Activation(activation) => {
                    out.extend_from_slice(input(0));
                    activate(*activation, out);
                }
                Operation::Add => out.extend(input(0).iter().zip(input(1)).map(|(first, second)| first + second)),
                Operation::LayerNorm { scale, shift, epsilon } => {
                    out.extend_from_slice(input(0));
                    normalize(out, self.lanes, weights(*scale), weights(*shift), *epsilon);
                }
                _ => out.extend_from_slice(input(0)),
            }
        }
        let outputs = values.last().map(Vec::as_slice).unwrap_or_default();
        let corners = 1usize << self.network.input().elements();
        let word = |outputs: &[f32]| {
            outputs.iter().enumerate().fold(0u32, |word, (place, output)| word | u32::from(*output > 0.0) << place)
        };
        let words = outputs[..corners].chunks(32).map(word).enumerate();
        words.fold(0, |function, (place, word)| function | u128::from(word) << (32 * place))
    }
}

fn merge(mut pairs: Vec<(u128, u64)>) -> Vec<Frequency> {
    pairs.sort_unstable();
    let mut functions: Vec<Frequency> = Vec::new();
    for (function, count) in pairs {
        match functions.last_mut() {
            Some(last) if last.function == function => last.count += count,
            _ => functions.push(Frequency { function, count }),
        }
    }
    functions.sort_by_key(|found| (std::cmp::Reverse(found.count), found.function));
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_weights_hold_the_numbers_of_stacked_ones() {
        for text in ["he_normal", "normal(std=0.3)", "glorot_uniform", "zeros"] {
            let initializer: Initializer = text.parse().unwrap();
            assert!(are_independent(&initializer), "{text}");
            let weight = Parameter::dense("layer1.weight", 7, 40).unwrap();
            let bias = Parameter::bias("layer1.bias", 40, weight.fans.unwrap()).unwrap();
            for parameter in [weight, bias] {
                let long = initializer.draw(&longer(&parameter).unwrap(), 5).unwrap();
                assert_eq!(long, initializer.draw(&stacked(&parameter).unwrap(), 5).unwrap(), "{text}");
            }
        }
        assert!(!are_independent(&"orthogonal".parse().unwrap()));
    }

    #[test]
    fn the_first_coordinate_is_the_most_significant() {
        let network = "mlp(3, 1, relu)".parse().unwrap();
        let inputs = corners(&network, Coding::MinusOneOne);
        let of_input = |input: usize| [0, 1, 2].map(|bit| inputs[bit * LANE_BLOCK + input]);
        assert_eq!((of_input(4), of_input(3)), ([1.0, -1.0, -1.0], [-1.0, 1.0, 1.0]));
    }
}
