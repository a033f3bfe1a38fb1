//! Results to stdout, notes to stderr.

use std::io::{ErrorKind, Write};

use serde::Serialize;

use crate::arguments::Everywhere;
use crate::failure::Failure;

/// Prints a result.
pub fn text(result: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{}", result.trim_end()).and_then(|()| out.flush());
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Error(format!("cannot write to stdout: {error}")),
    })
}

/// Prints a result as one JSON object.
pub fn json(result: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string_pretty(result).map_err(|error| Failure::Error(error.to_string()))?;
    text(&line)
}

/// Says something on stderr, unless the user wants quiet.
#[allow(clippy::print_stderr, reason = "notes go to stderr")]
pub fn note(everywhere: &Everywhere, message: &str) {
    if !everywhere.quiet {
        eprintln!("{message}");
    }
}

/// A word as a shell takes it.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
