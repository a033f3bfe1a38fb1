//! What can be wrong with what is asked of the theory, in one enum.

use thiserror::Error;

/// Why a prediction, a kernel, an evidence or a prior over functions could not be had.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum TheoryError {
    /// An operation without an infinite-width kernel here.
    #[error("{operation} '{node}' has no kernel: {problem}")]
    NoKernel {
        /// Name of the node.
        node: String,
        /// What it computes, such as `max_pool`.
        operation: String,
        /// Why, and what would work.
        problem: String,
    },
    /// An operation that is no layer of a plain network.
    #[error("{operation} '{node}' has no closed form: {problem}")]
    NoClosedForm {
        /// Name of the node.
        node: String,
        /// What it computes, such as `lstm`.
        operation: &'static str,
        /// Why, and what would work.
        problem: &'static str,
    },
    /// A network whose Boolean functions are not counted here.
    #[error("'{node}' cannot be drawn over Boolean inputs: {problem}")]
    NotBoolean {
        /// Name of the node.
        node: String,
        /// Why, and what would work.
        problem: String,
    },
    /// A setting out of range.
    #[error("{setting} is {found}; it must be {allowed}")]
    Setting {
        /// Which one, such as `noise variance`.
        setting: &'static str,
        /// What was given.
        found: String,
        /// What would work.
        allowed: &'static str,
    },
    /// Numbers that do not make up whole examples, or whose counts do not fit each other.
    #[error("{what} holds {found} numbers; {needed}")]
    Size {
        /// What does not fit.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// What would fit.
        needed: String,
    },
    /// More memory than allowed, found before the work starts.
    #[error("{what} needs {needed} bytes of memory and {allowed} are allowed; {advice}")]
    Memory {
        /// What was asked for.
        what: String,
        /// Bytes needed.
        needed: usize,
        /// Bytes allowed.
        allowed: usize,
        /// What would work.
        advice: &'static str,
    },
    /// A matrix that is not positive definite, whatever is added to its diagonal within reason.
    #[error("the kernel of {examples} examples is not positive definite, even with {jitter:e} added to its diagonal")]
    NotPositive {
        /// Its number of rows.
        examples: usize,
        /// The most that was added.
        jitter: f64,
    },
    /// What no initialization of this kind can have.
    #[error("{asked} cannot be had: {problem}")]
    Impossible {
        /// What was asked for.
        asked: String,
        /// Why not, and what would work.
        problem: String,
    },
    /// A statement of beliefs that cannot be read.
    #[error("the beliefs cannot be read: {problem}")]
    Beliefs {
        /// What is wrong, and what would work.
        problem: String,
    },
    /// The core refused an initializer or a parameter.
    #[error("{0}")]
    Core(String),
}

impl From<seedbed::Error> for TheoryError {
    fn from(error: seedbed::Error) -> TheoryError {
        TheoryError::Core(error.to_string())
    }
}

/// A setting that must be a finite number of at least 0.
pub(crate) fn not_negative(setting: &'static str, found: f64) -> Result<f64, TheoryError> {
    in_range(setting, found, found >= 0.0, "a finite number of at least 0")
}

/// A setting that must be a finite number above 0.
pub(crate) fn positive(setting: &'static str, found: f64) -> Result<f64, TheoryError> {
    in_range(setting, found, found > 0.0, "a finite number above 0")
}

fn in_range(setting: &'static str, found: f64, good: bool, allowed: &'static str) -> Result<f64, TheoryError> {
    if good && found.is_finite() {
        return Ok(found);
    }
    Err(TheoryError::Setting { setting, found: found.to_string(), allowed })
}

/// A number of layers or steps, at least 1.
pub(crate) fn at_least_one(setting: &'static str, found: usize) -> Result<usize, TheoryError> {
    if found > 0 {
        return Ok(found);
    }
    Err(TheoryError::Setting { setting, found: found.to_string(), allowed: "at least 1" })
}
