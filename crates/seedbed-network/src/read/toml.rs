//! Networks in TOML: a table `[network]` with the shape of one example and a list of layers.
//!
//! ```toml
//! [network]
//! input = [1, 8, 8]
//! layers = [
//!   { kind = "conv2d", channels = 16 },
//!   { kind = "activation", function = "relu" },
//!   { kind = "max_pool", size = 2 },
//!   { kind = "flatten" },
//!   { kind = "residual", layers = [
//!       { kind = "layer_norm" },
//!       { kind = "dense", units = 256 },
//!       { kind = "activation", function = "relu" },
//!   ] },
//!   { kind = "dense", units = 10, name = "head" },
//! ]
//! ```
//!
//! In place of the table, `network = "mlp(64, 128x30, 10, relu)"` holds a shorthand.

use std::path::Path;

use seedbed::Shape;
use serde::Deserialize;

use crate::error::NetworkError;
use crate::graph::{Layer, Network};

/// A network as it stands in a TOML file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Description {
    /// The shorthand.
    Shorthand(String),
    /// Layer by layer.
    Layers(Layers),
}

/// Layer by layer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layers {
    /// Shape of one example, without the batch.
    pub input: Vec<usize>,
    /// The layers in execution order.
    pub layers: Vec<Layer>,
}

impl Description {
    /// Builds the network; `path` names the file in its text.
    ///
    /// # Errors
    /// As [`Network::build`], or a shorthand that does not parse.
    pub fn build(&self, path: &Path) -> Result<Network, NetworkError> {
        match self {
            Description::Shorthand(text) => text.parse(),
            Description::Layers(Layers { input, layers }) => {
                Network::build(&path.display().to_string(), &Shape::new(input.clone())?, layers)
            }
        }
    }
}

/// The part of a file that [`network`] reads; a study file holds more.
#[derive(Deserialize)]
struct File {
    network: toml::Value,
}

/// Reads the network of a TOML file; other tables in it are left alone.
///
/// # Errors
/// A missing file, TOML that does not parse (with line and column), or layers that do not fit.
pub fn network(path: &Path) -> Result<Network, NetworkError> {
    let text = std::fs::read_to_string(path).map_err(|source| NetworkError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    let file: File = toml::from_str(&text).map_err(|problem| refused(path, &problem))?;
    description(file.network).map_err(|problem| refused(path, &problem))?.build(path)
}

/// Tells which of the two forms a value has, so that an error speaks of the form that was meant.
///
/// # Errors
/// What the TOML reader says of a table that is no network.
pub fn description(value: toml::Value) -> Result<Description, toml::de::Error> {
    match value {
        toml::Value::String(text) => Ok(Description::Shorthand(text)),
        table => table.try_into().map(Description::Layers),
    }
}

fn refused(path: &Path, problem: &toml::de::Error) -> NetworkError {
    NetworkError::Toml { path: path.to_owned(), problem: problem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Network, NetworkError> {
        let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        network(file.path())
    }

    #[test]
    fn every_kind_of_layer() {
        let text = r#"
            [network]
            input = [1, 8, 8]
            layers = [
              { kind = "conv2d", channels = 4, kernel = 3 },
              { kind = "activation", function = "leaky_relu(slope=0.2)" },
              { kind = "max_pool", size = 2 },
              { kind = "conv2d", channels = 4 },
              { kind = "average_pool", size = 2 },
              { kind = "flatten" },
              { kind = "residual", layers = [{ kind = "layer_norm" }, { kind = "dense", units = 16 }] },
              { kind = "dense", units = 10, name = "head" },
            ]
            [study]
            steps = 3
        "#;
        let network = read(text).unwrap();
        assert_eq!(network.outputs(), 10);
        assert!(network.parameters.iter().any(|parameter| parameter.name == "head.weight"));
        assert!(network.parameters.iter().any(|parameter| parameter.name == "norm1.scale"));
    }

    #[test]
    fn a_wrong_key_is_named() {
        let message =
            read("[network]\ninput = [4]\nlayers = [{ kind = \"dense\", unit = 3 }]\n").unwrap_err().to_string();
        assert!(message.contains("unit"), "{message}");
    }

    #[test]
    fn a_shorthand_stands_in_place_of_the_table() {
        assert_eq!(read("network = \"mlp(4, 3, relu)\"").unwrap().outputs(), 3);
    }
}
