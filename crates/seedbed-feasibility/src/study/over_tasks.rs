//! The starts over all tasks of a study together: how fast, how surely, and how often faster than the best.
//!
//! Steps of different tasks are made comparable by the task's reference, the fewest mean steps of its starts: the score of a
//! trial is reference / steps to the target, 0 where it was not reached. So 1 is as fast as the task's best start on
//! average, and a lucky trial is above 1. Tasks that no start solves have no reference and are left out by name.

use serde::{Deserialize, Serialize};

use crate::statistics::{
    Estimate, Time, interquartile_mean, mean_probability_of_improvement, optimality_gap, stratified_share,
};

/// Points of a performance profile a doubling of the steps.
const POINTS_A_DOUBLING: i32 = 8;
/// Doublings of the reference that it begins and ends at.
const DOUBLINGS: (i32, i32) = (-1, 5);

/// The starts over the tasks that some start solves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OverTasks {
    /// Names of those tasks, two at least.
    pub tasks: Vec<String>,
    /// Names of the tasks that no start solves.
    pub left_out: Vec<String>,
    /// The start with the highest interquartile mean.
    pub best: String,
    /// The starts, in the order of the design.
    pub starts: Vec<StartOverTasks>,
}

/// One start over the tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartOverTasks {
    /// Its text form.
    pub start: String,
    /// Interquartile mean of the score; by resampling within the tasks.
    pub score: Estimate,
    /// Mean of max(0, 1 − score).
    pub optimality_gap: Estimate,
    /// Share of the trials that reached the target.
    pub solved: Estimate,
    /// P(its score is above that of the best start) + P(they are equal)/2, the mean over the tasks; `None` of the best itself. Its
    /// interval is corrected over the starts (Bonferroni).
    pub improvement: Option<Estimate>,
    /// Whether that interval reaches ½, so that it is not behind the best beyond doubt.
    pub tied: bool,
    /// How much of it is solved by when.
    pub profile: PerformanceProfile,
}

/// Share of the trials, over all tasks, that have reached the target within so many times the task's reference: the
/// performance profile of Dolan & Moré (2002), with pointwise intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceProfile {
    /// Steps over the reference, ascending.
    pub factor: Vec<f64>,
    /// Share at each.
    pub share: Vec<f64>,
    /// Lower ends.
    pub low: Vec<f64>,
    /// Upper ends.
    pub high: Vec<f64>,
}

/// A task's trials.
#[derive(Clone, Debug)]
pub struct TaskTimes {
    /// Its name.
    pub task: String,
    /// Steps to the target of every start's trials, censored at the budget.
    pub times: Vec<Vec<Time>>,
}

