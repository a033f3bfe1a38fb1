//! One module a command.

pub mod dialects;
pub mod dimension;
pub mod draw;
pub mod explain;
pub mod folder;
pub mod init;
pub mod list;
pub mod mass;
pub mod parameters;
pub mod prior;
mod priors_on_data;
pub mod recommend;
pub mod stated;
pub mod study;
pub mod transfer;

/// Confidence of every interval that is printed.
const CONFIDENCE: f64 = 0.95;
