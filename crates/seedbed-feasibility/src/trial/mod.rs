//! One trial: training from one draw, until the target, the budget or a divergence.

mod call;
mod cost;
mod ending;
mod fits;
mod optimizer;
mod order;
mod schedule;
mod state;

pub use cost::{step_operations, steps_worth};
pub use ending::{Measure, Measures, calibration_error};
pub use fits::fits;
pub use optimizer::{Moments, Optimizer, Updates};
pub use order::DataOrder;
pub use schedule::{Schedule, Shape};
pub use state::{Keeper, State, Unkept};

use seedbed_network::data::{Dataset, Split, Targets};
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Evaluation, Noise, Runner};
use serde::{Deserialize, Serialize};

use crate::error::FeasibilityError;
use crate::record::Ended;
use crate::stall::StallKind;
use ending::Watch;

/// A trial whose smoothed loss is this many times the loss it began with will not come back within a budget.
const DIVERGED_FACTOR: f64 = 10.0;
/// A trial that ends with a loss this many times the one it began with has moved away from every solution.
const ENDED_ABOVE_FACTOR: f64 = 2.0;
/// Stalled means: at the pace of the last quarter of the run, the target is more than this many budgets away.
const STALLED_BUDGETS: f64 = 10.0;

/// How every trial of a study is run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The update rule.
    pub optimizer: Optimizer,
    /// Examples a step.
    pub batch: usize,
    /// Steps at most.
    pub steps: usize,
    /// The norm that a longer gradient is shortened to; `None` leaves all as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// How the learning rate moves over the budget.
    #[serde(default, skip_serializing_if = "is_constant")]
    pub schedule: Schedule,
    /// Weight decay; see [`Updates::decayed`].
    #[serde(default, skip_serializing_if = "is_zero")]
    pub weight_decay: f64,
    /// Whether a trial that has reached the target goes on to the end of the budget.
    #[serde(default, skip_serializing_if = "is_false")]
    pub to_the_end: bool,
    /// Whether the end of the trial is measured: generalization, distance, calibration.
    #[serde(default, skip_serializing_if = "is_false")]
    pub measured: bool,
    /// Whether the sharpness at the start and at the end is measured besides; each costs about as much as a hundred steps.
    #[serde(default, skip_serializing_if = "is_false")]
    pub curvature: bool,
    /// The smoothed training loss that counts as a solution: nats, or mean squared error.
    pub target_loss: f64,
    /// Steps over which the training loss is averaged.
    pub smoothing_steps: usize,
    /// A trial that is stalled after this many steps is ended there; `None` gives every trial its whole budget.
    pub give_up_after: Option<usize>,
}

impl Plan {
    /// The default case: batch 128, 300 steps, a smoothed training loss of 0.5 nats.
    pub fn default_with(optimizer: Optimizer) -> Plan {
        Plan {
            optimizer,
            batch: 128,
            steps: 300,
            clip_norm: None,
            schedule: Schedule::CONSTANT,
            weight_decay: 0.0,
            to_the_end: false,
            measured: false,
            curvature: false,
            target_loss: 0.5,
            smoothing_steps: 10,
            give_up_after: None,
        }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// No steps, no batch, a target that is no positive loss, a negative weight decay or clip norm.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let setting = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.steps == 0 || self.batch == 0 || self.smoothing_steps == 0 {
            return setting("steps or batch", "0".to_owned(), "at least 1");
        }
        if !(self.target_loss > 0.0 && self.target_loss.is_finite()) {
            return setting("target", self.target_loss.to_string(), "a positive loss in nats, such as 0.5");
        }
        if !(self.weight_decay >= 0.0 && self.weight_decay.is_finite()) {
            return setting("weight decay", self.weight_decay.to_string(), "0 or a positive number");
        }
        match self.clip_norm {
            Some(norm) if !(norm > 0.0 && norm.is_finite()) => {
                setting("clip norm", norm.to_string(), "a positive length of the gradient")
            }
            _ => Ok(()),
        }
    }
}

fn is_constant(schedule: &Schedule) -> bool {
    *schedule == Schedule::CONSTANT
}

fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a trial came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// The training loss of every step run, NaN included.
    pub losses: Vec<f32>,
    /// Steps until the smoothed loss reached the target.
    pub steps_to_target: Option<usize>,
    /// Loss and accuracy on the test examples at the end.
    pub test: Evaluation,
    /// What the end shows, where the plan asks for it.
    pub measures: Measures,
    /// What a stall is, where the plan asks for measures.
    pub stall: Option<StallKind>,
}

