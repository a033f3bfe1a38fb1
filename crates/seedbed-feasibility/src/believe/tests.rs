//! Claims where they hold and where they do not, and measurements beside theory.

use super::record::Row;
use super::rows::{EFFECTIVE_INPUTS, HIDDEN_LIKENESS, JACOBIAN_MEAN, SPREAD, UNREAD};
use super::*;
use crate::study::Silent;
use crate::{stand_in, statistics};

fn beliefs(network: &str, prior: &str, draws: usize) -> Beliefs {
    let network: Network = network.parse().unwrap();
    let data = match network.input().elements() {
        64 => seedbed_network::data::digits(),
        _ => stand_in::inputs(&network, 256, 5).unwrap(),
    };
    let prior = prior.parse().unwrap();
    let request = Request { network: &network, data: &data, prior: &prior, draws, seed: 3, confidence: 0.999 };
    believe(&request, 2, &Silent).unwrap()
}

fn row<'b>(beliefs: &'b Beliefs, quantity: &str) -> &'b Row {
    beliefs.rows.iter().find(|row| row.quantity == quantity).unwrap_or_else(|| panic!("no row '{quantity}'"))
}

/// Beliefs that are claimed and not held, each once.
fn broken(beliefs: &Beliefs) -> Vec<&str> {
    let broken = beliefs.rows.iter().filter(|row| row.claimed.is_some() && row.held == Some(false));
    let mut names: Vec<&str> = broken.map(|row| row.belief.as_str()).collect();
    names.dedup();
    names
}

/// Whether theory lies in the interval of the measurement.
#[track_caller]
fn agrees(row: &Row) {
    let theory = row.theory.as_ref().unwrap_or_else(|| panic!("no theory of {row:?}"));
    let slack = 1e-4 * theory.value.abs();
    let measured = &row.measured;
    assert!(measured.low - slack <= theory.value && theory.value <= measured.high + slack, "{row:?}");
}

#[test]
fn claims_hold_where_they_are_made_for() {
    for (network, prior) in [
        ("mlp(64, 128x10, 10, relu)", "he_normal"),
        ("mlp(64, 96x6, 10, tanh)", "glorot_uniform"),
        ("mlp(64, 64x10, 10, identity)", "orthogonal"),
        ("mlp(64, 128x5, 10, relu)", "sparse(nonzeros=15, gain=relu)"),
    ] {
        let found = beliefs(network, prior, 6);
        assert!(found.holds_its_claims(), "{network} {prior}: {:?}", broken(&found));
        assert!(found.rows.iter().any(|row| row.claimed.is_some() && row.held == Some(true)));
    }
}

#[test]
fn claims_do_not_hold_where_they_are_not_made_for() {
    for (network, prior, belief) in [
        ("mlp(64, 32x3, 10, relu)", "sparse(nonzeros=1, gain=relu)", "sparsity"),
        ("mlp(64, 64x8, 10, relu)", "orthogonal(gain=1.4142135)", "isometry"),
        ("mlp(64, 32x3, 10, relu)", "zeros", "symmetry"),
        ("mlp(64, 64x60, 10, tanh)", "he_normal", "gradient_flow"),
        ("mlp(64, 128x10, 10, relu)", "glorot_uniform", "scale"),
    ] {
        let found = beliefs(network, prior, 6);
        assert!(broken(&found).contains(&belief), "{network} {prior}: {:?}", broken(&found));
        assert!(!found.holds_its_claims());
    }
}

#[test]
fn what_is_not_held_says_why() {
    let sparse = beliefs("mlp(64, 32x3, 10, relu)", "sparse(nonzeros=1, gain=relu)", 6);
    let unread = row(&sparse, UNREAD);
    assert!(unread.note.contains("of the 64 inputs of layer1 are read by no unit"), "{}", unread.note);
    assert!((unread.theory.as_ref().unwrap().value - (63.0f64 / 64.0).powi(32)).abs() < 1e-12);
    agrees(unread);
    let relu = beliefs("mlp(64, 64x8, 10, relu)", "orthogonal(gain=1.4142135)", 6);
    assert!(row(&relu, SPREAD).note.contains("no weights can make it an isometry"));
    let zeros = beliefs("mlp(64, 32x3, 10, relu)", "zeros", 6);
    assert_eq!(row(&zeros, "distinct units / units").note, "all 32 units of layer1 are tied");
    let shrinks = beliefs("mlp(64, 128x10, 10, relu)", "glorot_uniform", 6);
    assert!(row(&shrinks, "forward variance ratio per layer").note.starts_with("the signal shrinks by 2.0"));
}

