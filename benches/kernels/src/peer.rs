//! neural-tangents in a process of its own: a case goes in, seconds come out.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::case::Case;

const SCRIPT: &str = include_str!("../neural_tangents_peer.py");

/// A running Python.
#[derive(Debug)]
pub struct Peer {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts Python and imports neural-tangents.
    pub fn start(python: &Path) -> io::Result<Peer> {
        let mut process = Command::new(python)
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let missing = || io::Error::other("the peer has no pipe");
        let input = process.stdin.take().ok_or_else(missing)?;
        let output = BufReader::new(process.stdout.take().ok_or_else(missing)?);
        Ok(Peer { process, input, output })
    }

    /// Seconds of one run, and the most memory that the peer has held so far, in bytes.
    pub fn run(&mut self, case: Case) -> io::Result<(f64, usize)> {
        writeln!(self.input, "{}", case.name())?;
        self.input.flush()?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        let mut words = line.split_whitespace();
        let seconds = words.next().and_then(|word| word.parse().ok());
        let bytes = words.next().and_then(|word| word.parse().ok());
        seconds.zip(bytes).ok_or_else(|| io::Error::other("the peer failed; has its Python jax and neural-tangents?"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