/// The starts over all tasks; `None` with fewer than two tasks that some start solves, or without trials. `seed` draws the
/// resamples.
///
/// Sources: Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical precipice", for the interquartile
/// mean, the optimality gap and the probability of improvement; Dolan & Moré (2002), "Benchmarking optimization software with
/// performance profiles".
///
/// ```
/// use seedbed_feasibility::statistics::Time;
/// use seedbed_feasibility::study::over_tasks::{TaskTimes, over_tasks};
/// let trials = |steps: f64| (0..6).map(|seed| Time { steps: steps + f64::from(seed), observed: true }).collect::<Vec<_>>();
/// let task = |task: &str| TaskTimes { task: task.to_owned(), times: vec![trials(100.0), trials(200.0)] };
/// let found = over_tasks(&["a".to_owned(), "b".to_owned()], &[task("one"), task("two")], 0, 0.95).unwrap();
/// assert_eq!((found.best.as_str(), found.starts[1].tied), ("a", false));
/// assert_eq!(found.starts[1].improvement.as_ref().unwrap().value, 0.0);
/// ```
pub fn over_tasks(starts: &[String], tasks: &[TaskTimes], seed: u64, confidence: f64) -> Option<OverTasks> {
    let (solved, left_out): (Vec<&TaskTimes>, Vec<&TaskTimes>) =
        tasks.iter().partition(|task| task.times.iter().flatten().any(|time| time.observed));
    let complete = solved.iter().all(|task| task.times.len() == starts.len() && !task.times.iter().any(Vec::is_empty));
    if solved.len() < 2 || starts.is_empty() || !complete {
        return None;
    }
    let scores: Vec<Vec<Vec<f64>>> = (0..starts.len())
        .map(|start| solved.iter().map(|task| scores(&task.times[start], reference(&task.times))).collect())
        .collect();
    let means: Vec<Estimate> = scores.iter().map(|scores| interquartile_mean(scores, seed, confidence)).collect();
    let best = (0..starts.len()).rev().max_by(|&one, &other| means[one].value.total_cmp(&means[other].value))?;
    let corrected = 1.0 - (1.0 - confidence) / (starts.len() - 1).max(1) as f64;
    let records = (starts.iter().zip(&scores).zip(means).enumerate()).map(|(place, ((start, own), score))| {
        let improvement = (place != best).then(|| improvement(own, &scores[best], corrected));
        StartOverTasks {
            start: start.clone(),
            score,
            optimality_gap: optimality_gap(own, 1.0, seed, confidence),
            solved: share(own, |score| score > 0.0, confidence),
            tied: improvement.as_ref().is_none_or(|improvement| improvement.high >= 0.5),
            improvement,
            profile: profile(own, confidence),
        }
    });
    Some(OverTasks {
        tasks: solved.iter().map(|task| task.task.clone()).collect(),
        left_out: left_out.iter().map(|task| task.task.clone()).collect(),
        best: starts[best].clone(),
        starts: records.collect(),
    })
}

/// The fewest mean steps of the starts, the budget for trials that did not reach the target.
fn reference(times: &[Vec<Time>]) -> f64 {
    let mean = |times: &Vec<Time>| times.iter().map(|time| time.steps).sum::<f64>() / times.len() as f64;
    times.iter().map(mean).fold(f64::INFINITY, f64::min)
}

fn scores(times: &[Time], reference: f64) -> Vec<f64> {
    times.iter().map(|time| if time.observed { reference / time.steps } else { 0.0 }).collect()
}

fn share(tasks: &[Vec<f64>], hit: impl Fn(f64) -> bool, confidence: f64) -> Estimate {
    let hits = |scores: &Vec<f64>| (scores.iter().filter(|score| hit(**score)).count(), scores.len());
    stratified_share(&tasks.iter().map(hits).collect::<Vec<_>>(), confidence)
}

fn improvement(own: &[Vec<f64>], best: &[Vec<f64>], confidence: f64) -> Estimate {
    let tasks: Vec<(Vec<f64>, Vec<f64>)> = own.iter().cloned().zip(best.iter().cloned()).collect();
    mean_probability_of_improvement(&tasks, confidence)
}

