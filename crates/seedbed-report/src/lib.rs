//! What was found, for the eye: terminal tables and HTML pages.
//!
//! - [`beliefs`]: what a prior believes, as text tables
//! - [`stated`]: a prior solved from stated beliefs, as text
//! - [`table`]: text tables for the terminal
//! - [`page`]: one HTML file with interactive charts, which works offline: of a recommendation, of beliefs
//!
//! Nothing is measured here and nothing is written to disk: a record
//! such as [`Recommendation`](seedbed_feasibility::record::Recommendation) goes in, text comes out.

#![forbid(unsafe_code)]

pub mod beliefs;
mod error;
pub mod page;
pub mod stated;
pub mod table;

pub use error::ReportError;
