//! What can go wrong while measuring, in one enum.

use thiserror::Error;

use crate::study::store::StoreError;

/// Why a study could not be run.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FeasibilityError {
    /// The caller asked to stop; what was finished is kept.
    #[error("interrupted; the trials that were finished are kept")]
    Interrupted,
    /// A setting out of range.
    #[error("{setting} is {found}; it must be {wanted}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What was given.
        found: String,
        /// What would work.
        wanted: String,
    },
    /// Gradients that overflow: around such weights the loss has no curvature.
    #[error(
        "the curvature is not finite (a direction of length {length}): the gradients around these weights overflow"
    )]
    NoCurvature {
        /// Length of the direction that was to be followed.
        length: f64,
    },
    /// Data and network that do not go together.
    #[error("the data ({data}) does not fit the network {network}: {problem}")]
    DataMismatch {
        /// Name of the data.
        data: String,
        /// The network's text.
        network: String,
        /// What does not fit and what would.
        problem: String,
    },
    /// An initializer whose draws no sampler can move.
    #[error(
        "no move is known that leaves {initializer} as it is on '{parameter}'; direct sampling draws it afresh each time"
    )]
    NoMove {
        /// The initializer.
        initializer: String,
        /// Name of the parameter.
        parameter: String,
    },
    /// A data-dependent start that cannot be had.
    #[error("{start} cannot correct {layer}: {problem}")]
    Start {
        /// Which start.
        start: &'static str,
        /// The layer.
        layer: String,
        /// What stands against it, and what would work.
        problem: String,
    },
    /// A worker thread died; this is a bug or a lack of memory.
    #[error("a worker stopped without a result: {problem}")]
    Worker {
        /// What it said.
        problem: String,
    },
    /// A network, weights or the engine.
    #[error(transparent)]
    Network(#[from] seedbed_network::error::NetworkError),
    /// An initializer or a prior.
    #[error(transparent)]
    Core(#[from] seedbed::Error),
    /// What the theory refuses.
    #[error(transparent)]
    Theory(#[from] seedbed_theory::TheoryError),
    /// The study's file.
    #[error(transparent)]
    Store(#[from] StoreError),
}
