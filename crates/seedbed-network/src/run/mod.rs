//! Running a network forward and backward: the only room that knows the engine (burn on its CPU backend).
//!
//! Training and evaluation of plain feed-forward networks go past the engine, by `direct`; the engine stays the reference
//! ([`Runner::through_engine`]), and traces every network.
//!
//! Everything that enters and leaves is a plain slice, so that no other room sees a tensor. A run uses one
//! thread; its result depends on the weights and the batch alone.
//!
//! The loss of classes is the cross-entropy of the softmax, in nats, averaged over the batch, and over the steps where the
//! network answers at each. That of real targets is the mean squared error, over the batch and all outputs.
//!
//! ```
//! use seedbed_network::{graph::Network, run::{Runner, Batch}};
//!
//! let network: Network = "mlp(2, 8x2, 3, relu)".parse()?;
//! let weights = "he_normal".parse::<seedbed::Prior>()?.draw(&network.parameters, 0)?;
//! let runner = Runner::new(&network);
//! let batch = Batch::classes(&[0.5, -1.0], &[2]);
//! let step = runner.loss_and_gradients(&weights, &batch)?;
//! assert!(step.loss > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attention;
mod batch;
mod direct;
mod loss;
mod noise;
mod normalize;
mod operation;
mod recurrent;
mod value;

use std::marker::PhantomData;

use burn_tensor::{Device, Element, Tensor};

use crate::error::NetworkError;
use crate::graph::{Network, NodeIndex, Operation};
use batch::Targets;
use direct::Direct;
use operation::{Leaves, Pass};
use value::Value;

pub use batch::Batch;

/// Examples evaluated at once, so that memory stays bounded whatever the size of the data.
const EVALUATION_CHUNK: usize = 1000;
/// Rows of a Jacobian computed at once.
const JACOBIAN_ROWS: usize = 256;

/// A number type to compute in: `f32` for training, `f64` for checks.
pub trait Scalar: Element + sealed::Sealed {
    /// The nearest value of this type.
    fn from_f32(value: f32) -> Self {
        Self::of(f64::from(value))
    }

    /// Widened, exactly.
    fn into_f64(self) -> f64 {
        self.wide()
    }
}

impl Scalar for f32 {}
impl Scalar for f64 {}

mod sealed {
    pub trait Sealed: super::direct::Real {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// The loss on a batch and its gradient.
#[derive(Clone, Debug)]
pub struct Step<S> {
    /// Mean cross-entropy in nats, or mean squared error; infinite or NaN when the run overflowed.
    pub loss: f64,
    /// One gradient a parameter, in the network's order.
    pub gradients: Vec<Vec<S>>,
}

/// What dropout draws: the mask of each node follows from its name, the seed and the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noise {
    /// The trial's.
    pub seed: u64,
    /// The training step, from 0; counted modulo 2³².
    pub step: usize,
}

/// Every node's output on a batch and the gradient of the loss with respect to it.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Mean cross-entropy in nats, or mean squared error.
    pub loss: f64,
    /// One a node, in execution order; row-major, `examples × elements`.
    pub outputs: Vec<Vec<f32>>,
    /// Likewise: the gradient of the mean loss with respect to each node's output.
    pub gradients: Vec<Vec<f32>>,
}

impl Trace {
    /// The output of the node called `name`.
    pub fn output(&self, network: &Network, name: &str) -> Option<&[f32]> {
        place(network, name).and_then(|node| self.outputs.get(node)).map(Vec::as_slice)
    }

    /// The gradient with respect to the output of the node called `name`.
    pub fn gradient(&self, network: &Network, name: &str) -> Option<&[f32]> {
        place(network, name).and_then(|node| self.gradients.get(node)).map(Vec::as_slice)
    }
}

fn place(network: &Network, name: &str) -> Option<NodeIndex> {
    network.nodes.iter().position(|node| node.name == name)
}

/// Loss and accuracy on a data set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// Mean cross-entropy in nats, or mean squared error.
    pub loss: f64,
    /// Share of the answers whose largest output is the class asked for; one with a NaN output counts as wrong.
    /// NaN where the targets are real.
    pub accuracy: f64,
}

