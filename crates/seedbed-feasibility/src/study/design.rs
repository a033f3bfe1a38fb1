//! What a study file asks for: the tasks, the starts, and what a publication lets one expect.

use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;
use serde::{Deserialize, Serialize};

use super::expectation::Expectation;
use crate::error::FeasibilityError;
use crate::recommend::FEWEST_SEEDS;
use crate::start::Start;
use crate::trial::{Optimizer, Plan, Schedule, fits};

/// A study file.
///
/// ```toml
/// title = "He et al. 2015: thirty ReLU layers"
/// claim = "Thirty layers converge from He's initialization and stall from Xavier's."
/// source = "He, Zhang, Ren & Sun 2015, section 2.2 and figure 3"
/// networks = ["mlp(64, 128x30, 10, relu)"]
/// data = "prototypes(features=64, classes=10, noise=0.5)"
/// starts = ["he_normal", "glorot_normal"]
/// learning_rates = [3e-4, 1e-3]
/// steps = 400
/// target = 0.01
///
/// [[expect]]
/// says = "he_normal solves the task"
/// start = "he_normal"
/// measure = "solved"
/// at_least = 0.5
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Design {
    /// What the study is about, in a line.
    pub title: String,
    /// What was published, in a sentence.
    #[serde(default)]
    pub claim: String,
    /// Where it was published.
    #[serde(default)]
    pub source: String,
    /// Networks: shorthands, or TOML files.
    pub networks: Vec<String>,
    /// Data, as `--data` names them.
    pub data: String,
    /// The label column of a CSV or NPY file.
    #[serde(default)]
    pub label: Option<String>,
    /// The starts that are compared, in the text form of [`Start`].
    pub starts: Vec<String>,
    /// Update rules; every network is trained by each.
    #[serde(default = "usual_optimizers")]
    pub optimizers: Vec<String>,
    /// Schedules of the learning rate; every network is trained under each.
    #[serde(default = "usual_schedules")]
    pub schedules: Vec<Schedule>,
    /// Examples a step.
    #[serde(default = "usual_batch")]
    pub batch: usize,
    /// Steps of a trial at most.
    #[serde(default = "usual_steps")]
    pub steps: usize,
    /// The smoothed training loss that counts as a solution.
    #[serde(default = "usual_target")]
    pub target: f64,
    /// Steps over which the loss is averaged.
    #[serde(default = "usual_smoothing")]
    pub smoothing_steps: usize,
    /// The norm that longer gradients are shortened to.
    #[serde(default)]
    pub clip_norm: Option<f64>,
    /// Weight decay.
    #[serde(default)]
    pub weight_decay: f64,
    /// Whether a trial that has reached the target goes on to the end of the budget.
    #[serde(default)]
    pub to_the_end: bool,
    /// Whether the sharpness at the start and at the end of each paired trial is measured.
    #[serde(default)]
    pub curvature: bool,
    /// Learning rates, ascending; with one, nothing is searched.
    pub learning_rates: Vec<f64>,
    /// Paired seeds; with `racing` at most.
    #[serde(default = "usual_seeds")]
    pub seeds: usize,
    /// Whether the seeds are run in rounds, and a start that another beats beyond doubt is dropped; see [`super::racing`].
    #[serde(default)]
    pub racing: bool,
    /// The first of them.
    #[serde(default)]
    pub seed: u64,
    /// What may be expected.
    #[serde(default)]
    pub expect: Vec<Expectation>,
}

fn usual_optimizers() -> Vec<String> {
    vec![Optimizer::MOMENTUM.to_string()]
}
fn usual_schedules() -> Vec<Schedule> {
    vec![Schedule::CONSTANT]
}
fn usual_batch() -> usize {
    Plan::default_with(Optimizer::MOMENTUM).batch
}
fn usual_steps() -> usize {
    Plan::default_with(Optimizer::MOMENTUM).steps
}
fn usual_target() -> f64 {
    Plan::default_with(Optimizer::MOMENTUM).target_loss
}
fn usual_smoothing() -> usize {
    Plan::default_with(Optimizer::MOMENTUM).smoothing_steps
}
fn usual_seeds() -> usize {
    FEWEST_SEEDS
}

