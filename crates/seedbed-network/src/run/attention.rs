//! Multi-head self-attention.

use burn_tensor::Tensor;
use burn_tensor::activation::softmax;

use super::operation::affine;
use crate::graph::Scaling;

/// The four parameters of an attention layer.
pub struct AttentionWeights {
    /// `[3 features, features]`.
    pub weight: Tensor<2>,
    /// `[3 features]`.
    pub bias: Tensor<1>,
    /// `[features, features]`.
    pub output: Tensor<2>,
    /// `[features]`.
    pub output_bias: Tensor<1>,
}

/// Every step looks at every other.
pub fn run(weights: AttentionWeights, heads: usize, scaling: Scaling, input: Tensor<3>) -> Tensor<3> {
    let [examples, time, features] = input.dims();
    let AttentionWeights { weight, bias, output, output_bias } = weights;
    let size = features / heads;
    let packed = affine(input.reshape([examples * time, features]), weight, bias);
    let [query, key, value] = [0, 1, 2].map(|part| {
        let part = packed.clone().narrow(1, part * features, features);
        part.reshape([examples, time, heads, size]).swap_dims(1, 2)
    });
    let scores = query.matmul(key.swap_dims(2, 3)) / scaling.divisor(size);
    let mixed = softmax(scores, 3).matmul(value).swap_dims(1, 2).reshape([examples * time, features]);
    affine(mixed, output, output_bias).reshape([examples, time, features])
}
