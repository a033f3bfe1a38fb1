//! The forward pass: one engine call a node.

use burn_tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn_tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn_tensor::{Device, Element, Gradients, Tensor, TensorData, activation};
use seedbed::Activation;

use super::Noise;
use super::attention::{self, AttentionWeights};
use super::noise::Dropout;
use super::normalize;
use super::recurrent::{self, CellWeights};
use super::value::{Elementwise, Value, numbers};
use crate::error::NetworkError;
use crate::graph::{Network, Node, NodeIndex, Operation, ParameterIndex};

/// The parameters as leaves of the gradient, each held flat and shaped where it is used.
pub struct Leaves(Vec<Tensor<1>>);

impl Leaves {
    /// Copies the weights to the device; they collect gradients if the device differentiates.
    pub fn new<E: Element>(weights: &[Vec<E>], device: &Device) -> Leaves {
        let leaf = |values: &Vec<E>| {
            let data = TensorData::new(values.clone(), [values.len()]);
            let tensor = Tensor::<1>::from_data(data, (device, E::dtype()));
            if device.is_autodiff() { tensor.require_grad() } else { tensor }
        };
        Leaves(weights.iter().map(leaf).collect())
    }

    fn flat(&self, parameter: ParameterIndex) -> Tensor<1> {
        self.0[parameter].clone()
    }

    fn shaped<const D: usize>(&self, network: &Network, parameter: ParameterIndex) -> Tensor<D> {
        let dimensions = network.parameters[parameter].shape.dimensions();
        let mut shape = [1; D];
        shape.copy_from_slice(dimensions);
        self.flat(parameter).reshape(shape)
    }

    /// The gradient of every leaf; zeros for one that the loss does not depend on.
    pub fn gradients<E: Element>(&self, found: &mut Gradients) -> Result<Vec<Vec<E>>, NetworkError> {
        let gradient = |leaf: &Tensor<1>| match leaf.grad_remove(found) {
            Some(gradient) => numbers(gradient),
            None => Ok(vec![E::from_elem(0.0f32); leaf.dims()[0]]),
        };
        self.0.iter().map(gradient).collect()
    }
}

/// One run of a network: its weights, and what dropout draws, if it does.
pub struct Pass<'p> {
    network: &'p Network,
    leaves: &'p Leaves,
    noise: Option<Noise>,
}

impl<'p> Pass<'p> {
    /// A run still to be made.
    pub fn new(network: &'p Network, leaves: &'p Leaves, noise: Option<Noise>) -> Self {
        Pass { network, leaves, noise }
    }

    /// The network's output.
    pub fn forward(&self, input: Value) -> Value {
        let mut last_use = vec![0; self.network.nodes.len()];
        for (place, node) in self.network.nodes.iter().enumerate() {
            node.inputs.iter().for_each(|&source| last_use[source] = place);
        }
        let mut values: Vec<Option<Value>> = vec![Some(input)];
        for (place, node) in self.network.nodes.iter().enumerate().skip(1) {
            // A value is handed over at its last use, so that the engine may work in its memory.
            let inputs = node.inputs.iter().map(|&source| match last_use[source] == place {
                true => values[source].take(),
                false => values[source].clone(),
            });
            let inputs: Vec<Value> = inputs.flatten().collect();
            values.push(Some(self.apply(node, inputs)));
        }
        values.pop().flatten().unwrap_or_else(|| unreachable!("the last node is used by no other"))
    }

    /// Runs the network and keeps every node's value and gradient.
    pub fn forward_probed(&self, input: Value) -> Probed {
        let mut probed = Probed { values: Vec::new(), zeros: Vec::new() };
        for (place, node) in self.network.nodes.iter().enumerate() {
            let inputs = node.inputs.iter().map(|&source| probed.values[source].clone()).collect();
            let value = if place == 0 { input.clone() } else { self.apply(node, inputs) };
            let (value, zero) = with_zero_leaf(value);
            probed.values.push(value);
            probed.zeros.push(zero);
        }
        probed
    }

    fn apply(&self, node: &Node, mut inputs: Vec<Value>) -> Value {
        let Pass { network, leaves, noise } = *self;
        let second = if inputs.len() > 1 { inputs.pop() } else { None };
        let Some(input) = inputs.pop() else { unreachable!("every node but the first has an input") };
        match (&node.operation, input) {
            (Operation::Input, input) => input,
            (Operation::Dense { weight, bias }, Value::Sequences(input)) => {
                let [examples, time, features] = input.dims();
                let steps = input.reshape([examples * time, features]);
                let outputs = affine(steps, leaves.shaped(network, *weight), leaves.flat(*bias));
                let units = outputs.dims()[1];
                Value::Sequences(outputs.reshape([examples, time, units]))
            }
            (Operation::Dense { weight, bias }, input) => {
                Value::Features(affine(input.features(), leaves.shaped(network, *weight), leaves.flat(*bias)))
            }
            (Operation::Convolution { weight, bias, stride, padding, groups }, Value::Images(input)) => {
                let options = ConvOptions::new([*stride; 2], [*padding; 2], [1; 2], *groups);
                let weight = leaves.shaped(network, *weight);
                Value::Images(conv2d(input, weight, Some(leaves.flat(*bias)), options))
            }
            (Operation::Activation(activation), input) => input.map(*activation),
            (Operation::AveragePool { size }, Value::Images(input)) => {
                Value::Images(avg_pool2d(input, AvgPoolOptions::new([*size; 2])))
            }
            (Operation::MaxPool { size }, Value::Images(input)) => {
                Value::Images(max_pool2d(input, MaxPoolOptions::new([*size; 2])))
            }
            (Operation::Flatten, input) => Value::Features(input.features()),
            (Operation::Add, input) => add(input, second),
            (Operation::LayerNorm { scale, shift, epsilon }, input) => {
                normalize::over_examples(input, leaves.flat(*scale), leaves.flat(*shift), *epsilon)
            }
            (Operation::BatchNorm { scale, shift, epsilon }, input) => {
                normalize::over_batch(input, leaves.flat(*scale), leaves.flat(*shift), *epsilon)
            }
            (Operation::Dropout { rate }, input) => match noise {
                Some(noise) => input.map(Dropout::new(noise, &node.name, *rate)),
                None => input,
            },
            (
                Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, returns },
                Value::Sequences(input),
            ) => {
                let weights = CellWeights {
                    weight: leaves.shaped(network, *weight),
                    recurrent: leaves.shaped(network, *recurrent),
                    bias: leaves.flat(*bias),
                    recurrent_bias: leaves.flat(*recurrent_bias),
                };
                recurrent::run(*cell, weights, input, *returns)
            }
            (Operation::Attention { weight, bias, output, output_bias, heads, scaling }, Value::Sequences(input)) => {
                let weights = AttentionWeights {
                    weight: leaves.shaped(network, *weight),
                    bias: leaves.flat(*bias),
                    output: leaves.shaped(network, *output),
                    output_bias: leaves.flat(*output_bias),
                };
                Value::Sequences(attention::run(weights, *heads, *scaling, input))
            }
            (Operation::Position { weight }, Value::Sequences(input)) => {
                Value::Sequences(input + leaves.shaped::<2>(network, *weight).unsqueeze())
            }
            (Operation::AverageSteps, Value::Sequences(input)) => Value::Features(input.mean_dim(1).squeeze_dim(1)),
            (operation, _) => unreachable!("{operation:?} was given a shape that building refuses"),
        }
    }
}

