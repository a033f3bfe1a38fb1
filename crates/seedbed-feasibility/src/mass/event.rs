//! What counts as a solution: an event of a network on data, as a loss that solves at or below a threshold.

use seedbed::Prior;
use seedbed_network::data::{Dataset, Targets};
use seedbed_network::graph::Network;
use seedbed_network::run::Runner;

use super::chart::Chart;
use super::landscape::Landscape;
use crate::error::FeasibilityError;
use crate::trial::fits;

/// What counts as a solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// A training loss of at most so much: nats, or mean squared error.
    Loss(f64),
    /// A share of wrong answers of at most so much, in [0, 1).
    Error(f64),
    /// No wrong answer.
    ExactFit,
}

impl Target {
    /// In words, such as `loss ≤ 0.5`.
    pub fn in_words(self) -> String {
        match self {
            Target::Loss(most) => format!("loss ≤ {most}"),
            Target::Error(most) => format!("error ≤ {most}"),
            Target::ExactFit => "exact fit".to_owned(),
        }
    }
}

/// A target on the training examples of some data.
#[derive(Debug)]
pub struct Event<'e> {
    network: &'e Network,
    data: &'e Dataset,
    target: Target,
}

impl<'e> Event<'e> {
    /// The event that `network` meets the target on all training examples of `data`.
    ///
    /// # Errors
    /// Data that do not fit the network or have no training examples, a target out of range, or an error asked of real targets.
    pub fn new(network: &'e Network, data: &'e Dataset, target: Target) -> Result<Event<'e>, FeasibilityError> {
        fits(network, data)?;
        let refuse = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if data.train.examples() == 0 {
            return refuse("examples", "0".to_owned(), "at least 1");
        }
        match target {
            Target::Loss(most) if !(most > 0.0 && most.is_finite()) => {
                return refuse("target", most.to_string(), "a positive loss, such as 0.5");
            }
            Target::Error(most) if !(0.0..1.0).contains(&most) => {
                return refuse("error", most.to_string(), "a share of wrong answers from 0 to below 1");
            }
            Target::Error(_) | Target::ExactFit if data.is_regression() => {
                return refuse("target", target.in_words(), "a loss, since the data have real targets and no classes");
            }
            _ => {}
        }
        Ok(Event { network, data, target })
    }

    /// Answers that may be wrong.
    fn allowed_wrong(&self) -> usize {
        match self.target {
            Target::Error(most) => (most * self.data.train.labels().len() as f64 + 1e-9).floor() as usize,
            _ => 0,
        }
    }

    /// Whether no answer may be wrong.
    pub fn is_exact_fit(&self) -> bool {
        !matches!(self.target, Target::Loss(_)) && self.allowed_wrong() == 0
    }

    /// Weights solve if their [`loss`](Self::loss) is at most this.
    ///
    /// The loss asked for; of a share of errors just below 0, since an answer that ties with another class is wrong.
    pub fn threshold(&self) -> f64 {
        match self.target {
            Target::Loss(most) => most,
            Target::Error(_) | Target::ExactFit => -f64::MIN_POSITIVE,
        }
    }

    /// The mean loss; of a target in errors, of which k may be made, the (k + 1)-th largest of the answers' margins (the
    /// largest other output less the right one) over the root mean square of all outputs around their answer's mean. It is
    /// below 0 where the target is met, continuous in the weights, and of no scale: shrinking the outputs does not lower it.
    ///
    /// # Errors
    /// Weights that do not fit the network.
    pub fn loss(&self, weights: &[Vec<f32>]) -> Result<f64, FeasibilityError> {
        let outputs = Runner::new(self.network).outputs(weights, &self.data.train.inputs)?;
        Ok(match (self.target, &self.data.train.targets) {
            (Target::Loss(_), Targets::Classes(labels)) => cross_entropy(&outputs, labels, self.network.classes()),
            (_, Targets::Classes(labels)) => self.margin(&outputs, labels),
            (_, Targets::Numbers(targets)) => squared_error(&outputs, targets),
        })
    }

    fn margin(&self, outputs: &[f32], labels: &[u32]) -> f64 {
        let classes = self.network.classes();
        let mut margins: Vec<f64> =
            outputs.chunks(classes).zip(labels).map(|(row, &label)| margin(row, label as usize)).collect();
        if margins.iter().any(|margin| margin.is_nan()) {
            return f64::INFINITY;
        }
        let (_, decisive, _) = margins.select_nth_unstable_by(self.allowed_wrong(), |one, other| other.total_cmp(one));
        let spread = spread(outputs, classes);
        if *decisive == 0.0 || spread == 0.0 { 0.0 } else { *decisive / spread }
    }
}

/// Mean negative log-probability of the right class, in nats.
fn cross_entropy(outputs: &[f32], labels: &[u32], classes: usize) -> f64 {
    let of_answer = |(row, &label): (&[f32], &u32)| {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = row.iter().map(|&output| f64::from(output - largest).exp()).sum();
        sum.ln() - f64::from(row[label as usize] - largest)
    };
    outputs.chunks(classes).zip(labels).map(of_answer).sum::<f64>() / labels.len() as f64
}