#[test]
fn orthogonal_weights_and_no_activation_are_an_isometry_exactly() {
    let found = beliefs("mlp(64, 64x10, 10, identity)", "orthogonal", 4);
    let (spread, mean) = (row(&found, SPREAD), row(&found, JACOBIAN_MEAN));
    assert!(spread.measured.value < 1e-9 && spread.theory.as_ref().unwrap().value.abs() < 1e-9);
    assert!((mean.measured.value - 1.0).abs() < 1e-5 && mean.held == Some(true));
    let jacobian = found.jacobian.unwrap();
    assert_eq!(
        (jacobian.from.as_str(), jacobian.to.as_str(), jacobian.singular_values.len()),
        ("layer1", "layer10", 4)
    );
    assert!(jacobian.singular_values[0].iter().all(|value| (value - 1.0).abs() < 1e-5));
    assert_eq!(jacobian.law.unwrap().atoms, [(1.0, 1.0)]);
}

#[test]
fn spectra_follow_their_law() {
    // the mean of the squared spread over draws, 24 draws each
    for (network, prior, infinite) in [
        ("mlp(64, 128x4, 10, relu)", "he_normal", 6.0),
        ("mlp(64, 128x4, 10, identity)", "lecun_normal", 3.0),
        ("mlp(64, 128x4, 10, relu)", "orthogonal(gain=1.4142135)", 3.0),
    ] {
        let found = beliefs(network, prior, 24);
        let spread = row(&found, SPREAD);
        let theory = spread.theory.as_ref().unwrap();
        assert!((theory.value / infinite - 1.0).abs() < 0.1, "{network} {prior} {theory:?}");
        assert!((spread.measured.value / theory.value - 1.0).abs() < 0.05, "{network} {prior} {spread:?}");
    }
}

#[test]
fn the_signal_follows_the_mean_field() {
    // exact at any width in the mean over draws: identity and relu with independent weights
    for (network, prior) in
        [("mlp(64, 96x5, 10, relu)", "he_normal"), ("mlp(64, 96x5, 10, relu, residual)", "glorot_normal")]
    {
        let network: Network = network.parse().unwrap();
        let data = seedbed_network::data::digits();
        let prior: Prior = prior.parse().unwrap();
        let request = Request { network: &network, data: &data, prior: &prior, draws: 48, seed: 0, confidence: 0.999 };
        let bench = Bench::new(&network, request.inputs(), 0).unwrap();
        let derivation = Derivation::new(&network, &prior, request.inputs(), 1).unwrap();
        let draws: Vec<Draw> = (0..48).map(|seed| bench.draw(&prior, seed, 0).unwrap()).collect();
        for (layer, (node, _)) in network.weighted_layers().enumerate() {
            let values: Vec<f64> = draws.iter().map(|draw| draw.probe.layers[layer].forward_mean_square).collect();
            let found = statistics::mean(&values, 0.999);
            let predicted = derivation.forward(node).unwrap().value;
            assert!(found.low <= predicted && predicted <= found.high, "{network} {layer}: {predicted} {found}");
        }
    }
}

#[test]
fn a_gradient_that_passes_by_the_last_hidden_layer_is_no_part_of_the_jacobian() {
    let found = beliefs("mlp(64, 128x5, 10, relu, residual)", "glorot_normal", 32);
    let mean = row(&found, JACOBIAN_MEAN);
    let theory = mean.theory.as_ref().unwrap().value;
    assert!((mean.measured.value / theory - 1.0).abs() < 0.1, "{mean:?}");
}

#[test]
fn theory_lies_in_the_intervals_of_many_draws() {
    let found = beliefs("mlp(64, 128x3, 10, relu)", "he_normal", 48);
    for quantity in ["mean square of the outputs", "density of the weights", UNREAD] {
        agrees(row(&found, quantity));
    }
    // ratios of means and means of ratios differ by 1/width; so near is near enough to see a wrong formula
    for quantity in [HIDDEN_LIKENESS, "cosine of the outputs of two examples", "backward variance ratio per layer"] {
        let row = row(&found, quantity);
        let theory = row.theory.as_ref().unwrap().value;
        assert!((row.measured.value / theory - 1.0).abs() < 0.1, "{row:?}");
    }
    let agreement = row(&found, "squared cosine of the outputs of two draws");
    assert_eq!(agreement.measured.n, 24);
    agrees(agreement);
}

#[test]
fn examples_of_all_lengths_are_told_apart() {
    // one length for all would say 0.012 saturated, where 0.017 are
    let found = beliefs("mlp(64, 256x4, 10, tanh)", "he_normal", 4);
    for quantity in ["backward variance ratio over depth", "dead or saturated units / units"] {
        let row = row(&found, quantity);
        let theory = row.theory.as_ref().unwrap().value;
        assert!((row.measured.value / theory - 1.0).abs() < 0.1, "{row:?}");
    }
}

#[test]
fn an_operation_without_theory_is_named_and_measured_all_the_same() {
    let found = beliefs("cnn(1x8x8, 4x2, 10, relu, max_pool)", "he_normal", 4);
    let scale = row(&found, "mean square of the outputs");
    assert!(scale.theory.is_none() && scale.note.contains("max_pool1"), "{scale:?}");
    assert!(scale.note.contains("measured column only"));
    assert!(scale.measured.value > 0.0 && scale.measured.n == 4);
    let alike = beliefs("mlp(64, 16x3, 10, relu)", "constant(value=0.1)", 4);
    let backward = row(&alike, "backward variance ratio per layer");
    assert!(backward.theory.is_none() && backward.note.contains("layer1"), "{backward:?}");
    assert!(backward.measured.value > 0.0);
}

