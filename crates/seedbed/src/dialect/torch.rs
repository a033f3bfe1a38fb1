//! PyTorch: `torch.nn.init` 2.15 and what the layers of `torch.nn` do when they are made.

use super::fans::FanRule;
use super::rule::{Rows, Rule};
use super::{DialectEntry, entry, one, zero};
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
    entry("zeros_", "zeros", &[], "", zero).also(&["zeros"]),
    entry("ones_", "ones", &[], "", one).also(&["ones"]),
    entry("constant_", "constant", &[argument("val", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("val")?))
    })
    .also(&["constant"]),
    entry(
        "uniform_",
        "uniform",
        &[argument("a", Some("0"), "lower bound"), argument("b", Some("1"), "upper bound")],
        "",
        |call| Ok(Rule::uniform(call.number("a")?, call.number("b")?)),
    )
    .also(&["uniform"]),
    entry(
        "normal_",
        "normal",
        &[argument("mean", Some("0"), "centre"), argument("std", Some("1"), "standard deviation")],
        "std 1 by default",
        |call| Ok(Rule::normal(call.number("mean")?, call.number("std")?)),
    )
    .also(&["normal"]),
    entry(
        "trunc_normal_",
        "truncated_normal",
        &[
            argument("mean", Some("0"), "centre before the cut"),
            argument("std", Some("1"), "standard deviation before the cut"),
            argument("a", Some("-2"), "lower cut: a value, not standard deviations"),
            argument("b", Some("2"), "upper cut: a value, not standard deviations"),
        ],
        "the bounds are values: std=0.02 with the default bounds cuts nothing",
        |call| {
            let (mean, std) = (call.number("mean")?, call.number("std")?);
            Ok(Rule::truncated_at(mean, std, call.number("a")?, call.number("b")?))
        },
    )
    .also(&["trunc_normal"]),
    entry("eye_", "identity", &[], "two axes only, no gain", |_| Rule::identity(1.0)).also(&["eye"]),
    entry(
        "dirac_",
        "dirac",
        &[argument("groups", Some("1"), "groups that divide size(0)")],
        "three to five axes; the centre is size // 2 for even kernels too; groups must be said",
        |call| {
            let groups = call.count("groups")?;
            Ok(Rule::Kernel { initializer: Box::new("dirac".parse()?), groups, last_two: false })
        },
    )
    .also(&["dirac"]),
    entry("xavier_uniform_", "glorot_uniform", &[GAIN], FANS, |call| xavier(call, Distribution::Uniform))
        .also(&["xavier_uniform"]),
    entry("xavier_normal_", "glorot_normal", &[GAIN], FANS, |call| xavier(call, Distribution::Normal))
        .also(&["xavier_normal"]),
    entry("kaiming_uniform_", "he_uniform", KAIMING, FANS, |call| kaiming(call, Distribution::Uniform))
        .also(&["kaiming_uniform"]),
    entry("kaiming_normal_", "he_normal", KAIMING, FANS, |call| kaiming(call, Distribution::Normal))
        .also(&["kaiming_normal"]),
    entry("orthogonal_", "orthogonal", &[GAIN], "rows are size(0), columns all the rest", |call| {
        Ok(Rule::orthogonal(gain(call)?, Rows::Axis(0)))
    })
    .also(&["orthogonal"]),
    entry(
        "sparse_",
        "sparse",
        &[
            argument("sparsity", None, "share of zeros in each column, 0 to 1"),
            argument("std", Some("0.01"), "standard deviation of the others"),
        ],
        "ceil(sparsity · size(0)) zeros in each column, which is one input; two axes only; the mask ignores the \
               generator there",
        |call| Ok(Rule::Sparse { sparsity: call.number("sparsity")?, std: call.number("std")?, row_axis: 1 }),
    )
    .also(&["sparse"]),
    entry("linear.weight", "", &[], LINEAR, |_| Ok(Rule::one_over_root(FanRule::SecondFirst))).also(&[
        "conv1d.weight",
        "conv2d.weight",
        "conv3d.weight",
        "conv.weight",
        "conv_transpose.weight",
    ]),
    entry("linear.bias", "", &[FAN_IN], "U(±1/√fan_in) with fan_in of the weight", bias).also(&[
        "conv1d.bias",
        "conv2d.bias",
        "conv3d.bias",
        "conv.bias",
    ]),
    entry(
        "conv_transpose.bias",
        "",
        &[FAN_IN],
        "U(±1/√(out / groups · kernel)), which PyTorch calls fan_in",
        |call| {
            let fans = FanRule::OfLayer { given: given_fan(call)? };
            Ok(Rule::bounded(1.0, FanMode::FanOut, fans))
        },
    ),
    entry("bilinear.weight", "", &[], "U(±1/√size(1)): the second input is not counted", |_| {
        let fans = FanRule::Axes { inputs: vec![1], outputs: vec![], batch: vec![0, 2], declared: true };
        Ok(Rule::one_over_root(fans))
    }),
    entry("embedding.weight", "", &[], "N(0, 1); the row of padding_idx is 0", |_| Ok(Rule::normal(0.0, 1.0))),
    entry("rnn.weight", "", &[], RECURRENT, |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 1 }))).also(&[
        "rnn.weight_ih",
        "rnn.weight_hh",
        "rnn.bias",
    ]),
    entry("gru.weight", "", &[], RECURRENT, |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 3 }))).also(&[
        "gru.weight_ih",
        "gru.weight_hh",
        "gru.bias",
    ]),
    entry("lstm.weight", "", &[], RECURRENT, |_| Ok(Rule::one_over_root(FanRule::Hidden { gates: 4 }))).also(&[
        "lstm.weight_ih",
        "lstm.weight_hh",
        "lstm.bias",
    ]),
    entry("lstm.weight_hr", "", &[], "the projection [projected, hidden]: U(±1/√hidden)", |_| {
        Ok(Rule::one_over_root(FanRule::SecondFirst))
    }),
    entry(
        "multihead_attention.in_proj_weight",
        "",
        &[],
        "xavier_uniform_ on the packed [3E, E]: half the variance that three weights [E, E] would get",
        |_| Ok(Rule::scaled(Distribution::Uniform, 1.0, FanMode::FanAverage, FanRule::SecondFirst)),
    ),
    entry("multihead_attention.out_proj.weight", "", &[], LINEAR, |_| Ok(Rule::one_over_root(FanRule::SecondFirst))),
    entry("multihead_attention.bias", "", &[], "0", zero)
        .also(&["multihead_attention.in_proj_bias", "multihead_attention.out_proj.bias"]),
];
