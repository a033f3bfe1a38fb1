//! Mingard et al. 2021: does training find functions as often as the prior holds them, among those that fit the data?
//!
//! A function is what a small network answers on all 16 inputs of four bits. P_B is the share of the prior's draws that fit
//! the training inputs and compute that function, P_SGD the share of trained draws that do. Both are counted, and their
//! logarithms compared over the functions that both have found.
//!
//! Run with `cargo run --release -p seedbed-feasibility --example mingard2021 -- FOLDER`: it writes `mingard2021.json` and
//! `mingard2021.svg` there.

#![allow(clippy::print_stdout, reason = "an example shows its result")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use seedbed::Prior;
use seedbed_feasibility::error::FeasibilityError;
use seedbed_feasibility::statistics::{Estimate, spearman, wilson};
use seedbed_feasibility::study::workers;
use seedbed_feasibility::trial::{DataOrder, Optimizer, Updates};
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};
use serde_json::{Value, json};

const BITS: usize = 4;
const NETWORK: &str = "mlp(4, 32x2, 2, relu)";
const PRIOR: &str = "{*.weight=he_normal; *.bias=normal(std=0.1)}";
/// Draws of the prior, and draws that are trained.
const DRAWS: usize = 2_000_000;
const TRAINED: usize = 20_000;
/// Plain gradient descent on single batches, until no training input is answered wrongly.
const LEARNING_RATE: f64 = 0.05;
const BATCH: usize = 4;
const MOST_STEPS: usize = 2000;
/// Draws or trainings that one task takes.
const TASK: usize = 500;
const CONFIDENCE: f64 = 0.95;
/// What the publication lets one expect, set before the first run: a strong correlation, and that most trainings end in the
/// few functions that the prior holds likely.
const LEAST_CORRELATION: f64 = 0.5;
const LIKELY: f64 = 0.01;
const LEAST_SHARE_ON_LIKELY: f64 = 0.5;

/// The answers on all inputs, one bit each.
type Function = u32;
type Counts = BTreeMap<Function, usize>;

/// The network, its inputs and what it is trained on.
struct Setting {
    network: Network,
    prior: Prior,
    inputs: Vec<f32>,
    labels: Vec<u32>,
    train: Vec<usize>,
}

impl Setting {
    /// The majority of the first three bits, shown on the inputs with an even number of ones: no two of them are neighbours.
    fn new() -> Result<Setting, Box<dyn std::error::Error>> {
        let bit = |input: usize, place: usize| input >> (BITS - 1 - place) & 1;
        let inputs = (0..1 << BITS).flat_map(|input| (0..BITS).map(move |place| 2.0 * bit(input, place) as f32 - 1.0));
        let majority = |input| u32::from(bit(input, 0) + bit(input, 1) + bit(input, 2) >= 2);
        Ok(Setting {
            network: NETWORK.parse()?,
            prior: PRIOR.parse()?,
            inputs: inputs.collect(),
            labels: (0..1 << BITS).map(majority).collect(),
            train: (0..1 << BITS).filter(|input: &usize| input.count_ones().is_multiple_of(2)).collect(),
        })
    }

    fn function(&self, weights: &[Vec<f32>]) -> Result<Function, FeasibilityError> {
        let outputs = Runner::new(&self.network).outputs(weights, &self.inputs)?;
        let answers = outputs.chunks(2).enumerate();
        Ok(answers.map(|(input, logits)| u32::from(logits[1] > logits[0]) << input).sum())
    }

    fn fits(&self, function: Function) -> bool {
        self.train.iter().all(|&input| function >> input & 1 == self.labels[input])
    }

    /// The function of one draw, if it fits.
    fn drawn(&self, seed: u64) -> Result<Option<Function>, FeasibilityError> {
        let function = self.function(&self.prior.draw(&self.network.parameters, seed)?)?;
        Ok(Some(function).filter(|&function| self.fits(function)))
    }

