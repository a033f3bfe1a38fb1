//! The table that parsing, `list`, `explain`, help and docs come from.

use super::family::Family;
use super::{Filter, LowRank, Recurrent, Scaled, Sparse, StateSpace, Structured};
use crate::Error;

/// Everything there is to know of one initializer.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Other names with the same meaning.
    pub aliases: &'static [&'static str],
    /// One line.
    pub summary: &'static str,
    /// Distribution, in plain text.
    pub formula: &'static str,
    /// Its arguments, in the order of their values without names.
    pub arguments: &'static [Argument],
    /// Why anyone would use it.
    pub rationale: &'static str,
    /// What it claims of the start.
    pub claims: &'static [Claim],
    /// Paper and equation.
    pub source: &'static str,
    /// What other libraries mean by the name, where they differ.
    pub elsewhere: &'static str,
    /// A text that parses.
    pub example: &'static str,
}

/// An argument of an initializer.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Its name.
    pub name: &'static str,
    /// Its value when left out; `None` if it must be given.
    pub default: Option<&'static str>,
    /// Allowed values and meaning.
    pub meaning: &'static str,
}

/// A belief that an initializer claims to hold.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// The idea: `scale`, `symmetry`, `gradient_flow`, `sparsity`, `diversity`, `isometry`, `evenness`.
    pub belief: &'static str,
    /// The claim in words.
    pub statement: &'static str,
    /// The quantity that tests it.
    pub measured_as: &'static str,
}

/// The kinds of initializers, each with its entries.
pub fn kinds() -> &'static [(&'static str, &'static [Entry])] {
    &[
        ("base laws and matrices", ENTRIES),
        ("scaled by fans or width", Scaled::ENTRIES),
        ("sparse matrices", Sparse::ENTRIES),
        ("structured matrices", Structured::ENTRIES),
        ("filters", Filter::ENTRIES),
        ("recurrent cells", Recurrent::ENTRIES),
        ("state-space models", StateSpace::ENTRIES),
        ("low-rank adapters", LowRank::ENTRIES),
    ]
}

/// All initializers, grouped by kind.
pub fn entries() -> impl Iterator<Item = &'static Entry> + Clone {
    kinds().iter().flat_map(|(_, entries)| entries.iter())
}

/// The entry called `name`, by its name or an alias.
///
/// ```
/// use seedbed::catalogue;
/// assert_eq!(catalogue::find("kaiming_normal")?.name, "he_normal");
/// assert!(catalogue::find("he_norml").unwrap_err().to_string().contains("'he_normal'"));
/// # Ok::<(), seedbed::Error>(())
/// ```
///
/// # Errors
/// An unknown name, with the nearest ones.
pub fn find(name: &str) -> Result<&'static Entry, Error> {
    let called = |entry: &&Entry| entry.name == name || entry.aliases.contains(&name);
    entries().find(called).ok_or_else(|| Error::UnknownInitializer { asked: name.to_owned(), nearest: nearest(name) })
}

/// At most three names that a slip of the pen could have turned into `asked`, or that begin with it.
fn nearest(asked: &str) -> Vec<&'static str> {
    nearest_of(asked, entries().flat_map(|entry| entry.aliases.iter().chain(std::iter::once(&entry.name)).copied()))
}

