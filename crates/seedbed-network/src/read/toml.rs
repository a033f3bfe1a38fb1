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
//! The other kinds are `average_pool`, `batch_norm`, `dropout` (`rate = 0.1`), and over a sequence, whose `input` is `[time, features]`, `rnn`, `lstm` and `gru`:
//! `{ kind = "rnn", units = 64, activation = "relu", returns = "all" }`. They return the `"last"` state unless told.
//! `attention` (`heads = 4`, `scaling = "linear"` to divide the scores by a head's features), `position` and `average_steps` are what else a transformer is made of.
//!
//! In place of the table, `network = "mlp(64, 128x30, 10, relu)"` holds a shorthand.

use std::path::Path;

use seedbed::{Prior, Shape};
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

/// Reads the network of a TOML file; other tables in it are left alone.
///
/// # Errors
/// A missing file, TOML that does not parse (with line and column), or layers that do not fit.
pub fn network(path: &Path) -> Result<Network, NetworkError> {
    let value = entry(path, "network", "a table [network] with input and layers, or network = \"mlp(…)\"")?;
    description(value).map_err(|problem| refused(path, &problem))?.build(path)
}

/// Reads the prior of a TOML file: `prior = "he_normal"`, or a table `[prior]` of name patterns to initializers, of
/// which the first that matches holds:
///
/// ```toml
/// [prior]
/// "head.*" = "zeros"
/// "*.weight" = "orthogonal(gain=1.4142135)"
/// ```
///
/// # Errors
/// A missing file, TOML that does not parse, or a text that is no initializer.
pub fn prior(path: &Path) -> Result<Prior, NetworkError> {
    let value = entry(path, "prior", "prior = \"he_normal\", or a table [prior] of name patterns")?;
    value.try_into().map_err(|problem: toml::de::Error| refused(path, &problem))
}

/// One top-level entry of a file.
fn entry(path: &Path, key: &str, wanted: &str) -> Result<toml::Value, NetworkError> {
    let text = std::fs::read_to_string(path).map_err(|source| NetworkError::File {
        action: "read",
        path: path.to_owned(),
        source,
    })?;
    let mut table: toml::Table = toml::from_str(&text).map_err(|problem| refused(path, &problem))?;
    table.remove(key).ok_or_else(|| NetworkError::Toml {
        path: path.to_owned(),
        problem: format!("it has no '{key}'; it needs {wanted}"),
    })
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
    fn recurrent_layers() {
        let text = r#"
            [network]
            input = [7, 2]
            layers = [
              { kind = "rnn", units = 5, activation = "relu", returns = "all" },
              { kind = "layer_norm" },
              { kind = "gru", units = 4, returns = "all" },
              { kind = "lstm", units = 3, name = "memory" },
              { kind = "dense", units = 1 },
            ]
        "#;
        let network = read(text).unwrap();
        assert_eq!(network.outputs(), 1);
        assert_eq!(network.parameters.iter().find(|p| p.name == "memory.recurrent").unwrap().shape.to_string(), "12x3");
    }

    #[test]
    fn a_wrong_key_is_named() {
        let message =
            read("[network]\ninput = [4]\nlayers = [{ kind = \"dense\", unit = 3 }]\n").unwrap_err().to_string();
        assert!(message.contains("unit"), "{message}");
    }

    #[test]
    fn a_table_of_patterns_keeps_its_order() {
        let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        let text = "[prior]\n\"z*.weight\" = \"zeros\"\n\"*.weight\" = \"he_normal\"\n\"a*\" = \"ones\"\n";
        std::fs::write(file.path(), text).unwrap();
        assert_eq!(prior(file.path()).unwrap().to_string(), "{z*.weight=zeros; *.weight=he_normal; a*=ones}");
        assert!(network(file.path()).unwrap_err().to_string().contains("no 'network'"));
    }

    #[test]
    fn a_shorthand_stands_in_place_of_the_table() {
        assert_eq!(read("network = \"mlp(4, 3, relu)\"").unwrap().outputs(), 3);
    }
}
