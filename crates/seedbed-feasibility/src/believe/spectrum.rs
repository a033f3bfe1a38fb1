//! The law of the Jacobian's singular values on the user's network, and the network's place in the phase diagram.

use seedbed::{Activation, Prior};
use seedbed_network::graph::{Network, NodeIndex};
use seedbed_theory::TheoryError;
use seedbed_theory::finite_width::jacobian_moments;
use seedbed_theory::jacobian::{JacobianLaw, WeightLaw};
use seedbed_theory::mean_field::{LayerVariances, critical_point, layer_variances, typical_layer};

use super::jacobian::Ends;
use super::record::{PhaseRecord, SpectrumLaw, Theory};
use super::theory::{Derivation, Derived, first_not_plain};

/// Points of a density or a curve.
const POINTS: usize = 60;
/// σ_b up to which the edge of chaos is drawn, unless the network's own is larger.
const LARGEST_BIAS_STD: f64 = 1.0;

/// The layers between two ends, each with the law of its Jacobian.
struct Layers {
    laws: Vec<JacobianLaw>,
    width: usize,
    activation: Activation,
}

/// The laws of a plain chain of equal widths; in words, what stands in the way.
fn layers(network: &Network, prior: &Prior, ends: Ends, derivation: &Derivation) -> Result<Layers, String> {
    if !ends.hidden {
        return Err("a law is known between hidden layers of equal width; measured column only".to_owned());
    }
    if let Some(node) = first_not_plain(network) {
        return Err(format!("{} has no closed form of the singular values; measured column only", node.name));
    }
    let weighted: Vec<NodeIndex> = network.weighted_layers().map(|(node, _)| node).collect();
    let hidden = &weighted[..weighted.len() - 1];
    let width = network.nodes[hidden[0]].units();
    if hidden.iter().any(|&node| network.nodes[node].shape.elements() != width) {
        return Err(
            "hidden layers of unequal widths have no law of singular values here; measured column only".to_owned()
        );
    }
    let activation = network.dominant_activation();
    let variances = layer_variances(network, prior).map_err(in_words)?;
    let law = |(place, layer): (usize, &LayerVariances)| {
        let length = derivation.mean_square(hidden[place - 1])?;
        JacobianLaw::new(activation, layer.weight_variance, length, layer.weights, 1).map_err(in_words)
    };
    let crossed = variances.iter().enumerate().take(hidden.len()).skip(1);
    Ok(Layers { laws: crossed.map(law).collect::<Result<_, _>>()?, width, activation })
}

fn in_words(error: TheoryError) -> String {
    format!("{error}; measured column only")
}

/// Variance of the squared singular values over their mean squared. Each layer adds its own at infinite width; with
/// Gaussian weights and the (leaky) ReLU or the identity the moments are known at any width.
pub fn spread(network: &Network, prior: &Prior, ends: Ends, derivation: &Derivation) -> Derived {
    let Layers { laws, width, activation } = layers(network, prior, ends, derivation)?;
    let infinite: f64 = laws.iter().map(JacobianLaw::relative_variance).sum();
    if !infinite.is_finite() {
        return Err("the Jacobian is 0".to_owned());
    }
    let depth = laws.len();
    let gaussian = laws.iter().all(|law| law.weights == WeightLaw::Gaussian);
    if gaussian && let Ok(exact) = jacobian_moments(activation, width, depth) {
        let value = exact.second_moment / exact.mean_square - 1.0;
        let source = format!("exact moments at width {width}; at infinite width {infinite:.4}");
        return Ok(Theory { value, low: None, high: None, source });
    }
    let source = format!("Σ (μ₂/μ₁² − 1 − s₁) over {depth} layers, at infinite width");
    Ok(Theory { value: infinite, low: None, high: None, source })
}

/// The whole law, where all layers are alike and slopes are 0 or 1.
pub fn law(network: &Network, prior: &Prior, ends: Ends, derivation: &Derivation) -> Option<SpectrumLaw> {
    let Layers { laws, activation, .. } = layers(network, prior, ends, derivation).ok()?;
    let first = laws.first()?;
    let alike = |law: &JacobianLaw| law.weights == first.weights && (law.mean() / first.mean() - 1.0).abs() < 1e-9;
    if !laws.iter().all(alike) || !activation.is_homogeneous() {
        return None;
    }
    let variance = first.mean() / first.slopes().first;
    let spectrum = JacobianLaw::new(activation, variance, 1.0, first.weights, laws.len()).ok()?.spectrum()?;
    let largest = spectrum.largest();
    // over many powers of ten, and close together at the upper end, where the density falls to 0
    let squares: Vec<f64> = (1..POINTS).map(|point| largest * (point as f64 / POINTS as f64).powi(4)).collect();
    let density = squares.iter().map(|&square| spectrum.density(square)).collect();
    Some(SpectrumLaw { squares, density, atoms: spectrum.atoms() })
}

/// Where the typical layer lies beside the edge of chaos; `None` for a prior that the mean field refuses.
pub fn phase(network: &Network, prior: &Prior) -> Option<PhaseRecord> {
    let field = typical_layer(network, prior).ok()?;
    let point = field.fixed_point().ok();
    let largest = field.bias_variance().sqrt().max(LARGEST_BIAS_STD);
    let biases = (0..=POINTS).map(|point| (largest * point as f64 / POINTS as f64).powi(2));
    let edge = biases.filter_map(|bias| {
        critical_point(field.activation(), bias).ok().map(|critical| (bias, critical.network.weight_variance()))
    });
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    Some(PhaseRecord {
        activation: field.activation().to_string(),
        weight_variance: field.weight_variance(),
        bias_variance: field.bias_variance(),
        phase: point.as_ref().map(|point| point.phase().to_string()),
        chi: point.as_ref().and_then(|point| finite(point.chi)),
        correlation: point.as_ref().and_then(|point| finite(point.correlation)),
        trainable_depth: point.as_ref().and_then(|point| finite(point.trainable_depth())),
        edge_of_chaos: edge.collect(),
    })
}
