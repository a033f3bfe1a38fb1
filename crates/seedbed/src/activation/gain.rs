//! Moments of an activation under a Gaussian pre-activation, and the gains that keep a signal's size.
//!
//! "The" gain is a choice. Forward: the mean square of the signal is kept. Backward: that of the gradient. They agree
//! for the identity and the (leaky) ReLU, and for no other activation here. [`moments_of`] takes any function.
//!
//! In text a gain is a number, or an activation's: `relu` is its forward gain, `backward(tanh)` and `centred(gelu)` the
//! others.

use super::Activation;
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
/// use seedbed::Activation;
/// use seedbed::gain::moments;
/// let relu = moments(Activation::Relu, 1.0);
/// assert!((relu.mean_square - 0.5).abs() < 1e-13); // half of the signal's mean square passes
/// ```
pub fn moments(activation: Activation, q: f64) -> Moments {
    moments_of(|z| (activation.value(z), activation.derivative(z)), activation.kinks(), q)
}

/// The same for any function, given as z ↦ (φ(z), φ′(z)) and the points where φ′ jumps.
///
/// ```
/// let cube = seedbed::gain::moments_of(|z| (z.powi(3), 3.0 * z * z), &[], 1.0);
/// assert!((cube.mean_square - 15.0).abs() < 1e-11 && (cube.derivative_mean_square - 27.0).abs() < 1e-11);
/// ```
pub fn moments_of(function: impl Fn(f64) -> (f64, f64), kinks: &[f64], q: f64) -> Moments {
    let [mean, mean_square, derivative_mean_square] = gaussian_expectation(q, kinks, |z| {
        let (value, derivative) = function(z);
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
/// use seedbed::Activation;
/// use seedbed::gain::forward_gain;
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

/// A gain from its text: a number, an activation (its forward gain), or `forward(…)`, `backward(…)`, `centred(…)` of one.
/// `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let of = |name: &str| -> Option<Activation> {
        text.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')')?.parse().ok()
    };
    (of("forward").map(forward_gain))
        .or_else(|| of("backward").map(backward_gain))
        .or_else(|| of("centred").map(centred_gain))
        .or_else(|| text.parse().ok().map(forward_gain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{
        Elu, Erf, Gelu, GeluTanh, Hardtanh, Identity, LeakyRelu, Mish, Relu, ReluSquared, Selu, Sigmoid, Silu, Sin,
        Softplus, Tanh,
    };
    use std::f64::consts::{FRAC_1_SQRT_2, SQRT_2};

    fn assert_close(found: f64, expected: f64, what: &str) {
        let tolerance = 1e-10 * expected.abs().max(1e-3);
        assert!((found - expected).abs() <= tolerance, "{what}: found {found}, expected {expected}");
    }

    /// φ, E φ, E φ², E φ′², g_f, g_b, g_c at q = 1: mpmath, 30 digits, printed to 13.
    const TABLE: [(Activation, [f64; 6]); 17] = [
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
        (Elu, [0.1605205722666, 0.6449454174929, 0.6681020012232, 1.245198300701, 1.223428557553, 1.27084341785]),
        (Selu, [0.0, 1.0, 1.071574992456, 1.0, 0.9660257769739, 1.0]),
        (GeluTanh, [0.2820385880788, 0.4251937110331, 0.455817845963, 1.533580521666, 1.481168058093, 1.700916561695]),
        (Mish, [0.2404038883748, 0.4523421923759, 0.479083758374, 1.486847581273, 1.444755232547, 1.592025381099]),
        (Softplus, [0.8060591833474, 0.9212459088593, 0.2933790358581, 1.041866835535, 1.846228545339, 1.919125980108]),
        (Hardtanh, [0.0, 0.5160585509617, 0.6826894921371, 1.392036140448, 1.210287062433, 1.392036140448]),
        (Sin, [0.0, 0.4323323583817, 0.5676676416183, 1.520866623179, 1.327250600285, 1.520866623179]),
        (ReluSquared, [0.5, 1.5, 2.0, 0.8164965809277, FRAC_1_SQRT_2, 0.8944271909999]),
        (Erf, [0.0, 0.4645590543975, 0.5694100347337, 1.467166950489, 1.325218352861, 1.467166950489]),
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
    fn gains_in_text() {
        for (text, expected) in [
            ("1.5", 1.5),
            ("relu", SQRT_2),
            ("forward( tanh )", 1.592537419723),
            ("backward(tanh)", 1.467413591631),
            ("centred(gelu)", 1.700926243363),
            ("leaky_relu(slope=0.2)", 1.386750490563),
            ("backward(leaky_relu(0.2))", 1.386750490563),
        ] {
            assert_close(parse(text).unwrap(), expected, text);
        }
        for text in ["", "reluu", "backward", "backward(tanh", "sideways(tanh)"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn degenerate_variances() {
        assert_eq!(moments(Sigmoid, 0.0).mean, 0.5);
        assert!(moments(Tanh, -1.0).mean_square.is_nan());
    }
}
