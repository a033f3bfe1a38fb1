//! How the command ends: exit 0 fine, 1 a finding, 2 an error, 130 interrupted.

use std::error::Error;
use std::process::ExitCode;

use seedbed_feasibility::error::FeasibilityError;

use crate::progress::INTERRUPTED_STATUS;

/// A command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to report.
    Fine,
    /// It found what it looks for: a check that failed, no prior that solves.
    Finding,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Fine => ExitCode::SUCCESS,
            Outcome::Finding => ExitCode::from(1),
        }
    }
}

/// A command that did not.
#[derive(Debug)]
pub enum Failure {
    /// Bad input, or a file that cannot be read or written.
    Error(String),
    /// Ctrl-C; the text says how to go on.
    Interrupted(String),
    /// Whoever read stdout has seen enough.
    ClosedPipe,
}

impl Failure {
    /// Says what happened on stderr and gives the exit status.
    pub fn report(self) -> ExitCode {
        match self {
            Failure::Error(message) => say("error: ", &message, ExitCode::from(2)),
            Failure::Interrupted(message) => say("", &message, ExitCode::from(INTERRUPTED_STATUS)),
            Failure::ClosedPipe => ExitCode::SUCCESS,
        }
    }
}

#[allow(clippy::print_stderr, reason = "errors go to stderr")]
fn say(prefix: &str, message: &str, status: ExitCode) -> ExitCode {
    eprintln!("{prefix}{message}");
    status
}

impl From<FeasibilityError> for Failure {
    fn from(error: FeasibilityError) -> Self {
        match error {
            FeasibilityError::Interrupted => Failure::Interrupted("interrupted".to_owned()),
            other => Failure::Error(chain(&other)),
        }
    }
}

macro_rules! failure_from {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Failure::Error(chain(&error))
            }
        })+
    };
}

failure_from!(
    seedbed::Error,
    seedbed_network::error::NetworkError,
    seedbed_network::data::DataError,
    seedbed_feasibility::study::store::StoreError,
    seedbed_report::ReportError,
    seedbed_theory::TheoryError,
);

/// The error and its sources, without saying anything twice.
fn chain(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let text = inner.to_string();
        if !message.contains(&text) {
            message = format!("{message}: {text}");
        }
        source = inner.source();
    }
    message
}
