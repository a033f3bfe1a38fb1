//! Chores of this repository: `cargo xtask test` runs every test, `cargo xtask check` all that CI runs, `cargo xtask
//! reference` writes the reference page of the initializers.
//!
//! The Python tests run in a virtual environment under `target/`, made here on the first call.

#![forbid(unsafe_code)]
#![allow(clippy::print_stderr, reason = "a chore talks to the person who started it")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let chore = std::env::args().nth(1);
    let result = match chore.as_deref() {
        Some("test") => test(),
        Some("check") => check(),
        Some("reference") => write_reference(),
        _ => Err("say which chore: cargo xtask test | check | reference".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Formatting, lints and docs without a warning, then every test.
fn check() -> Result<(), String> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    run(cargo().args(["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    run(cargo().args(["doc", "--release", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    test()
}

/// The Rust tests, then the Python package and its tests.
fn test() -> Result<(), String> {
    run(cargo().args(["test", "--release", "--workspace", "--exclude", "seedbed-python"]))?;
    let python = virtual_environment()?;
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "./python[test]",
    ]))?;
    run(Command::new(&python).args(["-m", "pytest", "--quiet", "python/tests"]))
}

/// The test that says when the page is stale writes it.
fn write_reference() -> Result<(), String> {
    let test = ["test", "--quiet", "--release", "--package", "seedbed", "--test", "reference"];
    run(cargo().args(test).env("SEEDBED_REFERENCE", "write"))
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The interpreter of `target/python`, made if it is not there.
fn virtual_environment() -> Result<PathBuf, String> {
    let folder = Path::new("target").join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    eprintln!("xtask: {command:?}");
    let status = command.status().map_err(|error| format!("{command:?} did not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} failed ({status})")) }
}
