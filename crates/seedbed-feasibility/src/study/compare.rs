//! Runs a design: every start of every task, searched and then compared on paired seeds.

use std::sync::Mutex;
use std::time::Instant;

use seedbed_network::data::Dataset;
use serde_json::json;

use super::depth::trainable_depth;
use super::design::{Design, Task};
use super::expectation::Measured;
use super::over_tasks::{OverTasks, TaskTimes, over_tasks};
use super::racing::{self, Race, Raced};
use super::record::{SCHEMA, StartRecord, StudyResult, TaskRecord, TrialSummary};
use super::search::{self, Grid, Search, Searched};
use super::start_record::{Stopped, start_record};
use super::store::{Phase, Store, TrialKey};
use super::ties::{Pairs, with_best};
use super::{Observer, Study, warmup};
use crate::error::FeasibilityError;
use crate::record::{DataRecord, Ended, NetworkRecord};
use crate::statistics::Time;
use crate::trial::step_operations;

/// Everything that determines the trials of a design, as JSON.
pub fn identity(design: &Design, tasks: &[Task], data: &Dataset) -> String {
    let entry = |task: &Task| {
        let graph = crate::recommend::graph_fingerprint(task.network);
        (task.name.clone(), json!({"graph": graph, "plan": task.plan}))
    };
    let tasks: serde_json::Map<String, serde_json::Value> = tasks.iter().map(entry).collect();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "data": data.name,
        "data_content": crate::recommend::data_fingerprint(data),
        "tasks": tasks,
        "starts": design.starts,
        "learning_rates": design.learning_rates,
        "seeds": design.seeds,
        "seed": design.seed,
    })
    .to_string()
}

