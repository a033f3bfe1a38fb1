//! Why a belief is not held, in words.

use seedbed_network::graph::Network;

use super::jacobian;
use super::measure::inputs;
use super::record::Row;
use super::rows::{JACOBIAN_MEAN, SPREAD, UNREAD};

/// One sentence without its full stop.
pub fn not_held(network: &Network, row: &Row) -> String {
    let value = row.measured.value;
    let layer = row.layer.as_deref().unwrap_or("the network");
    match (row.belief.as_str(), row.quantity.as_str()) {
        ("scale", _) => moves("signal", value, &row.quantity),
        ("gradient_flow", _) => moves("gradient on its way back", value, &row.quantity),
        ("symmetry", _) => tied(network, row),
        ("activity", _) => format!("{} of the units of {layer} are dead or saturated", percent(value)),
        ("evenness", _) if value.is_nan() => "no input counts".to_owned(),
        ("evenness", _) => format!("few inputs count at first: evenness {value:.2}"),
        ("sparsity", UNREAD) => unread(network, row, layer),
        ("isometry", SPREAD) if value.is_nan() => "the Jacobian is 0".to_owned(),
        ("isometry", SPREAD) => spread(network, row),
        ("isometry", JACOBIAN_MEAN) => format!("the mean squared singular value is {}", short(value)),
        _ => format!("measured {}, outside the expected range", short(value)),
    }
}

fn moves(what: &str, ratio: f64, quantity: &str) -> String {
    let by = if quantity.ends_with("per layer") { "a layer" } else { "over the depth" };
    match ratio {
        ratio if ratio.is_nan() || ratio == 0.0 => format!("no {what} arrives"),
        ratio if ratio < 1.0 => format!("the {what} shrinks by {} {by}", short(1.0 / ratio)),
        ratio => format!("the {what} grows by {} {by}", short(ratio)),
    }
}

fn tied(network: &Network, row: &Row) -> String {
    let Some(node) = network.nodes.iter().find(|node| Some(&node.name) == row.layer.as_ref()) else {
        return format!("{} of the hidden units repeat another", percent(1.0 - row.measured.value));
    };
    let units = node.units();
    match (row.measured.value * units as f64).round() {
        one if one <= 1.0 => format!("all {units} units of {} are tied", node.name),
        distinct => format!("only {distinct:.0} of {units} units of {} are distinct", node.name),
    }
}

fn unread(network: &Network, row: &Row, layer: &str) -> String {
    let node = network.nodes.iter().position(|node| node.name == layer);
    let inputs = node.map_or(0, |node| inputs(network, node)) as f64;
    format!("about {:.0} of the {inputs} inputs of {layer} are read by no unit", row.measured.value * inputs)
}

fn spread(network: &Network, row: &Row) -> String {
    let activation = network.dominant_activation();
    let stray = format!("squared singular values stray by {} times their mean", short(row.measured.value.sqrt()));
    // from input to output mirrored units can, as those of looks_linear
    match activation.can_die() && between_hidden_layers(network) {
        true => format!("{stray}; {activation} closes units, so no weights can make it an isometry"),
        false => stray,
    }
}

fn between_hidden_layers(network: &Network) -> bool {
    jacobian::ends(network).is_some_and(|ends| ends.hidden)
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// About three significant digits.
fn short(value: f64) -> String {
    match value.abs() {
        size if size != 0.0 && !(1e-3..1e6).contains(&size) => format!("{value:.1e}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}
