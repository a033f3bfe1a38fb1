//! Laws of independent elements.

use super::Facts;
use crate::DataType;
use crate::kernel::normal_law::normal_cdf;
use crate::kernel::transformed::{Transform, Transformed};
use crate::kernel::truncated_normal::TruncatedNormal;

/// The size that no normal draw exceeds in single precision, in standard deviations: √(66 ln 2), with room for
/// rounding.
const FARTHEST_DRAW: f64 = 6.77;

/// The size that no cut normal draw exceeds, in standard deviations: Φ⁻¹ of the smallest double is −38.5.
const FARTHEST_CUT_DRAW: f64 = 38.5;

/// The law of independent elements.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Law {
    /// One value everywhere.
    Constant {
        /// The value.
        value: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        std: f64,
    },
    /// Normal, cut.
    TruncatedNormal {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut.
        std: f64,
        /// Lower cut, in standard deviations from the mean.
        low: f64,
        /// Upper cut likewise.
        high: f64,
    },
    /// mean + std · fmod(z, wrap) with z standard normal: fastai's "truncated normal", whose tails come back into the
    /// centre.
    WrappedNormal {
        /// Mean.
        mean: f64,
        /// Factor of the wrapped value.
        std: f64,
        /// Where it wraps, in standard deviations; positive.
        wrap: f64,
    },
    /// A uniform value put through an increasing function.
    Transformed {
        /// Which function.
        transform: Transform,
        /// Lower end of the uniform or log-uniform value; positive.
        low: f64,
        /// Upper end, not below the lower.
        high: f64,
    },
}

impl Law {
    /// What is known of one element.
    pub fn facts(&self) -> Facts {
        let (distribution, mean, variance, bounds) = match *self {
            Law::Constant { value } => ("constant", value, 0.0, (value, value)),
            Law::Uniform { low, high } => {
                ("uniform", low + (high - low) / 2.0, (high - low) * (high - low) / 12.0, (low, high))
            }
            Law::Normal { mean, std } => ("normal", mean, std * std, (f64::NEG_INFINITY, f64::INFINITY)),
            Law::TruncatedNormal { mean, std, low, high } => {
                let cut = TruncatedNormal::new(mean, std, low, high);
                ("truncated normal", cut.mean(), cut.variance(), (mean + std * low, mean + std * high))
            }
            Law::WrappedNormal { mean, std, wrap } => {
                let bound = std.abs() * wrap;
                ("wrapped normal", mean, std * std * wrapped_variance(wrap), (mean - bound, mean + bound))
            }
            Law::Transformed { transform, low, high } => {
                let law = Transformed::new(transform, low, high);
                let (mean, variance) = law.moments();
                (law.name(), mean, variance, law.bounds())
            }
        };
        Facts { distribution: distribution.to_owned(), mean, variance, bounds }
    }

    /// The value that a standard normal number z stands for: a standard normal z gives exactly this law.
    ///
    /// F⁻¹(Φ(z)) with F the distribution function of the law, so that it rises with z; of the wrapped law the wrapped z, which
    /// does not. Samplers that move normal coordinates so reach every law of independent elements.
    ///
    /// ```
    /// use seedbed::Law;
    /// assert_eq!(Law::Uniform { low: -1.0, high: 3.0 }.at_normal(0.0), 1.0);
    /// ```
    pub fn at_normal(&self, z: f64) -> f64 {
        match *self {
            Law::Constant { value } => value,
            Law::Uniform { low, high } => (low + (high - low) * normal_cdf(z)).clamp(low, high),
            Law::Normal { mean, std } => mean + std * z,
            Law::TruncatedNormal { mean, std, low, high } => {
                let cut = TruncatedNormal::new(mean, std, low, high);
                // drawn in the mirror, the value falls with the share
                cut.value_at(
                    normal_cdf(if cut.is_mirrored() { -z } else { z }).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON),
                )
            }
            Law::WrappedNormal { mean, std, wrap } => mean + std * (z % wrap),
            Law::Transformed { transform, low, high } => Transformed::new(transform, low, high).value_at(normal_cdf(z)),
        }
    }

    /// Refuses what a number type cannot hold; the problem in words.
    pub(super) fn check(&self, data_type: DataType) -> Result<(), String> {
        let mut facts = self.facts();
        if let Law::TruncatedNormal { mean, std, low, high } = *self {
            // a cut that no draw reaches bounds nothing
            facts.bounds = (mean + std * low.max(-FARTHEST_CUT_DRAW), mean + std * high.min(FARTHEST_CUT_DRAW));
        }
        fits(data_type, &facts)
    }
}

/// Var fmod(z, wrap) for a standard normal z: a sum over the pieces that are folded onto one another.
fn wrapped_variance(wrap: f64) -> f64 {
    /// Beyond this many standard deviations nothing is left to fold.
    const FARTHEST: f64 = 12.0;
    let pieces = (FARTHEST / wrap).ceil().clamp(1.0, 1e4) as usize;
    let piece = |index: usize| {
        let start = index as f64 * wrap;
        let cut = TruncatedNormal::new(0.0, 1.0, start, start + wrap);
        let mean = cut.mean() - start;
        2.0 * cut.mass() * (cut.variance() + mean * mean)
    };
    (0..pieces).map(piece).sum()
}

