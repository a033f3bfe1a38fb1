//! Hugging Face transformers 5: `transformers.initialization`; all other names are PyTorch's.

use super::fans::FanRule;
use super::rule::{Rule, Scaled, Spread};
use super::timm::MODES;
use super::{DialectEntry, entry, one, zero};
use crate::initializer::catalogue::argument;
use crate::{Distribution, FanMode};

const DISTRIBUTIONS: [(&str, Spread); 3] = [
    ("normal", Spread::Exact(Distribution::Normal)),
    ("truncated_normal", Spread::WidenedButUncut),
    ("uniform", Spread::Exact(Distribution::Uniform)),
];

fn scaled(mode: FanMode, spread: Spread) -> Rule {
    Rule::Scaled(Scaled { spread, scale: 1.0, mode, fans: FanRule::SecondFirst, least: 0.0 })
}

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry(
        "variance_scaling_",
        "variance_scaling",
        &[
            argument("mode", Some("fan_in"), "fan_in, fan_out or fan_avg"),
            argument("distribution", Some("normal"), "normal, truncated_normal or uniform"),
        ],
        "truncated_normal is 13.7 % too wide: the std is divided by 0.8796, but the bounds ±2 are values and cut nothing",
        |call| Ok(scaled(call.word("mode", &MODES)?, call.word("distribution", &DISTRIBUTIONS)?)),
    ),
    entry(
        "lecun_normal_",
        "lecun_normal",
        &[],
        "13.7 % too wide: the std is divided by 0.8796, but the bounds ±2 are values and cut nothing",
        |_| Ok(scaled(FanMode::FanIn, Spread::WidenedButUncut)),
    ),
    entry("default_flax_embed_init_", "", &[], "normal, std 1/√size(1)", |_| {
        Ok(scaled(FanMode::FanIn, Spread::Exact(Distribution::Normal)))
    })
    .also(&["default_flax_embed_init"]),
    entry(
        "linear.weight",
        "",
        &[argument("initializer_range", Some("0.02"), "standard deviation")],
        "_init_weights: N(0, initializer_range²); the row of padding_idx of an embedding is 0",
        |call| Ok(Rule::normal(0.0, call.number("initializer_range")?)),
    )
    .also(&["conv.weight", "embedding.weight"]),
    entry("linear.bias", "", &[], "0", zero).also(&["conv.bias", "norm.bias"]),
    entry("norm.weight", "", &[], "1", one),
    entry("lstm.weight", "", &[], "xavier_uniform_ on the packed gates", |_| {
        Ok(Rule::scaled(Distribution::Uniform, 1.0, FanMode::FanAverage, FanRule::SecondFirst))
    }),
];