    /// The function that training reaches from one draw; `None` where the steps do not suffice.
    fn trained(&self, seed: u64) -> Result<Option<Function>, FeasibilityError> {
        let runner = Runner::new(&self.network);
        let mut weights = self.prior.draw(&self.network.parameters, seed)?;
        let mut updates = Updates::new(Optimizer::SGD, LEARNING_RATE, &weights);
        let mut order = DataOrder::new(seed, self.train.len(), BATCH);
        for _ in 0..MOST_STEPS {
            let function = self.function(&weights)?;
            if self.fits(function) {
                return Ok(Some(function));
            }
            let batch: Vec<usize> = order.next_batch().iter().map(|&place| self.train[place as usize]).collect();
            let inputs: Vec<f32> =
                batch.iter().flat_map(|input| &self.inputs[input * BITS..][..BITS]).copied().collect();
            let labels: Vec<u32> = batch.iter().map(|&input| self.labels[input]).collect();
            let step = runner.loss_and_gradients(&weights, &Batch::classes(&inputs, &labels))?;
            updates.apply(&mut weights, step.gradients);
        }
        Ok(None)
    }
}

/// How often each function comes of the seeds, which are shared among all cores.
fn count(
    seeds: std::ops::Range<usize>,
    function_of: impl Fn(u64) -> Result<Option<Function>, FeasibilityError> + Sync,
) -> Result<Counts, Box<dyn std::error::Error>> {
    let end = seeds.end;
    let tasks: Vec<std::ops::Range<usize>> = seeds.step_by(TASK).map(|first| first..(first + TASK).min(end)).collect();
    let threads = std::thread::available_parallelism()?.get();
    let found = workers::run(&tasks, threads, |task| {
        task.clone().map(|seed| function_of(seed as u64)).collect::<Result<Vec<_>, _>>()
    })?;
    let mut counts = Counts::new();
    for function in found.into_iter().flatten().flatten() {
        *counts.entry(function).or_default() += 1;
    }
    Ok(counts)
}

/// A function that both have found, with its two probabilities.
struct Common {
    function: Function,
    prior: f64,
    trained: f64,
}

fn common(prior: &Counts, trained: &Counts) -> Vec<Common> {
    let share = |counts: &Counts, count: usize| count as f64 / counts.values().sum::<usize>() as f64;
    let both = prior.iter().filter_map(|(function, count)| Some((*function, *count, *trained.get(function)?)));
    both.map(|(function, drawn, found)| Common { function, prior: share(prior, drawn), trained: share(trained, found) })
        .collect()
}

/// Whether the whole interval lies at or above a bound.
fn verdict(found: &Estimate, at_least: f64) -> &'static str {
    match found {
        _ if found.low >= at_least => "agrees",
        _ if found.high < at_least => "disagrees",
        _ => "undecided",
    }
}

fn record(setting: &Setting, prior: &Counts, trained: &Counts, common: &[Common]) -> Value {
    let total = |counts: &Counts| counts.values().sum::<usize>();
    let (fits, solved) = (total(prior), total(trained));
    let logarithms = |of: &dyn Fn(&Common) -> f64| common.iter().map(|both| of(both).ln()).collect::<Vec<f64>>();
    let correlation = spearman(&logarithms(&|both| both.prior), &logarithms(&|both| both.trained), CONFIDENCE);
    let likely: Vec<&Common> = common.iter().filter(|both| both.prior >= LIKELY).collect();
    let on_likely: usize = likely.iter().filter_map(|both| trained.get(&both.function)).sum();
    let share_on_likely = wilson(on_likely, solved, CONFIDENCE);
    let within_ten = |both: &&Common| (both.prior / both.trained).ln().abs() <= 10f64.ln();
    let near: usize = common.iter().filter(within_ten).filter_map(|both| trained.get(&both.function)).sum();
    let seen: usize = common.iter().filter_map(|both| trained.get(&both.function)).sum();
    json!({
        "schema": "seedbed.mingard2021/1",
        "title": "Mingard et al. 2021: training as a draw from the posterior",
        "claim": "P_SGD(f) correlates strongly with P_B(f), and most of it lies on the functions that the prior holds likely.",
        "source": "Mingard, Valle-Pérez, Skalse & Louis 2021, figures 1 and 2",
        "protocol": {
            "network": NETWORK, "prior": PRIOR, "inputs": setting.labels.len(), "train": setting.train,
            "target": "majority of the first three bits", "draws": DRAWS, "trainings": TRAINED, "optimizer": "sgd",
            "learning_rate": LEARNING_RATE, "batch": BATCH, "stops": "at the first step without a training error",
        },
        "confidence": CONFIDENCE,
        "prior_fits": wilson(fits, DRAWS, CONFIDENCE), "trained_fits": wilson(solved, TRAINED, CONFIDENCE),
        "functions": {"prior": prior.len(), "trained": trained.len(), "both": common.len()},
        "spearman": correlation, "spearman_verdict": verdict(&correlation, LEAST_CORRELATION),
        "likely": {"at_least": LIKELY, "functions": likely.len(), "share_of_sgd": share_on_likely,
            "verdict": verdict(&share_on_likely, LEAST_SHARE_ON_LIKELY)},
        "share_of_sgd_on_functions_of_the_prior": wilson(seen, solved, CONFIDENCE),
        "share_of_sgd_within_a_factor_of_10": wilson(near, solved, CONFIDENCE),
        "common": common.iter().map(|both| json!([both.function, both.prior, both.trained])).collect::<Vec<_>>(),
    })
}

