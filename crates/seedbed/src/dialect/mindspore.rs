//! MindSpore 2: `mindspore.common.initializer` and what its layers do.

use super::fans::FanRule;
use super::rule::{Rows, Rule, Scaled, Spread};
use super::torch::{FAN_IN, MODES, calculate_gain, given_fan};
use super::{DialectEntry, entry, keras, one, timm, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

/// As PyTorch's without selu.
const GAINS: [(&str, f64); 10] = [
    ("linear", 1.0),
    ("conv1d", 1.0),
    ("conv2d", 1.0),
    ("conv3d", 1.0),
    ("conv_transpose1d", 1.0),
    ("conv_transpose2d", 1.0),
    ("conv_transpose3d", 1.0),
    ("sigmoid", 1.0),
    ("tanh", 5.0 / 3.0),
    ("relu", std::f64::consts::SQRT_2),
];

/// The constructor takes 'truncated_normal', the code looks for 'truncated_norm': it falls through to uniform.
const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("truncated_normal", Distribution::Uniform),
    ("untruncated_normal", Distribution::Normal),
    ("uniform", Distribution::Uniform),
];

fn he(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = calculate_gain(call, &GAINS, call.number("negative_slope")?)?;
    Ok(Rule::scaled(distribution, gain * gain, call.word("mode", &MODES)?, FanRule::SecondFirst))
}

fn xavier(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanAverage, FanRule::SecondFirst))
}

const GAIN: &[Argument] = &[argument("gain", Some("1"), "factor")];
const HE: &[Argument] = &[
    argument("negative_slope", Some("0"), "counts for leaky_relu alone"),
    argument("mode", Some("fan_in"), "fan_in or fan_out"),
    argument("nonlinearity", Some("leaky_relu"), "leaky_relu, relu, tanh, sigmoid, linear, conv1d…; no selu"),
];
const FANS: &str = "PyTorch's fans";

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Zero", "zeros", &[], "", zero).also(&["zeros"]),
    entry("One", "ones", &[], "", one).also(&["ones"]),
    entry("Constant", "constant", &[argument("value", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("value")?))
    }),
    entry("Uniform", "uniform", &[argument("scale", Some("0.07"), "bound")], "U(-scale, scale)", |call| {
        let scale = call.number("scale")?;
        Ok(Rule::uniform(-scale, scale))
    })
    .also(&["uniform"]),
    entry(
        "Normal",
        "normal",
        &[argument("sigma", Some("0.01"), "standard deviation"), argument("mean", Some("0"), "centre")],
        "std 0.01 by default, and it comes first",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("sigma")?)),
    )
    .also(&["normal"]),
    entry(
        "TruncatedNormal",
        "truncated_normal",
        &[argument("sigma", Some("0.01"), "standard deviation before the cut")],
        "cut at ±2 sigma, variance not restored",
        |call| Ok(Rule::truncated(0.0, call.number("sigma")?, -2.0, 2.0)),
    )
    .also(&["truncatedNormal"]),
    entry(
        "VarianceScaling",
        "variance_scaling",
        &[
            argument("scale", Some("1"), "variance times fan; positive"),
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument(
                "distribution",
                Some("truncated_normal"),
                "untruncated_normal, uniform, or truncated_normal, which draws uniform",
            ),
        ],
        "truncated_normal, the default, draws UNIFORM: the code looks for 'truncated_norm'",
        |call| {
            let (mode, distribution) = (call.word("mode", &timm::MODES)?, call.word("distribution", &DISTRIBUTIONS)?);
            let (spread, scale) = (Spread::Exact(distribution), keras::positive_scale(call)?);
            Ok(Rule::Scaled(Scaled { spread, scale, mode, fans: FanRule::SecondFirst, least: 1.0 }))
        },
    )
    .also(&["varianceScaling"]),
    entry("XavierUniform", "glorot_uniform", GAIN, FANS, |call| xavier(call, Distribution::Uniform))
        .also(&["xavier_uniform"]),
    entry("XavierNormal", "glorot_normal", GAIN, FANS, |call| xavier(call, Distribution::Normal))
        .also(&["xavier_normal"]),
    entry("HeUniform", "he_uniform", HE, FANS, |call| he(call, Distribution::Uniform)).also(&["he_uniform"]),
    entry("HeNormal", "he_normal", HE, FANS, |call| he(call, Distribution::Normal)).also(&["he_normal"]),
    entry("Identity", "identity", &[], "two axes only", |_| Rule::identity(1.0)).also(&["identity"]),
    entry("Orthogonal", "orthogonal", GAIN, "rows are the first axis", |call| {
        Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(0)))
    })
    .also(&["orthogonal"]),
    entry(
        "Sparse",
        "sparse",
        &[
            argument("sparsity", None, "share of zeros in each column, 0 to 1"),
            argument("sigma", Some("0.01"), "standard deviation of the others"),
        ],
        "as PyTorch's: zeros in each column, two axes only",
        |call| Ok(Rule::Sparse { sparsity: call.number("sparsity")?, std: call.number("sigma")?, row_axis: 1 }),
    )
    .also(&["sparse"]),
    entry(
        "Dirac",
        "dirac",
        &[argument("groups", Some("1"), "groups that divide the first axis")],
        "three to five axes",
        |call| {
            Ok(Rule::Kernel { initializer: Box::new("dirac".parse()?), groups: call.count("groups")?, last_two: false })
        },
    )
    .also(&["dirac"]),
    entry("dense.weight", "", &[], "HeUniform(√5), which is U(±1/√fan_in)", |_| {
        Ok(Rule::one_over_root(FanRule::SecondFirst))
    })
    .also(&["conv.weight"]),
    entry("dense.bias", "", &[FAN_IN], "U(±1/√fan_in) with fan_in of the weight", |call| {
        Ok(Rule::one_over_root(FanRule::OfLayer { given: given_fan(call)? }))
    })
    .also(&["conv.bias"]),
    entry("embedding.embedding_table", "", &[], "Normal(): N(0, 0.01²)", |_| Ok(Rule::normal(0.0, 0.01))),
];
