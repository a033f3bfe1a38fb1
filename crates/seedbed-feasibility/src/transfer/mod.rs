//! Width and depth transfer, the coordinate check: does the network behave alike when it grows?
//!
//! The network is made wider (all hidden widths times 1, 2, 4, 8) or deeper (all layers that keep their shape repeated),
//! drawn from the prior, and trained for a few steps on one batch. The size of what every layer puts out, mean |z| (pre-activations; of
//! recurrent cells the states), and its change, mean |z_k − z_0|, are set against the factor: size ∝ factor^slope, with a slope from least squares on
//! the logarithms for each seed, and Student's interval over the seeds. A learning rate that is good for the small network
//! is good for the large one where all slopes are about 0. A layer transfers if its slope lies within the stated bound of
//! 0; the output before training may also shrink, as it does under the maximal update parametrization.
//!
//! What theory expects of equal learning rates and weights of variance ∝ 1/fan_in, in width and to first order: with SGD
//! the changes of the first layer, hidden layers and the output go as −1/2, 1/2 and 1; with Adam the first as 0 and the
//! others as up to 1. Where widths are not far above the number of inputs, or a batch of unlike examples is averaged, slopes lie
//! between these.
//! [`Rates::MaximalUpdate`] makes all of them 0 for a prior whose readout is small enough, `spectral` or `zeros`.
//!
//! Sources: Yang et al. (2022), "Tensor Programs V", section D and table 3; Yang, Simon & Bernstein (2023).

mod measure;
mod record;

use seedbed::Prior;
use seedbed_network::data::Dataset;
use seedbed_network::graph::{Network, Node};

use crate::error::FeasibilityError;
use crate::study::{Observer, workers};
use crate::trial::{Optimizer, fits};

pub use record::{Quantity, SCHEMA, SlopeRecord, TransferRecord};

/// A slope within so much of 0 passes: half of 1/2, since the exponents of the standard, NTK, mean-field and maximal update
/// parametrizations are multiples of 1/2 (Yang & Hu 2021, table 1), and networks of tens of units stray from them by 0.1 or
/// 0.2.
pub const BOUND: f64 = 0.25;

/// Which way the network grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// All hidden widths times the factor.
    Width,
    /// All layers that keep their shape, so many times.
    Depth,
}

impl Direction {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Width => "width",
            Direction::Depth => "depth",
        }
    }

    /// The network at one factor.
    ///
    /// # Errors
    /// A network that cannot grow this way.
    pub fn grown(self, network: &Network, factor: usize) -> Result<Network, FeasibilityError> {
        Ok(match self {
            Direction::Width => network.widened(factor)?,
            Direction::Depth => network.deepened(factor)?,
        })
    }
}

/// How the learning rate of a parameter changes as the network grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rates {
    /// It stays.
    Same,
    /// As the maximal update parametrization has it: with SGD times fan_out/fan_in, with Adam over fan_in, each fan
    /// beside that of the network at factor 1; biases and norms count as weights of a fixed fan_in.
    MaximalUpdate,
}

impl Rates {
    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Rates::Same => "same",
            Rates::MaximalUpdate => "mup",
        }
    }
}

/// What to measure, and how.
#[derive(Clone, Debug)]
pub struct Request<'r> {
    /// The network at factor 1.
    pub network: &'r Network,
    /// The data, of which the first training examples are the batch.
    pub data: &'r Dataset,
    /// Where draws come from.
    pub prior: &'r Prior,
    /// Which way it grows.
    pub direction: Direction,
    /// By how much; ascending from 1, at least two.
    pub factors: Vec<usize>,
    /// Update rules, each with its learning rate at factor 1.
    pub optimizers: Vec<(Optimizer, f64)>,
    /// What becomes of the learning rates.
    pub rates: Rates,
    /// Steps of training; at least 1.
    pub steps: usize,
    /// Draws; at least 2.
    pub seeds: usize,
    /// The first seed.
    pub seed: u64,
    /// Examples in the batch.
    pub examples: usize,
    /// A slope within so much of 0 passes.
    pub bound: f64,
    /// Confidence of the intervals.
    pub confidence: f64,
}

