//! Commands that draw weights, and explain what is drawn.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seedbed::{Layout, Slice};

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
