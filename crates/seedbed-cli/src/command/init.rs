//! `seedbed init`, and the writing of weights that other commands share.

use std::path::Path;

use seedbed::{DataType, Parameter, Prior, Slice};
use seedbed_network::graph::Network;
use seedbed_network::read;
use seedbed_network::write::{self, Metadata};
use serde_json::json;

use super::stated;
use crate::arguments::{Everywhere, Init};
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

/// Runs the command.
pub fn run(arguments: &Init, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let network = read::network(&arguments.network)?;
    let prior = match arguments.beliefs.as_deref() {
        Some(beliefs) => stated::prior(&network, beliefs, everywhere)?,
        None => read::prior(arguments.prior.as_deref().unwrap_or_default())?,
    };
    let data_type: DataType = arguments.dtype.parse()?;
    progress::catch_interrupts();
    write_weights(&arguments.out, &network, &prior, everywhere.seed, data_type)?;
    let path = arguments.out.display().to_string();
    let (tensors, scalars) = (network.parameters.len(), network.scalar_parameters());
    if everywhere.json {
        output::json(&json!({
            "schema": "seedbed.init/1",
            "weights": path,
            "network": network.text,
            "prior": prior.to_string(),
            "seed": everywhere.seed,
            "dtype": data_type.to_string(),
            "tensors": tensors,
            "parameters": scalars,
        }))?;
    } else {
        output::text(&format!(
            "{path}: {scalars} parameters in {tensors} tensors ({data_type}), drawn from {prior} with seed {}",
            everywhere.seed
        ))?;
    }
    Ok(Outcome::Fine)
}

/// Writes a draw of `prior`, with all that re-creates it in the file's metadata.
pub fn write_weights(
    path: &Path,
    network: &Network,
    prior: &Prior,
    seed: u64,
    data_type: DataType,
) -> Result<(), Failure> {
    let metadata: Metadata = [
        ("format", "pt".to_owned()),
        ("seedbed.network", network.text.clone()),
        ("seedbed.prior", prior.to_string()),
        ("seedbed.seed", seed.to_string()),
        ("seedbed.version", env!("CARGO_PKG_VERSION").to_owned()),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    let draw = |parameter: &Parameter, write: &mut dyn FnMut(&[u8]) -> Result<(), Failure>| {
        prior.initializer(parameter)?.draw_pieces(parameter, seed, &Slice::whole(), data_type, |piece| {
            progress::stop_writing_if_interrupted()?;
            write(piece)
        })
    };
    write::safetensors(path, &network.parameters, data_type, &metadata, draw)
}
