//! A prior in the space of the weights: how spread out it is, how far from another, and how large its matrices are.
//!
//! - [`mod@entropy`]: entropy of one parameter, in nats, with what is discrete and what is spread out told apart
//! - [`mod@divergence`]: Kullback–Leibler divergence from one prior of a parameter to another, in nats
//! - [`marchenko_pastur`]: the law of the singular values of wide matrices of independent elements
//! - [`mod@spectral_norm`]: the largest singular value, derived from the prior and measured on a draw
//! - [`spectral_condition`]: how far that is from √(fan_out/fan_in), where features learn at any width (muP)
//! - [`facts`]: all of it for one parameter
//!
//! Everything speaks of the law that is drawn from, before values are rounded to a number type.

pub mod divergence;
mod element;
pub mod entropy;
pub mod facts;
pub mod marchenko_pastur;
mod normal_mass;
mod sparse_norm;
pub mod spectral_condition;
pub mod spectral_norm;

pub use divergence::{Divergence, divergence};
pub use entropy::{Entropy, Support, entropy};
pub use facts::{MatrixFacts, ParameterFacts, parameter_facts};
pub use marchenko_pastur::MarchenkoPastur;
pub use spectral_condition::SpectralCondition;
pub use spectral_norm::{NormLaw, predicted_norms, spectral_norm};
