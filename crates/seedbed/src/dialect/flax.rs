//! Flax 0.12: `flax.linen.initializers` are JAX's own; here is what its layers do.

use super::fans::FanRule;
use super::rule::{Rows, Rule};
use super::{DialectEntry, entry, one, zero};
use crate::{Distribution, FanMode};

const LECUN: &str = "lecun_normal: truncated at ±2 of its own standard deviations, variance restored";

fn fans(outputs: i64) -> FanRule {
    FanRule::Axes { inputs: vec![-2], outputs: vec![outputs], batch: Vec::new(), declared: false }
}

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("dense.kernel", "", &[], LECUN, |_| {
        Ok(Rule::scaled(Distribution::TruncatedNormal, 1.0, FanMode::FanIn, fans(-1)))
    })
    .also(&["conv.kernel", "lstm.kernel", "gru.kernel", "attention.kernel"]),
    entry("dense.bias", "", &[], "0", zero).also(&[
        "conv.bias",
        "lstm.bias",
        "gru.bias",
        "attention.bias",
        "norm.bias",
    ]),
    entry("norm.scale", "", &[], "1", one),
    entry("lstm.recurrent_kernel", "", &[], "orthogonal, each gate by itself", |_| {
        Ok(Rule::orthogonal(1.0, Rows::Axis(-1)))
    })
    .also(&["gru.recurrent_kernel"]),
    entry(
        "embed.embedding",
        "",
        &[],
        "variance_scaling(1, fan_in, normal, out_axis=0) with in_axis -2: both are axis 0, so the receptive field is \
         features / vocabulary and fan_in comes out as the features",
        |_| Ok(Rule::scaled(Distribution::Normal, 1.0, FanMode::FanIn, fans(0))),
    ),
];
