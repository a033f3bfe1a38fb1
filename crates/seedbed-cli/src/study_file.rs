//! A network and a study in one TOML file.
//!
//! ```toml
//! network = "mlp(784, 256x20, 10, tanh)"   # or a table [network], see `seedbed_network::read::toml`
//!
//! [study]
//! data = "data/fashion"
//! optimizer = "momentum"
//! batch = 128
//! steps = 300
//! target = 0.5
//! seeds = 6
//! learning_rates = [1e-4, 1e-3, 1e-2]
//! priors = ["glorot_uniform", "orthogonal(gain=1.59)"]
//! out = "runs/fashion"
//! ```
//!
//! Every key of `[study]` may be left out. A flag on the command line wins over the file.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::arguments::Recommend;
use crate::failure::Failure;

/// The whole file; other tables are for other commands.
#[derive(Debug, Deserialize)]
struct File {
    #[serde(default)]
    study: Study,
}

/// The table `[study]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Study {
    data: Option<String>,
    label: Option<String>,
    out: Option<PathBuf>,
    optimizer: Option<String>,
    batch: Option<usize>,
    steps: Option<usize>,
    target: Option<f64>,
    seeds: Option<usize>,
    #[serde(default)]
    learning_rates: Vec<f64>,
    #[serde(default)]
    priors: Vec<String>,
}

/// Fills what the command line left open from the file's `[study]`.
pub fn fill(arguments: &Recommend, path: &Path) -> Result<Recommend, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Error(format!("cannot read {}: {error}", path.display())))?;
    let file: File = toml::from_str(&text).map_err(|error| Failure::Error(format!("{}: {error}", path.display())))?;
    let Study { data, label, out, optimizer, batch, steps, target, seeds, learning_rates, priors } = file.study;
    let or = |flags: &Vec<String>, file: Vec<String>| if flags.is_empty() { file } else { flags.clone() };
    Ok(Recommend {
        network: arguments.network.clone(),
        data: arguments.data.clone().or(data),
        label: arguments.label.clone().or(label),
        out: arguments.out.clone().or(out),
        priors: or(&arguments.priors, priors),
        optimizer: arguments.optimizer.clone().or(optimizer),
        steps: arguments.steps.or(steps),
        batch: arguments.batch.or(batch),
        target: arguments.target.or(target),
        seeds: arguments.seeds.or(seeds),
        learning_rates: if arguments.learning_rates.is_empty() {
            learning_rates
        } else {
            arguments.learning_rates.clone()
        },
        beliefs: arguments.beliefs.clone(),
        full: arguments.full,
        keeping: arguments.keeping.clone(),
    })
}
