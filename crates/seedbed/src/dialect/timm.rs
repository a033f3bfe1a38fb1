//! timm 1.0: `timm.layers.weight_init`; all other names are PyTorch's.

use super::fans::FanRule;
use super::jax;
use super::rule::Rule;
use super::{DialectEntry, entry};
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, FanMode};

pub(super) const MODES: [(&str, FanMode); 3] =
    [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut), ("fan_avg", FanMode::FanAverage)];

const CUT: &[Argument] = &[
    argument("mean", Some("0"), "centre before the cut"),
    argument("std", Some("1"), "standard deviation before the cut"),
    argument("a", Some("-2"), "lower cut"),
    argument("b", Some("2"), "upper cut"),
];

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry(
        "trunc_normal_",
        "truncated_normal",
        CUT,
        "the bounds are values, as in PyTorch: std=0.02 with the default bounds cuts nothing",
        |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated_at(mean, std, call.number("a")?, call.number("b")?))
        },
    ),
    entry(
        "trunc_normal_tf_",
        "truncated_normal",
        CUT,
        "the bounds are standard deviations, as in JAX; variance not restored",
        |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated(mean, std, call.number("a")?, call.number("b")?))
        },
    ),
    entry(
        "variance_scaling_",
        "variance_scaling",
        &[
            argument("scale", Some("1"), "variance times fan"),
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument(
                "distribution",
                Some("normal"),
                "normal (untruncated), truncated_normal (variance restored) or uniform",
            ),
        ],
        "as in JAX, with PyTorch's fans",
        |call| {
            let (mode, distribution) = (call.word("mode", &MODES)?, call.word("distribution", &jax::DISTRIBUTIONS)?);
            Ok(Rule::scaled(distribution, call.number("scale")?, mode, FanRule::SecondFirst))
        },
    ),
    entry(
        "lecun_normal_",
        "lecun_normal",
        &[],
        "truncated at ±2 of its own standard deviations, variance restored",
        |_| Ok(Rule::scaled(Distribution::TruncatedNormal, 1.0, FanMode::FanIn, FanRule::SecondFirst)),
    ),
    entry("vit.weight", "", &[], "trunc_normal_(std=0.02), which cuts nothing", |_| {
        Ok(Rule::truncated_at(0.0, 0.02, -2.0, 2.0))
    }),
];