/// Runs one network in one number type.
#[derive(Debug)]
pub struct Runner<'n, S = f32> {
    network: &'n Network,
    device: Device,
    /// Whether a step and an evaluation need no engine.
    is_direct: bool,
    scalar: PhantomData<S>,
}

impl<'n> Runner<'n, f32> {
    /// A runner in single precision.
    pub fn new(network: &'n Network) -> Self {
        Self::with_scalar(network)
    }

    /// Traces every node on a batch, forward and backward.
    ///
    /// # Errors
    /// Weights or a batch that do not fit the network.
    pub fn trace(&self, weights: &[Vec<f32>], batch: &Batch) -> Result<Trace, NetworkError> {
        self.check(weights, batch)?;
        let device = self.device.clone().autodiff();
        let leaves = Leaves::new(weights, &device);
        let input = self.input(batch, &device);
        let probed = Pass::new(self.network, &leaves, None).forward_probed(input);
        let loss = loss::loss(self.network, probed.last(), batch.targets, &device);
        let gradients = loss.backward();
        let outputs = probed.outputs().map(Value::numbers).collect::<Result<_, _>>()?;
        let gradients = probed.gradients(&gradients)?;
        Ok(Trace { loss: scalar::<f32>(loss)?, outputs, gradients })
    }

    /// Traces every node on `inputs`, forward, and backward from a linear function of the outputs: the gradients are those
    /// of Σ direction · output, and that sum stands as the loss. `directions` has one number an output of an example.
    ///
    /// Unlike those of the cross-entropy, these gradients do not depend on labels or on the scale of the outputs.
    ///
    /// # Errors
    /// Weights, inputs or directions that do not fit the network.
    pub fn trace_along(&self, weights: &[Vec<f32>], inputs: &[f32], directions: &[f32]) -> Result<Trace, NetworkError> {
        let batch = Batch::numbers(inputs, directions);
        self.check(weights, &batch)?;
        let (examples, outputs) = (batch.examples(self.network), self.network.outputs());
        let device = self.device.clone().autodiff();
        let leaves = Leaves::new(weights, &device);
        let probed = Pass::new(self.network, &leaves, None).forward_probed(self.input(&batch, &device));
        let sum = probed.last().clone().along(directions.to_vec(), examples, outputs, &device);
        let found = sum.clone().backward();
        let outputs = probed.outputs().map(Value::numbers).collect::<Result<_, _>>()?;
        Ok(Trace { loss: scalar::<f32>(sum)?, outputs, gradients: probed.gradients(&found)? })
    }

    /// The Jacobian at one example of the output of the node `to` by that of the node `from`, both flat: row-major,
    /// `elements of to × elements of from`.
    ///
    /// A backward pass uses up the graph, so the example is repeated along the batch, once a row, and each row of the
    /// identity is sent back through one of them. Batch normalization would normalize the copies, which are alike, to 0, so
    /// a network that has it has no such Jacobian.
    ///
    /// # Errors
    /// Weights or an example that do not fit the network, or nodes of which the second does not depend on the first.
    pub fn jacobian(
        &self,
        weights: &[Vec<f32>],
        example: &[f32],
        from: NodeIndex,
        to: NodeIndex,
    ) -> Result<Vec<f32>, NetworkError> {
        let nodes = &self.network.nodes;
        let Some(node) = nodes.get(to) else { return Err(mismatch("the node of the output", to, nodes.len())) };
        let no_targets = vec![0.0; JACOBIAN_ROWS * self.network.outputs()];
        let targets = |examples: usize| &no_targets[..examples * self.network.outputs()];
        self.check(weights, &Batch::numbers(example, targets(1)))?;
        let device = self.device.clone().autodiff();
        let rows = node.shape.elements();
        let mut jacobian = Vec::new();
        for first in (0..rows).step_by(JACOBIAN_ROWS) {
            let count = JACOBIAN_ROWS.min(rows - first);
            let inputs = example.repeat(count);
            let batch = Batch::numbers(&inputs, targets(count));
            let leaves = Leaves::new(weights, &device);
            let probed = Pass::new(self.network, &leaves, None).forward_probed(self.input(&batch, &device));
            let mut identity = vec![0.0; count * rows];
            (0..count).for_each(|row| identity[row * rows + first + row] = 1.0);
            let found = probed.value(to).clone().along(identity, count, rows, &device).backward();
            jacobian.extend(probed.gradient(from, &found)?);
        }
        Ok(jacobian)
    }

