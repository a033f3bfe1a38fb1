//! Drawing beside PyTorch in the same run, on the same number of threads, alternating: raw rows to a CSV file, medians
//! and ratios to the terminal.
//!
//! Both sides fill memory that is there before the clock runs, and both fill once before the first run that counts.
//! Without `--python` only our side runs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod case;
mod peer;

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use case::Case;
use clap::Parser;
use peer::Peer;

/// Time drawing beside PyTorch.
#[derive(Debug, Parser)]
struct Arguments {
    /// A Python that has torch
    #[arg(long)]
    python: Option<PathBuf>,
    /// Cases such as normal:100000000 or orthogonal:4096x1024 [default: all of the table]
    cases: Vec<Case>,
    /// Runs of each side that count
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Numbers of threads
    #[arg(long, value_delimiter = ',', default_value = "1,2")]
    threads: Vec<usize>,
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

fn run(arguments: &Arguments) -> io::Result<()> {
    let mut rows: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::sink()),
    };
    writeln!(rows, "case,threads,run,library,wall_seconds")?;
    let mut peer = arguments.python.as_deref().map(Peer::start).transpose()?;
    let cases = if arguments.cases.is_empty() { case::table() } else { arguments.cases.clone() };
    println!("{:<28} {:>7} {:>12} {:>12} {:>10} {:>7}", "case", "threads", "seedbed", "torch", "G/s", "ratio");
    for case in &cases {
        for &threads in &arguments.threads {
            compare(case, threads, arguments.runs, peer.as_mut(), &mut rows)?;
        }
    }
    Ok(())
}

/// Runs both sides in turn and prints one line.
fn compare(
    case: &Case,
    threads: usize,
    runs: usize,
    mut peer: Option<&mut Peer>,
    rows: &mut dyn Write,
) -> io::Result<()> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
    let mut ours = case.prepare().map_err(io::Error::other)?;
    let (mut mine, mut theirs) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let seconds = pool.install(|| ours.seconds()).map_err(io::Error::other)?;
        let other =
            peer.as_deref_mut().filter(|_| case.is_in_torch()).map(|peer| peer.seconds(case, threads)).transpose()?;
        if run == 0 {
            continue; // both sides have met the memory now
        }
        writeln!(rows, "{case},{threads},{run},seedbed,{seconds}")?;
        mine.push(seconds);
        if let Some(other) = other {
            writeln!(rows, "{case},{threads},{run},torch,{other}")?;
            theirs.push(other);
        }
    }
    rows.flush()?;
    let seconds = median(&mut mine);
    let speed = case.elements() as f64 / seconds / 1e9;
    let (other, ratio) = match theirs.is_empty() {
        true => ("-".to_owned(), "-".to_owned()),
        false => {
            let other = median(&mut theirs);
            (format!("{other:.4} s"), format!("{:.2}", other / seconds))
        }
    };
    println!(
        "{:<28} {threads:>7} {:>12} {other:>12} {speed:>10.3} {ratio:>7}",
        case.to_string(),
        format!("{seconds:.4} s")
    );
    Ok(())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}
