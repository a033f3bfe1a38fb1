//! Initializers: distributions over one tensor, as plain data.
//!
//! Drawing is a pure function of (initializer, parameter, seed). The named schemes of Glorot, He and LeCun are
//! settings of one scaling law, [`Initializer::VarianceScaling`].

mod array;
pub(crate) mod base;
pub(crate) mod call;
pub mod catalogue;
mod draw;
pub(crate) mod family;
pub mod filter;
mod low_rank;
pub(crate) mod matrix;
mod moments;
mod orthogonal;
mod parametrized;
mod ranges;
mod recurrent;
mod scaled;
mod sparse;
mod state_space;
mod structured;
pub(crate) mod text;

pub use array::Array;
pub use filter::Filter;
pub use low_rank::LowRank;
pub use recurrent::{Gate, Gates, Recurrent};
pub use scaled::{Scaled, WalkActivation};
use serde::{Deserialize, Serialize};
pub use sparse::{Nonzeros, Sparse};
pub use state_space::{ComplexPart, StateSpace};
pub use structured::{HadamardOrder, IdentityKernel, MirroredPart, Structured};

use crate::Side;
use crate::dialect::DialectCall;

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Values given one by one.
    Array(Array),
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
        /// The axis that counts the columns; all other axes count the rows. They differ where there are more than
        /// two axes.
        columns: Side,
    },
    /// Other settings of the scaling law: SIREN, random walks, the spectral condition.
    Scaled(Scaled),
    /// A few normal weights a unit, zeros elsewhere.
    Sparse(Sparse),
    /// Matrices with a structure: identity, Hadamard, delta-orthogonal and the like.
    Structured(Structured),
    /// Convolution kernels that are filters: Dirac, delta- and convolution-orthogonal, bilinear, ICNR, STFT.
    Filter(Filter),
    /// Starts of recurrent cells.
    Recurrent(Recurrent),
    /// Starts of state-space models.
    StateSpace(StateSpace),
    /// Starts of low-rank adapters that need no weight.
    LowRank(LowRank),
    /// A name of another library, with that library's meaning.
    Dialect(DialectCall),
}

/// Calls a family's function on whichever family it is; base initializers go to `$base`.
macro_rules! dispatch {
    ($initializer:expr, $family:ident => $call:expr, else $base:expr) => {
        match $initializer {
            $crate::Initializer::Scaled($family) => $call,
            $crate::Initializer::Sparse($family) => $call,
            $crate::Initializer::Structured($family) => $call,
            $crate::Initializer::Filter($family) => $call,
            $crate::Initializer::Recurrent($family) => $call,
            $crate::Initializer::StateSpace($family) => $call,
            $crate::Initializer::LowRank($family) => $call,
            _ => $base,
        }
    };
}
pub(crate) use dispatch;