/// One network under one update rule and one schedule: the starts are compared within it.
#[derive(Clone, Debug)]
pub struct Task<'d> {
    /// Unique in the study: the network's text, with what else varies.
    pub name: String,
    /// The network.
    pub network: &'d Network,
    /// How its trials are run.
    pub plan: Plan,
}

impl Design {
    /// The tasks, network by network. `networks` holds what the texts of the design name, in their order.
    ///
    /// # Errors
    /// An optimizer or a setting that is none.
    pub fn tasks<'d>(&self, networks: &'d [Network]) -> Result<Vec<Task<'d>>, FeasibilityError> {
        let mut tasks = Vec::new();
        for network in networks {
            for optimizer in &self.optimizers {
                for &schedule in &self.schedules {
                    let plan = self.plan(optimizer.parse()?, schedule);
                    plan.check()?;
                    tasks.push(Task { name: self.name(network, &plan), network, plan });
                }
            }
        }
        Ok(tasks)
    }

    fn plan(&self, optimizer: Optimizer, schedule: Schedule) -> Plan {
        Plan {
            optimizer,
            batch: self.batch,
            steps: self.steps,
            clip_norm: self.clip_norm,
            schedule,
            weight_decay: self.weight_decay,
            to_the_end: self.to_the_end,
            measured: true,
            curvature: self.curvature,
            target_loss: self.target,
            smoothing_steps: self.smoothing_steps,
            give_up_after: None,
        }
    }

    fn name(&self, network: &Network, plan: &Plan) -> String {
        let optimizer = (self.optimizers.len() > 1).then(|| plan.optimizer.to_string());
        let schedule = (self.schedules.len() > 1).then(|| plan.schedule.to_string());
        let parts = [Some(network.text.clone()), optimizer, schedule];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Refuses a design that cannot be run or could support no claim.
    ///
    /// # Errors
    /// Nothing to compare, too few seeds, learning rates out of order, a start twice or one that cannot draw, data that do
    /// not fit, or an expectation of a start or a network that the design does not have.
    pub fn check(&self, tasks: &[Task], data: &Dataset) -> Result<(), FeasibilityError> {
        let setting = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.seeds < FEWEST_SEEDS {
            return setting("seeds", self.seeds.to_string(), "at least 6: fewer pairs can support no claim");
        }
        if self.racing && !self.expect.is_empty() {
            let found = format!("{} expectations", self.expect.len());
            return setting("racing", found, "none: an expectation needs a number of pairs that was set before");
        }
        if self.racing && self.seeds == FEWEST_SEEDS {
            return setting(
                "seeds",
                self.seeds.to_string(),
                "at least 7 with racing: two starts cannot be told apart before",
            );
        }
        if self.starts.is_empty() || tasks.is_empty() {
            return setting("starts, networks, optimizers or schedules", "empty".to_owned(), "at least one of each");
        }
        if let Some(twice) = (1..self.starts.len()).find(|&place| self.starts[..place].contains(&self.starts[place])) {
            return setting("starts", format!("{} twice", self.starts[twice]), "different starts");
        }
        let rates = &self.learning_rates;
        let ascending = rates.windows(2).all(|pair| pair[0] < pair[1]);
        if rates.is_empty() || !ascending || !rates.iter().all(|rate| rate.is_finite() && *rate > 0.0) {
            return setting("learning_rates", format!("{rates:?}"), "positive numbers in ascending order");
        }
        for (place, task) in tasks.iter().enumerate() {
            if tasks[..place].iter().any(|other| other.name == task.name) {
                return setting("networks", format!("{} twice", task.name), "different networks");
            }
            fits(task.network, data)?;
            for start in &self.starts {
                let start: Start = start.parse()?;
                let can_draw = |parameter| start.prior().initializer(parameter).map(|_| ());
                task.network.parameters.iter().try_for_each(can_draw)?;
            }
        }
        self.expect.iter().try_for_each(|expectation| expectation.check(self, tasks))
    }
}
