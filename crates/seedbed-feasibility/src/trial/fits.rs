//! Whether data and a network go together.

use seedbed_network::data::Dataset;
use seedbed_network::graph::Network;

use crate::error::FeasibilityError;

/// Refuses data that the network cannot be trained on.
///
/// # Errors
/// Examples of another size than the network takes, or other targets than it answers.
pub fn fits(network: &Network, data: &Dataset) -> Result<(), FeasibilityError> {
    let refuse = |problem: String| {
        Err(FeasibilityError::DataMismatch { data: data.name.clone(), network: network.text.clone(), problem })
    };
    let (needed, found) = (network.input(), &data.example_shape);
    if needed.elements() != found.elements() {
        return refuse(format!(
            "an example is {found} ({} numbers), the network takes {needed} ({})",
            found.elements(),
            needed.elements()
        ));
    }
    if data.is_regression() {
        return match network.outputs() == data.classes {
            true => Ok(()),
            false => {
                refuse(format!("the data has {} real targets, the network {} outputs", data.classes, network.outputs()))
            }
        };
    }
    if network.answers() != data.train.targets_per_example {
        return refuse(format!(
            "an example asks for {} classes, the network gives {}",
            data.train.targets_per_example,
            network.answers()
        ));
    }
    if network.classes() < data.classes {
        return refuse(format!(
            "the data has {} classes, the network {} outputs; it needs at least one a class",
            data.classes,
            network.classes()
        ));
    }
    Ok(())
}