/// Trains `weights` on the data until the target, the budget or a divergence.
///
/// The result depends on the arguments alone: one thread, the data order and what dropout draws from `seed`. It is the same,
/// bit for bit, where the `keeper` brings back the state of a run that was cut off.
///
/// # Errors
/// Weights or data that do not fit the network, and what the `keeper` says. A NaN is an outcome, not an error.
///
/// ```
/// use seedbed_feasibility::record::Ended;
/// use seedbed_feasibility::trial::{self, Optimizer, Plan, Unkept};
/// use seedbed_network::graph::Network;
///
/// let (network, data) = ("mlp(64, 32, 10, relu)".parse::<Network>()?, seedbed_network::data::digits());
/// let weights = "he_normal".parse::<seedbed::Prior>()?.draw(&network.parameters, 0)?;
/// let plan = Plan { steps: 100, ..Plan::default_with(Optimizer::MOMENTUM) };
/// let outcome = trial::run(&network, &data, weights, &plan, 0.03, 0, &mut Unkept)?;
/// assert_eq!(outcome.ended, Ended::Solved);
/// assert_eq!(outcome.steps_to_target, Some(outcome.losses.len()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn run(
    network: &Network,
    data: &Dataset,
    weights: Vec<Vec<f32>>,
    plan: &Plan,
    learning_rate: f64,
    seed: u64,
    keeper: &mut dyn Keeper,
) -> Result<Outcome, FeasibilityError> {
    let runner = Runner::new(network);
    let watch = plan.measured.then(|| Watch::begin(&runner, network, data, plan, &weights));
    let mut state = State::begin(plan, learning_rate, weights);
    let mut order = DataOrder::new(seed, data.train.examples(), plan.batch);
    if keeper.recall(&mut state)? {
        order.skip(state.losses.len());
    } else if let Some(watch) = &watch {
        watch.at_start(&mut state, learning_rate)?;
    }
    let ended = loop {
        let batch = gather(&data.train, order.next_batch());
        let noise = Noise { seed, step: state.losses.len() };
        let step = runner.training_step(&state.weights, &Batch::of(&batch, 0..batch.examples()), noise)?;
        state.losses.push(step.loss as f32);
        let mut ended = verdict(&state.losses, plan, state.steps_to_target.is_some());
        if ended == Some(Ended::Solved) && state.steps_to_target.is_none() {
            state.steps_to_target = Some(state.losses.len());
            if let Some(watch) = &watch {
                watch.at_target(&mut state)?;
            }
            if plan.to_the_end {
                ended = (state.losses.len() == plan.steps).then_some(Ended::Solved);
            }
        }
        if let Some(ended) = ended {
            break ended;
        }
        state.updates.set_learning_rate(learning_rate * plan.schedule.share(state.losses.len() - 1, plan.steps));
        state.updates.apply(&mut state.weights, step.gradients);
        keeper.between(&state)?;
    };
    let test = runner.evaluate(&state.weights, &Batch::of(&data.test, 0..data.test.examples()))?;
    let stall = watch.map(|watch| watch.end(&mut state, ended)).transpose()?.flatten();
    let State { losses, steps_to_target, measures, .. } = state;
    Ok(Outcome { ended, losses, steps_to_target, test, measures, stall })
}

/// The examples at these places, in their order.
pub(crate) fn gather(split: &Split, examples: &[u32]) -> Split {
    let of_one = split.targets_per_example;
    let targets = match &split.targets {
        Targets::Classes(labels) => Targets::Classes(rows(labels, of_one, examples)),
        Targets::Numbers(numbers) => Targets::Numbers(rows(numbers, of_one, examples)),
    };
    let inputs = rows(&split.inputs, split.inputs.len() / split.examples(), examples);
    Split { inputs, targets, targets_per_example: of_one }
}

fn rows<T: Copy>(values: &[T], width: usize, places: &[u32]) -> Vec<T> {
    places.iter().flat_map(|&place| &values[place as usize * width..][..width]).copied().collect()
}

/// The mean of the last `window` losses before each step; at the start, of as many as there are.
pub fn smoothed(losses: &[f32], window: usize) -> Vec<f64> {
    (1..=losses.len()).map(|end| mean(&losses[end.saturating_sub(window)..end])).collect()
}

/// How the trial ended, or `None` while it goes on. One that was solved before stays solved, whatever comes after,
/// unless the loss is no longer finite.
fn verdict(losses: &[f32], plan: &Plan, solved: bool) -> Option<Ended> {
    let (first, last) = (*losses.first()?, *losses.last()?);
    let recent = mean(&losses[losses.len().saturating_sub(plan.smoothing_steps)..]);
    let begun = f64::from(first);
    if solved {
        return (losses.len() >= plan.steps || !last.is_finite()).then_some(Ended::Solved);
    }
    if !last.is_finite() || recent > DIVERGED_FACTOR * begun {
        Some(Ended::Diverged)
    } else if losses.len() >= plan.smoothing_steps && recent <= plan.target_loss {
        Some(Ended::Solved)
    } else if losses.len() < plan.steps {
        (plan.give_up_after == Some(losses.len()) && is_stalled(losses, recent, plan)).then_some(Ended::Stalled)
    } else if recent > ENDED_ABOVE_FACTOR * begun {
        Some(Ended::Diverged)
    } else if is_stalled(losses, recent, plan) {
        Some(Ended::Stalled)
    } else {
        Some(Ended::StillFalling)
    }
}