    /// The network's outputs on `inputs`, forward alone; row-major, `examples × outputs`.
    ///
    /// ```
    /// use seedbed_network::{graph::Network, run::Runner};
    /// let network: Network = "mlp(1, 1, identity)".parse()?;
    /// assert_eq!(Runner::new(&network).outputs(&[vec![3.0], vec![-1.0]], &[2.0, 0.0])?, [5.0, -1.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Weights or inputs that do not fit the network.
    pub fn outputs(&self, weights: &[Vec<f32>], inputs: &[f32]) -> Result<Vec<f32>, NetworkError> {
        let examples = inputs.len() / self.network.input().elements();
        let unasked = vec![0.0; examples * self.network.outputs()];
        let batch = Batch::numbers(inputs, &unasked);
        self.check(weights, &batch)?;
        if self.is_direct {
            return Ok(Direct::new(self.network, weights, None).outputs(inputs));
        }
        let leaves = Leaves::new(weights, &self.device);
        Pass::new(self.network, &leaves, None).forward(self.input(&batch, &self.device)).numbers()
    }

    /// Loss and accuracy over all examples of `data`.
    ///
    /// # Errors
    /// Weights or data that do not fit the network.
    pub fn evaluate(&self, weights: &[Vec<f32>], data: &Batch) -> Result<Evaluation, NetworkError> {
        self.check(weights, data)?;
        let examples = data.examples(self.network);
        let (mut loss, mut correct) = (0.0, 0usize);
        for chunk in data.chunks(self.network, evaluation_chunk(self.network, examples)) {
            let (of_chunk, logits) = self.loss_and_outputs(weights, &chunk)?;
            loss += of_chunk * chunk.targets.len() as f64;
            if let Targets::Classes(labels) = chunk.targets {
                correct += loss::count_correct(&logits, labels, self.network.classes());
            }
        }
        let targets = data.targets.len() as f64;
        let accuracy = match data.targets {
            Targets::Classes(_) => correct as f64 / targets,
            Targets::Numbers(_) => f64::NAN,
        };
        Ok(Evaluation { loss: loss / targets, accuracy })
    }

    fn loss_and_outputs(&self, weights: &[Vec<f32>], batch: &Batch) -> Result<(f64, Vec<f32>), NetworkError> {
        if self.is_direct {
            return Ok(Direct::new(self.network, weights, None).loss_and_outputs(batch));
        }
        let leaves = Leaves::new(weights, &self.device);
        let outputs = Pass::new(self.network, &leaves, None).forward(self.input(batch, &self.device));
        let loss = scalar::<f32>(loss::loss(self.network, &outputs, batch.targets, &self.device))?;
        Ok((loss, outputs.numbers()?))
    }
}

impl<'n, S: Scalar> Runner<'n, S> {
    /// A runner in the number type `S`.
    pub fn with_scalar(network: &'n Network) -> Self {
        Runner { network, device: Device::flex(), is_direct: direct::knows(network), scalar: PhantomData }
    }

    /// The same with every network run by the engine: the reference of the faster way that plain feed-forward networks
    /// otherwise take. Results agree to rounding.
    pub fn through_engine(self) -> Self {
        Runner { is_direct: false, ..self }
    }

    /// The loss on a batch and its gradient with respect to every parameter, without dropout.
    ///
    /// # Errors
    /// Weights or a batch that do not fit the network. An overflow is not an error: the loss is then not finite.
    pub fn loss_and_gradients(&self, weights: &[Vec<S>], batch: &Batch) -> Result<Step<S>, NetworkError> {
        self.step(weights, batch, None)
    }

