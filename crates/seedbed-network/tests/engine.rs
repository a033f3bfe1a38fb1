//! The engine against answers it did not compute: central differences in f64, and small cases by hand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod differences;

use differences::{check_gradients, inputs, weights};
use seedbed::{Activation, Prior};
use seedbed_network::graph::{Layer, Network};
use seedbed_network::run::{Batch, Noise, Runner};

const NETWORKS: [&str; 12] = [
    "mlp(6, 5x3, 3, relu)",
    "mlp(6, 5x2, 3, leaky_relu(slope=0.2))",
    "mlp(6, 5x2, 3, tanh)",
    "mlp(6, 5x2, 3, sigmoid)",
    "mlp(6, 5x2, 3, gelu, layer_norm)",
    "mlp(6, 6x3, 3, silu, residual)",
    "mlp(6, 5x2, 3, identity)",
    "cnn(2x4x4, 3x2, 3, tanh, average_pool, layer_norm)",
    "cnn(2x4x4, 2x2, 3, relu, max_pool, residual)",
    "mlp(6, 5x2, 3, tanh, batch_norm)",
    "cnn(2x4x4, 3x2, 3, silu, batch_norm, residual)",
    "mlp(6, 5x2, 3, gelu, dropout(0.4))",
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
        let batch = Batch::classes(&inputs, &[0, 1, 2, 0]);
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
    let batch = Batch::classes(&[2.0, 3.0], &[1]);
    let trace = Runner::new(&network).trace(&weights, &batch).unwrap();
    assert_eq!(trace.output(&network, "layer1").unwrap(), [8.5, -2.5]);
    assert!((trace.loss - (1.0 + 11f64.exp()).ln()).abs() < 1e-5);
    let by_logits = trace.gradient(&network, "layer1").unwrap();
    assert!((by_logits[0] - 0.999_983_3).abs() < 1e-5 && (by_logits[1] + 0.999_983_3).abs() < 1e-5);
    let by_input = trace.gradient(&network, "input").unwrap();
    assert!((by_input[0] - 1.999_966_6).abs() < 1e-5, "W₀₀ − W₁₀ = 2 times 0.99998, not {}", by_input[0]);
}

#[test]
fn batch_norm_by_hand() {
    // the identity layer gives (1, 3) and (3, 7): means 2 and 5, variances 1 and 4; scale 2, shift −1
    let network: Network = "mlp(2, 2, 2, identity, batch_norm)".parse().unwrap();
    let identity = vec![1.0, 0.0, 0.0, 1.0];
    let zeros = vec![0.0; 2];
    let weights = vec![identity.clone(), zeros.clone(), vec![2.0; 2], vec![-1.0; 2], identity, zeros];
    let batch = Batch::classes(&[1.0, 3.0, 3.0, 7.0], &[0, 1]);
    let trace = Runner::new(&network).trace(&weights, &batch).unwrap();
    for (found, expected) in trace.output(&network, "norm1").unwrap().iter().zip([-3.0, -3.0, 1.0, 1.0]) {
        assert!((found - expected).abs() < 2e-5, "{found}, not {expected}");
    }
}

