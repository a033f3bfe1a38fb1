//! Other ways to say a uniform, a normal or a truncated normal law, each read into the one form that is drawn.

use super::Initializer;
use super::call::Call;
use super::family::out_of_range;
use super::ranges::{FARTHEST_CUT, LARGEST, NOT_NEGATIVE};
use crate::Error;
use crate::kernel::truncated_normal::TruncatedNormal;

const UNIFORM: &str = "low and high, or a mean with one of bound, std and variance";
const NORMAL: &str = "a mean with std or variance";
const CUT: &str = "finite, below high, and not beyond 37 standard deviations above the mean";
const STD: &str = "positive, and with fixed bounds below (high - low)/√12, which a uniform law between them has";

/// U(low, high), or U(mean ± half) with half = bound, √3 std or √(3 variance).
pub(super) fn uniform(call: &Call) -> Result<Initializer, Error> {
    let Some(width) = call.only(&["bound", "std", "variance"], UNIFORM)? else {
        call.exclude(&["mean"], UNIFORM)?;
        return Ok(Initializer::Uniform { low: call.number("low")?, high: call.number("high")? });
    };
    call.exclude(&["low", "high"], UNIFORM)?;
    let (mean, given) = (call.number("mean")?, call.number(width)?);
    let half = match width {
        "std" => 3f64.sqrt() * given,
        "variance" => (3.0 * given).sqrt(),
        _ => given,
    };
    if !(0.0..=LARGEST).contains(&half) {
        return Err(out_of_range("uniform", width, given, NOT_NEGATIVE));
    }
    Ok(Initializer::Uniform { low: mean - half, high: mean + half })
}

/// N(mean, std²) or N(mean, variance).
pub(super) fn normal(call: &Call) -> Result<Initializer, Error> {
    let mean = call.number("mean")?;
    if call.only(&["std", "variance"], NORMAL)? != Some("variance") {
        return Ok(Initializer::Normal { mean, std: call.number("std")? });
    }
    let variance = call.number("variance")?;
    if !(0.0..=LARGEST).contains(&variance) {
        return Err(out_of_range("normal", "variance", variance, NOT_NEGATIVE));
    }
    Ok(Initializer::Normal { mean, std: variance.sqrt() })
}

/// What the bounds of a cut count.
#[derive(Clone, Copy)]
enum Bounds {
    Deviations,
    Values,
}

/// Whose standard deviation is given.
#[derive(Clone, Copy)]
enum StdOf {
    Normal,
    Result,
}

/// A normal law cut in its own standard deviations or at values, with the std that it has before or after the cut.
pub(super) fn truncated_normal(call: &Call) -> Result<Initializer, Error> {
    let (mean, std) = (call.number("mean")?, call.number("std")?);
    let (low, high) = (call.number("low")?, call.number("high")?);
    let bounds = call.word("bounds", &[("std", Bounds::Deviations), ("value", Bounds::Values)])?;
    match (bounds, call.word("std_of", &[("normal", StdOf::Normal), ("result", StdOf::Result)])?) {
        (Bounds::Deviations, StdOf::Normal) => Ok(Initializer::TruncatedNormal { mean, std, low, high }),
        (Bounds::Deviations, StdOf::Result) => Initializer::truncated_normal_of_std(mean, std, low, high),
        (Bounds::Values, StdOf::Normal) => Initializer::truncated_normal_between(mean, std, low, high),
        (Bounds::Values, StdOf::Result) => Initializer::truncated_normal_of_std_between(mean, std, low, high),
    }
}

impl Initializer {
    /// Normal, cut at the values `low` and `high`; `mean` and `std` are those before the cut.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let cut = Initializer::truncated_normal_between(0.0, 0.02, -0.05, 0.03)?;
    /// assert_eq!(cut, "truncated_normal(std=0.02, low=-0.05, high=0.03, bounds=value)".parse()?);
    /// assert_eq!(cut.facts(&Parameter::dense("w", 3, 3)?)?.bounds, (-0.05, 0.03));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// Bounds or a std out of range.
    pub fn truncated_normal_between(mean: f64, std: f64, low: f64, high: f64) -> Result<Initializer, Error> {
        check_std(std)?;
        check_bounds(mean, std, low, high)?;
        let low_cut = inward((low - mean) / std, f64::next_up, |cut| mean + std * cut >= low);
        let high_cut = inward((high - mean) / std, f64::next_down, |cut| mean + std * cut <= high);
        let initializer = Initializer::TruncatedNormal { mean, std, low: low_cut, high: high_cut };
        initializer.check()?;
        Ok(initializer)
    }

