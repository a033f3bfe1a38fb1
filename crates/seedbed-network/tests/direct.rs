//! Networks run without the engine against the engine.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod differences;

use differences::{inputs, weights};
use seedbed::Activation;
use seedbed_network::graph::{Layer, Network};
use seedbed_network::run::{Batch, Noise, Runner, Scalar};

// a rate of one half: the engine divides by one less the rate in single precision, whatever the number type
const NETWORKS: [&str; 10] = [
    "mlp(6, 5x3, 3, relu)",
    "mlp(6, 3, relu)",
    "mlp(6, 6x3, 3, silu, residual)",
    "mlp(6, 5x2, 3, tanh, dropout(0.5))",
    "cnn(2x5x4, 3x2, 3, tanh)",
    "cnn(1x8x8, 16x2, 10, relu)",
    "cnn(2x5x5, 3x2, 3, tanh, average_pool)",
    "cnn(2x4x4, 2x2, 3, relu, max_pool, residual)",
    "cnn(3x6x6, 4x2, 4, silu, max_pool)",
    "cnn(1x20x20, 6x2, 3, relu, average_pool)",
];

/// Steps with dropout agree, on classes and on numbers, as closely as the number type allows.
fn check<S: Scalar>(network: &Network, tolerance: f64) {
    let weights: Vec<Vec<S>> =
        weights(network).iter().map(|values| values.iter().map(|&value| S::from_f32(value as f32)).collect()).collect();
    let examples = 7;
    let inputs = inputs(examples * network.input().elements());
    let labels: Vec<u32> = (0..examples).map(|place| [0, 2, 1][place % 3]).collect();
    let numbers: Vec<f32> = (0..examples * network.outputs()).map(|place| (place % 5) as f32 - 2.0).collect();
    for batch in [Batch::classes(&inputs, &labels), Batch::numbers(&inputs, &numbers)] {
        let step = |runner: Runner<S>| runner.training_step(&weights, &batch, Noise { seed: 3, step: 1 }).unwrap();
        let found = step(Runner::with_scalar(network));
        let expected = step(Runner::with_scalar(network).through_engine());
        assert!((found.loss - expected.loss).abs() <= tolerance * expected.loss, "{network}: {found:?} {expected:?}");
        for (found, expected) in found.gradients.iter().zip(&expected.gradients) {
            let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.into_f64().abs()));
            for (found, expected) in found.iter().zip(expected) {
                let error = (found.into_f64() - expected.into_f64()).abs();
                assert!(error <= tolerance * largest, "{network}: {found:?}, not {expected:?}");
            }
        }
    }
}

#[test]
fn every_kind_of_network_agrees_with_the_engine() {
    for text in NETWORKS {
        let network: Network = text.parse().unwrap();
        check::<f64>(&network, 1e-12);
        check::<f32>(&network, 2e-5);
    }
}

/// The Hessian times a direction beside a difference of the engine's gradients.
fn check_hessian(network: &Network) {
    let weights = weights(network);
    let turned = |place: usize| (place as f64 * 0.7 + 0.3).sin();
    let direction: Vec<Vec<f64>> = weights.iter().map(|of_one| (0..of_one.len()).map(turned).collect()).collect();
    let examples = 7;
    let inputs = inputs(examples * network.input().elements());
    let labels: Vec<u32> = (0..examples).map(|place| [0, 2, 1][place % 3]).collect();
    let numbers: Vec<f32> = (0..examples * network.outputs()).map(|place| (place % 5) as f32 - 2.0).collect();
    for batch in [Batch::classes(&inputs, &labels), Batch::numbers(&inputs, &numbers)] {
        let runner = Runner::<f64>::with_scalar(network);
        let found = runner.hessian_times(&weights, &batch, &direction).unwrap().unwrap();
        let engine = runner.through_engine();
        assert_eq!(engine.hessian_times(&weights, &batch, &direction).unwrap(), None);
        let gradients = |step: f64| {
            let moved: Vec<Vec<f64>> = weights
                .iter()
                .zip(&direction)
                .map(|(values, along)| values.iter().zip(along).map(|(value, along)| value + step * along).collect())
                .collect();
            engine.loss_and_gradients(&moved, &batch).unwrap().gradients.concat()
        };
        let (above, below) = (gradients(1e-6), gradients(-1e-6));
        let expected: Vec<f64> = above.iter().zip(&below).map(|(above, below)| (above - below) / 2e-6).collect();
        let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        for (found, expected) in found.concat().iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-7 * largest, "{network}: {found}, not {expected}, of {largest}");
        }
    }
}

