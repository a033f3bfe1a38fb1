//! What counts as getting there.

use seedbed_network::data::{Dataset, Split, Targets};
use seedbed_network::run::{Batch, Runner};

use crate::error::FeasibilityError;

/// What a training run is asked to reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// This share, in (0, 1], of the performance of training the whole space: accuracy, or R² where the targets are real, on the
    /// test examples, or the training examples where there are none.
    Share(f64),
    /// A training loss of at most this, as the mean of the last 10 steps: nats, or mean squared error.
    Loss(f64),
}

impl Goal {
    /// Refuses a goal out of range.
    ///
    /// # Errors
    /// A share outside (0, 1], or a loss that is not positive.
    pub fn check(self) -> Result<(), FeasibilityError> {
        let refuse = |setting, found: f64, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found: found.to_string(), wanted: wanted.to_owned() })
        };
        match self {
            Goal::Share(share) if !(share > 0.0 && share <= 1.0) => {
                refuse("share", share, "above 0 and at most 1, such as 0.9")
            }
            Goal::Loss(most) if !(most > 0.0 && most.is_finite()) => {
                refuse("target", most, "a positive loss, such as 0.5")
            }
            _ => Ok(()),
        }
    }

    /// The loss asked for, where it is one.
    pub fn loss(self) -> Option<f64> {
        match self {
            Goal::Loss(most) => Some(most),
            Goal::Share(_) => None,
        }
    }
}

/// How performance is measured on a data set.
#[derive(Debug)]
pub(super) struct Yardstick<'d> {
    shown: &'d Split,
    /// Mean squared deviation of the targets from their means, one mean an output; of classes 0.
    variance: f64,
    /// What a constant answer reaches.
    pub constant: f64,
    /// `accuracy` or `R²`, and on what.
    pub name: String,
}

impl<'d> Yardstick<'d> {
    pub fn new(data: &'d Dataset) -> Yardstick<'d> {
        let (shown, part) = match data.test.examples() {
            0 => (&data.train, "training"),
            _ => (&data.test, "test"),
        };
        let (measure, constant, variance) = match &shown.targets {
            Targets::Classes(labels) => ("accuracy", most_frequent(labels), 0.0),
            Targets::Numbers(numbers) => ("R²", 0.0, variance(numbers, shown.targets_per_example)),
        };
        Yardstick { shown, variance, constant, name: format!("{part} {measure}") }
    }

    /// Accuracy, or 1 − mean squared error / variance of the targets; −∞ where that is not a number.
    ///
    /// # Errors
    /// Weights that do not fit the network.
    pub fn performance(&self, runner: &Runner, weights: &[Vec<f32>]) -> Result<f64, FeasibilityError> {
        let found = runner.evaluate(weights, &Batch::of(self.shown, 0..self.shown.examples()))?;
        let performance = match &self.shown.targets {
            Targets::Classes(_) => found.accuracy,
            Targets::Numbers(_) => 1.0 - found.loss / self.variance,
        };
        Ok(if performance.is_nan() { f64::NEG_INFINITY } else { performance })
    }
}

/// Share of the most frequent class.
fn most_frequent(labels: &[u32]) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    labels.iter().for_each(|label| *counts.entry(label).or_insert(0usize) += 1);
    counts.values().max().map_or(0.0, |&most| most as f64 / labels.len() as f64)
}

fn variance(numbers: &[f32], outputs: usize) -> f64 {
    let examples = (numbers.len() / outputs.max(1)) as f64;
    let of_output = |output: usize| {
        let values = || numbers.iter().skip(output).step_by(outputs).map(|&value| f64::from(value));
        let mean = values().sum::<f64>() / examples;
        values().map(|value| (value - mean).powi(2)).sum::<f64>()
    };
    (0..outputs).map(of_output).sum::<f64>() / numbers.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Shape;
    use seedbed_network::graph::Network;

    fn regression(test: Split) -> Dataset {
        let train = Split { inputs: vec![0.0; 4], targets: Targets::Numbers(vec![0.0; 4]), targets_per_example: 1 };
        let example_shape = Shape::new(vec![1]).unwrap();
        Dataset { name: "line".to_owned(), example_shape, classes: 1, train, test }
    }

    #[test]
    fn r_squared_by_hand() {
        // sklearn.metrics.r2_score([1, 2, 3, 6], [2, 2, 3, 5]) = 1 - 2/14
        let inputs = vec![2.0, 2.0, 3.0, 5.0];
        let test = Split { inputs, targets: Targets::Numbers(vec![1.0, 2.0, 3.0, 6.0]), targets_per_example: 1 };
        let (data, network) = (regression(test), "mlp(1, 1, identity)".parse::<Network>().unwrap());
        let yardstick = Yardstick::new(&data);
        assert_eq!((yardstick.name.as_str(), yardstick.constant), ("test R²", 0.0));
        let found = yardstick.performance(&Runner::new(&network), &[vec![1.0], vec![0.0]]).unwrap();
        assert!((found - (1.0 - 2.0 / 14.0)).abs() < 1e-6, "{found}");
        let lost = yardstick.performance(&Runner::new(&network), &[vec![f32::NAN], vec![0.0]]).unwrap();
        assert_eq!(lost, f64::NEG_INFINITY);
    }

    #[test]
    fn every_output_has_its_own_mean() {
        assert_eq!(variance(&[0.0, 100.0, 2.0, 104.0], 2), (1.0 + 1.0 + 4.0 + 4.0) / 4.0);
    }

    #[test]
    fn without_test_examples_the_training_examples_are_shown() {
        let mut data = seedbed_network::data::digits();
        assert_eq!(Yardstick::new(&data).name, "test accuracy");
        data.test = Split::classes(Vec::new(), Vec::new());
        data.train = Split::classes(vec![0.0; 64 * 4], vec![3, 1, 3, 3]);
        let yardstick = Yardstick::new(&data);
        assert_eq!((yardstick.name.as_str(), yardstick.constant), ("training accuracy", 0.75));
    }

    #[test]
    fn goals_out_of_range_are_named() {
        for (goal, part) in [
            (Goal::Share(0.0), "share is 0"),
            (Goal::Share(1.5), "share is 1.5"),
            (Goal::Share(f64::NAN), "share is NaN"),
            (Goal::Loss(-1.0), "target is -1"),
        ] {
            let message = goal.check().unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        assert!(Goal::Share(1.0).check().is_ok());
    }
}
