//! What draws show beside what is predicted.

use seedbed::{Initializer, Parameter, Prior};
use seedbed_network::graph::Network;
use seedbed_theory::propagate::{InputMoments, Prediction, propagate};

use super::plain::{mean_product, run};

fn normals(count: usize, seed: u64, name: &str) -> Vec<f64> {
    let standard: Initializer = "normal(std=1)".parse().unwrap();
    standard.draw_as::<f64>(&Parameter::dense(name, count, 1).unwrap(), seed).unwrap()
}

/// Two examples with the moments given: what positions and what examples have in common is drawn once.
fn examples(network: &Network, moments: &InputMoments, seed: u64) -> [Vec<f64>; 2] {
    let (channels, positions) = match *network.input().dimensions() {
        [channels, height, width] => (channels, height * width),
        [time, features] => (features, time),
        _ => (network.input().elements(), 1),
    };
    let centred = |moment: f64| moment - moments.mean * moments.mean;
    let near = if positions == 1 { 0.0 } else { centred(moments.neighbours) };
    let near_other = if positions == 1 { 0.0 } else { centred(moments.examples_neighbours) };
    let (same, other) = (centred(moments.mean_square), centred(moments.examples));
    let part = |name: &str, count: usize, variance: f64| -> Vec<f64> {
        assert!(variance > -1e-12, "{name}: {variance}");
        normals(count, seed, name).into_iter().map(|value| value * variance.max(0.0).sqrt()).collect()
    };
    let all = part("all", channels, near_other);
    let both = part("both", channels * positions, other - near_other);
    ["first", "second"].map(|name| {
        let whole = part(&format!("{name} whole"), channels, near - near_other);
        let own = part(name, channels * positions, same - near - other + near_other);
        (0..channels * positions)
            .map(|place| {
                let channel = match network.input().dimensions() {
                    [_, features] => place % features,
                    _ => place / positions,
                };
                moments.mean + all[channel] + whole[channel] + both[place] + own[place]
            })
            .collect()
    })
}

/// Mean over draws and its standard error.
fn estimate(samples: &[f64]) -> (f64, f64) {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// Mean square, mean product of two examples and mean squared gradient of each node, over draws.
fn measure(network: &Network, prior: &Prior, input: &InputMoments, draws: u64) -> Vec<[(f64, f64); 3]> {
    let count = network.nodes.len();
    let mut samples = vec![[const { Vec::new() }; 3]; count];
    for seed in 0..draws {
        let drawn = network
            .parameters
            .iter()
            .map(|parameter| prior.initializer(parameter).unwrap().draw_as::<f64>(parameter, seed).unwrap());
        let weights: Vec<Vec<f64>> = drawn.collect();
        let [first, second] = examples(network, input, seed).map(|example| run(network, &weights, 0, example, &[]));
        for place in 0..count {
            samples[place][0].push(mean_product(&first[place], &first[place]));
            samples[place][1].push(mean_product(&first[place], &second[place]));
            samples[place][2].push(squared_gradient(network, &weights, &first, place, seed));
        }
    }
    samples.into_iter().map(|node| node.map(|samples| estimate(&samples))).collect()
}

/// |J|²/n of the node, from the outputs' answer to a random step.
fn squared_gradient(network: &Network, weights: &[Vec<f64>], values: &[Vec<f64>], place: usize, seed: u64) -> f64 {
    let direction = normals(values[place].len(), seed, &format!("direction {place}"));
    let step = 1e-6 * mean_product(&values[place], &values[place]).sqrt().max(1e-3);
    let moved = |sign: f64| {
        let output = values[place].iter().zip(&direction).map(|(x, d)| x + sign * step * d).collect();
        run(network, weights, place, output, values).pop().unwrap()
    };
    let change: Vec<f64> = moved(1.0).iter().zip(moved(-1.0)).map(|(up, down)| (up - down) / (2.0 * step)).collect();
    mean_product(&change, &change) * change.len() as f64 / direction.len() as f64
}

/// Every node's prediction within four standard errors and a share of itself for the finite width.
pub fn assert_predicted(text: &str, prior: &str, input: &InputMoments, draws: u64, share: f64) -> Vec<Prediction> {
    assert_network_predicted(&text.parse().unwrap(), prior, input, draws, share)
}

pub fn assert_network_predicted(
    network: &Network,
    prior: &str,
    input: &InputMoments,
    draws: u64,
    share: f64,
) -> Vec<Prediction> {
    let prior: Prior = prior.parse().unwrap();
    let predictions = propagate(network, &prior, input).unwrap();
    let measured = measure(network, &prior, input, draws);
    for (prediction, [square, product, gradient]) in predictions.iter().zip(measured) {
        let Some(signal) = prediction.signal else { continue };
        let expected = [signal.mean_square, signal.correlation * signal.mean_square];
        for ((found, error), expected) in [square, product].into_iter().zip(expected) {
            let allowed = 4.0 * error + share * signal.mean_square;
            assert!((found - expected).abs() <= allowed, "{}: {found} ± {error} for {expected}", prediction.node);
        }
        let (found, error) = gradient;
        let Some(expected) = prediction.gradient else { continue };
        let allowed = 4.0 * error + share * expected;
        assert!(
            (found - expected).abs() <= allowed,
            "gradient of {}: {found} ± {error} for {expected}",
            prediction.node
        );
        assert!(square.1 < 0.08 * square.0.max(1e-9) && error < 0.15 * found, "{}: too few draws", prediction.node);
    }
    predictions
}
