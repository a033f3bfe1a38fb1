//! Trials a second beside PyTorch on the same cores, alternating: raw rows to a CSV file, medians and ratios to the
//! terminal.
//!
//! Both train the same networks on data of the same size, with SGD of momentum 0.9, batches of 64 and the same number of
//! steps: a study's grid of starts, learning rates and seeds, one trial of each. PyTorch runs twice in each round, as two processes of one thread and as one process of two; its better median
//! counts. It gives its own seconds, without start and import.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Parser;
use seedbed::Prior;
use seedbed_feasibility::study::workers;
use seedbed_feasibility::trial::{self, Optimizer, Plan};
use seedbed_network::data::{self, Dataset};
use seedbed_network::graph::Network;

/// Names, and the networks they stand for, here and in `torch_peer.py`.
const CASES: [(&str, &str); 2] = [("dense", "mlp(64, 128x6, 10, relu)"), ("convolution", "cnn(1x8x8, 16x2, 10, relu)")];

/// Starts by the names here; `torch_peer.py` has their counterparts in the same order.
const STARTS: [&str; 8] = [
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
    "orthogonal",
    "truncated_normal(std=0.05)",
    "normal(std=0.05)",
    "uniform(-0.1, 0.1)",
];

/// Rates at which none of the starts diverges, since a trial that does ends early here.
const LEARNING_RATES: [f64; 5] = [1e-4, 3e-4, 1e-3, 3e-3, 1e-2];

/// Time trials beside PyTorch.
#[derive(Debug, Parser)]
struct Arguments {
    /// A Python that has PyTorch
    #[arg(long)]
    python: PathBuf,
    /// The other side
    #[arg(long, default_value = "benches/trials/torch_peer.py")]
    script: PathBuf,
    /// Rounds that count
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// The networks, by their names
    #[arg(long, default_values = ["dense", "convolution"])]
    cases: Vec<String>,
    /// Leave out PyTorch as one process of two threads, where a smaller grid has shown it to be the slower one
    #[arg(long)]
    processes_only: bool,
    /// Starts of the grid, at most 8
    #[arg(long, default_value_t = 1)]
    starts: usize,
    /// Learning rates of the grid, at most 5
    #[arg(long, default_value_t = 1)]
    learning_rates: usize,
    /// Seeds of the grid
    #[arg(long, default_value_t = 4)]
    seeds: usize,
    /// Steps a trial
    #[arg(long, default_value_t = 300)]
    steps: usize,
    /// CSV file for the raw rows
    #[arg(long)]
    out: Option<PathBuf>,
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
    let mut rows: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::sink()),
    };
    if arguments.starts > STARTS.len() || arguments.learning_rates > LEARNING_RATES.len() {
        return Err(format!("a grid has at most {} starts and {} rates", STARTS.len(), LEARNING_RATES.len()).into());
    }
    let trials = arguments.starts * arguments.learning_rates * arguments.seeds;
    writeln!(rows, "case,trials,steps,run,side,wall_seconds")?;
    println!("{:<12} {:>12} {:>18} {:>18} {:>7}", "case", "seedbed", "torch 2 processes", "torch 2 threads", "ratio");
    let data = data::digits();
    for (case, text) in CASES.into_iter().filter(|(case, _)| arguments.cases.iter().any(|wanted| wanted == case)) {
        let network: Network = text.parse()?;
        let mut seconds: [Vec<f64>; 3] = Default::default();
        for run in 0..=arguments.runs {
            let two_threads = if arguments.processes_only { f64::NAN } else { torch(case, 1, 2, arguments)? };
            let found = [ours(&network, &data, arguments)?, torch(case, 2, 1, arguments)?, two_threads];
            // the first round warms caches and files
            if run == 0 {
                continue;
            }
            for ((side, value), all) in
                SIDES.into_iter().zip(found).zip(&mut seconds).filter(|((_, value), _)| !value.is_nan())
            {
                writeln!(rows, "{case},{trials},{},{run},{side},{value}", arguments.steps)?;
                rows.flush()?;
                all.push(value);
            }
        }
        let [ours, processes, threads] = seconds.map(median);
        let ratio = processes.min(threads) / ours;
        let threads = if threads.is_nan() { "left out".to_owned() } else { format!("{threads:.3} s") };
        println!("{case:<12} {ours:>10.3} s {processes:>16.3} s {threads:>18} {ratio:>7.2}");
    }
    Ok(())
}

const SIDES: [&str; 3] = ["seedbed", "torch 2 processes", "torch 2 threads"];

/// Seconds of all trials on two workers, draws and evaluation at the end included.
fn ours(network: &Network, data: &Dataset, arguments: &Arguments) -> Result<f64, Box<dyn Error>> {
    // a target below every loss: each trial takes all its steps
    let plan = Plan { batch: 64, steps: arguments.steps, target_loss: -1.0, ..Plan::default_with(Optimizer::MOMENTUM) };
    let starts = STARTS[..arguments.starts].iter().map(|text| text.parse::<Prior>()).collect::<Result<Vec<_>, _>>()?;
    let rates = &LEARNING_RATES[LEARNING_RATES.len() - arguments.learning_rates..];
    let of_start =
        |prior| rates.iter().flat_map(move |&rate| (0..arguments.seeds as u64).map(move |seed| (prior, rate, seed)));
    let grid: Vec<(&Prior, f64, u64)> = starts.iter().flat_map(of_start).collect();
    let start = Instant::now();
    let outcomes = workers::run(&grid, 2, |&(prior, rate, seed)| {
        let weights = prior.draw(&network.parameters, seed)?;
        trial::run(network, data, weights, &plan, rate, seed, &mut trial::Unkept)
    })?;
    let seconds = start.elapsed().as_secs_f64();
    match outcomes.iter().all(|outcome| outcome.losses.len() == arguments.steps) {
        true => Ok(seconds),
        false => Err("a trial ended before its last step".into()),
    }
}

/// Seconds of the slowest of `processes` that share the trials.
fn torch(case: &str, processes: usize, threads: usize, arguments: &Arguments) -> Result<f64, Box<dyn Error>> {
    let grid = [arguments.starts, arguments.learning_rates, arguments.seeds];
    let numbers = |process| [&[process, processes, threads][..], &grid, &[arguments.steps]].concat();
    let start = |process| command(&arguments.python, &arguments.script, case, &numbers(process)).spawn();
    let started = (0..processes).map(start).collect::<Result<Vec<_>, _>>()?;
    let mut slowest = 0f64;
    for process in started {
        let output = process.wait_with_output()?;
        slowest = slowest.max(String::from_utf8(output.stdout)?.trim().parse()?);
    }
    Ok(slowest)
}

fn command(python: &Path, script: &Path, case: &str, numbers: &[usize]) -> Command {
    let mut command = Command::new(python);
    command.arg(script).arg(case).args(numbers.iter().map(usize::to_string)).stdout(Stdio::piped());
    command
}

/// NaN of none.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => 0.5 * (values[count / 2 - 1] + values[count / 2]),
    }
}
