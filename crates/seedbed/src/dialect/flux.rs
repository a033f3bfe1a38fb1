//! Flux.jl 0.14 and later: `Flux.initialisers` and what its layers do.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule};
use super::{DialectEntry, entry, one, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

/// Dense weights are [out, in], convolutions (kernel…, in, out), embeddings (features, vocabulary).
pub(super) const ORDERS: Orders = Orders { dense: "oi", convolution: "rio", transposed: "roi", embedding: "ol" };

const GAIN: &[Argument] = &[argument("gain", Some("1"), "factor")];
const ROOT_TWO: &[Argument] = &[argument("gain", Some("1.4142135623730951"), "factor")];
const FANS: &str =
    "fans are (in, out) of a matrix [out, in] and of a kernel (kernel…, in, out); a vector of n counts as 1 and n";

fn kaiming(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = call.number("gain")?;
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanIn, FanRule::MatrixOrLastTwo))
}

fn glorot(distribution: Distribution) -> Rule {
    Rule::scaled(distribution, 1.0, FanMode::FanAverage, FanRule::MatrixOrLastTwo)
}

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("zeros32", "zeros", &[], "", zero),
    entry("ones32", "ones", &[], "", one),
    entry("rand32", "uniform", &[], "U[0, 1)", |_| Ok(Rule::uniform(0.0, 1.0))),
    entry("randn32", "normal", &[], "N(0, 1)", |_| Ok(Rule::normal(0.0, 1.0))),
    entry(
        "truncated_normal",
        "truncated_normal",
        &[
            argument("mean", Some("0"), "centre before the cut"),
            argument("std", Some("1"), "standard deviation before the cut"),
            argument("lo", Some("-2"), "lower cut: a value"),
            argument("hi", Some("2"), "upper cut: a value"),
        ],
        "the bounds are values, as in PyTorch",
        |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated_at(mean, std, call.number("lo")?, call.number("hi")?))
        },
    ),
    entry("glorot_uniform", "glorot_uniform", &[], FANS, |_| Ok(glorot(Distribution::Uniform))),
    entry("glorot_normal", "glorot_normal", &[], FANS, |_| Ok(glorot(Distribution::Normal))),
    entry("kaiming_uniform", "he_uniform", ROOT_TWO, FANS, |call| kaiming(call, Distribution::Uniform)),
    entry("kaiming_normal", "he_normal", ROOT_TWO, FANS, |call| kaiming(call, Distribution::Normal)),
    entry("orthogonal", "orthogonal", GAIN, "the matrix is (all other axes, last axis)", |call| {
        Ok(Rule::orthogonal(call.number("gain")?, Rows::Axis(-1)))
    }),
    entry(
        "sparse_init",
        "sparse",
        &[
            argument("sparsity", None, "share of zeros in each column, 0 to 1"),
            argument("std", Some("0.01"), "standard deviation of the others"),
        ],
        "zeros in each column, two axes only",
        |call| Ok(Rule::Sparse { sparsity: call.number("sparsity")?, std: call.number("std")?, row_axis: 1 }),
    ),
    entry("identity_init", "identity", GAIN, "a matrix here; a vector is 0 and a kernel a delta there", |call| {
        Rule::identity(call.number("gain")?)
    }),
    entry("dense.weight", "", &[], "glorot_uniform", |_| Ok(glorot(Distribution::Uniform))).also(&[
        "conv.weight",
        "rnn.weight",
        "lstm.weight",
        "gru.weight",
    ]),
    entry("dense.bias", "", &[], "0", zero).also(&["conv.bias"]),
    entry("embedding.weight", "", &[], "randn32: N(0, 1)", |_| Ok(Rule::normal(0.0, 1.0))),
];
