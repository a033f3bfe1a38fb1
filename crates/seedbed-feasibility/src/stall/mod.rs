//! Why a trial does not move: the diagnosis of a stall, and the time it takes to leave one.

mod escape;
mod evidence;

use seedbed_network::data::Split;
use seedbed_network::graph::Network;
use serde::{Deserialize, Serialize};

pub use escape::escape_time;
pub use evidence::{Evidence, Gradient};

use crate::curvature::Extremes;
use crate::error::FeasibilityError;

/// A gradient below this share of the first, or one along which moving by the weights' own length changes the loss by less
/// than this share, is small (the project's definition).
const SMALL_GRADIENT: f64 = 1e-3;
/// Curvature is negative below this share of the largest: beyond what Lanczos and differences leave as noise.
const NEGATIVE_CURVATURE: f64 = 1e-3;
/// A loss that moving the weights by their own length changes by less than this share, to second order, is flat.
const FLAT: f64 = 1e-3;
/// A loss within this share of the best constant answer's, above or below: nothing was learned that depends on the input.
const NOTHING_LEARNED: f64 = 0.99;
/// A layer with more of its units dead or saturated than this lets less than a tenth of its width through.
const MOST_INACTIVE: f64 = 0.9;
/// A layer with more of its units tied to another than this works as one of at most half its width.
const MOST_TIED: f64 = 0.5;

/// What a trial is stuck in, in the order in which they are asked for.
///
/// A cause that no step can undo comes first, because it explains whatever gradient and curvature are found besides: a
/// network of which a layer is dead, or tied, also has a small gradient, and often zero or negative curvature along
/// directions that gradient descent never takes. Then the gradient: curvature speaks of a stationary point, so it is asked
/// only where the gradient is small: below 10⁻³ of the first, or |g| |w| below 10⁻³ of the loss, or lost in the noise of one
/// batch, or of a loss that is still that of the best constant answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StallKind {
    /// All units of a hidden layer are 0 on every probed example: no gradient passes.
    DeadNetwork,
    /// More than half of the units of a hidden layer are copies of others and get the same gradient.
    TiedUnits,
    /// The gradient is not small: the trial bounces, or creeps along an ill-conditioned valley.
    Bouncing,
    /// The gradient is small, and λ_min < −10⁻³ |λ_max|, beyond its residual.
    Saddle,
    /// More than 0.9 of a hidden layer is dead or saturated; or the gradient is small, nothing curves downwards, and the loss
    /// is flat: λ_max |w|²/2 is at most 10⁻³ of the loss, or the loss is still that of the best constant answer while some
    /// direction has no curvature.
    Plateau,
    /// The gradient is small, nothing curves downwards, and the loss rises around: a minimum above the target.
    PoorMinimum,
}

/// A stall and the evidence for its kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stall {
    /// What it is.
    pub kind: StallKind,
    /// What shows it.
    pub evidence: Evidence,
}

/// Says what a trial of batches of `batch` examples is stuck in. `split` is what it is trained on, of which the first eight
/// batches are looked at; `begun` is the gradient at its first weights on the same.
///
/// # Errors
/// Weights or data that do not fit the network, or weights around which the loss is not finite.
///
/// ```
/// use seedbed_feasibility::stall::{Gradient, StallKind, diagnose};
/// use seedbed_network::data::Split;
/// let network: seedbed_network::graph::Network = "mlp(2, 8, 2, tanh)".parse()?;
/// let split = Split::classes(vec![1.0, 0.0, 0.0, 1.0], vec![0, 1]);
/// let zeros = "zeros".parse::<seedbed::Prior>()?.draw(&network.parameters, 0)?;
/// let begun = Gradient::at(&network, &zeros, &split, 2)?;
/// assert_eq!(diagnose(&network, &zeros, &split, 2, &begun)?.kind, StallKind::TiedUnits);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagnose(
    network: &Network,
    weights: &[Vec<f32>],
    split: &Split,
    batch: usize,
    begun: &Gradient,
) -> Result<Stall, FeasibilityError> {
    let evidence = Evidence::gather(network, weights, split, batch, begun)?;
    Ok(Stall { kind: judge(&evidence), evidence })
}

fn judge(found: &Evidence) -> StallKind {
    if found.dead_share == 1.0 {
        StallKind::DeadNetwork
    } else if found.tied_share > MOST_TIED {
        StallKind::TiedUnits
    } else if found.dead_share.max(found.saturated_share) > MOST_INACTIVE {
        StallKind::Plateau
    } else if !gradient_is_small(found) {
        StallKind::Bouncing
    } else if curves_down(&found.curvature) {
        StallKind::Saddle
    } else if is_flat(found) {
        StallKind::Plateau
    } else {
        StallKind::PoorMinimum
    }
}

fn gradient_is_small(found: &Evidence) -> bool {
    let reach = found.gradient.norm * found.weight_norm;
    found.gradient_ratio < SMALL_GRADIENT
        || reach <= SMALL_GRADIENT * found.gradient.loss && found.weight_norm > 0.0
        || found.gradient.is_below_noise()
        || answers_a_constant(found)
}

