//! Keras 3.15: `keras.initializers` and what its layers do.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule, Scaled, Spread};
use super::{DialectEntry, entry, one, zero};
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
    entry("zeros", "zeros", &[], "", zero).also(&["Zeros"]),
    entry("ones", "ones", &[], "", one).also(&["Ones"]),
    entry("constant", "constant", &[argument("value", Some("0"), "every element")], "0 by default", |call| {
        Ok(Rule::constant(call.number("value")?))
    })
    .also(&["Constant"]),
    entry(
        "random_uniform",
        "uniform",
        &[argument("minval", Some("-0.05"), "lower bound"), argument("maxval", Some("0.05"), "upper bound")],
        "U(±0.05) by default",
        |call| Ok(Rule::uniform(call.number("minval")?, call.number("maxval")?)),
    )
    .also(&["RandomUniform", "uniform"]),
    entry("random_normal", "normal", STDDEV, "std 0.05 by default", |call| {
        Ok(Rule::normal(call.number("mean")?, call.number("stddev")?))
    })
    .also(&["RandomNormal", "normal"]),
    entry(
        "truncated_normal",
        "truncated_normal",
        STDDEV,
        "cut at ±2 stddev, variance not restored; on the PyTorch backend about 4 in a million values lie outside",
        |call| Ok(Rule::truncated(call.number("mean")?, call.number("stddev")?, -2.0, 2.0)),
    )
    .also(&["TruncatedNormal"]),
    entry(
        "variance_scaling",
        "variance_scaling",
        &[
            argument("scale", Some("1"), "variance times fan; positive"),
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument(
                "distribution",
                Some("truncated_normal"),
                "truncated_normal, untruncated_normal, uniform, or normal, which is truncated_normal",
            ),
        ],
        "\"normal\" means truncated; \"untruncated_normal\" is the plain one",
        |call| {
            let (mode, distribution) = (call.word("mode", &MODES)?, call.word("distribution", &DISTRIBUTIONS)?);
            Ok(scaled(positive_scale(call)?, mode, distribution))
        },
    )
    .also(&["VarianceScaling"]),
    entry("glorot_uniform", "glorot_uniform", &[], PLAIN, |_| {
        Ok(scaled(1.0, FanMode::FanAverage, Distribution::Uniform))
    })
    .also(&["GlorotUniform"]),
    entry("glorot_normal", "glorot_normal", &[], TRUNCATED, |_| {
        Ok(scaled(1.0, FanMode::FanAverage, Distribution::TruncatedNormal))
    })
    .also(&["GlorotNormal"]),
    entry("lecun_uniform", "lecun_uniform", &[], PLAIN, |_| Ok(scaled(1.0, FanMode::FanIn, Distribution::Uniform)))
        .also(&["LecunUniform"]),
    entry("lecun_normal", "lecun_normal", &[], TRUNCATED, |_| {
        Ok(scaled(1.0, FanMode::FanIn, Distribution::TruncatedNormal))
    })
    .also(&["LecunNormal"]),
    entry("he_uniform", "he_uniform", &[], PLAIN, |_| Ok(scaled(2.0, FanMode::FanIn, Distribution::Uniform)))
        .also(&["HeUniform"]),
    entry("he_normal", "he_normal", &[], TRUNCATED, |_| Ok(scaled(2.0, FanMode::FanIn, Distribution::TruncatedNormal)))
        .also(&["HeNormal"]),
    entry("orthogonal", "orthogonal", GAIN, "the matrix is (all other axes, last axis)", |call| {
        Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(-1)))
    })
    .also(&["Orthogonal", "OrthogonalInitializer"]),
    entry("identity", "identity", GAIN, "two axes only", |call| Rule::identity(call.number("gain")?))
        .also(&["Identity", "IdentityInitializer"]),
    entry(
        "dense.kernel",
        "",
        &[],
        "glorot_uniform; the gates of a recurrent kernel are packed in the last axis and counted in fan_out",
        |_| Ok(scaled(1.0, FanMode::FanAverage, Distribution::Uniform)),
    )
    .also(&["conv.kernel", "lstm.kernel", "gru.kernel", "simple_rnn.kernel"]),
    entry("dense.bias", "", &[], "0", zero).also(&["conv.bias", "gru.bias", "simple_rnn.bias"]),
    entry("lstm.recurrent_kernel", "", &[], "orthogonal over the whole [units, gates · units]", |_| {
        Ok(Rule::orthogonal(1.0, Rows::Axis(-1)))
    })
    .also(&["gru.recurrent_kernel", "simple_rnn.recurrent_kernel"]),
    entry("lstm.bias", "", &[], "0 but for the forget gate, which is 1 (unit_forget_bias)", |_| {
        Ok(Rule::ForgetGate { value: 1.0 })
    }),
    entry("embedding.embeddings", "", &[], "random_uniform: U(±0.05)", |_| Ok(Rule::uniform(-0.05, 0.05))),
];
