//! What an initialization believes, derived: gains, mean field, finite width.
//!
//! Pure mathematics in f64: no weights, no data, no randomness. Everywhere z is a pre-activation, Gaussian with
//! variance q, weights have variance σ_w²/fan_in and biases σ_b².
//!
//! - [`seedbed::quadrature`] and [`seedbed::gain`], in the core: expectations under a Gaussian, and the gains that follow
//! - [`bivariate`]: expectations under two correlated Gaussians, for the likeness of two inputs
//! - [`kernel`]: NNGP and NTK of a network, the prior over functions at infinite width
//! - [`evidence`]: what that prior says of data: marginal likelihood, prediction, training curves, spectra
//! - [`boolean`]: the prior over Boolean functions of real networks, by drawing
//! - [`mean_field`]: length, correlation and gradient through depth, at infinite width; the edge of chaos
//! - [`propagate`]: the same through a user's graph, node by node
//! - [`inverse`]: from a wanted output scale and correlation length to an initializer
//! - [`beliefs`]: from stated beliefs to the prior of a user's network, solved for
//! - [`jacobian`]: singular values of the input-output Jacobian, dynamical isometry
//! - [`finite_width`]: how far one draw strays from that, and what is exact at any width
//! - [`parameter_space`]: entropy, divergence between priors, spectral norms and the spectral condition

#![forbid(unsafe_code)]

pub mod beliefs;
pub mod bivariate;
pub mod boolean;
pub mod error;
pub mod evidence;
pub mod finite_width;
pub mod inverse;
pub mod jacobian;
pub mod kernel;
pub mod mean_field;
pub mod parameter_space;
pub mod propagate;

pub use error::TheoryError;