    /// Normal, cut at `low` and `high` of its own standard deviations from `mean`, and widened so that the standard
    /// deviation after the cut is `std`. An asymmetric cut moves the mean, which is not moved back.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let facts = Initializer::truncated_normal_of_std(0.0, 0.02, -2.0, 2.0)?.facts(&Parameter::dense("w", 3, 3)?)?;
    /// assert!((facts.std() - 0.02).abs() < 1e-15 && facts.bounds.1 < 0.0455);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// Bounds or a std out of range.
    pub fn truncated_normal_of_std(mean: f64, std: f64, low: f64, high: f64) -> Result<Initializer, Error> {
        check_std(std)?;
        check_bounds(0.0, 1.0, low, high)?;
        let lost = TruncatedNormal::new(0.0, 1.0, low, high).variance().sqrt();
        let initializer = Initializer::TruncatedNormal { mean, std: std / lost, low, high };
        initializer.check()?;
        Ok(initializer)
    }

    /// Normal, cut at the values `low` and `high`, and widened so that the standard deviation after the cut is `std`;
    /// `mean` is that before the cut. Solved by bisection: the std after the cut grows with that before it, from which
    /// it is never larger, up to the (high − low)/√12 of the uniform law.
    ///
    /// # Errors
    /// Bounds out of range, or a std that no normal law cut there has.
    pub fn truncated_normal_of_std_between(mean: f64, std: f64, low: f64, high: f64) -> Result<Initializer, Error> {
        check_std(std)?;
        let outside = (low - mean).max(mean - high).max(0.0);
        check_bounds(mean, std.max(outside), low, high)?;
        let after = |before: f64| {
            TruncatedNormal::new(mean, before, (low - mean) / before, (high - mean) / before).variance().sqrt()
        };
        let refused = || Err(out_of_range("truncated_normal", "std", std, STD));
        let narrowest = std.max(outside / (FARTHEST_CUT - 1.0));
        if after(narrowest) > std {
            return refused();
        }
        let doubled = std::iter::successors(Some(narrowest), |before| Some(2.0 * before)).take(60);
        let Some(widest) = doubled.skip(1).find(|before| after(*before) >= std) else { return refused() };
        let (mut narrow, mut wide) = (narrowest.max(widest / 2.0), widest);
        for _ in 0..f64::MANTISSA_DIGITS {
            let middle = narrow + (wide - narrow) / 2.0;
            if after(middle) < std { narrow = middle } else { wide = middle }
        }
        Initializer::truncated_normal_between(mean, wide, low, high)
    }
}

fn check_std(std: f64) -> Result<(), Error> {
    let is_fine = std > 0.0 && std <= LARGEST;
    if is_fine { Ok(()) } else { Err(out_of_range("truncated_normal", "std", std, "positive and at most 1e36")) }
}

fn check_bounds(mean: f64, std: f64, low: f64, high: f64) -> Result<(), Error> {
    let cut = |bound: f64| (bound - mean) / std;
    if low.abs() > LARGEST || low.is_nan() || low >= high || cut(low) >= FARTHEST_CUT {
        return Err(out_of_range("truncated_normal", "low", low, CUT));
    }
    if high.abs() > LARGEST || high.is_nan() || cut(high) <= -FARTHEST_CUT {
        return Err(out_of_range(
            "truncated_normal",
            "high",
            high,
            "finite, and not beyond 37 standard deviations below the mean",
        ));
    }
    Ok(())
}