impl<'r> Request<'r> {
    /// Factors 1, 2, 4, 8 (in depth 1, 2, 4); plain SGD at 0.1 and Adam at 0.001; four steps; five draws; 64 examples; a bound
    /// of [`BOUND`] at 95 %.
    pub fn new(network: &'r Network, data: &'r Dataset, prior: &'r Prior, direction: Direction) -> Request<'r> {
        let factors = match direction {
            Direction::Width => vec![1, 2, 4, 8],
            Direction::Depth => vec![1, 2, 4],
        };
        Request {
            network,
            data,
            prior,
            direction,
            factors,
            optimizers: vec![(Optimizer::SGD, 0.1), (Optimizer::ADAM, 0.001)],
            rates: Rates::Same,
            steps: 4,
            seeds: 5,
            seed: 0,
            examples: 64,
            bound: BOUND,
            confidence: 0.95,
        }
    }

    /// Refuses a request that cannot be run.
    ///
    /// # Errors
    /// Settings out of range, a prior that cannot draw some parameter, or data that do not fit the network.
    pub fn check(&self) -> Result<(), FeasibilityError> {
        let refuse = |setting, found: String, wanted: &str| {
            Err(FeasibilityError::Setting { setting, found, wanted: wanted.to_owned() })
        };
        if self.factors.len() < 2 || self.factors[0] != 1 || !self.factors.is_sorted_by(|one, next| one < next) {
            return refuse("factors", format!("{:?}", self.factors), "at least two, ascending from 1");
        }
        if self.steps == 0 {
            return refuse("steps", "0".to_owned(), "at least 1");
        }
        if self.seeds < 2 {
            return refuse("draws", self.seeds.to_string(), "at least 2, for an interval");
        }
        if self.examples == 0 {
            return refuse("examples", "0".to_owned(), "at least 1");
        }
        if !(self.bound > 0.0 && self.bound.is_finite()) {
            return refuse("bound", self.bound.to_string(), "a positive slope, such as 0.25");
        }
        if self.data.train.examples() == 0 {
            let problem = "it holds no training examples".to_owned();
            let (data, network) = (self.data.name.clone(), self.network.text.clone());
            return Err(FeasibilityError::DataMismatch { data, network, problem });
        }
        for parameter in &self.network.parameters {
            self.prior.initializer(parameter)?;
        }
        fits(self.network, self.data)
    }

    /// The network at every factor.
    ///
    /// # Errors
    /// A network that cannot grow this way.
    fn grown(&self) -> Result<Vec<Network>, FeasibilityError> {
        self.factors.iter().map(|factor| self.direction.grown(self.network, *factor)).collect()
    }

    /// Multiplications of one draw of a network, up to a factor: a pass forward and backward at the start, and two a step.
    fn work(&self, network: &Network) -> u64 {
        let passes = (1 + 2 * self.optimizers.len() * self.steps) as u64;
        let examples = self.data.train.examples().min(self.examples) as u64;
        passes * examples * multiplications(network)
    }
}

/// Measures sizes and changes at every factor and fits their slopes. One thread a run, `threads` runs at a time; the result
/// does not depend on their number.
///
/// # Errors
/// A setting out of range, data that do not fit, a network that cannot grow this way, a prior that cannot draw it, or the
/// interruption when the observer says so.
pub fn transfer(
    request: &Request,
    threads: usize,
    observer: &dyn Observer,
) -> Result<TransferRecord, FeasibilityError> {
    request.check()?;
    let grown = request.grown()?;
    let work: Vec<u64> = grown.iter().map(|network| request.work(network)).collect();
    let mut tasks = Vec::new();
    for seed in 0..request.seeds as u64 {
        // the largest first, so that no worker is left alone with one at the end
        tasks.extend((0..grown.len()).rev().map(|factor| (request.seed.wrapping_add(seed), factor)));
    }
    observer.begins(work.iter().sum::<u64>().saturating_mul(request.seeds as u64));
    observer.stage(&format!("training at {} sizes, {} draws", grown.len(), request.seeds));
    let sizes = workers::run(&tasks, threads, |&(seed, factor)| {
        let sizes = measure::run(request, &grown[factor], seed, &|| observer.goes_on())?;
        observer.advanced(work[factor]);
        Ok((factor, sizes))
    })?;
    Ok(record::summarize(request, &sizes))
}

/// Multiplications of one example, forward: each weight once for every step of a sequence or place of an image.
fn multiplications(network: &Network) -> u64 {
    let of = |node: &Node| {
        let weights = node.operation.weights().into_iter().map(|weight| network.parameters[weight].shape.elements());
        let places = match *node.shape.dimensions() {
            [_, height, width] => height * width,
            _ => node.inputs.first().map_or(1, |&input| network.nodes[input].steps()),
        };
        weights.sum::<usize>() as u64 * places as u64
    };
    network.nodes.iter().map(of).sum()
}

#[cfg(test)]
mod tests;
