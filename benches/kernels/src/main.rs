//! NNGP and NTK beside neural-tangents on the same machine, alternating, in single precision: raw rows to a CSV file,
//! medians and ratios to the terminal.
//!
//! Both sides run once before the runs that count; neural-tangents is compiled by then. Without `--python`, or where it
//! cannot be started, only our side runs. The Python needs jax 0.4.30 and neural-tangents 0.6.5.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod case;
mod peer;

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use case::Case;
use clap::Parser;
use peer::Peer;
use seedbed_theory::kernel::Limits;

/// Time NNGP and NTK beside neural-tangents.
#[derive(Debug, Parser)]
struct Arguments {
    /// A Python that has jax 0.4.30 and neural-tangents 0.6.5
    #[arg(long)]
    python: Option<PathBuf>,
    /// dense, flatten or pool [default: all]
    cases: Vec<Case>,
    /// Runs of each side that count
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Threads of our side
    #[arg(long, default_value_t = 2)]
    threads: usize,
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
    writeln!(rows, "case,threads,run,library,wall_seconds,peak_bytes")?;
    let cases = if arguments.cases.is_empty() { Case::ALL.to_vec() } else { arguments.cases.clone() };
    println!("{:<8} {:>12} {:>16} {:>7} {:>18}", "case", "seedbed", "neural-tangents", "ratio", "seedbed's memory");
    for case in cases {
        let mut peer = arguments.python.as_deref().map(Peer::start).transpose()?;
        compare(case, arguments, peer.as_mut(), &mut rows)?;
    }
    Ok(())
}

fn compare(
    case: Case,
    arguments: &Arguments,
    mut peer: Option<&mut Peer>,
    rows: &mut dyn Write,
) -> Result<(), Box<dyn Error>> {
    let kernel = case.kernel()?;
    let (examples, size) = case.size();
    let inputs: Vec<f32> = (0..examples * size).map(|index| ((index * 7919) % 65_521) as f32 / 65_521.0).collect();
    let limits = Limits { threads: arguments.threads, ..Limits::default() };
    let memory = kernel.memory_bytes(examples, examples, size_of::<f32>(), arguments.threads);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..=arguments.runs {
        let start = Instant::now();
        std::hint::black_box(kernel.gram(&inputs, &limits)?);
        let seconds = start.elapsed().as_secs_f64();
        let other = peer.as_deref_mut().map(|peer| peer.run(case)).transpose()?;
        if run == 0 {
            continue;
        }
        writeln!(rows, "{},{},{run},seedbed,{seconds},{memory}", case.name(), arguments.threads)?;
        ours.push(seconds);
        if let Some((seconds, bytes)) = other {
            writeln!(rows, "{},,{run},neural-tangents,{seconds},{bytes}", case.name())?;
            theirs.push(seconds);
        }
    }
    let (ours, theirs) = (median(&mut ours), median(&mut theirs));
    let memory = format!("{:.1} MB", memory as f64 / 1e6);
    println!("{:<8} {ours:>10.4} s {theirs:>14.4} s {:>7.1} {memory:>18}", case.name(), theirs / ours);
    Ok(())
}

/// NaN of none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => values[count / 2],
        count => 0.5 * (values[count / 2 - 1] + values[count / 2]),
    }
}