#[test]
fn the_hessian_is_that_of_the_engines_gradients() {
    for text in NETWORKS {
        check_hessian(&text.parse().unwrap());
    }
    for activation in Activation::all() {
        check_hessian(&format!("mlp(6, 5x2, 3, {activation})").parse().unwrap());
    }
    check_hessian(&"mlp(6, 5, 4, 3, identity)".parse().unwrap());
}

#[test]
fn every_activation_agrees_with_the_engine() {
    for activation in Activation::all() {
        let network: Network = format!("mlp(6, 9x2, 3, {activation})").parse().unwrap();
        // the engine's erf in f64 is good to single precision
        check::<f64>(&network, 1e-6);
        check::<f32>(&network, 2e-5);
    }
}

#[test]
fn strides_paddings_and_other_kernels_agree_with_the_engine() {
    for (kernel, stride, padding) in [(1, 1, 0), (2, 1, 0), (2, 2, 1), (3, 2, 1), (5, 3, 2), (3, 1, 0)] {
        let layers = [
            Layer::Conv2d { channels: 4, kernel, stride: 1, padding: Some(kernel / 2), groups: 1, name: None },
            Layer::Activation { function: "tanh".to_owned() },
            Layer::Conv2d { channels: 3, kernel, stride, padding: Some(padding), groups: 1, name: None },
            Layer::Flatten,
            Layer::Dense { units: 3, name: None },
        ];
        let network = Network::build("strided", &"2x7x6".parse().unwrap(), &layers).unwrap();
        check::<f64>(&network, 1e-12);
    }
}

#[test]
fn evaluation_and_outputs_agree_with_the_engine() {
    for text in NETWORKS {
        let network: Network = text.parse().unwrap();
        let weights: Vec<Vec<f32>> =
            weights(&network).iter().map(|values| values.iter().map(|&value| value as f32).collect()).collect();
        let inputs = inputs(1003 * network.input().elements());
        let labels: Vec<u32> = (0..1003).map(|place| [2, 0, 1][place % 3]).collect();
        let batch = Batch::classes(&inputs, &labels);
        let (direct, engine) = (Runner::new(&network), Runner::new(&network).through_engine());
        let found = direct.evaluate(&weights, &batch).unwrap();
        let expected = engine.evaluate(&weights, &batch).unwrap();
        assert!((found.loss - expected.loss).abs() < 1e-5 * expected.loss, "{network}: {found:?} {expected:?}");
        assert!((found.accuracy - expected.accuracy).abs() < 2.0 / 1003.0, "{network}: {found:?} {expected:?}");
        let found = direct.outputs(&weights, &inputs).unwrap();
        for (found, expected) in found.iter().zip(engine.outputs(&weights, &inputs).unwrap()) {
            assert!((found - expected).abs() < 1e-4 * expected.abs().max(1.0), "{network}: {found}, not {expected}");
        }
    }
}

#[test]
fn a_network_of_dead_units_has_the_engines_gradients() {
    // zeros put every activation on its kink
    for activation in Activation::all() {
        let network: Network = format!("mlp(3, 4x2, 2, {activation})").parse().unwrap();
        let weights: Vec<Vec<f64>> = network.parameters.iter().map(|p| vec![0.0; p.shape.elements()]).collect();
        let batch = Batch::classes(&[1.0, -1.0, 0.5], &[1]);
        let found = Runner::<f64>::with_scalar(&network).loss_and_gradients(&weights, &batch).unwrap();
        let expected =
            Runner::<f64>::with_scalar(&network).through_engine().loss_and_gradients(&weights, &batch).unwrap();
        for (found, expected) in found.gradients.iter().flatten().zip(expected.gradients.iter().flatten()) {
            assert!((found - expected).abs() < 1e-9, "{activation}: {found}, not {expected}");
        }
    }
}
