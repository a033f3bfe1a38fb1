//! What a network is: operations, parameters with roles and axes, execution order; the data it is
//! fed; and running it forward and backward.
//!
//! - [`graph`]: the [`Network`](graph::Network) and its building blocks
//! - [`read`]: networks from the shorthand `mlp(64, 128x30, 10, relu)`, `cnn(…)`, `rnn(…)`, `lstm(…)`, `gru(…)` and from TOML
//! - [`data`]: digits (embedded), IDX folders, CSV, NPY and NPZ files
//! - `run`: forward and backward on the engine; the only room that knows burn (feature `run`, on by default)
//! - [`mod@write`]: weights as safetensors

#![forbid(unsafe_code)]

pub mod data;
pub mod error;
pub mod graph;
pub mod read;
#[cfg(feature = "run")]
pub mod run;
pub mod write;
