//! Reading networks: the shorthand and TOML files.

mod shorthand;
pub mod toml;

use std::path::Path;

use seedbed::Prior;

use crate::error::NetworkError;
use crate::graph::Network;

/// Reads a network from a shorthand such as `mlp(64, 128x30, 10, relu)`, or from a `.toml` file.
///
/// # Errors
/// A shorthand that does not parse (with the place), a missing file, or a file that describes no network.
pub fn network(text: &str) -> Result<Network, NetworkError> {
    if text.trim_end().ends_with(".toml") { toml::network(Path::new(text.trim())) } else { text.parse() }
}

/// Reads a prior from its text, or from the entry `prior` of a `.toml` file: a text, or a table of name patterns.
///
/// # Errors
/// A text that does not parse, a missing file, or a file without a prior.
pub fn prior(text: &str) -> Result<Prior, NetworkError> {
    if text.trim_end().ends_with(".toml") { toml::prior(Path::new(text.trim())) } else { Ok(text.parse()?) }
}
