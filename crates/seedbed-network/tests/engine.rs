//! The engine against answers it did not compute: central differences in f64, and small cases by hand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod differences;

use differences::{check_gradients, inputs, weights};
use seedbed::{Activation, Prior};
use seedbed_network::graph::{Layer, Network};
use seedbed_network::run::{Batch, Runner};

const NETWORKS: [&str; 9] = [
    "mlp(6, 5x3, 3, relu)",
    "mlp(6, 5x2, 3, leaky_relu(slope=0.2))",
    "mlp(6, 5x2, 3, tanh)",
    "mlp(6, 5x2, 3, sigmoid)",
    "mlp(6, 5x2, 3, gelu, layer_norm)",
    "mlp(6, 6x3, 3, silu, residual)",
    "mlp(6, 5x2, 3, identity)",
    "cnn(2x4x4, 3x2, 3, tanh, average_pool, layer_norm)",
    "cnn(2x4x4, 2x2, 3, relu, max_pool, residual)",
];

#[test]
fn gradients_agree_with_central_differences() {
    for text in NETWORKS {
        let network: Network = text.parse().unwrap();
        check_gradients(&network);
    }
}

#[test]
fn every_activation_is_the_one_of_the_core_with_its_gradient() {
    for activation in Activation::all() {
        let network: Network = format!("mlp(6, 5x2, 3, {activation})").parse().unwrap();
        check_gradients(&network);
        let weights: Vec<Vec<f32>> =
            weights(&network).iter().map(|values| values.iter().map(|&value| 3.0 * value as f32).collect()).collect();
        let inputs = inputs(24);
        let batch = Batch { inputs: &inputs, labels: &[0, 1, 2, 0] };
        let trace = Runner::new(&network).trace(&weights, &batch).unwrap();
        let before = trace.output(&network, "layer1").unwrap();
        let after = trace.output(&network, "activation1").unwrap();
        for (z, found) in before.iter().zip(after) {
            let expected = activation.value(f64::from(*z));
            let error = (f64::from(*found) - expected).abs();
            assert!(error < 2e-6 * expected.abs().max(1.0), "{activation} at {z}: {found}, not {expected}");
        }
    }
}

#[test]
fn gradients_of_a_strided_grouped_convolution() {
    let layers = [
        Layer::Conv2d { channels: 4, kernel: 3, stride: 2, padding: Some(1), groups: 2, name: None },
        Layer::Activation { function: "silu".to_owned() },
        Layer::Flatten,
        Layer::Dense { units: 2, name: None },
    ];
    check_gradients(&Network::build("grouped", &"2x5x5".parse().unwrap(), &layers).unwrap());
}

#[test]
fn a_dense_layer_by_hand() {
    // logits = W x + b = (1·2 + 2·3 + 0.5, −1·2 + 0·3 − 0.5) = (8.5, −2.5); loss of class 1 = ln(1 + e^11)
    let network: Network = "mlp(2, 2, identity)".parse().unwrap();
    let weights = vec![vec![1.0, 2.0, -1.0, 0.0], vec![0.5, -0.5]];
    let batch = Batch { inputs: &[2.0, 3.0], labels: &[1] };
    let trace = Runner::new(&network).trace(&weights, &batch).unwrap();
    assert_eq!(trace.output(&network, "layer1").unwrap(), [8.5, -2.5]);
    assert!((trace.loss - (1.0 + 11f64.exp()).ln()).abs() < 1e-5);
    let by_logits = trace.gradient(&network, "layer1").unwrap();
    assert!((by_logits[0] - 0.999_983_3).abs() < 1e-5 && (by_logits[1] + 0.999_983_3).abs() < 1e-5);
    let by_input = trace.gradient(&network, "input").unwrap();
    assert!((by_input[0] - 1.999_966_6).abs() < 1e-5, "W₀₀ − W₁₀ = 2 times 0.99998, not {}", by_input[0]);
}

#[test]
fn evaluation_counts_and_averages_over_chunks() {
    let network: Network = "mlp(1, 2, identity)".parse().unwrap();
    let weights = vec![vec![1.0, -1.0], vec![0.0, 0.0]];
    let inputs: Vec<f32> = (0..2500).map(|index| if index % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let labels = vec![0; 2500];
    let found = Runner::new(&network).evaluate(&weights, &Batch { inputs: &inputs, labels: &labels }).unwrap();
    assert_eq!(found.accuracy, 0.5);
    let expected = ((1.0 + (-2f64).exp()).ln() + (1.0 + 2f64.exp()).ln()) / 2.0;
    assert!((found.loss - expected).abs() < 1e-6);
}

#[test]
fn nan_weights_are_an_outcome_not_a_crash() {
    let network: Network = "mlp(2, 3, 2, relu)".parse().unwrap();
    let weights: Vec<Vec<f32>> = network.parameters.iter().map(|p| vec![f32::NAN; p.shape.elements()]).collect();
    let batch = Batch { inputs: &[1.0, 1.0], labels: &[0] };
    let runner = Runner::new(&network);
    assert!(runner.loss_and_gradients(&weights, &batch).unwrap().loss.is_nan());
    assert_eq!(runner.evaluate(&weights, &batch).unwrap().accuracy, 0.0);
}

#[test]
fn what_does_not_fit_is_named() {
    let network: Network = "mlp(2, 3, 2, relu)".parse().unwrap();
    let runner = Runner::new(&network);
    let mut weights = "he_normal".parse::<Prior>().unwrap().draw(&network.parameters, 0).unwrap();
    let refuse =
        |weights: &[Vec<f32>], batch: Batch| runner.loss_and_gradients(weights, &batch).unwrap_err().to_string();
    assert!(refuse(&weights, Batch { inputs: &[1.0], labels: &[0] }).contains("batch"));
    assert!(refuse(&weights, Batch { inputs: &[1.0, 1.0], labels: &[2] }).contains("class 2"));
    weights[2].pop();
    assert!(refuse(&weights, Batch { inputs: &[1.0, 1.0], labels: &[0] }).contains("layer2.weight"));
}
