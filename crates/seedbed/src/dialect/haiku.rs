//! Haiku 0.0.17: `haiku.initializers` and what its modules do.

use super::fans::FanRule;
use super::held::Orders;
use super::keras::{positive_scale, scaled};
use super::rule::{Rows, Rule, Scaled, Spread};
use super::{DialectEntry, entry, zero};
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, FanMode};

/// Transposed convolutions are [kernel…, out, in] there.
pub(super) const ORDERS: Orders = Orders { dense: "io", convolution: "rio", transposed: "roi", embedding: "lo" };

const MODES: [(&str, FanMode); 3] =
    [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut), ("fan_avg", FanMode::FanAverage)];

const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("truncated_normal", Distribution::TruncatedNormal),
    ("normal", Distribution::Normal),
    ("uniform", Distribution::Uniform),
];

const NORMAL: &[Argument] = &[
    argument("stddev", Some("1"), "standard deviation; before the cut where there is one"),
    argument("mean", Some("0"), "centre"),
];

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Constant", "constant", &[argument("constant", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("constant")?))
    }),
    entry(
        "RandomUniform",
        "uniform",
        &[argument("minval", Some("0"), "lower bound"), argument("maxval", Some("1"), "upper bound")],
        "",
        |call| Ok(Rule::uniform(call.number("minval")?, call.number("maxval")?)),
    ),
    entry("RandomNormal", "normal", NORMAL, "std 1 by default", |call| {
        Ok(Rule::normal(call.number("mean")?, call.number("stddev")?))
    }),
    entry(
        "TruncatedNormal",
        "truncated_normal",
        NORMAL,
        "cut at ±2 stddev, variance not restored: std is 0.8796 stddev",
        |call| Ok(Rule::truncated(call.number("mean")?, call.number("stddev")?, -2.0, 2.0)),
    ),
    entry(
        "VarianceScaling",
        "variance_scaling",
        &[
            argument("scale", Some("1"), "variance times fan; positive"),
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument(
                "distribution",
                Some("truncated_normal"),
                "truncated_normal (variance restored), normal (untruncated) or uniform",
            ),
        ],
        "fans are the last two axes times the rest, at least 1; Glorot, He and LeCun are settings of this",
        |call| {
            let (mode, distribution) = (call.word("mode", &MODES)?, call.word("distribution", &DISTRIBUTIONS)?);
            Ok(scaled(positive_scale(call)?, mode, distribution))
        },
    ),
    entry(
        "UniformScaling",
        "lecun_uniform",
        &[argument("scale", Some("1"), "factor of the bound")],
        "U(±scale √(3 / n)), n the product of all axes but the last",
        |call| {
            let scale = call.number("scale")?;
            Ok(Rule::scaled(Distribution::Uniform, scale * scale, FanMode::FanIn, FanRule::AllButLast))
        },
    ),
    entry(
        "Orthogonal",
        "orthogonal",
        &[
            argument("scale", Some("1"), "every singular value"),
            argument("axis", Some("-1"), "axis of the outputs; -1 here"),
        ],
        "the matrix is (axis, all the rest)",
        |call| {
            let axis = call.number("axis")?;
            let rows = if axis == -1.0 { Rows::Axis(-1) } else { Rows::DeclaredAxis(axis as i64) };
            Ok(Rule::orthogonal(call.number("scale")?, rows))
        },
    ),
    entry(
        "Identity",
        "identity",
        &[argument("gain", Some("1"), "the diagonal")],
        "two axes; more fail there",
        |call| Rule::identity(call.number("gain")?),
    ),
    entry(
        "linear.w",
        "",
        &[],
        "truncated normal of stddev 1/√fan_in, not restored: the std is 0.8796/√fan_in",
        |_| {
            let fans = FanRule::LastTwo;
            Ok(Rule::Scaled(Scaled {
                spread: Spread::CutAtTwoSigma,
                scale: 1.0,
                mode: FanMode::FanIn,
                fans,
                least: 0.0,
            }))
        },
    )
    .also(&["conv.w"]),
    entry("linear.b", "", &[], "0", zero).also(&["conv.b", "lstm.b"]),
    entry("embed.embeddings", "", &[], "TruncatedNormal(): stddev 1 before the cut", |_| {
        Ok(Rule::truncated(0.0, 1.0, -2.0, 2.0))
    }),
];
