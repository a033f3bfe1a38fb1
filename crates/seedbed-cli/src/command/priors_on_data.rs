//! What `mass` and `dimension` are asked about: priors of a network on some examples.

use seedbed::Prior;
use seedbed_feasibility::mass::first_examples;
use seedbed_network::data::{self, Dataset, Source};
use seedbed_network::graph::Network;
use seedbed_network::read;

use crate::arguments;
use crate::failure::Failure;

/// The arguments, read.
pub struct PriorsOnData {
    pub network: Network,
    pub priors: Vec<Prior>,
    pub data: Dataset,
}

impl PriorsOnData {
    /// Reads the network, the priors and as many examples as were asked for.
    pub fn read(arguments: &arguments::PriorsOnData) -> Result<PriorsOnData, Failure> {
        let network = read::network(&arguments.network)?;
        let priors = arguments.priors.iter().map(|prior| read::prior(prior)).collect::<Result<_, _>>()?;
        let all = data::read(&Source::parse(&arguments.data, arguments.label.as_deref())?)?;
        let data = match arguments.examples {
            Some(examples) => first_examples(all, examples)?,
            None => all,
        };
        Ok(PriorsOnData { network, priors, data })
    }
}
