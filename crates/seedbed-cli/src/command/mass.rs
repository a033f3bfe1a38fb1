//! `seedbed mass`.

use seedbed_feasibility::mass::{Budget, Method, Request, Settings, Target, measure};

use super::CONFIDENCE;
use super::priors_on_data::PriorsOnData;
use crate::arguments::{Everywhere, Mass, MassMethod};
use crate::failure::{Failure, Outcome};
use crate::{output, progress};

const LEARNING_RATE: f64 = 0.01;
const DRAWS: usize = 20;

/// Runs the command: a finding where a prior had no hit.
pub fn run(arguments: &Mass, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let PriorsOnData { network, priors, data } = PriorsOnData::read(&arguments.on_data)?;
    let request = Request {
        network: &network,
        data: &data,
        priors: &priors,
        target: target(arguments),
        method: method(arguments),
        samples: arguments.samples,
        settings: Settings {
            particles: arguments.particles,
            moves: arguments.moves,
            repeats: arguments.repeats,
            ..Settings::DEFAULT
        },
        budget: budget(arguments)?,
        seed: everywhere.seed,
        confidence: CONFIDENCE,
    };
    request.check()?;
    let found = progress::watched(everywhere, |progress| measure(&request, everywhere.threads(), progress))?;
    match everywhere.json {
        true => output::json(&found)?,
        false => output::text(&seedbed_report::mass::mass(&found, None))?,
    }
    let missed = found.priors.iter().any(|prior| prior.zero_hits);
    Ok(if missed { Outcome::Finding } else { Outcome::Fine })
}

fn target(arguments: &Mass) -> Target {
    match (arguments.target, arguments.error) {
        (Some(loss), _) => Target::Loss(loss),
        (None, Some(error)) => Target::Error(error),
        (None, None) => Target::ExactFit,
    }
}

fn method(arguments: &Mass) -> Method {
    match arguments.method {
        MassMethod::Auto => Method::Auto,
        MassMethod::Direct => Method::Direct,
        MassMethod::Splitting => Method::Splitting,
    }
}

fn budget(arguments: &Mass) -> Result<Option<Budget>, Failure> {
    let Some(steps) = arguments.within else { return Ok(None) };
    Ok(Some(Budget {
        steps,
        optimizer: arguments.optimizer.as_deref().unwrap_or("sgd").parse()?,
        learning_rate: arguments.learning_rate.unwrap_or(LEARNING_RATE),
        draws: arguments.draws.unwrap_or(DRAWS),
    }))
}
