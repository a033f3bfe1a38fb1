//! Beliefs in, beliefs out: what is stated, solved for and then measured on draws lies within a tenth.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::print_stdout, reason = "--nocapture shows stated beside measured")]

use seedbed_feasibility::stated::{Measured, Request, measure};
use seedbed_network::graph::Network;
use seedbed_theory::beliefs::{Stated, solve};

fn measured(network: &str, beliefs: &str, draws: usize) -> Vec<Measured> {
    let network: Network = network.parse().unwrap();
    let stated = Stated::from_toml(beliefs).unwrap();
    let answer = solve(&network, &stated).unwrap();
    assert!(answer.trades.is_empty(), "{:?}", answer.trades);
    let request = Request { network: &network, stated: &stated, answer: &answer, draws, seed: 11, confidence: 0.95 };
    measure(&request, &answer.prior, 2).unwrap()
}

/// Every belief within a tenth, and its interval too.
fn all_met(network: &str, beliefs: &str, draws: usize) {
    let found = measured(network, beliefs, draws);
    assert!(!found.is_empty());
    for Measured { belief, stated, predicted, measured, met, .. } in found {
        let told = format!("{network}: {belief} stated {stated}, predicted {predicted:.4}, measured {measured}");
        println!("{told}");
        let allowed = 0.1 * stated.abs();
        assert!(met && measured.low >= stated - allowed && measured.high <= stated + allowed, "{told}");
    }
}

#[test]
fn dense_networks() {
    all_met("mlp(64, 256x6, 10, relu)", "output_std = 0.3", 200);
    all_met("mlp(64, 256x6, 10, tanh)", "confidence = 0.35\nsmoothness = \"critical\"", 200);
    all_met("mlp(64, 256x8, 10, tanh)", "correlation_length = 4\noutput_std = 1", 200);
    all_met("mlp(64, 256x6, 10, erf)", "correlation = { inputs = 0.5, outputs = 0.8 }", 200);
    all_met("mlp(64, 256x6, 10, gelu)", "gradient_ratio = 0.5", 200);
    all_met("mlp(64, 128x8, 10, tanh)", "isometry = 0.3\ndiverse_units = true", 12);
    all_met("mlp(100, 256x4, 10, relu)", "relevant_inputs = 0.1\ndensity = 0.25\noutput_std = 2", 200);
    all_met("mlp(64, 128x4, 10, tanh)", "without_effect = [\"layer5.weight\"]\ncorrelation_length = 3", 100);
}

#[test]
fn a_rough_dense_network() {
    all_met("mlp(64, 256x6, 10, tanh)", "smoothness = \"rough\"\ncorrelation_length = 20", 200);
}

#[test]
fn convolutional_networks() {
    all_met("cnn(3x8x8, 64x3, 10, relu)", "output_std = 0.5\ndensity = 0.2", 100);
    all_met("cnn(3x8x8, 64x3, 10, tanh)", "correlation = { inputs = 0.5, outputs = 0.7 }\noutput_std = 1", 100);
    all_met("cnn(3x8x8, 64x3, 10, relu, average_pool)", "confidence = 0.5", 100);
}

#[test]
fn residual_networks() {
    all_met("mlp(64, 128, 128x6, 10, relu, residual)", "near_identity = 0.5\noutput_std = 1", 200);
    all_met("mlp(64, 128, 128x6, 10, tanh, residual)", "near_identity = 2", 100);
    all_met("mlp(64, 128, 128x6, 10, tanh, residual, layer_norm)", "gradient_ratio = 1.5", 100);
    all_met("mlp(64, 128, 128x6, 10, tanh, residual)", "near_identity = 0", 8);
    all_met("mlp(64, 128, 128x6, 10, tanh, residual)", "correlation = { inputs = 0.3, outputs = 0.25 }", 200);
}

#[test]
fn another_prior_does_not_have_what_was_stated() {
    let network: Network = "mlp(64, 128x4, 10, tanh)".parse().unwrap();
    let stated = Stated::from_toml("output_std = 0.1\ndensity = 0.25\ncorrelation_length = 2").unwrap();
    let answer = solve(&network, &stated).unwrap();
    let request = Request { network: &network, stated: &stated, answer: &answer, draws: 16, seed: 3, confidence: 0.95 };
    let found = measure(&request, &"he_normal".parse().unwrap(), 1).unwrap();
    assert!(found.iter().all(|belief| !belief.met), "{found:?}");
    assert!(measure(&Request { draws: 3, ..request }, &answer.prior, 1).is_err());
}

#[test]
fn recurrent_networks() {
    all_met("rnn(20x8, 128, 10, tanh)", "memory = 10\noutput_std = 0.5", 100);
    all_met("rnn(20x8, 64x2, 10, tanh)", "memory = 5\noutput_std = 1", 100);
    all_met("rnn(12x8, 256, 10, relu)", "memory = 3\noutput_std = 1", 100);
    all_met("rnn(12x3, 64, 5, erf, all)", "memory = 40\nconfidence = 0.5", 100);
    all_met("lstm(20x2, 64, 10)", "memory = 50\noutput_std = 2", 100);
    all_met("lstm(20x8, 64, 10)", "memory = 3\nwithout_effect = [\"layer2.weight\"]", 50);
    all_met("gru(20x4, 64, 10)", "memory = 20\nconfidence = 0.4", 100);
}
