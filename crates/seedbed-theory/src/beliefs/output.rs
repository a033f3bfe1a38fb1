//! The size of the outputs, and how sure the softmax of outputs of a size is.

use seedbed::quadrature::{gauss_legendre, gaussian_expectation};
use std::f64::consts::PI;

use super::draft::Part;
use super::root::{Scale, search};
use super::stated::Stated;
use super::{Belief, Solved, Work, predict};
use crate::error::TheoryError;

/// Standard deviations of outputs that are searched for a confidence.
const STDS: (f64, f64) = (1e-4, 1e4);
/// Scales of the last layer that are searched.
const SCALES: (f64, f64) = (1e-12, 1e12);

/// Solves for the scale of the last layer.
pub fn solve(work: &mut Work, stated: &Stated) -> Result<(), TheoryError> {
    let wanted = match (stated.output_std, stated.confidence) {
        (Some(std), _) => std,
        (None, Some(confidence)) => std_of(work, confidence)?,
        (None, None) => return Ok(()),
    };
    let with = |scale: f64| {
        let mut draft = work.draft.clone();
        draft.layers.iter_mut().next_back().into_iter().for_each(|last| last.scale = scale);
        draft
    };
    let scale = match work.cells {
        Some(cells) => wanted * wanted / cells.state_square,
        None => search(("output_std", wanted, Scale::Logarithm), SCALES, |scale| {
            Ok(predict::outputs(&with(scale), 0.0)?.mean_square.sqrt())
        })?,
    };
    work.draft = with(scale);
    if work.draft.of(Part::Readout).next().is_none() {
        work.warnings.push("the last weights end a residual branch; their scale sets the outputs' size".to_owned());
    }
    work.fixed.push(Belief::OutputStd);
    work.solved.push(Solved {
        number: "σ_w² of the last layer",
        value: scale,
        how: format!("the length map of the graph ends at outputs of standard deviation {wanted:.6}"),
        source: "Poole et al. 2016, eq. 3",
    });
    Ok(())
}

/// The standard deviation of outputs whose softmax is as sure as stated.
fn std_of(work: &mut Work, confidence: f64) -> Result<f64, TheoryError> {
    let outputs = work.draft.network.classes();
    let refuse = |problem: String| TheoryError::Impossible { asked: format!("confidence = {confidence}"), problem };
    if outputs < 2 {
        return Err(refuse("a softmax needs at least two outputs".to_owned()));
    }
    let least = 1.0 / outputs as f64;
    if confidence <= least {
        return Err(refuse(format!("of {outputs} outputs the most likely has more than {least:.4}; ask for more")));
    }
    let std = search(("confidence", confidence, Scale::Plain), STDS, |std| Ok(expected_confidence(outputs, std)))?;
    work.solved.push(Solved {
        number: "standard deviation of the outputs",
        value: std,
        how: format!("E max softmax of {outputs} independent Gaussians = {confidence}"),
        source: "order statistics of Gaussians, by quadrature",
    });
    Ok(std)
}

/// E max softmax(z) of `outputs` independent z ~ N(0, std²).
///
/// With m the largest, the others are Gaussians below m, and 1/(1 + Σ e^(z − m)) = ∫ e^(−u) ∏ e^(−u e^(z − m)) du, so
/// that E = K ∫ φ(m) ∫ e^(−u) (∫_{−∞}^m φ(z) exp(−u e^(std (z − m))) dz)^(K − 1) du dm.
///
/// ```
/// use seedbed_theory::beliefs::expected_confidence;
/// assert!((expected_confidence(10, 1e-6) - 0.1).abs() < 1e-5);
/// assert!(expected_confidence(10, 100.0) > 0.97);
/// ```
pub fn expected_confidence(outputs: usize, std: f64) -> f64 {
    let others = outputs.saturating_sub(1) as i32;
    let rule = gauss_legendre();
    // −ln of a uniform: u = −ln v, v in (0, 1)
    let exponentials: Vec<(f64, f64)> = panels(0.0, 1.0, 4, &rule).map(|(v, weight)| (-v.ln(), weight)).collect();
    let [expectation] = gaussian_expectation(1.0, &[], |largest| {
        if largest < LOWEST_LARGEST {
            return [0.0];
        }
        let low = LOWEST;
        let points: Vec<(f64, f64)> = panels(low, largest, 8, &rule)
            .map(|(z, weight)| ((std * (z - largest)).exp(), weight * (-0.5 * z * z).exp() / (2.0 * PI).sqrt()))
            .collect();
        let inner = |u: f64| points.iter().map(|(share, weight)| weight * (-u * share).exp()).sum::<f64>();
        [exponentials.iter().map(|&(u, weight)| weight * inner(u).powi(others)).sum::<f64>()]
    });
    outputs as f64 * expectation
}

/// Gaussians below this weigh less than 1e-15.
const LOWEST: f64 = -8.0;
/// A largest of two or more below this weighs less than 1e-14.
const LOWEST_LARGEST: f64 = -7.9;

/// Nodes and weights on an interval cut into equal panels.
fn panels(low: f64, high: f64, count: usize, rule: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let half = 0.5 * (high - low) / count as f64;
    (0..count).flat_map(move |panel| {
        let centre = low + (2 * panel + 1) as f64 * half;
        rule.iter().map(move |(node, weight)| (centre + half * node, half * weight))
    })
}
