//! Where the length and the correlation settle, and within how many layers.

use super::{LayerMoments, MeanField, SMALLEST_LENGTH};
use crate::bivariate::{Bivariate, bivariate};
use crate::error::TheoryError;

/// Steps after which a length that still moves counts as having no limit.
const MOST_STEPS: usize = 10_000;
/// A length has settled when its distance to the fixed point is below this share of it.
const SETTLED: f64 = 1e-14;
/// Below this share a step that is no smaller than the one before is rounding: near χ_q = 1 that is more than 1e-14.
const NEARLY_SETTLED: f64 = 1e-7;
/// A length beyond this is on its way to infinity: no activation here settles there with variances below 1e12.
const WITHOUT_END: f64 = 1e15;
/// |χ − 1| up to which a network counts as critical: fixed points are known to about 1e-12.
const CRITICAL: f64 = 1e-9;
/// Newton's method on the correlation map needs one step for each halving of 1 − c*, 50 at most.
const MOST_NEWTON_STEPS: usize = 100;
/// Trainable depth in units of ξ_c, from experiments on MNIST and CIFAR-10 (Schoenholz et al. 2017, section 6).
const TRAINABLE_DEPTHS: f64 = 6.0;

/// On which side of the edge of chaos a network lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// χ₁ < 1: gradients vanish, all inputs become alike.
    Ordered,
    /// χ₁ = 1, to within 1e-9: gradients keep their size.
    Critical,
    /// χ₁ > 1: gradients explode, near inputs part.
    Chaotic,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Ordered => "ordered",
            Phase::Critical => "critical",
            Phase::Chaotic => "chaotic",
        })
    }
}

/// Where signals go with depth, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FixedPoint {
    /// q*: variance of the pre-activations.
    pub length: f64,
    /// χ₁ = σ_w² E φ′² at q*: the gradient's factor per layer.
    pub chi: f64,
    /// χ_q = σ_w² E (φ′² + φ φ″) at q*: the factor of a deviation of the length per layer.
    pub length_chi: f64,
    /// c*: correlation of two inputs after many layers.
    pub correlation: f64,
    /// χ_c = σ_w² E φ′φ′ at c*: the factor of a deviation of the correlation per layer.
    pub correlation_chi: f64,
}

impl FixedPoint {
    /// Ordered, critical or chaotic, by χ₁.
    pub fn phase(&self) -> Phase {
        match self.chi - 1.0 {
            above if above > CRITICAL => Phase::Chaotic,
            above if above < -CRITICAL => Phase::Ordered,
            _ => Phase::Critical,
        }
    }

    /// ξ_c = −1/ln χ_c in layers: the correlation approaches c* as e^(−l/ξ_c); infinite if critical, where the approach
    /// is a power of the depth.
    pub fn correlation_depth(&self) -> f64 {
        if self.phase() == Phase::Critical { f64::INFINITY } else { depth_scale(self.correlation_chi) }
    }

    /// ξ_q = −1/ln χ_q in layers: the length approaches q* as e^(−l/ξ_q). Infinite if χ_q = 1 (ReLU at σ_w² = 2 keeps
    /// any length), and 0 if χ_q is not positive: the first step is then already as near as the next.
    pub fn length_depth(&self) -> f64 {
        depth_scale(self.length_chi)
    }

    /// 6 ξ_c, the depth up to which such networks have been found to train (Schoenholz et al. 2017); a rule of thumb.
    pub fn trainable_depth(&self) -> f64 {
        TRAINABLE_DEPTHS * self.correlation_depth()
    }
}

fn depth_scale(chi: f64) -> f64 {
    match chi {
        none if none <= 0.0 => 0.0,
        lasting if lasting >= 1.0 - f64::EPSILON => f64::INFINITY,
        chi => -1.0 / chi.ln(),
    }
}

impl MeanField {
    /// q*, the limit of the length map from q = `start`; `None` if the length grows without end, or `start` is
    /// negative or not finite.
    ///
    /// Only a stable fixed point is found. For GELU and SiLU with small σ_b² that on χ = 1 is unstable, see
    /// [`super::critical_point`]. Where any length is kept (ReLU at σ_w² = 2 without biases) the answer is `start`.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::mean_field::MeanField;
    /// let tanh = MeanField::new(Activation::Tanh, 1.5, 0.05)?;
    /// let q = tanh.length_fixed_point(1.0).unwrap();
    /// assert!((q - 0.41803720).abs() < 1e-8);
    /// assert!(tanh.chi(q) < 1.0); // ordered: gradients vanish
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    pub fn length_fixed_point(&self, start: f64) -> Option<f64> {
        if !(start >= 0.0 && start.is_finite()) {
            return None;
        }
        if self.activation.is_homogeneous() {
            return self.homogeneous_fixed_point(start);
        }
        let dies = self.bias_variance == 0.0 && self.activation.value(0.0) == 0.0;
        let (mut q, mut previous) = (start, f64::INFINITY);
        for _ in 0..MOST_STEPS {
            let moments = LayerMoments::of(self.activation, q);
            let slope = (self.weight_variance * moments.square_by_length).clamp(0.0, 1.0);
            if dies && q < SMALLEST_LENGTH && slope <= 1.0 {
                return Some(0.0);
            }
            let step = self.weight_variance * moments.square + self.bias_variance - q;
            // Newton's step where the map contracts: it goes the same way as the map, only farther.
            let step = if slope < 1.0 { step / (1.0 - slope) } else { step };
            let only_rounding = step.abs() <= NEARLY_SETTLED * q && step.abs() >= previous;
            if step.abs() <= SETTLED * q || only_rounding {
                return Some(q);
            }
            if (q + step).is_nan() || q + step > WITHOUT_END {
                return None;
            }
            (q, previous) = ((q + step).max(0.0), step.abs());
        }
        None
    }

