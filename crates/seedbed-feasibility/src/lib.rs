//! What an initialization can reach, measured: probes, trials, studies, statistics and the recommendation.
//!
//! - [`believe`]: what a prior believes: each claim beside its theory and its measurement
//! - [`mass`]: the share of a prior that already solves, in bits
//! - [`curvature`]: extreme eigenvalues of the Hessian at given weights
//! - [`dimension`]: the smallest random subspace in which training from a prior gets there
//! - [`parameters`]: entropy, divergence and spectral norms of each parameter, derived beside drawn
//! - [`probe`]: what one draw shows before training, and several draws as beliefs held or broken
//! - [`trial`]: one training run from one draw, and how it ended
//! - [`study`]: paired trials on all cores, kept in SQLite as they end
//! - [`statistics`]: intervals and tests; every number comes as an [`Estimate`](statistics::Estimate)
//! - [`recommend`]: the main job, which prior to start from
//! - [`start`]: where training begins: a prior's draw, or one corrected on data
//! - [`stall`]: why a trial does not move, and when it left a plateau
//! - [`stated`]: stated beliefs, measured on draws of the prior solved for them
//! - [`stand_in`]: data where there are none
//! - [`transfer`]: whether a network behaves alike when it is wider or deeper, in numbers
//! - [`record`]: what it found, as plain data
//!
//! Nothing here prints; progress goes to a [`study::Observer`].

#![forbid(unsafe_code)]

pub mod believe;
pub mod curvature;
pub mod dimension;
pub mod error;
pub mod mass;
pub mod parameters;
pub mod probe;
pub mod recommend;
pub mod record;
mod singular;
pub mod stall;
pub mod stand_in;
pub mod start;
pub mod stated;
pub mod statistics;
pub mod study;
pub mod transfer;
pub mod trial;
