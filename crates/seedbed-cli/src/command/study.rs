//! `seedbed study`.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use seedbed_feasibility::study::compare;
use seedbed_feasibility::study::design::Design;
use seedbed_feasibility::study::expectation::Verdict;
use seedbed_feasibility::study::record::StudyResult;
use seedbed_feasibility::study::store::Store;
use seedbed_network::data::{self, Source};
use seedbed_network::graph::Network;
use seedbed_network::{read, write};
use seedbed_report::export::{self, Format};
use seedbed_report::{page, study as table};

use super::CONFIDENCE;
use super::folder::Folder;
use crate::arguments::{Everywhere, Study, TableFormat};
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
    let files = files(arguments);
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    let store = Mutex::new(out.open(&identity, &names, &arguments.keeping, everywhere)?);
    let result = progress::watched(everywhere, |progress| {
        compare::compare(&design, &tasks, &data, CONFIDENCE, (&store, everywhere.threads(), progress))
    });
    let mut found = result.map_err(|error| out.explain_interruption(error.into()))?;
    found.command = command_line(arguments);
    publish(&out, &found)?;
    let store = store.into_inner().unwrap_or_else(PoisonError::into_inner);
    export(&out, &found, &store, &arguments.export)?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&format!("{}\n{}", table::results(&found, None), out.written(&names)))?,
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

/// Names of the files that will be written.
fn files(arguments: &Study) -> Vec<String> {
    let of_format = |&format: &TableFormat| export::TABLES.map(|table| table_file(table, format.into()));
    RESULTS.map(str::to_owned).into_iter().chain(arguments.export.iter().flat_map(of_format)).collect()
}

fn table_file(table: &str, format: Format) -> String {
    format!("{table}.{}", format.ending())
}

impl From<TableFormat> for Format {
    fn from(format: TableFormat) -> Format {
        match format {
            TableFormat::Csv => Format::Csv,
            TableFormat::Parquet => Format::Parquet,
        }
    }
}

fn publish(out: &Folder, found: &StudyResult) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(found)
        .map_err(|error| Failure::Error(format!("cannot write the results as JSON: {error}")))?;
    RESULTS.into_iter().zip([json, page::study(found)?]).try_for_each(|(name, text)| put(out, name, text.as_bytes()))
}

/// The trials of the store as tables, in each of the formats.
fn export(out: &Folder, found: &StudyResult, store: &Store, formats: &[TableFormat]) -> Result<(), Failure> {
    if formats.is_empty() {
        return Ok(());
    }
    let trials = store.trials()?;
    for &format in formats {
        let tables = export::study(found, &trials, format.into())?;
        for (table, bytes) in export::TABLES.into_iter().zip(tables) {
            put(out, &table_file(table, format.into()), &bytes)?;
        }
    }
    Ok(())
}

fn put(out: &Folder, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = out.file(name);
    write::publish(&path, bytes).map_err(|error| Failure::Error(format!("cannot write {}: {error}", path.display())))
}

/// The command that reproduces a study.
fn command_line(arguments: &Study) -> String {
    let out = arguments.out.as_ref().map(|path| format!(" --out {}", quoted(&path.display().to_string())));
    format!("seedbed study {}{}", quoted(&arguments.file.display().to_string()), out.unwrap_or_default())
}
