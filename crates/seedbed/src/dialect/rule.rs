//! What a name of a library means, as plain data, and the plan that follows for a tensor.

use super::fans::{FanCount, FanRule};
use super::held::Held;
use crate::initializer::base::{STD_OF_NORMAL_CUT_AT_TWO, share};
use crate::plan::{Formula, Law, Plan};
use crate::{AxisRole, Distribution, Error, FanMode, Initializer, Nonzeros, Side, Sparse};

/// The law that carries a variance of scale / fan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spread {
    /// Uniform, normal, or truncated with its variance restored.
    Exact(Distribution),
    /// Uniform on ±√(scale / fan): the bound, not the variance, is what the library scales.
    Bound,
    /// Normal of that std cut at ±2 std, the lost variance not restored.
    CutAtTwoSigma,
    /// Normal of that std over 0.8796, cut at ±2 absolutely: nothing is cut, and the std is 13.7 % too large.
    WidenedButUncut,
}

/// Mean 0, variance scale / fan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scaled {
    pub spread: Spread,
    pub scale: f64,
    pub mode: FanMode,
    pub fans: FanRule,
    /// The fan is taken to be at least so much: 1 in Keras and Haiku, 0 elsewhere.
    pub least: f64,
}

/// Which axes of the library number the rows of a matrix; all others are columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rows {
    /// One axis, as Python counts them.
    Axis(i64),
    /// The same among the axes as declared.
    DeclaredAxis(i64),
}

/// What a name means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    /// Elements of one law, whatever the shape.
    Same(Box<Initializer>),
    /// Variance by fans.
    Scaled(Scaled),
    /// mean + std · fmod(z, wrap).
    Wrapped { mean: f64, std: f64, wrap: f64 },
    /// An initializer of a matrix, for tensors of so many axes.
    Matrix { initializer: Box<Initializer>, rows: Rows, ranks: (usize, usize) },
    /// An initializer of `[out, in, kernel…]` with groups.
    Kernel { initializer: Box<Initializer>, groups: usize, last_two: bool },
    /// ceil(sparsity · n) of the n weights along the columns' axis zero in each row, N(0, std²) elsewhere; two axes.
    Sparse { sparsity: f64, std: f64, row_axis: usize },
    /// An initializer of a square matrix.
    Square(Box<Initializer>),
    /// A vector that is 0 but for its second quarter: the bias of an LSTM whose second gate forgets.
    ForgetGate { value: f64 },
    /// The library does something that is not drawn here.
    Refused(&'static str),
}

impl Rule {
    /// Variance scale / fan by a distribution.
    pub fn scaled(distribution: Distribution, scale: f64, mode: FanMode, fans: FanRule) -> Rule {
        Rule::Scaled(Scaled { spread: Spread::Exact(distribution), scale, mode, fans, least: 0.0 })
    }

    /// U(±√(scale / fan)).
    pub fn bounded(scale: f64, mode: FanMode, fans: FanRule) -> Rule {
        Rule::Scaled(Scaled { spread: Spread::Bound, scale, mode, fans, least: 0.0 })
    }

    /// U(±1/√fan_in).
    pub fn one_over_root(fans: FanRule) -> Rule {
        Rule::bounded(1.0, FanMode::FanIn, fans)
    }

    pub fn same(initializer: Initializer) -> Rule {
        Rule::Same(Box::new(initializer))
    }

    pub fn constant(value: f64) -> Rule {
        Rule::same(Initializer::Constant { value })
    }

    pub fn uniform(low: f64, high: f64) -> Rule {
        Rule::same(Initializer::Uniform { low, high })
    }

    pub fn normal(mean: f64, std: f64) -> Rule {
        Rule::same(Initializer::Normal { mean, std })
    }

    /// Cut at `low` and `high` standard deviations from the mean.
    pub fn truncated(mean: f64, std: f64, low: f64, high: f64) -> Rule {
        Rule::same(Initializer::TruncatedNormal { mean, std, low, high })
    }