    /// q′ = m q + σ_b² with m = χ.
    fn homogeneous_fixed_point(&self, start: f64) -> Option<f64> {
        let left = 1.0 - self.chi(1.0);
        if left.abs() <= SETTLED.sqrt() {
            return (self.bias_variance == 0.0).then_some(start);
        }
        if left < 0.0 && (start > 0.0 || self.bias_variance > 0.0) {
            return None;
        }
        Some(self.bias_variance / left)
    }

    /// c*, the limit of the correlation map at length `q` for two inputs of correlation in 0..1.
    ///
    /// 1 too where the length is none.
    ///
    /// The map's power series in c has no negative coefficient, so it is convex there: with χ ≤ 1 only c = 1 is fixed,
    /// with χ > 1 one other c is, and Newton's method from 0 ascends to it.
    pub fn correlation_fixed_point(&self, q: f64) -> f64 {
        let chi = self.chi(q);
        if chi.is_nan() || chi <= 1.0 + CRITICAL {
            return 1.0;
        }
        let next_length = self.next_covariance(q, q, q);
        let mut correlation: f64 = 0.0;
        for _ in 0..MOST_NEWTON_STEPS {
            let Bivariate { product, derivative_product } = bivariate(self.activation, q, q, correlation * q);
            let rise = (self.weight_variance * product + self.bias_variance) / next_length - correlation;
            let slope = self.weight_variance * derivative_product * q / next_length - 1.0;
            let step = -rise / slope;
            if step.is_nan() || step <= SETTLED || slope >= 0.0 {
                break;
            }
            correlation = (correlation + step).min(1.0);
        }
        correlation
    }

    /// q*, c*, χ₁, χ_q and χ_c, from a start of length 1.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::mean_field::{MeanField, Phase};
    /// let point = MeanField::new(Activation::Tanh, 2.0, 0.05)?.fixed_point()?;
    /// assert_eq!(point.phase(), Phase::Chaotic);
    /// assert!((point.correlation - 0.74408242).abs() < 1e-8);
    /// assert!((point.trainable_depth() - 151.280).abs() < 1e-3);
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    ///
    /// # Errors
    /// A length that grows without end: then nothing settles.
    pub fn fixed_point(&self) -> Result<FixedPoint, TheoryError> {
        let length = self.length_fixed_point(1.0).ok_or_else(|| self.no_fixed_point())?;
        let correlation = self.correlation_fixed_point(length);
        Ok(FixedPoint {
            length,
            chi: self.chi(length),
            length_chi: self.length_chi(length),
            correlation,
            correlation_chi: if correlation < 1.0 {
                self.correlation_chi(length, correlation)
            } else {
                self.chi(length)
            },
        })
    }

