//! One number for one wanted value.

use crate::error::TheoryError;

/// Values this near, relative to the target or 1, count as reached.
const NEAR: f64 = 1e-9;
/// Most steps of the search.
const STEPS: usize = 60;

/// Why a value cannot be reached: the values at both ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub at_low: f64,
    pub at_high: f64,
}

/// The argument in `low..=high` where a monotone function has the value `target`: regula falsi with the Illinois weights
/// in the logarithm of the argument (Dowell & Jarratt 1971).
///
/// The outer error is what the function refuses, the inner one a target that it does not reach.
pub fn root<E>(
    (low, high): (f64, f64),
    target: f64,
    function: impl Fn(f64) -> Result<f64, E>,
) -> Result<Result<f64, Range>, E> {
    let near = |value: f64| (value - target).abs() <= NEAR * target.abs().max(1.0);
    let (mut a, mut b) = (low.ln(), high.ln());
    let (at_low, at_high) = (function(low)?, function(high)?);
    let (mut at_a, mut at_b) = (at_low - target, at_high - target);
    if near(at_low) {
        return Ok(Ok(low));
    }
    if near(at_high) {
        return Ok(Ok(high));
    }
    if at_a.signum() == at_b.signum() || !at_a.is_finite() || !at_b.is_finite() {
        return Ok(Err(Range { at_low, at_high }));
    }
    for _ in 0..STEPS {
        let middle = (a * at_b - b * at_a) / (at_b - at_a);
        let value = function(middle.exp())?;
        if near(value) {
            return Ok(Ok(middle.exp()));
        }
        let at = value - target;
        if at.signum() == at_b.signum() {
            at_a *= 0.5;
        } else {
            (a, at_a) = (b, at_b);
        }
        (b, at_b) = (middle, at);
    }
    Ok(Ok(b.exp()))
}

/// Values below this count as this where the logarithm is taken.
const SMALLEST: f64 = 1e-300;

/// In which scale a value is compared with the wanted one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As it is.
    Plain,
    /// Its logarithm, for what spans many powers of ten.
    Logarithm,
}

/// The argument at which a belief has its wanted value, or the refusal that names what can be reached.
pub fn search(
    (belief, wanted, scale): (&str, f64, Scale),
    range: (f64, f64),
    function: impl Fn(f64) -> Result<f64, TheoryError>,
) -> Result<f64, TheoryError> {
    let into = |value: f64| match scale {
        Scale::Plain => value,
        Scale::Logarithm => value.max(SMALLEST).ln(),
    };
    let back = |value: f64| match scale {
        Scale::Plain => value,
        Scale::Logarithm => value.exp(),
    };
    root(range, into(wanted), |argument| function(argument).map(into))?.map_err(|Range { at_low, at_high }| {
        let (first, second) = (back(at_low), back(at_high));
        let (least, most) = (first.min(second), first.max(second));
        TheoryError::Impossible {
            asked: format!("{belief} = {wanted}"),
            problem: format!("this network reaches {least:.4} to {most:.4}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_and_what_is_out_of_reach() {
        let cube = |x: f64| Ok::<_, ()>(x * x * x);
        assert!((root((1e-3, 1e3), 8.0, cube).unwrap().unwrap() - 2.0).abs() < 1e-9);
        assert_eq!(root((1.0, 3.0), 27.0, cube).unwrap(), Ok(3.0));
        assert_eq!(root((1.0, 3.0), 28.0, cube).unwrap(), Err(Range { at_low: 1.0, at_high: 27.0 }));
        let falling = |x: f64| Ok::<_, ()>((-x).exp());
        assert!((root((1e-6, 1e2), 0.5, falling).unwrap().unwrap() - 2f64.ln()).abs() < 1e-8);
        assert_eq!(root((1.0, 2.0), 1.5, |_| Err("no theory")), Err("no theory"));
    }
}
