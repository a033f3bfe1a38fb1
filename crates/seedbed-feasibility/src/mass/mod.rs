//! Solution mass: the share of a prior that already solves, in nats or bits.
//!
//! P = P(loss ≤ ε) for a draw of the prior, before any training: how far the prior is from the solutions, as a number that does
//! not depend on an optimizer. −log₂ P bits of luck are what training has to supply.
//!
//! - [`landscape`]: a loss under a prior, as a function of independent normal coordinates
//! - [`direct`](mod@direct): guess and check, with an exact interval; enough where P is above about 1e-4
//! - [`splitting`](mod@splitting): subset simulation for what is rarer, with an interval from independent runs
//! - [`combined`]: that interval, and whether the runs found the same solutions
//! - [`chart`]: the coordinates of a prior: independent, orthogonal and sparse weights
//! - [`event`]: what counts as a solution of a network on data
//! - [`exact`]: cases that are known exactly
//! - [`measure`](mod@measure): all of it for a network, data and priors, as a [`record`]
//! - [`pac_bayes`]: the generalization that a mass promises
//! - [`within`](mod@within): the share of draws that become a solution within a budget of training

pub mod chart;
pub mod combined;
pub mod direct;
pub mod event;
pub mod exact;
pub mod landscape;
pub mod measure;
mod normals;
pub mod pac_bayes;
pub mod record;
pub mod splitting;
pub mod within;

pub use direct::{Direct, direct};
pub use event::{Event, Target};
pub use landscape::{Function, Landscape};
pub use measure::{Method, Request, first_examples, measure};
pub use record::{MassRecord, PriorMass, SCHEMA};
pub use splitting::{Run, Settings, splitting};
pub use within::{Budget, within};

#[cfg(test)]
mod tests;
