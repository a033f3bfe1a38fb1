//! Moments of an activation under a Gaussian pre-activation, and the gains that keep a signal's size.
//!
//! "The" gain is a choice. Forward: the mean square of the signal is kept. Backward: that of the gradient. They agree
//! for the identity and the (leaky) ReLU, and for no other activation here.

use seedbed_network::activation::Activation;

use crate::quadrature::gaussian_expectation;

/// Moments of φ(z) for z ~ N(0, q).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// E φ(z).
    pub mean: f64,
    /// E φ(z)².
    pub mean_square: f64,
    /// E φ′(z)².
    pub derivative_mean_square: f64,
}

impl Moments {
    /// Var φ(z) = E φ² − (E φ)².
    pub fn variance(&self) -> f64 {
        self.mean_square - self.mean * self.mean
    }
}

/// E φ, E φ² and E φ′² for z ~ N(0, `q`), q ≥ 0, to about 1e-13 relative. NaN for a negative or not finite q.
///
/// ```
/// use seedbed_network::activation::Activation;
/// use seedbed_theory::gain::moments;
/// let relu = moments(Activation::Relu, 1.0);
/// assert!((relu.mean_square - 0.5).abs() < 1e-13); // half of the signal's mean square passes
/// ```
pub fn moments(activation: Activation, q: f64) -> Moments {
    let [mean, mean_square, derivative_mean_square] = gaussian_expectation(q, activation.kinks(), |z| {
        let (value, derivative) = (activation.value(z), activation.derivative(z));
        [value, value * value, derivative * derivative]
    });
    Moments { mean, mean_square, derivative_mean_square }
}

/// g with g² E φ(z)² = 1 at q = 1: weights of std g/√fan_in keep the mean square of pre-activations.
///
/// √2 for ReLU (He et al. 2015), 1.5925 for tanh. PyTorch's `calculate_gain` says 5/3 for tanh, an empirical constant,
/// and 1 for the sigmoid. For tanh and the like the size is kept at q = 1 only.
///
/// ```
/// use seedbed_network::activation::Activation;
/// use seedbed_theory::gain::forward_gain;
/// assert!((forward_gain(Activation::Relu) - 2f64.sqrt()).abs() < 1e-12);
/// ```
pub fn forward_gain(activation: Activation) -> f64 {
    moments(activation, 1.0).mean_square.sqrt().recip()
}

/// g with g² E φ′(z)² = 1 at q = 1: weights of std g/√fan_out keep the mean square of gradients.
pub fn backward_gain(activation: Activation) -> f64 {
    moments(activation, 1.0).derivative_mean_square.sqrt().recip()
}

/// g with g² Var φ(z) = 1 at q = 1: keeps the variance where the mean is taken out, as in weight standardization
/// (Brock et al. 2021, "Characterizing signal propagation to close the performance gap in unnormalized ResNets").
pub fn centred_gain(activation: Activation) -> f64 {
    moments(activation, 1.0).variance().sqrt().recip()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Gelu, Identity, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
    use std::f64::consts::SQRT_2;

    fn assert_close(found: f64, expected: f64, what: &str) {
        let tolerance = 1e-10 * expected.abs().max(1e-3);
        assert!((found - expected).abs() <= tolerance, "{what}: found {found}, expected {expected}");
    }

    /// φ, E φ, E φ², E φ′², g_f, g_b, g_c at q = 1: mpmath, 30 digits, printed to 13.
    const TABLE: [(Activation, [f64; 6]); 8] = [
        (Identity, [0.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
        (Relu, [0.3989422804014, 0.5, 0.5, SQRT_2, SQRT_2, 1.71285855045]),
        (
            LeakyRelu { slope: 0.01 },
            [0.3949528575974, 0.50005, 0.50005, 1.414142856998, 1.414142856998, 1.704831627177],
        ),
        (LeakyRelu { slope: 0.2 }, [0.3191538243211, 0.52, 0.52, 1.386750490563, 1.386750490563, 1.546460060361]),
        (Gelu, [0.2820947917739, 0.4252214825703, 0.4558508656493, 1.533530441196, 1.481114412708, 1.700926243363]),
        (Silu, [0.2066209641419, 0.3557755198174, 0.3794823516328, 1.676532470331, 1.623320257952, 1.7871872221]),
        (Tanh, [0.0, 0.3942944903978, 0.4644029024483, 1.592537419723, 1.467413591631, 1.592537419723]),
        (Sigmoid, [0.5, 0.2933790358581, 0.04483624135019, 1.846228545339, 4.722646085938, 4.80131337204]),
    ];

    #[test]
    fn gains_at_unit_variance() {
        for (activation, [mean, mean_square, derivative, forward, backward, centred]) in TABLE {
            let found = moments(activation, 1.0);
            assert_close(found.mean, mean, &format!("E of {activation}"));
            assert_close(found.mean_square, mean_square, &format!("E square of {activation}"));
            assert_close(found.derivative_mean_square, derivative, &format!("E derivative square of {activation}"));
            assert_close(forward_gain(activation), forward, &format!("forward gain of {activation}"));
            assert_close(backward_gain(activation), backward, &format!("backward gain of {activation}"));
            assert_close(centred_gain(activation), centred, &format!("centred gain of {activation}"));
        }
    }

    #[test]
    fn small_and_large_variance() {
        // mpmath, 30 digits
        let table = [
            (Tanh, 0.01, [0.0, 0.009805468755532406, 0.9806702434649815]),
            (Silu, 0.01, [0.002493781030641861, 0.002518595281558747, 0.2524752877687862]),
            (Sigmoid, 0.01, [0.5, 0.2506218969358139, 0.06219020417837776]),
            (Tanh, 7.0, [0.0, 0.7142865312028613, 0.1965989558055049]),
            (Silu, 7.0, [0.881721785226738, 3.24703446292443, 0.4881653343290256]),
            (Tanh, 400.0, [0.0, 0.9601466983062407, 0.02658543930623778]),
            (Silu, 400.0, [7.946313656948333, 199.9354884506686, 0.5041022081037472]),
            (Sigmoid, 400.0, [0.5, 0.4801342158576292, 0.00331917423425724]),
        ];
        for (activation, q, [mean, mean_square, derivative]) in table {
            let found = moments(activation, q);
            assert_close(found.mean, mean, &format!("E of {activation} at {q}"));
            assert_close(found.mean_square, mean_square, &format!("E square of {activation} at {q}"));
            assert_close(found.derivative_mean_square, derivative, &format!("E derivative of {activation} at {q}"));
        }
    }

    #[test]
    fn gelu_closed_forms() {
        use std::f64::consts::PI;
        for q in [0.05_f64, 1.0, 30.0] {
            let asin = (q / (1.0 + q)).asin();
            let root = (1.0 + 2.0 * q).sqrt();
            let square = q / 4.0 + q / (2.0 * PI) * asin + q * q / (PI * (1.0 + q) * root);
            let derivative = 0.25 + asin / (2.0 * PI) + (2.0 * q / (1.0 + q) + q / (1.0 + 2.0 * q)) / (2.0 * PI * root);
            let found = moments(Gelu, q);
            assert_close(found.mean_square, square, "E gelu square");
            assert_close(found.derivative_mean_square, derivative, "E gelu derivative square");
        }
    }

    #[test]
    fn degenerate_variances() {
        assert_eq!(moments(Sigmoid, 0.0).mean, 0.5);
        assert!(moments(Tanh, -1.0).mean_square.is_nan());
    }
}
