//! What a publication lets one expect of a study, as numbers, and whether the study agrees.

use serde::{Deserialize, Serialize};

use super::depth::{boundary, trainable_depth};
use super::design::{Design, Task};
use super::record::StartRecord;
use crate::error::FeasibilityError;
use crate::record::Ended;
use crate::start::Start;
use crate::statistics::{self, Estimate};
use crate::trial::Measure;

/// A quantity between bounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What it says, in words.
    pub says: String,
    /// The quantity.
    pub measure: Quantity,
    /// Of which start.
    pub start: String,
    /// The ratio to this start on the same seeds, instead of the quantity itself.
    #[serde(default)]
    pub versus: Option<String>,
    /// The task in which that start is taken; the same task where left out.
    #[serde(default)]
    pub versus_task: Option<String>,
    /// In which task, by name; in every one where left out.
    #[serde(default)]
    pub task: Option<String>,
    /// The slope of ln(quantity) over ln(weighted layers) along the tasks, instead of the quantity.
    #[serde(default)]
    pub over_depth: bool,
    /// The depth to which the trials solve over theory's [`trainable_depth`], along the tasks.
    #[serde(default)]
    pub over_trainable_depth: bool,
    /// Lower bound.
    #[serde(default)]
    pub at_least: Option<f64>,
    /// Upper bound.
    #[serde(default)]
    pub at_most: Option<f64>,
}

/// What can be expected: one number a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quantity {
    /// 1 where the trial solved the task, otherwise 0.
    Solved,
    /// 1 where it diverged, otherwise 0.
    Diverged,
    /// 1 where it ended stalled, otherwise 0.
    Stalled,
    /// Steps to the target, the budget where it was not reached.
    Steps,
    /// The smoothed training loss of the last step; infinite where it was not finite.
    FinalLoss,
    /// Mean of log10 of the smoothed loss over the budget.
    LossArea,
    /// Test accuracy at the end.
    TestAccuracy,
    /// Test loss at the end.
    TestLoss,
    /// Any other measure at the end of a trial.
    #[serde(untagged)]
    Measured(Measure),
}

impl Quantity {
    fn is_share(self) -> bool {
        matches!(self, Quantity::Solved | Quantity::Diverged | Quantity::Stalled)
    }
}

/// What came of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval lies within the bounds.
    Agrees,
    /// The interval holds a bound: more seeds would tell.
    Undecided,
    /// The whole interval lies outside.
    Disagrees,
}

/// An expectation beside the measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What was expected.
    pub expectation: Expectation,
    /// The task it was measured in; `None` where it runs along all.
    pub task: Option<String>,
    /// What was measured.
    pub measured: Estimate,
    /// Whether they agree.
    pub verdict: Verdict,
}

impl Expectation {
    /// Refuses an expectation that names what the design does not have.
    ///
    /// # Errors
    /// An unknown start or task, no bound at all, or a slope along fewer than two depths.
    pub fn check(&self, design: &Design, tasks: &[Task]) -> Result<(), FeasibilityError> {
        let refuse = |found: String, wanted: String| {
            Err(FeasibilityError::Setting { setting: "an expectation's name or bound", found, wanted })
        };
        for start in std::iter::once(&self.start).chain(&self.versus) {
            if !design.starts.contains(start) {
                return refuse(start.clone(), format!("one of the starts: {}", design.starts.join(", ")));
            }
        }
        for name in self.task.iter().chain(&self.versus_task) {
            if !tasks.iter().any(|known| known.name == *name) {
                let known: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
                return refuse(name.clone(), format!("one of the tasks: {}", known.join("; ")));
            }
        }
        if self.versus_task.is_some() && self.versus.is_none() {
            return refuse(self.says.clone(), "a 'versus' for its 'versus_task'".to_owned());
        }
        if self.at_least.is_none() && self.at_most.is_none() {
            return refuse(self.says.clone(), "with at_least, at_most or both".to_owned());
        }
        if self.versus.is_some() && self.measure.is_share() {
            return refuse(self.says.clone(), "a ratio of steps or losses, not of shares".to_owned());
        }
        if self.over_depth && (tasks.len() < 2 || self.versus.is_some()) {
            return refuse(self.says.clone(), "several networks and no 'versus', for a slope over depth".to_owned());
        }
        if self.over_trainable_depth {
            return self.check_trainable(tasks).or_else(|wanted| refuse(self.says.clone(), wanted));
        }
        Ok(())
    }

