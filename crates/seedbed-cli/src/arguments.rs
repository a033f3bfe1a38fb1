//! What may be typed: one struct a command, with the help that users read.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use seedbed::{Layout, Slice};

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
    /// Go on with the study that the output folder holds; an error if it holds none
    #[arg(long)]
    pub resume: bool,
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
    /// Go on with the study that the output folder holds; an error if it holds none
    #[arg(long)]
    pub resume: bool,
}

/// A file format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Text with a header
    Csv,
    /// Apache Parquet
    Parquet,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed init 'mlp(784, 256x20, 10, relu)' --prior he_normal --seed 7 -o weights.safetensors
  seedbed init 'mlp(784, 256x20, 10, tanh)' --beliefs beliefs.toml -o start.safetensors")]
pub struct Init {
    /// Shorthand or TOML file
    pub network: String,
    /// Prior: an initializer for the weights (biases zero, norm scales one), torch:default, or a TOML file with
    /// a table [prior] of name patterns
    #[arg(long, required_unless_present = "beliefs", conflicts_with = "beliefs")]
    pub prior: Option<String>,
    /// TOML file of stated beliefs, such as output_std = 0.5: the prior is solved for them (docs/beliefs.md)
    #[arg(long, value_name = "FILE")]
    pub beliefs: Option<PathBuf>,
    /// Safetensors file to write
    #[arg(short, long)]
    pub out: PathBuf,
    /// Number type: f32, f64, bf16, f16, f8_e4m3, f8_e5m2
    #[arg(long, default_value = "f32")]
    pub dtype: String,
}

/// Arguments of `draw`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed draw he_normal --shape 512x512 --seed 7
  seedbed draw 'orthogonal(gain=relu)' --shape 64x3x3x3 --layout convolution -o conv.safetensors
  seedbed draw he_normal --shape 1000000x4096 --slice 0:1024,: --dtype bf16 -o rows.safetensors")]
pub struct Draw {
    /// Initializer, such as he_normal or 'sparse(nonzeros=15)'
    pub initializer: String,
    /// Shape, such as 512x256
    #[arg(long)]
    pub shape: String,
    /// Name of the parameter: part of the key of its stream
    #[arg(long, default_value = "weight")]
    pub name: String,
    /// Number type: f32, f64, bf16, f16, f8_e4m3, f8_e5m2
    #[arg(long, default_value = "f32")]
    pub dtype: String,
    /// What the axes are: dense [out, in], dense-in-out, convolution [out, in, kernel…], convolution-in-out,
    /// transposed-convolution, embedding, tied-embedding, experts, plain (no fans), or one letter an axis: o output,
    /// i input, r receptive, b batch, l lookup [default: dense for two axes, convolution for more, plain for one]
    #[arg(long)]
    pub layout: Option<Layout>,
    /// Groups of a convolution
    #[arg(long, default_value_t = 1)]
    pub groups: usize,
    /// Sizes of projections packed along the outputs, each a weight of its own: 64,64,64 for query, key and value
    #[arg(long, value_delimiter = ',', value_name = "SIZES")]
    pub packed: Vec<usize>,
    /// Draw this part alone, one range an axis: 0:1024,: is the first 1024 rows
    #[arg(long, default_value = ":")]
    pub slice: Slice,
    /// Safetensors file to write
    #[arg(short, long)]
    pub out: Option<PathBuf>,
    /// Print statistics of the values (the default without -o)
    #[arg(long)]
    pub stats: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  seedbed explain orthogonal
  seedbed explain torch:kaiming_uniform
  seedbed explain he_normal --dialects --shape 64x3x7x7")]
pub struct Explain {
    /// Initializer, or a name of a dialect such as torch:kaiming_uniform (torch: for all of its names); all
    /// initializers when left out
    pub initializer: Option<String>,
    /// Show what every library means by it, with standard deviation, bounds and fans; without an initializer, the
    /// dialects and their names
    #[arg(long)]
    pub dialects: bool,
    /// Shape that the numbers of --dialects are for
    #[arg(long, default_value = "512x256", requires = "dialects")]
    pub shape: String,
    /// What the axes of that shape are, as in draw [default: dense for two axes, convolution for more, plain for one]
    #[arg(long, requires = "dialects")]
    pub layout: Option<Layout>,
    /// Groups of a convolution of that shape
    #[arg(long, default_value_t = 1, requires = "dialects")]
    pub groups: usize,
}

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

/// Arguments of `list`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  seedbed list initializers")]
pub struct List {
    /// Which list
    pub what: What,
}

/// The lists there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Distributions over one tensor
    Initializers,
    /// Priors for whole networks
    Recipes,
    /// Activation functions and their gains
    Activations,
    /// Kinds of data
    Data,
}
