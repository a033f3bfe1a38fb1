//! The edge of chaos: the pairs (σ_w², σ_b²) with χ₁ = 1.
//!
//! Along it everything is a function of the length q: σ_w² = 1/E φ′² and σ_b² = q − E φ²/E φ′². A wanted σ_b² is met by
//! searching for q.

use seedbed::Activation;

use super::{LayerMoments, MeanField};
use crate::error::{TheoryError, not_negative};

/// Lengths between which the line is searched, each this factor above the one before.
const SMALLEST: f64 = 1e-6;
const LARGEST: f64 = 1e8;
const FACTOR: f64 = 1.25;
/// Halvings of an interval of ln q: 0.22 to below 1e-16.
const HALVINGS: usize = 52;
/// Rounding of χ_q, which is exactly 1 for hardtanh at small lengths.
const ROUNDING: f64 = 1e-9;
/// A length at which the limit q → 0 has been reached to the last digit.
const NEXT_TO_NOTHING: f64 = 1e-20;

/// A network on the edge of chaos.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CriticalPoint {
    /// Its activation, σ_w² and σ_b².
    pub network: MeanField,
    /// q*, the length that is fixed there.
    pub length: f64,
    /// χ_q at q*: above 1 the fixed point is unstable.
    pub length_chi: f64,
}

impl CriticalPoint {
    /// The point of the edge of chaos where the length is `q`; `None` where that takes a negative σ_b².
    pub fn at_length(activation: Activation, q: f64) -> Option<CriticalPoint> {
        let moments = LayerMoments::of(activation, q);
        let network = MeanField::new(activation, 1.0 / moments.slope_square, bias_variance(&moments, q)).ok()?;
        Some(CriticalPoint { network, length: q, length_chi: moments.square_by_length / moments.slope_square })
    }

    /// Whether signals settle at q*: χ_q ≤ 1.
    pub fn is_stable(&self) -> bool {
        self.length_chi <= 1.0
    }

    /// What to know before one relies on the point: for GELU, SiLU and Mish with small biases the length leaves q*,
    /// so that the network is not critical after some layers.
    pub fn warning(&self) -> Option<String> {
        if self.is_stable() {
            return None;
        }
        let activation = self.network.activation;
        let advice = match smallest_stable_bias_variance(activation) {
            Some(least) => format!("a bias variance above {least:.4} makes it stable"),
            None => "no bias variance makes it stable; normalize the signal".to_owned(),
        };
        Some(format!(
            "the length {:.4} of {activation} is an unstable fixed point: each layer multiplies a deviation by {:.4}; {advice}",
            self.length, self.length_chi
        ))
    }
}

/// σ_b² on the edge of chaos at length q; negative where there is none.
fn bias_variance(moments: &LayerMoments, q: f64) -> f64 {
    q - moments.square / moments.slope_square
}

fn bias_variance_at(activation: Activation, q: f64) -> f64 {
    bias_variance(&LayerMoments::of(activation, q), q)
}

/// The σ_w² with χ₁ = 1 at a given σ_b²: one point of the curve σ_w(σ_b), that of the smallest length.
///
/// Without biases the length of tanh, GELU and others shrinks to 0, and σ_w² = 1/φ′(0)²: 1 for tanh, π/4 for erf, 4 for
/// GELU and SiLU. The (leaky) ReLU is critical at one point only, without biases, at any length; 1 is given.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::mean_field::critical_point;
/// let tanh = critical_point(Activation::Tanh, 0.05)?;
/// assert!((tanh.network.weight_variance() - 1.76095463960674).abs() < 1e-11);
/// assert!(tanh.is_stable());
/// let gelu = critical_point(Activation::Gelu, 0.05)?;
/// assert!(gelu.warning().unwrap().contains("unstable"));
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// A bias variance below 0, or one without such a point: any above 0 for the (leaky) ReLU, all for softplus, small ones
/// for relu_squared.
///
/// Sources: Poole et al. (2016); Hayou, Doucet & Rousseau (2019) for the smooth relatives of the ReLU.
pub fn critical_point(activation: Activation, bias_variance: f64) -> Result<CriticalPoint, TheoryError> {
    let wanted = not_negative("bias variance", bias_variance)?;
    let length = if activation.is_homogeneous() {
        (wanted == 0.0).then_some(1.0)
    } else if wanted == 0.0 && activation.value(0.0) == 0.0 {
        Some(0.0)
    } else {
        first_crossing(|q| bias_variance_at(activation, q) - wanted)
    };
    let point = length.map(|length| {
        let moments = LayerMoments::of(activation, length.max(NEXT_TO_NOTHING));
        let network = MeanField { activation, weight_variance: 1.0 / moments.slope_square, bias_variance: wanted };
        CriticalPoint { network, length, length_chi: moments.square_by_length / moments.slope_square }
    });
    point.filter(|point| point.network.weight_variance < LARGEST).ok_or_else(|| no_critical_point(activation, wanted))
}

