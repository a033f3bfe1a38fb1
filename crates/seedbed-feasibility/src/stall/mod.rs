//! Why a trial does not move: the diagnosis of a stall, and the time it takes to leave one.

mod escape;

use seedbed_network::data::Split;
use seedbed_network::graph::{Network, NodeIndex};
use seedbed_network::run::{Batch, Runner};
use serde::{Deserialize, Serialize};

pub use escape::escape_time;

use crate::curvature::{self, Extremes, lanczos};
use crate::error::FeasibilityError;
use crate::probe::layer::following_activation;
use crate::probe::{self, LayerProbe};

/// A gradient below this share of the first is small: the trial stands still (the project's definition).
const SMALL_GRADIENT: f64 = 1e-3;
/// Curvature is negative below this share of the largest: beyond what Lanczos and differences leave as noise.
const NEGATIVE_CURVATURE: f64 = 1e-3;
/// A loss that moving the weights by their own length changes by less than this share, to second order, is flat.
const FLAT: f64 = 1e-3;
/// A layer with more of its units dead or saturated than this lets less than a tenth of its width through.
const MOST_INACTIVE: f64 = 0.9;
/// A layer with more of its units tied to another than this works as one of at most half its width.
const MOST_TIED: f64 = 0.5;

/// What a trial is stuck in, in the order in which they are asked for.
///
/// A cause that no step can undo comes first, because it explains whatever gradient and curvature are found besides: a
/// network of which a layer is dead, or tied, also has a small gradient, and often zero or negative curvature along
/// directions that gradient descent never takes. Then the gradient: curvature speaks of a stationary point, so it is asked
/// only where the gradient is small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StallKind {
    /// All units of a hidden layer are 0 on every probed example: no gradient passes.
    DeadNetwork,
    /// More than half of the units of a hidden layer are copies of others and get the same gradient.
    TiedUnits,
    /// The gradient is at least 10⁻³ of the first: the trial bounces, or creeps along an ill-conditioned valley.
    Noise,
    /// The gradient is small, and λ_min < −10⁻³ |λ_max|.
    Saddle,
    /// The gradient is small, nothing curves downwards, and the loss is flat: λ_max |w|²/2 is at most 10⁻³ of the loss, or
    /// more than 0.9 of a hidden layer is dead or saturated.
    Plateau,
    /// The gradient is small, nothing curves downwards, and the loss rises around: a minimum above the target.
    PoorMinimum,
}

/// Where a trial began, on the examples that its stall is diagnosed on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// The loss.
    pub loss: f64,
    /// Length of its gradient with respect to all weights.
    pub gradient_norm: f64,
}

impl Begun {
    /// Measures the beginning.
    ///
    /// # Errors
    /// Weights or data that do not fit the network.
    pub fn at(network: &Network, weights: &[Vec<f32>], split: &Split) -> Result<Begun, FeasibilityError> {
        let step = Runner::new(network).loss_and_gradients(weights, &whole(split))?;
        let gradient: Vec<f64> = step.gradients.iter().flatten().map(|&value| f64::from(value)).collect();
        Ok(Begun { loss: step.loss, gradient_norm: lanczos::norm(&gradient) })
    }
}

/// A stall and the evidence for its kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stall {
    /// What it is.
    pub kind: StallKind,
    /// The loss at the stall.
    pub loss: f64,
    /// The loss over the first.
    pub loss_ratio: f64,
    /// The gradient's length over the first; 0 where it is 0.
    pub gradient_ratio: f64,
    /// The ends of the Hessian's spectrum, with residuals.
    pub curvature: Extremes,
    /// The largest share of a hidden layer's units that are 0 on every example, over layers whose activation can die.
    pub dead_share: f64,
    /// The largest share of a hidden layer's unit-example pairs that are saturated, over all other layers.
    pub saturated_share: f64,
    /// The largest share of a hidden layer's units that are copies of others.
    pub tied_share: f64,
}

