//! Solution mass: the share of a prior that already solves, in nats or bits.
//!
//! P = P(loss ≤ ε) for a draw of the prior, before any training: how far the prior is from the solutions, as a number that does
//! not depend on an optimizer. −log₂ P bits of luck are what training has to supply.
//!
//! - [`landscape`]: a loss under a prior, as a function of independent normal coordinates
//! - [`direct`](mod@direct): guess and check, with an exact interval; enough where P is above about 1e-4
//! - [`splitting`](mod@splitting): subset simulation for what is rarer, with an interval from independent runs
//! - [`combined`]: that interval, and whether the runs found the same solutions
//! - [`exact`]: cases that are known exactly

pub mod combined;
pub mod direct;
pub mod exact;
pub mod landscape;
mod normals;
pub mod splitting;

pub use direct::{Direct, direct};
pub use landscape::{Function, Landscape};
pub use splitting::{Run, Settings, splitting};

#[cfg(test)]
mod tests;
