//! Allowed settings of each initializer.

use super::family::Family;
use super::{Initializer, dispatch};
use crate::Error;

/// Largest size of a setting: a value of 38 standard deviations, the farthest a draw goes, still fits single
/// precision.
pub(crate) const LARGEST: f64 = 1e36;
/// Beyond this many standard deviations a normal tail has no mass that double precision can hold.
pub(crate) const FARTHEST_CUT: f64 = 37.0;

impl Initializer {
    /// Refuses settings out of range, so that drawing may assume them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let number = |argument, value: f64, allowed: bool, wanted| {
            if allowed && value.abs() <= LARGEST {
                return Ok(());
            }
            Err(Error::Argument { initializer: self.name(), argument, found: value.to_string(), wanted })
        };
        match *self {
            Initializer::Zeros | Initializer::Ones => Ok(()),
            Initializer::Constant { value } => number("value", value, true, FINITE),
            Initializer::Uniform { low, high } => {
                number("low", low, true, FINITE)?;
                number("high", high, high >= low, "finite (at most 1e36 in size) and at least low")
            }
            Initializer::Normal { mean, std } => {
                number("mean", mean, true, FINITE)?;
                number("std", std, std >= 0.0, NOT_NEGATIVE)
            }
            Initializer::TruncatedNormal { mean, std, low, high } => {
                number("mean", mean, true, FINITE)?;
                number("std", std, std > 0.0, "positive and at most 1e36")?;
                number("low", low, low < FARTHEST_CUT, "finite and below 37 (standard deviations)")?;
                number("high", high, high > low && high > -FARTHEST_CUT, "finite, above low and above -37")
            }
            Initializer::VarianceScaling { scale, .. } => number("scale", scale, scale >= 0.0, NOT_NEGATIVE),
            Initializer::Orthogonal { gain, .. } => number("gain", gain, gain >= 0.0, NOT_NEGATIVE),
            Initializer::Array(ref array) => array.check(),
            Initializer::Dialect(ref call) => call.check(),
            _ => dispatch!(self, family => family.check(), else Ok(())),
        }
    }
}

/// Wording for families.
pub(crate) const FINITE: &str = "finite (at most 1e36 in size)";
/// Wording for families.
pub(crate) const NOT_NEGATIVE: &str = "not negative and at most 1e36";

#[cfg(test)]
mod tests {
    use crate::{Distribution, Error, FanMode, Initializer, Nonzeros, Parameter, Side, Sparse};

    #[test]
    fn settings_out_of_range_are_refused_by_name() {
        for (text, argument) in [
            ("normal(std=-1)", "std"),
            ("normal(mean=1e37)", "mean"),
            ("uniform(low=1, high=0)", "high"),
            ("uniform(low=-inf)", "low"),
            ("orthogonal(gain=nan)", "gain"),
            ("orthogonal(gain=-1)", "gain"),
            ("sparse(nonzeros=0)", "nonzeros"),
            ("constant(value=inf)", "value"),
            ("truncated_normal(std=0)", "std"),
            ("truncated_normal(low=2, high=1)", "high"),
            ("truncated_normal(low=40, high=41)", "low"),
            ("variance_scaling(scale=-2)", "scale"),
        ] {
            match text.parse::<Initializer>() {
                Err(Error::Argument { argument: found, .. }) => assert_eq!(found, argument, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_hand_made_initializer_is_checked_when_it_draws() {
        let weight = Parameter::dense("w", 3, 3).unwrap();
        assert!(Initializer::Normal { mean: 0.0, std: f64::NAN }.draw(&weight, 0).is_err());
    }

    #[test]
    fn the_largest_settings_draw_finite_values() {
        let weight = Parameter::dense("w", 1, 4000).unwrap();
        let scaled = |distribution| Initializer::VarianceScaling { scale: 1e36, mode: FanMode::FanIn, distribution };
        for initializer in [
            Initializer::Uniform { low: -1e36, high: 1e36 },
            Initializer::Normal { mean: 1e36, std: 1e36 },
            Initializer::TruncatedNormal { mean: 1e36, std: 1e36, low: 36.9, high: 1e36 },
            Initializer::Sparse(Sparse { nonzeros: Nonzeros::Exactly(1), per: Side::Output, gain: 1e36 }),
            scaled(Distribution::Uniform),
            scaled(Distribution::TruncatedNormal),
        ] {
            assert!(initializer.draw(&weight, 0).unwrap().iter().all(|value| value.is_finite()), "{initializer}");
        }
    }
}
