//! Classification by the NNGP, without training: σ_w², σ_b², depth and noise chosen by the evidence of the training labels.
//!
//! The table of `docs/kernels.md` comes from `seedbed-nngp-classification FOLDER`, with Fashion-MNIST's four IDX files in the
//! folder (Debian's package `dataset-fashion-mnist`). Examples are the first of the training part, the test part is whole.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use seedbed::Activation;
use seedbed_network::data::{Dataset, Source, read};
use seedbed_theory::evidence::{GaussianProcess, one_hot};
use seedbed_theory::kernel::{Kernel, Limits};

/// Classify by the NNGP from few examples.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with IDX files
    folder: PathBuf,
    /// Numbers of training examples
    #[arg(long, value_delimiter = ',', default_value = "100,1000,5000")]
    examples: Vec<usize>,
    /// The evidence is that of at most so many examples
    #[arg(long, default_value_t = 1000)]
    chosen_on: usize,
}

/// What the evidence chooses among.
const DEPTHS: [usize; 4] = [1, 2, 4, 8];
const WEIGHT_VARIANCES: [f64; 3] = [1.2, 2.0, 3.0];
const BIAS_VARIANCES: [f64; 3] = [0.0, 0.1, 1.0];
const NOISES: [f64; 4] = [1e-3, 1e-2, 1e-1, 1.0];
/// Evidences closer than this, in nats an example, are equal: the first of the grid is taken.
const ROUNDING: f64 = 1e-9;
/// Two-sided 95 % quantile of the normal law.
const QUANTILE: f64 = 1.959_963_984_540_054;

/// A prior over functions.
#[derive(Clone, Copy, Debug)]
struct Choice {
    depth: usize,
    weight_variance: f64,
    bias_variance: f64,
    /// As a share of the mean of K(x, x).
    noise: f64,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let data = read(&Source::Idx { folder: arguments.folder.clone() })?;
    println!(
        "| examples | depth | σ_w² | σ_b² | noise | log evidence an example (nats) | test accuracy | 95 % interval | seconds |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for &examples in &arguments.examples {
        let start = Instant::now();
        let (choice, evidence) = choose(&data, examples.min(arguments.chosen_on))?;
        let (right, total) = classify(&data, examples, choice)?;
        let (low, high) = wilson(right as f64, total as f64);
        let Choice { depth, weight_variance, bias_variance, noise } = choice;
        println!(
            "| {examples} | {depth} | {weight_variance} | {bias_variance} | {noise} | {evidence:.3} | {:.4} | {low:.4} to {high:.4} | {:.1} |",
            right as f64 / total as f64,
            start.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn kernel(data: &Dataset, choice: Choice) -> Result<Kernel, Box<dyn Error>> {
    let Choice { depth, weight_variance, bias_variance, .. } = choice;
    let inputs = data.example_shape.elements();
    Ok(Kernel::dense(inputs, depth, Activation::Relu, weight_variance, bias_variance)?)
}

fn widened(inputs: &[f32]) -> Vec<f64> {
    inputs.iter().map(|value| f64::from(*value)).collect()
}

/// The choice with the largest evidence, and that evidence an example.
fn choose(data: &Dataset, examples: usize) -> Result<(Choice, f64), Box<dyn Error>> {
    let inputs = widened(&data.train.inputs[..examples * data.example_shape.elements()]);
    let targets = one_hot(&data.train.labels()[..examples], data.classes)?;
    let mut best: Option<(Choice, f64)> = None;
    for depth in DEPTHS {
        for weight_variance in WEIGHT_VARIANCES {
            for bias_variance in BIAS_VARIANCES {
                let choice = Choice { depth, weight_variance, bias_variance, noise: 0.0 };
                let gram = kernel(data, choice)?.gram(&inputs, &Limits::default())?;
                let (matrix, mean) = scaled(gram.nngp_values(), examples, data.classes);
                for noise in NOISES {
                    let process = GaussianProcess::condition(&matrix, &targets, noise * mean)?;
                    let evidence = process.log_evidence_nats() / examples as f64;
                    if best.is_none_or(|(_, known)| evidence > known + ROUNDING) {
                        best = Some((Choice { noise, ..choice }, evidence));
                    }
                }
            }
        }
    }
    best.ok_or_else(|| "nothing to choose among".into())
}

/// The kernel in the units of the targets, whose mean square is (1 − 1/classes)/classes: the readout's scale, which no
/// prediction depends on, is set so that the prior's mean variance is that. With it the mean of its diagonal.
fn scaled(kernel: &[f64], examples: usize, classes: usize) -> (Vec<f64>, f64) {
    let mean = (0..examples).map(|place| kernel[place * (examples + 1)]).sum::<f64>() / examples as f64;
    let wanted = (1.0 - 1.0 / classes as f64) / classes as f64;
    (kernel.iter().map(|value| value * wanted / mean).collect(), wanted)
}

/// Test examples whose largest mean is their class, and all.
fn classify(data: &Dataset, examples: usize, choice: Choice) -> Result<(usize, usize), Box<dyn Error>> {
    let (kernel, size, limits) = (kernel(data, choice)?, data.example_shape.elements(), Limits::default());
    let inputs = widened(&data.train.inputs[..examples * size]);
    let targets = one_hot(&data.train.labels()[..examples], data.classes)?;
    let gram = kernel.gram(&inputs, &limits)?;
    let mean = (0..examples).map(|place| gram.nngp(place, place)).sum::<f64>() / examples as f64;
    let process = GaussianProcess::condition(gram.nngp_values(), &targets, choice.noise * mean)?;
    drop(gram);
    let mut right = 0;
    for (tests, labels) in data.test.inputs.chunks(1000 * size).zip(data.test.labels().chunks(1000)) {
        let tests = widened(tests);
        let cross = kernel.cross(&tests, &inputs, &limits)?;
        let own: Vec<f64> = kernel.own(&tests, &limits)?.into_iter().map(|[nngp, _]| nngp).collect();
        let means = process.predict(cross.nngp_values(), &own)?.mean;
        let largest = |row: &[f64]| (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
        let hits = means.chunks(data.classes).zip(labels);
        right += hits.filter(|(row, label)| largest(row) == Some(**label as usize)).count();
    }
    Ok((right, data.test.labels().len()))
}

/// The 95 % interval of Wilson (1927).
fn wilson(hits: f64, total: f64) -> (f64, f64) {
    let (share, square) = (hits / total, QUANTILE * QUANTILE);
    let centre = (share + square / (2.0 * total)) / (1.0 + square / total);
    let spread = (share * (1.0 - share) / total + square / (4.0 * total * total)).sqrt();
    let half = QUANTILE / (1.0 + square / total) * spread;
    (centre - half, centre + half)
}
