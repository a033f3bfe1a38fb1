//! Keras 3.15: `keras.initializers` and what its layers do.

use super::DialectEntry;
use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule, Scaled, Spread};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

/// Transposed convolutions are [kernel…, out, in] there.
pub(super) const ORDERS: Orders = Orders { dense: "io", convolution: "rio", transposed: "roi", embedding: "lo" };

const MODES: [(&str, FanMode); 3] =
    [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut), ("fan_avg", FanMode::FanAverage)];

/// "normal" is the truncated one.
const DISTRIBUTIONS: [(&str, Distribution); 4] = [
    ("truncated_normal", Distribution::TruncatedNormal),
    ("normal", Distribution::TruncatedNormal),
    ("untruncated_normal", Distribution::Normal),
    ("uniform", Distribution::Uniform),
];

/// A fan of less than 1 is taken to be 1.
pub(super) fn scaled(scale: f64, mode: FanMode, distribution: Distribution) -> Rule {
    let spread = Spread::Exact(distribution);
    Rule::Scaled(Scaled { spread, scale, mode, fans: FanRule::LastTwo, least: 1.0 })
}

/// The scale of variance_scaling, which must be positive in Keras and Haiku.
pub(super) fn positive_scale(call: &Call) -> Result<f64, Error> {
    let scale = call.number("scale")?;
    if scale > 0.0 {
        return Ok(scale);
    }
    Err(Error::Argument { initializer: call.name, argument: "scale", found: scale.to_string(), wanted: "positive" })
}

const STDDEV: &[Argument] = &[
    argument("mean", Some("0"), "centre"),
    argument("stddev", Some("0.05"), "standard deviation; before the cut where there is one"),
];
const GAIN: &[Argument] = &[argument("gain", Some("1"), "factor")];

const TRUNCATED: &str = "truncated at ±2 of its own standard deviations, variance restored (std / 0.8796)";
const PLAIN: &str = "fans are the last two axes times the rest, at least 1; a vector of n counts as n and n";

