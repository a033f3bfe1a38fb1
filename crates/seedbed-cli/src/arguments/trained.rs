//! Commands that compare starts by training from them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// Arguments of `recommend`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
Examples:
  seedbed recommend
  seedbed recommend 'mlp(784, 256x20, 10, tanh)' --data DIR_WITH_IDX_FILES --out runs/fashion
  seedbed recommend study.toml --resume

Exit status: 0 a prior is recommended, 1 no candidate solved the task, 2 an error, 130 interrupted (resumable).")]
pub struct Recommend {
    /// Shorthand such as 'mlp(64, 128x30, 10, relu)', or a TOML file with a network and, if wanted, a study
    /// [default: mlp(64, 128x30, 10, relu)]
    pub network: Option<String>,
    /// `digits`, a folder with IDX files, a CSV, NPY or NPZ file, or data made from a seed such as adding(steps=50)
    /// [default: digits]
    #[arg(long)]
    pub data: Option<String>,
    /// The label column of a CSV or NPY file: a name, or an index from 0 [default: the last]
    #[arg(long)]
    pub label: Option<String>,
    /// Folder for weights.safetensors, report.html and study.db [default: seedbed-out]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// A candidate prior; give it once for each [default: zeros, near-zero, glorot, he, lecun, torch:default,
    /// orthogonal and sparse]
    #[arg(long = "prior", value_name = "PRIOR")]
    pub priors: Vec<String>,
    /// sgd, momentum (0.9), nesterov, adam, adamw or rmsprop, such as adam(beta2=0.95) [default: momentum]
    #[arg(long)]
    pub optimizer: Option<String>,
    /// Steps that one training run may take [default: 300]
    #[arg(long)]
    pub steps: Option<usize>,
    /// Examples a step [default: 128]
    #[arg(long)]
    pub batch: Option<usize>,
    /// Training loss (nats, smoothed over 10 steps) that counts as a solution [default: 0.5]
    #[arg(long)]
    pub target: Option<f64>,
    /// Paired seeds for each candidate, at least 6 [default: 6]
    #[arg(long)]
    pub seeds: Option<usize>,
    /// Learning rates to search, ascending [default: 1e-4,3e-4,1e-3,3e-3,1e-2,3e-2,1e-1]
    #[arg(long, value_delimiter = ',', value_name = "RATES")]
    pub learning_rates: Vec<f64>,
    /// TOML file of stated beliefs, such as output_std = 0.5 (docs/beliefs.md): candidates that contradict them are not
    /// tried
    #[arg(long, value_name = "FILE", conflicts_with = "full")]
    pub beliefs: Option<PathBuf>,
    /// Try every candidate: none is removed by theory, by two draws or after its search
    #[arg(long)]
    pub full: bool,
    #[command(flatten)]
    pub keeping: Keeping,
}

/// Arguments of `study`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed study studies/he2015.toml
  seedbed study my-study.toml --out runs/mine --resume
  seedbed study my-study.toml --export csv,parquet

The file names networks, data, starts, learning rates and what may be expected: docs/studies.md.
Exit status: 0 no expectation is contradicted, 1 one is, or there is none and no start solves, 2 an error, 130 interrupted (resumable).")]
pub struct Study {
    /// TOML file of the study
    pub file: PathBuf,
    /// Folder for results.json, results.html and study.db [default: the file's name without .toml]
    #[arg(long)]
    pub out: Option<PathBuf>,
    /// Also write every trial and step as tables: trials.csv and steps.csv, or the same as .parquet (docs/studies.md)
    #[arg(long, value_delimiter = ',', value_name = "FORMATS")]
    pub export: Vec<TableFormat>,
    #[command(flatten)]
    pub keeping: Keeping,
}

/// How a study is kept and taken up.
#[derive(Clone, Debug, Default, Args)]
pub struct Keeping {
    /// Go on with the study that the output folder holds; an error if it holds none
    #[arg(long)]
    pub resume: bool,
    /// Seconds that a training run goes on before it is kept again: a kill loses at most these; 0 keeps every step, which costs
    /// time [default: 1]
    #[arg(long, value_name = "SECONDS", value_parser = pause, allow_negative_numbers = true)]
    pub keep_every: Option<Duration>,
}

fn pause(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "seconds, 0 or more, such as 0.5".to_owned())
}

/// A file format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Text with a header
    Csv,
    /// Apache Parquet
    Parquet,
}
