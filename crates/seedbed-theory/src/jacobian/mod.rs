//! Singular values of the input-output Jacobian J = ∏ D_l W_l of wide networks.
//!
//! With q the length of every layer's pre-activations and μ_k = E φ′(z)^(2k), the squared singular values have mean
//! (σ_w² μ₁)^L and, over the mean squared, the variance L (μ₂/μ₁² − 1 − s₁), where s₁ is −1 for Gaussian weights and 0 for
//! orthogonal ones. All equal to 1 is *dynamical isometry*: orthogonal weights and an activation that is nearly linear
//! where signals lie. The ReLU, with μ₂/μ₁² = 2 at any q, can never have it.
//!
//! Where slopes are 0 or 1 (identity, relu, hardtanh) the whole law is known: [`Spectrum`].
//!
//! Sources: Saxe et al. (2014); Pennington, Schoenholz & Ganguli (2017, 2018).

mod spectrum;
#[cfg(test)]
mod tests;

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;

use crate::error::{TheoryError, at_least_one, not_negative};

pub use spectrum::{Spectrum, fuss_catalan_moment};

/// How a layer's weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightLaw {
    /// Independent elements; any law of the same variance gives the same spectrum at infinite width.
    Gaussian,
    /// Uniform over orthogonal matrices, times a gain.
    Orthogonal,
}

impl WeightLaw {
    /// s₁, the first coefficient of the S-transform of W Wᵀ.
    fn s1(self) -> f64 {
        match self {
            WeightLaw::Gaussian => -1.0,
            WeightLaw::Orthogonal => 0.0,
        }
    }
}

/// Moments of the squared slope φ′(z)², z ~ N(0, q).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlopeMoments {
    /// μ₁ = E φ′².
    pub first: f64,
    /// μ₂ = E φ′⁴.
    pub second: f64,
}

impl SlopeMoments {
    /// At length `q` ≥ 0; NaN for others.
    pub fn of(activation: Activation, q: f64) -> SlopeMoments {
        let [first, second] = gaussian_expectation(q, activation.kinks(), |z| {
            let square = activation.derivative(z).powi(2);
            [square, square * square]
        });
        SlopeMoments { first, second }
    }

    /// μ₂/μ₁² − 1: the relative variance of squared slopes; 0 for the identity, 1 for the ReLU.
    pub fn relative_variance(&self) -> f64 {
        self.second / (self.first * self.first) - 1.0
    }
}

/// The law of the squared singular values of the Jacobian of a wide network of equal layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JacobianLaw {
    /// The activation.
    pub activation: Activation,
    /// How the weights are drawn.
    pub weights: WeightLaw,
    /// Number of layers.
    pub depth: usize,
    weight_variance: f64,
    length: f64,
    slopes: SlopeMoments,
}

impl JacobianLaw {
    /// The law for weights of variance σ_w²/fan_in (orthogonal: gain σ_w) where pre-activations have the variance
    /// `length`; homogeneous activations do not depend on it.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::jacobian::{JacobianLaw, WeightLaw};
    /// let he = JacobianLaw::new(Activation::Relu, 2.0, 1.0, WeightLaw::Gaussian, 10)?;
    /// assert!((he.mean() - 1.0).abs() < 1e-12 && (he.relative_variance() - 20.0).abs() < 1e-11);
    /// let orthogonal = JacobianLaw::new(Activation::Identity, 1.0, 1.0, WeightLaw::Orthogonal, 10)?;
    /// assert!(orthogonal.relative_variance().abs() < 1e-12); // dynamical isometry
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    ///
    /// # Errors
    /// Depth 0, or a variance or a length that is negative or not finite.
    pub fn new(
        activation: Activation,
        weight_variance: f64,
        length: f64,
        weights: WeightLaw,
        depth: usize,
    ) -> Result<JacobianLaw, TheoryError> {
        at_least_one("depth", depth)?;
        let weight_variance = not_negative("weight variance", weight_variance)?;
        let length = not_negative("length", length)?;
        let slopes = SlopeMoments::of(activation, length);
        Ok(JacobianLaw { activation, weights, depth, weight_variance, length, slopes })
    }

    /// μ₁ and μ₂.
    pub fn slopes(&self) -> SlopeMoments {
        self.slopes
    }

    /// Mean squared singular value, (σ_w² μ₁)^L = χ^L.
    pub fn mean(&self) -> f64 {
        (self.weight_variance * self.slopes.first).powf(self.depth as f64)
    }

    /// Variance of the squared singular values over their mean squared, L (μ₂/μ₁² − 1 − s₁).
    pub fn relative_variance(&self) -> f64 {
        self.depth as f64 * (self.slopes.relative_variance() - self.weights.s1())
    }

    /// The whole law, where slopes are 0 or 1: identity, relu, hardtanh. `None` for others.
    pub fn spectrum(&self) -> Option<Spectrum> {
        let open = match self.activation {
            Activation::Identity => 1.0,
            Activation::Relu => 0.5,
            Activation::Hardtanh => self.slopes.first,
            _ => return None,
        };
        Some(Spectrum::new(open, self.weight_variance, self.weights, self.depth))
    }
}
