//! φ and φ′.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use libm::{cos, erf, erfc, exp, expm1, log1p, sin, sqrt, tanh};

use super::Activation;

/// λ of SELU, from its fixed-point equations with 24 digits (Klambauer et al. 2017, equation 14).
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// λα of SELU.
const SELU_NEGATIVE: f64 = 1.050_700_987_355_480_5 * 1.673_263_242_354_377_2;
/// Coefficient of z³ in the tanh approximation of GELU (Hendrycks & Gimpel 2016).
const GELU_CUBE: f64 = 0.044715;

impl Activation {
    /// φ(z).
    pub fn value(self, z: f64) -> f64 {
        let positive = z > 0.0;
        match self {
            Activation::Identity => z,
            Activation::Relu => z.max(0.0),
            Activation::LeakyRelu { slope } => split(positive, z, slope * z),
            Activation::Tanh => tanh(z),
            Activation::Sigmoid => sigmoid(z),
            Activation::Gelu => z * normal_cdf(z),
            Activation::Silu => z * sigmoid(z),
            Activation::Elu => split(positive, z, expm1(z.min(0.0))),
            Activation::Selu => split(positive, SELU_SCALE * z, SELU_NEGATIVE * expm1(z.min(0.0))),
            Activation::GeluTanh => 0.5 * z * (1.0 + tanh(gelu_inner(z))),
            Activation::Mish => z * tanh(softplus(z)),
            Activation::Softplus => softplus(z),
            Activation::Hardtanh => z.clamp(-1.0, 1.0),
            Activation::Sin => sin(z),
            Activation::ReluSquared => z.max(0.0) * z.max(0.0),
            Activation::Erf => erf(z),
        }
    }

    /// φ′(z); at a kink the derivative from the left.
    pub fn derivative(self, z: f64) -> f64 {
        let positive = z > 0.0;
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => split(positive, 1.0, 0.0),
            Activation::LeakyRelu { slope } => split(positive, 1.0, slope),
            Activation::Tanh => 1.0 - tanh(z) * tanh(z),
            Activation::Sigmoid => sigmoid(z) * sigmoid(-z),
            Activation::Gelu => normal_cdf(z) + z * normal_density(z),
            Activation::Silu => sigmoid(z) * (1.0 + z * sigmoid(-z)),
            Activation::Elu => split(positive, 1.0, exp(z.min(0.0))),
            Activation::Selu => split(positive, SELU_SCALE, SELU_NEGATIVE * exp(z.min(0.0))),
            Activation::GeluTanh => {
                let bend = tanh(gelu_inner(z));
                let inner_slope = sqrt(2.0 / PI) * (1.0 + 3.0 * GELU_CUBE * z * z);
                0.5 * (1.0 + bend) + 0.5 * z * (1.0 - bend * bend) * inner_slope
            }
            Activation::Mish => {
                let bend = tanh(softplus(z));
                bend + z * (1.0 - bend * bend) * sigmoid(z)
            }
            Activation::Softplus => sigmoid(z),
            Activation::Hardtanh => split(z > -1.0 && z <= 1.0, 1.0, 0.0),
            Activation::Sin => cos(z),
            Activation::ReluSquared => 2.0 * z.max(0.0),
            Activation::Erf => FRAC_2_SQRT_PI * exp(-z * z),
        }
    }
}

fn split(first: bool, yes: f64, no: f64) -> f64 {
    if first { yes } else { no }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z))
}

/// ln(1 + e^z) without overflow.
fn softplus(z: f64) -> f64 {
    z.max(0.0) + log1p(exp(-z.abs()))
}

fn gelu_inner(z: f64) -> f64 {
    sqrt(2.0 / PI) * (z + GELU_CUBE * z * z * z)
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z * FRAC_1_SQRT_2)
}

fn normal_density(z: f64) -> f64 {
    exp(-0.5 * z * z) / sqrt(2.0 * PI)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_agree_with_central_differences() {
        for activation in Activation::all() {
            for z in [-2.3, -0.7, 0.4, 1.9] {
                let step = 1e-5;
                let slope = (activation.value(z + step) - activation.value(z - step)) / (2.0 * step);
                assert!((slope - activation.derivative(z)).abs() < 1e-9, "{activation} at {z}");
            }
        }
    }

    #[test]
    fn known_values() {
        // SciPy 1.17: z * norm.cdf(z), expit(z) * z at z = 1; torch 2.15 in float64: the others at z = −0.7
        assert!((Activation::Gelu.value(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((Activation::Silu.value(1.0) - 0.731_058_578_630_004_9).abs() < 1e-15);
        for (activation, expected) in TORCH_AT_MINUS_0_7 {
            let found = activation.value(-0.7);
            assert!((found - expected).abs() < 1e-15, "{activation}: {found}");
        }
    }
    const TORCH_AT_MINUS_0_7: [(Activation, f64); 7] = [
        (Activation::Elu, -0.503_414_696_208_590_5),
        (Activation::Selu, -0.885_053_045_577_205_2),
        (Activation::GeluTanh, -0.169_429_865_294_883_21),
        (Activation::Mish, -0.267_870_234_795_500_9),
        (Activation::Softplus, 0.403_186_048_885_457_9),
        (Activation::Sin, -0.644_217_687_237_691),
        (Activation::Erf, -0.677_801_193_837_418_4),
    ];

    #[test]
    fn nothing_overflows() {
        for activation in Activation::all().filter(|known| *known != Activation::ReluSquared) {
            for z in [-1e4, 1e4] {
                assert!(activation.value(z).is_finite() && activation.derivative(z).is_finite(), "{activation} at {z}");
            }
        }
    }
}
