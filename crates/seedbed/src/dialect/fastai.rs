//! fastai 2: its own truncated normal and what its layers do; all other names are PyTorch's.

use super::fans::FanRule;
use super::rule::Rule;
use super::{DialectEntry, entry, one};
use crate::initializer::catalogue::argument;
use crate::{Distribution, FanMode};

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry(
        "trunc_normal_",
        "truncated_normal",
        &[argument("mean", Some("0"), "centre"), argument("std", Some("1"), "factor")],
        "normal_().fmod_(2): the tails are not cut but come back into the centre; the std is 0.866, not 0.880",
        |call| Ok(Rule::Wrapped { mean: call.number("mean")?, std: call.number("std")?, wrap: 2.0 }),
    ),
    entry("embedding.weight", "", &[], "trunc_normal_(std=0.01), which wraps", |_| {
        Ok(Rule::Wrapped { mean: 0.0, std: 0.01, wrap: 2.0 })
    }),
    entry(
        "conv_layer.weight",
        "",
        &[],
        "init_linear with a ReLU: kaiming_uniform_ with a=0, not PyTorch's a=√5",
        |_| Ok(Rule::scaled(Distribution::Uniform, 2.0, FanMode::FanIn, FanRule::SecondFirst)),
    )
    .also(&["linear_layer.weight"]),
    entry("conv_layer.bias", "", &[], "init_linear: N(0, 0.01²)", |_| Ok(Rule::normal(0.0, 0.01)))
        .also(&["linear_layer.bias"]),
    entry("norm.weight", "", &[], "1; 0 where the norm is a zero one", one),
    entry("norm.bias", "", &[], "0.001", |_| Ok(Rule::constant(1e-3))),
    entry("icnr_init", "icnr", &[], "kaiming_normal_ for each output of a pixel shuffle, copied to its group", |_| {
        Ok(Rule::Refused(
            "fastai's icnr_init is not drawn under its own name; the nearest is `icnr` in Seedbed's catalogue",
        ))
    }),
];
