//! P(becomes a solution within a budget): the share of draws that training brings to the target.

use seedbed::Prior;
use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Noise, Runner};

use super::event::Event;
use super::landscape::comparable;
use crate::error::FeasibilityError;
use crate::statistics::{Estimate, clopper_pearson};
use crate::study::{Observer, workers};
use crate::trial::{Optimizer, Updates};

/// A budget of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Steps on all training examples at once; at least 1.
    pub steps: usize,
    /// The update rule.
    pub optimizer: Optimizer,
    /// Its learning rate; positive.
    pub learning_rate: f64,
    /// Draws that are trained; at least 1.
    pub draws: usize,
}

impl Budget {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// The setting, what was found and what would work.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let refuse = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.steps == 0 || self.draws == 0 {
            return refuse("steps or draws within the budget", "0".to_owned(), "at least 1");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return refuse("learning rate", self.learning_rate.to_string(), "a positive number");
        }
        Ok(())
    }
}

/// The share of the prior's draws that meet the event at the start or after one of the budget's steps, with the exact interval.
///
/// The event is that of the mass, asked of all examples after every step: so at a budget of 0 it would be the mass itself. Draw k
/// is that of seed `seed` + k under every prior.
///
/// # Errors
/// Settings out of range, a prior that cannot draw the network, or the interruption.
pub fn within(
    (network, data): (&Network, &Dataset),
    event: &Event,
    prior: &Prior,
    budget: &Budget,
    (seed, confidence): (u64, f64),
    threads: usize,
    observer: &dyn Observer,
) -> Result<Estimate, FeasibilityError> {
    budget.check()?;
    let seeds: Vec<u64> = (0..budget.draws as u64).map(|draw| seed.wrapping_add(draw)).collect();
    let solved = workers::run(&seeds, threads, |&seed| {
        let weights = prior.draw(&network.parameters, seed)?;
        let solved = reaches(network, data, event, weights, budget, seed, observer)?;
        observer.advanced(budget.steps as u64);
        Ok(solved)
    })?;
    Ok(clopper_pearson(solved.iter().filter(|solved| **solved).count(), budget.draws, confidence))
}

/// Whether one draw gets there.
fn reaches(
    network: &Network,
    data: &Dataset,
    event: &Event,
    mut weights: Vec<Vec<f32>>,
    budget: &Budget,
    seed: u64,
    observer: &dyn Observer,
) -> Result<bool, FeasibilityError> {
    let runner = Runner::new(network);
    let batch = Batch::of(&data.train, 0..data.train.examples());
    let mut updates = Updates::new(budget.optimizer, budget.learning_rate, &weights);
    for step in 0..=budget.steps {
        if comparable(event.loss(&weights)?) <= event.threshold() {
            return Ok(true);
        }
        if !observer.goes_on() {
            return Err(FeasibilityError::Interrupted);
        }
        let found = runner.training_step(&weights, &batch, Noise { seed, step })?;
        if !found.loss.is_finite() {
            return Ok(false);
        }
        updates.apply(&mut weights, found.gradients);
    }
    Ok(false)
}
