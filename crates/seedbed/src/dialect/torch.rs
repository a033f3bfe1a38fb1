//! PyTorch: `torch.nn.init` 2.15 and what the layers of `torch.nn` do when they are made.

use super::DialectEntry;
use super::fans::FanRule;
use super::rule::{Rows, Rule};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode};

pub(super) const MODES: [(&str, FanMode); 2] = [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut)];

/// `calculate_gain` but for `leaky_relu`, whose gain is √(2 / (1 + slope²)).
pub(super) const GAINS: [(&str, f64); 11] = [
    ("linear", 1.0),
    ("conv1d", 1.0),
    ("conv2d", 1.0),
    ("conv3d", 1.0),
    ("conv_transpose1d", 1.0),
    ("conv_transpose2d", 1.0),
    ("conv_transpose3d", 1.0),
    ("sigmoid", 1.0),
    ("tanh", 5.0 / 3.0),
    ("relu", std::f64::consts::SQRT_2),
    ("selu", 0.75),
];

/// `calculate_gain(nonlinearity, slope)`; the slope counts for `leaky_relu` alone.
pub(super) fn calculate_gain(call: &Call, table: &[(&'static str, f64)], slope: f64) -> Result<f64, Error> {
    let known: Vec<(&'static str, f64)> =
        table.iter().copied().chain([("leaky_relu", (2.0 / (1.0 + slope * slope)).sqrt())]).collect();
    call.word("nonlinearity", &known)
}

/// A number, or the name of a nonlinearity whose conventional gain it is.
fn gain(call: &Call) -> Result<f64, Error> {
    /// What `calculate_gain("leaky_relu")` takes for the slope.
    const SLOPE: f64 = 0.01;
    let text = call.text("gain")?;
    let leaky = (text == "leaky_relu").then(|| (2.0 / (1.0 + SLOPE * SLOPE)).sqrt());
    match leaky.or_else(|| GAINS.iter().find(|(name, _)| *name == text).map(|(_, gain)| *gain)) {
        Some(gain) => Ok(gain),
        None => call.number("gain"),
    }
}

fn xavier(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = gain(call)?;
    Ok(Rule::scaled(distribution, gain * gain, FanMode::FanAverage, FanRule::SecondFirst))
}

fn kaiming(call: &Call, distribution: Distribution) -> Result<Rule, Error> {
    let gain = calculate_gain(call, &GAINS, call.number("a")?)?;
    Ok(Rule::scaled(distribution, gain * gain, call.word("mode", &MODES)?, FanRule::SecondFirst))
}

/// The bias of a layer whose weight has so many inputs: U(±1/√fan_in).
fn bias(call: &Call) -> Result<Rule, Error> {
    Ok(Rule::one_over_root(FanRule::OfLayer { given: given_fan(call)? }))
}

/// The number of an argument `fan_in`, where it is one.
pub(super) fn given_fan(call: &Call) -> Result<Option<f64>, Error> {
    match call.text("fan_in")? {
        "layer" => Ok(None),
        _ => call.number("fan_in").map(Some),
    }
}

const GAIN: Argument = argument("gain", Some("1"), "a number, or a nonlinearity: calculate_gain's value");
const SLOPE: Argument = argument("a", Some("0"), "negative slope; counts for leaky_relu alone");
const MODE: Argument = argument("mode", Some("fan_in"), "fan_in or fan_out");
const NONLINEARITY: Argument = argument(
    "nonlinearity",
    Some("leaky_relu"),
    "linear, conv1d…3d, conv_transpose1d…3d, sigmoid, tanh, relu, leaky_relu or selu",
);
const KAIMING: &[Argument] = &[SLOPE, MODE, NONLINEARITY];
pub(super) const FAN_IN: Argument =
    argument("fan_in", Some("layer"), "fan_in of the layer's weight; `layer` takes what the parameter knows");

const FANS: &str = "fans are size(1) and size(0) times the kernel: groups are not known, so a grouped fan_out is \
                    groups times too large; of a transposed convolution they are swapped; stacked experts are read \
                    as a convolution; fewer than two axes are an error";
const LINEAR: &str = "kaiming_uniform_(a=√5), which is U(±1/√fan_in)";
const RECURRENT: &str = "U(±1/√hidden) for every weight and bias; hidden is the first axis over the number of gates";

pub(super) const ENTRIES: &[DialectEntry] = &[
    DialectEntry {
        name: "zeros_",
        aliases: &["zeros"],
        idea: "zeros",
        arguments: &[],
        note: "",
        read: |_| Ok(Rule::constant(0.0)),
    },
    DialectEntry {
        name: "ones_",
        aliases: &["ones"],
        idea: "ones",
        arguments: &[],
        note: "",
        read: |_| Ok(Rule::constant(1.0)),
    },
    DialectEntry {
        name: "constant_",
        aliases: &["constant"],
        idea: "constant",
        arguments: &[argument("val", None, "every element")],
        note: "",
        read: |call| Ok(Rule::constant(call.number("val")?)),
    },
    DialectEntry {
        name: "uniform_",
        aliases: &["uniform"],
        idea: "uniform",
        arguments: &[argument("a", Some("0"), "lower bound"), argument("b", Some("1"), "upper bound")],
        note: "",
        read: |call| Ok(Rule::uniform(call.number("a")?, call.number("b")?)),
    },
    DialectEntry {
        name: "normal_",
        aliases: &["normal"],
        idea: "normal",
        arguments: &[argument("mean", Some("0"), "centre"), argument("std", Some("1"), "standard deviation")],
        note: "std 1 by default",
        read: |call| Ok(Rule::normal(call.number("mean")?, call.number("std")?)),
    },
    DialectEntry {
        name: "trunc_normal_",
        aliases: &["trunc_normal"],
        idea: "truncated_normal",
        arguments: &[
            argument("mean", Some("0"), "centre before the cut"),
            argument("std", Some("1"), "standard deviation before the cut"),
            argument("a", Some("-2"), "lower cut: a value, not standard deviations"),
            argument("b", Some("2"), "upper cut: a value, not standard deviations"),
        ],
        note: "the bounds are values: std=0.02 with the default bounds cuts nothing",
        read: |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated_at(mean, std, call.number("a")?, call.number("b")?))
        },
    },
    DialectEntry {
        name: "eye_",
        aliases: &["eye"],
        idea: "identity",
        arguments: &[],
        note: "two axes only, no gain",
        read: |_| Rule::identity(1.0),
    },
    DialectEntry {
        name: "dirac_",
        aliases: &["dirac"],
        idea: "dirac",
        arguments: &[argument("groups", Some("1"), "groups that divide size(0)")],
        note: "three to five axes; the centre is size // 2 for even kernels too; groups must be said",
        read: |call| {
            let groups = call.count("groups")?;
            Ok(Rule::Kernel { initializer: Box::new("dirac".parse()?), groups, last_two: false })
        },
    },
    DialectEntry {
        name: "xavier_uniform_",
        aliases: &["xavier_uniform"],
        idea: "glorot_uniform",
        arguments: &[GAIN],
        note: FANS,
        read: |call| xavier(call, Distribution::Uniform),
    },
    DialectEntry {
        name: "xavier_normal_",
        aliases: &["xavier_normal"],
        idea: "glorot_normal",
        arguments: &[GAIN],
        note: FANS,
        read: |call| xavier(call, Distribution::Normal),
    },
    DialectEntry {
        name: "kaiming_uniform_",
        aliases: &["kaiming_uniform"],
        idea: "he_uniform",
        arguments: KAIMING,
        note: FANS,
        read: |call| kaiming(call, Distribution::Uniform),
    },
    DialectEntry {
        name: "kaiming_normal_",
        aliases: &["kaiming_normal"],
        idea: "he_normal",
        arguments: KAIMING,
        note: FANS,
        read: |call| kaiming(call, Distribution::Normal),
    },
    DialectEntry {
        name: "orthogonal_",
        aliases: &["orthogonal"],
        idea: "orthogonal",
        arguments: &[GAIN],
        note: "rows are size(0), columns all the rest",
        read: |call| Ok(Rule::orthogonal(gain(call)?, Rows::Axis(0))),
    },
    DialectEntry {
        name: "sparse_",
        aliases: &["sparse"],
        idea: "sparse",
        arguments: &[
            argument("sparsity", None, "share of zeros in each column, 0 to 1"),
            argument("std", Some("0.01"), "standard deviation of the others"),
        ],
        note: "ceil(sparsity · size(0)) zeros in each column, which is one input; two axes only; the mask ignores the \
               generator there",
        read: |call| Ok(Rule::Sparse { sparsity: call.number("sparsity")?, std: call.number("std")?, row_axis: 1 }),
    },
    DialectEntry {
        name: "linear.weight",
        aliases: &["conv1d.weight", "conv2d.weight", "conv3d.weight", "conv.weight", "conv_transpose.weight"],
        idea: "",
        arguments: &[],
        note: LINEAR,
        read: |_| Ok(Rule::one_over_root(FanRule::SecondFirst)),
    },
    DialectEntry {
        name: "linear.bias",
        aliases: &["conv1d.bias", "conv2d.bias", "conv3d.bias", "conv.bias"],
        idea: "",
        arguments: &[FAN_IN],
        note: "U(±1/√fan_in) with fan_in of the weight",
        read: bias,
    },
    DialectEntry {
        name: "bilinear.weight",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: "U(±1/√size(1)): the second input is not counted",
        read: |_| {
            let fans = FanRule::Axes { inputs: vec![1], outputs: vec![], batch: vec![0, 2], declared: true };
            Ok(Rule::one_over_root(fans))
        },
    },
    DialectEntry {
        name: "embedding.weight",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: "N(0, 1); the row of padding_idx is 0",
        read: |_| Ok(Rule::normal(0.0, 1.0)),
    },
    DialectEntry {
        name: "rnn.weight",
        aliases: &["rnn.weight_ih", "rnn.weight_hh", "rnn.bias"],
        idea: "",
        arguments: &[],
        note: RECURRENT,
        read: |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 1 })),
    },
    DialectEntry {
        name: "gru.weight",
        aliases: &["gru.weight_ih", "gru.weight_hh", "gru.bias"],
        idea: "",
        arguments: &[],
        note: RECURRENT,
        read: |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 3 })),
    },
    DialectEntry {
        name: "lstm.weight",
        aliases: &["lstm.weight_ih", "lstm.weight_hh", "lstm.bias"],
        idea: "",
        arguments: &[],
        note: RECURRENT,
        read: |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 4 })),
    },
    DialectEntry {
        name: "lstm.weight_hr",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: "the projection [projected, hidden]: U(±1/√hidden)",
        read: |_| Ok(Rule::one_over_root(FanRule::SecondFirst)),
    },
    DialectEntry {
        name: "multihead_attention.in_proj_weight",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: "xavier_uniform_ on the packed [3E, E]: half the variance that three weights [E, E] would get",
        read: |_| Ok(Rule::scaled(Distribution::Uniform, 1.0, FanMode::FanAverage, FanRule::SecondFirst)),
    },
    DialectEntry {
        name: "multihead_attention.out_proj.weight",
        aliases: &[],
        idea: "",
        arguments: &[],
        note: LINEAR,
        read: |_| Ok(Rule::one_over_root(FanRule::SecondFirst)),
    },
    DialectEntry {
        name: "multihead_attention.bias",
        aliases: &["multihead_attention.in_proj_bias", "multihead_attention.out_proj.bias"],
        idea: "",
        arguments: &[],
        note: "0",
        read: |_| Ok(Rule::constant(0.0)),
    },
];