#[test]
fn thin_and_shallow_networks_have_fewer_rows_to_hold() {
    let narrow = beliefs("mlp(64, 1x3, 10, relu)", "he_normal", 4);
    assert_eq!(row(&narrow, "distinct units / units").measured.value, 1.0);
    let shallow = beliefs("mlp(64, 10, identity)", "orthogonal", 4);
    assert_eq!(row(&shallow, "forward variance ratio per layer").held, None);
    assert_eq!(row(&shallow, SPREAD).held, Some(true));
    assert_eq!(shallow.signal.len(), 1);
}

#[test]
fn boolean_networks_have_a_rank_plot() {
    let found = beliefs("mlp(5, 20x2, 1, relu)", "{*.weight=he_normal; *.bias=normal(std=1)}", 4);
    assert_eq!(found.data.name, "standard normal inputs");
    let functions = found.functions.unwrap();
    assert_eq!((functions.inputs, functions.draws), (5, 10_000));
    assert!(functions.shares.windows(2).all(|pair| pair[0] >= pair[1]) && functions.shares[0] > 0.05);
    assert!(beliefs("mlp(64, 8, 1, relu)", "he_normal", 4).functions.is_none());
}

#[test]
fn the_place_in_the_phase_diagram() {
    let phase = beliefs("mlp(64, 32x4, 10, tanh)", "normal(std=0.25)", 4).phase.unwrap();
    // fan_in 32 of variance 1/16
    assert!((phase.weight_variance - 2.0).abs() < 1e-12 && phase.bias_variance == 0.0);
    assert_eq!(phase.phase.as_deref(), Some("chaotic"));
    assert!(phase.edge_of_chaos[0].0 == 0.0 && (phase.edge_of_chaos[0].1 - 1.0).abs() < 1e-12);
    assert!(phase.edge_of_chaos.windows(2).all(|pair| pair[0].1 < pair[1].1));
}

#[test]
fn counts_and_notes() {
    let sparse = beliefs("mlp(64, 32x3, 10, relu)", "sparse(nonzeros=4, per=input)", 4);
    assert_eq!(row(&sparse, UNREAD).measured.value, 0.0);
    let effective = &row(&sparse, EFFECTIVE_INPUTS).measured;
    assert!(effective.value > 2.0 && effective.value < 8.0, "8 nonzeros a unit on average: {effective}");
    let network: Network = "mlp(2, 4, 2, relu)".parse().unwrap();
    let mut data = stand_in::inputs(&network, 256, 0).unwrap();
    data.train.inputs.copy_within(0..2, 2);
    let prior: Prior = "he_normal".parse().unwrap();
    let request = Request { network: &network, data: &data, prior: &prior, draws: 4, seed: 0, confidence: 0.95 };
    let found = believe(&request, 1, &Silent).unwrap();
    assert!(found.notes[0].starts_with("1 of the 256 examples repeat another"), "{:?}", found.notes);
    let json = |beliefs: &Beliefs| serde_json::to_string(beliefs).unwrap();
    assert_eq!(json(&found), json(&believe(&request, 3, &Silent).unwrap()));
}

#[test]
fn bad_requests_are_refused() {
    let network: Network = "mlp(64, 4, 10, relu)".parse().unwrap();
    let data = seedbed_network::data::digits();
    let prior: Prior = "he_normal".parse().unwrap();
    let good = Request { network: &network, data: &data, prior: &prior, draws: 4, seed: 0, confidence: 0.95 };
    let refused = |request: Request| request.check().unwrap_err().to_string();
    assert!(refused(Request { draws: 3, ..good }).contains("at least 4"));
    let small: Network = "mlp(8, 4, 10, relu)".parse().unwrap();
    assert!(refused(Request { network: &small, ..good }).contains("1x8x8"));
    let unmatched: Prior = "{layer1.*=ones}".parse().unwrap();
    assert!(refused(Request { prior: &unmatched, ..good }).contains("layer2.weight"));
}

#[test]
fn the_record_survives_json() {
    let found = beliefs("mlp(64, 16x3, 10, relu)", "zeros", 4);
    let json = serde_json::to_string(&found).unwrap();
    assert!(json.starts_with(r#"{"schema":"seedbed.prior/1""#));
    let back: Beliefs = serde_json::from_str(&json).unwrap();
    let held = |beliefs: &Beliefs| beliefs.rows.iter().map(|row| (row.quantity.clone(), row.held)).collect::<Vec<_>>();
    assert_eq!(held(&back), held(&found));
    assert!(back.rows[0].measured.value.is_nan() && back.phase.is_some());
}
