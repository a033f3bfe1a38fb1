//! What the mean field of the user's network rules out, in milliseconds.

use seedbed::Prior;
use seedbed_network::graph::{Network, NodeIndex, Operation};
use seedbed_theory::propagate::{InputMoments, Prediction, propagate};

use super::super::Request;
use super::{Objection, Screened, trunk};
use crate::error::FeasibilityError;
use crate::probe::PROBE_EXAMPLES;
use crate::statistics::estimate::short;

/// A signal or gradient whose mean square changes more than this many times over the whole depth is objected to. One draw
/// of a start that keeps the length strays less (three standard deviations of the finite-width law over 50 ReLU layers of
/// 64 units are a factor 400), and biases and the optimizer make up for a part of what theory sees.
const WINDOW: f64 = 1e3;
/// A single number can still tell two classes apart, and meet one target.
const TOLD_APART_BY_ONE_NUMBER: usize = 2;

/// Objections to the candidates.
pub fn screen(request: &Request, priors: &[&Prior]) -> Result<Screened, FeasibilityError> {
    let network = request.network;
    let examples = request.data.train.examples().min(PROBE_EXAMPLES);
    let inputs = &request.data.train.inputs[..examples * network.input().elements()];
    let moments = InputMoments::of(inputs, network.input())?;
    let (mut objections, mut notes) = (Vec::new(), Vec::new());
    for prior in priors {
        let mut found = tied(network, prior);
        if let (None, Some(ends)) = (&found, trunk::ends(network)) {
            let propagated = propagate(network, prior, &moments).map_err(|error| error.to_string());
            match propagated.and_then(|predictions| through_depth(&predictions, network, ends)) {
                Ok(objection) => found = objection,
                Err(missing) => notes.push(format!("theory has no answer for {prior}: {missing}")),
            }
        }
        objections.push(found);
    }
    Ok(Screened { objections, notes })
}

/// Units that every parameter treats alike stay alike in training, whatever the data.
fn tied(network: &Network, prior: &Prior) -> Option<Objection> {
    let layer = &network.nodes[*trunk::bottlenecks(network).first()?];
    let breaks_ties = network.nodes.iter().any(|node| matches!(node.operation, Operation::Dropout { .. }));
    let is_constant = |parameter: &seedbed::Parameter| {
        let facts = prior.initializer(parameter).and_then(|initializer| initializer.facts(parameter));
        facts.is_ok_and(|facts| facts.bounds.0 == facts.bounds.1)
    };
    let is_tied =
        network.outputs() > TOLD_APART_BY_ONE_NUMBER && !breaks_ties && network.parameters.iter().all(is_constant);
    let why = format!("every parameter is constant, so the {} units of {} stay tied", layer.units(), layer.name);
    is_tied.then_some(Objection { weight: f64::INFINITY, why })
}

/// The change of signal and gradient from one end of the trunk to the other, or what is not known of it.
fn through_depth(
    predictions: &[Prediction],
    network: &Network,
    (first, last): (NodeIndex, NodeIndex),
) -> Result<Option<Objection>, String> {
    let signal = |node: NodeIndex| {
        let prediction = &predictions[node];
        prediction
            .signal
            .map(|signal| signal.mean_square)
            .ok_or_else(|| format!("{}: {}", prediction.node, prediction.missing))
    };
    let forward = signal(last)? / signal(first)?;
    let gradient = |node: NodeIndex| {
        predictions[node].gradient.map(|gradient| gradient * network.nodes[node].shape.elements() as f64)
    };
    let backward = gradient(first).zip(gradient(last)).map(|(first, last)| first / last);
    let names = (network.nodes[first].name.as_str(), network.nodes[last].name.as_str());
    let on_the_way_back =
        |change| format!("by theory the gradient {change} on the way back from {} to {}", names.1, names.0);
    let objections = [
        backward.and_then(|ratio| objection(ratio, on_the_way_back)),
        objection(forward, |change| format!("by theory the signal {change} from {} to {}", names.0, names.1)),
    ];
    let worst = objections.into_iter().flatten().max_by(|one, other| one.weight.total_cmp(&other.weight));
    match (worst, backward) {
        (None, None) => Err(format!("no law of the gradient at {}", names.0)),
        (worst, _) => Ok(worst),
    }
}