    /// The Hessian of the loss on a batch times `direction`, which lies as the weights do, without dropout; `None` for a network
    /// that goes through the engine, which differentiates once. At a kink, such as a ReLU's at 0, the Hessian of the piece
    /// that the gradient is taken from.
    ///
    /// ```
    /// use seedbed_network::graph::Network;
    /// use seedbed_network::run::{Batch, Runner};
    /// // (w x + b − y)² at x = 2: the Hessian is 2 (x, 1)(x, 1)ᵀ
    /// let network: Network = "mlp(1, 1, identity)".parse()?;
    /// let (runner, batch) = (Runner::<f64>::with_scalar(&network), Batch::numbers(&[2.0], &[4.0]));
    /// let found = runner.hessian_times(&[vec![3.0], vec![-1.0]], &batch, &[vec![1.0], vec![0.0]])?;
    /// assert_eq!(found, Some(vec![vec![8.0], vec![4.0]]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Weights, a direction or a batch that do not fit the network.
    ///
    /// Source: Pearlmutter (1994), "Fast exact multiplication by the Hessian".
    pub fn hessian_times(
        &self,
        weights: &[Vec<S>],
        batch: &Batch,
        direction: &[Vec<S>],
    ) -> Result<Option<Vec<Vec<S>>>, NetworkError> {
        self.check(weights, batch)?;
        self.check(direction, batch)?;
        Ok(self.is_direct.then(|| Direct::new(self.network, weights, None).hessian_times(batch, direction)))
    }

    /// As [`loss_and_gradients`](Self::loss_and_gradients), with the dropout of a training step.
    ///
    /// # Errors
    /// Weights or a batch that do not fit the network.
    pub fn training_step(&self, weights: &[Vec<S>], batch: &Batch, noise: Noise) -> Result<Step<S>, NetworkError> {
        self.step(weights, batch, Some(noise))
    }

    fn step(&self, weights: &[Vec<S>], batch: &Batch, noise: Option<Noise>) -> Result<Step<S>, NetworkError> {
        self.check(weights, batch)?;
        if self.is_direct {
            return Ok(Direct::new(self.network, weights, noise).step(batch));
        }
        let device = self.device.clone().autodiff();
        let leaves = Leaves::new(weights, &device);
        let input = self.input(batch, &device);
        let logits = Pass::new(self.network, &leaves, noise).forward(input);
        let loss = loss::loss(self.network, &logits, batch.targets, &device);
        let mut found = loss.backward();
        Ok(Step { loss: scalar::<S>(loss)?, gradients: leaves.gradients(&mut found)? })
    }

    fn input(&self, batch: &Batch, device: &Device) -> Value {
        let inputs: Vec<S> = batch.inputs.iter().copied().map(S::from_f32).collect();
        Value::from_numbers(inputs, batch.examples(self.network), self.network.input(), device)
    }

    fn check<T>(&self, weights: &[Vec<T>], batch: &Batch) -> Result<(), NetworkError> {
        let parameters = &self.network.parameters;
        if weights.len() != parameters.len() {
            return Err(mismatch("the list of weights", weights.len(), parameters.len()));
        }
        for (values, parameter) in weights.iter().zip(parameters) {
            if values.len() != parameter.shape.elements() {
                return Err(mismatch(&parameter.name, values.len(), parameter.shape.elements()));
            }
        }
        batch.check(self.network)
    }
}

/// Examples evaluated at once. Where a batch shares its statistics, the chunks are of one size, as near as can be.
fn evaluation_chunk(network: &Network, examples: usize) -> usize {
    match network.nodes.iter().any(|node| matches!(node.operation, Operation::BatchNorm { .. })) {
        true => examples.div_ceil(examples.div_ceil(EVALUATION_CHUNK)),
        false => EVALUATION_CHUNK,
    }
}

fn mismatch(what: &str, found: usize, needed: usize) -> NetworkError {
    NetworkError::Mismatch { what: what.to_owned(), found, needed }
}

fn scalar<S: Scalar>(tensor: Tensor<1>) -> Result<f64, NetworkError> {
    let values: Vec<S> = value::numbers(tensor)?;
    values.first().map(|value| value.into_f64()).ok_or_else(|| mismatch("the loss", 0, 1))
}
