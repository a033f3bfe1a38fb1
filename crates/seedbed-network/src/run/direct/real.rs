//! What the number types compute with.

use std::ops::AddAssign;

use faer::traits::ComplexField;
use num_traits::Float;

use super::tanh;

/// `f32` or `f64`: arithmetic, the elementary functions, and faer's products.
pub trait Real: Float + AddAssign + ComplexField {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// Widened, exactly.
    fn wide(self) -> f64;
    /// The error function.
    fn error_function(self) -> Self;
    /// The hyperbolic tangent; see [`tanh`](super::tanh).
    fn hyperbolic_tangent(self) -> Self;
}

impl Real for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }

    fn wide(self) -> f64 {
        f64::from(self)
    }

    fn error_function(self) -> f32 {
        libm::erff(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> f32 {
        tanh::single(self)
    }
}

impl Real for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    fn wide(self) -> f64 {
        self
    }

    fn error_function(self) -> f64 {
        libm::erf(self)
    }

    #[inline(always)]
    fn hyperbolic_tangent(self) -> f64 {
        tanh::double(self)
    }
}
