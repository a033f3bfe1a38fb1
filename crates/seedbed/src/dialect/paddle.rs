//! Paddle 3: `paddle.nn.initializer` and what its layers do.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule};
use super::torch::calculate_gain;
use super::{DialectEntry, entry, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

/// Dense weights are [in, out], convolutions [out, in, kernel…].
pub(super) const ORDERS: Orders = Orders { dense: "io", convolution: "oir", transposed: "ior", embedding: "lo" };

const GAINS: [(&str, f64); 11] = [
    ("sigmoid", 1.0),
    ("linear", 1.0),
    ("conv1d", 1.0),
    ("conv2d", 1.0),
    ("conv3d", 1.0),
    ("conv1d_transpose", 1.0),
    ("conv2d_transpose", 1.0),
    ("conv3d_transpose", 1.0),
    ("tanh", 5.0 / 3.0),
    ("relu", std::f64::consts::SQRT_2),
    ("selu", 0.75),
];

fn given(call: &Call, name: &str) -> Result<Option<f64>, Error> {
    if call.text(name)? == "None" { Ok(None) } else { call.number(name).map(Some) }
}

fn kaiming(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = calculate_gain(call, &GAINS, call.number("negative_slope")?)?;
    let fans = FanRule::FirstSecond { fan_in: given(call, "fan_in")?, fan_out: None };
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanIn, fans))
}

fn xavier(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let fans = FanRule::FirstSecond { fan_in: given(call, "fan_in")?, fan_out: given(call, "fan_out")? };
    Ok(Rule::scaled(distribution, 1.0, FanMode::FanAverage, fans))
}

const FAN_IN: Argument = argument("fan_in", Some("None"), "a number instead of the tensor's fan_in");
const FAN_OUT: Argument = argument("fan_out", Some("None"), "a number instead of the tensor's fan_out");
const KAIMING: &[Argument] = &[
    FAN_IN,
    argument("negative_slope", Some("0"), "counts for leaky_relu alone"),
    argument("nonlinearity", Some("relu"), "relu, leaky_relu, tanh, selu, sigmoid, linear, conv1d…"),
];
const XAVIER: &[Argument] = &[FAN_IN, FAN_OUT];

const FANS: &str = "two axes are [in, out], more are [out, in, kernel…]; a vector counts as n and n; of a distributed \
                    tensor the local shape counts, so the std depends on the sharding";
const KAIMING_FANS: &str =
    "fan_in only; two axes are [in, out], more are [out, in, kernel…]; a vector counts as n and n";

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Constant", "constant", &[argument("value", Some("0"), "every element")], "0 by default", |call| {
        Ok(Rule::constant(call.number("value")?))
    }),
    entry(
        "Uniform",
        "uniform",
        &[argument("low", Some("-1"), "lower bound"), argument("high", Some("1"), "upper bound")],
        "U(±1) by default",
        |call| Ok(Rule::uniform(call.number("low")?, call.number("high")?)),
    ),
    entry(
        "Normal",
        "normal",
        &[argument("mean", Some("0"), "centre"), argument("std", Some("1"), "standard deviation")],
        "std 1 by default",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("std")?)),
    ),
    entry(
        "TruncatedNormal",
        "truncated_normal",
        &[
            argument("mean", Some("0"), "centre before the cut"),
            argument("std", Some("1"), "standard deviation before the cut"),
            argument("a", Some("-2"), "lower cut: a value"),
            argument("b", Some("2"), "upper cut: a value"),
        ],
        "the bounds are values since 2.6; before, they were two standard deviations and could not be set",
        |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated_at(mean, std, call.number("a")?, call.number("b")?))
        },
    ),
    entry("XavierUniform", "glorot_uniform", XAVIER, FANS, |call| xavier(call, Distribution::Uniform)),
    entry("XavierNormal", "glorot_normal", XAVIER, FANS, |call| xavier(call, Distribution::Normal)),
    entry("KaimingUniform", "he_uniform", KAIMING, KAIMING_FANS, |call| kaiming(call, Distribution::Uniform)),
    entry("KaimingNormal", "he_normal", KAIMING, KAIMING_FANS, |call| kaiming(call, Distribution::Normal)),
    entry(
        "Orthogonal",
        "orthogonal",
        &[argument("gain", Some("1"), "every singular value")],
        "rows are the first axis",
        |call| Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(0))),
    ),
    entry(
        "Dirac",
        "dirac",
        &[argument("groups", Some("1"), "groups that divide the first axis")],
        "three to five axes",
        |call| {
            Ok(Rule::Kernel { initializer: Box::new("dirac".parse()?), groups: call.count("groups")?, last_two: false })
        },
    ),
    entry("linear.weight", "", &[], "XavierUniform()", |_| {
        let fans = FanRule::FirstSecond { fan_in: None, fan_out: None };
        Ok(Rule::scaled(Distribution::Uniform, 1.0, FanMode::FanAverage, fans))
    })
    .also(&["embedding.weight", "conv_transpose.weight"]),
    entry("conv.weight", "", &[], "N(0, 2 / (in · kernel)) with the channels of all groups", |_| {
        Ok(Rule::scaled(Distribution::Normal, 2.0, FanMode::FanIn, FanRule::SecondFirstOfAllGroups))
    }),
    entry("linear.bias", "", &[], "0", zero).also(&["conv.bias"]),
    entry("lstm.weight", "", &[], "U(±1/√hidden) for every weight and bias", |_| {
        Ok(Rule::one_over_root(FanRule::Hidden { gates: 4 }))
    })
    .also(&["lstm.bias"]),
];