/// Says what a trial is stuck in. `split` is a fixed set of examples, a few hundred, the same for every trial.
///
/// # Errors
/// Weights or data that do not fit the network, or weights around which the loss is not finite.
///
/// ```
/// use seedbed_feasibility::stall::{Begun, StallKind, diagnose};
/// use seedbed_network::data::Split;
/// let network: seedbed_network::graph::Network = "mlp(2, 8, 2, tanh)".parse()?;
/// let split = Split::classes(vec![1.0, 0.0, 0.0, 1.0], vec![0, 1]);
/// let zeros = "zeros".parse::<seedbed::Prior>()?.draw(&network.parameters, 0)?;
/// let begun = Begun::at(&network, &zeros, &split)?;
/// assert_eq!(diagnose(&network, &zeros, &split, &begun)?.kind, StallKind::TiedUnits);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diagnose(
    network: &Network,
    weights: &[Vec<f32>],
    split: &Split,
    begun: &Begun,
) -> Result<Stall, FeasibilityError> {
    let now = Begun::at(network, weights, split)?;
    let trace = Runner::new(network).trace(weights, &whole(split))?;
    let probed = probe::of_trace(network, weights, &trace, split.examples());
    let inactive = |dies: bool| {
        largest(network, &probed.layers, |node, layer| {
            let can_die = following_activation(network, node).is_some_and(|(_, activation)| activation.can_die());
            if can_die == dies { layer.inactive_share } else { 0.0 }
        })
    };
    let evidence = Stall {
        kind: StallKind::PoorMinimum,
        loss: now.loss,
        loss_ratio: now.loss / begun.loss,
        gradient_ratio: if now.gradient_norm == 0.0 { 0.0 } else { now.gradient_norm / begun.gradient_norm },
        curvature: curvature::extremes(network, weights, &whole(split))?,
        dead_share: inactive(true),
        saturated_share: inactive(false),
        tied_share: largest(network, &probed.layers, |_, layer| {
            (layer.units - layer.distinct_units) as f64 / layer.units as f64
        }),
    };
    let weights: Vec<f64> = weights.iter().flatten().map(|&weight| f64::from(weight)).collect();
    Ok(Stall { kind: evidence.judge(lanczos::norm(&weights)), ..evidence })
}

/// The largest share over the hidden layers: the last layer answers, its units are the classes.
fn largest(network: &Network, layers: &[LayerProbe], share: impl Fn(NodeIndex, &LayerProbe) -> f64) -> f64 {
    let hidden = layers.len().saturating_sub(1);
    let nodes = network.weighted_layers().map(|(node, _)| node);
    nodes.zip(layers).take(hidden).map(|(node, layer)| share(node, layer)).fold(0.0, f64::max)
}

impl Stall {
    fn judge(&self, weight_norm: f64) -> StallKind {
        let Extremes { lowest, highest, .. } = self.curvature;
        let rise = 0.5 * highest.value.abs() * weight_norm.powi(2);
        if self.dead_share == 1.0 {
            StallKind::DeadNetwork
        } else if self.tied_share > MOST_TIED {
            StallKind::TiedUnits
        } else if self.gradient_ratio >= SMALL_GRADIENT {
            StallKind::Noise
        } else if lowest.value < -NEGATIVE_CURVATURE * highest.value.abs() {
            StallKind::Saddle
        } else if rise <= FLAT * self.loss || self.dead_share.max(self.saturated_share) > MOST_INACTIVE {
            StallKind::Plateau
        } else {
            StallKind::PoorMinimum
        }
    }
}

fn whole(split: &Split) -> Batch<'_> {
    Batch::of(split, 0..split.examples())
}

#[cfg(test)]
mod tests {
    use seedbed_network::data::Targets;

    use super::*;

    fn numbers(inputs: &[f32], targets: &[f32]) -> Split {
        Split { inputs: inputs.to_vec(), targets: Targets::Numbers(targets.to_vec()), targets_per_example: 1 }
    }

    const BEGUN: Begun = Begun { loss: 1.0, gradient_norm: 1.0 };