/// None within the window, and where a signal of 0 leaves no ratio.
fn objection(ratio: f64, say: impl FnOnce(String) -> String) -> Option<Objection> {
    let weight = ratio.ln().abs();
    if weight.is_nan() || weight <= WINDOW.ln() {
        return None;
    }
    let change = match ratio {
        0.0 => "vanishes".to_owned(),
        f64::INFINITY => "has no bound".to_owned(),
        ..1.0 => format!("shrinks {} times", short(1.0 / ratio)),
        _ => format!("grows {} times", short(ratio)),
    };
    Some(Objection { weight, why: say(change) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objections(network: &str, prior: &str) -> Result<Option<Objection>, String> {
        let network = trunk::tests::network(network);
        let prior: Prior = prior.parse().unwrap();
        if let Some(tied) = tied(&network, &prior) {
            return Ok(Some(tied));
        }
        let predictions = propagate(&network, &prior, &InputMoments::standardized()).unwrap();
        through_depth(&predictions, &network, trunk::ends(&network).unwrap())
    }

    #[test]
    fn the_window_has_two_sides() {
        assert_eq!(objection(0.9e3, |change| change), None);
        assert_eq!(objection(1.1e-3, |change| change), None);
        assert_eq!(objection(f64::NAN, |change| change), None);
        let why = |ratio| objection(ratio, |change| change).unwrap().why;
        assert_eq!([why(2e3), why(1e-4), why(0.0)], ["grows 2000 times", "shrinks 10000 times", "vanishes"]);
    }

    #[test]
    fn the_gradient_is_named_where_it_strays_further() {
        // torch:default: weights 1/3 of LeCun's, so gradients (1/6)^29; its biases keep a signal
        let why = objections("mlp(64, 64x30, 10, relu)", "torch:default").unwrap().unwrap().why;
        assert!(why.starts_with("by theory the gradient shrinks") && why.ends_with("from layer30 to layer1"), "{why}");
    }

    #[test]
    fn depth_decides() {
        assert!(objections("mlp(64, 64x9, 10, relu)", "glorot_uniform").unwrap().is_none());
        assert!(objections("mlp(64, 64x13, 10, relu)", "glorot_uniform").unwrap().is_some());
        assert!(objections("mlp(64, 64x50, 10, tanh)", "glorot_uniform").unwrap().is_none());
    }

    #[test]
    fn a_sum_doubles_and_a_normalized_branch_does_not() {
        // a block of He's weights adds twice what it is given: 3^12
        let grown = objections("residual", "he_normal").unwrap().unwrap().why;
        assert!(grown.contains("grows 531441 times"), "{grown}");
        for prior in ["he_normal", "normal(mean=0, std=0.001)", "glorot_uniform", "torch:default"] {
            assert_eq!(objections("residual, normalized", prior), Ok(None), "{prior}");
        }
        // branches that begin at 0 leave the signal as it is
        let silent = "{layer1.*=he_normal; layer26.*=he_normal; *=zeros}";
        assert_eq!(objections("residual", silent), Ok(None));
    }

    #[test]
    fn where_there_is_no_law_nothing_is_said() {
        let missing = objections("transformer(8x8, 16x2, 10, relu)", "he_normal");
        assert!(missing.is_err() || missing == Ok(None), "{missing:?}");
    }

    #[test]
    fn ties_are_broken_by_one_random_parameter() {
        let tied = |prior: &str| {
            let found = objections("mlp(64, 8x3, 10, relu)", prior).ok().flatten();
            found.is_some_and(|objection| objection.weight.is_infinite())
        };
        assert!(tied("zeros") && tied("ones") && tied("constant(value=0.1)"));
        assert!(!tied("{layer4.weight=he_normal; *=constant(value=0.1)}"));
        let of_two = objections("mlp(64, 8x3, 2, relu)", "ones").ok().flatten();
        assert!(of_two.is_none_or(|objection| objection.weight.is_finite()));
    }
}