/// Both probabilities, log against log, a point a function; on the line they are equal.
fn picture(common: &[Common]) -> Result<String, std::fmt::Error> {
    const SIZE: f64 = 420.0;
    const EDGE: f64 = 60.0;
    let lowest = common.iter().map(|both| both.prior.min(both.trained)).fold(1.0, f64::min).log10().floor();
    let along = |share: f64| (share.log10() - lowest) / -lowest * SIZE;
    let (x, y) = (|share: f64| EDGE + along(share), |share: f64| EDGE / 3.0 + SIZE - along(share));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <path d=\"M{1} {2}L{3} {4}\" stroke=\"#888\" stroke-dasharray=\"4 3\"/>\n",
        SIZE + 1.5 * EDGE,
        x(10f64.powf(lowest)),
        y(10f64.powf(lowest)),
        x(1.0),
        y(1.0)
    );
    for exponent in lowest as i32..=0 {
        let (share, low) = (10f64.powi(exponent), 10f64.powf(lowest));
        writeln!(
            svg,
            "<path d=\"M{0} {1}V{2}M{3} {4}H{5}\" stroke=\"#e3e3e3\"/>",
            x(share),
            y(low),
            y(1.0),
            x(low),
            y(share),
            x(1.0)
        )?;
        writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">1e{exponent}</text>", x(share), y(low) + 18.0)?;
        writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">1e{exponent}</text>", x(low) - 6.0, y(share) + 4.0)?;
    }
    for both in common {
        writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"2.5\" fill=\"#0b6e8a\" fill-opacity=\"0.5\"/>",
            x(both.prior),
            y(both.trained)
        )?;
    }
    let (middle, bottom) = (EDGE + SIZE / 2.0, SIZE + EDGE / 3.0 + 40.0);
    writeln!(svg, "<text x=\"{middle}\" y=\"{bottom}\" text-anchor=\"middle\">P_B(f): of draws that fit</text>")?;
    writeln!(
        svg,
        "<text transform=\"translate(14 {middle}) rotate(-90)\" text-anchor=\"middle\">P_SGD(f): of trained draws</text>\n</svg>"
    )?;
    Ok(svg)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let setting = Setting::new()?;
    let prior = count(0..DRAWS, |seed| setting.drawn(seed))?;
    // other seeds: no trained draw is one that was counted before
    let trained = count(DRAWS..DRAWS + TRAINED, |seed| setting.trained(seed))?;
    let common = common(&prior, &trained);
    let found = record(&setting, &prior, &trained, &common);
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("mingard2021.json"), serde_json::to_string_pretty(&found)?)?;
    std::fs::write(folder.join("mingard2021.svg"), picture(&common)?)?;
    println!("spearman {}, likely {}", found["spearman"], found["likely"]);
    Ok(())
}
