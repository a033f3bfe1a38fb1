//! Forward and backward without the engine, for networks of dense layers, convolutions, pooling, elementwise functions
//! and sums.
//!
//! Small networks spend much of a step in the engine's bookkeeping, and its convolution is slow. Here a node is a plain
//! vector, products are faer's, and a convolution is one product with patches. The engine stays the reference: a test
//! holds every operation here against it. A network with any other operation goes through the engine as a whole.
//!
//! Images lie as examples × height × width × channels inside, so that a patch is a few runs of memory; the parameters and
//! what leaves lie as everywhere.

mod convolution;
mod dense;
mod elementwise;
mod hessian;
mod layout;
mod loss;
mod pool;
mod real;
mod tanh;

use super::batch::Batch;
use super::noise::Dropout;
use super::{Noise, Step};
use crate::graph::{Network, Node, NodeIndex, Operation};
use convolution::Convolution;
use pool::Pool;

pub use real::Real;

/// One run of a network: its weights, and what dropout draws, if it does.
#[derive(Debug)]
pub struct Direct<'r, R> {
    network: &'r Network,
    weights: &'r [Vec<R>],
    noise: Option<Noise>,
}

/// Whether every node of the network is one that is known here.
pub fn knows(network: &Network) -> bool {
    let is_known = |node: &Node| match &node.operation {
        Operation::Input => node.shape.dimensions().len() != 2,
        Operation::Convolution { groups, .. } => *groups == 1,
        // the mask of an image is drawn in another order than images lie here
        Operation::Dropout { .. } => node.shape.dimensions().len() == 1,
        Operation::Dense { .. }
        | Operation::Activation(_)
        | Operation::AveragePool { .. }
        | Operation::MaxPool { .. }
        | Operation::Flatten
        | Operation::Add => true,
        _ => false,
    };
    network.nodes.iter().all(is_known)
}

impl<'r, R: Real> Direct<'r, R> {
    /// A run still to be made, of a network that is [known](knows) and weights that fit it.
    pub fn new(network: &'r Network, weights: &'r [Vec<R>], noise: Option<Noise>) -> Self {
        Direct { network, weights, noise }
    }

    /// The network's outputs; row-major, `examples × outputs`.
    pub fn outputs(&self, inputs: &[f32]) -> Vec<R> {
        let last = self.network.nodes.len() - 1;
        let mut last_use: Vec<NodeIndex> = (0..=last).collect();
        for (place, node) in self.network.nodes.iter().enumerate() {
            node.inputs.iter().for_each(|&source| last_use[source] = place);
        }
        let mut values = vec![self.input(inputs)];
        for place in 1..=last {
            values.push(self.forward(place, &values));
            let spent = self.network.nodes[place].inputs.iter().filter(|&&source| last_use[source] == place);
            spent.for_each(|&source| values[source] = Vec::new());
        }
        self.leave(values.pop().unwrap_or_default())
    }

    /// The loss on a batch, and the outputs.
    pub fn loss_and_outputs(&self, batch: &Batch) -> (f64, Vec<R>) {
        let outputs = self.outputs(batch.inputs);
        (loss::loss_and_slopes(&outputs, batch.targets).0, outputs)
    }

    /// The loss on a batch and its gradient with respect to every parameter.
    pub fn step(&self, batch: &Batch) -> Step<R> {
        let values = self.values(batch);
        let outputs = self.leave(values.last().cloned().unwrap_or_default());
        let (loss, slopes) = loss::loss_and_slopes(&outputs, batch.targets);
        Step { loss, gradients: self.gradients(&values, self.enter(&slopes)) }
    }

    /// What every node gives.
    fn values(&self, batch: &Batch) -> Vec<Vec<R>> {
        let mut values = vec![self.input(batch.inputs)];
        for place in 1..self.network.nodes.len() {
            values.push(self.forward(place, &values));
        }
        values
    }

    fn gradients(&self, values: &[Vec<R>], of_output: Vec<R>) -> Vec<Vec<R>> {
        let mut gradients: Vec<Vec<R>> = self.weights.iter().map(|of_one| vec![R::zero(); of_one.len()]).collect();
        let mut slopes: Vec<Vec<R>> = vec![Vec::new(); values.len()];
        slopes[values.len() - 1] = of_output;
        for place in (1..values.len()).rev() {
            let above = std::mem::take(&mut slopes[place]);
            if !above.is_empty() {
                self.backward(place, values, above, &mut slopes, &mut gradients);
            }
        }
        gradients
    }