pub(super) const ENTRIES: &[DialectEntry] = &[
    DialectEntry {
        name: "zeros",
        aliases: &["Zeros"],
        idea: "zeros",
        arguments: &[],
        note: "",
        read: |_| Ok(Rule::constant(0.0)),
    },
    DialectEntry {
        name: "ones",
        aliases: &["Ones"],
        idea: "ones",
        arguments: &[],
        note: "",
        read: |_| Ok(Rule::constant(1.0)),
    },
    DialectEntry {
        name: "constant",
        aliases: &["Constant"],
        idea: "constant",
        arguments: &[argument("value", Some("0"), "every element")],
        note: "0 by default",
        read: |call| Ok(Rule::constant(call.number("value")?)),
    },
    DialectEntry {
        name: "random_uniform",
        aliases: &["RandomUniform", "uniform"],
        idea: "uniform",
        arguments: &[argument("minval", Some("-0.05"), "lower bound"), argument("maxval", Some("0.05"), "upper bound")],
        note: "U(±0.05) by default",
        read: |call| Ok(Rule::uniform(call.number("minval")?, call.number("maxval")?)),
    },
    DialectEntry {
        name: "random_normal",
        aliases: &["RandomNormal", "normal"],
        idea: "normal",
        arguments: STDDEV,
        note: "std 0.05 by default",
        read: |call| Ok(Rule::normal(call.number("mean")?, call.number("stddev")?)),
    },
    DialectEntry {
        name: "truncated_normal",
        aliases: &["TruncatedNormal"],
        idea: "truncated_normal",
        arguments: STDDEV,
        note: "cut at ±2 stddev, variance not restored; on the PyTorch backend about 4 in a million values lie outside",
        read: |call| Ok(Rule::truncated(call.number("mean")?, call.number("stddev")?, -2.0, 2.0)),
    },
    DialectEntry {
        name: "variance_scaling",
        aliases: &["VarianceScaling"],
        idea: "variance_scaling",
        arguments: &[
            argument("scale", Some("1"), "variance times fan; positive"),
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument(
                "distribution",
                Some("truncated_normal"),
                "truncated_normal, untruncated_normal, uniform, or normal, which is truncated_normal",
            ),
        ],
        note: "\"normal\" means truncated; \"untruncated_normal\" is the plain one",
        read: |call| {
            let (mode, distribution) = (call.word("mode", &MODES)?, call.word("distribution", &DISTRIBUTIONS)?);
            Ok(scaled(positive_scale(call)?, mode, distribution))
        },
    },
    DialectEntry {
        name: "glorot_uniform",
        aliases: &["GlorotUniform"],
        idea: "glorot_uniform",
        arguments: &[],
        note: PLAIN,
        read: |_| Ok(scaled(1.0, FanMode::FanAverage, Distribution::Uniform)),
    },
    DialectEntry {
        name: "glorot_normal",
        aliases: &["GlorotNormal"],
        idea: "glorot_normal",
        arguments: &[],
        note: TRUNCATED,
        read: |_| Ok(scaled(1.0, FanMode::FanAverage, Distribution::TruncatedNormal)),
    },
    DialectEntry {
        name: "lecun_uniform",
        aliases: &["LecunUniform"],
        idea: "lecun_uniform",
        arguments: &[],
        note: PLAIN,
        read: |_| Ok(scaled(1.0, FanMode::FanIn, Distribution::Uniform)),
    },
    DialectEntry {
        name: "lecun_normal",
        aliases: &["LecunNormal"],
        idea: "lecun_normal",
        arguments: &[],
        note: TRUNCATED,
        read: |_| Ok(scaled(1.0, FanMode::FanIn, Distribution::TruncatedNormal)),
    },
    DialectEntry {
        name: "he_uniform",
        aliases: &["HeUniform"],
        idea: "he_uniform",
        arguments: &[],
        note: PLAIN,
        read: |_| Ok(scaled(2.0, FanMode::FanIn, Distribution::Uniform)),
    },
    DialectEntry {
        name: "he_normal",
        aliases: &["HeNormal"],
        idea: "he_normal",
        arguments: &[],
        note: TRUNCATED,
        read: |_| Ok(scaled(2.0, FanMode::FanIn, Distribution::TruncatedNormal)),
    },
    DialectEntry {
        name: "orthogonal",
        aliases: &["Orthogonal", "OrthogonalInitializer"],
        idea: "orthogonal",
        arguments: GAIN,
        note: "the matrix is (all other axes, last axis)",
        read: |call| Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(-1))),
    },
    DialectEntry {
        name: "identity",
        aliases: &["Identity", "IdentityInitializer"],
        idea: "identity",
        arguments: GAIN,
        note: "two axes only",
        read: |call| Rule::identity(call.number("gain")?),
    },
    DialectEntry {
        name: "dense.kernel",
        aliases: &["conv.kernel", "lstm.kernel", "gru.kernel", "simple_rnn.kernel"],
        idea: "",
        arguments: &[],
        note: "glorot_uniform; the gates of a recurrent kernel are packed in the last axis and counted in fan_out",
        read: |_| Ok(scaled(1.0, FanMode::FanAverage, Distribution::Uniform)),
    },
    DialectEntry {
        name: "dense.bias",
        aliases: &["conv.bias", "gru.bias", "simple_rnn.bias"],
        idea: "",
        arguments: &[],
        note: "0",
        read: |_| Ok(Rule::constant(0.0)),
    },
    DialectEntry {
        name: "lstm.recurrent_kernel",
        aliases: &["gru.recurrent_kernel", "simple_rnn.recurrent_kernel"],
        idea: "",
        arguments: &[],
        note: "orthogonal over the whole [units, gates · units]",
        read: |_| Ok(Rule::orthogonal(1.0, Rows::Axis(-1))),
    },
    DialectEntry {
        name: "embedding.embeddings",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: "random_uniform: U(±0.05)",
        read: |_| Ok(Rule::uniform(-0.05, 0.05)),
    },
];
