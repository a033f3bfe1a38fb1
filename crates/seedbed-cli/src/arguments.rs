//! What may be typed: one struct a command, with the help that users read.

mod measured;
mod trained;
mod weights;

use clap::{Args, Parser, Subcommand};

pub use measured::{Dimension, Direction, Mass, MassMethod, Prior, PriorsOnData, Rates};
pub use trained::{Keeping, Recommend, Study, TableFormat};
pub use weights::{Draw, Explain, Init, List, What};

/// The network that is used when none is named.
pub const DEFAULT_NETWORK: &str = "mlp(64, 128x30, 10, relu)";

/// Initial weights for neural networks: drawn, explained, and chosen by evidence.
///
/// Without a command, `seedbed` recommends a prior for a 30-layer ReLU net on the embedded digits.
#[derive(Debug, Parser)]
#[command(name = "seedbed", version, about, propagate_version = true)]
pub struct Arguments {
    /// What to do; `recommend` with its defaults when left out.
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub everywhere: Everywhere,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Everywhere {
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Seed that all randomness comes from
    #[arg(long, global = true, default_value_t = 0)]
    pub seed: u64,
    /// Threads at work at once; results do not depend on it [default: all cores]
    #[arg(long, global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: Option<u16>,
    /// No progress and no notes on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// More notes on stderr: a line for every trial
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

impl Everywhere {
    /// Threads to use.
    pub fn threads(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(cores, usize::from)
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find out which prior a network should start from, and write its weights
    Recommend(Box<Recommend>),
    /// Write initial weights for a whole network
    Init(Init),
    /// Draw one tensor
    Draw(Draw),
    /// Explain an initializer: formula, rationale, claimed beliefs, source, other libraries
    Explain(Explain),
    /// Measure what a prior believes of a network: each claim beside theory and measurement
    Prior(Prior),
    /// Measure the share of a prior that already solves, in bits, with an interval
    Mass(Mass),
    /// Measure the smallest random subspace in which training from a prior still gets there
    Dimension(Dimension),
    /// Compare starts by paired training runs, and set what was published beside what comes out
    Study(Study),
    /// List what there is
    List(List),
}
