//! Gradients by central differences.

#![allow(clippy::unwrap_used, dead_code, reason = "a test may panic; not every test uses all of it")]

use seedbed::Initializer;
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};

/// Numbers of order 1 that repeat late.
pub fn inputs(count: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 37 % 23) as f32 - 11.0) / 7.0).collect()
}

/// Random biases too: a zero bias above a dead layer would put a unit exactly on the kink of its ReLU.
pub fn weights(network: &Network) -> Vec<Vec<f64>> {
    let initializer: Initializer = "normal(mean=0.05, std=0.6)".parse().unwrap();
    let draw = |parameter| initializer.draw(parameter, 3).unwrap().into_iter().map(f64::from).collect();
    network.parameters.iter().map(draw).collect()
}

/// Every element's gradient, in f64, on a batch of four.
pub fn check_gradients(network: &Network) {
    let runner = Runner::<f64>::with_scalar(network);
    let inputs = inputs(4 * network.input().elements());
    let labels: Vec<u32> = (0..4 * network.answers()).map(|place| [0, 1, 1, 0][place % 4]).collect();
    let batch = Batch::classes(&inputs, &labels);
    let mut weights = weights(network);
    let step = runner.loss_and_gradients(&weights, &batch).unwrap();
    let width = 1e-5;
    for parameter in 0..weights.len() {
        for element in 0..weights[parameter].len() {
            let kept = weights[parameter][element];
            let mut loss_at = |value: f64| {
                weights[parameter][element] = value;
                runner.loss_and_gradients(&weights, &batch).unwrap().loss
            };
            let slope = (loss_at(kept + width) - loss_at(kept - width)) / (2.0 * width);
            weights[parameter][element] = kept;
            let found = step.gradients[parameter][element];
            let name = &network.parameters[parameter].name;
            assert!((slope - found).abs() < 1e-7 + 1e-5 * slope.abs(), "{network} {name}[{element}]: {slope} {found}");
        }
    }
}