fn squared_error(outputs: &[f32], targets: &[f32]) -> f64 {
    let squares = outputs.iter().zip(targets).map(|(&output, &target)| f64::from(output - target).powi(2));
    squares.sum::<f64>() / targets.len() as f64
}

/// The largest other output less the right one.
fn margin(row: &[f32], label: usize) -> f64 {
    let others = row.iter().enumerate().filter(|(class, _)| *class != label).map(|(_, &output)| f64::from(output));
    let largest = others.fold(f64::NEG_INFINITY, |one, other| if other.is_nan() { f64::NAN } else { one.max(other) });
    largest - f64::from(row[label])
}

/// Root mean square of the outputs around the mean of their answer.
fn spread(outputs: &[f32], classes: usize) -> f64 {
    let of_answer = |row: &[f32]| {
        let mean = row.iter().map(|&output| f64::from(output)).sum::<f64>() / classes as f64;
        row.iter().map(|&output| (f64::from(output) - mean).powi(2)).sum::<f64>()
    };
    (outputs.chunks(classes).map(of_answer).sum::<f64>() / outputs.len() as f64).sqrt()
}

/// An event under a prior whose draws can be moved.
#[derive(Debug)]
pub struct NetworkLandscape<'l> {
    event: &'l Event<'l>,
    chart: Chart,
}

impl<'l> NetworkLandscape<'l> {
    /// The event in the coordinates of a prior.
    ///
    /// # Errors
    /// As [`Chart::new`].
    pub fn new(event: &'l Event<'l>, prior: &Prior) -> Result<Self, FeasibilityError> {
        Ok(NetworkLandscape { event, chart: Chart::new(prior, &event.network.parameters)? })
    }

    /// The weights at a point.
    pub fn weights(&self, coordinates: &[f64]) -> Vec<Vec<f32>> {
        self.chart.weights(coordinates)
    }
}

impl Landscape for NetworkLandscape<'_> {
    fn dimension(&self) -> usize {
        self.chart.dimension()
    }

    fn loss(&self, coordinates: &[f64]) -> Result<f64, FeasibilityError> {
        self.event.loss(&self.chart.weights(coordinates))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Shape;
    use seedbed_network::data::Split;

    fn corners() -> Dataset {
        let split = || Split::classes(vec![-1.0, -1.0, -1.0, 1.0, 1.0, -1.0, 1.0, 1.0], vec![0, 0, 0, 1]);
        let example_shape = Shape::new(vec![2]).unwrap();
        Dataset { name: "corners".to_owned(), example_shape, classes: 2, train: split(), test: split() }
    }

    #[test]
    fn losses_and_errors_are_those_of_the_engine() {
        let network: Network = "mlp(2, 5, 2, tanh)".parse().unwrap();
        let data = corners();
        for seed in 0..50 {
            let weights = "he_normal".parse::<Prior>().unwrap().draw(&network.parameters, seed).unwrap();
            let batch = seedbed_network::run::Batch::of(&data.train, 0..4);
            let found = Runner::new(&network).evaluate(&weights, &batch).unwrap();
            let loss = Event::new(&network, &data, Target::Loss(0.5)).unwrap().loss(&weights).unwrap();
            assert!((loss - found.loss).abs() < 1e-5);
            for wrong in 0..4 {
                let event = Event::new(&network, &data, Target::Error(f64::from(wrong) / 4.0)).unwrap();
                let solves = event.loss(&weights).unwrap() <= event.threshold();
                assert_eq!(solves, 4.0 * (1.0 - found.accuracy) <= f64::from(wrong) + 1e-9, "{wrong} {found:?}");
            }
        }
    }

    #[test]
    fn ties_are_wrong_and_nan_is_no_solution() {
        let network: Network = "mlp(2, 5, 2, tanh)".parse().unwrap();
        let data = corners();
        let event = Event::new(&network, &data, Target::ExactFit).unwrap();
        let mut weights = "zeros".parse::<Prior>().unwrap().draw(&network.parameters, 0).unwrap();
        assert!(event.loss(&weights).unwrap() > event.threshold());
        weights[3][0] = f32::NAN;
        assert_eq!(event.loss(&weights).unwrap(), f64::INFINITY);
    }

    #[test]
    fn targets_out_of_range_are_named() {
        let network: Network = "mlp(2, 5, 2, tanh)".parse().unwrap();
        let data = corners();
        let refused = |target| Event::new(&network, &data, target).unwrap_err().to_string();
        assert!(refused(Target::Loss(-1.0)).contains("target is -1"));
        assert!(refused(Target::Error(1.0)).contains("error is 1"));
        let real = crate::stand_in::inputs_and_targets(&network, 4, 0).unwrap();
        assert!(Event::new(&network, &real, Target::ExactFit).unwrap_err().to_string().contains("real targets"));
    }
}
