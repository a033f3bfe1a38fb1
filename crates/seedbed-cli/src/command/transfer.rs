//! `seedbed prior --transfer`.

use seedbed::Prior;
use seedbed_feasibility::stand_in;
use seedbed_feasibility::transfer::{Direction, Rates, Request, transfer};
use seedbed_feasibility::trial::fits;
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;

use super::prior::data_for;
use crate::arguments::{self, Everywhere, Prior as Arguments};
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

/// Examples of stand-in data.
const EXAMPLES: usize = 64;

/// The coordinate check: a finding where a slope fails.
pub fn run(
    arguments: &Arguments,
    network: &Network,
    prior: &Prior,
    direction: arguments::Direction,
    everywhere: &Everywhere,
) -> Result<Outcome, Failure> {
    let fits = |data: &Dataset| fits(network, data).is_ok();
    let (data, note) =
        data_for(arguments, network, fits, || stand_in::inputs_and_targets(network, EXAMPLES, everywhere.seed))?;
    let direction = match direction {
        arguments::Direction::Width => Direction::Width,
        arguments::Direction::Depth => Direction::Depth,
    };
    let rates = match arguments.rates {
        arguments::Rates::Same => Rates::Same,
        arguments::Rates::Mup => Rates::MaximalUpdate,
    };
    let mut request = Request { rates, seed: everywhere.seed, ..Request::new(network, &data, prior, direction) };
    request.seeds = arguments.draws.unwrap_or(request.seeds);
    request.check()?;
    let found = progress::watched(everywhere, |progress| transfer(&request, everywhere.threads(), progress))?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&seedbed_report::transfer::transfer(&found, None))?,
    }
    note.iter().for_each(|note| output::note(everywhere, &format!("note: {note}")));
    Ok(if found.passed { Outcome::Fine } else { Outcome::Finding })
}
