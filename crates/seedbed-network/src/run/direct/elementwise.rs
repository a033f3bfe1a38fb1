//! Activations and their derivatives, as the core defines them, in the number type at hand.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, PI};

use num_traits::Float;
use pulp::Arch;
use seedbed::Activation;

use super::Real;

/// λ and λα of SELU (Klambauer et al. 2017, equation 14).
const SELU: [f64; 2] = [1.050_700_987_355_480_5, 1.050_700_987_355_480_5 * 1.673_263_242_354_377_2];
/// Coefficient of z³ in the tanh approximation of GELU (Hendrycks & Gimpel 2016).
const GELU_CUBE: f64 = 0.044715;

/// φ of every element.
pub fn forward<R: Real>(activation: Activation, input: &[R]) -> Vec<R> {
    let (zero, one) = (R::zero(), R::one());
    match activation {
        Activation::Identity => input.to_vec(),
        // written so that a NaN stays one
        Activation::Relu => map(input, |z| if z < zero { zero } else { z }),
        Activation::LeakyRelu { slope } => {
            let slope = R::of(slope);
            map(input, |z| if z < zero { slope * z } else { z })
        }
        Activation::Tanh => map(input, R::hyperbolic_tangent),
        Activation::Sigmoid => map(input, sigmoid),
        Activation::Gelu => map(input, |z| z * normal_cdf(z)),
        Activation::Silu => map(input, |z| z * sigmoid(z)),
        Activation::Elu => map(input, |z| if z > zero { z } else { z.exp_m1() }),
        Activation::Selu => {
            let [positive, negative] = SELU.map(R::of);
            map(input, |z| if z > zero { positive * z } else { negative * z.exp_m1() })
        }
        Activation::GeluTanh => map(input, |z| R::of(0.5) * z * (one + gelu_inner(z).hyperbolic_tangent())),
        Activation::Mish => map(input, |z| z * softplus(z).hyperbolic_tangent()),
        Activation::Softplus => map(input, softplus),
        Activation::Hardtanh => map(input, |z| {
            if z < -one {
                -one
            } else if z > one {
                one
            } else {
                z
            }
        }),
        Activation::Sin => map(input, |z| z.sin()),
        Activation::ReluSquared => map(input, |z| if z < zero { zero } else { z * z }),
        Activation::Erf => map(input, R::error_function),
    }
}

/// Multiplies a gradient by φ′(z), with z the input and a = φ(z) the output. At a kink, the derivative from the left, but
/// for a leaky ReLU that from the right, as the engine has it.
pub fn backward<R: Real>(activation: Activation, input: &[R], output: &[R], slopes: &mut [R]) {
    let (zero, one) = (R::zero(), R::one());
    match activation {
        Activation::Identity => {}
        Activation::Relu => keep(output, slopes, |a| a > zero),
        Activation::LeakyRelu { slope } => {
            let slope = R::of(slope);
            scale(input, slopes, |z| if z < zero { slope } else { one });
        }
        Activation::Tanh => scale(output, slopes, |a| one - a * a),
        Activation::Sigmoid => scale(output, slopes, |a| a * (one - a)),
        Activation::Gelu => scale(input, slopes, |z| normal_cdf(z) + z * normal_density(z)),
        Activation::Silu => scale(input, slopes, |z| sigmoid(z) * (one + z * (one - sigmoid(z)))),
        Activation::Elu => scale(output, slopes, |a| if a > zero { one } else { a + one }),
        Activation::Selu => {
            let [positive, negative] = SELU.map(R::of);
            scale(output, slopes, |a| if a > zero { positive } else { a + negative });
        }
        Activation::GeluTanh => scale(input, slopes, gelu_tanh_slope),
        Activation::Mish => scale(input, slopes, |z| {
            let bend = softplus(z).hyperbolic_tangent();
            bend + z * (one - bend * bend) * sigmoid(z)
        }),
        Activation::Softplus => scale(input, slopes, sigmoid),
        Activation::Hardtanh => keep(input, slopes, |z| z >= -one && z <= one),
        Activation::Sin => scale(input, slopes, |z| z.cos()),
        Activation::ReluSquared => scale(input, slopes, |z| if z > zero { z + z } else { zero }),
        Activation::Erf => scale(input, slopes, |z| R::of(FRAC_2_SQRT_PI) * (-z * z).exp()),
    }
}

