//! What two draws rule out, run forward and backward once.

use seedbed::Prior;
use seedbed_network::graph::{Network, Operation};
use seedbed_network::run::{Batch, Runner};

use super::super::Request;
use super::{Objection, Screened, trunk};
use crate::error::FeasibilityError;
use crate::probe::{self, PROBE_EXAMPLES};
use crate::study::{Observer, workers};

/// Draws of each candidate: both have to show it.
const DRAWS: u64 = 2;
/// Below the smallest normal number of single precision a gradient has lost its digits, and no learning rate of a grid
/// brings it back.
const NO_GRADIENT: f32 = f32::MIN_POSITIVE;

/// Objections to the candidates.
pub fn screen(
    request: &Request,
    priors: &[&Prior],
    threads: usize,
    observer: &dyn Observer,
) -> Result<Screened, FeasibilityError> {
    let draws: Vec<(&Prior, u64)> = priors
        .iter()
        .flat_map(|&prior| (0..DRAWS).map(move |offset| (prior, request.seed.wrapping_add(offset))))
        .collect();
    let found = workers::run(&draws, threads, |&(prior, seed)| match observer.goes_on() {
        true => of_draw(request, prior, seed),
        false => Err(FeasibilityError::Interrupted),
    })?;
    let of_all = |draws: &[Option<String>]| -> Option<Objection> {
        let whys = draws.iter().cloned().collect::<Option<Vec<String>>>()?;
        whys.into_iter().next().map(|why| Objection { weight: f64::INFINITY, why })
    };
    Ok(Screened { objections: found.chunks(DRAWS as usize).map(of_all).collect(), notes: Vec::new() })
}

/// What stands against one draw.
fn of_draw(request: &Request, prior: &Prior, seed: u64) -> Result<Option<String>, FeasibilityError> {
    let network = request.network;
    let weights = prior.draw(&network.parameters, seed)?;
    let examples = request.data.train.examples().min(PROBE_EXAMPLES);
    let batch = Batch::of(&request.data.train, 0..examples);
    let step = Runner::new(network).loss_and_gradients(&weights, &batch)?;
    if !step.loss.is_finite() {
        return Ok(Some("the loss at the start is not finite".to_owned()));
    }
    if !learns(network, &step.gradients) {
        return Ok(Some("no gradient reaches any parameter but the last bias".to_owned()));
    }
    let trace = Runner::new(network).trace(&weights, &batch)?;
    Ok(tied(network, &probe::of_trace(network, &weights, &trace, examples)))
}

/// Whether a gradient reaches any parameter besides the last layer's bias, which alone moves all outputs alike for all
/// examples. A parameter of one layer is enough: a last layer that begins at 0 lets the others learn a step later.
fn learns(network: &Network, gradients: &[Vec<f32>]) -> bool {
    let last_bias = network.weighted_layers().last().and_then(|(_, node)| node.operation.weight_and_bias());
    let last_bias = last_bias.map(|(_, bias)| bias);
    let others = gradients.iter().enumerate().filter(|(place, _)| Some(*place) != last_bias);
    others.flat_map(|(_, values)| values).any(|value| value.abs() >= NO_GRADIENT)
}

/// A bottleneck of the trunk whose units all agree in output and gradient.
fn tied(network: &Network, probe: &probe::DrawProbe) -> Option<String> {
    let breaks_ties = network.nodes.iter().any(|node| matches!(node.operation, Operation::Dropout { .. }));
    if breaks_ties || network.outputs() <= 2 {
        return None;
    }
    let bottlenecks: Vec<&str> =
        trunk::bottlenecks(network).into_iter().map(|place| network.nodes[place].name.as_str()).collect();
    let tied =
        probe.layers.iter().find(|layer| bottlenecks.contains(&layer.name.as_str()) && layer.distinct_units == 1)?;
    Some(format!("the {} units of {} are tied", tied.units, tied.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Optimizer, Plan};

    fn against(network: &str, prior: &str) -> Option<String> {
        let network = trunk::tests::network(network);
        let data = seedbed_network::data::digits();
        let request = Request {
            network: &network,
            data: &data,
            candidates: vec![prior.parse().unwrap()],
            plan: Plan::default_with(Optimizer::MOMENTUM),
            learning_rates: vec![0.1],
            seeds: 6,
            seed: 0,
            confidence: 0.95,
            narrowing: super::super::Narrowing::ByTheory,
        };
        of_draw(&request, &request.candidates[0], 3).unwrap()
    }

    #[test]
    fn starts_that_cannot_move_are_told() {
        let stuck = Some("no gradient reaches any parameter but the last bias".to_owned());
        assert_eq!(against("mlp(64, 8x3, 10, relu)", "zeros"), stuck);
        assert_eq!(against("cnn(1x8x8, 4x2, 10, relu)", "zeros"), stuck);
        assert_eq!(against("mlp(64, 16x30, 10, relu)", "normal(mean=0, std=0.001)"), stuck);
        assert_eq!(against("mlp(64, 8x3, 10, relu)", "he_normal"), None);
        assert_eq!(
            against("mlp(64, 8x3, 10, relu)", "normal(mean=0, std=1e30)").unwrap(),
            "the loss at the start is not finite"
        );
    }

    #[test]
    fn a_silent_last_layer_learns() {
        assert_eq!(against("mlp(64, 8x3, 10, relu)", "{layer4.weight=zeros; *=he_normal}"), None);
    }

    #[test]
    fn silent_branches_and_normalized_small_weights_learn() {
        assert_eq!(against("residual", "{layer1.*=he_normal; layer26.*=he_normal; *=zeros}"), None);
        assert_eq!(against("residual, normalized", "normal(mean=0, std=0.001)"), None);
    }

    #[test]
    fn tied_units_are_told_unless_images_pass_through_them() {
        assert_eq!(against("mlp(64, 8x3, 10, relu)", "ones").unwrap(), "the 8 units of layer1 are tied");
        assert_eq!(against("cnn(1x8x8, 4x2, 10, relu)", "constant(value=0.1)"), None);
    }
}
