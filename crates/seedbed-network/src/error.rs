//! What can be wrong with a network, in one enum.

use std::path::PathBuf;

use thiserror::Error;

/// Why a network could not be read, built, run or written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A shorthand that does not parse; `position` counts bytes from 0 into `text`.
    #[error("bad network shorthand: {problem}\n  {text}\n  {pointer}\n  {advice}", pointer = pointer(text, *position))]
    Shorthand {
        /// The whole shorthand.
        text: String,
        /// Where the trouble begins, in bytes.
        position: usize,
        /// What is wrong there.
        problem: String,
        /// What would work.
        advice: String,
    },
    /// A layer that cannot take what comes before it.
    #[error("layer '{layer}' ({kind}) cannot take an input of shape {found}: {problem}")]
    Layer {
        /// Name of the layer.
        layer: String,
        /// Its kind, such as `dense`.
        kind: &'static str,
        /// The shape that arrives.
        found: String,
        /// What would work.
        problem: String,
    },
    /// Two layers with one name.
    #[error("two layers are called '{name}'; give each its own name")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// A network that cannot be made wider or deeper.
    #[error("{network} cannot be made {asked}: {problem}")]
    Scale {
        /// The network's text.
        network: String,
        /// What was asked for, such as `4 times wider`.
        asked: String,
        /// Why not.
        problem: String,
    },
    /// A network without a layer that holds weights.
    #[error("the network holds no weights; it needs at least one dense or conv2d layer")]
    NoWeights,
    /// A TOML file that does not hold what is looked for.
    #[error("{path}: {problem}")]
    Toml {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        problem: String,
    },
    /// Weights or inputs that do not fit the network.
    #[error("{what} holds {found} numbers where the network needs {needed}")]
    Mismatch {
        /// What does not fit.
        what: String,
        /// Numbers found.
        found: usize,
        /// Numbers needed.
        needed: usize,
    },
    /// A file that could not be read or written.
    #[error("cannot {action} {path}: {source}")]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The core crate refused a shape, fans or an initializer.
    #[error(transparent)]
    Core(#[from] seedbed::Error),
    /// The engine failed; this is a bug or a lack of memory, not bad input.
    #[error("the engine failed: {problem}")]
    Engine {
        /// What the engine said.
        problem: String,
    },
}

fn pointer(text: &str, position: usize) -> String {
    let columns = text.get(..position).map_or(0, |before| before.chars().count());
    format!("{}^", " ".repeat(columns))
}