#[test]
fn batch_norm_of_images_is_by_channel() {
    // a linear classifier's input is what normalization left: each channel of mean 0 and variance 1 over batch and place
    let network: Network = "cnn(2x3x3, 4, 3, identity, batch_norm)".parse().unwrap();
    let weights = "he_normal".parse::<Prior>().unwrap().draw(&network.parameters, 1).unwrap();
    let inputs = inputs(5 * 18);
    let trace = Runner::new(&network).trace(&weights, &Batch::classes(&inputs, &[0; 5])).unwrap();
    let normalized = trace.output(&network, "norm1").unwrap();
    for channel in 0..4 {
        let of_channel: Vec<f32> =
            normalized.chunks(36).flat_map(|e| e[9 * channel..9 * channel + 9].to_vec()).collect();
        let mean = of_channel.iter().sum::<f32>() / 45.0;
        let variance = of_channel.iter().map(|value| value * value).sum::<f32>() / 45.0;
        assert!(mean.abs() < 1e-5 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
    }
    // evaluation of many examples gives each chunk statistics of its own, none of a rest of one example
    let many: Vec<f32> = inputs.iter().copied().cycle().take(1001 * 18).collect();
    let labels: Vec<u32> = (0..1001).map(|place| place % 3).collect();
    let found = Runner::new(&network).evaluate(&weights, &Batch::classes(&many, &labels)).unwrap();
    assert!(found.loss.is_finite());
}

#[test]
fn dropout_drops_in_training_alone() {
    let network: Network = "mlp(4, 64, 2, identity, dropout(0.3))".parse().unwrap();
    let weights = "glorot_normal".parse::<Prior>().unwrap().draw(&network.parameters, 1).unwrap();
    let batch = Batch::classes(&[1.0, -1.0, 0.5, 2.0], &[1]);
    let runner = Runner::new(&network);
    let still = runner.loss_and_gradients(&weights, &batch).unwrap();
    let step = |seed, step| runner.training_step(&weights, &batch, Noise { seed, step }).unwrap();
    assert_eq!(step(1, 2).gradients, step(1, 2).gradients);
    assert_ne!(step(1, 2).gradients, step(1, 3).gradients);
    assert_ne!(step(1, 2).gradients, step(2, 2).gradients);
    // units that were dropped get no gradient: three in ten of them
    let readout = |found: &[f32]| found[..64].iter().filter(|&&gradient| gradient == 0.0).count();
    let dropped: usize = (0..50).map(|place| readout(&step(1, place).gradients[2])).sum();
    assert!((dropped as f64 - 960.0).abs() < 4.0 * 26.0, "{dropped}");
    assert_eq!(readout(&still.gradients[2]), 0);
    // the readout's gradient is δ hᵀ, its bias's is δ: what is left of h has grown by 1 / 0.7
    let noisy = step(1, 2);
    let grown = noisy.gradients[3][0] / still.gradients[3][0] / 0.7;
    for (found, rest) in noisy.gradients[2].iter().zip(&still.gradients[2]).take(64).filter(|(found, _)| **found != 0.0)
    {
        assert!((found / rest / grown - 1.0).abs() < 1e-4, "{found} {rest} {grown}");
    }
    let plain: Network = "mlp(4, 64, 2, identity)".parse().unwrap();
    let without = Runner::new(&plain).loss_and_gradients(&weights, &batch).unwrap();
    assert_eq!((still.loss, still.gradients), (without.loss, without.gradients));
}

#[test]
fn squared_error_and_its_gradient() {
    let network: Network = "mlp(3, 4, 2, tanh)".parse().unwrap();
    let runner = Runner::<f64>::with_scalar(&network);
    let inputs = inputs(6);
    let batch = Batch::numbers(&inputs, &[0.5, -1.0, 2.0, 0.25]);
    let mut weights = weights(&network);
    let step = runner.loss_and_gradients(&weights, &batch).unwrap();
    let (kept, width) = (weights[2][1], 1e-5);
    let mut loss_at = |value: f64| {
        weights[2][1] = value;
        runner.loss_and_gradients(&weights, &batch).unwrap().loss
    };
    let slope = (loss_at(kept + width) - loss_at(kept - width)) / (2.0 * width);
    assert!((slope - step.gradients[2][1]).abs() < 1e-8, "{slope} {}", step.gradients[2][1]);
}

#[test]
fn evaluation_of_real_targets_is_a_mean_over_chunks() {
    // outputs (x, −x); targets (0, 0): error x²
    let network: Network = "mlp(1, 2, identity)".parse().unwrap();
    let weights = vec![vec![1.0, -1.0], vec![0.0, 0.0]];
    let inputs: Vec<f32> = (0..2500).map(|index| if index < 1000 { 2.0 } else { 1.0 }).collect();
    let found = Runner::new(&network).evaluate(&weights, &Batch::numbers(&inputs, &[0.0; 5000])).unwrap();
    assert!((found.loss - (4.0 * 1000.0 + 1500.0) / 2500.0).abs() < 1e-6 && found.accuracy.is_nan());
    let refused = Runner::new(&network).evaluate(&weights, &Batch::numbers(&inputs, &[0.0; 2501])).unwrap_err();
    assert!(refused.to_string().contains("2 an example"), "{refused}");
}

#[test]
fn evaluation_counts_and_averages_over_chunks() {
    let network: Network = "mlp(1, 2, identity)".parse().unwrap();
    let weights = vec![vec![1.0, -1.0], vec![0.0, 0.0]];
    let inputs: Vec<f32> = (0..2500).map(|index| if index % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let labels = vec![0; 2500];
    let found = Runner::new(&network).evaluate(&weights, &Batch::classes(&inputs, &labels)).unwrap();
    assert_eq!(found.accuracy, 0.5);
    let expected = ((1.0 + (-2f64).exp()).ln() + (1.0 + 2f64.exp()).ln()) / 2.0;
    assert!((found.loss - expected).abs() < 1e-6);
}

#[test]
fn nan_weights_are_an_outcome_not_a_crash() {
    let network: Network = "mlp(2, 3, 2, relu)".parse().unwrap();
    let weights: Vec<Vec<f32>> = network.parameters.iter().map(|p| vec![f32::NAN; p.shape.elements()]).collect();
    let batch = Batch::classes(&[1.0, 1.0], &[0]);
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
    assert!(refuse(&weights, Batch::classes(&[1.0], &[0])).contains("batch"));
    assert!(refuse(&weights, Batch::classes(&[1.0, 1.0], &[2])).contains("class 2"));
    weights[2].pop();
    assert!(refuse(&weights, Batch::classes(&[1.0, 1.0], &[0])).contains("layer2.weight"));
}

#[test]
fn a_jacobian_agrees_with_central_differences() {
    for text in ["mlp(6, 5x3, 3, tanh)", "cnn(2x4x4, 3x2, 3, tanh, average_pool)", "mlp(6, 6x3, 3, gelu, residual)"] {
        let network: Network = text.parse().unwrap();
        let weights: Vec<Vec<f32>> =
            weights(&network).iter().map(|values| values.iter().map(|&value| value as f32).collect()).collect();
        let runner = Runner::new(&network);
        let elements = network.input().elements();
        let example = inputs(elements);
        let outputs = network.outputs();
        let jacobian = runner.jacobian(&weights, &example, 0, network.nodes.len() - 1).unwrap();
        assert_eq!(jacobian.len(), outputs * elements);
        let output =
            |input: &[f32]| runner.trace_along(&weights, input, &vec![0.0; outputs]).unwrap().outputs.pop().unwrap();
        for column in 0..elements {
            let moved = |by: f32| {
                let mut moved = example.clone();
                moved[column] += by;
                output(&moved)
            };
            let step = 1e-2;
            let (above, below) = (moved(step), moved(-step));
            for row in 0..outputs {
                let expected = (above[row] - below[row]) / (2.0 * step);
                let found = jacobian[row * elements + column];
                assert!(
                    (found - expected).abs() < 1e-3 * expected.abs().max(1.0),
                    "{text} {row} {column}: {found} {expected}"
                );
            }
        }
    }
}

#[test]
fn directions_of_the_outputs_go_back_as_the_rows_of_the_jacobian() {
    let network: Network = "mlp(4, 300x2, 3, relu)".parse().unwrap();
    let weights = "he_normal".parse::<Prior>().unwrap().draw(&network.parameters, 1).unwrap();
    let runner = Runner::new(&network);
    let example = inputs(4);
    // 300 rows: more than are computed at once
    let inner = runner.jacobian(&weights, &example, 1, 3).unwrap();
    assert_eq!(inner.len(), 300 * 300);
    let outer = runner.jacobian(&weights, &example, 3, 5).unwrap();
    let along = runner.trace_along(&weights, &example, &[0.0, 1.0, 0.0]).unwrap();
    assert_eq!(along.gradients[3], outer[300..600]);
    let chained =
        |column: usize| (0..300).map(|middle| outer[300 + middle] * inner[middle * 300 + column]).sum::<f32>();
    for column in [0, 150, 299] {
        assert!((along.gradients[1][column] - chained(column)).abs() < 1e-4);
    }
    assert!(runner.trace_along(&weights, &example, &[1.0]).is_err());
    assert!(runner.jacobian(&weights, &example, 3, 1).is_err() && runner.jacobian(&weights, &example, 0, 9).is_err());
}