/// Whether values so distributed fit a number type.
pub(super) fn fits(data_type: DataType, facts: &Facts) -> Result<(), String> {
    let (mean, std, bounds) = (facts.mean, facts.std(), facts.bounds);
    let reach = |bound: f64, side: f64| if bound.is_finite() { bound } else { mean + side * FARTHEST_DRAW * std };
    let (low, high) = (reach(bounds.0, -1.0), reach(bounds.1, 1.0));
    let size = low.abs().max(high.abs());
    if size > data_type.largest() {
        let largest = data_type.largest();
        return Err(format!("values up to {size:?} do not fit {data_type}, which ends at {largest:?}"));
    }
    if bounds.0 < bounds.1 && data_type.at_least(bounds.0) > data_type.at_most(bounds.1) {
        return Err(format!("no {data_type} number lies between {} and {}", bounds.0, bounds.1));
    }
    let spread = std.max(mean.abs());
    if spread > 0.0 && spread < data_type.smallest() {
        let smallest = data_type.smallest();
        return Err(format!(
            "values of size {spread:?} would round to zero in {data_type}, whose smallest number is {smallest:?}; \
             draw them larger and scale in the network"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_by_hand() {
        let facts = Law::Uniform { low: -1.0, high: 2.0 }.facts();
        assert_eq!((facts.mean, facts.bounds), (0.5, (-1.0, 2.0)));
        assert!((facts.std() - 0.75f64.sqrt()).abs() < 1e-15);
        let cut = Law::TruncatedNormal { mean: 1.0, std: 2.0, low: -2.0, high: 2.0 }.facts();
        assert!((cut.std() - 2.0 * 0.879_625_661_034_239_8).abs() < 1e-14 && cut.bounds == (-3.0, 5.0));
    }

    /// The theory: fmod folds the 4.6 % beyond two standard deviations back: std .865 in 4e5 draws of fastai's.
    #[test]
    fn the_wrapped_law_is_narrower_than_the_cut_one() {
        // mpmath: sqrt(2 sum_k int_0^2 x^2 pdf(2k + x) dx)
        let std = Law::WrappedNormal { mean: 0.0, std: 1.0, wrap: 2.0 }.facts().std();
        assert!((std - WRAPPED_AT_TWO).abs() < 1e-12, "{std}");
    }
    #[test]
    fn normal_coordinates_give_every_law() {
        // scipy.stats: truncnorm.ppf(norm.cdf(z), low, high), uniform, and 10^(-3 + 2 norm.cdf(z)), at z = -1.5, 0, 0.7
        let cut = |low, high| Law::TruncatedNormal { mean: 0.0, std: 1.0, low, high };
        for (law, expected) in [
            (cut(-2.0, 2.0), [-1.3625157538014476, 2.782916424671767e-16, 0.6628779133620362]),
            (cut(1.0, 3.0), [1.0444175514353584, 1.4050542332391105, 1.7575497316833721]),
            (Law::Uniform { low: -1.0, high: 2.0 }, [-0.7995783961934257, 0.5, 1.274109043330781]),
            (
                Law::Transformed { transform: Transform::Exponential, low: 0.001, high: 0.1 },
                [0.0013602364317218528, 0.01, 0.03281502168258136],
            ),
        ] {
            for (z, expected) in [-1.5, 0.0, 0.7].into_iter().zip(expected) {
                let found = law.at_normal(z);
                assert!((found - expected).abs() < 1e-12, "{law:?} at {z}: {found} {expected}");
            }
        }
        assert_eq!(Law::WrappedNormal { mean: 1.0, std: 2.0, wrap: 2.0 }.at_normal(2.5), 2.0);
        // the mean square over normal z is that of the law
        for law in [cut(-2.0, 2.0), cut(1.0, 3.0), Law::WrappedNormal { mean: 0.0, std: 1.0, wrap: 2.0 }] {
            let kinks = [-6.0, -4.0, -2.0, 2.0, 4.0, 6.0];
            let [mean, square] = crate::quadrature::gaussian_expectation(1.0, &kinks, |z| {
                let value = law.at_normal(z);
                [value, value * value]
            });
            let facts = law.facts();
            assert!(
                (mean - facts.mean).abs() < 1e-9 && (square - mean * mean - facts.variance).abs() < 1e-9,
                "{law:?}"
            );
        }
        for law in [cut(-2.0, 2.0), Law::Uniform { low: 0.0, high: 1.0 }] {
            let (low, high) = law.facts().bounds;
            assert!(law.at_normal(-40.0) >= low && law.at_normal(40.0) <= high);
        }
    }

    const WRAPPED_AT_TWO: f64 = 0.865_888_435_269_95;

    #[test]
    fn what_a_type_cannot_hold_is_refused() {
        assert!(Law::Normal { mean: 0.0, std: 100.0 }.check(DataType::F8E4M3).unwrap_err().contains("677"));
        assert!(Law::Normal { mean: 0.0, std: 1e-4 }.check(DataType::F8E4M3).unwrap_err().contains("round to zero"));
        assert!(Law::Normal { mean: 0.0, std: 1.0 }.check(DataType::F8E4M3).is_ok());
        assert!(Law::Constant { value: 0.0 }.check(DataType::F8E5M2).is_ok());
        assert!(Law::Uniform { low: 0.0, high: 70000.0 }.check(DataType::F16).is_err());
    }
}
