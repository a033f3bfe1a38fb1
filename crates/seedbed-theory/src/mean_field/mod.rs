//! Signal and gradient through depth at infinite width (Poole et al. 2016; Schoenholz et al. 2017).
//!
//! With q the variance of a layer's pre-activations, σ_w²/fan_in that of its weights and σ_b² that of its biases:
//! the signal follows the length map q ↦ σ_w² E φ(z)² + σ_b², z ~ N(0, q); two inputs of length q and correlation c
//! follow the correlation map c ↦ (σ_w² E φ(z₁)φ(z₂) + σ_b²)/q′; and each layer multiplies the mean squared gradient
//! by χ = σ_w² E φ′(z)². χ < 1: gradients vanish and inputs become alike (ordered); χ > 1: gradients explode and inputs
//! part (chaotic).
//!
//! One activation and one pair of variances in every layer, as in [`typical_layer`]; [`crate::propagate`] follows a user's
//! graph node by node.

mod critical;
mod fixed_point;
mod gated;
mod network;
mod normalized;
mod recurrent;

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;

use crate::bivariate::bivariate;
use crate::error::{TheoryError, not_negative};

pub use critical::{CriticalPoint, critical_point, smallest_stable_bias_variance};
pub use fixed_point::{FixedPoint, Phase};
pub(crate) use gated::gate_square;
pub use gated::{Lstm, LstmStep};
pub use network::{LayerVariances, layer_variances, typical_layer};
pub use normalized::{batch_norm_chi, layer_norm_chi};
pub use recurrent::{Step, unroll};

/// Lengths below this count as this where a derivative in q is formed by dividing through q.
const SMALLEST_LENGTH: f64 = 1e-10;

/// A deep network at infinite width: one activation, one weight variance, one bias variance in every layer.
///
/// For convolutions the same with fan_in = receptive field times channels (Xiao et al. 2018).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    activation: Activation,
    weight_variance: f64,
    bias_variance: f64,
}

/// What one layer does to a length q, per unit of σ_w².
pub(crate) struct LayerMoments {
    /// E φ².
    pub square: f64,
    /// E φ′².
    pub slope_square: f64,
    /// dE φ²/dq = E (φ′² + φ φ″), by Stein's lemma E z φ φ′/q.
    pub square_by_length: f64,
}

impl LayerMoments {
    pub(crate) fn of(activation: Activation, q: f64) -> LayerMoments {
        let moments = |q: f64| {
            gaussian_expectation(q, activation.kinks(), |z| {
                let (value, slope) = (activation.value(z), activation.derivative(z));
                [value * value, slope * slope, z * value * slope]
            })
        };
        let [square, slope_at_length, mixed] = moments(q);
        // a kink at 0 has no slope there, but has one on both sides, which any length above 0 sees
        let kinked = q == 0.0 && activation.kinks().contains(&0.0);
        let slope_square = if kinked { moments(SMALLEST_LENGTH)[1] } else { slope_at_length };
        let square_by_length =
            if q >= SMALLEST_LENGTH { mixed / q } else { moments(SMALLEST_LENGTH)[2] / SMALLEST_LENGTH };
        LayerMoments { square, slope_square, square_by_length }
    }
}

impl MeanField {
    /// σ_w² (variance of a weight times fan_in, the square of the gain) and σ_b² (variance of a bias).
    ///
    /// # Errors
    /// A variance that is negative or not finite.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::mean_field::MeanField;
    /// let he = MeanField::new(Activation::Relu, 2.0, 0.0)?;
    /// assert!((he.next_length(3.0) - 3.0).abs() < 1e-12);
    /// assert!(MeanField::new(Activation::Relu, -1.0, 0.0).is_err());
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    pub fn new(activation: Activation, weight_variance: f64, bias_variance: f64) -> Result<MeanField, TheoryError> {
        Ok(MeanField {
            activation,
            weight_variance: not_negative("weight variance", weight_variance)?,
            bias_variance: not_negative("bias variance", bias_variance)?,
        })
    }

    /// The activation.
    pub fn activation(&self) -> Activation {
        self.activation
    }

    /// σ_w².
    pub fn weight_variance(&self) -> f64 {
        self.weight_variance
    }

    /// σ_b².
    pub fn bias_variance(&self) -> f64 {
        self.bias_variance
    }

    /// One step of the length map, σ_w² E φ(z)² + σ_b² with z ~ N(0, `q`). NaN for q below 0.
    pub fn next_length(&self, q: f64) -> f64 {
        self.weight_variance * LayerMoments::of(self.activation, q).square + self.bias_variance
    }

    /// Covariance of the next pre-activations of two inputs: σ_w² E φ(z₁)φ(z₂) + σ_b² for pre-activations of variances
    /// `a` and `b` and covariance `c`, |c| ≤ √(ab).
    pub fn next_covariance(&self, a: f64, b: f64, c: f64) -> f64 {
        self.weight_variance * bivariate(self.activation, a, b, c).product + self.bias_variance
    }