    fn forward(&self, place: NodeIndex, values: &[Vec<R>]) -> Vec<R> {
        let node = &self.network.nodes[place];
        let input = &values[node.inputs[0]];
        match node.operation {
            Operation::Dense { weight, bias } => dense::forward(input, &self.weights[weight], &self.weights[bias]),
            Operation::Convolution { weight, bias, .. } => {
                self.convolution(node).forward(input, &self.weights[weight], &self.weights[bias])
            }
            Operation::Activation(activation) => elementwise::forward(activation, input),
            Operation::AveragePool { size } => self.pool(node, size).average(input),
            Operation::MaxPool { size } => self.pool(node, size).max(input),
            Operation::Flatten => layout::channels_first(input, &self.network.nodes[node.inputs[0]].shape),
            Operation::Add => input.iter().zip(&values[node.inputs[1]]).map(|(&one, &other)| one + other).collect(),
            Operation::Dropout { rate } => self.drop(node, rate, input.clone()),
            _ => unreachable!("a network with {:?} goes through the engine", node.operation),
        }
    }

    /// Adds the gradient of the output of a node to those of its inputs and of its parameters.
    fn backward(
        &self,
        place: NodeIndex,
        values: &[Vec<R>],
        mut above: Vec<R>,
        slopes: &mut [Vec<R>],
        gradients: &mut [Vec<R>],
    ) {
        let node = &self.network.nodes[place];
        let source = node.inputs[0];
        let input = &values[source];
        let below = match node.operation {
            Operation::Dense { weight, bias } => {
                dense::parameters(input, &above, gradients, (weight, bias));
                // the examples themselves need no gradient
                (source > 0).then(|| dense::backward(&self.weights[weight], &above, self.weights[bias].len()))
            }
            Operation::Convolution { weight, bias, .. } => {
                let convolution = self.convolution(node);
                convolution.parameters(input, &above, gradients, (weight, bias));
                (source > 0).then(|| convolution.backward(&self.weights[weight], &above))
            }
            Operation::Activation(activation) => {
                elementwise::backward(activation, input, &values[place], &mut above);
                Some(above)
            }
            Operation::Add => {
                add(&mut slopes[node.inputs[1]], above.clone());
                Some(above)
            }
            _ => Some(self.moved_back(place, values, above)),
        };
        if let Some(below) = below {
            add(&mut slopes[source], below);
        }
    }

    /// The gradient below a node that only moves and weighs what it is given.
    fn moved_back(&self, place: NodeIndex, values: &[Vec<R>], above: Vec<R>) -> Vec<R> {
        let node = &self.network.nodes[place];
        let source = node.inputs[0];
        match node.operation {
            Operation::AveragePool { size } => self.pool(node, size).average_backward(&above),
            Operation::MaxPool { size } => self.pool(node, size).max_backward(&values[source], &values[place], &above),
            Operation::Flatten => layout::channels_last(&above, &self.network.nodes[source].shape),
            Operation::Dropout { rate } => self.drop(node, rate, above),
            _ => unreachable!("a network with {:?} goes through the engine", node.operation),
        }
    }

    fn convolution(&self, node: &Node) -> Convolution {
        Convolution::of(node, &self.network.nodes[node.inputs[0]].shape, &self.network.parameters)
    }

    fn pool(&self, node: &Node, size: usize) -> Pool {
        Pool::of(size, &self.network.nodes[node.inputs[0]].shape)
    }

    fn drop(&self, node: &Node, rate: f64, mut values: Vec<R>) -> Vec<R> {
        let Some(noise) = self.noise else { return values };
        let kept = R::of(1.0 - rate);
        let mask = Dropout::new(noise, &node.name, rate).mask(values.len());
        values.iter_mut().zip(mask).for_each(|(value, mask)| *value = *value * R::of(f64::from(mask)) / kept);
        values
    }

    fn input(&self, inputs: &[f32]) -> Vec<R> {
        let inputs: Vec<R> = inputs.iter().map(|&value| R::of(f64::from(value))).collect();
        layout::channels_last(&inputs, self.network.input())
    }

    /// The network's outputs as they lie outside.
    fn leave(&self, outputs: Vec<R>) -> Vec<R> {
        self.network.nodes.last().map_or(Vec::new(), |node| layout::channels_first(&outputs, &node.shape))
    }

    /// Gradients of the outputs as they lie inside.
    fn enter(&self, slopes: &[R]) -> Vec<R> {
        self.network.nodes.last().map_or(Vec::new(), |node| layout::channels_last(slopes, &node.shape))
    }
}

/// Adds to a gradient that is empty as long as it is zero.
fn add<R: Real>(gradient: &mut Vec<R>, more: Vec<R>) {
    if gradient.is_empty() {
        *gradient = more;
    } else {
        gradient.iter_mut().zip(more).for_each(|(sum, one)| *sum += one);
    }
}
