//! Data where there are none: independent normal numbers.

use seedbed::{Initializer, Parameter};
use seedbed_network::data::{Dataset, Split, Targets};
use seedbed_network::graph::Network;

use crate::error::FeasibilityError;

/// Independent standard normal inputs, all of class 0: for what looks at inputs alone.
///
/// # Errors
/// More numbers than can be drawn.
pub fn inputs(network: &Network, examples: usize, seed: u64) -> Result<Dataset, FeasibilityError> {
    let train = Split::classes(standard_normal_inputs(network, examples, seed)?, vec![0; examples]);
    let test = Split::classes(Vec::new(), Vec::new());
    Ok(dataset("standard normal inputs", network, 1, train, test))
}

/// Independent standard normal inputs, and a standard normal target for every output, met by least squares.
///
/// ```
/// let network = "lstm(5x3, 8, 2)".parse()?;
/// let data = seedbed_feasibility::stand_in::inputs_and_targets(&network, 64, 0)?;
/// assert_eq!((data.train.examples(), data.train.targets_per_example, data.is_regression()), (64, 2, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// More numbers than can be drawn.
pub fn inputs_and_targets(network: &Network, examples: usize, seed: u64) -> Result<Dataset, FeasibilityError> {
    let outputs = network.outputs();
    let split = |inputs, targets| Split { inputs, targets: Targets::Numbers(targets), targets_per_example: outputs };
    let targets = normal("standard normal targets", (examples, outputs), 1.0, seed)?;
    let train = split(standard_normal_inputs(network, examples, seed)?, targets);
    let name = "standard normal inputs and targets";
    Ok(dataset(name, network, outputs, train, split(Vec::new(), Vec::new())))
}

fn standard_normal_inputs(network: &Network, examples: usize, seed: u64) -> Result<Vec<f32>, FeasibilityError> {
    normal("standard normal inputs", (examples, network.input().elements()), 1.0, seed)
}

fn dataset(name: &str, network: &Network, classes: usize, train: Split, test: Split) -> Dataset {
    Dataset { name: name.to_owned(), example_shape: network.input().clone(), classes, train, test }
}

/// Independent normal numbers of mean 0, row-major, under a name of their own.
pub(crate) fn normal(
    name: &str,
    (rows, columns): (usize, usize),
    std: f64,
    seed: u64,
) -> Result<Vec<f32>, FeasibilityError> {
    Ok(Initializer::Normal { mean: 0.0, std }.draw(&Parameter::dense(name, columns, rows)?, seed)?)
}
