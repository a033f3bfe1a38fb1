//! Predictions of `propagate` against draws: real weights, run forward in f64 by plain loops, and gradients by
//! differences along random directions.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Activation, Initializer, Parameter, Prior};
use seedbed_network::graph::{Cell, Layer, Network, Node, Operation, Returns, Scaling};
use seedbed_theory::kernel::{Kernel, Limits};
use seedbed_theory::mean_field::MeanField;
use seedbed_theory::propagate::{InputMoments, Prediction, propagate};

/// The output of one node.
fn apply(network: &Network, node: &Node, weights: &[Vec<f64>], inputs: &[&Vec<f64>]) -> Vec<f64> {
    let input = inputs[0];
    let shape = network.nodes[node.inputs[0]].shape.dimensions();
    match &node.operation {
        Operation::Input => input.clone(),
        Operation::Dense { weight, bias } => {
            let steps = input.chunks_exact(network.parameters[*weight].shape.dimensions()[1]);
            steps.flat_map(|step| affine(&weights[*weight], &weights[*bias], step)).collect()
        }
        Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, returns } => {
            let parameters = [*weight, *bias, *recurrent, *recurrent_bias].map(|index| &weights[index]);
            let states = through_time(*cell, parameters, input.chunks_exact(shape[1]));
            match returns {
                Returns::Last => states.last().unwrap().clone(),
                Returns::All => states.concat(),
            }
        }
        Operation::Position { weight } => input.iter().zip(&weights[*weight]).map(|(x, p)| x + p).collect(),
        Operation::AverageSteps => {
            let count = shape[0] as f64;
            (0..shape[1]).map(|unit| input.iter().skip(unit).step_by(shape[1]).sum::<f64>() / count).collect()
        }
        Operation::Attention { weight, bias, output, output_bias, heads, scaling } => {
            assert_eq!(*scaling, Scaling::Linear);
            let parameters = [*weight, *bias, *output, *output_bias].map(|index| &weights[index]);
            attend(parameters, *heads, input.chunks_exact(shape[1]))
        }
        Operation::Convolution { weight, bias, stride, padding, groups } => {
            let kernel = network.parameters[*weight].shape.dimensions();
            let (weights, biases) = (&weights[*weight], &weights[*bias]);
            let &[outputs, height, width] = node.shape.dimensions() else { panic!("no image") };
            let mut result = Vec::new();
            for output in 0..outputs {
                let group = output / (outputs / groups);
                for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
                    let mut sum = biases[output];
                    for channel in 0..kernel[1] {
                        for (y, x) in (0..kernel[2]).flat_map(|y| (0..kernel[3]).map(move |x| (y, x))) {
                            let (from_y, from_x) = (row * stride + y, column * stride + x);
                            if from_y < *padding || from_x < *padding {
                                continue;
                            }
                            let (from_y, from_x) = (from_y - padding, from_x - padding);
                            if from_y < shape[1] && from_x < shape[2] {
                                let plane = group * kernel[1] + channel;
                                sum += weights[((output * kernel[1] + channel) * kernel[2] + y) * kernel[3] + x]
                                    * input[(plane * shape[1] + from_y) * shape[2] + from_x];
                            }
                        }
                    }
                    result.push(sum);
                }
            }
            result
        }
        Operation::Activation(activation) => input.iter().map(|z| activation.value(*z)).collect(),
        Operation::AveragePool { size } => {
            pool(input, shape, *size, |window| window.iter().sum::<f64>() / window.len() as f64)
        }
        Operation::MaxPool { size } => {
            pool(input, shape, *size, |window| window.iter().copied().fold(f64::NEG_INFINITY, f64::max))
        }
        Operation::Flatten => input.clone(),
        Operation::Add => input.iter().zip(inputs[1]).map(|(first, second)| first + second).collect(),
        Operation::LayerNorm { scale, shift, epsilon } if shape.len() == 2 => {
            let (scale, shift) = (&weights[*scale], &weights[*shift]);
            input.chunks_exact(shape[1]).flat_map(|step| standardized(step, *epsilon, scale, shift)).collect()
        }
        Operation::LayerNorm { scale, shift, epsilon } => {
            let count = input.len() as f64;
            let mean = input.iter().sum::<f64>() / count;
            let variance = input.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            let (scale, shift) = (&weights[*scale], &weights[*shift]);
            let standard = input.iter().map(|x| (x - mean) / (variance + epsilon).sqrt());
            standard.zip(scale.iter().zip(shift)).map(|(x, (scale, shift))| scale * x + shift).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn standardized(input: &[f64], epsilon: f64, scale: &[f64], shift: &[f64]) -> Vec<f64> {
    let count = input.len() as f64;
    let mean = input.iter().sum::<f64>() / count;
    let variance = input.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let standard = input.iter().map(|x| (x - mean) / (variance + epsilon).sqrt());
    standard.zip(scale.iter().zip(shift)).map(|(x, (scale, shift))| scale * x + shift).collect()
}

fn affine(weight: &[f64], bias: &[f64], input: &[f64]) -> Vec<f64> {
    let rows = weight.chunks_exact(input.len()).zip(bias);
    rows.map(|(row, bias)| row.iter().zip(input).map(|(w, x)| w * x).sum::<f64>() + bias).collect()
}

/// The states of a cell after each step.
fn through_time<'s>(
    cell: Cell,
    [weight, bias, recurrent, recurrent_bias]: [&Vec<f64>; 4],
    steps: impl Iterator<Item = &'s [f64]>,
) -> Vec<Vec<f64>> {
    let units = bias.len() / cell.gates();
    let (mut hidden, mut kept) = (vec![0.0; units], vec![0.0; units]);
    let open = |z: f64| 1.0 / (1.0 + (-z).exp());
    let step = |input| {
        let (x, h) = (affine(weight, bias, input), affine(recurrent, recurrent_bias, &hidden));
        let gate = |place: usize, unit: usize| x[place * units + unit] + h[place * units + unit];
        let next = (0..units).map(|unit| match cell {
            Cell::Rnn(activation) => activation.value(gate(0, unit)),
            Cell::Lstm => {
                kept[unit] = open(gate(1, unit)) * kept[unit] + open(gate(0, unit)) * gate(2, unit).tanh();
                open(gate(3, unit)) * kept[unit].tanh()
            }
            Cell::Gru => {
                let new = x[2 * units + unit] + open(gate(0, unit)) * h[2 * units + unit];
                let update = open(gate(1, unit));
                (1.0 - update) * new.tanh() + update * hidden[unit]
            }
        });
        let next: Vec<f64> = next.collect();
        hidden.clone_from(&next);
        next
    };
    steps.map(step).collect()
}

