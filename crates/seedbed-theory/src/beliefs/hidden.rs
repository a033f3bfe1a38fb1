//! The hidden layers: how long their pre-activations are (q), and how much of that comes from weights and how much from
//! biases, of which the likeness of inputs and the gradients follow.
//!
//! At a length q, σ_w² = t q/E φ² and σ_b² = (1 − t) q keep it for any share t up to 1; above 1 there are no biases and
//! signals grow. More t: inputs part sooner and gradients grow on their way back. So one stated belief fixes t, by the
//! formula where one exists ([`crate::inverse`]), else by a search on the mean field of the user's own graph.

use seedbed::Activation;

use super::draft::{Draft, Layer, Part};
use super::layers::{self, sums};
use super::root::{Scale, search};
use super::stated::{Smoothness, Stated};
use super::{Belief, Solved, Work, predict};
use crate::error::TheoryError;
use crate::inverse::{self, CorrelationLength, Wanted};
use crate::mean_field::{FixedPoint, LayerMoments, MeanField};

/// Least and largest share t that is searched.
const SHARES: (f64, f64) = (1e-3, 16.0);

/// σ_w², σ_b² and q of hidden layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Variances {
    pub weight: f64,
    pub bias: f64,
    pub length: f64,
}

impl Variances {
    /// Those of share t at length q.
    fn of(activation: Activation, length: f64, share: f64) -> Variances {
        let square = LayerMoments::of(activation, length).square;
        Variances { weight: share * length / square, bias: (1.0 - share).max(0.0) * length, length }
    }

    /// Hidden layers get both; first layers the weights that bring inputs to the same length.
    pub fn put_into<'n>(&self, draft: &Draft<'n>) -> Draft<'n> {
        let Variances { weight, bias, length } = *self;
        let input = draft.input_mean_square;
        let inner = move |layer: &mut Layer| (layer.scale, layer.bias_variance) = (weight, bias);
        let mut draft = draft.with(Part::Hidden, inner).with(Part::First, |layer| {
            (layer.scale, layer.bias_variance) = ((length - bias) / input, bias);
        });
        for layer in &mut draft.layers {
            match layer.part {
                Part::BranchEnd | Part::Readout => layer.scale = weight,
                Part::First | Part::Hidden => {}
            }
        }
        draft
    }
}

/// Layers whose pre-activations settle at the length.
fn depth(draft: &Draft) -> usize {
    draft.layers.iter().filter(|layer| layer.part != Part::Readout).count().max(1)
}

/// ξ and the phase that are stated, if any.
pub fn wanted(stated: &Stated, draft: &Draft) -> Option<(Belief, CorrelationLength)> {
    use CorrelationLength::{Chaotic, Critical, Ordered};
    let layers = stated.correlation_length.unwrap_or(depth(draft) as f64);
    let belief = match stated.correlation_length {
        Some(_) => Belief::CorrelationLength,
        None => Belief::Smoothness,
    };
    match (stated.smoothness, stated.correlation_length) {
        (None, None) => None,
        (Some(Smoothness::Critical), _) => Some((belief, Critical)),
        (Some(Smoothness::Rough), _) => Some((belief, Chaotic { layers })),
        (Some(Smoothness::Smooth) | None, _) => Some((belief, Ordered { layers })),
    }
}

