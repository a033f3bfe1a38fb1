//! A loss under a prior, as the samplers see it: a function of independent standard normal coordinates.

use crate::error::FeasibilityError;

/// A loss on points whose coordinates are independent N(0, 1) under the prior.
///
/// Any prior that is a function of such coordinates is one: independent laws through their quantiles, Haar matrices through
/// Gram and Schmidt, sparse patterns through the order of normal scores. So one move that leaves
/// N(0, I) as it is leaves every such prior as it is.
pub trait Landscape: Sync {
    /// Number of coordinates.
    fn dimension(&self) -> usize;

    /// The loss at a point; NaN counts as infinite.
    ///
    /// # Errors
    /// What keeps a network from running.
    fn loss(&self, coordinates: &[f64]) -> Result<f64, FeasibilityError>;
}

/// A function of normal coordinates as a landscape.
#[derive(Clone, Copy, Debug)]
pub struct Function<F> {
    dimension: usize,
    loss: F,
}

impl<F: Fn(&[f64]) -> f64 + Sync> Function<F> {
    /// `loss` of so many coordinates.
    pub fn new(dimension: usize, loss: F) -> Self {
        Function { dimension, loss }
    }
}

impl<F: Fn(&[f64]) -> f64 + Sync> Landscape for Function<F> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn loss(&self, coordinates: &[f64]) -> Result<f64, FeasibilityError> {
        Ok((self.loss)(coordinates))
    }
}

/// A loss that can be compared: NaN is as bad as can be.
pub(super) fn comparable(loss: f64) -> f64 {
    if loss.is_nan() { f64::INFINITY } else { loss }
}
