//! Reading networks: the shorthand and TOML files.

mod shorthand;
pub mod toml;

use std::path::Path;

use crate::error::NetworkError;
use crate::graph::Network;

/// Reads a network from a shorthand such as `mlp(64, 128x30, 10, relu)`, or from a `.toml` file.
///
/// # Errors
/// A shorthand that does not parse (with the place), a missing file, or a file that describes no network.
pub fn network(text: &str) -> Result<Network, NetworkError> {
    if text.trim_end().ends_with(".toml") { toml::network(Path::new(text.trim())) } else { text.parse() }
}