/// The same among any names.
pub(crate) fn nearest_of(asked: &str, names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    /// Edits that still look like the same word.
    const MOST_EDITS: usize = 3;
    let asked = asked.to_lowercase().replace('-', "_");
    let edits = |name: &str| match asked.len() >= 2 && name.starts_with(&asked) {
        true => 0,
        false => strsim::damerau_levenshtein(&asked, name),
    };
    let mut near: Vec<(usize, &'static str)> = names
        .map(|name| (edits(name), name))
        .filter(|(edits, name)| *edits <= MOST_EDITS.min(name.len() / 2))
        .collect();
    near.sort_unstable();
    near.into_iter().map(|(_, name)| name).take(3).collect()
}

pub(crate) const fn claim(belief: &'static str, statement: &'static str, measured_as: &'static str) -> Claim {
    Claim { belief, statement, measured_as }
}

pub(crate) const fn argument(name: &'static str, default: Option<&'static str>, meaning: &'static str) -> Argument {
    Argument { name, default, meaning }
}

pub(crate) const GAIN: Argument = argument(
    "gain",
    Some("1"),
    "finite, not negative: a number, an activation (its forward gain) or backward(tanh), centred(gelu)",
);

pub(crate) const TIED: Claim = claim(
    "symmetry",
    "no direction is preferred, so units stay tied: fatal, unless another tensor breaks the symmetry",
    "distinct units / units",
);
pub(crate) const SYMMETRY_BROKEN: Claim =
    claim("symmetry", "every unit differs from every other", "distinct units / units");
pub(crate) const EVENNESS: Claim =
    claim("evenness", "all inputs count alike at first", "evenness of the input sensitivity");
pub(crate) const FORWARD: Claim =
    claim("scale", "the signal neither grows nor vanishes through depth", "forward variance ratio per layer");
pub(crate) const BACKWARD: Claim = claim(
    "gradient_flow",
    "the gradient neither grows nor vanishes on its way back",
    "backward variance ratio per layer",
);

pub(crate) const SCALED_CLAIMS: &[Claim] = &[FORWARD, BACKWARD, SYMMETRY_BROKEN, EVENNESS];

const ENTRIES: &[Entry] = &[
    Entry {
        name: "zeros",
        aliases: &[],
        summary: "0 everywhere",
        formula: "w = 0",
        arguments: &[],
        rationale: "No direction is preferred. Right for biases and for the last layer of a residual branch; as a \
                    whole network it never trains past the output bias.",
        claims: &[TIED],
        source: "common practice",
        elsewhere: "the same everywhere",
        example: "zeros",
    },
    Entry {
        name: "ones",
        aliases: &[],
        summary: "1 everywhere",
        formula: "w = 1",
        arguments: &[],
        rationale: "The neutral scale of a normalization.",
        claims: &[TIED],
        source: "common practice",
        elsewhere: "the same everywhere",
        example: "ones",
    },
    Entry {
        name: "constant",
        aliases: &[],
        summary: "one value everywhere, or given values",
        formula: "w = value; w_j = value_j for a list, j the element (row-major) or the index along the axis",
        arguments: &[
            argument("value", None, "every element, or a list [1, 2.5] of as many as there are places; finite"),
            argument(
                "axis",
                Some("none"),
                "the axis that a list runs along, from 0 on or from -1 back; none: the whole",
            ),
        ],
        rationale: "For biases: a forget gate at 1, a classifier at its prior log-odds.",
        claims: &[TIED],
        source: "common practice",
        elsewhere: "the same everywhere; JAX, Keras, Haiku and Paddle (Assign) take an array of the whole shape too",
        example: "constant(value=0.1)",
    },
    Entry {
        name: "uniform",
        aliases: &[],
        summary: "uniform between two bounds",
        formula: "w ~ U(low, high), variance (high - low)²/12",
        arguments: &[
            argument("low", Some("0"), "lower bound; finite"),
            argument("high", Some("1"), "upper bound; finite, at least low"),
            argument("mean", Some("0"), "instead of low and high: the centre; finite"),
            argument("bound", Some("none"), "with mean: half of the width; not negative"),
            argument("std", Some("none"), "with mean: the standard deviation; not negative, bound = √3 std"),
            argument("variance", Some("none"), "with mean: the variance; not negative"),
        ],
        rationale: "A bounded law without any scaling by fans.",
        claims: &[SYMMETRY_BROKEN],
        source: "common practice",
        elsewhere: "PyTorch: U(0, 1) by default, as here. JAX: uniform(scale) is U[0, scale), not symmetric: high=scale. \
                    Keras: U(-0.05, 0.05). MXNet and MindSpore: uniform(scale) is U(-scale, scale): bound=scale",
        example: "uniform(low=-0.05, high=0.05)",
    },
    Entry {
        name: "normal",
        aliases: &[],
        summary: "normal with a given mean and standard deviation",
        formula: "w ~ N(mean, std²)",
        arguments: &[
            argument("mean", Some("0"), "centre; finite"),
            argument("std", Some("1"), "standard deviation; finite, not negative"),
            argument("variance", Some("none"), "instead of std: its square; not negative"),
        ],
        rationale: "Small values are the near-zero start: symmetry is broken, but a deep signal vanishes.",
        claims: &[SYMMETRY_BROKEN],
        source: "common practice",
        elsewhere: "default std: PyTorch 1, Haiku 1, Keras 0.05, JAX 0.01, MXNet and MindSpore 0.01",
        example: "normal(std=0.02)",
    },
    Entry {
        name: "truncated_normal",
        aliases: &["trunc_normal"],
        summary: "normal, cut in units of its own standard deviation",
        formula: "z ~ N(0, 1) given low <= z <= high; w = mean + std z; at ±2 the std of w is 0.8796 std",
        arguments: &[
            argument("mean", Some("0"), "centre before the cut; finite"),
            argument("std", Some("1"), "standard deviation before the cut; positive"),
            argument("low", Some("-2"), "lower cut in standard deviations from the mean; below 37"),
            argument("high", Some("2"), "upper cut likewise; above low and above -37"),
            argument("bounds", Some("std"), "std: low and high count standard deviations; value: they are values"),
            argument(
                "std_of",
                Some("normal"),
                "normal: std is that before the cut; result: that after it (between values less than (high - low)/√12)",
            ),
        ],
        rationale: "No outliers. The cut costs variance, which std_of=result gives back, as \
                    variance_scaling(distribution=truncated_normal) does.",
        claims: &[SYMMETRY_BROKEN],
        source: "inverse distribution function (Wichura 1988, AS 241)",
        elsewhere: "PyTorch and timm trunc_normal_: bounds are absolute, ±2 whatever std is: bounds=value. JAX, Keras, Haiku: in \
                    standard deviations, as here. fastai: normal_().fmod_(2), which is not a truncated normal",
        example: "truncated_normal(std=0.02)",
    },
    Entry {
        name: "variance_scaling",
        aliases: &[],
        summary: "variance = scale / fan, in any of three laws",
        formula: "Var w = scale / n, n = fan_in, fan_out, (fan_in + fan_out)/2 or √(fan_in fan_out)",
        arguments: &[
            argument("scale", Some("1"), "finite, not negative; 2 for ReLU"),
            argument("mode", Some("fan_in"), "fan_in, fan_out, fan_avg or fan_geo_avg"),
            argument("distribution", Some("normal"), "normal, truncated_normal (at ±2, variance restored) or uniform"),
        ],
        rationale: "The general law behind Glorot, He and LeCun: one variance that keeps the signal (fan_in) or the \
                    gradient (fan_out) through depth.",
        claims: SCALED_CLAIMS,
        source: "LeCun et al. 1998; Glorot & Bengio 2010; He et al. 2015",
        elsewhere: "JAX and Keras: fan_in and truncated_normal by default, and Keras's 'normal' means truncated. \
                    transformers' version is 13.7 % too wide in its truncated form",
        example: "variance_scaling(scale=2, mode=fan_in, distribution=truncated_normal)",
    },
    Entry {
        name: "glorot_uniform",
        aliases: &["xavier_uniform"],
        summary: "uniform, variance 2 / (fan_in + fan_out)",
        formula: "w ~ U(-a, a), a = √(6 / (fan_in + fan_out))",
        arguments: &[],
        rationale: "A compromise between forward and backward variance for activations that are linear near zero \
                    (tanh). A deep ReLU net loses half of its signal in every layer.",
        claims: SCALED_CLAIMS,
        source: "Glorot & Bengio 2010, equation 16",
        elsewhere: "the same in PyTorch, JAX and Keras, up to how fans are counted",
        example: "glorot_uniform",
    },
    Entry {
        name: "glorot_normal",
        aliases: &["xavier_normal"],
        summary: "normal, variance 2 / (fan_in + fan_out)",
        formula: "w ~ N(0, 2 / (fan_in + fan_out))",
        arguments: &[],
        rationale: "As glorot_uniform, with unbounded tails.",
        claims: SCALED_CLAIMS,
        source: "Glorot & Bengio 2010, equation 12",
        elsewhere: "PyTorch: plain normal, as here. JAX, Flax and Keras: truncated at ±2, variance restored",
        example: "glorot_normal",
    },
    Entry {
        name: "he_uniform",
        aliases: &["kaiming_uniform"],
        summary: "uniform, variance 2 / fan_in",
        formula: "w ~ U(-a, a), a = √(6 / fan_in)",
        arguments: &[],
        rationale: "Keeps the mean square of the signal through ReLU layers, which pass half of it.",
        claims: SCALED_CLAIMS,
        source: "He et al. 2015, equation 10",
        elsewhere: "PyTorch: the same with its default nonlinearity; its Linear and Conv layers call it with \
                    a=√5, which is U(±1/√fan_in). MLX: gain 1 instead of √2",
        example: "he_uniform",
    },
    Entry {
        name: "he_normal",
        aliases: &["kaiming_normal"],
        summary: "normal, variance 2 / fan_in",
        formula: "w ~ N(0, 2 / fan_in)",
        arguments: &[],
        rationale: "Keeps the mean square of the signal through ReLU layers, which pass half of it.",
        claims: SCALED_CLAIMS,
        source: "He et al. 2015, equation 10",
        elsewhere: "PyTorch: plain normal, as here. JAX, Flax and Keras: truncated at ±2, variance restored. MLX: \
                    gain 1 instead of √2",
        example: "he_normal",
    },
    Entry {
        name: "lecun_uniform",
        aliases: &[],
        summary: "uniform, variance 1 / fan_in",
        formula: "w ~ U(-a, a), a = √(3 / fan_in)",
        arguments: &[],
        rationale: "Keeps the variance of a sum of fan_in independent inputs.",
        claims: SCALED_CLAIMS,
        source: "LeCun, Bottou, Orr & Müller 1998, section 4.6",
        elsewhere: "the same in JAX and Keras; PyTorch has none",
        example: "lecun_uniform",
    },
    Entry {
        name: "lecun_normal",
        aliases: &[],
        summary: "normal, variance 1 / fan_in",
        formula: "w ~ N(0, 1 / fan_in)",
        arguments: &[],
        rationale: "Keeps the variance of a sum of fan_in independent inputs; the start that SELU nets are made for.",
        claims: SCALED_CLAIMS,
        source: "LeCun, Bottou, Orr & Müller 1998, section 4.6; Klambauer et al. 2017",
        elsewhere: "JAX, Flax and Keras: truncated at ±2, variance restored. transformers: 13.7 % too wide",
        example: "lecun_normal",
    },
    Entry {
        name: "orthogonal",
        aliases: &[],
        summary: "gain times a Haar-distributed orthogonal matrix",
        formula: "w = gain Q, Q uniform over the orthogonal (semi-orthogonal) matrices of (all other axes) x columns",
        arguments: &[
            GAIN,
            argument("columns", Some("output"), "the axis that counts the columns: output or input units"),
        ],
        rationale: "Every singular value is the gain: the signal's length is kept exactly through linear layers, and \
                    directions stay independent.",
        claims: &[
            claim("isometry", "all singular values of the layer are equal", "singular values of the Jacobian"),
            claim("diversity", "directions stay independent through depth", "effective rank of the features"),
            FORWARD,
            BACKWARD,
            SYMMETRY_BROKEN,
        ],
        source: "Saxe, McClelland & Ganguli 2013; Stewart 1980 and Mezzadri 2007 for exact Haar draws",
        elsewhere: "JAX and Keras: the last axis counts the columns, and JAX's column_axis chooses another. PyTorch: \
                    the first axis counts the rows. All three mean columns=output, but for transposed \
                    convolutions, whose input axis PyTorch has first and Keras last: columns=input. MXNet: no sign fix, uniform source, gain 1.414: not \
                    Haar",
        example: "orthogonal(gain=1.4142135)",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Initializer;

    #[test]
    fn every_example_parses_and_prints_its_own_name() {
        for entry in entries() {
            let initializer: Initializer = entry.example.parse().unwrap();
            assert_eq!(initializer.name(), entry.name);
            assert_eq!(initializer.to_string().parse::<Initializer>().unwrap(), initializer);
            if entry.arguments.iter().all(|argument| argument.default.is_some()) {
                assert!(entry.name.parse::<Initializer>().is_ok(), "{}", entry.name);
            }
        }
    }

    #[test]
    fn names_and_aliases_are_unique() {
        let mut names: Vec<&str> =
            entries().flat_map(|entry| entry.aliases.iter().copied().chain([entry.name])).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_nearest_names_are_offered() {
        assert_eq!(nearest("he_norml")[0], "he_normal");
        assert_eq!(nearest("Orthogonal"), ["orthogonal"]);
        assert_eq!(nearest("xavier"), ["xavier_normal", "xavier_uniform"]);
        assert_eq!(nearest("glorot-unifrom")[0], "glorot_uniform");
        assert!(nearest("quantum").is_empty() && nearest("").is_empty());
    }
}