/// The loss is still that of the best answer that does not depend on the input; what gradient there is moves the last bias.
fn answers_a_constant(found: &Evidence) -> bool {
    (NOTHING_LEARNED..=1.0 / NOTHING_LEARNED).contains(&found.loss_over_constant)
}

fn curves_down(curvature: &Extremes) -> bool {
    let Extremes { lowest, highest, .. } = curvature;
    lowest.value < -(NEGATIVE_CURVATURE * highest.value.abs()).max(lowest.residual)
}

fn is_flat(found: &Evidence) -> bool {
    let Extremes { lowest, highest, .. } = found.curvature;
    let rise = 0.5 * highest.value.abs() * found.weight_norm.powi(2);
    let some_direction_is = lowest.value <= NEGATIVE_CURVATURE * highest.value.abs();
    rise <= FLAT * found.gradient.loss || (answers_a_constant(found) && some_direction_is)
}

#[cfg(test)]
mod tests {
    use seedbed_network::data::Targets;

    use super::*;

    fn numbers(inputs: &[f32], targets: &[f32]) -> Split {
        Split { inputs: inputs.to_vec(), targets: Targets::Numbers(targets.to_vec()), targets_per_example: 1 }
    }

    const BEGUN: Gradient = Gradient { loss: 1.0, norm: 1.0, batch_noise: 0.0, batches: 1 };

    fn found(network: &str, weights: &[Vec<f32>], split: &Split) -> Stall {
        diagnose(&network.parse().unwrap(), weights, split, split.examples(), &BEGUN).unwrap()
    }

    #[test]
    fn a_layer_without_a_living_unit_is_a_dead_network() {
        let split = numbers(&[1.0, 2.0], &[1.0, -1.0]);
        let dead = [vec![-1.0, -2.0], vec![0.0, -1.0], vec![1.0, 0.5], vec![0.0]];
        let stall = found("mlp(1, 2, 1, relu)", &dead, &split);
        assert_eq!(
            (stall.kind, stall.evidence.dead_share, stall.evidence.gradient.loss),
            (StallKind::DeadNetwork, 1.0, 1.0)
        );
        let half = [vec![-1.0, 2.0], vec![0.0, -1.0], vec![1.0, 0.5], vec![0.0]];
        assert_ne!(found("mlp(1, 2, 1, relu)", &half, &split).kind, StallKind::DeadNetwork);
    }

    #[test]
    fn equal_units_are_tied() {
        let split = numbers(&[1.0, 2.0], &[1.0, -1.0]);
        let tied = [vec![0.5; 3], vec![0.1; 3], vec![0.2; 3], vec![0.0]];
        let stall = found("mlp(1, 3, 1, tanh)", &tied, &split);
        assert_eq!(stall.kind, StallKind::TiedUnits);
        assert!((stall.evidence.tied_share - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_start_of_a_product_of_weights_is_a_saddle() {
        let zeros = [vec![0.0], vec![0.0], vec![0.0], vec![0.0]];
        let stall = found("mlp(1, 1, 1, identity)", &zeros, &numbers(&[1.0, -1.0], &[1.5, -1.5]));
        assert_eq!((stall.kind, stall.evidence.gradient_ratio), (StallKind::Saddle, 0.0));
        assert!((stall.evidence.curvature.lowest.value + 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_best_line_through_a_parabola_is_a_poor_minimum() {
        // y = x² at −1, 0, 1: the best line is 2/3
        let stall =
            found("mlp(1, 1, identity)", &[vec![0.0], vec![2.0 / 3.0]], &numbers(&[-1.0, 0.0, 1.0], &[1.0, 0.0, 1.0]));
        assert_eq!(stall.kind, StallKind::PoorMinimum);
        assert!(
            (stall.evidence.gradient.loss - 2.0 / 9.0).abs() < 1e-6 && stall.evidence.curvature.lowest.value > 1.3,
            "{stall:?}"
        );
    }

    #[test]
    fn saturated_units_are_a_plateau() {
        // both units are 1 on both examples, so the output is the constant 1 + 0.5 − 1.5; its best value is the mean
        let saturated = [vec![1.0, 2.0], vec![40.0, 50.0], vec![1.0, 0.5], vec![-1.5]];
        let stall = found("mlp(1, 2, 1, tanh)", &saturated, &numbers(&[1.0, 2.0], &[1.0, -1.0]));
        assert_eq!((stall.kind, stall.evidence.saturated_share), (StallKind::Plateau, 1.0), "{stall:?}");
    }

    #[test]
    fn a_gradient_that_is_not_small_bounces() {
        let stall = found("mlp(1, 1, identity)", &[vec![1.0], vec![1.0]], &numbers(&[-1.0, 1.0], &[1.0, 0.0]));
        assert_eq!(stall.kind, StallKind::Bouncing);
        assert!(stall.evidence.gradient_ratio > 1.0, "{stall:?}");
    }

    #[test]
    fn kinds_are_snake_case() {
        let kinds = [
            StallKind::DeadNetwork,
            StallKind::TiedUnits,
            StallKind::Bouncing,
            StallKind::Saddle,
            StallKind::Plateau,
            StallKind::PoorMinimum,
        ];
        let json = serde_json::to_string(&kinds).unwrap();
        assert_eq!(json, r#"["dead_network","tied_units","bouncing","saddle","plateau","poor_minimum"]"#);
    }
}
