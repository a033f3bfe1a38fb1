//! burn (2026): `burn::nn::Initializer` and what its layers do. The layers tell the initializer their fans.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule};
use super::{DialectEntry, entry, one, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

/// Dense weights are [in, out] in the row layout, which is the default.
pub(super) const ORDERS: Orders = Orders { dense: "io", convolution: "oir", transposed: "ior", embedding: "lo" };

const FANS: &str = "the layer gives the fans, groups divided out of both; without a layer it panics";
const GAIN: Argument = argument("gain", None, "factor; there is no default, the layers pass 1/√3");
const KAIMING: &[Argument] = &[GAIN, argument("fan_out_only", None, "true or false")];
const LAYOUT: Argument = argument("layout", Some("row"), "row, or col, whose fans are swapped");
const COLUMN_TRAP: &str = "U(±1/√in); with LinearLayout::Col the fans are swapped: U(±1/√out)";

fn kaiming(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    let mode = call.word("fan_out_only", &[("false", FanMode::FanIn), ("true", FanMode::FanOut)])?;
    let needs_fan_out = mode == FanMode::FanOut;
    Ok(Rule::scaled(distribution, gain * gain, mode, FanRule::Layer { needs_fan_out }))
}

fn xavier(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    let fans = FanRule::Layer { needs_fan_out: true };
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanAverage, fans))
}

/// KaimingUniform with gain 1/√3.
fn default_of(mode: FanMode) -> Rule {
    Rule::bounded(1.0, mode, FanRule::Layer { needs_fan_out: false })
}

fn linear(call: &Call) -> Result<Rule, Error> {
    Ok(default_of(call.word("layout", &[("row", FanMode::FanIn), ("col", FanMode::FanOut)])?))
}

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Zeros", "zeros", &[], "", zero).also(&["zeros"]),
    entry("Ones", "ones", &[], "", one).also(&["ones"]),
    entry("Constant", "constant", &[argument("value", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("value")?))
    })
    .also(&["constant"]),
    entry(
        "Uniform",
        "uniform",
        &[argument("min", None, "lower bound"), argument("max", None, "upper bound")],
        "",
        |call| Ok(Rule::uniform(call.number("min")?, call.number("max")?)),
    )
    .also(&["uniform"]),
    entry(
        "Normal",
        "normal",
        &[argument("mean", None, "centre"), argument("std", None, "standard deviation")],
        "",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("std")?)),
    )
    .also(&["normal"]),
    entry("KaimingUniform", "he_uniform", KAIMING, FANS, |call| kaiming(call, Distribution::Uniform))
        .also(&["kaiming_uniform"]),
    entry("KaimingNormal", "he_normal", KAIMING, FANS, |call| kaiming(call, Distribution::Normal))
        .also(&["kaiming_normal"]),
    entry("XavierUniform", "glorot_uniform", &[GAIN], FANS, |call| xavier(call, Distribution::Uniform))
        .also(&["xavier_uniform"]),
    entry("XavierNormal", "glorot_normal", &[GAIN], FANS, |call| xavier(call, Distribution::Normal))
        .also(&["xavier_normal"]),
    entry("Orthogonal", "orthogonal", &[GAIN], "rows are the first axis", |call| {
        Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(0)))
    })
    .also(&["orthogonal"]),
    entry("linear.weight", "", &[LAYOUT], COLUMN_TRAP, linear),
    entry("linear.bias", "", &[LAYOUT], COLUMN_TRAP, linear),
    entry(
        "conv.weight",
        "",
        &[],
        "U(±1/√fan_in); of a transposed convolution the fan is out / groups · kernel",
        |_| Ok(default_of(FanMode::FanIn)),
    )
    .also(&["conv.bias", "conv_transpose.weight"]),
    entry("embedding.weight", "", &[], "N(0, 1)", |_| Ok(Rule::normal(0.0, 1.0))),
    entry(
        "lstm.weight",
        "",
        &[],
        "XavierNormal of gain 1 on each gate's weight and bias, forget gate included",
        |_| Ok(Rule::scaled(Distribution::Normal, 1.0, FanMode::FanAverage, FanRule::Layer { needs_fan_out: true })),
    )
    .also(&["lstm.bias", "gru.weight", "gru.bias"]),
];