/// Whether the fall from the third quarter of the run to the last, kept up, would take too many budgets to the
/// target.
fn is_stalled(losses: &[f32], recent: f64, plan: &Plan) -> bool {
    let quarter = (losses.len() / 4).max(1);
    let last = mean(&losses[losses.len() - quarter..]);
    let before = mean(&losses[losses.len().saturating_sub(2 * quarter)..losses.len() - quarter]);
    let fall_per_step = (before - last) / quarter as f64;
    fall_per_step * STALLED_BUDGETS * (plan.steps as f64) < recent - plan.target_loss
}

fn mean(losses: &[f32]) -> f64 {
    losses.iter().map(|&loss| f64::from(loss)).sum::<f64>() / losses.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan { batch: 8, steps: 100, ..Plan::default_with(Optimizer::MOMENTUM) }
    }

    /// The verdict on a loss curve, at the step where it is spoken.
    fn judge(curve: impl Fn(usize) -> f32) -> (usize, Ended) {
        let losses: Vec<f32> = (0..plan().steps).map(curve).collect();
        (1..=losses.len()).find_map(|end| verdict(&losses[..end], &plan(), false).map(|ended| (end, ended))).unwrap()
    }

    #[test]
    fn every_ending_has_its_curve() {
        assert_eq!(judge(|step| if step < 20 { 2.0 } else { 0.4 }), (30, Ended::Solved));
        assert_eq!(judge(|_| 2.3), (100, Ended::Stalled));
        assert_eq!(judge(|step| 2.3 - 0.01 * step as f32), (100, Ended::StillFalling));
        assert_eq!(judge(|step| if step < 40 { 2.0 } else { f32::NAN }), (41, Ended::Diverged));
        assert_eq!(judge(|step| 2.0 * 1.2f32.powi(step as i32)).1, Ended::Diverged);
        assert_eq!(judge(|step| if step < 50 { 2.0 } else { 7.0 }), (100, Ended::Diverged));
    }

    #[test]
    fn a_low_first_loss_is_no_solution_before_the_window_is_full() {
        assert_eq!(judge(|_| 0.3), (10, Ended::Solved));
    }

    #[test]
    fn giving_up_takes_a_stall_at_that_step() {
        let patient = Plan { give_up_after: Some(50), ..plan() };
        let judged = |curve: fn(usize) -> f32| {
            let losses: Vec<f32> = (0..100).map(curve).collect();
            (1..=100).find_map(|end| verdict(&losses[..end], &patient, false).map(|ended| (end, ended))).unwrap()
        };
        assert_eq!(judged(|_| 2.3), (50, Ended::Stalled));
        assert_eq!(judged(|step| 2.3 - 0.01 * step as f32), (100, Ended::StillFalling));
    }

    #[test]
    fn smoothing_is_a_trailing_mean() {
        assert_eq!(smoothed(&[4.0, 2.0, 0.0, 4.0], 2), [4.0, 3.0, 1.0, 2.0]);
    }

    fn train(network: &str, data: &Dataset, prior: &str, plan: &Plan, learning_rate: f64) -> Outcome {
        let network: Network = network.parse().unwrap();
        let weights = prior.parse::<seedbed::Prior>().unwrap().draw(&network.parameters, 1).unwrap();
        run(&network, data, weights, plan, learning_rate, 1, &mut Unkept).unwrap()
    }

    #[test]
    fn adding_is_learned_below_the_error_of_a_constant() {
        let data = seedbed_network::data::adding(0, 8, 800, 200).unwrap();
        let plan = Plan {
            optimizer: Optimizer::ADAM,
            batch: 32,
            steps: 400,
            target_loss: 0.02,
            clip_norm: Some(1.0),
            ..plan()
        };
        let prior = "{*.recurrent=orthogonal; *.weight=glorot_uniform}";
        let outcome = train("gru(8x2, 24, 1)", &data, prior, &plan, 1e-2);
        assert_eq!(outcome.ended, Ended::Solved, "{:?}", outcome.losses.last());
        assert!(outcome.test.loss < 0.5 / 6.0 && outcome.test.accuracy.is_nan(), "{:?}", outcome.test);
    }

    #[test]
    fn copy_answers_at_each_step() {
        let data = seedbed_network::data::copy(0, 3, 64, 64).unwrap();
        let plan = Plan { optimizer: Optimizer::ADAM, batch: 16, steps: 60, ..plan() };
        let outcome = train("rnn(23x10, 16, 9, tanh, all)", &data, "glorot_uniform", &plan, 1e-2);
        // blanks at 13 of 23 steps are soon known; the ten symbols are not yet
        assert!(outcome.test.accuracy > 13.0 / 23.0 - 0.05, "{:?}", outcome.test);
        assert!(outcome.losses[0] > 1.8);
    }

    #[test]
    fn a_trial_to_the_end_is_measured_at_the_target_and_at_the_end() {
        let data = seedbed_network::data::digits();
        let plan =
            Plan { batch: 64, steps: 150, to_the_end: true, measured: true, ..Plan::default_with(Optimizer::MOMENTUM) };
        let whole = train("mlp(64, 32, 10, relu)", &data, "he_normal", &plan, 1e-2);
        let stopped = train("mlp(64, 32, 10, relu)", &data, "he_normal", &Plan { to_the_end: false, ..plan }, 1e-2);
        assert_eq!((whole.ended, whole.losses.len()), (Ended::Solved, 150));
        assert_eq!(whole.steps_to_target, stopped.steps_to_target);
        assert_eq!(whole.measures[&Measure::TestAccuracyAtTarget], stopped.test.accuracy);
        assert!(whole.test.accuracy > stopped.test.accuracy);
        assert!(whole.measures[&Measure::Distance] > stopped.measures[&Measure::Distance]);
        assert!(whole.measures[&Measure::TrainLoss] < stopped.measures[&Measure::TrainLoss]);
    }

    #[test]
    fn stalls_have_their_kinds() {
        let data = seedbed_network::data::digits();
        let plan =
            Plan { batch: 64, steps: 80, measured: true, target_loss: 0.1, ..Plan::default_with(Optimizer::MOMENTUM) };
        let kind = |network: &str, prior: &str, rate: f64| {
            let outcome = train(network, &data, prior, &plan, rate);
            assert_eq!(outcome.ended, Ended::Stalled, "{prior}: {:?}", outcome.losses.last());
            (outcome.stall.unwrap(), outcome.measures[&Measure::LowestCurvature])
        };
        assert_eq!(kind("mlp(64, 32x2, 10, tanh)", "zeros", 1e-2).0, StallKind::TiedUnits);
        assert_eq!(kind("mlp(64, 64x20, 10, relu)", "normal(std=0.05)", 1e-3).0, StallKind::Plateau);
        assert_eq!(
            kind("mlp(64, 32x2, 10, relu)", "{*.bias=constant(-50); *.weight=he_normal}", 1e-2).0,
            StallKind::DeadNetwork
        );
        assert_eq!(kind("mlp(64, 32x2, 10, tanh)", "normal(std=100)", 1e-3).0, StallKind::Plateau);
        // Xavier's start of a deep ReLU net: the answer is a constant, and the last biases against the weights curve down
        assert_eq!(kind("mlp(64, 64x24, 10, relu)", "glorot_normal", 1e-3).0, StallKind::Saddle);
        let (saddle, lowest) = kind("mlp(64, 32, 10, tanh)", "normal(std=0.000001)", 1e-3);
        assert!(saddle == StallKind::Saddle && lowest < -0.01, "{saddle:?} {lowest}");
        // labels that have nothing to do with the images: the best linear answer is far above the target
        let mut labels = data.clone();
        labels.train.targets = Targets::Classes((0..1437).map(|place: u32| place * place % 7).collect());
        let plan = Plan { batch: 128, steps: 600, ..plan };
        let outcome = train("mlp(64, 10, identity)", &labels, "zeros", &plan, 3e-2);
        assert_eq!(
            (outcome.ended, outcome.stall),
            (Ended::Stalled, Some(StallKind::PoorMinimum)),
            "{:?}",
            outcome.measures
        );
    }

    #[test]
    fn a_warm_up_begins_at_its_share_of_the_rate() {
        let data = seedbed_network::data::digits();
        let cold = Plan { batch: 64, steps: 12, ..Plan::default_with(Optimizer::MOMENTUM) };
        let warm = Plan { schedule: "constant(warmup=60)".parse().unwrap(), ..cold.clone() };
        let second = |plan: &Plan, rate| train("mlp(64, 64x4, 10, relu)", &data, "he_normal", plan, rate).losses[1];
        let [warm, small, cold] = [second(&warm, 0.1), second(&cold, 0.1 / 60.0), second(&cold, 0.1)];
        assert!((warm - small).abs() < 1e-5 && (warm - cold).abs() > 1e-2, "{warm} {small} {cold}");
    }
}
