//! Whether a start needs warm-up: its sharpness against the learning rates that solve, with and without.
//!
//! Tasks that differ in the steps of warm-up alone are set side by side. Gradient descent climbs at rates above
//! 2 (1 + momentum) / λ, with λ the sharpness at the start; warm-up passes to flatter weights before it gets there (Gilmer et
//! al. 2022; Kalra & Barkeshli 2024). So a start of high curvature loses its large rates without warm-up, and where no rate
//! below is fast enough, all.

use serde::{Deserialize, Serialize};

use super::design::Task;
use super::record::{StartRecord, TaskRecord};
use crate::statistics::Estimate;
use crate::trial::{Measure, Optimizer};

/// One start under schedules that differ in their warm-up alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WarmupRecord {
    /// The network.
    pub network: String,
    /// The update rule.
    pub optimizer: String,
    /// The schedule without its warm-up.
    pub schedule: String,
    /// The start.
    pub start: String,
    /// Largest eigenvalue of the Hessian at the start, where it was measured.
    pub sharpness_at_start: Option<Estimate>,
    /// 2 (1 + momentum) / sharpness, where both are known.
    pub largest_stable_rate: Option<f64>,
    /// The largest learning rate that solves without warm-up: at least half of its search trials, or of the pairs where there is
    /// one rate and no search.
    pub largest_rate_without: Option<f64>,
    /// The largest that solves with any warm-up that was tried, or none.
    pub largest_rate: Option<f64>,
    /// The shortest warm-up in steps that solves at that rate; 0 where it needs none.
    pub shortest_warmup_steps: Option<usize>,
    /// Trials behind that.
    pub trials: usize,
    /// The warm-ups that were tried, in steps, ascending.
    pub tried_warmup_steps: Vec<usize>,
}

/// A row for every start of every group of tasks that differ in their warm-up alone, where there are several warm-ups or the
/// sharpness was measured.
pub fn rows(tasks: &[Task], records: &[TaskRecord]) -> Vec<WarmupRecord> {
    let both: Vec<(&Task, &TaskRecord)> = tasks.iter().zip(records).collect();
    let mut rows = Vec::new();
    for (place, (task, record)) in both.iter().enumerate() {
        if both[..place].iter().any(|(other, _)| differ_in_warmup_alone(other, task)) {
            continue;
        }
        let mut group: Vec<(&Task, &TaskRecord)> =
            both.iter().filter(|(other, _)| differ_in_warmup_alone(other, task)).copied().collect();
        group.sort_by_key(|(task, _)| task.plan.schedule.warmup_steps);
        if group.len() > 1 || task.plan.curvature {
            rows.extend((0..record.starts.len()).map(|start| row(&group, start)));
        }
    }
    rows
}

fn differ_in_warmup_alone(one: &Task, other: &Task) -> bool {
    let bare = |task: &Task| (task.network.text.clone(), task.plan.optimizer, task.plan.schedule.warmed(0));
    bare(one) == bare(other)
}

fn row(group: &[(&Task, &TaskRecord)], start: usize) -> WarmupRecord {
    let (task, record) = group[0];
    let own = &record.starts[start];
    let sharpness = own.measures.get(&Measure::SharpnessAtStart).cloned();
    let solved: Vec<Solving> = group.iter().flat_map(|(task, record)| solving(task, &record.starts[start])).collect();
    let largest = solved.iter().map(|one| one.learning_rate).fold(None, larger);
    let at_largest = solved.iter().filter(|one| Some(one.learning_rate) == largest);
    let shortest = at_largest.min_by_key(|one| one.warmup_steps);
    WarmupRecord {
        network: record.network.text.clone(),
        optimizer: record.optimizer.clone(),
        schedule: task.plan.schedule.warmed(0).to_string(),
        start: own.start.clone(),
        largest_stable_rate: stable_rate(task.plan.optimizer, sharpness.as_ref()),
        sharpness_at_start: sharpness,
        largest_rate_without: solved
            .iter()
            .filter(|one| one.warmup_steps == 0)
            .map(|one| one.learning_rate)
            .fold(None, larger),
        largest_rate: largest,
        shortest_warmup_steps: shortest.map(|one| one.warmup_steps),
        trials: shortest.map_or(0, |one| one.trials),
        tried_warmup_steps: group.iter().map(|(task, _)| task.plan.schedule.warmup_steps).collect(),
    }
}

