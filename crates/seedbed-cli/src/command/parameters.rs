//! `seedbed prior --parameters`.

use seedbed::Prior;
use seedbed_feasibility::parameters::{Request, parameters};
use seedbed_network::graph::Network;

use super::CONFIDENCE;
use crate::arguments::Everywhere;
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

const DRAWS: usize = 8;

/// Derives and measures every parameter under each prior, and of several how far each is from each other.
pub fn run(
    network: &Network,
    priors: &[Prior],
    draws: Option<usize>,
    everywhere: &Everywhere,
) -> Result<Outcome, Failure> {
    let draws = draws.unwrap_or(DRAWS);
    let request = Request { network, priors, draws, seed: everywhere.seed, confidence: CONFIDENCE };
    request.check()?;
    let found = progress::watched(everywhere, |progress| parameters(&request, everywhere.threads(), progress))?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&seedbed_report::parameters::parameters(&found, None))?,
    }
    Ok(Outcome::Fine)
}
