//! What was found, for the eye: terminal tables and HTML pages.
//!
//! - [`beliefs`]: what a prior believes, as text tables
//! - [`dimension`]: the intrinsic dimension from several priors, as a text table
//! - [`export`]: the trials of a study as CSV and Parquet
//! - [`mass`]: the solution mass of priors, as a text table
//! - [`parameters`]: a prior in the space of its weights, as text tables
//! - [`stated`]: a prior solved from stated beliefs, as text
//! - [`study`]: a study beside what was published, as text tables
//! - [`table`]: text tables for the terminal
//! - [`transfer`]: width and depth transfer, as a text table
//! - [`page`]: one HTML file with interactive charts, which works offline: of a recommendation, of beliefs
//!
//! Nothing is measured here and nothing is written to disk: a record
//! such as [`Recommendation`](seedbed_feasibility::record::Recommendation) goes in, text comes out.

#![forbid(unsafe_code)]

pub mod beliefs;
pub mod dimension;
mod error;
pub mod export;
pub mod mass;
pub mod page;
pub mod parameters;
pub mod stated;
pub mod study;
pub mod table;
pub mod transfer;

pub use error::ReportError;
