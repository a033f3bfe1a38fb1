//! Residual branches: how far their sums take the signal from what they skip.

use super::draft::{Draft, Form, Part};
use super::layers::sums;
use super::root::{Scale, search};
use super::stated::Stated;
use super::{Belief, Solved, Work, predict};
use crate::error::TheoryError;

/// Factors of the branches' last weights that are searched.
const FACTORS: (f64, f64) = (1e-9, 1e6);

/// Solves for the scale of the last weights of every branch.
pub fn solve(work: &mut Work, stated: &Stated) -> Result<(), TheoryError> {
    let branches = sums(work.draft.network).len();
    if branches == 0 {
        return match stated.near_identity {
            None => Ok(()),
            Some(growth) => Err(TheoryError::Impossible {
                asked: format!("near_identity = {growth}"),
                problem: "the network has no residual block; write the word residual after the activation".to_owned(),
            }),
        };
    }
    if stated.near_identity == Some(0.0) {
        work.draft = work.draft.with(Part::BranchEnd, |layer| layer.form = Form::Zero);
        return say(work, Some(Belief::NearIdentity), 0.0, IDENTITY, "Zhang et al. 2019 (Fixup)");
    }
    let draft = &work.draft;
    let (belief, factor, how, source) = if let Some(growth) = stated.near_identity {
        let factor = search(("near_identity", growth, Scale::Logarithm), FACTORS, |factor| {
            Ok(predict::growth(&scaled(draft, factor))? - 1.0)
        })?;
        (Some(Belief::NearIdentity), factor, GROWTH, "Hanin & Rolnick 2018, section 4")
    } else if let Some(pair) = stated.correlation {
        let factor = search(("correlation.outputs", pair.outputs, Scale::Plain), FACTORS, |factor| {
            Ok(predict::outputs(&scaled(draft, factor), pair.inputs)?.correlation)
        })?;
        (Some(Belief::Correlation), factor, "the correlation map ends at the outputs' cosine", "Yang & Schoenholz 2017")
    } else if let Some(ratio) = stated.gradient_ratio {
        let factor = search(("gradient_ratio", ratio, Scale::Logarithm), FACTORS, |factor| {
            predict::gradient_ratio(&scaled(draft, factor))
        })?;
        (Some(Belief::GradientRatio), factor, "the gradient map has the ratio", "Yang & Schoenholz 2017")
    } else {
        (None, 1.0 / branches as f64, BOUNDED, "Hanin & Rolnick 2018, section 4")
    };
    work.draft = scaled(draft, factor);
    say(work, belief, factor, how, source)
}

const IDENTITY: &str = "the last weights of each branch are 0, so that every block starts as the identity";
const GROWTH: &str = "the product over the sums of E(x + f(x))²/E x² is 1 + near_identity";
const BOUNDED: &str = "1 over the number of branches: the growth over depth stays bounded";

fn say(
    work: &mut Work,
    belief: Option<Belief>,
    value: f64,
    how: &str,
    source: &'static str,
) -> Result<(), TheoryError> {
    work.fixed.extend(belief);
    work.solved.push(Solved {
        number: "factor of the variance of each branch's last weights",
        value,
        how: how.to_owned(),
        source,
    });
    Ok(())
}

fn scaled<'n>(draft: &Draft<'n>, factor: f64) -> Draft<'n> {
    draft.with(Part::BranchEnd, |layer| layer.scale *= factor)
}