/// Multi-head attention with scores over a head's features.
fn attend<'s>(
    [weight, bias, output, output_bias]: [&Vec<f64>; 4],
    heads: usize,
    steps: impl Iterator<Item = &'s [f64]>,
) -> Vec<f64> {
    let packed: Vec<Vec<f64>> = steps.map(|step| affine(weight, bias, step)).collect();
    let features = output_bias.len();
    let size = features / heads;
    let part = |step: &Vec<f64>, part: usize, head: usize| step[part * features + head * size..][..size].to_vec();
    let look = |step: &Vec<f64>| {
        let head = |head: usize| {
            let query = part(step, 0, head);
            let score = |other: &Vec<f64>| mean_product(&query, &part(other, 1, head)).exp();
            let scores: Vec<f64> = packed.iter().map(score).collect();
            let total: f64 = scores.iter().sum();
            let mut sum = vec![0.0; size];
            for (other, score) in packed.iter().zip(scores) {
                sum.iter_mut().zip(part(other, 2, head)).for_each(|(sum, value)| *sum += score / total * value);
            }
            sum
        };
        affine(output, output_bias, &(0..heads).flat_map(head).collect::<Vec<f64>>())
    };
    packed.iter().flat_map(look).collect()
}

fn pool(input: &[f64], shape: &[usize], size: usize, of: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let (height, width) = (shape[1] / size, shape[2] / size);
    let places =
        (0..shape[0] * height * width).map(|place| (place / width / height, place / width % height, place % width));
    let window = |(channel, row, column): (usize, usize, usize)| {
        let inside = (0..size * size).map(|inner| (row * size + inner / size, column * size + inner % size));
        inside.map(|(y, x)| input[(channel * shape[1] + y) * shape[2] + x]).collect::<Vec<f64>>()
    };
    places.map(|place| of(&window(place))).collect()
}

