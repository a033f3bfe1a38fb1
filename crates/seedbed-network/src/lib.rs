//! What a network is: operations, parameters with roles and axes, execution order; the data it is
//! fed; and running it forward and backward.
//!
//! - [`graph`]: the [`Network`](graph::Network) and its building blocks
//! - [`read`]: networks from the shorthand `mlp(64, 128x30, 10, relu)` and from TOML
//! - [`data`]: digits (embedded), IDX folders, CSV, NPY and NPZ files
//! - [`run`]: forward and backward on the engine; the only room that knows burn
//! - [`mod@write`]: weights as safetensors
//!
//! ```
//! use seedbed_network::{graph::Network, run::{Runner, Batch}};
//!
//! let network: Network = "mlp(2, 8x2, 3, relu)".parse()?;
//! let weights = "he_normal".parse::<seedbed::Prior>()?.draw(&network.parameters, 0)?;
//! let runner = Runner::new(&network);
//! let batch = Batch { inputs: &[0.5, -1.0], labels: &[2] };
//! let step = runner.loss_and_gradients(&weights, &batch)?;
//! assert!(step.loss > 0.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod activation;
pub mod data;
pub mod error;
pub mod graph;
pub mod read;
pub mod run;
pub mod write;