    fn found(network: &str, weights: &[Vec<f32>], split: &Split) -> Stall {
        diagnose(&network.parse().unwrap(), weights, split, &BEGUN).unwrap()
    }

    #[test]
    fn a_layer_without_a_living_unit_is_a_dead_network() {
        let split = numbers(&[1.0, 2.0], &[1.0, -1.0]);
        let dead = [vec![-1.0, -2.0], vec![0.0, -1.0], vec![1.0, 0.5], vec![0.0]];
        let stall = found("mlp(1, 2, 1, relu)", &dead, &split);
        assert_eq!((stall.kind, stall.dead_share, stall.loss), (StallKind::DeadNetwork, 1.0, 1.0));
        let half = [vec![-1.0, 2.0], vec![0.0, -1.0], vec![1.0, 0.5], vec![0.0]];
        assert_ne!(found("mlp(1, 2, 1, relu)", &half, &split).kind, StallKind::DeadNetwork);
    }

    #[test]
    fn equal_units_are_tied() {
        let split = numbers(&[1.0, 2.0], &[1.0, -1.0]);
        let tied = [vec![0.5; 3], vec![0.1; 3], vec![0.2; 3], vec![0.0]];
        let stall = found("mlp(1, 3, 1, tanh)", &tied, &split);
        assert_eq!(stall.kind, StallKind::TiedUnits);
        assert!((stall.tied_share - 2.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_start_of_a_product_of_weights_is_a_saddle() {
        let zeros = [vec![0.0], vec![0.0], vec![0.0], vec![0.0]];
        let stall = found("mlp(1, 1, 1, identity)", &zeros, &numbers(&[1.0, -1.0], &[1.5, -1.5]));
        assert_eq!((stall.kind, stall.gradient_ratio), (StallKind::Saddle, 0.0));
        assert!((stall.curvature.lowest.value + 3.0).abs() < 1e-6);
    }

    #[test]
    fn the_best_line_through_a_parabola_is_a_poor_minimum() {
        // y = x² at −1, 0, 1: the best line is 2/3
        let stall =
            found("mlp(1, 1, identity)", &[vec![0.0], vec![2.0 / 3.0]], &numbers(&[-1.0, 0.0, 1.0], &[1.0, 0.0, 1.0]));
        assert_eq!(stall.kind, StallKind::PoorMinimum);
        assert!((stall.loss - 2.0 / 9.0).abs() < 1e-6 && stall.curvature.lowest.value > 1.3, "{stall:?}");
    }

    #[test]
    fn saturated_units_are_a_plateau() {
        // both units are 1 on both examples, so the output is the constant 1 + 0.5 − 1.5; its best value is the mean
        let saturated = [vec![1.0, 2.0], vec![40.0, 50.0], vec![1.0, 0.5], vec![-1.5]];
        let stall = found("mlp(1, 2, 1, tanh)", &saturated, &numbers(&[1.0, 2.0], &[1.0, -1.0]));
        assert_eq!((stall.kind, stall.saturated_share), (StallKind::Plateau, 1.0), "{stall:?}");
    }

    #[test]
    fn a_gradient_that_is_not_small_is_noise() {
        let stall = found("mlp(1, 1, identity)", &[vec![1.0], vec![1.0]], &numbers(&[-1.0, 1.0], &[1.0, 0.0]));
        assert_eq!(stall.kind, StallKind::Noise);
        assert!(stall.gradient_ratio > 1.0, "{stall:?}");
    }

    #[test]
    fn kinds_are_snake_case() {
        let kinds = [
            StallKind::DeadNetwork,
            StallKind::TiedUnits,
            StallKind::Noise,
            StallKind::Saddle,
            StallKind::Plateau,
            StallKind::PoorMinimum,
        ];
        let json = serde_json::to_string(&kinds).unwrap();
        assert_eq!(json, r#"["dead_network","tied_units","noise","saddle","plateau","poor_minimum"]"#);
    }
}