    /// One step of the correlation map for two inputs of length `q`: correlation `c` in −1..1 to that one layer later.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::mean_field::MeanField;
    /// let he = MeanField::new(Activation::Relu, 2.0, 0.0)?;
    /// assert!((he.next_correlation(1.0, 0.0) - 1.0 / std::f64::consts::PI).abs() < 1e-12);
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    pub fn next_correlation(&self, q: f64, c: f64) -> f64 {
        self.next_covariance(q, q, c * q) / self.next_covariance(q, q, q)
    }

    /// χ at `q`: the factor of the mean squared gradient from one layer to the one before, σ_w² E φ′(z)².
    pub fn chi(&self, q: f64) -> f64 {
        self.weight_variance * LayerMoments::of(self.activation, q).slope_square
    }

    /// χ_q = dq′/dq = σ_w² E (φ′² + φ φ″): the factor of a small deviation of the length. Above 1 a fixed point is
    /// unstable: no iteration of the length map goes there.
    pub fn length_chi(&self, q: f64) -> f64 {
        self.weight_variance * LayerMoments::of(self.activation, q).square_by_length
    }

    /// χ_c = σ_w² E φ′(z₁)φ′(z₂) at correlation `c`: the factor of a small deviation of the correlation, and of the
    /// likeness of two inputs' gradients.
    pub fn correlation_chi(&self, q: f64, c: f64) -> f64 {
        self.weight_variance * bivariate(self.activation, q, q, c * q).derivative_product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relu_keeps_any_length_at_two() {
        let he = MeanField::new(Activation::Relu, 2.0, 0.0).unwrap();
        for q in [0.01, 1.0, 50.0] {
            assert!((he.next_length(q) - q).abs() < 1e-12 * q);
            assert!((he.chi(q) - 1.0).abs() < 1e-12);
            assert!((he.length_chi(q) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn relu_correlation_through_depth() {
        // from c = 0, closed form iterated in float64: (1 − c) l² goes to 9π²/2 = 44.4132
        let he = MeanField::new(Activation::Relu, 2.0, 0.0).unwrap();
        let mut correlation = 0.0;
        for layer in 1..=2000 {
            correlation = he.next_correlation(1.0, correlation);
            let expected = match layer {
                1 => std::f64::consts::FRAC_1_PI,
                2 => 0.493731090200,
                5 => 0.735946350628,
                10 => 0.871535516022,
                100 => 0.996423146684,
                1000 => 1.0 - 43.1297e-6,
                2000 => 1.0 - 43.7197 / 4e6,
                _ => continue,
            };
            let tolerance = if layer < 1000 { 1e-12 } else { 1e-4 / f64::from(layer).powi(2) };
            assert!((correlation - expected).abs() <= tolerance, "layer {layer}: {correlation}");
        }
    }

    #[test]
    fn the_length_factor_is_the_slope_of_the_length_map() {
        for activation in Activation::all() {
            let network = MeanField::new(activation, 1.3, 0.2).unwrap();
            for q in [0.3, 2.0] {
                let step = 1e-5 * q;
                let slope = (network.next_length(q + step) - network.next_length(q - step)) / (2.0 * step);
                assert!((network.length_chi(q) - slope).abs() < 1e-8, "{activation} at {q}");
            }
        }
        // at length 0: φ′(0)² + φ(0)φ″(0), φ″(0) = 0 for the sigmoid
        let sigmoid = MeanField::new(Activation::Sigmoid, 1.0, 0.0).unwrap();
        assert!((sigmoid.length_chi(0.0) - 0.0625).abs() < 1e-9);
    }

    #[test]
    fn the_correlation_factor_is_the_slope_of_the_correlation_map() {
        let (q, c, step) = (0.7, 0.4, 1e-5);
        for activation in [Activation::Tanh, Activation::Gelu] {
            let network = MeanField::new(activation, 1.3, 0.2).unwrap();
            let difference = network.next_correlation(q, c + step) - network.next_correlation(q, c - step);
            let slope = difference / (2.0 * step) * network.next_length(q) / q;
            assert!((network.correlation_chi(q, c) - slope).abs() < 1e-8, "{activation}");
        }
    }

    #[test]
    fn variances_that_are_none_are_refused() {
        for (weight, bias) in [(-1.0, 0.0), (1.0, -0.1), (f64::NAN, 0.0), (1.0, f64::INFINITY)] {
            let message = MeanField::new(Activation::Tanh, weight, bias).unwrap_err().to_string();
            assert!(message.contains("variance is") && message.contains("at least 0"), "{message}");
        }
        let network = MeanField::new(Activation::Tanh, 1.0, 0.1).unwrap();
        assert!(network.next_length(-1.0).is_nan() && network.next_correlation(f64::NAN, 0.0).is_nan());
    }
}
