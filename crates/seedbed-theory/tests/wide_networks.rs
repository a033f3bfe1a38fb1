//! Kernels against the outputs of wide networks on many draws, where no other library has the kernel: sums of signals that
//! have a mean, and norms of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Activation, Prior};
use seedbed_network::graph::{Layer, Network, Operation};
use seedbed_theory::kernel::{Kernel, Limits};

const EXAMPLES: [[f64; 5]; 2] = [[0.6, -0.8, 1.0, 0.3, 1.2], [1.0, 0.5, 0.7, -0.2, 0.9]];

/// The network's outputs for one example.
fn forward(network: &Network, weights: &[Vec<f32>], example: &[f64]) -> Vec<f64> {
    let mut values: Vec<Vec<f64>> = Vec::new();
    for node in &network.nodes {
        let input = |index: usize| &values[node.inputs[index]];
        let value = match &node.operation {
            Operation::Input => example.to_vec(),
            Operation::Dense { weight, bias } => {
                let rows = weights[*weight].chunks_exact(input(0).len()).zip(&weights[*bias]);
                let product = |row: &[f32]| row.iter().zip(input(0)).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
                rows.map(|(row, bias)| product(row) + f64::from(*bias)).collect()
            }
            Operation::Activation(activation) => input(0).iter().map(|z| activation.value(*z)).collect(),
            Operation::Add => input(0).iter().zip(input(1)).map(|(first, second)| first + second).collect(),
            Operation::LayerNorm { epsilon, .. } => normalize(input(0), *epsilon),
            other => panic!("{other:?}"),
        };
        values.push(value);
    }
    values.pop().unwrap()
}

fn normalize(values: &[f64], epsilon: f64) -> Vec<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean) / (variance + epsilon).sqrt()).collect()
}

/// For each pair of examples, the mean over draws and outputs of f(x) f(x′) and its standard error.
fn second_moments(network: &Network, prior: &Prior, draws: u64) -> [(f64, f64); 3] {
    let mut samples = [const { Vec::new() }; 3];
    for seed in 0..draws {
        let weights = prior.draw(&network.parameters, seed).unwrap();
        let [first, second] = EXAMPLES.map(|example| forward(network, &weights, &example));
        for (samples, (left, right)) in
            samples.iter_mut().zip([(&first, &first), (&second, &second), (&first, &second)])
        {
            let products = left.iter().zip(right).map(|(left, right)| left * right);
            samples.push(products.sum::<f64>() / left.len() as f64);
        }
    }
    samples.map(|samples| {
        let count = samples.len() as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, (variance / count).sqrt())
    })
}

fn hidden(width: usize) -> Vec<Layer> {
    let dense = |units| Layer::Dense { units, name: None };
    let relu = || Layer::Activation { function: Activation::Relu.to_string() };
    let residual = || Layer::Residual { layers: vec![dense(width), relu()] };
    vec![dense(width), relu(), residual(), residual(), Layer::LayerNorm { name: None }, residual(), dense(32)]
}

#[test]
fn sums_of_rectified_signals_and_their_norms() {
    let prior: Prior = "{*.weight=he_normal; *.bias=normal(std=0.3)}".parse().unwrap();
    let build = |width| Network::build("test", &"5".parse().unwrap(), &hidden(width)).unwrap();
    let gram = Kernel::new(&build(8), &prior).unwrap().gram(EXAMPLES.as_flattened(), &Limits::default()).unwrap();
    let expected = [gram.nngp(0, 0), gram.nngp(1, 1), gram.nngp(0, 1)];
    let width = 192;
    for ((mean, error), expected) in second_moments(&build(width), &prior, 300).into_iter().zip(expected) {
        // 4 standard errors, and the finite width moves the mean by a few times 1/width of itself
        let allowed = 4.0 * error + 4.0 / width as f64 * expected;
        assert!((mean - expected).abs() < allowed, "{mean} ± {error} for {expected}");
        assert!(error < 0.03 * expected);
    }
}

#[test]
fn the_kernel_is_approached_as_one_over_the_root_of_the_width() {
    let prior: Prior = "{*.weight=he_normal; *.bias=normal(std=0.3)}".parse().unwrap();
    let network = |width: usize| format!("mlp(5, {width}x2, 1, relu)").parse::<Network>().unwrap();
    let gram = Kernel::new(&network(8), &prior).unwrap().gram(EXAMPLES.as_flattened(), &Limits::default()).unwrap();
    // the kernel of one draw: what its last hidden layer gives the readout
    let spread = |width: usize| {
        let mut network = network(width);
        network.nodes.pop();
        let deviation = |seed| {
            let weights = prior.draw(&network.parameters, seed).unwrap();
            let [first, second] = EXAMPLES.map(|example| forward(&network, &weights, &example));
            let product = first.iter().zip(&second).map(|(left, right)| left * right).sum::<f64>() / width as f64;
            (2.0 * product + 0.09 - gram.nngp(0, 1)).powi(2)
        };
        ((0..200).map(deviation).sum::<f64>() / 200.0).sqrt()
    };
    let ratio = spread(32) / spread(512);
    // the root of 16, with 200 draws known to about a tenth
    assert!((3.2..5.0).contains(&ratio), "{ratio}");
}
