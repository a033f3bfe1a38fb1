//! `seedbed recommend`.

use std::borrow::Cow;
use std::path::Path;

use seedbed::{DataType, Prior};
use seedbed_feasibility::recommend::{self, Narrowing, Request, default_candidates, default_learning_rates};
use seedbed_feasibility::record::Recommendation;
use seedbed_feasibility::trial::{Optimizer, Plan};
use seedbed_network::data::{self, Dataset, Source};
use seedbed_network::graph::Network;
use seedbed_network::{read, write};
use seedbed_report::{page, table};

use super::CONFIDENCE;
use super::folder::Folder;
use crate::arguments::{DEFAULT_NETWORK, Everywhere, Recommend};
use crate::failure::{Failure, Outcome};
use crate::output::quoted;
use crate::progress;
use crate::{output, study_file};

const DEFAULT_OUT: &str = "seedbed-out";
const DEFAULT_SEEDS: usize = 6;
/// What the command writes besides the store.
const RESULTS: [&str; 2] = ["weights.safetensors", "report.html"];

/// Runs the command.
pub fn run(typed: &Recommend, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let arguments = filled(typed)?;
    let network = read::network(arguments.network.as_deref().unwrap_or(DEFAULT_NETWORK))?;
    let source = Source::parse(arguments.data.as_deref().unwrap_or("digits"), arguments.label.as_deref())?;
    let data = data::read(&source)?;
    let request = request(&arguments, &network, &data, everywhere.seed)?;
    request.check()?;
    let out = Folder::new(arguments.out.clone().unwrap_or_else(|| DEFAULT_OUT.into()));
    let store = out.open(&request.identity(), &RESULTS, &arguments.keeping, everywhere)?;
    let result =
        progress::watched(everywhere, |progress| recommend::recommend(&request, store, everywhere.threads(), progress));
    let mut found = result.map_err(|error| out.explain_interruption(error.into()))?;
    found.command = command_line(&arguments, everywhere.seed);
    publish(&request, &out, &mut found)?;
    print(&found, &out, everywhere)?;
    Ok(if found.recommended.is_some() { Outcome::Fine } else { Outcome::Finding })
}

fn filled(typed: &Recommend) -> Result<Cow<'_, Recommend>, Failure> {
    match &typed.network {
        Some(file) if file.trim_end().ends_with(".toml") => study_file::fill(typed, Path::new(file)).map(Cow::Owned),
        _ => Ok(Cow::Borrowed(typed)),
    }
}

fn request<'r>(
    arguments: &Recommend,
    network: &'r Network,
    data: &'r Dataset,
    seed: u64,
) -> Result<Request<'r>, Failure> {
    let optimizer: Optimizer = arguments.optimizer.as_deref().unwrap_or("momentum").parse()?;
    let default = Plan::default_with(optimizer);
    let candidates = if arguments.priors.is_empty() {
        default_candidates(network)?
    } else {
        arguments.priors.iter().map(|prior| read::prior(prior)).collect::<Result<_, _>>()?
    };
    Ok(Request {
        network,
        data,
        candidates,
        plan: Plan {
            batch: arguments.batch.unwrap_or(default.batch),
            steps: arguments.steps.unwrap_or(default.steps),
            target_loss: arguments.target.unwrap_or(default.target_loss),
            ..default
        },
        learning_rates: match &arguments.learning_rates[..] {
            [] => default_learning_rates(),
            given => given.to_vec(),
        },
        seeds: arguments.seeds.unwrap_or(DEFAULT_SEEDS),
        seed,
        confidence: CONFIDENCE,
        narrowing: match &arguments.beliefs {
            _ if arguments.full => Narrowing::None,
            Some(file) => Narrowing::ByBeliefs(Box::new(super::stated::read(file)?)),
            None => Narrowing::ByTheory,
        },
    })
}

/// Writes the weights of the recommended prior and the page.
fn publish(request: &Request, out: &Folder, found: &mut Recommendation) -> Result<(), Failure> {
    let weights = out.file("weights.safetensors");
    if let Some(recommended) = &found.recommended {
        let prior: Prior = recommended.parse()?;
        super::init::write_weights(&weights, request.network, &prior, request.seed, DataType::F32)?;
        found.weights = Some(weights.display().to_string());
    }
    let report = out.file("report.html");
    write::publish(&report, page::recommendation(found)?.as_bytes())
        .map_err(|error| Failure::Error(format!("cannot write {}: {error}", report.display())))
}

fn print(found: &Recommendation, out: &Folder, everywhere: &Everywhere) -> Result<(), Failure> {
    if everywhere.json {
        return output::json(found);
    }
    let mut text = table::recommendation(found, None);
    if let Some(weights) = &found.weights {
        text += &format!("\nweights  {weights}");
    }
    text += &format!("\nreport   {}", out.file("report.html").display());
    text += &format!("\nstudy    {}", out.file("study.db").display());
    output::text(&text)
}

/// The command that reproduces a recommendation.
fn command_line(arguments: &Recommend, seed: u64) -> String {
    let mut words = vec!["seedbed".to_owned(), "recommend".to_owned()];
    words.extend(arguments.network.as_deref().map(quoted));
    let mut flag = |name: &str, value: Option<String>| {
        words.extend(value.into_iter().flat_map(|value| [format!("--{name}"), quoted(&value)]));
    };
    flag("data", arguments.data.clone());
    flag("label", arguments.label.clone());
    flag("out", arguments.out.as_ref().map(|path| path.display().to_string()));
    arguments.priors.iter().for_each(|prior| flag("prior", Some(prior.clone())));
    flag("optimizer", arguments.optimizer.clone());
    flag("steps", arguments.steps.map(|steps| steps.to_string()));
    flag("batch", arguments.batch.map(|batch| batch.to_string()));
    flag("target", arguments.target.map(|target| target.to_string()));
    flag("seeds", arguments.seeds.map(|seeds| seeds.to_string()));
    let rates: Vec<String> = arguments.learning_rates.iter().map(f64::to_string).collect();
    flag("learning-rates", (!rates.is_empty()).then(|| rates.join(",")));
    flag("beliefs", arguments.beliefs.as_ref().map(|path| path.display().to_string()));
    flag("seed", (seed != 0).then(|| seed.to_string()));
    words.extend(arguments.full.then(|| "--full".to_owned()));
    words.join(" ")
}
