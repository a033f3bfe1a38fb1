//! JAX: `jax.nn.initializers` 0.12.

use super::fans::FanRule;
use super::held::Orders;
use super::rule::{Rows, Rule};
use super::{DialectEntry, entry, one, zero};
use crate::initializer::call::Call;
use crate::initializer::catalogue::{Argument, argument};
use crate::{Distribution, Error, FanMode, Filter, Initializer};

/// Kernels of Flax, which has JAX's initializers.
pub(super) const ORDERS: Orders = Orders { dense: "io", convolution: "rio", transposed: "rio", embedding: "lo" };

pub(super) const MODES: [(&str, FanMode); 4] = [
    ("fan_in", FanMode::FanIn),
    ("fan_out", FanMode::FanOut),
    ("fan_avg", FanMode::FanAverage),
    ("fan_geo_avg", FanMode::FanGeometricAverage),
];

pub(super) const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("truncated_normal", Distribution::TruncatedNormal),
    ("normal", Distribution::Normal),
    ("uniform", Distribution::Uniform),
];

/// `-2`, or `[0, 1]`.
fn axes(call: &Call, name: &str) -> Result<Vec<i64>, Error> {
    let numbers = if call.text(name)?.starts_with('[') { call.numbers(name)? } else { vec![call.number(name)?] };
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 100.0).then_some(number as i64);
    let wanted = || Error::Argument {
        initializer: call.name,
        argument: "in_axis, out_axis or batch_axis",
        found: format!("{numbers:?}"),
        wanted: "a whole number, or a list of them such as [0, 1]",
    };
    numbers.iter().map(|&number| whole(number)).collect::<Option<_>>().ok_or_else(wanted)
}

/// Axes by their arguments: of the library's own order at the defaults, of the axes as declared otherwise.
fn fans(call: &Call) -> Result<FanRule, Error> {
    let (inputs, outputs, batch) = (axes(call, "in_axis")?, axes(call, "out_axis")?, axes(call, "batch_axis")?);
    let declared = inputs != [-2] || outputs != [-1] || !batch.is_empty();
    Ok(FanRule::Axes { inputs, outputs, batch, declared })
}

fn scaled(call: &Call, scale: f64, mode: FanMode, distribution: Distribution) -> Result<Rule, Error> {
    Ok(Rule::scaled(distribution, scale, mode, fans(call)?))
}

fn rows(call: &Call) -> Result<Rows, Error> {
    let axis = axes(call, "column_axis")?.first().copied().unwrap_or(-1);
    Ok(if axis == -1 { Rows::Axis(axis) } else { Rows::DeclaredAxis(axis) })
}

const IN_AXIS: Argument = argument("in_axis", Some("-2"), "input axis or a list of them, as the tensor is declared");
const OUT_AXIS: Argument = argument("out_axis", Some("-1"), "output axis or axes");
const BATCH_AXIS: Argument = argument("batch_axis", Some("[]"), "axes that count in no fan");
const AXES: &[Argument] = &[IN_AXIS, OUT_AXIS, BATCH_AXIS];
const SCALE: Argument = argument("scale", Some("1"), "every singular value");
const COLUMN_AXIS: Argument = argument("column_axis", Some("-1"), "axis that numbers the columns");

const TRUNCATED: &str = "truncated at ±2 of its own standard deviations, variance restored (std / 0.8796)";
const PLAIN: &str = "fans are the last two axes times the rest unless in_axis, out_axis and batch_axis say otherwise";

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("zeros", "zeros", &[], "", zero),
    entry("ones", "ones", &[], "", one),
    entry(
        "constant",
        "constant",
        &[argument("value", None, "every element; arrays are not taken here")],
        "also takes an array there",
        |call| Ok(Rule::constant(call.number("value")?)),
    ),
    entry(
        "uniform",
        "uniform",
        &[argument("scale", Some("0.01"), "upper bound")],
        "U[0, scale): not symmetric",
        |call| Ok(Rule::uniform(0.0, call.number("scale")?)),
    ),
    entry(
        "normal",
        "normal",
        &[argument("stddev", Some("0.01"), "standard deviation")],
        "std 0.01 by default",
        |call| Ok(Rule::normal(0.0, call.number("stddev")?)),
    ),
    entry(
        "truncated_normal",
        "truncated_normal",
        &[
            argument("stddev", Some("0.01"), "standard deviation before the cut"),
            argument("lower", Some("-2"), "lower cut in standard deviations"),
            argument("upper", Some("2"), "upper cut in standard deviations"),
        ],
        "the variance that the cut takes is not restored: std is 0.8796 stddev",
        |call| Ok(Rule::truncated(0.0, call.number("stddev")?, call.number("lower")?, call.number("upper")?)),
    ),
    entry(
        "variance_scaling",
        "variance_scaling",
        &[
            argument("scale", None, "variance times fan"),
            argument("mode", None, "fan_in, fan_out, fan_avg or fan_geo_avg"),
            argument("distribution", None, "truncated_normal (variance restored), normal (untruncated) or uniform"),
            IN_AXIS,
            OUT_AXIS,
            BATCH_AXIS,
        ],
        PLAIN,
        |call| {
            let (mode, distribution) = (call.word("mode", &MODES)?, call.word("distribution", &DISTRIBUTIONS)?);
            scaled(call, call.number("scale")?, mode, distribution)
        },
    ),
    entry("glorot_uniform", "glorot_uniform", AXES, PLAIN, |call| {
        scaled(call, 1.0, FanMode::FanAverage, Distribution::Uniform)
    })
    .also(&["xavier_uniform"]),
    entry("glorot_normal", "glorot_normal", AXES, TRUNCATED, |call| {
        scaled(call, 1.0, FanMode::FanAverage, Distribution::TruncatedNormal)
    })
    .also(&["xavier_normal"]),
    entry("lecun_uniform", "lecun_uniform", AXES, PLAIN, |call| {
        scaled(call, 1.0, FanMode::FanIn, Distribution::Uniform)
    }),
    entry("lecun_normal", "lecun_normal", AXES, TRUNCATED, |call| {
        scaled(call, 1.0, FanMode::FanIn, Distribution::TruncatedNormal)
    }),
    entry("he_uniform", "he_uniform", AXES, PLAIN, |call| scaled(call, 2.0, FanMode::FanIn, Distribution::Uniform))
        .also(&["kaiming_uniform"]),
    entry("he_normal", "he_normal", AXES, TRUNCATED, |call| {
        scaled(call, 2.0, FanMode::FanIn, Distribution::TruncatedNormal)
    })
    .also(&["kaiming_normal"]),
    entry(
        "orthogonal",
        "orthogonal",
        &[SCALE, COLUMN_AXIS],
        "the matrix is (all other axes, column_axis): columns are the last axis",
        |call| Ok(Rule::orthogonal(call.number("scale")?, rows(call)?)),
    ),
    entry(
        "delta_orthogonal",
        "delta_orthogonal",
        &[SCALE],
        "the tap at (size - 1) // 2 is orthogonal, the others 0; three to five axes, and no fewer outputs than inputs",
        |call| {
            let initializer = Box::new(Initializer::Filter(Filter::DeltaOrthogonal { gain: call.number("scale")? }));
            Ok(Rule::Kernel { initializer, groups: 1, last_two: true })
        },
    ),
];
