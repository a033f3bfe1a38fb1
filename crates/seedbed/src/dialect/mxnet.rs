//! MXNet 1.9 and 2: `mxnet.initializer`.

use super::fans::FanRule;
use super::rule::Rule;
use super::{DialectEntry, entry, one, zero};
use crate::initializer::catalogue::argument;
use crate::{Distribution, Error, FanMode};

const FACTORS: [(&str, FanMode); 3] = [("avg", FanMode::FanAverage), ("in", FanMode::FanIn), ("out", FanMode::FanOut)];

/// The uniform bound is √(magnitude / factor): a third of the variance that the Gaussian has.
fn xavier(is_gaussian: bool, magnitude: f64, mode: FanMode) -> Result<Rule, Error> {
    Ok(match is_gaussian {
        true => Rule::scaled(Distribution::Normal, magnitude, mode, FanRule::SecondFirst),
        false => Rule::bounded(magnitude, mode, FanRule::SecondFirst),
    })
}

const FACTOR_TYPE: crate::catalogue::Argument = argument("factor_type", Some("avg"), "avg, in or out");

pub(super) const ENTRIES: &[DialectEntry] = &[
    entry("Zero", "zeros", &[], "", zero).also(&["zeros", "zero"]),
    entry("One", "ones", &[], "", one).also(&["ones", "one"]),
    entry("Constant", "constant", &[argument("value", None, "every element")], "", |call| {
        Ok(Rule::constant(call.number("value")?))
    })
    .also(&["constant"]),
    entry("Uniform", "uniform", &[argument("scale", Some("0.07"), "bound")], "U(-scale, scale)", |call| {
        let scale = call.number("scale")?;
        Ok(Rule::uniform(-scale, scale))
    })
    .also(&["uniform"]),
    entry("Normal", "normal", &[argument("sigma", Some("0.01"), "standard deviation")], "std 0.01 by default", |call| {
        Ok(Rule::normal(0.0, call.number("sigma")?))
    })
    .also(&["normal"]),
    entry(
        "Xavier",
        "glorot_uniform",
        &[
            argument("rnd_type", Some("uniform"), "uniform or gaussian"),
            FACTOR_TYPE,
            argument("magnitude", Some("3"), "bound² times factor for uniform, variance times factor for gaussian"),
        ],
        "gaussian with the default magnitude 3 has std √(3 / average fan): √3 times Glorot's",
        |call| {
            let is_gaussian = call.word("rnd_type", &[("uniform", false), ("gaussian", true)])?;
            xavier(is_gaussian, call.number("magnitude")?, call.word("factor_type", &FACTORS)?)
        },
    )
    .also(&["xavier"]),
    entry(
        "MSRAPrelu",
        "he_normal",
        &[FACTOR_TYPE, argument("slope", Some("0.25"), "negative slope of the PReLU")],
        "over the average fan, and with slope 0.25, by default: variance 2 / (1 + slope²) / average fan",
        |call| {
            let slope = call.number("slope")?;
            xavier(true, 2.0 / (1.0 + slope * slope), call.word("factor_type", &FACTORS)?)
        },
    )
    .also(&["msraprelu"]),
    entry(
        "Orthogonal",
        "orthogonal",
        &[
            argument("scale", Some("1.414"), "every singular value"),
            argument("rand_type", Some("uniform"), "uniform or normal"),
        ],
        "singular vectors of a uniform matrix without a sign fix, times 1.414: orthogonal but not Haar",
        |call| {
            call.word("rand_type", &[("uniform", ()), ("normal", ())])?;
            call.number("scale")?;
            Ok(Rule::Refused(
                "MXNet takes the singular vectors of a uniform matrix as LAPACK signs them, which is no Haar law and \
                 not drawn here; the nearest is `orthogonal(gain=1.414)`",
            ))
        },
    )
    .also(&["orthogonal"]),
    entry("Bilinear", "bilinear", &[], "in Python 3 the row is divided without rounding, so the kernel is skewed", |_| {
        Ok(Rule::Refused(
            "MXNet's code divides the row without rounding in Python 3, so its kernel is not bilinear; the kernel it \
             means is `bilinear` in Seedbed's catalogue",
        ))
    })
    .also(&["bilinear"]),
    entry(
        "LSTMBias",
        "",
        &[argument("forget_bias", Some("1"), "bias of the forget gate, the second of four")],
        "0 but for the forget gate",
        |call| Ok(Rule::ForgetGate { value: call.number("forget_bias")? }),
    )
    .also(&["lstmbias"]),
    entry("dense.weight", "", &[], "gluon's default, Uniform(0.07), whatever the fans", |_| Ok(Rule::uniform(-0.07, 0.07)))
        .also(&["conv.weight", "embedding.weight"]),
    entry("dense.bias", "", &[], "0", zero).also(&["conv.bias"]),
];
