//! One value type over the engine's compile-time ranks: a batch of vectors, of sequences or of images.

use burn_tensor::{Device, Element, Tensor, TensorData};
use seedbed::Shape;

use crate::error::NetworkError;

/// A batch on its way through a network.
#[derive(Clone, Debug)]
pub enum Value {
    /// `[examples, elements]`.
    Features(Tensor<2>),
    /// `[examples, time, features]`.
    Sequences(Tensor<3>),
    /// `[examples, channels, height, width]`.
    Images(Tensor<4>),
}

impl Value {
    /// A batch of `examples` values of `shape` from row-major numbers.
    pub fn from_numbers<E: Element>(numbers: Vec<E>, examples: usize, shape: &Shape, device: &Device) -> Value {
        let options = (device, E::dtype());
        match *shape.dimensions() {
            [channels, height, width] => {
                let data = TensorData::new(numbers, [examples, channels, height, width]);
                Value::Images(Tensor::from_data(data, options))
            }
            [time, features] => {
                let data = TensorData::new(numbers, [examples, time, features]);
                Value::Sequences(Tensor::from_data(data, options))
            }
            _ => {
                let data = TensorData::new(numbers, [examples, shape.elements()]);
                Value::Features(Tensor::from_data(data, options))
            }
        }
    }

    /// The same numbers as one vector an example.
    pub fn features(self) -> Tensor<2> {
        match self {
            Value::Features(tensor) => tensor,
            Value::Sequences(tensor) => tensor.flatten(1, 2),
            Value::Images(tensor) => tensor.flatten(1, 3),
        }
    }

    /// Σ direction · value, over a batch of `examples` of `elements` numbers each.
    pub fn along(self, directions: Vec<f32>, examples: usize, elements: usize, device: &Device) -> Tensor<1> {
        let data = TensorData::new(directions, [examples, elements]);
        (self.features() * Tensor::from_data(data, (device, f32::dtype()))).sum()
    }

    /// The same numbers, row-major, in single precision.
    pub fn numbers(&self) -> Result<Vec<f32>, NetworkError> {
        match self {
            Value::Features(tensor) => numbers(tensor.clone()),
            Value::Sequences(tensor) => numbers(tensor.clone()),
            Value::Images(tensor) => numbers(tensor.clone()),
        }
    }

    /// Applies one elementwise function.
    pub fn map(self, function: impl Elementwise) -> Value {
        match self {
            Value::Features(tensor) => Value::Features(function.apply(tensor)),
            Value::Sequences(tensor) => Value::Sequences(function.apply(tensor)),
            Value::Images(tensor) => Value::Images(function.apply(tensor)),
        }
    }
}

/// A function that works at every rank.
pub trait Elementwise {
    /// The function.
    fn apply<const D: usize>(self, tensor: Tensor<D>) -> Tensor<D>;
}

/// Reads a tensor back.
pub fn numbers<E: Element, const D: usize>(tensor: Tensor<D>) -> Result<Vec<E>, NetworkError> {
    let failed = |problem: String| NetworkError::Engine { problem };
    let data = tensor.try_into_data().map_err(|error| failed(format!("{error:?}")))?;
    data.try_into_vec::<E>().map_err(|error| failed(format!("{error:?}")))
}
