//! One training run, in a random subspace or in the whole space.

use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Noise, Runner};
use serde::{Deserialize, Serialize};

use super::goal::Yardstick;
use super::projection::Projection;
use crate::error::FeasibilityError;
use crate::trial::{DataOrder, Optimizer, Schedule, Updates, gather};

/// Steps over which the training loss is averaged.
const SMOOTHING_STEPS: usize = 10;

/// How every run is trained, but for its learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// The update rule; of z in a subspace, of the parameters in the whole space.
    pub optimizer: Optimizer,
    /// How the learning rate moves over the budget.
    pub schedule: Schedule,
    /// Examples a step; at least 1.
    pub batch: usize,
    /// Steps; at least 1.
    pub steps: usize,
}

/// Where training may go from its start.
#[derive(Clone, Copy, Debug)]
pub(super) enum Space<'s> {
    /// Nowhere: the start as it is.
    Point,
    /// θ₀ + P z.
    Random(&'s Projection),
    /// Everywhere.
    Whole,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Trained {
    /// Mean training loss of the last 10 steps, or of all training examples where there was no step; ∞ where it was lost.
    pub training_loss: f64,
    /// What the yardstick says of the end; −∞ where it was lost.
    pub performance: f64,
    /// Whether the loss asked for was reached.
    pub reached_loss: bool,
    /// Steps run.
    pub steps: usize,
}

/// What all runs of one measurement share.
#[derive(Debug)]
pub(super) struct Runs<'r> {
    pub network: &'r Network,
    pub data: &'r Dataset,
    pub training: &'r Training,
    pub yardstick: &'r Yardstick<'r>,
    /// A loss at which a run ends.
    pub target_loss: Option<f64>,
}

impl Runs<'_> {
    /// Trains from `start`; the result depends on the arguments alone. A loss that is not finite ends the run, which is then
    /// lost; it is no error.
    pub fn train(
        &self,
        start: Vec<Vec<f32>>,
        space: Space,
        learning_rate: f64,
        seed: u64,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Trained, FeasibilityError> {
        let runner = Runner::new(self.network);
        let Training { optimizer, schedule, batch, steps } = *self.training;
        if matches!(space, Space::Point) {
            let found = runner.evaluate(&start, &Batch::of(&self.data.train, 0..self.data.train.examples()))?;
            return self.judged(&runner, &start, found.loss, 0);
        }
        let mut place = Place::new(start, space);
        let mut updates = Updates::new(optimizer, learning_rate, place.variables());
        let mut order = DataOrder::new(seed, self.data.train.examples(), batch);
        let mut losses = Vec::new();
        let mut recent = f64::INFINITY;
        while losses.len() < steps && !self.is_at_target(recent, losses.len()) {
            let shown = gather(&self.data.train, order.next_batch());
            let noise = Noise { seed, step: losses.len() };
            let step = runner.training_step(&place.weights, &Batch::of(&shown, 0..shown.examples()), noise)?;
            updates.set_learning_rate(learning_rate * schedule.share(losses.len(), steps));
            losses.push(step.loss);
            let window = &losses[losses.len().saturating_sub(SMOOTHING_STEPS)..];
            recent = window.iter().sum::<f64>() / window.len() as f64;
            if !goes_on() {
                return Err(FeasibilityError::Interrupted);
            }
            if !recent.is_finite() {
                break;
            }
            place.step(&mut updates, step.gradients);
        }
        self.judged(&runner, &place.weights, recent, losses.len())
    }

    /// The window is full, or as full as the budget makes it.
    fn is_at_target(&self, recent: f64, steps: usize) -> bool {
        self.target_loss.is_some_and(|most| recent <= most && steps >= SMOOTHING_STEPS.min(self.training.steps))
    }

    fn judged(
        &self,
        runner: &Runner,
        weights: &[Vec<f32>],
        loss: f64,
        steps: usize,
    ) -> Result<Trained, FeasibilityError> {
        if !loss.is_finite() {
            let lost = f64::NEG_INFINITY;
            return Ok(Trained { training_loss: f64::INFINITY, performance: lost, reached_loss: false, steps });
        }
        let performance = self.yardstick.performance(runner, weights)?;
        let reached_loss = self.target_loss.is_some_and(|most| loss <= most);
        Ok(Trained { training_loss: loss, performance, reached_loss, steps })
    }
}

/// Where a run is, in the parameters and in what is trained.
struct Place<'p> {
    weights: Vec<Vec<f32>>,
    subspace: Option<Subspace<'p>>,
}

struct Subspace<'p> {
    projection: &'p Projection,
    /// θ₀, all parameters in one row.
    start: Vec<f32>,
    /// z, as the one parameter there is.
    coordinates: Vec<Vec<f32>>,
}

impl<'p> Place<'p> {
    fn new(start: Vec<Vec<f32>>, space: Space<'p>) -> Place<'p> {
        let subspace = match space {
            Space::Point | Space::Whole => None,
            Space::Random(projection) => Some(Subspace {
                projection,
                start: start.concat(),
                coordinates: vec![vec![0.0; projection.dimension()]],
            }),
        };
        Place { weights: start, subspace }
    }

    /// What the optimizer changes.
    fn variables(&self) -> &[Vec<f32>] {
        self.subspace.as_ref().map_or(&self.weights, |subspace| &subspace.coordinates)
    }

    /// One step along the gradient of the parameters: in a subspace Pᵀ g is that of z.
    fn step(&mut self, updates: &mut Updates, gradients: Vec<Vec<f32>>) {
        let Some(subspace) = &mut self.subspace else { return updates.apply(&mut self.weights, gradients) };
        let slope = subspace.projection.transposed(&gradients.concat());
        updates.apply(&mut subspace.coordinates, vec![slope]);
        // from θ₀ each time, so that rounding does not add up over the steps
        let mut all = subspace.start.clone();
        subspace.projection.add_to(&mut all, &subspace.coordinates[0]);
        let mut rest = &all[..];
        for values in &mut self.weights {
            let (own, after) = rest.split_at(values.len());
            values.copy_from_slice(own);
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_plain_descent_moves_along_the_projected_gradient() {
        let start = vec![vec![1.0f32, 2.0, 3.0], vec![4.0, 5.0, 6.0, 7.0]];
        let gradients = vec![vec![0.5f32, -1.0, 2.0], vec![0.25, 3.0, -2.0, 1.0]];
        let projection = Projection::new(1, 7, 4).unwrap();
        let mut place = Place::new(start.clone(), Space::Random(&projection));
        let mut updates = Updates::new(Optimizer::SGD, 0.1, place.variables());
        for steps in [1.0, 2.0] {
            place.step(&mut updates, gradients.clone());
            // θ₀ − steps · rate · P Pᵀ g
            let mut expected = start.concat();
            let back: Vec<f32> =
                projection.transposed(&gradients.concat()).iter().map(|slope| -0.1 * steps * slope).collect();
            projection.add_to(&mut expected, &back);
            let found = place.weights.concat();
            assert!(
                found.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 1e-6),
                "{found:?} {expected:?}"
            );
            assert_ne!(found, start.concat());
        }
    }
}
