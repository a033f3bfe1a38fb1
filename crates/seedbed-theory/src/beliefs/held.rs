//! Stated beliefs beside what the theory says of the answer.

use seedbed_network::graph::NodeIndex;

use super::draft::{Draft, Form, Part};
use super::layers::{self, fan_in, units};
use super::stated::Stated;
use super::{Belief, Held, Trade, Work, expected_confidence, hidden, predict};
use crate::error::TheoryError;
use crate::jacobian::SlopeMoments;

/// Every stated belief beside what the theory says.
pub fn beliefs(work: &Work, stated: &Stated) -> Result<Vec<Held>, TheoryError> {
    let draft = &work.draft;
    let mut beliefs = Vec::new();
    let mut push = |belief, stated, predicted| beliefs.push(Held { belief, stated, predicted });
    let std = || output_std(work);
    if let Some(wanted) = stated.output_std {
        push(Belief::OutputStd, wanted, std()?);
    }
    if let Some(wanted) = stated.confidence {
        push(Belief::Confidence, wanted, expected_confidence(draft.network.classes(), std()?));
    }
    if let Some((belief, wanted)) = hidden::wanted(stated, draft) {
        let layers = hidden::layers_of(wanted);
        let predicted = hidden::settles(work, stated)?.map_or(f64::NAN, |point| point.correlation_depth());
        match belief {
            Belief::CorrelationLength => push(belief, layers, predicted),
            _ => push(belief, (-1.0 / layers).exp(), (-1.0 / predicted).exp()),
        }
    }
    if let Some(pair) = stated.correlation {
        push(Belief::Correlation, pair.outputs, predict::outputs(draft, pair.inputs)?.correlation);
    }
    if let Some(wanted) = stated.gradient_ratio {
        push(Belief::GradientRatio, wanted, predict::gradient_ratio(draft)?);
    }
    if let Some(wanted) = stated.isometry {
        let between = draft.layers.iter().filter(|layer| layer.part != Part::Readout).count().saturating_sub(1);
        let slopes = SlopeMoments::of(layers::activation(draft.network)?, work.variances.length);
        // exactly no spread is as good as any small one
        let spread = between as f64 * slopes.relative_variance();
        push(Belief::Isometry, wanted, if spread == 0.0 { wanted } else { spread });
    }
    if stated.diverse_units == Some(true) {
        push(Belief::DiverseUnits, 1.0, 1.0);
    }
    if let Some(wanted) = stated.relevant_inputs {
        push(Belief::RelevantInputs, wanted, density(draft, &[Part::First]));
    }
    if let Some(wanted) = stated.density {
        push(Belief::Density, wanted, density(draft, &[Part::Hidden, Part::BranchEnd]));
    }
    if let Some(wanted) = stated.near_identity {
        push(Belief::NearIdentity, wanted, predict::growth(draft)? - 1.0);
    }
    if let (Some(wanted), Some(cells)) = (stated.memory, work.cells) {
        push(Belief::Memory, wanted, cells.memory);
    }
    if !stated.without_effect.is_empty() {
        push(Belief::WithoutEffect, 0.0, 0.0);
    }
    Ok(beliefs)
}

/// Standard deviation of the outputs.
fn output_std(work: &Work) -> Result<f64, TheoryError> {
    match (work.cells, work.draft.layers.last()) {
        (Some(cells), Some(last)) => Ok((last.scale * cells.state_square).sqrt()),
        _ => predict::outputs(&work.draft, 0.0).map(|signal| signal.mean_square.sqrt()),
    }
}

/// Share of the weights of some parts that are not 0.
fn density(draft: &Draft, parts: &[Part]) -> f64 {
    let (mut nonzero, mut all) = (0.0, 0.0);
    for layer in draft.layers.iter().filter(|layer| parts.contains(&layer.part)) {
        let (inputs, units) = sizes(draft, layer.node, layer.weight);
        let weights = (inputs * units) as f64;
        all += weights;
        nonzero += match layer.form {
            Form::Zero => 0.0,
            Form::Dense | Form::Orthogonal => weights,
            Form::Sparse(count) => (count * units) as f64,
            Form::SparseOrthogonal(size) => weights * block_share(inputs.max(units), size),
        };
    }
    nonzero / all
}

fn sizes(draft: &Draft, node: NodeIndex, weight: usize) -> (usize, usize) {
    (fan_in(&draft.network.parameters[weight]), units(draft.network, node))
}

/// Share of a matrix of n rows and columns that blocks of a size on the diagonal, and a last one of the rest, fill.
pub fn block_share(n: usize, size: usize) -> f64 {
    let rest = n % size;
    ((n - rest) * size + rest * rest) as f64 / (n * n) as f64
}

/// Beliefs that do not hold, each with the one that fixed the number they share.
pub fn trades(work: &Work, beliefs: &[Held]) -> Vec<Trade> {
    let lost = beliefs.iter().filter(|held| !held.is_kept());
    let of = |held: &Held| {
        let fixed = |belief: &&Belief| shares_number(held.belief, **belief);
        let kept = work.fixed.iter().find(fixed).copied().unwrap_or(held.belief);
        Trade { given_up: held.belief, stated: held.stated, predicted: held.predicted, kept }
    };
    lost.map(of).collect()
}

/// Whether two beliefs are about the same number of the prior.
fn shares_number(lost: Belief, fixed: Belief) -> bool {
    const SIGNAL: [Belief; 5] = [
        Belief::CorrelationLength,
        Belief::Smoothness,
        Belief::Correlation,
        Belief::GradientRatio,
        Belief::NearIdentity,
    ];
    lost != fixed && (SIGNAL.contains(&lost) && SIGNAL.contains(&fixed) || fixed == Belief::WithoutEffect)
}
