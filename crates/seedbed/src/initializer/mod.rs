//! Initializers: distributions over one tensor, as plain data.
//!
//! Drawing is a pure function of (initializer, parameter, seed). The named schemes of Glorot, He and LeCun are
//! settings of one scaling law, [`Initializer::VarianceScaling`].

mod call;
pub mod catalogue;
mod matrix;
mod moments;
mod orthogonal;
mod ranges;
mod sparse;
mod text;

use serde::{Deserialize, Serialize};

use crate::kernel;
use crate::kernel::truncated_normal::TruncatedNormal;
use crate::{Error, Parameter, Stream, purpose};

/// Standard deviation of the standard normal cut at ±2: what a target std is divided by, so that it holds after
/// the cut.
const STD_OF_NORMAL_CUT_AT_TWO: f64 = 0.879_625_661_034_239_8;

/// Which fan scales the variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FanMode {
    /// Inputs of an output: keeps the signal's variance forward.
    FanIn,
    /// Outputs of an input: keeps the gradient's variance backward.
    FanOut,
    /// (fan_in + fan_out) / 2.
    FanAverage,
    /// √(fan_in · fan_out).
    FanGeometricAverage,
}

/// The law that carries a variance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Normal.
    Normal,
    /// Normal cut at ±2 of its own standard deviations, widened so that the variance is the one asked for.
    TruncatedNormal,
    /// Uniform on ±√(3 variance).
    Uniform,
}

/// A distribution over one tensor. Texts such as `he_normal` or `sparse(nonzeros=15)` parse into it and print from
/// it; ranges are checked when it is parsed and when it draws. "Finite" means at most 1e36 in size, so that no value
/// overflows single precision.
///
/// ```
/// use seedbed::{Initializer, Parameter};
/// let weight = Parameter::dense("layer1.weight", 256, 512)?;
/// let values = "he_normal".parse::<Initializer>()?.draw(&weight, 7)?;
/// assert_eq!(values.len(), 512 * 256);
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Initializer {
    /// 0 everywhere.
    Zeros,
    /// 1 everywhere.
    Ones,
    /// One value everywhere.
    Constant {
        /// The value; finite.
        value: f64,
    },
    /// Uniform between two bounds.
    Uniform {
        /// Lower bound; finite.
        low: f64,
        /// Upper bound; finite and not below `low`.
        high: f64,
    },
    /// Normal.
    Normal {
        /// Mean; finite.
        mean: f64,
        /// Standard deviation; finite, not negative.
        std: f64,
    },
    /// Normal, cut.
    TruncatedNormal {
        /// Mean before the cut; finite.
        mean: f64,
        /// Standard deviation before the cut; positive. After a cut at ±2 it is 0.8796 of that.
        std: f64,
        /// Lower cut in units of `std` from the mean.
        low: f64,
        /// Upper cut in units of `std` from the mean; above `low`.
        high: f64,
    },
    /// Variance = scale / fan.
    VarianceScaling {
        /// Not negative. 1 keeps the variance of a linear layer, 2 that of a ReLU layer.
        scale: f64,
        /// Which fan.
        mode: FanMode,
        /// Which law.
        distribution: Distribution,
    },
    /// gain · Q with Q uniform (Haar) over the orthogonal matrices, or over the semi-orthogonal ones.
    Orthogonal {
        /// Every singular value; finite, not negative.
        gain: f64,
    },
    /// A few normal weights into each unit, zeros elsewhere.
    Sparse {
        /// Nonzero weights into each unit, at least 1; all of them where a unit has fewer inputs.
        nonzeros: usize,
        /// The nonzero weights have variance gain² / nonzeros, so gain² plays the part of `scale`.
        gain: f64,
    },
}

impl Initializer {
    /// One value an element, row-major, in single precision.
    ///
    /// # Errors
    /// Settings out of range, or a parameter without the fans or the matrix that the initializer needs.
    pub fn draw(&self, parameter: &Parameter, seed: u64) -> Result<Vec<f32>, Error> {
        let mut values = vec![0.0; parameter.shape.elements()];
        self.fill(parameter, seed, &mut values)?;
        Ok(values)
    }

    /// As [`Initializer::draw`], into memory that is there.
    ///
    /// # Errors
    /// As [`Initializer::draw`], or a buffer of the wrong length. The buffer is then unchanged.
    pub fn fill(&self, parameter: &Parameter, seed: u64, values: &mut [f32]) -> Result<(), Error> {
        self.check()?;
        if values.len() != parameter.shape.elements() {
            let (needed, found) = (parameter.shape.elements(), values.len());
            return Err(Error::Length { parameter: parameter.name.clone(), needed, found });
        }
        let stream = Stream::new(seed, &parameter.name);
        match *self {
            Initializer::Zeros => values.fill(0.0),
            Initializer::Ones => values.fill(1.0),
            Initializer::Constant { value } => values.fill(value as f32),
            Initializer::Uniform { low, high } => fill_uniform(values, &stream, low, high),
            Initializer::Normal { mean, std } => fill_normal(values, &stream, mean, std),
            Initializer::TruncatedNormal { mean, std, low, high } => {
                fill_truncated(values, &stream, TruncatedNormal::new(mean, std, low, high));
            }
            Initializer::VarianceScaling { distribution, .. } => {
                let std = self.element_variance(parameter)?.sqrt();
                fill_scaled(values, &stream, distribution, std);
            }
            Initializer::Orthogonal { gain } => {
                orthogonal::fill(values, &matrix::Matrix::of(self, parameter)?, &stream, gain);
            }
            Initializer::Sparse { nonzeros, gain } => {
                sparse::fill(values, &matrix::Matrix::of(self, parameter)?, &stream, nonzeros, gain);
            }
        }
        Ok(())
    }
}

fn fill_uniform(values: &mut [f32], stream: &Stream, low: f64, high: f64) {
    kernel::uniform(values, 0, stream, purpose::VALUES, low as f32, high as f32);
}

fn fill_normal(values: &mut [f32], stream: &Stream, mean: f64, std: f64) {
    kernel::normal(values, 0, stream, purpose::VALUES, mean as f32, std as f32);
}

fn fill_truncated(values: &mut [f32], stream: &Stream, cut: TruncatedNormal) {
    kernel::fill(values, 0, stream, purpose::VALUES, |words| cut.values(words));
}

fn fill_scaled(values: &mut [f32], stream: &Stream, distribution: Distribution, std: f64) {
    match distribution {
        Distribution::Normal => fill_normal(values, stream, 0.0, std),
        Distribution::Uniform => fill_uniform(values, stream, -3f64.sqrt() * std, 3f64.sqrt() * std),
        Distribution::TruncatedNormal if std > 0.0 => {
            fill_truncated(values, stream, TruncatedNormal::new(0.0, std / STD_OF_NORMAL_CUT_AT_TWO, -2.0, 2.0));
        }
        Distribution::TruncatedNormal => values.fill(0.0),
    }
}
