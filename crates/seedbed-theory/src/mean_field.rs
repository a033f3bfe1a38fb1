//! Signal and gradient through depth at infinite width (Poole et al. 2016; Schoenholz et al. 2017).
//!
//! With q the variance of a layer's pre-activations, σ_w²/fan_in that of its weights and σ_b² that of its biases:
//! the signal follows the length map q ↦ σ_w² E φ(z)² + σ_b², z ~ N(0, q), and each layer multiplies the mean squared
//! gradient by χ = σ_w² E φ′(z)². χ < 1: gradients vanish (ordered); χ > 1: they explode (chaotic).

use seedbed::Activation;
use seedbed::gain::moments;

/// Steps after which a length that still moves counts as having no limit.
const MOST_STEPS: usize = 10_000;
/// The length has settled when one step moves it by less than this share.
const SETTLED: f64 = 1e-14;

/// A deep network at infinite width: one activation, one weight variance, one bias variance in every layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanField {
    /// The activation.
    pub activation: Activation,
    /// σ_w²: variance of a weight times fan_in; the square of the gain. Not negative.
    pub weight_variance: f64,
    /// σ_b²: variance of a bias. Not negative.
    pub bias_variance: f64,
}

impl MeanField {
    /// One step of the length map: the next layer's q.
    pub fn next_length(&self, q: f64) -> f64 {
        self.weight_variance * moments(self.activation, q).mean_square + self.bias_variance
    }

    /// χ at `q`: the factor of the mean squared gradient from one layer to the one before.
    pub fn chi(&self, q: f64) -> f64 {
        self.weight_variance * moments(self.activation, q).derivative_mean_square
    }

    /// q*, the limit of the length map from q = `start`; `None` if the length grows without end, or has not settled
    /// after 10,000 layers.
    ///
    /// Only a stable fixed point is found. For GELU and SiLU with small σ_b² the fixed point on χ = 1 is unstable.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::mean_field::MeanField;
    /// let tanh = MeanField { activation: Activation::Tanh, weight_variance: 1.5, bias_variance: 0.05 };
    /// let q = tanh.length_fixed_point(1.0).unwrap();
    /// assert!((q - 0.41803720).abs() < 1e-8);
    /// assert!(tanh.chi(q) < 1.0); // ordered: gradients vanish
    /// ```
    pub fn length_fixed_point(&self, start: f64) -> Option<f64> {
        let mut q = start;
        for _ in 0..MOST_STEPS {
            let next = self.next_length(q);
            if !next.is_finite() {
                return None;
            }
            if (next - q).abs() <= SETTLED * next {
                return Some(next);
            }
            q = next;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tanh(weight_variance: f64, bias_variance: f64) -> MeanField {
        MeanField { activation: Activation::Tanh, weight_variance, bias_variance }
    }

    #[test]
    fn tanh_phase_table() {
        // σ_b² = 0.05; σ_w², q*, χ at q*: float64 with SciPy, printed to 8 digits
        let table = [
            (1.00, 0.19359252, 0.75903165),
            (1.25, 0.29205430, 0.86323959),
            (1.50, 0.41803720, 0.93863627),
            (1.70, 0.53307563, 0.98674081),
            (2.00, 0.72176187, 1.04766600),
            (2.50, 1.06395838, 1.13351570),
            (3.00, 1.42800846, 1.20893442),
            (4.00, 2.19549393, 1.34240241),
        ];
        for (weight_variance, length, chi) in table {
            let network = tanh(weight_variance, 0.05);
            let found = network.length_fixed_point(1.0).unwrap();
            assert!((found - length).abs() < 6e-9, "q* at {weight_variance}: {found}");
            assert!((network.chi(found) - chi).abs() < 6e-9, "chi at {weight_variance}");
        }
    }

    #[test]
    fn tanh_edge_of_chaos() {
        // χ(q*) = 1: mpmath for σ_w², q* from the same computation
        for (bias_variance, length, weight_variance) in [
            (0.01, 0.2733009135, 1.424_205_290_488_596),
            (0.05, 0.5700478816, 1.760_954_639_606_739),
            (1.0, 3.036396395, 3.443_210_912_260_45),
        ] {
            let network = tanh(weight_variance, bias_variance);
            let found = network.length_fixed_point(1.0).unwrap();
            assert!((found - length).abs() < 1e-9 * length.max(1.0), "q* {found}");
            assert!((network.chi(found) - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn relu_keeps_any_length_at_two() {
        let he = MeanField { activation: Activation::Relu, weight_variance: 2.0, bias_variance: 0.0 };
        for q in [0.01, 1.0, 50.0] {
            assert!((he.next_length(q) - q).abs() < 1e-12 * q);
            assert!((he.chi(q) - 1.0).abs() < 1e-12);
        }
        // With biases each layer adds σ_b², without end.
        assert_eq!(MeanField { bias_variance: 0.1, ..he }.length_fixed_point(1.0), None);
        assert_eq!(MeanField { weight_variance: 1e9, ..he }.length_fixed_point(1.0), None);
        // Below 2 the length shrinks to σ_b² / (1 − σ_w²/2).
        let smaller = MeanField { weight_variance: 1.0, bias_variance: 0.1, ..he };
        assert!((smaller.length_fixed_point(1.0).unwrap() - 0.2).abs() < 1e-12);
    }

    #[test]
    fn tanh_without_bias_at_gain_one_dies_slowly() {
        let network = tanh(1.0, 0.0);
        let after_thousand = (0..1000).fold(1.0, |q, _| network.next_length(q));
        assert!((after_thousand * 2000.0 - 1.0).abs() < 0.01, "q ~ 1/(2 l), found {after_thousand}");
    }
}