    /// What is wanted, where the depth to which trials solve cannot be set beside theory's.
    fn check_trainable(&self, tasks: &[Task]) -> Result<(), String> {
        if self.measure != Quantity::Solved || self.over_depth || self.versus.is_some() || tasks.len() < 2 {
            return Err(
                "several networks, measure = \"solved\", no 'versus' and no 'over_depth', for a trainable depth"
                    .to_owned(),
            );
        }
        let start: Start = self.start.parse().map_err(|error: seedbed::Error| error.to_string())?;
        match tasks.iter().find(|task| trainable_depth(task.network, &start).is_none()) {
            Some(task) => Err(format!("a start whose trainable depth is known and finite in {}", task.name)),
            None => Ok(()),
        }
    }

    /// Sets the expectation beside what was measured: once a task, or once along all.
    pub fn judge(&self, tasks: &[Measured], confidence: f64) -> Vec<Judged> {
        if self.over_depth {
            return self.slope(tasks, confidence).map(|slope| self.judged(None, slope)).into_iter().collect();
        }
        if self.over_trainable_depth {
            return self.reached(tasks, confidence).map(|ratio| self.judged(None, ratio)).into_iter().collect();
        }
        let wanted = tasks.iter().filter(|task| self.task.as_ref().is_none_or(|name| name == task.name));
        let one = |task: &Measured| Some(self.judged(Some(task.name), self.in_task(task, tasks, confidence)?));
        wanted.filter_map(one).collect()
    }

    fn in_task(&self, task: &Measured, tasks: &[Measured], confidence: f64) -> Option<Estimate> {
        let values = task.of(&self.start)?.values(self.measure);
        if self.measure.is_share() {
            let hits = values.iter().filter(|value| **value == 1.0).count();
            return Some(statistics::wilson(hits, values.len(), confidence));
        }
        let Some(versus) = &self.versus else { return Some(statistics::skewed_mean(&values, confidence)) };
        let elsewhere = self.versus_task.as_ref().map(|name| tasks.iter().find(|task| task.name == name));
        let others = elsewhere.unwrap_or(Some(task))?.of(versus)?.values(self.measure);
        let ratios: Vec<f64> = values.iter().zip(&others).map(|(own, other)| (own / other).ln()).collect();
        Some(exponential(statistics::mean(&ratios, confidence)))
    }

    /// The slope of each seed over the depths, and their mean.
    fn slope(&self, tasks: &[Measured], confidence: f64) -> Option<Estimate> {
        let columns: Option<Vec<(f64, Vec<f64>)>> = tasks
            .iter()
            .map(|task| Some(((task.depth as f64).ln(), task.of(&self.start)?.values(self.measure))))
            .collect();
        let columns = columns?;
        let seeds = columns.iter().map(|(_, values)| values.len()).min()?;
        let slopes: Vec<f64> = (0..seeds)
            .map(|seed| {
                least_squares_slope(&columns.iter().map(|(x, values)| (*x, values[seed].ln())).collect::<Vec<_>>())
            })
            .collect();
        Some(statistics::mean(&slopes, confidence))
    }

    /// The depth to which each seed solves, over theory's: geometric mean, from the lower end for the deepest networks that
    /// solved to the upper end for the next deeper ones, since the boundary lies between them.
    fn reached(&self, tasks: &[Measured], confidence: f64) -> Option<Estimate> {
        let found: Option<Vec<_>> = tasks.iter().map(|task| Some((task.depth, task.of(&self.start)?))).collect();
        let found = found?;
        let (_, first) = found.first()?;
        let theory = first.trainable_depth?;
        let of_seed = |seed: usize| {
            let solved = |(depth, record): &(usize, &StartRecord)| (*depth, record.trials[seed].ended == Ended::Solved);
            boundary(&found.iter().map(solved).collect::<Vec<_>>())
        };
        let ends: Option<Vec<(f64, f64)>> = (0..first.trials.len()).map(of_seed).collect();
        let (deepest, next): (Vec<f64>, Vec<f64>) = ends?.into_iter().unzip();
        let mean = |depths: &[f64]| {
            let ratios: Vec<f64> = depths.iter().map(|depth| (depth / theory).ln()).collect();
            exponential(statistics::mean(&ratios, confidence))
        };
        let (below, above) = (mean(&deepest), mean(&next));
        let low = if deepest.contains(&0.0) { 0.0 } else { below.low };
        let high = if next.contains(&f64::INFINITY) { f64::INFINITY } else { above.high };
        let value = match (low > 0.0, high.is_finite()) {
            (true, true) => (below.value * above.value).sqrt(),
            (true, false) => below.value,
            (false, _) => above.value,
        };
        Some(Estimate::new(value, low, high, deepest.len(), "geometric mean, between depths"))
    }

