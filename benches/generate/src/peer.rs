//! The peer: a Python process that fills torch tensors on request.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::case::Case;

/// A running `torch_peer.py`.
#[derive(Debug)]
pub struct Peer {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts it and says which torch it is.
    ///
    /// # Errors
    /// A Python that cannot be started or has no torch.
    pub fn start(python: &Path) -> io::Result<Peer> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/torch_peer.py");
        let mut process = Command::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let missing = || io::Error::other("the peer has no pipes");
        let questions = process.stdin.take().ok_or_else(missing)?;
        let answers = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        let mut peer = Peer { process, questions, answers };
        eprintln!("beside {}", peer.answer()?);
        Ok(peer)
    }

    /// Seconds of one fill.
    ///
    /// # Errors
    /// A peer that ended, or an answer that is no number.
    pub fn seconds(&mut self, case: &Case, threads: usize) -> io::Result<f64> {
        writeln!(self.questions, "{case} {threads}")?;
        self.questions.flush()?;
        let answer = self.answer()?;
        answer.parse().map_err(|_| io::Error::other(format!("the peer said '{answer}' to {case}")))
    }

    fn answer(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