/// Solves for the hidden layers at length `length` and puts them into the work's draft.
pub fn solve(work: &mut Work, stated: &Stated, length: f64) -> Result<(), TheoryError> {
    let activation = layers::activation(work.draft.network)?;
    let free = sums(work.draft.network).is_empty();
    let at = |share: f64| Variances::of(activation, length, share);
    let draft = &work.draft;
    let (belief, variances, how, source) = if let Some((belief, wanted)) = wanted(stated, draft) {
        (Some(belief), of_length(draft, activation, length, belief, wanted)?, LENGTH_EQUATIONS, SCHOENHOLZ)
    } else if let Some(pair) = stated.correlation.filter(|_| free) {
        let share = search(("correlation.outputs", pair.outputs, Scale::Plain), SHARES, |share| {
            Ok(predict::outputs(&at(share).put_into(draft), pair.inputs)?.correlation)
        })?;
        (Some(Belief::Correlation), at(share), CORRELATION_EQUATION, "Poole et al. 2016, eq. 5")
    } else if let Some(ratio) = stated.gradient_ratio.filter(|_| free) {
        let share = search(("gradient_ratio", ratio, Scale::Logarithm), SHARES, |share| {
            predict::gradient_ratio(&at(share).put_into(draft))
        })?;
        (Some(Belief::GradientRatio), at(share), GRADIENT_EQUATION, SCHOENHOLZ)
    } else {
        (None, unasked(draft, activation, length), KEPT, SCHOENHOLZ)
    };
    work.draft = variances.put_into(draft);
    work.variances = variances;
    work.fixed.extend(belief);
    let input = work.draft.input_mean_square;
    let numbers = [
        ("length q of hidden pre-activations", variances.length),
        ("σ_w² of hidden weights", variances.weight),
        ("σ_b² of hidden biases", variances.bias),
        ("σ_w² of the first layer", (variances.length - variances.bias) / input),
    ];
    let known = usize::from(stated.isometry.is_some());
    let said = |(number, value)| Solved { number, value, how: how.to_owned(), source };
    work.solved.extend(numbers.into_iter().skip(known).map(said));
    Ok(())
}

const SCHOENHOLZ: &str = "Poole et al. 2016; Schoenholz et al. 2017";
const LENGTH_EQUATIONS: &str = "χ = σ_w² E φ′² = e^(-1/ξ) and q = σ_w² E φ² + σ_b²";
const CORRELATION_EQUATION: &str =
    "the share of q that comes from weights, so that the correlation map ends at the outputs' cosine";
const GRADIENT_EQUATION: &str =
    "the share of q that comes from weights, so that the product of χ over the layers is the ratio squared";
const KEPT: &str = "q = σ_w² E φ² + σ_b², on the edge of chaos (σ_w² E φ′² = 1) where that can be";

/// What the formula gives for a correlation length.
fn of_length(
    draft: &Draft,
    activation: Activation,
    length: f64,
    belief: Belief,
    correlation_length: CorrelationLength,
) -> Result<Variances, TheoryError> {
    layers::plain(draft.network)
        .map_err(|problem| TheoryError::Impossible { asked: belief.key().to_owned(), problem })?;
    let wanted = Wanted { activation, depth: depth(draft), output_std: length.sqrt(), correlation_length };
    let found = inverse::solve(&wanted)?.network;
    Ok(Variances { weight: found.weight_variance(), bias: found.bias_variance(), length })
}

/// Without a belief: critical where that can be had at this length, else without biases.
fn unasked(draft: &Draft, activation: Activation, length: f64) -> Variances {
    let critical = CorrelationLength::Critical;
    layers::plain(draft.network)
        .ok()
        .and_then(|()| of_length(draft, activation, length, Belief::Smoothness, critical).ok())
        .unwrap_or_else(|| Variances::of(activation, length, 1.0))
}

/// ξ of what is wanted.
pub fn layers_of(wanted: CorrelationLength) -> f64 {
    match wanted {
        CorrelationLength::Critical => f64::INFINITY,
        CorrelationLength::Ordered { layers } | CorrelationLength::Chaotic { layers } => layers,
    }
}

/// Where hidden signals settle, if a phase was stated.
pub fn settles(work: &Work, stated: &Stated) -> Result<Option<FixedPoint>, TheoryError> {
    let Some((_, wanted)) = wanted(stated, &work.draft) else { return Ok(None) };
    let activation = layers::activation(work.draft.network)?;
    let Variances { weight, bias, length } = work.variances;
    let network = MeanField::new(activation, weight, bias)?;
    if matches!(wanted, CorrelationLength::Chaotic { .. }) {
        return network.fixed_point().map(Some);
    }
    // the length is kept from the first layer on, also where iteration would not find it
    let (chi, length_chi) = (network.chi(length), network.length_chi(length));
    Ok(Some(FixedPoint { length, chi, length_chi, correlation: 1.0, correlation_chi: chi }))
}