    /// Cut at the values `low` and `high`.
    pub fn truncated_at(mean: f64, std: f64, low: f64, high: f64) -> Rule {
        Rule::truncated(mean, std, (low - mean) / std, (high - mean) / std)
    }

    /// gain · Haar, a matrix whose rows are one axis.
    pub fn orthogonal(gain: f64, rows: Rows) -> Rule {
        Rule::Matrix {
            initializer: Box::new(Initializer::Orthogonal { gain, columns: Side::Output }),
            rows,
            ranks: (2, usize::MAX),
        }
    }

    /// gain on the diagonal of a matrix.
    pub fn identity(gain: f64) -> Result<Rule, Error> {
        let initializer = Box::new(format!("identity(gain={gain})").parse()?);
        Ok(Rule::Matrix { initializer, rows: Rows::Axis(0), ranks: (2, 2) })
    }

    /// Refuses numbers out of range.
    ///
    /// # Errors
    /// [`Error::Argument`] of `name`, or of the law.
    pub fn check(&self, name: &'static str) -> Result<(), Error> {
        let refuse = |argument, found: f64, wanted| {
            Err(Error::Argument { initializer: name, argument, found: found.to_string(), wanted })
        };
        match self {
            Rule::Same(initializer)
            | Rule::Square(initializer)
            | Rule::Matrix { initializer, .. }
            | Rule::Kernel { initializer, .. } => initializer.check(),
            Rule::ForgetGate { value } => Initializer::Constant { value: *value }.check(),
            Rule::Scaled(scaled) => {
                let Scaled { scale, mode, .. } = *scaled;
                Initializer::VarianceScaling { scale, mode, distribution: Distribution::Normal }.check()
            }
            Rule::Sparse { sparsity, .. } if !(0.0..=1.0).contains(sparsity) => {
                refuse("sparsity", *sparsity, "between 0 and 1")
            }
            Rule::Sparse { std, .. } | Rule::Wrapped { std, .. } => {
                Initializer::Normal { mean: 0.0, std: *std }.check()
            }
            Rule::Refused(_) => Ok(()),
        }
    }

    /// The fans that count, where fans count.
    ///
    /// # Errors
    /// A tensor that the library refuses.
    pub fn fans(&self, held: &Held) -> Result<Option<FanCount>, Error> {
        match self {
            Rule::Scaled(scaled) => scaled.fans.count(held).map(Some),
            _ => Ok(None),
        }
    }

    /// What it does to a tensor.
    ///
    /// # Errors
    /// A tensor that the library refuses.
    pub fn plan(&self, held: &Held) -> Result<Plan, Error> {
        match self {
            Rule::Same(initializer) => initializer.plan_one(held.parameter),
            Rule::Scaled(scaled) => scaled.law(held).map(Plan::Law),
            Rule::Wrapped { mean, std, wrap } => {
                Ok(Plan::Law(Law::WrappedNormal { mean: *mean, std: *std, wrap: *wrap }))
            }
            Rule::Matrix { initializer, rows, ranks } => matrix(held, initializer, *rows, *ranks),
            Rule::Kernel { initializer, groups, last_two } => kernel(held, initializer, *groups, *last_two),
            Rule::Sparse { sparsity, std, row_axis } => sparse(held, *sparsity, *std, *row_axis),
            Rule::Square(initializer) => square(held, initializer),
            Rule::ForgetGate { value } => forget_gate(held, *value),
            Rule::Refused(why) => Err(held.refuse(*why)),
        }
    }
}

impl Scaled {
    fn law(&self, held: &Held) -> Result<Law, Error> {
        let fan = self.fans.count(held)?.of(self.mode).max(self.least);
        let variance = share(self.scale, fan);
        let std = variance.sqrt();
        Ok(match self.spread {
            Spread::Bound => {
                let bound = share(self.scale.sqrt(), fan.sqrt());
                Law::Uniform { low: -bound, high: bound }
            }
            Spread::Exact(distribution) => distribution.law(variance),
            _ if std == 0.0 => Law::Constant { value: 0.0 },
            Spread::CutAtTwoSigma => Law::TruncatedNormal { mean: 0.0, std, low: -2.0, high: 2.0 },
            Spread::WidenedButUncut => {
                let std = std / STD_OF_NORMAL_CUT_AT_TWO;
                Law::TruncatedNormal { mean: 0.0, std, low: -2.0 / std, high: 2.0 / std }
            }
        })
    }
}

