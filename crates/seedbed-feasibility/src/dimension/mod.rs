//! Intrinsic dimension: the smallest random subspace in which training from a prior's draw gets there.
//!
//! θ = θ₀ + P z: θ₀ is a draw of the prior, P a random D × d matrix and z, which alone is trained, begins at 0. The intrinsic
//! dimension of a task from a start is the smallest d that reaches a share of what training all D parameters reaches, or a
//! training loss. A start from which a small random subspace already holds a solution has more of them near it.
//!
//! - [`projection`]: P, sparse and nested: the subspace of a smaller d lies in that of a larger one
//! - [`goal`]: what counts as getting there
//! - [`search`]: doubling and bisection over d
//! - [`train`]: one training run in a subspace
//! - [`measure`](mod@measure): all of it for a network, data and priors, as a [`record`]
//!
//! What differs from Li, Farkhoor, Liu & Yosinski (2018): priors are compared, so all are held to the best of their whole-space
//! results; a dimension is found for each seed (draw, subspace and order of the data) and the median reported with an interval,
//! where the paper shows the mean of a few runs over a grid of d; the learning rate is chosen for every d by the training loss.
//!
//! Not here: the volume of solutions before training, which is [`mass`](crate::mass).

pub mod goal;
pub mod measure;
pub mod projection;
pub mod record;
pub mod search;
pub mod train;

pub use goal::Goal;
pub use measure::{Request, measure};
pub use projection::Projection;
pub use record::{AttemptRecord, DimensionRecord, PriorDimension, SCHEMA, SeedDimension};
pub use search::Search;
pub use train::Training;

#[cfg(test)]
mod tests;
