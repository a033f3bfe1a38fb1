//! `seedbed prior --transfer`.

use seedbed::Prior;
use seedbed_feasibility::transfer::{Direction, Rates, Request, stand_in, transfer};
use seedbed_feasibility::trial::fits;
use seedbed_network::data::{self, Dataset, Source, digits};
use seedbed_network::graph::Network;

use crate::arguments::{self, Everywhere, Prior as Arguments};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::progress::{self, Progress};

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
    let (data, note) = data(arguments, network, everywhere.seed)?;
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
    progress::catch_interrupts();
    let progress = Progress::new(everywhere);
    let found = transfer(&request, everywhere.threads(), &progress);
    progress.finish();
    let found = found?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&seedbed_report::transfer::transfer(&found, None))?,
    }
    note.iter().for_each(|note| output::note(everywhere, note));
    Ok(if found.passed { Outcome::Fine } else { Outcome::Finding })
}

/// The data asked for; without any the digits, or where these do not fit, stand-in data and a note that says so.
fn data(arguments: &Arguments, network: &Network, seed: u64) -> Result<(Dataset, Option<String>), Failure> {
    if let Some(asked) = arguments.data.as_deref() {
        return Ok((data::read(&Source::parse(asked, arguments.label.as_deref())?)?, None));
    }
    let digits = digits();
    if fits(network, &digits).is_ok() {
        return Ok((digits, None));
    }
    let note = "note: the digits do not fit this network, so inputs and targets are independent standard normal numbers; \
                --data brings your own";
    Ok((stand_in(network, EXAMPLES, seed)?, Some(note.to_owned())))
}
