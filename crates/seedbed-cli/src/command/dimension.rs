//! `seedbed dimension`.

use seedbed_feasibility::dimension::{Goal, Request, Training, measure};

use super::CONFIDENCE;
use super::priors_on_data::PriorsOnData;
use crate::arguments::{Dimension, Everywhere};
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

/// Runs the command: a finding where a prior's draws do not get there even in the whole space.
pub fn run(arguments: &Dimension, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let PriorsOnData { network, priors, data } = PriorsOnData::read(&arguments.on_data)?;
    let request = Request {
        network: &network,
        data: &data,
        priors: &priors,
        goal: arguments.target.map_or(Goal::Share(arguments.share), Goal::Loss),
        training: Training {
            optimizer: arguments.optimizer.parse()?,
            schedule: arguments.schedule.parse()?,
            batch: arguments.batch,
            steps: arguments.steps,
        },
        learning_rates: arguments.learning_rates.clone(),
        seeds: arguments.seeds,
        seed: everywhere.seed,
        from: arguments.from,
        confidence: CONFIDENCE,
    };
    request.check()?;
    let found = progress::watched(everywhere, |progress| measure(&request, everywhere.threads(), progress))?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&seedbed_report::dimension::dimension(&found, None))?,
    }
    let known = found.priors.iter().all(|prior| prior.is_known());
    Ok(if known { Outcome::Fine } else { Outcome::Finding })
}