/// Runs the trials that `store` does not hold yet, and sets the design's expectations beside what came out.
///
/// The outcome depends on the design and the data alone, apart from times: not on `threads`, and not on interruptions.
///
/// # Errors
/// As [`Design::check`]; a store that cannot be written; or the interruption, with all finished trials kept.
pub fn compare(
    design: &Design,
    tasks: &[Task],
    data: &Dataset,
    confidence: f64,
    (store, threads, observer): (&Mutex<Store>, usize, &dyn Observer),
) -> Result<StudyResult, FeasibilityError> {
    design.check(tasks, data)?;
    let begun = Instant::now();
    observer.begins(planned_steps(design, tasks));
    let mut records = Vec::new();
    for task in tasks {
        let study = Study::new(&task.name, task.network, data, &task.plan, threads, observer, store);
        records.push(task_record(task, run_task(design, &study, confidence)?));
    }
    let measured: Vec<Measured> = records
        .iter()
        .map(|record| Measured { name: &record.task, depth: record.network.layers.len(), starts: &record.starts })
        .collect();
    let judged = design.expect.iter().flat_map(|expectation| expectation.judge(&measured, confidence)).collect();
    Ok(StudyResult {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: String::new(),
        design: design.clone(),
        data: DataRecord::of(data),
        confidence,
        warmup: warmup::rows(tasks, &records),
        over_tasks: (!design.racing).then(|| over_all(design, &records, confidence)).flatten(),
        tasks: records,
        judged,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

/// The starts over all tasks.
fn over_all(design: &Design, records: &[TaskRecord], confidence: f64) -> Option<OverTasks> {
    let time = |trial: &TrialSummary| Time { steps: trial.steps as f64, observed: trial.ended == Ended::Solved };
    let of_task = |record: &TaskRecord| TaskTimes {
        task: record.task.clone(),
        times: record.starts.iter().map(|start| start.trials.iter().map(time).collect()).collect(),
    };
    let tasks: Vec<TaskTimes> = records.iter().map(of_task).collect();
    over_tasks(&design.starts, &tasks, design.seed, confidence)
}

fn search_of(design: &Design) -> Search<'_> {
    let first_seed = design.seed.wrapping_add(design.seeds as u64);
    Search { candidates: &design.starts, learning_rates: &design.learning_rates, grid: Grid::Whole, first_seed }
}

fn planned_steps(design: &Design, tasks: &[Task]) -> u64 {
    let of_task = |task: &Task| {
        let paired = (design.starts.len() * design.seeds * task.plan.steps) as u64;
        search_of(design).planned_steps(task.plan.steps) + paired
    };
    tasks.iter().map(of_task).sum()
}

/// The records of the starts, and the best of them.
fn run_task(
    design: &Design,
    study: &Study,
    confidence: f64,
) -> Result<(Option<String>, Vec<StartRecord>), FeasibilityError> {
    let searched = search::learning_rates(&search_of(design), study)?;
    let paired = paired(design, study, &searched, 1.0 - confidence)?;
    let stopped = if design.racing { Stopped::ByWhatWasSeen } else { Stopped::AtASetNumber };
    let records = design.starts.iter().zip(searched).zip(&paired);
    let mut records: Vec<StartRecord> = records
        .map(|((start, searched), raced)| StartRecord {
            dropped: raced.dropped.clone(),
            ..start_record(start, searched, &raced.trials, study.plan, (stopped, confidence))
        })
        .collect();
    for record in &mut records {
        record.trainable_depth = trainable_depth(study.network, &record.start.parse()?);
    }
    let pairs: Vec<Pairs> = paired.iter().map(|raced| Pairs::of(&raced.trials, study.plan)).collect();
    let in_the_race = (0..pairs.len()).filter(|&place| records[place].dropped.is_none());
    let best = in_the_race.min_by(|&one, &other| pairs[one].best_first(&pairs[other])).unwrap_or(0);
    if design.racing {
        for record in &mut records {
            let solved = record.trials.iter().filter(|trial| trial.ended == Ended::Solved).count();
            record.behind = racing::behind(record.dropped.as_ref(), solved);
        }
    } else {
        let others: Vec<usize> = (0..pairs.len()).filter(|&place| place != best).collect();
        let compared: Vec<&Pairs> = others.iter().map(|&place| &pairs[place]).collect();
        let behind = with_best(&pairs[best], &compared, &design.learning_rates, confidence);
        others.into_iter().zip(behind).for_each(|(place, behind)| records[place].behind = behind);
    }
    Ok(((pairs[best].solved > 0).then(|| design.starts[best].clone()), records))
}

/// The paired trials of every start, in the order of the seeds; with racing as far as each came, and how it went out.
fn paired(design: &Design, study: &Study, searched: &[Searched], level: f64) -> Result<Vec<Raced>, FeasibilityError> {
    let seeds: Vec<u64> = (0..design.seeds as u64).map(|offset| design.seed.wrapping_add(offset)).collect();
    let learning_rates: Vec<f64> = searched.iter().map(|searched| searched.best).collect();
    if design.racing {
        let (starts, grid) = (&design.starts[..], &design.learning_rates[..]);
        let race = Race { starts, learning_rates: &learning_rates, seeds: &seeds, grid, level };
        return racing::run(&race, study);
    }
    study.observer.stage(&format!("comparing the starts of {}", study.task));
    let key = |start: &String, learning_rate, seed| TrialKey {
        prior: start.clone(),
        phase: Phase::Paired,
        seed,
        learning_rate,
    };
    let of_start = |(start, &rate)| seeds.iter().map(move |&seed| key(start, rate, seed));
    let keys: Vec<TrialKey> = design.starts.iter().zip(&learning_rates).flat_map(of_start).collect();
    Ok(study
        .trials(&keys)?
        .chunks(design.seeds)
        .map(|trials| Raced { trials: trials.to_vec(), dropped: None })
        .collect())
}

fn task_record(task: &Task, (best, starts): (Option<String>, Vec<StartRecord>)) -> TaskRecord {
    TaskRecord {
        task: task.name.clone(),
        network: NetworkRecord::of(task.network),
        optimizer: task.plan.optimizer.to_string(),
        schedule: task.plan.schedule.to_string(),
        step_operations: step_operations(task.network, task.plan.batch),
        best,
        starts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stall::StallKind;
    use crate::statistics;
    use crate::study::Silent;
    use crate::study::expectation::Verdict;
    use crate::study::ties::Behind;
    use crate::trial::{Measure, Plan};

    fn design() -> Design {
        serde_json::from_value(json!({
            "title": "tied units", "networks": ["mlp(64, 16, 10, relu)"], "data": "digits",
            "starts": ["he_normal", "zeros"], "learning_rates": [1e-3, 1e-2], "steps": 120, "batch": 64, "target": 0.8,
            "expect": [
                {"says": "random solves", "start": "he_normal", "measure": "solved", "at_least": 0.5},
                {"says": "zeros do not", "start": "zeros", "measure": "solved", "at_most": 0.5},
                {"says": "zeros solve", "start": "zeros", "measure": "solved", "at_least": 0.5},
                {"says": "faster", "start": "he_normal", "versus": "zeros", "measure": "steps", "at_most": 0.9}
            ]
        }))
        .unwrap()
    }

    fn run(threads: usize) -> StudyResult {
        run_design(&design(), threads)
    }

    fn run_design(design: &Design, threads: usize) -> StudyResult {
        let data = seedbed_network::data::digits();
        let networks: Vec<_> = design.networks.iter().map(|text| text.parse().unwrap()).collect();
        let tasks = design.tasks(&networks).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), &identity(design, &tasks, &data)).unwrap();
        compare(design, &tasks, &data, 0.95, (&Mutex::new(store), threads, &Silent)).unwrap()
    }

    fn refusal(design: &Design) -> String {
        let networks: Vec<_> = design.networks.iter().map(|text| text.parse().unwrap()).collect();
        let data = seedbed_network::data::digits();
        design.tasks(&networks).and_then(|tasks| design.check(&tasks, &data)).unwrap_err().to_string()
    }

    #[test]
    fn expectations_stand_beside_what_was_measured() {
        let found = run(2);
        let verdicts: Vec<Verdict> = found.judged.iter().map(|judged| judged.verdict).collect();
        assert_eq!(
            verdicts,
            [Verdict::Agrees, Verdict::Agrees, Verdict::Disagrees, Verdict::Agrees],
            "{:?}",
            found.judged
        );
        let [he, zeros] = &found.tasks[0].starts[..] else { panic!() };
        assert_eq!((he.window.high, zeros.window.decades), (Some(1e-2), None));
        assert!(he.window.cut && he.measures[&Measure::Distance].value > 0.0);
        let [(kind, share)] = &zeros.stalls.iter().collect::<Vec<_>>()[..] else { panic!("{:?}", zeros.stalls) };
        assert_eq!((**kind, share.value, share.n), (StallKind::DeadNetwork, 1.0, 6));
        assert!(he.stalls.is_empty() && he.ended[&Ended::Solved].value == 1.0);
        assert!(he.escape_steps.as_ref().unwrap().value < he.steps_to_target.as_ref().unwrap().value);
        assert!(zeros.steps_with_restarts.value.is_infinite() && zeros.steps_with_restarts.low > 120.0);
        assert_eq!((he.survival.unsolved.first(), he.survival.unsolved.last()), (Some(&1.0), Some(&0.0)));
        assert_eq!(
            (found.tasks[0].best.as_deref(), he.behind, zeros.behind),
            (Some("he_normal"), Behind::Tied, Behind::SolvesLess)
        );
    }

    #[test]
    fn solving_is_set_beside_the_trainable_depth() {
        let start = "{*.weight=lecun_normal; *.bias=normal(variance=0.05)}";
        let mut design = Design {
            starts: vec![start.to_owned(), "lecun_normal".to_owned()],
            networks: vec!["mlp(64, 32, 10, tanh)".to_owned(), "mlp(64, 32x40, 10, tanh)".to_owned()],
            ..design()
        };
        let expectation =
            json!({"says": "6 xi_c", "start": start, "measure": "solved", "over_trainable_depth": true, "at_most": 2});
        design.expect = vec![serde_json::from_value(expectation).unwrap()];
        let found = run_design(&design, 2);
        let [beside, critical] = &found.tasks[1].starts[..] else { panic!() };
        // 6 · 3.626976 layers (SciPy)
        assert!((beside.trainable_depth.unwrap() - 21.761856).abs() < 1e-4);
        assert_eq!(critical.trainable_depth, None);
        let measured = &found.judged[0].measured;
        assert!((measured.low - 2.0 / 21.761856).abs() < 1e-6 && (measured.high - 41.0 / 21.761856).abs() < 1e-5);
        assert_eq!((found.judged[0].verdict, &found.judged[0].task), (Verdict::Agrees, &None));
        design.expect[0].start = "lecun_normal".to_owned();
        assert!(refusal(&design).contains("trainable depth is known"), "infinite on the edge of chaos");
    }

    #[test]
    fn a_ratio_may_reach_into_another_task() {
        let mut design = design();
        design.networks.push("mlp(64, 24, 10, relu)".to_owned());
        let expectation = json!({"says": "wider is faster", "start": "he_normal", "versus": "he_normal", "measure": "steps",
            "task": "mlp(64, 16, 10, relu)", "versus_task": "mlp(64, 24, 10, relu)", "at_least": 0.1});
        design.expect = vec![serde_json::from_value(expectation).unwrap()];
        let found = run_design(&design, 2);
        let steps = |task: usize| found.tasks[task].starts[0].values(crate::study::expectation::Quantity::Steps);
        let ratios = steps(0).iter().zip(steps(1)).map(|(narrow, wide)| (narrow / wide).ln()).sum::<f64>();
        assert!((found.judged[0].measured.value - (ratios / 6.0).exp()).abs() < 1e-12);
        design.expect[0].versus_task = Some("mlp(64, 3, 10, relu)".to_owned());
        assert!(refusal(&design).contains("one of the tasks"));
    }

    #[test]
    fn a_race_drops_what_is_beaten_and_widens_the_intervals() {
        let raced = Design { racing: true, seeds: 9, expect: Vec::new(), ..design() };
        let found = run_design(&raced, 2);
        let [he, zeros] = &found.tasks[0].starts[..] else { panic!() };
        assert_eq!((zeros.trials.len(), he.trials.len(), zeros.behind), (7, 7, Behind::SolvesLess));
        assert_eq!(zeros.dropped.as_ref().map(|dropped| dropped.by.as_str()), Some("he_normal"));
        assert_eq!((found.tasks[0].best.as_deref(), &he.dropped), (Some("he_normal"), &None));
        assert_eq!((he.solved.n, he.restricted_mean_steps.method.as_str()), (7, "normal_mixture"));
        assert!(he.solved.low < statistics::wilson(7, 7, 0.95).low);
        // the same trials as with a set number of pairs
        let set = run_design(&Design { seeds: 9, racing: false, ..raced }, 2);
        assert_eq!(he.trials, set.tasks[0].starts[0].trials[..7]);
    }

    #[test]
    fn a_start_on_data_pays_from_the_budget() {
        let (network, data) = ("mlp(64, 32x4, 10, relu)".parse().unwrap(), seedbed_network::data::digits());
        let plan = Plan { steps: 40, batch: 64, ..Plan::default_with(crate::trial::Optimizer::MOMENTUM) };
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(&folder.path().join("study.db"), "{}").unwrap();
        let store = Mutex::new(store);
        let study = Study::new("task", &network, &data, &plan, 1, &Silent, &store);
        let key =
            |prior: &str| TrialKey { prior: prior.to_owned(), phase: Phase::Paired, seed: 0, learning_rate: 1e-4 };
        let [lsuv, drawn] = &study.trials(&[key("lsuv(he_normal)"), key("he_normal")]).unwrap()[..] else { panic!() };
        let start: crate::start::Start = "lsuv(he_normal)".parse().unwrap();
        let forward = start.draw(&network, &data, 0).unwrap().forward_examples;
        // five layers, each seen once at least: 5 · 128 examples forward are 3.3 steps of 64
        assert!(forward >= 640);
        let spent = forward.div_ceil(3 * 64) as usize;
        assert_eq!((lsuv.steps, drawn.steps), (40 - spent, 40));
        // times count from before the passes
        let plan = Plan { measured: true, ..plan };
        let study = Study::new("measured", &network, &data, &plan, 1, &Silent, &store);
        let fast = TrialKey { learning_rate: 1e-2, ..key("lsuv(he_normal)") };
        let counted = study.trials(std::slice::from_ref(&fast)).unwrap()[0].measures[&Measure::EscapeSteps];
        let (weights, bare) = (start.draw(&network, &data, 0).unwrap().weights, Plan { steps: 40 - spent, ..plan });
        let alone = crate::trial::run(&network, &data, weights, &bare, 1e-2, 0, &mut crate::trial::Unkept).unwrap();
        assert_eq!(counted, alone.measures[&Measure::EscapeSteps] + spent as f64);
    }

    #[test]
    fn threads_change_nothing_but_times() {
        let timeless = |mut found: StudyResult| {
            found.seconds = 0.0;
            for start in found.tasks.iter_mut().flat_map(|task| &mut task.starts) {
                start.wall_seconds = statistics::mean(&[], 0.95);
            }
            serde_json::to_string(&found).unwrap()
        };
        assert_eq!(timeless(run(1)), timeless(run(3)));
    }

    #[test]
    fn a_design_that_supports_no_claim_is_refused() {
        let refused = |change: &dyn Fn(&mut Design), part: &str| {
            let mut design = design();
            change(&mut design);
            let message = refusal(&design);
            assert!(message.contains(part), "{message}");
        };
        refused(&|design| design.seeds = 1, "at least 6");
        refused(&|design| design.starts.push("zeros".to_owned()), "zeros twice");
        refused(&|design| design.learning_rates = vec![1.0, 0.1], "ascending");
        refused(&|design| design.racing = true, "an expectation needs a number of pairs");
        let early = |design: &mut Design| (design.racing, design.expect) = (true, Vec::new());
        refused(&early, "at least 7 with racing");
        refused(&|design| design.expect[0].start = "ones".to_owned(), "one of the starts: he_normal, zeros");
        refused(&|design| design.optimizers = vec!["sdg".to_owned()], "sgd, momentum");
        refused(&|design| design.networks = vec!["mlp(4, 3, relu)".to_owned()], "digits");
    }
}
