//! Stated beliefs: `seedbed prior --beliefs`, and the prior that `seedbed init --beliefs` draws.

use std::path::Path;

use seedbed::Prior;
use seedbed_feasibility::stated::solution;
use seedbed_network::graph::Network;
use seedbed_report::stated;
use seedbed_theory::beliefs::{Stated, solve};

use super::CONFIDENCE;
use crate::arguments::Everywhere;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Draws unless told: enough for an interval within the tenth that counts as met.
const DRAWS: usize = 128;

/// Solves for a prior, measures it and prints both.
pub fn run(
    network: &Network,
    beliefs: &Path,
    draws: Option<usize>,
    everywhere: &Everywhere,
) -> Result<Outcome, Failure> {
    let beliefs = read(beliefs)?;
    let found =
        solution(network, &beliefs, (draws.unwrap_or(DRAWS), everywhere.seed), CONFIDENCE, everywhere.threads())?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&stated::solution(&found, None))?,
    }
    Ok(if found.is_met() { Outcome::Fine } else { Outcome::Finding })
}

/// The solved prior alone; what was given up goes to stderr.
pub fn prior(network: &Network, beliefs: &Path, everywhere: &Everywhere) -> Result<Prior, Failure> {
    let answer = solve(network, &read(beliefs)?)?;
    for trade in &answer.trades {
        let (given_up, kept) = (trade.given_up.key(), trade.kept.key());
        output::note(everywhere, &format!("note: {given_up} = {} is given up for {kept}", trade.stated));
    }
    for warning in &answer.warnings {
        output::note(everywhere, &format!("warning: {warning}"));
    }
    Ok(answer.prior)
}

/// Reads a file of beliefs.
pub fn read(path: &Path) -> Result<Stated, Failure> {
    let failed = |problem: String| Failure::Error(format!("{}: {problem}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("cannot be read: {error}")))?;
    Stated::from_toml(&text).map_err(|error| failed(error.to_string()))
}
