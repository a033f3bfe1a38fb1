//! `seedbed prior`.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use seedbed::Prior;
use seedbed_feasibility::believe::record::{Beliefs, Comparison};
use seedbed_feasibility::believe::{self, Request, compared};
use seedbed_feasibility::error::FeasibilityError;
use seedbed_feasibility::probe::PROBE_EXAMPLES;
use seedbed_feasibility::stand_in;
use seedbed_network::data::{self, Dataset, Source, digits};
use seedbed_network::graph::Network;
use seedbed_network::{read, write};
use seedbed_report::{beliefs, page};

use super::{CONFIDENCE, parameters, stated, transfer};
use crate::arguments::{DEFAULT_NETWORK, Everywhere, Prior as Arguments};
use crate::failure::{Failure, Outcome};
use crate::output::{self, quoted};
use crate::progress;

const DEFAULT_PRIOR: &str = "torch:default";
const DRAWS: usize = 32;

/// Runs the command.
pub fn run(arguments: &Arguments, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let network = read::network(arguments.network.as_deref().unwrap_or(DEFAULT_NETWORK))?;
    if let Some(beliefs) = arguments.beliefs.as_deref() {
        return stated::run(&network, beliefs, arguments.draws, everywhere);
    }
    let priors: Vec<Prior> = texts(arguments).into_iter().map(read::prior).collect::<Result<_, _>>()?;
    if arguments.parameters {
        return parameters::run(&network, &priors, arguments.draws, everywhere);
    }
    if let (Some(direction), [prior]) = (arguments.transfer, &priors[..]) {
        return transfer::run(arguments, &network, prior, direction, everywhere);
    }
    let fits = |data: &Dataset| data.example_shape.elements() == network.input().elements();
    let (data, stand_in) =
        data_for(arguments, &network, fits, || stand_in::inputs(&network, PROBE_EXAMPLES, everywhere.seed))?;
    let request = |prior| Request {
        network: &network,
        data: &data,
        prior,
        draws: draws(arguments),
        seed: everywhere.seed,
        confidence: CONFIDENCE,
    };
    priors.iter().try_for_each(|prior| request(prior).check())?;
    let mut found = Vec::with_capacity(priors.len());
    for prior in &priors {
        let mut beliefs: Beliefs = progress::watched(everywhere, |progress| {
            believe::believe(&request(prior), everywhere.threads(), progress)
        })?;
        beliefs.command = command_line(arguments, prior, everywhere.seed);
        beliefs.notes.splice(0..0, stand_in.clone());
        found.push(beliefs);
    }
    let held = found.iter().all(Beliefs::holds_its_claims);
    let found = compared(found);
    let page = arguments.out.as_deref().map(|folder| publish(folder, &found)).transpose()?;
    print(found, !arguments.compare.is_empty(), page.as_deref(), everywhere)?;
    Ok(if held { Outcome::Fine } else { Outcome::Finding })
}

fn draws(arguments: &Arguments) -> usize {
    arguments.draws.unwrap_or(DRAWS)
}

/// The priors asked for, in their order.
fn texts(arguments: &Arguments) -> Vec<&str> {
    match arguments.compare.as_slice() {
        [] => vec![arguments.prior.as_deref().unwrap_or(DEFAULT_PRIOR)],
        several => several.iter().map(String::as_str).collect(),
    }
}

/// The data asked for; without any the digits, or where these do not fit, stand-in data and a note that says so.
pub fn data_for(
    arguments: &Arguments,
    network: &Network,
    fits: impl Fn(&Dataset) -> bool,
    stand_in: impl FnOnce() -> Result<Dataset, FeasibilityError>,
) -> Result<(Dataset, Option<String>), Failure> {
    if let Some(asked) = arguments.data.as_deref() {
        return Ok((data::read(&Source::parse(asked, arguments.label.as_deref())?)?, None));
    }
    let digits = digits();
    if fits(&digits) {
        return Ok((digits, None));
    }
    let data = stand_in()?;
    let note = format!(
        "the digits do not fit {}; independent {} stand in, and --data brings your own",
        network.text, data.name
    );
    Ok((data, Some(note)))
}

fn command_line(arguments: &Arguments, prior: &Prior, seed: u64) -> String {
    let network = arguments.network.as_deref().unwrap_or(DEFAULT_NETWORK);
    let mut words = vec!["seedbed prior".to_owned(), quoted(network), "--prior".to_owned()];
    words.push(quoted(&prior.to_string()));
    for (flag, value) in [("--data", &arguments.data), ("--label", &arguments.label)] {
        words.extend(value.iter().flat_map(|value| [flag.to_owned(), quoted(value)]));
    }
    words.push(format!("--draws {} --seed {seed}", draws(arguments)));
    words.join(" ")
}

/// Writes the page; its path.
fn publish(folder: &Path, found: &Comparison) -> Result<PathBuf, Failure> {
    let failed = |what: &str, path: &Path, error: &dyn Display| {
        Failure::Error(format!("cannot {what} {}: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed("make the folder", folder, &error))?;
    let path = folder.join("prior.html");
    write::publish(&path, page::beliefs(found)?.as_bytes()).map_err(|error| failed("write", &path, &error))?;
    Ok(path)
}

fn print(
    mut found: Comparison,
    side_by_side: bool,
    page: Option<&Path>,
    everywhere: &Everywhere,
) -> Result<(), Failure> {
    let page = page.map_or_else(String::new, |path| format!("\n\npage  {}", path.display()));
    match (side_by_side, everywhere.json) {
        (true, true) => output::json(&found),
        (true, false) => {
            output::text(&format!("{}{page}", beliefs::comparison(&found, None)))?;
            notes(&found, everywhere);
            Ok(())
        }
        (false, json) => match found.priors.pop() {
            Some(prior) if json => output::json(&prior),
            Some(prior) => output::text(&format!("{}{page}", beliefs::beliefs(&prior, None))),
            None => Ok(()),
        },
    }
}

/// The notes of all priors, each once.
fn notes(found: &Comparison, everywhere: &Everywhere) {
    let mut said: Vec<&String> = Vec::new();
    for note in found.priors.iter().flat_map(|prior| &prior.notes) {
        if !said.contains(&note) {
            said.push(note);
            output::note(everywhere, &format!("note: {note}"));
        }
    }
}
