//! The gradient's factor per layer where a normalization sets the length to 1: no weight variance can change it.

use seedbed::Activation;
use seedbed::gain::moments;

/// χ of a layer with layer normalization before the activation, at infinite width: E φ′²/E φ² at q = 1.
///
/// 1 for the (leaky) ReLU and the identity, 1.1778 for tanh, 1.0720 for GELU: deep networks with layer normalization
/// and without residuals explode slowly.
///
/// ```
/// use seedbed::Activation;
/// assert!((seedbed_theory::mean_field::layer_norm_chi(Activation::Tanh) - 1.1778072323).abs() < 1e-10);
/// ```
pub fn layer_norm_chi(activation: Activation) -> f64 {
    let moments = moments(activation, 1.0);
    moments.derivative_mean_square / moments.mean_square
}

/// χ of a layer with batch normalization before the activation, for wide layers and large batches: E φ′²/Var φ at
/// q = 1, at least 1, and 1 only if φ is affine (the Gaussian Poincaré inequality).
///
/// π/(π − 1) = 1.467 for the ReLU: the norm of gradients grows by 1.211 a layer, whatever the weights' variance.
///
/// ```
/// use seedbed::Activation;
/// use std::f64::consts::PI;
/// assert!((seedbed_theory::mean_field::batch_norm_chi(Activation::Relu) - PI / (PI - 1.0)).abs() < 1e-12);
/// ```
///
/// Source: Yang et al. (2019), "A mean field theory of batch normalization".
pub fn batch_norm_chi(activation: Activation) -> f64 {
    let moments = moments(activation, 1.0);
    moments.derivative_mean_square / moments.variance()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{
        Elu, Erf, Gelu, GeluTanh, Hardtanh, Identity, LeakyRelu, Mish, Relu, ReluSquared, Selu, Sigmoid, Silu, Sin,
        Softplus, Tanh,
    };

    #[test]
    fn factors_at_unit_variance() {
        // mpmath, 30 digits, printed to 11: layer normalization, batch normalization
        let table = [
            (Identity, 1.0, 1.0),
            (Relu, 1.0, 1.4669422069),
            (LeakyRelu { slope: 0.01 }, 1.0, 1.4533707611),
            (LeakyRelu { slope: 0.2 }, 1.0, 1.2436001335),
            (Elu, 1.0359047186, 1.0790134555),
            (Selu, 1.0715749925, 1.0715749925),
            (Gelu, 1.0720315984, 1.3188449709),
            (GeluTanh, 1.0720239602, 1.3187344274),
            (Silu, 1.0666342412, 1.2120811148),
            (Mish, 1.0591180006, 1.2142592553),
            (Tanh, 1.1778072323, 1.1778072323),
            (Sigmoid, 0.1528270117, 1.0335923900),
            (Softplus, 0.3184589837, 1.0805280525),
            (Hardtanh, 1.3228915418, 1.3228915418),
            (Sin, 1.3130352855, 1.3130352855),
            (ReluSquared, 1.3333333333, 1.6000000000),
            (Erf, 1.2257000038, 1.2257000038),
        ];
        for (activation, layer, batch) in table {
            assert!((layer_norm_chi(activation) - layer).abs() < 1e-10, "layer norm of {activation}");
            assert!((batch_norm_chi(activation) - batch).abs() < 1e-10, "batch norm of {activation}");
        }
    }
}
