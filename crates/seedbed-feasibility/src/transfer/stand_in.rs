//! Data where there are none.

use seedbed::{Initializer, Parameter};
use seedbed_network::data::{Dataset, Split, Targets};
use seedbed_network::graph::Network;

use crate::error::FeasibilityError;

/// Stand-in data for any network: independent standard normal inputs, and a standard normal target for every output, met by
/// least squares.
///
/// ```
/// let network = "lstm(5x3, 8, 2)".parse()?;
/// let data = seedbed_feasibility::transfer::stand_in(&network, 64, 0)?;
/// assert_eq!((data.train.examples(), data.train.targets_per_example, data.is_regression()), (64, 2, true));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// More numbers than can be drawn.
pub fn stand_in(network: &Network, examples: usize, seed: u64) -> Result<Dataset, FeasibilityError> {
    let normal = |name: &str, width: usize| -> Result<Vec<f32>, FeasibilityError> {
        let parameter = Parameter::dense(name, width, examples)?;
        Ok(Initializer::Normal { mean: 0.0, std: 1.0 }.draw(&parameter, seed)?)
    };
    let inputs = normal("standard normal inputs", network.input().elements())?;
    let targets = Targets::Numbers(normal("standard normal targets", network.outputs())?);
    Ok(Dataset {
        name: "standard normal inputs and targets".to_owned(),
        example_shape: network.input().clone(),
        classes: network.outputs(),
        train: Split { inputs, targets, targets_per_example: network.outputs() },
        test: Split {
            inputs: Vec::new(),
            targets: Targets::Numbers(Vec::new()),
            targets_per_example: network.outputs(),
        },
    })
}
