//! Activation functions: the nonlinearities a network's graph may hold, in f64.
//!
//! Here they are functions of one number, for theory and probes; `run` maps them to the engine.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::fmt;
use std::str::FromStr;

/// An elementwise nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// φ(z) = z.
    Identity,
    /// φ(z) = max(z, 0).
    Relu,
    /// φ(z) = z for z > 0, `slope`·z otherwise.
    LeakyRelu {
        /// Slope of the negative side; finite. PyTorch's default is 0.01.
        slope: f64,
    },
    /// φ(z) = tanh z.
    Tanh,
    /// φ(z) = 1 / (1 + e^−z).
    Sigmoid,
    /// φ(z) = z·Φ(z), exact (not the tanh approximation).
    Gelu,
    /// φ(z) = z·sigmoid(z), also called swish.
    Silu,
}
