//! How each library counts fans, as a function of the shape it holds.

use super::held::Held;
use crate::{AxisRole, Error, FanMode, Role, Side};

/// Fans as a library counts them; a share of an axis is possible in JAX.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FanCount {
    /// What it calls fan_in.
    pub fan_in: f64,
    /// What it calls fan_out.
    pub fan_out: f64,
}

impl FanCount {
    fn new(inputs: usize, outputs: usize, receptive: usize) -> FanCount {
        FanCount { fan_in: (inputs * receptive) as f64, fan_out: (outputs * receptive) as f64 }
    }

    /// The fan of a mode.
    pub(super) fn of(self, mode: FanMode) -> f64 {
        mode.mean(self.fan_in, self.fan_out)
    }
}

/// How a library counts fans.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FanRule {
    /// PyTorch: `size(1)` and `size(0)` times the rest; two axes at least. Groups are not known.
    SecondFirst,
    /// Keras, Haiku: the last two axes times the rest; a vector is its length twice, a scalar 1.
    LastTwo,
    /// MLX: the last and the first axis times what is between.
    LastFirst,
    /// As [`FanRule::LastFirst`] with the inputs of all groups: MLX's convolutions.
    LastFirstOfAllGroups,
    /// As [`FanRule::SecondFirst`] with the inputs of all groups: Paddle's convolutions.
    SecondFirstOfAllGroups,
    /// Paddle: `[in, out]` for two axes, `[out, in, kernel…]` for more; a vector is its length twice, a scalar 1.
    FirstSecond {
        /// Given in the text instead.
        fan_in: Option<f64>,
        /// Given in the text instead.
        fan_out: Option<f64>,
    },
    /// Candle: as PyTorch, but fan_in of a vector is 1 and its fan_out its length.
    SecondFirstOrOne,
    /// Flux: `[out, in]` for two axes, `(kernel…, in, out)` for more; a vector is a matrix of one column.
    MatrixOrLastTwo,
    /// JAX: axes by number; all others are the receptive field.
    Axes {
        /// Input axes.
        inputs: Vec<i64>,
        /// Output axes.
        outputs: Vec<i64>,
        /// Axes that count in no fan.
        batch: Vec<i64>,
        /// Whether the numbers are of the axes as declared, not of the library's own order.
        declared: bool,
    },
    /// Inputs are all axes but the last (Haiku's UniformScaling).
    AllButLast,
    /// Units of a recurrent cell: the first axis over the number of gates.
    Hidden {
        /// Gates stacked along the first axis.
        gates: usize,
    },
    /// Given by the layer: burn passes fan_in and fan_out of its layers, with groups divided out. Its transposed
    /// convolutions pass what we call fan_out for fan_in, and no fan_out.
    Layer {
        /// Whether it panics without a fan_out.
        needs_fan_out: bool,
    },
    /// fan_in of the layer whose bias it is, or a number given for it.
    OfLayer {
        /// Given in the text.
        given: Option<f64>,
    },
}