/// Multiplies by φ″(z); 0 at a kink, as on both sides of it.
pub fn bend<R: Real>(activation: Activation, input: &[R], output: &[R], values: &mut [R]) {
    let (zero, one, two) = (R::zero(), R::one(), R::of(2.0));
    match activation {
        Activation::Identity | Activation::Relu | Activation::LeakyRelu { .. } | Activation::Hardtanh => {
            values.fill(zero);
        }
        Activation::Tanh => scale(output, values, |a| -two * a * (one - a * a)),
        Activation::Sigmoid => scale(output, values, |a| a * (one - a) * (one - two * a)),
        Activation::Gelu => scale(input, values, |z| normal_density(z) * (two - z * z)),
        Activation::Silu => scale(input, values, |z| {
            let share = sigmoid(z);
            share * (one - share) * (two + z * (one - two * share))
        }),
        Activation::Elu => scale(output, values, |a| if a > zero { zero } else { a + one }),
        Activation::Selu => {
            let negative = R::of(SELU[1]);
            scale(output, values, |a| if a > zero { zero } else { a + negative });
        }
        Activation::GeluTanh => scale(input, values, gelu_tanh_bend),
        Activation::Mish => scale(input, values, |z| {
            let (share, tanh) = (sigmoid(z), softplus(z).hyperbolic_tangent());
            let rest = one - tanh * tanh;
            two * rest * share + z * rest * share * (one - share - two * tanh * share)
        }),
        Activation::Softplus => scale(input, values, |z| sigmoid(z) * (one - sigmoid(z))),
        Activation::Sin => scale(input, values, |z| -z.sin()),
        Activation::ReluSquared => scale(input, values, |z| if z > zero { two } else { zero }),
        Activation::Erf => scale(input, values, |z| -two * z * R::of(FRAC_2_SQRT_PI) * (-z * z).exp()),
    }
}

/// In vector code for the processor at hand, where the function has no calls in it.
fn map<R: Real>(input: &[R], function: impl Fn(R) -> R) -> Vec<R> {
    let mut output = vec![R::zero(); input.len()];
    Arch::new().dispatch(|| output.iter_mut().zip(input).for_each(|(output, &value)| *output = function(value)));
    output
}

fn scale<R: Real>(at: &[R], slopes: &mut [R], derivative: impl Fn(R) -> R) {
    slopes.iter_mut().zip(at).for_each(|(slope, &at)| *slope *= derivative(at));
}

/// For a derivative of 0 or 1: an infinite gradient is dropped too, as the engine drops it.
fn keep<R: Real>(at: &[R], slopes: &mut [R], is_kept: impl Fn(R) -> bool) {
    slopes.iter_mut().zip(at).for_each(|(slope, &at)| *slope = if is_kept(at) { *slope } else { R::zero() });
}

fn sigmoid<R: Real>(z: R) -> R {
    R::one() / (R::one() + (-z).exp())
}

/// ln(1 + e^z) without overflow.
fn softplus<R: Real>(z: R) -> R {
    z.max(R::zero()) + (-Float::abs(z)).exp().ln_1p()
}

fn normal_cdf<R: Real>(z: R) -> R {
    R::of(0.5) * (R::one() + (z * R::of(FRAC_1_SQRT_2)).error_function())
}

fn normal_density<R: Real>(z: R) -> R {
    (R::of(-0.5) * z * z).exp() * R::of(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2)
}

fn gelu_inner<R: Real>(z: R) -> R {
    R::of((2.0 / PI).sqrt()) * (z + R::of(GELU_CUBE) * z * z * z)
}

fn gelu_tanh_slope<R: Real>(z: R) -> R {
    let (one, half) = (R::one(), R::of(0.5));
    let bend = gelu_inner(z).hyperbolic_tangent();
    let inner_slope = R::of((2.0 / PI).sqrt()) * (one + R::of(3.0 * GELU_CUBE) * z * z);
    half * (one + bend) + half * z * (one - bend * bend) * inner_slope
}

fn gelu_tanh_bend<R: Real>(z: R) -> R {
    let (one, root) = (R::one(), R::of((2.0 / PI).sqrt()));
    let bend = gelu_inner(z).hyperbolic_tangent();
    let inner_slope = root * (one + R::of(3.0 * GELU_CUBE) * z * z);
    let inner_bend = root * R::of(6.0 * GELU_CUBE) * z;
    (one - bend * bend) * (inner_slope + R::of(0.5) * z * (inner_bend - R::of(2.0) * bend * inner_slope * inner_slope))
}