/// Every node's value, and leaves of zeros added to each, whose gradients are the nodes' gradients.
pub struct Probed {
    values: Vec<Value>,
    zeros: Vec<Value>,
}

impl Probed {
    /// The network's output.
    pub fn last(&self) -> &Value {
        &self.values[self.values.len() - 1]
    }

    /// Every node's output.
    pub fn outputs(&self) -> impl Iterator<Item = &Value> {
        self.values.iter()
    }

    /// The output of one node.
    pub fn value(&self, node: NodeIndex) -> &Value {
        &self.values[node]
    }

    /// The gradient with respect to every node's output.
    pub fn gradients(&self, found: &Gradients) -> Result<Vec<Vec<f32>>, NetworkError> {
        (0..self.zeros.len()).map(|node| self.gradient(node, found)).collect()
    }

    /// The gradient with respect to one node's output.
    pub fn gradient(&self, node: NodeIndex, found: &Gradients) -> Result<Vec<f32>, NetworkError> {
        let missing = || NetworkError::Engine { problem: "a node without gradient".to_owned() };
        match self.zeros.get(node).ok_or_else(missing)? {
            Value::Features(tensor) => numbers(tensor.grad(found).ok_or_else(missing)?),
            Value::Sequences(tensor) => numbers(tensor.grad(found).ok_or_else(missing)?),
            Value::Images(tensor) => numbers(tensor.grad(found).ok_or_else(missing)?),
        }
    }
}

fn with_zero_leaf(value: Value) -> (Value, Value) {
    fn with_zero<const D: usize>(tensor: Tensor<D>) -> (Tensor<D>, Tensor<D>) {
        let zero = tensor.zeros_like().detach().require_grad();
        (tensor + zero.clone(), zero)
    }
    match value {
        Value::Features(tensor) => {
            let (tensor, zero) = with_zero(tensor);
            (Value::Features(tensor), Value::Features(zero))
        }
        Value::Sequences(tensor) => {
            let (tensor, zero) = with_zero(tensor);
            (Value::Sequences(tensor), Value::Sequences(zero))
        }
        Value::Images(tensor) => {
            let (tensor, zero) = with_zero(tensor);
            (Value::Images(tensor), Value::Images(zero))
        }
    }
}

/// `x Wᵀ + b`, a row an example.
pub fn affine(input: Tensor<2>, weight: Tensor<2>, bias: Tensor<1>) -> Tensor<2> {
    input.matmul(weight.transpose()) + bias.unsqueeze()
}

fn add(first: Value, second: Option<Value>) -> Value {
    match (first, second) {
        (Value::Features(first), Some(Value::Features(second))) => Value::Features(first + second),
        (Value::Sequences(first), Some(Value::Sequences(second))) => Value::Sequences(first + second),
        (Value::Images(first), Some(Value::Images(second))) => Value::Images(first + second),
        _ => unreachable!("building refuses sums of unlike shapes"),
    }
}

impl Elementwise for Activation {
    fn apply<const D: usize>(self, tensor: Tensor<D>) -> Tensor<D> {
        match self {
            Activation::Identity => tensor,
            Activation::Relu => activation::relu(tensor),
            Activation::LeakyRelu { slope } => activation::leaky_relu(tensor, slope),
            Activation::Tanh => activation::tanh(tensor),
            Activation::Sigmoid => activation::sigmoid(tensor),
            Activation::Gelu => activation::gelu(tensor),
            Activation::Silu => activation::silu(tensor),
            Activation::Elu => activation::elu(tensor, 1.0),
            Activation::Selu => activation::selu(tensor),
            Activation::GeluTanh => activation::gelu_approximate(tensor),
            Activation::Mish => activation::mish(tensor),
            Activation::Softplus => activation::softplus(tensor, 1.0),
            Activation::Hardtanh => activation::hardtanh(tensor, -1.0, 1.0),
            Activation::Sin => tensor.sin(),
            Activation::ReluSquared => activation::relu(tensor).square(),
            Activation::Erf => tensor.erf(),
        }
    }
}
