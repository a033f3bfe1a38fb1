//! Neural network weight initialization: seeded, exact, addressed by element.
//!
//! Three ideas carry everything:
//!
//! - an [`Initializer`] is a distribution over one tensor, as plain data: it parses, prints and serializes
//! - a [`Parameter`] is a named tensor with a role and [`Axes`], from which its [`Fans`] follow; nothing is guessed
//! - a [`Stream`] gives the random words of one parameter, keyed by (seed, name) and indexed by element, so that
//!   a value depends on nothing else: not on threads, order, shards or the machine
//!
//! A [`Prior`] is an initializer for every parameter of a network.
//!
//! ```
//! use seedbed::{Initializer, Parameter};
//!
//! let weight = Parameter::convolution("stem.weight", 3, 64, &[7, 7], 1)?;
//! let he: Initializer = "he_normal".parse()?;
//! let values = he.draw(&weight, 7)?;
//! assert_eq!(he.element_variance(&weight)?, 2.0 / (3.0 * 49.0));
//! assert_eq!(values, he.draw(&weight, 7)?);
//! # Ok::<(), seedbed::Error>(())
//! ```
//!
//! No I/O, no framework, no global state.

// only the vector kernels allow it, each beside a safe twin
#![deny(unsafe_code)]

mod activation;
mod complex;
mod data_type;
pub mod dialect;
mod error;
mod fans;
mod initializer;
mod kernel;
mod layout;
pub mod low_rank;
mod parameter;
mod plan;
mod prior;
pub mod quadrature;
mod shape;
mod slice;
mod stream;
mod weight_matrix;

pub use activation::{Activation, gain};
pub use data_type::{DataType, F8E4M3, F8E5M2};
pub use error::Error;
pub use fans::{Axes, AxisRole, Fans, Side};
pub use initializer::{
    Array, ComplexPart, Distribution, FanMode, Filter, Gate, Gates, HadamardOrder, IdentityKernel, Initializer,
    LowRank, MirroredPart, Nonzeros, Recurrent, Scaled, Sparse, StateSpace, Structured, WalkActivation, catalogue,
    filter,
};
pub use layout::Layout;
pub use parameter::{Parameter, Role};
pub use plan::{Composition, Element, Facts, Law, Transform};
pub use prior::{Prior, RECIPES, Recipe, Rule, name_fits};
pub use shape::Shape;
pub use slice::{Region, Slice};
pub use stream::{Stream, philox, purpose};
pub use weight_matrix::WeightMatrix;