    fn judged(&self, task: Option<&str>, measured: Estimate) -> Judged {
        let (least, most) = (self.at_least.unwrap_or(f64::NEG_INFINITY), self.at_most.unwrap_or(f64::INFINITY));
        // all trials alike leave no spread: the value then stands for its interval
        let end = |end: f64| if end.is_nan() { measured.value } else { end };
        let (low, high) = (end(measured.low), end(measured.high));
        let verdict = if low >= least && high <= most {
            Verdict::Agrees
        } else if high < least || low > most {
            Verdict::Disagrees
        } else {
            Verdict::Undecided
        };
        Judged { expectation: self.clone(), task: task.map(str::to_owned), measured, verdict }
    }
}

fn exponential(estimate: Estimate) -> Estimate {
    let Estimate { value, low, high, n, method } = estimate;
    Estimate::new(value.exp(), low.exp(), high.exp(), n, &format!("{method} of logarithms"))
}

fn least_squares_slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let (mean_x, mean_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points
        .iter()
        .fold((0.0, 0.0), |(above, below), (x, y)| (above + (x - mean_x) * (y - mean_y), below + (x - mean_x).powi(2)));
    above / below
}

/// A task with the values of its trials.
#[derive(Debug)]
pub struct Measured<'m> {
    /// Its name.
    pub name: &'m str,
    /// Weighted layers of its network.
    pub depth: usize,
    /// Its starts.
    pub starts: &'m [StartRecord],
}

impl Measured<'_> {
    fn of(&self, start: &str) -> Option<&StartRecord> {
        self.starts.iter().find(|record| record.start == start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expectation(at_least: Option<f64>, at_most: Option<f64>) -> Expectation {
        Expectation {
            says: "test".to_owned(),
            measure: Quantity::Steps,
            start: "a".to_owned(),
            versus: None,
            versus_task: None,
            task: None,
            over_depth: false,
            over_trainable_depth: false,
            at_least,
            at_most,
        }
    }

    #[test]
    fn the_whole_interval_decides() {
        let measured = Estimate::new(2.0, 1.0, 3.0, 6, "student_t");
        let verdict = |least, most| expectation(least, most).judged(None, measured.clone()).verdict;
        assert_eq!(verdict(Some(0.5), Some(4.0)), Verdict::Agrees);
        assert_eq!(verdict(Some(1.5), None), Verdict::Undecided);
        assert_eq!(verdict(Some(3.5), None), Verdict::Disagrees);
        assert_eq!(verdict(None, Some(0.5)), Verdict::Disagrees);
        let nothing = Estimate::new(f64::NAN, f64::NAN, f64::NAN, 0, "student_t");
        assert_eq!(expectation(Some(1.0), None).judged(None, nothing).verdict, Verdict::Undecided);
    }

    #[test]
    fn a_power_law_has_its_exponent_as_slope() {
        let points: Vec<(f64, f64)> =
            [2.0f64, 4.0, 8.0].iter().map(|depth| (depth.ln(), (5.0 * depth.powf(1.5)).ln())).collect();
        assert!((least_squares_slope(&points) - 1.5).abs() < 1e-12);
    }

    #[test]
    fn measures_are_named_as_in_files() {
        let read: Expectation = serde_json::from_value(serde_json::json!({
            "says": "x", "measure": "relative_distance", "start": "he_normal", "at_most": 1.0
        }))
        .unwrap();
        assert_eq!(read.measure, Quantity::Measured(Measure::RelativeDistance));
    }
}
