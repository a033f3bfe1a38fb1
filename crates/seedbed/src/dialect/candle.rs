//! candle (2026): `candle_nn::init` and what its layers do.

use super::fans::FanRule;
use super::rule::Rule;
use super::torch::{FAN_IN, MODES, given_fan};
use super::{DialectEntry, entry, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

const NONLINEARITIES: [(&str, f64); 5] =
    [("relu", std::f64::consts::SQRT_2), ("linear", 1.0), ("sigmoid", 1.0), ("tanh", 5.0 / 3.0), ("selu", 0.75)];

/// A name, or a number for `ExplicitGain`.
fn kaiming(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = match call.number("non_linearity") {
        Ok(gain) => gain,
        Err(_) => call.word("non_linearity", &NONLINEARITIES)?,
    };
    Ok(Rule::scaled(distribution, gain * gain, call.word("fan", &MODES)?, FanRule::SecondFirstOrOne))
}

fn default_kaiming(distribution: Distribution) -> Rule {
    Rule::scaled(distribution, 2.0, FanMode::FanIn, FanRule::SecondFirstOrOne)
}

const KAIMING: &[Argument] = &[
    argument("fan", Some("fan_in"), "fan_in or fan_out"),
    argument("non_linearity", Some("relu"), "relu, linear, sigmoid, tanh, selu, or a number: its gain"),
];
const FANS: &str = "PyTorch's fans, but fan_in of a vector is 1 without an error";
const WIDE: &str = "DEFAULT_KAIMING_NORMAL: std √(2/fan_in), √6 times PyTorch's default";

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Const", "constant", &[argument("value", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("value")?))
    })
    .also(&["const"]),
    entry(
        "Randn",
        "normal",
        &[argument("mean", None, "centre"), argument("stdev", None, "standard deviation")],
        "",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("stdev")?)),
    )
    .also(&["randn"]),
    entry(
        "Uniform",
        "uniform",
        &[argument("lo", None, "lower bound"), argument("up", None, "upper bound")],
        "",
        |call| Ok(Rule::uniform(call.number("lo")?, call.number("up")?)),
    )
    .also(&["uniform"]),
    entry("kaiming_uniform", "he_uniform", KAIMING, FANS, |call| kaiming(call, Distribution::Uniform)),
    entry("kaiming_normal", "he_normal", KAIMING, FANS, |call| kaiming(call, Distribution::Normal)),
    entry("linear.weight", "", &[], WIDE, |_| Ok(default_kaiming(Distribution::Normal))).also(&["conv.weight"]),
    entry("linear.bias", "", &[FAN_IN], "U(±1/√in)", |call| {
        Ok(Rule::one_over_root(FanRule::OfLayer { given: given_fan(call)? }))
    }),
    entry(
        "conv.bias",
        "",
        &[argument("in_channels", None, "input channels of the layer")],
        "U(±1/√in_channels): the kernel is not counted",
        |call| Ok(Rule::one_over_root(FanRule::OfLayer { given: Some(call.number("in_channels")?) })),
    ),
    entry("embedding.weight", "", &[], "N(0, 1)", |_| Ok(Rule::normal(0.0, 1.0))),
    entry("lstm.weight", "", &[], "DEFAULT_KAIMING_UNIFORM on the packed gates", |_| {
        Ok(default_kaiming(Distribution::Uniform))
    })
    .also(&["gru.weight"]),
    entry("lstm.bias", "", &[], "0", zero).also(&["gru.bias"]),
];
