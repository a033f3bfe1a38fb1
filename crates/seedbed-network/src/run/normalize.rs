//! Normalization: of each example by itself, or of each channel over the batch.

use burn_tensor::Tensor;
use burn_tensor::module::layer_norm;

use super::value::Value;

/// Layer normalization over all elements of an example, or of each step of a sequence.
pub fn over_examples(input: Value, scale: Tensor<1>, shift: Tensor<1>, epsilon: f64) -> Value {
    match input {
        Value::Features(input) => Value::Features(layer_norm(input, scale, Some(shift), epsilon)),
        Value::Sequences(input) => Value::Sequences(layer_norm(input, scale, Some(shift), epsilon)),
        Value::Images(input) => {
            let shape = input.dims();
            let flat = layer_norm(input.flatten::<2>(1, 3), scale, Some(shift), epsilon);
            Value::Images(flat.reshape(shape))
        }
    }
}

/// Batch normalization: each channel of images, each feature of vectors and sequences.
pub fn over_batch(input: Value, scale: Tensor<1>, shift: Tensor<1>, epsilon: f64) -> Value {
    let columns = |rows: Tensor<2>| standardize(rows, epsilon) * scale.unsqueeze() + shift.unsqueeze();
    match input {
        Value::Features(input) => Value::Features(columns(input)),
        Value::Sequences(input) => {
            let [examples, time, features] = input.dims();
            let rows = columns(input.reshape([examples * time, features]));
            Value::Sequences(rows.reshape([examples, time, features]))
        }
        Value::Images(input) => {
            let [examples, channels, height, width] = input.dims();
            let rows = input.permute([0, 2, 3, 1]).reshape([examples * height * width, channels]);
            let images = columns(rows).reshape([examples, height, width, channels]);
            Value::Images(images.permute([0, 3, 1, 2]))
        }
    }
}

/// Each column less its mean, over the root of its biased variance and `epsilon`.
fn standardize(rows: Tensor<2>, epsilon: f64) -> Tensor<2> {
    let centred = rows.clone() - rows.mean_dim(0);
    let variance = centred.clone().square().mean_dim(0);
    centred / (variance + epsilon).sqrt()
}
