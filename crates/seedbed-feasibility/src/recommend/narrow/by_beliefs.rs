//! What contradicts the user's stated beliefs, measured on draws.

use seedbed::Prior;
use seedbed_theory::beliefs::{Stated, solve};

use super::super::Request;
use super::{Objection, Screened};
use crate::error::FeasibilityError;
use crate::stated::{self, Measured};
use crate::statistics::estimate::short;

/// Draws of each candidate: the interval only has to tell a factor 2.
const DRAWS: usize = 16;
/// A candidate contradicts a belief where its whole interval lies beyond half or twice what is stated. A prior that is
/// solved for a belief is held to a tenth; the candidates are not, and what is stated is rarely known better.
const FACTOR: f64 = 2.0;

/// Objections to the candidates.
pub fn screen(
    request: &Request,
    stated: &Stated,
    priors: &[&Prior],
    threads: usize,
) -> Result<Screened, FeasibilityError> {
    let answer = solve(request.network, stated)?;
    let measuring = stated::Request {
        network: request.network,
        stated,
        answer: &answer,
        draws: DRAWS,
        seed: request.seed,
        confidence: request.confidence,
    };
    let (mut objections, mut notes) = (Vec::new(), Vec::new());
    for prior in priors {
        let measured = stated::measure(&measuring, prior, threads)?;
        let unknown = measured.iter().filter(|belief| belief.measured.value.is_nan());
        notes.extend(unknown.map(|belief| format!("{} cannot be measured under {prior}", belief.belief)));
        objections.push(worst(&measured));
    }
    Ok(Screened { objections, notes })
}

/// All contradictions in words, as heavy as their sum.
fn worst(measured: &[Measured]) -> Option<Objection> {
    let against: Vec<&Measured> = measured.iter().filter(|belief| contradicts(belief)).collect();
    let weight = against.iter().map(|belief| distance(belief)).sum();
    let say = |belief: &&Measured| {
        format!("{} is stated as {}, draws show {}", belief.belief, short(belief.stated), belief.measured)
    };
    let why = against.iter().map(say).collect::<Vec<_>>().join("; ");
    (!against.is_empty()).then_some(Objection { weight, why })
}

fn contradicts(belief: &Measured) -> bool {
    if belief.met || belief.measured.value.is_nan() {
        return false;
    }
    let ends = [belief.stated / FACTOR, belief.stated * FACTOR];
    let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    // an interval that is not known to end anywhere contradicts nothing
    let beyond = belief.measured.high < low || belief.measured.low > high;
    let unbounded_isometry = belief.belief == "isometry" && belief.measured.high < low;
    beyond && !unbounded_isometry
}

/// How far from what is stated, as a logarithm where both have one sign.
fn distance(belief: &Measured) -> f64 {
    let ratio = belief.measured.value / belief.stated;
    if ratio > 0.0 { ratio.ln().abs() } else { f64::INFINITY }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Estimate;

    fn measured(belief: &str, stated: f64, value: f64, half_width: f64) -> Measured {
        Measured {
            belief: belief.to_owned(),
            meaning: String::new(),
            stated,
            predicted: stated,
            measured: Estimate::new(value, value - half_width, value + half_width, 16, "jackknife"),
            met: false,
        }
    }

    #[test]
    fn a_whole_interval_beyond_a_factor_2_contradicts() {
        assert!(contradicts(&measured("output_std", 1.0, 2.3, 0.2)));
        assert!(!contradicts(&measured("output_std", 1.0, 2.3, 0.4)));
        assert!(contradicts(&measured("output_std", 1.0, 0.3, 0.1)));
        assert!(!contradicts(&measured("output_std", 1.0, 1.6, 0.01)));
        assert!(!contradicts(&measured("output_std", 1.0, f64::NAN, f64::NAN)));
        assert!(contradicts(&measured("correlation", -0.5, 0.3, 0.1)));
    }

    #[test]
    fn of_an_isometry_nothing_is_too_much() {
        assert!(!contradicts(&measured("isometry", 1.0, 0.1, 0.01)));
        assert!(contradicts(&measured("isometry", 1.0, 9.0, 0.5)));
    }

    #[test]
    fn all_contradictions_are_said_and_weighed() {
        let found = worst(&[
            measured("output_std", 1.0, 4.0, 0.1),
            measured("density", 0.5, 0.5, 0.0),
            measured("gradient_ratio", 1.0, 0.25, 0.0),
        ]);
        let found = found.unwrap();
        assert!((found.weight - 16f64.ln()).abs() < 1e-12);
        assert_eq!(
            found.why,
            "output_std is stated as 1, draws show 4 [3.9, 4.1]; gradient_ratio is stated as 1, draws show 0.25 [0.25, 0.25]"
        );
        assert!(worst(&[measured("density", 0.5, 0.6, 0.0)]).is_none());
    }
}
