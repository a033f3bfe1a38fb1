//! Plans of the base initializers.

use super::family::Family;
use super::matrix::Matrix;
use super::{Distribution, FanMode, Initializer, Structured, dispatch, orthogonal};
use crate::plan::{Composition, Facts, Law, Plan, Whole, parts};
use crate::{Error, Fans, Parameter, Side, Stream};

/// Standard deviation of the standard normal cut at ±2: what a target std is divided by, so that it holds after
/// the cut.
pub(crate) const STD_OF_NORMAL_CUT_AT_TWO: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// What it does to a parameter; each of several weights in one tensor is planned by itself.
    pub(crate) fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        self.check()?;
        if let Initializer::Dialect(call) = self {
            return call.plan(parameter); // a library sees what it sees of packed and stacked weights
        }
        if let Initializer::Structured(gates @ Structured::GateOrthogonal { .. }) = self {
            return gates.plan(parameter); // it divides the weight itself
        }
        if let Initializer::Array(array) = self {
            return array.plan(parameter);
        }
        let parts = parts(parameter)?;
        if parts.is_empty() {
            return self.plan_one(parameter);
        }
        let planned = parts.into_iter().map(|part| Ok((part.region, self.plan_one(&part.parameter)?)));
        let planned = planned.collect::<Result<Vec<_>, Error>>()?;
        Ok(match planned.first() {
            // one law for all parts needs no parts
            Some((_, Plan::Law(law)))
                if planned.iter().all(|(_, plan)| matches!(plan, Plan::Law(other) if other == law)) =>
            {
                Plan::Law(*law)
            }
            _ => Plan::Parts(planned),
        })
    }

    /// The plan of one weight.
    pub(crate) fn plan_one(&self, parameter: &Parameter) -> Result<Plan, Error> {
        Ok(match *self {
            Initializer::Zeros => Plan::Law(Law::Constant { value: 0.0 }),
            Initializer::Ones => Plan::Law(Law::Constant { value: 1.0 }),
            Initializer::Constant { value } => Plan::Law(Law::Constant { value }),
            Initializer::Uniform { low, high } => Plan::Law(Law::Uniform { low, high }),
            Initializer::Normal { mean, std } => Plan::Law(Law::Normal { mean, std }),
            Initializer::TruncatedNormal { mean, std, low, high } => {
                Plan::Law(Law::TruncatedNormal { mean, std, low, high })
            }
            Initializer::VarianceScaling { scale, mode, distribution } => {
                Plan::Law(distribution.law(self.scaled_variance(parameter, scale, mode)?))
            }
            Initializer::Orthogonal { gain, columns: Side::Output } => {
                Plan::whole(Haar { matrix: Matrix::of(self, parameter)?, gain })
            }
            Initializer::Orthogonal { gain, columns: Side::Input } => {
                Plan::whole(Haar { matrix: Matrix::of_inputs(self, parameter)?, gain })
            }
            Initializer::Array(ref array) => return array.plan(parameter),
            Initializer::Dialect(ref call) => return call.plan(parameter),
            _ => return dispatch!(self, family => family.plan(parameter), else Err(self.no_fans(parameter))),
        })
    }

    /// scale / fan.
    pub(crate) fn scaled_variance(&self, parameter: &Parameter, scale: f64, mode: FanMode) -> Result<f64, Error> {
        let fans = parameter.fans.ok_or_else(|| self.no_fans(parameter))?;
        Ok(share(scale, mode.of(fans)))
    }

    fn no_fans(&self, parameter: &Parameter) -> Error {
        Error::NoFans {
            initializer: self.to_string(),
            parameter: parameter.name.clone(),
            shape: parameter.shape.to_string(),
        }
    }
}

impl FanMode {
    /// The fan that counts.
    pub fn of(self, fans: Fans) -> f64 {
        self.mean(fans.fan_in as f64, fans.fan_out as f64)
    }

    /// The fan that counts, of fans that need not be whole.
    pub(crate) fn mean(self, fan_in: f64, fan_out: f64) -> f64 {
        match self {
            FanMode::FanIn => fan_in,
            FanMode::FanOut => fan_out,
            FanMode::FanAverage => (fan_in + fan_out) / 2.0,
            FanMode::FanGeometricAverage => (fan_in * fan_out).sqrt(),
        }
    }
}

impl Distribution {
    /// The law of this kind with mean 0 and the given variance.
    pub(crate) fn law(self, variance: f64) -> Law {
        let std = variance.sqrt();
        match self {
            Distribution::Normal => Law::Normal { mean: 0.0, std },
            Distribution::Uniform => Law::Uniform { low: -(3.0 * variance).sqrt(), high: (3.0 * variance).sqrt() },
            Distribution::TruncatedNormal if std > 0.0 => {
                Law::TruncatedNormal { mean: 0.0, std: std / STD_OF_NORMAL_CUT_AT_TWO, low: -2.0, high: 2.0 }
            }
            Distribution::TruncatedNormal => Law::Constant { value: 0.0 },
        }
    }
}

/// `whole` over `parts`, and 0 where there are none: a fan of 0 belongs to an empty tensor.
pub(crate) fn share(whole: f64, parts: f64) -> f64 {
    if parts > 0.0 { whole / parts } else { 0.0 }
}

/// gain times a Haar-distributed matrix.
#[derive(Debug)]
struct Haar {
    matrix: Matrix,
    gain: f64,
}

impl Whole for Haar {
    fn fill(&self, out: &mut [f32], stream: &Stream) {
        orthogonal::fill(out, &self.matrix, stream, self.gain);
    }

    fn fill_f64(&self, out: &mut [f64], stream: &Stream) {
        let (rows, columns) = (self.matrix.rows(), self.matrix.columns());
        let made = orthogonal::haar_f64(rows, columns, stream, 0, self.gain);
        for (place, value) in made.into_iter().enumerate() {
            out[self.matrix.place(place / columns, place % columns)] = value;
        }
    }

    fn facts(&self) -> Facts {
        let long = self.matrix.rows().max(self.matrix.columns());
        Facts {
            distribution: "orthogonal".to_owned(),
            mean: 0.0,
            variance: share(self.gain * self.gain, long as f64),
            bounds: (-self.gain, self.gain),
        }
    }

    fn composition(&self) -> Composition {
        Composition::Orthogonal { rows: self.matrix.rows(), columns: self.matrix.columns(), gain: self.gain }
    }
}
