//! The `seedbed` command: arguments in, one call, results out.

#![forbid(unsafe_code)]

mod arguments;
mod command;
mod failure;
mod output;
mod progress;
mod study_file;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use failure::{Failure, Outcome};

/// The system's allocator gives the memory of every batch back and faults it in again: a tenth to a third of a trial's time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(outcome) => outcome.into(),
        Err(failure) => failure.report(),
    }
}

fn run(arguments: Arguments) -> Result<Outcome, Failure> {
    let everywhere = &arguments.everywhere;
    match arguments.command.unwrap_or_else(|| Command::Recommend(Box::default())) {
        Command::Recommend(arguments) => command::recommend::run(&arguments, everywhere),
        Command::Init(arguments) => command::init::run(&arguments, everywhere),
        Command::Draw(arguments) => command::draw::run(&arguments, everywhere),
        Command::Explain(arguments) => command::explain::run(&arguments, everywhere),
        Command::Prior(arguments) => command::prior::run(&arguments, everywhere),
        Command::Mass(arguments) => command::mass::run(&arguments, everywhere),
        Command::Dimension(arguments) => command::dimension::run(&arguments, everywhere),
        Command::Study(arguments) => command::study::run(&arguments, everywhere),
        Command::List(arguments) => command::list::run(&arguments, everywhere),
    }
}