fn profile(tasks: &[Vec<f64>], confidence: f64) -> PerformanceProfile {
    let (first, last) = (DOUBLINGS.0 * POINTS_A_DOUBLING, DOUBLINGS.1 * POINTS_A_DOUBLING);
    let factor: Vec<f64> = (first..=last).map(|point| f64::from(point) / f64::from(POINTS_A_DOUBLING)).collect();
    let factor: Vec<f64> = factor.into_iter().map(f64::exp2).collect();
    let shares: Vec<Estimate> =
        factor.iter().map(|factor| share(tasks, |score| score * factor >= 1.0, confidence)).collect();
    let of = |end: fn(&Estimate) -> f64| shares.iter().map(end).collect();
    PerformanceProfile {
        share: of(|share| share.value),
        low: of(|share| share.low),
        high: of(|share| share.high),
        factor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(steps: &[f64]) -> Vec<Time> {
        steps.iter().map(|&steps| Time { steps, observed: steps < 300.0 }).collect()
    }

    fn task(name: &str, starts: &[&[f64]]) -> TaskTimes {
        TaskTimes { task: name.to_owned(), times: starts.iter().map(|steps| times(steps)).collect() }
    }

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|place| format!("start {place}")).collect()
    }

    /// Two tasks in which the second start is faster, solves less, and one that nobody solves.
    fn two_and_one() -> OverTasks {
        let tasks = [
            task("short", &[&[40.0, 50.0, 60.0, 50.0, 45.0, 55.0], &[30.0, 25.0, 300.0, 35.0, 30.0, 30.0]]),
            task("long", &[&[100.0, 120.0, 110.0, 90.0, 80.0, 100.0], &[200.0, 220.0, 300.0, 300.0, 180.0, 250.0]]),
            task("never", &[&[300.0; 6], &[300.0; 6]]),
        ];
        over_tasks(&names(2), &tasks, 0, 0.95).unwrap()
    }

    #[test]
    fn scores_are_set_against_each_tasks_best() {
        let found = two_and_one();
        assert_eq!(
            (&found.tasks[..], &found.left_out[..]),
            (&["short", "long"].map(str::to_owned)[..], &["never".to_owned()][..])
        );
        let [first, second] = &found.starts[..] else { panic!() };
        // SciPy: trim_mean(x, .25) of the scores against 50 and 100, NumPy's mean of max(0, 1 - score)
        assert!((first.score.value - 1.003_367_003_367_003_5).abs() < 1e-12, "{}", first.score);
        assert!((second.score.value - 0.834_223_184_223_184_3).abs() < 1e-12, "{}", second.score);
        assert!((second.optimality_gap.value - 0.424_158_249_158_249_1).abs() < 1e-12, "{}", second.optimality_gap);
        assert_eq!((first.solved.value, second.solved.value, second.solved.n), (1.0, 0.75, 12));
        assert!(first.improvement.is_none() && first.tied && found.best == "start 0");
        // mannwhitneyu / 36: 30 of 36 pairs on "short", none on "long"
        assert!((second.improvement.as_ref().unwrap().value - (30.0 / 36.0) / 2.0).abs() < 1e-12);
        assert!(second.tied, "{:?}", second.improvement);
    }

    #[test]
    fn a_profile_rises_to_what_is_solved() {
        let found = two_and_one();
        let profile = &found.starts[1].profile;
        let at = |factor: f64| profile.factor.iter().position(|other| (other - factor).abs() < 1e-12).unwrap();
        // of 12 trials: 25 of 50 at ½; the five below 50 at 1; 180 and 200 at 2; 220 and 250 by 4
        assert_eq!(profile.share[at(0.5)], 1.0 / 12.0);
        assert_eq!(profile.share[at(1.0)], 5.0 / 12.0);
        assert_eq!(profile.share[at(2.0)], 7.0 / 12.0);
        assert_eq!(profile.share[at(4.0)], 0.75);
        assert_eq!(profile.share.last(), Some(&0.75));
        assert!(profile.share.windows(2).all(|pair| pair[0] <= pair[1]));
        let ends = profile.low.iter().zip(&profile.share).zip(&profile.high);
        assert!(ends.clone().all(|((low, share), high)| low <= share && share <= high));
        assert!(ends.clone().any(|((low, _), high)| high - low > 0.3));
    }

    #[test]
    fn one_task_that_is_solved_is_not_enough() {
        let tasks = [task("one", &[&[50.0; 6]]), task("never", &[&[300.0; 6]])];
        assert_eq!(over_tasks(&names(1), &tasks, 0, 0.95), None);
        assert_eq!(over_tasks(&[], &[], 0, 0.95), None);
    }

    #[test]
    fn a_start_that_is_slower_everywhere_is_behind() {
        let slow =
            [task("a", &[&[50.0; 6], &[90.0; 6], &[51.0; 6]]), task("b", &[&[70.0; 6], &[90.0; 6], &[300.0; 6]])];
        let found = over_tasks(&names(3), &slow, 0, 0.95).unwrap();
        let tied: Vec<bool> = found.starts.iter().map(|start| start.tied).collect();
        assert_eq!(tied, [true, false, false]);
    }
}
