//! MLX: `mlx.nn.init` and what its layers do.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule};
use super::torch::{FAN_IN, MODES, given_fan};
use super::{DialectEntry, entry, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode, Initializer, Side};

/// [out, kernel…, in].
pub(super) const ORDERS: Orders = Orders { dense: "oi", convolution: "ori", transposed: "ori", embedding: "lo" };

const GAIN: Argument = argument("gain", Some("1"), "factor; 1 is not He's √2");
const HE: &[Argument] = &[argument("mode", Some("fan_in"), "fan_in or fan_out"), GAIN];

fn glorot(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanAverage, FanRule::LastFirst))
}

fn he(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    Ok(Rule::scaled(distribution, gain * gain, call.word("mode", &MODES)?, FanRule::LastFirst))
}

const FANS: &str = "fans are the last and the first axis times what is between; groups are not known";
const NOT_HE: &str = "the gain is 1 by default: numerically LeCun's, not He's";

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("constant", "constant", &[argument("value", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("value")?))
    }),
    entry(
        "normal",
        "normal",
        &[argument("mean", Some("0"), "centre"), argument("std", Some("1"), "standard deviation")],
        "",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("std")?)),
    ),
    entry(
        "uniform",
        "uniform",
        &[argument("low", Some("0"), "lower bound"), argument("high", Some("1"), "upper bound")],
        "",
        |call| Ok(Rule::uniform(call.number("low")?, call.number("high")?)),
    ),
    entry("identity", "identity", &[], "square matrices only", |_| Ok(Rule::Square(Box::new("identity".parse()?)))),
    entry("glorot_normal", "glorot_normal", &[GAIN], FANS, |call| glorot(call, Distribution::Normal)),
    entry("glorot_uniform", "glorot_uniform", &[GAIN], FANS, |call| glorot(call, Distribution::Uniform)),
    entry("he_normal", "he_normal", HE, NOT_HE, |call| he(call, Distribution::Normal)),
    entry("he_uniform", "he_uniform", HE, NOT_HE, |call| he(call, Distribution::Uniform)),
    entry(
        "sparse",
        "sparse",
        &[
            argument("sparsity", None, "share of zeros, 0 to 1"),
            argument("mean", Some("0"), "centre of the others; 0 here"),
            argument("std", Some("1"), "standard deviation of the others"),
        ],
        "zeros are counted in each row, though its text says column; two axes only",
        |call| match call.number("mean")? {
            0.0 => Ok(Rule::Sparse { sparsity: call.number("sparsity")?, std: call.number("std")?, row_axis: 0 }),
            mean => {
                Err(Error::Argument { initializer: "sparse", argument: "mean", found: mean.to_string(), wanted: "0" })
            }
        },
    ),
    entry(
        "orthogonal",
        "orthogonal",
        &[GAIN],
        "two axes only; a slice of a square matrix, which is the same law",
        |call| {
            let gain = call.number("gain")?;
            let initializer = Box::new(Initializer::Orthogonal { gain, columns: Side::Output });
            Ok(Rule::Matrix { initializer, rows: Rows::Axis(0), ranks: (2, 2) })
        },
    ),
    entry("linear.weight", "", &[], "U(±1/√in)", |_| Ok(Rule::one_over_root(FanRule::LastFirst))),
    entry("linear.bias", "", &[FAN_IN], "U(±1/√in)", |call| {
        Ok(Rule::one_over_root(FanRule::OfLayer { given: given_fan(call)? }))
    }),
    entry(
        "conv.weight",
        "",
        &[],
        "U(±1/√(in · kernel)) with the channels of all groups: a grouped bound is √groups too small",
        |_| Ok(Rule::one_over_root(FanRule::LastFirstOfAllGroups)),
    ),
    entry("conv.bias", "", &[], "0", zero),
    entry("embedding.weight", "", &[], "N(0, 1/features)", |_| {
        Ok(Rule::scaled(Distribution::Normal, 1.0, FanMode::FanIn, FanRule::LastFirst))
    }),
    entry("lstm.weight", "", &[], "U(±1/√hidden) for every weight and bias", |_| {
        Ok(Rule::one_over_root(FanRule::Hidden { gates: 4 }))
    })
    .also(&["lstm.Wx", "lstm.Wh", "lstm.bias"]),
    entry("gru.weight", "", &[], "U(±1/√hidden) for every weight and bias", |_| {
        Ok(Rule::one_over_root(FanRule::Hidden { gates: 3 }))
    })
    .also(&["gru.Wx", "gru.Wh"]),
];