/// The first cut from `cut` on, by steps of one rounding, that keeps a bound.
fn inward(cut: f64, step: impl Fn(f64) -> f64, keeps: impl Fn(f64) -> bool) -> f64 {
    /// The rounding of the quotient, of the product and of the sum, each half a step of numbers up to 37 times as large.
    const MOST_STEPS: usize = 128;
    std::iter::successors(Some(cut), |cut| Some(step(*cut))).take(MOST_STEPS).find(|cut| keeps(*cut)).unwrap_or(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Facts, Parameter};

    /// Mean, std, low and high, and the std after the cut: mpmath's quadrature at 40 digits, and SciPy's truncnorm.std().
    const CUTS: [(f64, f64, f64, f64, f64); 6] = [
        (0.0, 1.0, -2.0, 2.0, 0.8796256610342398),
        (0.0, 0.02, -0.05, 0.03, 0.017071065298604752),
        (0.0, 0.5, -2.0, 2.0, 0.4997322509035398),
        (1.0, 2.0, -1.0, 7.0, 1.569893926808852),
        (0.3, 5.0, -1.0, 1.0, 0.5758033487207803),
        (-1.0, 0.5, 0.0, 2.0, 0.1690255032291446),
    ];

    fn parse(text: &str) -> Initializer {
        text.parse().unwrap()
    }

    fn facts(text: &str) -> Facts {
        parse(text).facts(&Parameter::dense("w", 3, 3).unwrap()).unwrap()
    }

    #[test]
    fn ways_to_say_uniform_and_normal() {
        assert_eq!(parse("uniform(bound=0.5)"), parse("uniform(low=-0.5, high=0.5)"));
        assert_eq!(parse("uniform(mean=2, bound=0.5)"), parse("uniform(1.5, 2.5)"));
        assert_eq!(parse("uniform(variance=12)"), parse("uniform(low=-6, high=6)"));
        assert_eq!(parse("uniform(mean=1, variance=3)"), parse("uniform(low=-2, high=4)"));
        assert!((facts("uniform(mean=3, std=0.02)").std() - 0.02).abs() < 1e-16);
        assert_eq!(facts("uniform(mean=3, std=0.02)").mean, 3.0);
        assert_eq!(parse("normal(variance=0.25)"), parse("normal(std=0.5)"));
        assert_eq!(parse("normal(mean=1, variance=0)"), parse("normal(mean=1, std=0)"));
    }

    #[test]
    fn ways_that_do_not_go_together_are_refused() {
        for (text, wanted) in [
            ("uniform(low=0, bound=1)", UNIFORM),
            ("uniform(std=1, variance=1)", UNIFORM),
            ("uniform(mean=1)", UNIFORM),
            ("normal(std=1, variance=1)", NORMAL),
        ] {
            let message = text.parse::<Initializer>().unwrap_err().to_string();
            assert!(message.contains(wanted), "{message}");
        }
    }

    #[test]
    fn bounds_in_value() {
        for (mean, std, low, high, expected) in CUTS {
            let facts = facts(&format!("truncated_normal({mean}, {std}, {low}, {high}, bounds=value)"));
            assert!((facts.std() / expected - 1.0).abs() < 1e-12, "{mean} {std} {low} {high}: {}", facts.std());
            assert!(facts.bounds.0 >= low && facts.bounds.1 <= high, "{facts:?}");
            assert!((facts.bounds.0 - low).abs() + (facts.bounds.1 - high).abs() < 1e-14, "{facts:?}");
        }
    }

    /// The same numbers the other way round: the std after the cut asks for the std before it.
    #[test]
    fn a_std_asked_for_is_the_std_after_the_cut() {
        for (mean, before, low, high, after) in CUTS {
            let text = format!("truncated_normal({mean}, {after}, {low}, {high}, bounds=value, std_of=result)");
            match parse(&text) {
                Initializer::TruncatedNormal { std, .. } => {
                    assert!((std / before - 1.0).abs() < 1e-9, "{text}: {std}");
                }
                other => panic!("{other}"),
            }
            assert!((facts(&text).std() / after - 1.0).abs() < 1e-12, "{text}");
        }
        let two = facts("truncated_normal(std=0.5, std_of=result)");
        assert!((two.std() - 0.5).abs() < 1e-15);
        assert!((two.bounds.1 - 1.0 / 0.879_625_661_034_239_8).abs() < 1e-14);
    }

    #[test]
    fn values_stay_within_the_bounds_in_every_type() {
        let weight = Parameter::dense("w", 100, 100).unwrap();
        for text in
            ["truncated_normal(0.1, 0.3, -0.2, 0.7, bounds=value)", "truncated_normal(-1, 0.4, 0.1, 0.3, value)"]
        {
            let (low, high) = if text.contains("0.7") { (-0.2, 0.7) } else { (0.1, 0.3) };
            let double: Vec<f64> = parse(text).draw_as(&weight, 1).unwrap();
            assert!(double.iter().all(|value| (low..=high).contains(value)), "{text}");
            let half: Vec<half::bf16> = parse(text).draw_as(&weight, 1).unwrap();
            assert!(half.iter().all(|value| (low..=high).contains(&value.to_f64())), "{text}");
        }
    }

    #[test]
    fn what_no_law_has_is_refused_by_name() {
        for (text, argument) in [
            ("uniform(bound=-1)", "bound"),
            ("uniform(std=1e36)", "std"),
            ("uniform(variance=nan)", "variance"),
            ("normal(variance=-1)", "variance"),
            ("truncated_normal(low=1, high=1, bounds=value)", "low"),
            ("truncated_normal(std=0.01, low=1, high=2, bounds=value)", "low"),
            ("truncated_normal(std=0.01, low=-2, high=-1, bounds=value)", "high"),
            ("truncated_normal(std=0, bounds=value)", "std"),
            ("truncated_normal(low=nan, std_of=result)", "low"),
            ("truncated_normal(std=1.2, bounds=value, std_of=result)", "std"), // 4/√12 = 1.1547
            ("truncated_normal(std=0.58, low=9, high=11, bounds=value, std_of=result)", "std"),
            ("truncated_normal(std=inf, std_of=result)", "std"),
        ] {
            match text.parse::<Initializer>() {
                Err(Error::Argument { argument: found, .. }) => assert_eq!(found, argument, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!((facts("truncated_normal(std=1.15, bounds=value, std_of=result)").std() - 1.15).abs() < 1e-12);
    }
}
