//! `seedbed study`.

use std::path::Path;

use seedbed_feasibility::study::compare;
use seedbed_feasibility::study::design::Design;
use seedbed_feasibility::study::expectation::Verdict;
use seedbed_feasibility::study::record::StudyResult;
use seedbed_network::data::{self, Source};
use seedbed_network::graph::Network;
use seedbed_network::{read, write};
use seedbed_report::{page, study as table};

use super::CONFIDENCE;
use super::folder::Folder;
use crate::arguments::{Everywhere, Study};
use crate::failure::{Failure, Outcome};
use crate::output::{self, quoted};
use crate::progress;

/// What the command writes besides the store.
const RESULTS: [&str; 2] = ["results.json", "results.html"];

/// Runs the command.
pub fn run(arguments: &Study, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let design = design(&arguments.file)?;
    let networks = design.networks.iter().map(|text| read::network(text)).collect::<Result<Vec<Network>, _>>()?;
    let data = data::read(&Source::parse(&design.data, design.label.as_deref())?)?;
    let tasks = design.tasks(&networks)?;
    design.check(&tasks, &data)?;
    let out = Folder::new(arguments.out.clone().unwrap_or_else(|| arguments.file.with_extension("")));
    let identity = compare::identity(&design, &tasks, &data);
    let store = out.open(&identity, &RESULTS, arguments.resume, everywhere)?;
    let result = progress::watched(everywhere, |progress| {
        compare::compare(&design, &tasks, &data, CONFIDENCE, (store, everywhere.threads(), progress))
    });
    let mut found = result.map_err(|error| out.explain_interruption(error.into()))?;
    found.command = command_line(arguments);
    publish(&out, &found)?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&format!("{}\n{}", table::results(&found, None), out.written(&RESULTS)))?,
    }
    let disagrees = found.judged.iter().any(|judged| judged.verdict == Verdict::Disagrees);
    let unsolved = found.judged.is_empty() && found.tasks.iter().all(|task| task.best.is_none());
    Ok(if disagrees || unsolved { Outcome::Finding } else { Outcome::Fine })
}

fn design(file: &Path) -> Result<Design, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Error(format!("cannot read {}: {error}", file.display())))?;
    toml::from_str(&text).map_err(|error| Failure::Error(format!("{}: {error}", file.display())))
}

fn publish(out: &Folder, found: &StudyResult) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(found)
        .map_err(|error| Failure::Error(format!("cannot write the results as JSON: {error}")))?;
    for (name, text) in RESULTS.into_iter().zip([json, page::study(found)?]) {
        let path = out.file(name);
        write::publish(&path, text.as_bytes())
            .map_err(|error| Failure::Error(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(())
}

/// The command that reproduces a study.
fn command_line(arguments: &Study) -> String {
    let out = arguments.out.as_ref().map(|path| format!(" --out {}", quoted(&path.display().to_string())));
    format!("seedbed study {}{}", quoted(&arguments.file.display().to_string()), out.unwrap_or_default())
}
