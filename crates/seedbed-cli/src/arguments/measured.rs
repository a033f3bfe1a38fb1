//! Commands that measure what priors are on a network and data.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Arguments of `prior`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed prior 'mlp(64, 128x10, 10, relu)' --prior he_normal --out beliefs
  seedbed prior 'mlp(784, 256x20, 10, tanh)' --data DIR_WITH_IDX_FILES --prior 'orthogonal(gain=1.05)' --json
  seedbed prior 'cnn(1x8x8, 16x4, 10, relu)' --compare glorot_uniform he_normal 'sparse(nonzeros=3)'
  seedbed prior 'mlp(64, 128x8, 10, tanh)' --beliefs beliefs.toml
  seedbed prior 'mlp(64, 128x3, 10, relu)' --compare he_normal orthogonal --parameters
  seedbed prior 'mlp(64, 32x2, 10, tanh)' --prior spectral --transfer width --rates mup

Exit status: 0 every claimed or stated belief is held, 1 one of them is not or a slope of --transfer fails, 2 an error, 130 interrupted.")]
pub struct Prior {
    /// Shorthand or TOML file [default: mlp(64, 128x30, 10, relu)]
    pub network: Option<String>,
    /// Prior: an initializer for the weights (biases zero, norm scales one), torch:default, or a TOML file with
    /// a table [prior] of name patterns [default: torch:default]
    #[arg(long)]
    pub prior: Option<String>,
    /// `digits`, a folder with IDX files, a CSV, NPY or NPZ file, or data made from a seed such as adding(steps=50)
    /// [default: digits, or standard normal inputs where the network takes others]
    #[arg(long)]
    pub data: Option<String>,
    /// The label column of a CSV or NPY file: a name, or an index from 0 [default: the last]
    #[arg(long, requires = "data")]
    pub label: Option<String>,
    /// Draws to measure, at least 4 [default: 32, and 128 with --beliefs]; with --parameters and --transfer at least 2
    /// [default: 8 and 5]
    #[arg(long)]
    pub draws: Option<usize>,
    /// Folder for prior.html: the table and the pictures in one page that works offline
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Priors to set side by side, on the same seeds
    #[arg(long, value_name = "PRIOR", num_args = 1.., conflicts_with = "prior")]
    pub compare: Vec<String>,
    /// TOML file of stated beliefs, such as output_std = 0.5: the prior is solved for them (docs/beliefs.md)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["prior", "compare", "data", "out"])]
    pub beliefs: Option<PathBuf>,
    /// The weights instead: entropy, density and spectral norm of each parameter, and between priors set side by side
    /// the Kullback-Leibler divergence (docs/parameters.md)
    #[arg(long, conflicts_with_all = ["beliefs", "data", "out", "transfer"])]
    pub parameters: bool,
    /// Whether sizes and their changes in training stay as the network grows this way: slopes, exit status 1 if one
    /// fails (docs/parameters.md)
    #[arg(long, value_name = "WAY", conflicts_with_all = ["beliefs", "compare", "out"])]
    pub transfer: Option<Direction>,
    /// Learning rates of a grown network: the same, or scaled as the maximal update parametrization does
    #[arg(long, requires = "transfer", default_value = "same")]
    pub rates: Rates,
}

/// How a network grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Direction {
    /// All hidden sizes times 1, 2, 4, 8
    Width,
    /// All layers that keep their shape 1, 2, 4 times
    Depth,
}

/// Learning rates of a grown network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rates {
    /// The same at every size
    Same,
    /// As the maximal update parametrization has them
    Mup,
}

/// Priors of a network on some examples.
#[derive(Debug, Args)]
pub struct PriorsOnData {
    /// Shorthand or TOML file
    pub network: String,
    /// A prior: an initializer for the weights (biases zero, norm scales one), torch:default, or a TOML file with a table
    /// [prior] of name patterns; give it once for each
    #[arg(long = "prior", value_name = "PRIOR", required = true)]
    pub priors: Vec<String>,
    /// `digits`, a folder with IDX files, a CSV, NPY or NPZ file, or data made from a seed such as adding(steps=50)
    #[arg(long, default_value = "digits")]
    pub data: String,
    /// The label column of a CSV or NPY file: a name, or an index from 0 [default: the last]
    #[arg(long)]
    pub label: Option<String>,
    /// Only the first so many training examples [default: all]
    #[arg(long)]
    pub examples: Option<usize>,
}

