//! What can go wrong when a report is made.

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The record could not be written as JSON.
    #[error("cannot write the record as JSON for the page: {0}")]
    Json(#[from] serde_json::Error),
    /// The page template lacks a place that has to be filled.
    #[error("the page template has no place called {name}; it must hold {{{{{name}}}}} once")]
    Template {
        /// The name of the place.
        name: &'static str,
    },
    /// A table could not be written for other programs.
    #[error("cannot write the trials as {format}: {problem}")]
    Export {
        /// The file format.
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
}
