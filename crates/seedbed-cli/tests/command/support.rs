//! Runs the built command in a fresh folder.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder of its own for one test.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The command with these words, ready to start in the folder.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seedbed"));
        command.args(words).current_dir(self.0.path());
        command
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        Ran::of(self.command(words).output().unwrap())
    }

    /// A recommendation small enough for a test: 20 steps, two learning rates, three candidates.
    pub fn recommend(&self, out: &str, more: &[&str]) -> Ran {
        self.run(&[&quick(out), more].concat())
    }

    /// What a folder holds, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(folder)).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// Words of a quick recommendation.
pub fn quick(out: &str) -> Vec<&str> {
    let mut words = vec!["recommend", "mlp(64, 16x2, 10, relu)", "--steps", "20", "--learning-rates", "0.01,0.1"];
    words.extend(["--prior", "zeros", "--prior", "he_normal", "--prior", "glorot_uniform", "--out", out]);
    words.extend(["--target", "1.5"]);
    words
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// One clear message on stderr that holds all these parts, exit 2, nothing on stdout.
    #[track_caller]
    pub fn is_refused_with(&self, parts: &[&str]) {
        assert_eq!(self.status, 2, "{self:?}");
        assert_eq!(self.stdout, "");
        assert_eq!(self.stderr.matches("error:").count(), 1, "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "'{part}' is not in: {}", self.stderr);
        }
    }

    /// Standard output with every run of white space as one space: sentences are wrapped.
    pub fn words(&self) -> String {
        self.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        assert!(self.status < 2, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}
