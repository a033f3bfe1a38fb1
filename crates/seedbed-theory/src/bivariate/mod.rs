//! Expectations of an activation under two correlated Gaussians: what passes of the likeness of two inputs.
//!
//! (u₁, u₂) ~ N(0, [[a, c], [c, b]]). E φ(u₁)φ(u₂) is one layer of the correlation map and of the NNGP kernel,
//! E φ′(u₁)φ′(u₂) one of the gradient's and of the NTK. Closed forms where there are any, quadrature to 1e-10 otherwise.

pub mod closed;
mod product;

use seedbed::Activation;

/// E φ(u₁)φ(u₂) and E φ′(u₁)φ′(u₂).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bivariate {
    /// E φ(u₁)φ(u₂).
    pub product: f64,
    /// E φ′(u₁)φ′(u₂).
    pub derivative_product: f64,
}

/// Both expectations for variances `a`, `b` ≥ 0 and covariance `c`, |c| ≤ √(ab); what exceeds that by rounding counts
/// as ±√(ab).
///
/// Closed forms, to about 1e-15 of √(E φ(u₁)² E φ(u₂)²), for identity, relu, leaky_relu, relu_squared, erf, sin and
/// gelu, in nanoseconds; in a loop over pairs call [`closed`]'s directly and it becomes vector code. The other
/// activations by quadrature to 1e-10, in about a millisecond.
///
/// At c = √(ab) of two equal inputs (a = b = c) the derivatives' product is exact: 1/2 for the ReLU, where an
/// arccosine would be off by 1e-8.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::bivariate::bivariate;
/// let independent = bivariate(Activation::Relu, 1.0, 1.0, 0.0);
/// assert!((independent.product - 0.5 / std::f64::consts::PI).abs() < 1e-15);
/// assert!((independent.derivative_product - 0.25).abs() < 1e-15);
/// ```
///
/// Sources: Cho & Saul (2009) for the rectifiers, Williams (1998) for erf; GELU is derived in Tsuchida et al. (2021).
#[inline]
pub fn bivariate(activation: Activation, a: f64, b: f64, c: f64) -> Bivariate {
    match activation {
        Activation::Identity => closed::identity(a, b, c),
        Activation::Relu => closed::relu(a, b, c),
        Activation::LeakyRelu { slope } => closed::leaky_relu(slope, a, b, c),
        Activation::ReluSquared => closed::relu_squared(a, b, c),
        Activation::Erf => closed::erf(a, b, c),
        Activation::Sin => closed::sin(a, b, c),
        Activation::Gelu => closed::gelu(a, b, c),
        _ => bivariate_of(|z| (activation.value(z), activation.derivative(z)), activation.kinks(), a, b, c),
    }
}

/// Whether [`bivariate`] has a closed form for an activation.
pub fn has_closed_form(activation: Activation) -> bool {
    use Activation::{Erf, Gelu, Identity, LeakyRelu, Relu, ReluSquared, Sin};
    matches!(activation, Identity | Relu | LeakyRelu { .. } | ReluSquared | Erf | Sin | Gelu)
}

/// The same for any function, given as z ↦ (φ(z), φ′(z)) and the points where φ or φ′ jumps, by quadrature.
///
/// Relative accuracy 1e-10 for functions that bend no faster than tanh. NaN for a negative or not finite variance.
///
/// ```
/// let square = seedbed_theory::bivariate::bivariate_of(|z| (z * z, 2.0 * z), &[], 2.0, 1.0, 0.5);
/// assert!((square.product - 2.5).abs() < 1e-12); // ab + 2c²
/// assert!((square.derivative_product - 2.0).abs() < 1e-12); // 4c
/// ```
pub fn bivariate_of(function: impl Fn(f64) -> (f64, f64), kinks: &[f64], a: f64, b: f64, c: f64) -> Bivariate {
    product::expectation(function, kinks, a, b, c)
}

#[cfg(test)]
mod tests;