impl FanRule {
    /// The fans of a tensor.
    ///
    /// # Errors
    /// A tensor that the library refuses.
    pub fn count(&self, held: &Held) -> Result<FanCount, Error> {
        let sizes = &held.sizes[..];
        let product = |sizes: &[usize]| sizes.iter().product::<usize>();
        Ok(match (self, sizes) {
            (FanRule::SecondFirst, [out, inputs, rest @ ..]) => FanCount::new(*inputs, *out, product(rest)),
            (FanRule::SecondFirstOrOne, [out, inputs, rest @ ..]) => FanCount::new(*inputs, *out, product(rest)),
            (FanRule::SecondFirstOrOne, [out]) => FanCount::new(1, *out, 1),
            (FanRule::SecondFirstOrOne, []) => FanCount::new(1, 1, 1),
            (FanRule::LastFirst, [out, between @ .., inputs]) => FanCount::new(*inputs, *out, product(between)),
            (FanRule::LastFirstOfAllGroups, [out, between @ .., inputs]) => {
                FanCount::new(*inputs * groups(held), *out, product(between))
            }
            (FanRule::SecondFirstOfAllGroups, [out, inputs, rest @ ..]) => {
                FanCount::new(*inputs * groups(held), *out, product(rest))
            }
            (FanRule::FirstSecond { fan_in, fan_out }, _) => {
                let counted = first_second(sizes);
                FanCount { fan_in: fan_in.unwrap_or(counted.fan_in), fan_out: fan_out.unwrap_or(counted.fan_out) }
            }
            (FanRule::MatrixOrLastTwo, [out, inputs]) => FanCount::new(*inputs, *out, 1),
            (FanRule::LastTwo | FanRule::MatrixOrLastTwo, [rest @ .., inputs, out]) => {
                FanCount::new(*inputs, *out, product(rest))
            }
            (FanRule::MatrixOrLastTwo, [units]) => FanCount::new(1, *units, 1),
            (FanRule::LastTwo, [units]) => FanCount::new(*units, *units, 1),
            (FanRule::LastTwo | FanRule::MatrixOrLastTwo, []) => FanCount::new(1, 1, 1),
            (FanRule::AllButLast, [inputs @ .., out]) => FanCount::new(product(inputs), *out, 1),
            (FanRule::Hidden { gates }, [units, ..]) => FanCount::new(units / gates, units / gates, 1),
            (FanRule::Axes { inputs, outputs, batch, declared }, _) => {
                let declared = declared.then(|| held.as_declared());
                by_axes(declared.as_ref().unwrap_or(held), inputs, outputs, batch)?
            }
            (FanRule::Layer { needs_fan_out }, _) => passed_by_burn(held, *needs_fan_out)?,
            (FanRule::OfLayer { given: Some(fan) }, _) => FanCount { fan_in: *fan, fan_out: *fan },
            (FanRule::OfLayer { given: None }, _) => of_layer(held)?,
            _ => return Err(too_few(held)),
        })
    }
}

fn too_few(held: &Held) -> Error {
    let rank = held.sizes.len();
    held.refuse(format!("this library counts fans of at least two axes, and there are {rank}; give it a layout"))
}

fn first_second(sizes: &[usize]) -> FanCount {
    match sizes {
        [] => FanCount::new(1, 1, 1),
        [units] => FanCount::new(*units, *units, 1),
        [inputs, out] => FanCount::new(*inputs, *out, 1),
        [out, inputs, rest @ ..] => FanCount::new(*inputs, *out, rest.iter().product()),
    }
}

/// Groups of a convolution whose inputs are those of one group.
fn groups(held: &Held) -> usize {
    let axes = held.parameter.axes.as_ref().filter(|axes| axes.spans_groups == Side::Output);
    axes.map_or(1, |axes| axes.groups)
}

fn passed_by_burn(held: &Held, needs_fan_out: bool) -> Result<FanCount, Error> {
    let fans = of_layer(held)?;
    if held.parameter.role != Role::TransposedConvolution {
        return Ok(fans);
    }
    if needs_fan_out {
        return Err(held.refuse("burn panics here: its transposed convolutions pass no fan_out"));
    }
    Ok(FanCount { fan_in: fans.fan_out, fan_out: fans.fan_in })
}

/// The parameter's own fans.
fn of_layer(held: &Held) -> Result<FanCount, Error> {
    let fans = held.parameter.fans.map(|fans| FanCount { fan_in: fans.fan_in as f64, fan_out: fans.fan_out as f64 });
    let is_weight = held.parameter.axes.as_ref().is_some_and(|axes| axes.roles.contains(&AxisRole::Output));
    fans.ok_or_else(|| {
        held.refuse(match is_weight {
            true => "its layer gives the fans, and this parameter has none",
            false => {
                "the fans are those of its layer, which are not known here; give it the layer's or write fan_in=512"
            }
        })
    })
}

/// `jax.nn.initializers._compute_fans`: the receptive field is what the named axes leave, even where an axis is named
/// twice. A fan of 0 gives a variance of 0.
fn by_axes(held: &Held, inputs: &[i64], outputs: &[i64], batch: &[i64]) -> Result<FanCount, Error> {
    if held.sizes.len() < 2 && inputs == [-2] {
        return Err(too_few(held));
    }
    let size =
        |axes: &[i64]| axes.iter().map(|&axis| Ok(held.sizes[held.axis(axis)?] as f64)).product::<Result<f64, Error>>();
    let (inputs, outputs, batch) = (size(inputs)?, size(outputs)?, size(batch)?);
    let all: f64 = held.sizes.iter().map(|&size| size as f64).product();
    let named = inputs * outputs * batch;
    let receptive = if named > 0.0 { all / named } else { 0.0 };
    Ok(FanCount { fan_in: inputs * receptive, fan_out: outputs * receptive })
}