fn no_critical_point(activation: Activation, bias_variance: f64) -> TheoryError {
    let problem = if activation.is_homogeneous() {
        "with biases its length grows or its gradients vanish; it is critical without biases only".to_owned()
    } else {
        "no length keeps both itself and the gradient; normalize the signal, or take another activation or bias"
            .to_owned()
    };
    TheoryError::Impossible {
        asked: format!("the edge of chaos of {activation} at bias variance {bias_variance}"),
        problem,
    }
}

/// The smallest length at which a function of it turns positive.
fn first_crossing(function: impl Fn(f64) -> f64) -> Option<f64> {
    let (mut low, mut high) = (0.0, SMALLEST);
    while function(high) < 0.0 {
        (low, high) = (high, high * FACTOR);
        if high > LARGEST {
            return None;
        }
    }
    let (mut low, mut high) = (f64::ln(low.max(NEXT_TO_NOTHING)), high.ln());
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        (low, high) = if function(middle.exp()) < 0.0 { (middle, high) } else { (low, middle) };
    }
    Some(high.exp())
}

/// The σ_b² on the edge of chaos from which on the length is stable (χ_q ≤ 1): 0 for tanh, erf and the like, about 0.17
/// for GELU and 0.54 for SiLU; `None` if there is none (softplus, relu_squared).
pub fn smallest_stable_bias_variance(activation: Activation) -> Option<f64> {
    if activation.is_homogeneous() {
        return Some(0.0);
    }
    let instability = |q: f64| {
        let moments = LayerMoments::of(activation, q);
        moments.square_by_length / moments.slope_square - 1.0 - ROUNDING
    };
    let Some(unstable) = first_crossing(instability) else { return Some(0.0) };
    let stable_again = first_crossing(|q| if q <= unstable { -1.0 } else { -instability(q) })?;
    Some(bias_variance_at(activation, stable_again)).filter(|variance| *variance >= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{
        Elu, Erf, Gelu, Hardtanh, Identity, LeakyRelu, Mish, Relu, ReluSquared, Sigmoid, Silu, Sin, Softplus, Tanh,
    };

    /// σ_b², then q* and σ_w² of tanh, erf and hardtanh: SciPy in float64, printed to 10 digits.
    const EDGE: [[f64; 7]; 15] = [
        [1e-06, 0.009250388923, 1.0182526185, 0.009196269084, 0.7997131733, 0.05496260247, 1.0000199491],
        [2.01e-05, 0.02591860275, 1.0499956285, 0.0255289793, 0.8245244124, 0.0763962452, 1.0002970203],
        [0.0001, 0.0457090787, 1.0860262925, 0.04460375754, 0.8525876116, 0.09546016637, 1.0012110972],
        [0.001, 0.1072923561, 1.1891895852, 0.1024807139, 0.9325831337, 0.1439699589, 1.0084723644],
        [0.01, 0.2733009135, 1.4242052905, 0.2532096563, 1.1142800634, 0.2591462203, 1.0520612094],
        [0.0225, 0.3916426159, 1.5679257148, 0.3588099499, 1.2256338524, 0.3399806636, 1.0944977057],
        [0.05, 0.5700478816, 1.7609546396, 0.517176838, 1.3758390073, 0.4638639694, 1.1655446896],
        [0.09, 0.7634747669, 1.9476546317, 0.6887712695, 1.5219478517, 0.6015674396, 1.2457796603],
        [0.1, 0.8057991819, 1.9860726411, 0.7263592294, 1.5521178553, 0.6321554645, 1.2634059324],
        [0.2, 1.164496287, 2.2851524737, 1.04593315, 1.7881797673, 0.8972051637, 1.4106166819],
        [0.25, 1.317938999, 2.4014892351, 1.183272439, 1.8805472588, 1.013379662, 1.4717276992],
        [0.5, 1.971030613, 2.8431674597, 1.77206093, 2.2336596345, 1.522273272, 1.7171867206],
        [1.0, 3.036396395, 3.4432109123, 2.74489093, 2.7183813523, 2.387809777, 2.0727086048],
        [2.0, 4.830586191, 4.2663961061, 4.407204226, 3.3898659016, 3.904860029, 2.5827674462],
        [4.0, 7.947506731, 5.4057409669, 7.337632386, 4.3268617378, 6.636734403, 3.3100492823],
    ];

    #[test]
    fn edges_of_three_saturating_activations() {
        for [bias_variance, numbers @ ..] in EDGE {
            for (activation, pair) in [Tanh, Erf, Hardtanh].into_iter().zip(numbers.chunks(2)) {
                let point = critical_point(activation, bias_variance).unwrap();
                let what = format!("{activation} at {bias_variance}: {point:?}");
                assert!((point.length / pair[0] - 1.0).abs() < 1e-9, "{what}");
                assert!((point.network.weight_variance() - pair[1]).abs() < 1e-10, "{what}");
                assert!(point.is_stable() && point.warning().is_none());
                let settled = point.network.fixed_point().unwrap();
                assert!((settled.length / point.length - 1.0).abs() < 1e-8, "{what}, settled {settled:?}");
            }
        }
        // mpmath: the literature's (1.05, 2.01e-5) is exact at 2.010521339e-05
        for (bias_variance, weight_variance) in [
            (0.01, 1.424_205_290_488_596),
            (0.05, 1.760_954_639_606_739),
            (1.0, 3.443_210_912_265_44),
            (2.010521339e-05, 1.05),
        ] {
            let found = critical_point(Tanh, bias_variance).unwrap().network.weight_variance();
            assert!(
                (found - weight_variance).abs() < 2e-12 * weight_variance.max(1.0) + 5e-11 * bias_variance.min(1e-3)
            );
        }
    }

    #[test]
    fn erf_in_closed_form() {
        use std::f64::consts::{FRAC_PI_4, PI};
        for q in [0.1_f64, 1.0, 6.0] {
            let point = CriticalPoint::at_length(Erf, q).unwrap();
            let root = (1.0 + 4.0 * q).sqrt();
            assert!((point.network.weight_variance() - FRAC_PI_4 * root).abs() < 1e-12);
            let bias_variance = q - 0.5 * root * (2.0 * q / (1.0 + 2.0 * q)).asin();
            assert!((point.network.bias_variance() - bias_variance).abs() < 1e-12);
            // Pennington's erf(√π z/2): σ′² = (4/π) σ²
            assert!((4.0 / PI * point.network.weight_variance() - root).abs() < 1e-12);
        }
    }

    #[test]
    fn without_biases_the_slope_at_zero_decides() {
        for (activation, expected) in
            [(Tanh, 1.0), (Erf, std::f64::consts::FRAC_PI_4), (Hardtanh, 1.0), (Gelu, 4.0), (Silu, 4.0), (Sin, 1.0)]
        {
            let point = critical_point(activation, 0.0).unwrap();
            assert!((point.network.weight_variance() - expected).abs() < 1e-8, "{activation}: {point:?}");
            assert_eq!(point.length, 0.0);
        }
        for (activation, expected) in [(Relu, 2.0), (Identity, 1.0), (LeakyRelu { slope: 0.2 }, 2.0 / 1.04)] {
            assert!((critical_point(activation, 0.0).unwrap().network.weight_variance() - expected).abs() < 1e-12);
        }
    }

    /// σ_b², q*, σ_w², χ_q: SciPy in float64.
    const GELU: [[f64; 4]; 7] = [
        [0.01, 0.1834831931, 2.9827993690, 1.09793217],
        [0.02, 0.3101675584, 2.6941662283, 1.10646959],
        [0.05, 0.7220357669, 2.3025195117, 1.08511327],
        [0.1, 1.6324261088, 2.0766761937, 1.03741513],
        [0.2, 4.4709503096, 1.9706718098, 0.99316022],
        [0.5, 21.9618577381, 1.9612150924, 0.98210441],
        [1.0, 82.3127791663, 1.9766800125, 0.98857682],
    ];
    const SILU: [[f64; 4]; 7] = [
        [0.01, 0.2597125039, 3.3125882717, 1.07229893],
        [0.02, 0.4119395189, 3.0876549551, 1.08797631],
        [0.05, 0.8265760501, 2.7286115263, 1.09987230],
        [0.1, 1.5519149844, 2.4395546214, 1.09128284],
        [0.2, 3.3367365734, 2.1866894059, 1.05987846],
        [0.5, 12.1052398333, 1.9974683890, 1.00453444],
        [1.0, 39.3945912249, 1.9670410826, 0.98667747],
    ];

    #[test]
    fn gelu_and_silu_are_unstable_at_small_biases() {
        for (activation, table) in [(Gelu, GELU), (Silu, SILU)] {
            for [bias_variance, length, weight_variance, length_chi] in table {
                let point = critical_point(activation, bias_variance).unwrap();
                let what = format!("{activation} at {bias_variance}: {point:?}");
                assert!((point.length / length - 1.0).abs() < 1e-9, "{what}");
                assert!((point.network.weight_variance() - weight_variance).abs() < 1e-9, "{what}");
                assert!((point.length_chi - length_chi).abs() < 6e-9, "{what}");
                assert_eq!(point.warning().is_some(), length_chi > 1.0, "{what}");
            }
        }
    }

    #[test]
    fn biases_from_which_on_the_length_is_stable() {
        for activation in [Tanh, Erf, Hardtanh, Sin, Elu, Relu] {
            assert_eq!(smallest_stable_bias_variance(activation), Some(0.0), "{activation}");
        }
        for activation in [Gelu, Silu, Mish] {
            let least = smallest_stable_bias_variance(activation).unwrap();
            for (share, stable) in [(0.99, false), (1.01, true)] {
                assert_eq!(
                    critical_point(activation, share * least).unwrap().is_stable(),
                    stable,
                    "{activation} {least}"
                );
            }
        }
        assert_eq!(smallest_stable_bias_variance(Softplus), None);
        assert_eq!(smallest_stable_bias_variance(ReluSquared), None);
    }

    #[test]
    fn points_that_are_not_there() {
        for (activation, bias_variance) in [(Relu, 0.1), (Softplus, 0.5), (ReluSquared, 0.0), (Identity, 1e-3)] {
            let message = critical_point(activation, bias_variance).unwrap_err().to_string();
            assert!(message.contains("edge of chaos") && message.contains(activation.name()), "{message}");
        }
        assert!(critical_point(Tanh, -0.1).unwrap_err().to_string().contains("bias variance is -0.1"));
        // the sigmoid must be driven far into saturation
        let sigmoid = critical_point(Sigmoid, 0.0).unwrap();
        assert!((sigmoid.network.chi(sigmoid.length) - 1.0).abs() < 1e-12 && sigmoid.length > 20.0, "{sigmoid:?}");
    }
}