/// Arguments of `mass`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed mass 'mlp(64, 32, 10, relu)' --prior he_normal --target 2.5
  seedbed mass 'mlp(64, 32, 10, relu)' --prior he_normal --prior orthogonal --exact-fit --examples 4
  seedbed mass 'mlp(64, 32, 10, tanh)' --prior lecun_normal --error 0.5 --examples 20 --within 100 --learning-rate 0.1

Exit status: 0 every prior has a mass, 1 one had no hit and so only an upper bound, 2 an error, 130 interrupted.")]
#[command(group = clap::ArgGroup::new("solution").required(true).args(["target", "error", "exact_fit"]))]
pub struct Mass {
    #[command(flatten)]
    pub on_data: PriorsOnData,
    /// Solved is a training loss of at most this: nats, or mean squared error
    #[arg(long, value_name = "LOSS")]
    pub target: Option<f64>,
    /// Solved is a share of wrong answers of at most this
    #[arg(long, value_name = "SHARE")]
    pub error: Option<f64>,
    /// Solved is no wrong answer
    #[arg(long)]
    pub exact_fit: bool,
    /// auto (direct where a pilot of 1000 draws promises 100 hits, else splitting), direct, or splitting
    #[arg(long, default_value = "auto")]
    pub method: MassMethod,
    /// Draws of direct sampling
    #[arg(long, default_value_t = 10_000)]
    pub samples: usize,
    /// Particles of each run of splitting
    #[arg(long, default_value_t = 1000)]
    pub particles: usize,
    /// Moves of each particle at each level
    #[arg(long, default_value_t = 10)]
    pub moves: usize,
    /// Independent runs of splitting, from which the interval comes
    #[arg(long, default_value_t = 10)]
    pub repeats: usize,
    /// Also the share of draws that become a solution within so many steps on all examples at once
    #[arg(long, value_name = "STEPS")]
    pub within: Option<usize>,
    /// Update rule of --within [default: sgd]
    #[arg(long, requires = "within")]
    pub optimizer: Option<String>,
    /// Learning rate of --within [default: 0.01]
    #[arg(long, requires = "within")]
    pub learning_rate: Option<f64>,
    /// Draws that --within trains [default: 20]
    #[arg(long, requires = "within")]
    pub draws: Option<usize>,
}

/// How the mass is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MassMethod {
    /// As a pilot says
    Auto,
    /// Guess and check
    Direct,
    /// Subset simulation
    Splitting,
}

/// Arguments of `dimension`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed dimension 'mlp(64, 32, 10, relu)' --prior he_normal
  seedbed dimension 'mlp(64, 32, 10, relu)' --prior he_normal --prior glorot_uniform --prior 'normal(std=0.001)' --seeds 9
  seedbed dimension 'mlp(64, 32, 10, tanh)' --prior lecun_normal --target 0.5 --optimizer adam --learning-rate 0.01,0.1

Exit status: 0 every prior has a dimension, 1 for one of them not even the whole space gets there, 2 an error, 130 interrupted.")]
pub struct Dimension {
    #[command(flatten)]
    pub on_data: PriorsOnData,
    /// There is this share of the test accuracy (R² of real targets) that training the whole space reaches from the best
    /// of the priors; above 0, at most 1
    #[arg(long, default_value_t = 0.9)]
    pub share: f64,
    /// There is a training loss (nats or mean squared error, mean of 10 steps) of at most this
    #[arg(long, value_name = "LOSS", conflicts_with = "share")]
    pub target: Option<f64>,
    /// sgd, momentum (0.9), nesterov, adam, adamw or rmsprop, such as adam(beta2=0.95)
    #[arg(long, default_value = "momentum")]
    pub optimizer: String,
    /// constant, cosine or step, such as cosine(warmup=50)
    #[arg(long, default_value = "constant")]
    pub schedule: String,
    /// Examples a step
    #[arg(long, default_value_t = 128)]
    pub batch: usize,
    /// Steps of a training run
    #[arg(long, default_value_t = 300)]
    pub steps: usize,
    /// Learning rates, ascending: every dimension is trained at each, and the one with the lowest training loss counts
    #[arg(long = "learning-rate", value_delimiter = ',', value_name = "RATES", default_value = "0.01,0.03,0.1,0.3,1")]
    pub learning_rates: Vec<f64>,
    /// Draws of the prior, each with a subspace of its own; an interval takes 6
    #[arg(long, default_value_t = 6)]
    pub seeds: usize,
    /// The dimension to begin with: the search doubles from there, or halves
    #[arg(long, default_value_t = 1, value_name = "DIMENSION")]
    pub from: usize,
}
