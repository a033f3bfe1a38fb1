//! A trial between two steps, so that one that was cut off goes on where it was.

use super::{Measures, Plan, Updates};
use crate::error::FeasibilityError;

/// A trial between two steps: with what the trial is (network, data, plan, rate, seed), all that its other steps depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Every parameter's values now.
    pub weights: Vec<Vec<f32>>,
    /// The optimizer and its memory.
    pub updates: Updates,
    /// The training loss of every step so far.
    pub losses: Vec<f32>,
    /// Steps until the smoothed loss reached the target, where it has.
    pub steps_to_target: Option<usize>,
    /// What was measured on the way.
    pub measures: Measures,
}

impl State {
    /// Before the first step.
    pub(crate) fn begin(plan: &Plan, learning_rate: f64, weights: Vec<Vec<f32>>) -> State {
        let updates =
            Updates::new(plan.optimizer, learning_rate, &weights).clipped(plan.clip_norm).decayed(plan.weight_decay);
        let losses = Vec::with_capacity(plan.steps);
        State { weights, updates, losses, steps_to_target: None, measures: Measures::new() }
    }

    /// The weights, then the optimizer's memory.
    pub fn numbers(&self) -> impl Iterator<Item = &Vec<f32>> {
        self.weights.iter().chain(self.updates.memory())
    }

    /// The same, to be filled, of a trial after so many `steps`.
    pub fn numbers_after(&mut self, steps: usize) -> impl Iterator<Item = &mut Vec<f32>> {
        self.weights.iter_mut().chain(self.updates.recall(steps))
    }
}

/// Keeps a trial while it runs.
pub trait Keeper {
    /// Puts what is kept of this trial into the `state` before its first step; `false` where nothing is.
    ///
    /// # Errors
    /// What is kept cannot be read.
    fn recall(&mut self, state: &mut State) -> Result<bool, FeasibilityError>;

    /// Told after every step that another one follows.
    ///
    /// # Errors
    /// Any error ends the trial with it; [`FeasibilityError::Interrupted`] where it is not to go on.
    fn between(&mut self, state: &State) -> Result<(), FeasibilityError>;
}

/// Keeps nothing and never interrupts.
#[derive(Clone, Copy, Debug)]
pub struct Unkept;

impl Keeper for Unkept {
    fn recall(&mut self, _: &mut State) -> Result<bool, FeasibilityError> {
        Ok(false)
    }

    fn between(&mut self, _: &State) -> Result<(), FeasibilityError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use seedbed_network::graph::Network;

    use super::*;
    use crate::trial::{Optimizer, Outcome, Schedule, run};

    /// Holds a state, and cuts the trial off after so many steps.
    struct Cut {
        kept: Option<State>,
        after: usize,
    }

    impl Keeper for Cut {
        fn recall(&mut self, state: &mut State) -> Result<bool, FeasibilityError> {
            let Some(kept) = self.kept.take() else { return Ok(false) };
            for (values, kept) in state.numbers_after(kept.losses.len()).zip(kept.numbers()) {
                values.clone_from(kept);
            }
            (state.losses, state.steps_to_target) = (kept.losses, kept.steps_to_target);
            state.measures = kept.measures;
            Ok(true)
        }

        fn between(&mut self, state: &State) -> Result<(), FeasibilityError> {
            if state.losses.len() < self.after {
                return Ok(());
            }
            self.kept = Some(state.clone());
            Err(FeasibilityError::Interrupted)
        }
    }

    /// The trial in one go, and cut off after each of these numbers of steps.
    fn both(network: &str, plan: &Plan, cuts: &[usize]) -> [Outcome; 2] {
        let (network, data) = (network.parse::<Network>().unwrap(), seedbed_network::data::digits());
        let weights = "he_normal".parse::<seedbed::Prior>().unwrap().draw(&network.parameters, 1).unwrap();
        let whole = run(&network, &data, weights.clone(), plan, 1e-2, 1, &mut Unkept).unwrap();
        let mut keeper = Cut { kept: None, after: 0 };
        for &after in cuts {
            keeper.after = after;
            let cut = run(&network, &data, weights.clone(), plan, 1e-2, 1, &mut keeper);
            assert!(matches!(cut, Err(FeasibilityError::Interrupted)), "{cut:?}");
        }
        keeper.after = usize::MAX;
        [whole, run(&network, &data, weights, plan, 1e-2, 1, &mut keeper).unwrap()]
    }

    fn bits(losses: &[f32]) -> Vec<u32> {
        losses.iter().map(|loss| loss.to_bits()).collect()
    }

    #[test]
    fn a_trial_that_was_cut_off_ends_as_the_whole_one() {
        let rules = ["sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop"];
        for optimizer in rules.map(|name| name.parse::<Optimizer>().unwrap()) {
            let plan = Plan {
                batch: 300, // five batches an epoch: the cuts lie in several
                steps: 40,
                target_loss: 0.01,
                clip_norm: Some(1.0),
                weight_decay: 1e-3,
                schedule: "cosine(warmup=9)".parse::<Schedule>().unwrap(),
                ..Plan::default_with(optimizer)
            };
            let [whole, cut] = both("mlp(64, 16, 10, tanh)", &plan, &[1, 2, 4, 5, 13, 39]);
            assert_eq!(bits(&cut.losses), bits(&whole.losses), "{optimizer}");
            assert_eq!(cut, whole, "{optimizer}");
        }
    }

    #[test]
    fn dropout_and_what_was_measured_on_the_way_come_back() {
        let plan = Plan {
            batch: 64,
            steps: 70,
            target_loss: 1.5,
            to_the_end: true,
            measured: true,
            curvature: true,
            ..Plan::default_with(Optimizer::MOMENTUM)
        };
        let solved = |network: &str| {
            let [whole, cut] = both(network, &plan, &[3, 60]);
            let solved = whole.steps_to_target.unwrap();
            assert!((4..60).contains(&solved), "{solved}: the second cut lies behind the target");
            assert!(whole.measures.len() >= 12, "{:?}", whole.measures);
            assert_eq!(cut, whole);
        };
        solved("mlp(64, 32, 10, relu, dropout(0.2))");
        solved("mlp(64, 32, 10, relu, batch_norm)");
    }
}