/// All nodes after one whose output is given; those before it are taken from `known`.
fn run(network: &Network, weights: &[Vec<f64>], first: usize, output: Vec<f64>, known: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let mut values: Vec<Vec<f64>> = known[..first].to_vec();
    values.push(output);
    for node in &network.nodes[first + 1..] {
        let inputs: Vec<&Vec<f64>> = node.inputs.iter().map(|&input| &values[input]).collect();
        let value = apply(network, node, weights, &inputs);
        values.push(value);
    }
    values
}

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

fn mean_product(first: &[f64], second: &[f64]) -> f64 {
    first.iter().zip(second).map(|(first, second)| first * second).sum::<f64>() / first.len() as f64
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
fn assert_predicted(text: &str, prior: &str, input: &InputMoments, draws: u64, share: f64) -> Vec<Prediction> {
    assert_network_predicted(&text.parse().unwrap(), prior, input, draws, share)
}

fn assert_network_predicted(
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

fn vectors() -> InputMoments {
    InputMoments { mean: 0.4, mean_square: 1.3, ..InputMoments::standardized() }.with_correlation(0.5)
}

fn images() -> InputMoments {
    InputMoments { mean: 0.3, mean_square: 1.2, neighbours: 0.6, examples: 0.5, examples_neighbours: 0.3 }
}

#[test]
fn dense_networks() {
    for (activation, prior) in [
        ("relu", "{*.weight=he_normal; *.bias=normal(std=0.2)}"),
        ("tanh", "{*.weight=variance_scaling(scale=1.7, mode=fan_in, distribution=uniform); *.bias=normal(std=0.3)}"),
        ("gelu", "torch:default"),
        ("silu", "orthogonal(gain=1.5)"),
        ("sin", "sparse(nonzeros=15, gain=1.2)"),
    ] {
        assert_predicted(&format!("mlp(40, 160x4, 20, {activation})"), prior, &vectors(), 150, 0.04);
    }
}

#[test]
fn weights_and_biases_with_a_mean() {
    let prior = "{*.weight=normal(mean=0.008, std=0.08); *.bias=normal(mean=0.3, std=0.2)}";
    for activation in ["relu", "tanh", "softplus"] {
        let predictions = assert_predicted(&format!("mlp(40, 160x3, 20, {activation})"), prior, &vectors(), 150, 0.02);
        assert!(predictions.iter().all(|node| node.signal.is_some()) && predictions[0].gradient.is_none());
    }
}

#[test]
fn sums_and_norms() {
    for (words, prior) in [
        (
            "residual",
            "{*.weight=variance_scaling(scale=1.0, mode=fan_in, distribution=normal); *.bias=normal(std=0.1)}",
        ),
        ("layer_norm", "{norm*.scale=normal(mean=0.8, std=0.4); norm*.shift=normal(std=0.3); *=glorot_normal}"),
        ("residual, layer_norm", "he_normal"),
    ] {
        assert_predicted(&format!("mlp(40, 160x4, 20, relu, {words})"), prior, &vectors(), 150, 0.06);
    }
}

#[test]
fn convolutions() {
    for (activation, words, share) in [
        ("relu", "", 0.03),
        ("relu", ", residual, layer_norm", 0.03),
        // the cosine of neighbours stands for the window's diagonals too
        ("tanh", ", average_pool", 0.08),
    ] {
        let network = format!("cnn(8x6x6, 24x3, 10, {activation}{words})");
        let prior = "{*.weight=he_normal; *.bias=normal(std=0.2)}";
        assert_predicted(&network, prior, &images(), 100, share);
    }
}

#[test]
fn convolutions_with_strides_and_groups() {
    let convolution =
        |kernel, stride, groups| Layer::Conv2d { channels: 24, kernel, stride, padding: None, groups, name: None };
    let relu = || Layer::Activation { function: "relu".to_owned() };
    let layers = [
        convolution(3, 1, 2),
        relu(),
        convolution(3, 2, 3),
        relu(),
        convolution(1, 1, 1),
        Layer::Flatten,
        Layer::Dense { units: 10, name: None },
    ];
    let network = Network::build("test", &"8x7x7".parse().unwrap(), &layers).unwrap();
    assert_network_predicted(&network, "{*.weight=he_normal; *.bias=normal(std=0.2)}", &images(), 100, 0.03);
}

#[test]
fn vectors_follow_the_maps_of_the_mean_field() {
    let network: Network = "mlp(50, 50x12, 50, tanh)".parse().unwrap();
    let prior = "{*.weight=variance_scaling(scale=1.8, mode=fan_in, distribution=normal); *.bias=normal(std=0.25)}";
    let input = InputMoments::standardized().with_correlation(0.3);
    let predictions = propagate(&network, &prior.parse().unwrap(), &input).unwrap();
    let field = MeanField::new(Activation::Tanh, 1.8, 0.0625).unwrap();
    let (mut q, mut covariance, mut chi) = (1.8 + 0.0625, 1.8 * 0.3 + 0.0625, 1.0);
    let last = predictions.iter().filter(|node| node.node.starts_with("layer"));
    let layers: Vec<&Prediction> = last.collect();
    for layer in &layers {
        let signal = layer.signal.unwrap();
        assert!((signal.mean_square - q).abs() < 1e-12 && (signal.correlation - covariance / q).abs() < 1e-9);
        let back = layers[0].gradient.unwrap() / layer.gradient.unwrap();
        assert!((back / chi - 1.0).abs() < 1e-9, "{}: {back} for {chi}", layer.node);
        chi *= field.chi(q);
        covariance = field.next_covariance(q, q, covariance);
        q = field.next_length(q);
    }
}

#[test]
fn an_image_of_one_value_has_the_kernel_of_convolutions() {
    // borders, strides and flattening, against the exact kernel over all positions
    for text in ["cnn(1x7x6, 8x4, 10, tanh)", "cnn(1x6x6, 8x3, 10, relu)", "cnn(1x5x5, 8x2, 10, gelu, residual)"] {
        let network: Network = text.parse().unwrap();
        let prior: Prior = "{*.weight=he_normal; *.bias=normal(std=0.3)}".parse().unwrap();
        let pixels = network.input().elements();
        let examples: Vec<f64> = [vec![1.0; pixels], vec![0.4; pixels]].concat();
        let gram = Kernel::new(&network, &prior).unwrap().gram(&examples, &Limits::default()).unwrap();
        let image = |value: f64| InputMoments {
            mean: value,
            mean_square: value * value,
            neighbours: value * value,
            examples: value * value,
            examples_neighbours: value * value,
        };
        for (place, value) in [1.0, 0.4].into_iter().enumerate() {
            let predictions = propagate(&network, &prior, &image(value)).unwrap();
            let found = predictions.last().unwrap().signal.unwrap().mean_square;
            let expected = gram.nngp(place, place);
            assert!((found / expected - 1.0).abs() < 1e-9, "{text}: {found} for {expected}");
        }
    }
}

#[test]
fn maxima() {
    for activation in ["relu", "tanh"] {
        let network = format!("cnn(24x6x6, 24, 10, {activation}, max_pool)");
        let predictions =
            assert_predicted(&network, "{*.weight=he_normal; *.bias=normal(std=0.2)}", &images(), 100, 0.03);
        let pool = predictions.iter().find(|node| node.node.starts_with("max_pool")).unwrap();
        assert!(pool.signal.is_some() && pool.notes[0].contains("interpolated"));
    }
}

/// A residual block of two layers, W₁ of variance 2/n and W₂ of variance `share`/n.
fn blocks(share: f64, count: usize) -> (Network, Prior) {
    let dense = || Layer::Dense { units: 64, name: None };
    let relu = Layer::Activation { function: "relu".to_owned() };
    let block = Layer::Residual { layers: vec![dense(), relu, dense()] };
    let network = Network::build("blocks", &"64".parse().unwrap(), &vec![block; count]).unwrap();
    let rule = |layer: usize| {
        let scale = if layer % 2 == 1 { 2.0 } else { share };
        format!("layer{layer}.weight=variance_scaling(scale={scale}, mode=fan_in, distribution=normal)")
    };
    let rules: Vec<String> = (1..=2 * count).map(rule).collect();
    (network, format!("{{{}}}", rules.join("; ")).parse().unwrap())
}

#[test]
fn residual_networks_grow_by_one_plus_the_share_of_the_branch() {
    for (share, count) in [(1.0, 10), (0.01, 100)] {
        let (network, prior) = blocks(share, count);
        let predictions = propagate(&network, &prior, &InputMoments::standardized()).unwrap();
        let grown = (1.0 + share).powi(count as i32);
        let last = predictions.last().unwrap().signal.unwrap().mean_square;
        assert!((last / grown - 1.0).abs() < 1e-9, "{last} for {grown}");
        assert!((predictions[0].gradient.unwrap() / grown - 1.0).abs() < 1e-9);
    }
}

#[test]
fn what_has_no_theory_is_named_and_so_is_what_follows() {
    let network: Network = "cnn(1x8x8, 6, 10, gelu, max_pool)".parse().unwrap();
    let predictions = propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let of = |name: &str| predictions.iter().find(|node| node.node == name).unwrap();
    assert!(of("max_pool1").missing.contains("gelu does not rise everywhere"));
    assert!(of("flatten1").missing.contains("follows 'max_pool1'"));
    assert!(of("activation1").signal.is_some() && of("activation1").gradient.is_none());
    // the way from the outputs to the pool needs no signal
    assert!(of("max_pool1").gradient.is_some() && of("max_pool1").signal.is_none());
    let relu = Layer::Activation { function: "relu".to_owned() };
    let layers = [Layer::Residual { layers: vec![relu] }, Layer::Dense { units: 2, name: None }];
    let network = Network::build("test", &"4".parse().unwrap(), &layers).unwrap();
    let predictions = propagate(&network, &"zeros".parse().unwrap(), &InputMoments::standardized()).unwrap();
    assert!(predictions[2].missing.contains("both inputs come from 'input'"), "{}", predictions[2].missing);
    assert!(predictions[1].notes[0].contains("not Gaussian"));
}

#[test]
fn dropout_is_at_rest() {
    let of = |text: &str| {
        let network: Network = text.parse().unwrap();
        propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap()
    };
    let (with, without) = (of("mlp(8, 16x2, 3, relu, dropout(0.5))"), of("mlp(8, 16x2, 3, relu)"));
    assert_eq!(with.last().unwrap().signal, without.last().unwrap().signal);
    assert_eq!(with[0].gradient, without[0].gradient);
}

#[test]
fn batch_normalized_gradients_grow_as_is_published() {
    // Yang et al. (2019), "A mean field theory of batch normalization": π/(π − 1) a layer with ReLU
    let network: Network = "mlp(8, 64x4, 3, relu, batch_norm)".parse().unwrap();
    let predictions = propagate(&network, &"he_normal".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let layers: Vec<f64> =
        predictions.iter().filter(|node| node.node.starts_with("norm")).map(|node| node.gradient.unwrap()).collect();
    let pi = std::f64::consts::PI;
    for pair in layers.windows(2) {
        assert!((pair[0] / pair[1] / (pi / (pi - 1.0)) - 1.0).abs() < 1e-4, "{layers:?}");
    }
    let normed = predictions.iter().find(|node| node.node == "norm3").unwrap().signal.unwrap();
    assert!((normed.mean_square - 1.0).abs() < 1e-4 && normed.correlation.abs() < 1e-12);
}

#[test]
fn attention_over_the_root_is_named() {
    let network: Network = "transformer(5x4, 8x1, 3, relu)".parse().unwrap();
    let predictions = propagate(&network, &"torch:default".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let attention = predictions.iter().find(|node| node.node == "layer2").unwrap();
    assert!(attention.missing.contains("softmax of Gaussians has no closed form"), "{}", attention.missing);
    assert!(predictions[0].gradient.is_none());
}

#[test]
fn zeros_and_priors_that_do_not_fit() {
    let network: Network = "mlp(4, 8x2, 2, tanh)".parse().unwrap();
    let predictions = propagate(&network, &"zeros".parse().unwrap(), &InputMoments::standardized()).unwrap();
    let last = predictions.last().unwrap();
    assert_eq!(last.signal.map(|signal| (signal.mean_square, signal.correlation)), Some((0.0, 1.0)));
    assert_eq!((last.gradient, predictions[0].gradient), (Some(1.0), Some(0.0)));
    let refused = propagate(&network, &"{layer1.*=ones}".parse().unwrap(), &InputMoments::standardized());
    assert!(refused.unwrap_err().to_string().contains("layer2.weight"));
    let square: Network = "mlp(8, 8x2, 8, tanh)".parse().unwrap();
    let identity = propagate(&square, &"identity".parse().unwrap(), &vectors()).unwrap();
    assert!(identity[1].notes[0].contains("depend on each other"));
    assert!((identity[1].signal.unwrap().mean_square - 1.3).abs() < 1e-12);
}

fn sequences() -> InputMoments {
    InputMoments { mean: 0.2, mean_square: 1.1, neighbours: 0.4, examples: 0.5, examples_neighbours: 0.3 }
}

#[test]
fn plain_recurrent_cells() {
    let prior = "{*.recurrent=variance_scaling(scale=1.4, mode=fan_in, distribution=normal); *bias=normal(std=0.3); \
                 *=lecun_normal}";
    for text in ["rnn(8x40, 200, 20, tanh)", "rnn(8x40, 200, 20, relu, all)"] {
        let predictions = assert_predicted(text, prior, &sequences(), 150, 0.03);
        assert!(predictions.iter().all(|node| node.signal.is_some() && node.gradient.is_some()), "{predictions:?}");
    }
    let constant = "{*.recurrent=orthogonal; *bias=constant(0.4); *=lecun_normal}";
    assert_predicted("rnn(8x40, 200, 20, erf)", constant, &sequences(), 150, 0.03);
}

#[test]
fn gated_cells() {
    for text in ["lstm(8x40, 150, 20)", "gru(8x40, 150, 20)", "lstm(8x40, 150x2, 20)"] {
        for bias in ["zeros", "normal(std=0.3)", "lstm_bias(forget=1)"] {
            let bias =
                if text.starts_with("gru") { bias.replace("forget=1", "forget=1, gates=rzn") } else { bias.into() };
            let prior = format!("{{layer1.bias={bias}; *bias=zeros; *=lecun_normal}}");
            let predictions = assert_predicted(text, &prior, &sequences(), 100, 0.08);
            assert!(predictions.iter().all(|node| node.signal.is_some()), "{predictions:?}");
        }
    }
}

#[test]
fn transformers_with_linear_scaling() {
    let text = "transformer(6x20, 128x2, 10, gelu, heads(1), linear_scaling)";
    let prior =
        "{position*=normal(std=0.5); *bias=normal(std=0.2); norm*.scale=ones; norm*.shift=zeros; *=lecun_normal}";
    let predictions = assert_predicted(text, prior, &sequences(), 60, 0.06);
    assert!(predictions.iter().all(|node| node.signal.is_some() && node.gradient.is_some()), "{predictions:?}");
}
