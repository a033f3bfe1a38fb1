//! Networks run forward in f64 by plain loops, one example at a time.

use seedbed_network::graph::{Cell, Network, Node, Operation, Returns, Scaling};

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
        Operation::LayerNorm { scale, shift, epsilon } => {
            // of a sequence each step by itself
            let together = if shape.len() == 2 { shape[1] } else { input.len() };
            let (scale, shift) = (&weights[*scale], &weights[*shift]);
            input.chunks_exact(together).flat_map(|values| standardized(values, *epsilon, scale, shift)).collect()
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
pub fn run(
    network: &Network,
    weights: &[Vec<f64>],
    first: usize,
    output: Vec<f64>,
    known: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let mut values: Vec<Vec<f64>> = known[..first].to_vec();
    values.push(output);
    for node in &network.nodes[first + 1..] {
        let inputs: Vec<&Vec<f64>> = node.inputs.iter().map(|&input| &values[input]).collect();
        let value = apply(network, node, weights, &inputs);
        values.push(value);
    }
    values
}

pub fn mean_product(first: &[f64], second: &[f64]) -> f64 {
    first.iter().zip(second).map(|(first, second)| first * second).sum::<f64>() / first.len() as f64
}