fn check_rank(held: &Held, (least, most): (usize, usize)) -> Result<(), Error> {
    let rank = held.sizes.len();
    if (least..=most).contains(&rank) {
        return Ok(());
    }
    let wanted = match (least, most) {
        (least, usize::MAX) => format!("at least {least}"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    Err(held.refuse(format!("this library takes tensors of {wanted} axes, and there are {rank}")))
}

fn matrix(held: &Held, initializer: &Initializer, rows: Rows, ranks: (usize, usize)) -> Result<Plan, Error> {
    check_rank(held, ranks)?;
    let (declared, index) = match rows {
        Rows::Axis(index) => (None, index),
        Rows::DeclaredAxis(index) => (Some(held.as_declared()), index),
    };
    let held = declared.as_ref().unwrap_or(held);
    let rows = held.axis(index)?;
    let seen = held.seen_as(1, |axis| if axis == rows { AxisRole::Output } else { AxisRole::Input })?;
    initializer.plan_one(&seen)
}

/// `[out, in, kernel…]`, or `[kernel…, in, out]` where channels are the last two.
fn kernel(held: &Held, initializer: &Initializer, groups: usize, last_two: bool) -> Result<Plan, Error> {
    check_rank(held, (3, 5))?;
    let rank = held.sizes.len();
    let (output, input) = if last_two { (rank - 1, rank - 2) } else { (0, 1) };
    if last_two && held.sizes[output] < held.sizes[input] {
        let (outputs, inputs) = (held.sizes[output], held.sizes[input]);
        return Err(held.refuse(format!("it takes at least as many outputs as inputs, not {outputs} and {inputs}")));
    }
    let seen = held.seen_as(groups, |axis| match axis {
        _ if axis == output => AxisRole::Output,
        _ if axis == input => AxisRole::Input,
        _ => AxisRole::Receptive,
    });
    initializer.plan_one(&seen?)
}

fn sparse(held: &Held, sparsity: f64, std: f64, row_axis: usize) -> Result<Plan, Error> {
    check_rank(held, (2, 2))?;
    let length = held.sizes[1 - row_axis];
    let zeros = (sparsity * length as f64).ceil() as usize;
    let nonzeros = length.saturating_sub(zeros);
    if nonzeros == 0 {
        return Ok(Plan::Law(Law::Constant { value: 0.0 }));
    }
    let seen = held.seen_as(1, |axis| if axis == row_axis { AxisRole::Output } else { AxisRole::Input })?;
    let gain = std * (nonzeros as f64).sqrt();
    Initializer::Sparse(Sparse { nonzeros: Nonzeros::Exactly(nonzeros), per: Side::Output, gain }).plan_one(&seen)
}

fn square(held: &Held, initializer: &Initializer) -> Result<Plan, Error> {
    match held.sizes[..] {
        [rows, columns] if rows == columns => matrix(held, initializer, Rows::Axis(0), (2, 2)),
        _ => Err(held.refuse(format!("this library takes square matrices only, and the axes are {:?}", held.sizes))),
    }
}

fn forget_gate(held: &Held, value: f64) -> Result<Plan, Error> {
    check_rank(held, (1, 1))?;
    let elements = held.parameter.shape.elements();
    if !elements.is_multiple_of(4) {
        return Err(held.refuse(format!("an LSTM's bias holds four gates, and {elements} is no multiple of 4")));
    }
    let gate = elements / 4;
    let value = move |place: usize| if (gate..2 * gate).contains(&place) { value } else { 0.0 };
    Ok(Plan::pattern(Formula { name: "forget gate", elements, value }))
}