fn larger(largest: Option<f64>, rate: f64) -> Option<f64> {
    Some(largest.map_or(rate, |largest: f64| largest.max(rate)))
}

fn stable_rate(optimizer: Optimizer, sharpness: Option<&Estimate>) -> Option<f64> {
    sharpness.filter(|sharpness| sharpness.value > 0.0).and_then(|found| optimizer.largest_stable_rate(found.value))
}

/// A rate at which at least half of the trials solved.
struct Solving {
    warmup_steps: usize,
    learning_rate: f64,
    trials: usize,
}

fn solving(task: &Task, start: &StartRecord) -> Vec<Solving> {
    let warmup_steps = task.plan.schedule.warmup_steps;
    let solving = |learning_rate, trials| Solving { warmup_steps, learning_rate, trials };
    if start.learning_rates.is_empty() {
        // one rate is not searched: its pairs tell
        return if start.solved.value >= 0.5 { vec![solving(start.learning_rate, start.solved.n)] } else { Vec::new() };
    }
    let rates = start.learning_rates.iter().filter(|rate| rate.mostly_solves());
    rates.map(|rate| solving(rate.learning_rate, rate.trials)).collect()
}

#[cfg(test)]
mod tests {
    use crate::study::Silent;
    use crate::study::compare::{compare, identity};
    use crate::study::design::Design;
    use crate::study::record::StudyResult;
    use crate::study::store::Store;

    fn run(start: &str, learning_rates: &[f64]) -> StudyResult {
        let design: Design = serde_json::from_value(serde_json::json!({
            "title": "warm-up", "networks": ["mlp(64, 64x6, 10, relu)"], "data": "digits", "starts": [start],
            "schedules": ["constant(warmup=60)", "constant"], "learning_rates": learning_rates, "steps": 150, "batch": 64,
            "target": 0.3, "curvature": true
        }))
        .unwrap();
        let (data, networks) = (seedbed_network::data::digits(), ["mlp(64, 64x6, 10, relu)".parse().unwrap()]);
        let tasks = design.tasks(&networks).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), &identity(&design, &tasks, &data)).unwrap();
        compare(&design, &tasks, &data, 0.95, (&std::sync::Mutex::new(store), 2, &Silent)).unwrap()
    }

    #[test]
    fn a_rate_that_only_warm_up_makes_possible() {
        let found = run("he_normal", &[0.04, 0.1]);
        let [row] = &found.warmup[..] else { panic!("{:?}", found.warmup) };
        assert_eq!((row.schedule.as_str(), &row.tried_warmup_steps[..]), ("constant", &[0, 60][..]));
        let without = found.tasks[1].starts[0].window.high;
        let with = found.tasks[0].starts[0].window.high;
        assert_eq!(row.largest_rate_without, without);
        assert!(with > without, "{with:?} {without:?}");
        assert_eq!((row.largest_rate, row.shortest_warmup_steps), (with, Some(60)));
        let sharpness = row.sharpness_at_start.as_ref().unwrap().value;
        assert!((row.largest_stable_rate.unwrap() * sharpness - 3.8).abs() < 1e-9 && sharpness > 1.0);
        // the same from the pairs alone
        let found = run("variance_scaling(scale=6, mode=fan_in, distribution=normal)", &[0.02]);
        let solved = |task: usize| found.tasks[task].starts[0].solved.value;
        assert!(solved(0) >= 0.5 && solved(1) < 0.5, "{} {}", solved(0), solved(1));
        let row = &found.warmup[0];
        assert_eq!((row.largest_rate_without, row.largest_rate), (None, Some(0.02)));
        assert_eq!((row.shortest_warmup_steps, row.trials), (Some(60), 6));
    }
}