    fn no_fixed_point(&self) -> TheoryError {
        let MeanField { activation, weight_variance, bias_variance } = self;
        TheoryError::Impossible {
            asked: format!(
                "a fixed point of {activation} at weight variance {weight_variance} and bias variance {bias_variance}"
            ),
            problem: "the length of the signal grows without end; make the weights smaller, or the biases zero"
                .to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Activation;

    fn network(activation: Activation, weight_variance: f64, bias_variance: f64) -> MeanField {
        MeanField::new(activation, weight_variance, bias_variance).unwrap()
    }

    /// σ_b² = 0.05; σ_w², q*, χ₁, c*, ξ_c, ξ_q: float64 with SciPy.
    const TANH: [[f64; 6]; 8] = [
        [1.00, 0.19359252, 0.75903165, 1.0, 3.626976, 1.747626],
        [1.25, 0.29205430, 0.86323959, 1.0, 6.799807, 1.800418],
        [1.50, 0.41803720, 0.93863627, 1.0, 15.790994, 1.682828],
        [1.70, 0.53307563, 0.98674081, 1.0, 74.918271, 1.558254],
        [2.00, 0.72176187, 1.04766600, 0.74408242, 25.213415, 1.387976],
        [2.50, 1.06395838, 1.13351570, 0.44680423, 11.795598, 1.179873],
        [3.00, 1.42800846, 1.20893442, 0.29931764, 9.051456, 1.041461],
        [4.00, 2.19549393, 1.34240241, 0.16506496, 6.980274, 0.873293],
    ];

    #[test]
    fn tanh_phase_table() {
        for [weight_variance, length, chi, correlation, correlation_depth, length_depth] in TANH {
            let point = network(Activation::Tanh, weight_variance, 0.05).fixed_point().unwrap();
            let phase = if chi > 1.0 { Phase::Chaotic } else { Phase::Ordered };
            assert_eq!(point.phase(), phase);
            let last_digit = 6e-9;
            assert!((point.length - length).abs() < last_digit, "q* at {weight_variance}: {point:?}");
            assert!((point.chi - chi).abs() < last_digit, "chi at {weight_variance}: {point:?}");
            assert!((point.correlation - correlation).abs() < last_digit, "c* at {weight_variance}: {point:?}");
            assert!((point.correlation_depth() - correlation_depth).abs() < 6e-7, "{point:?}");
            assert!((point.length_depth() - length_depth).abs() < 6e-7, "{point:?}");
            assert!((point.trainable_depth() - 6.0 * correlation_depth).abs() < 4e-6);
        }
    }

    #[test]
    fn the_fixed_point_is_where_the_maps_go() {
        for (activation, weight_variance, bias_variance) in [
            (Activation::Tanh, 3.0, 0.1),
            (Activation::Gelu, 1.5, 0.3),
            (Activation::Sigmoid, 4.0, 0.5),
            (Activation::Sin, 2.5, 0.0),
            (Activation::Softplus, 0.9, 0.2),
        ] {
            let network = network(activation, weight_variance, bias_variance);
            let (mut q, mut c) = (1.0, 0.0);
            for _ in 0..400 {
                c = network.next_correlation(q, c);
                q = network.next_length(q);
            }
            let point = network.fixed_point().unwrap();
            assert!((point.length / q - 1.0).abs() < 1e-9, "{activation}: {point:?} and {q}");
            assert!((point.correlation - c).abs() < 1e-7, "{activation}: {point:?} and {c}");
        }
    }

    #[test]
    fn siren_settles_below_one() {
        // q = 1 − e^(−2q): theory of U(±√(6/n)) with sin
        let point = network(Activation::Sin, 2.0, 0.0).fixed_point().unwrap();
        assert!((point.length - 0.796_812_130_020).abs() < 1e-12, "{point:?}");
        assert!((point.length.sqrt() - 0.892_643_338_641).abs() < 1e-12);
        assert!((point.chi - 1.203_187_869_980).abs() < 1e-12);
        assert_eq!(point.correlation, 0.0); // an odd function without biases keeps uncorrelated inputs so
    }

    #[test]
    fn relu_has_no_length_of_its_own() {
        let he = network(Activation::Relu, 2.0, 0.0);
        assert_eq!(he.length_fixed_point(7.0), Some(7.0));
        let point = he.fixed_point().unwrap();
        assert_eq!(
            (point.phase(), point.correlation, point.correlation_depth()),
            (Phase::Critical, 1.0, f64::INFINITY)
        );
        // half of the units pass the gradient however short the signal is
        let small = network(Activation::Relu, 1.44, 0.0).fixed_point().unwrap();
        assert!((small.chi - 0.72).abs() < 1e-12 && small.length == 0.0, "{small:?}");
        // With biases each layer adds σ_b², without end.
        for (weight_variance, bias_variance) in [(2.0, 0.1), (1e9, 0.0), (2.1, 0.0)] {
            let message = network(Activation::Relu, weight_variance, bias_variance).fixed_point().unwrap_err();
            assert!(message.to_string().contains("grows without end"), "{message}");
        }
        // Below 2 the length shrinks to σ_b² / (1 − σ_w²/2).
        let smaller = network(Activation::Relu, 1.0, 0.1).fixed_point().unwrap();
        assert!((smaller.length - 0.2).abs() < 1e-12 && smaller.phase() == Phase::Ordered);
    }

    #[test]
    fn a_length_that_dies_or_explodes() {
        // tanh at gain one without biases: q ~ 1/(2 l), slowly to 0
        let tanh = network(Activation::Tanh, 1.0, 0.0);
        let after_thousand = (0..1000).fold(1.0, |q, _| tanh.next_length(q));
        assert!((after_thousand * 2000.0 - 1.0).abs() < 0.01, "{after_thousand}");
        assert_eq!(tanh.length_fixed_point(1.0), Some(0.0));
        assert_eq!(network(Activation::Tanh, 0.5, 0.0).length_fixed_point(1.0), Some(0.0));
        assert_eq!(network(Activation::ReluSquared, 1.0, 0.0).length_fixed_point(1.0), None);
        assert_eq!(network(Activation::Gelu, 2.5, 1.0).length_fixed_point(1.0), None);
        assert_eq!(tanh.length_fixed_point(-1.0), None);
    }
}
