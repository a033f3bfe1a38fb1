//! A user's network as one point of the phase diagram.

use seedbed::Prior;
use seedbed_network::graph::{Cell, Network, Node, Operation};

use super::MeanField;
use crate::error::TheoryError;
use crate::jacobian::WeightLaw;

/// The variances of one layer with weights.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerVariances {
    /// Name of the node.
    pub node: String,
    /// σ_w² = fan_in E w².
    pub weight_variance: f64,
    /// σ_b² = E b².
    pub bias_variance: f64,
    /// Orthogonal, or anything else, which counts as Gaussian.
    pub weights: WeightLaw,
    /// Units, or channels.
    pub width: usize,
}

/// σ_w² and σ_b² of every layer with weights, in execution order. A plain recurrent cell is deep in time: its σ_w² is that
/// of the recurrent weight, and its two biases count as their sum.
///
/// ```
/// use seedbed_theory::mean_field::layer_variances;
/// let network = "mlp(64, 128x3, 10, relu)".parse()?;
/// let layers = layer_variances(&network, &"glorot_normal".parse()?)?;
/// assert!((layers[0].weight_variance - 64.0 * 2.0 / 192.0).abs() < 1e-12);
/// assert!((layers[1].weight_variance - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A prior that does not fit the network, or a gated cell: it has a pair for each gate.
pub fn layer_variances(network: &Network, prior: &Prior) -> Result<Vec<LayerVariances>, TheoryError> {
    network.weighted_layers().map(|(_, node)| layer(network, prior, node)).collect()
}

fn layer(network: &Network, prior: &Prior, node: &Node) -> Result<LayerVariances, TheoryError> {
    let facts = |index: usize| {
        let parameter = &network.parameters[index];
        prior.initializer(parameter)?.facts(parameter)
    };
    let (weight, biases) = match node.operation {
        Operation::Dense { weight, bias } | Operation::Convolution { weight, bias, .. } => (weight, vec![bias]),
        Operation::Recurrent { cell: Cell::Rnn(_), recurrent, bias, recurrent_bias, .. } => {
            (recurrent, vec![bias, recurrent_bias])
        }
        _ => return Err(no_pair(node)),
    };
    let fan_in = network.parameters[weight].fans.map_or(0, |fans| fans.fan_in) as f64;
    let weight = facts(weight)?;
    let (mut bias_mean, mut bias_variance) = (0.0, 0.0);
    for bias in biases {
        let facts = facts(bias)?;
        bias_mean += facts.mean;
        bias_variance += facts.variance;
    }
    Ok(LayerVariances {
        node: node.name.clone(),
        weight_variance: fan_in * (weight.variance + weight.mean * weight.mean),
        bias_variance: bias_variance + bias_mean * bias_mean,
        weights: if weight.distribution == "orthogonal" { WeightLaw::Orthogonal } else { WeightLaw::Gaussian },
        width: node.units(),
    })
}

fn no_pair(node: &Node) -> TheoryError {
    TheoryError::NoClosedForm {
        node: node.name.clone(),
        operation: node.operation.kind(),
        problem: "it is no single pair (σ_w², σ_b²); dense, conv2d and rnn are",
    }
}

/// The network as one pair (σ_w², σ_b²): the medians over the layers between the first and the last, which see the
/// activation and are seen through it, and the activation that most of them have. Of fewer than three layers, all count.
///
/// A phase diagram shows plain networks of equal layers; of others [`crate::propagate`] says more.
///
/// ```
/// use seedbed_theory::mean_field::{Phase, typical_layer};
/// let network = "mlp(64, 128x30, 10, tanh)".parse()?;
/// let field = typical_layer(&network, &"torch:default".parse()?)?;
/// assert!((field.weight_variance() - 1.0 / 3.0).abs() < 1e-12);
/// assert_eq!(field.fixed_point()?.phase(), Phase::Ordered);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A prior that does not fit the network, or a gated cell.
pub fn typical_layer(network: &Network, prior: &Prior) -> Result<MeanField, TheoryError> {
    let layers = layer_variances(network, prior)?;
    let inner = match layers.as_slice() {
        [_, inner @ .., _] if !inner.is_empty() => inner,
        all => all,
    };
    let middle = |of: fn(&LayerVariances) -> f64| median(inner.iter().map(of).collect());
    MeanField::new(
        network.dominant_activation(),
        middle(|layer| layer.weight_variance),
        middle(|layer| layer.bias_variance),
    )
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = |place: usize| values.get(place).copied().unwrap_or(0.0);
    0.5 * (at(last / 2) + at(last.div_ceil(2)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Activation;

    #[test]
    fn variances_of_each_layer() {
        let network: Network = "cnn(3x8x8, 16x3, 10, tanh)".parse().unwrap();
        let prior: Prior = "{layer4.*=ones; *.bias=normal(std=0.2); *=orthogonal(gain=1.5)}".parse().unwrap();
        let layers = layer_variances(&network, &prior).unwrap();
        // fan_in 27 inputs, 16 outputs: semi-orthogonal over the longer side
        assert!((layers[0].weight_variance - 2.25 * 27.0 / 27.0).abs() < 1e-12, "{:?}", layers[0]);
        assert!((layers[1].weight_variance - 2.25).abs() < 1e-12 && layers[1].weights == WeightLaw::Orthogonal);
        assert!((layers[1].bias_variance - 0.04).abs() < 1e-12 && layers[1].width == 16);
        assert!((layers[3].weight_variance - 16.0 * 64.0).abs() < 1e-9 && layers[3].weights == WeightLaw::Gaussian);
        let field = typical_layer(&network, &prior).unwrap();
        assert_eq!(field.activation(), Activation::Tanh);
        assert!((field.weight_variance() - 2.25).abs() < 1e-12 && (field.bias_variance() - 0.04).abs() < 1e-12);
    }

    #[test]
    fn small_networks_and_medians() {
        let two: Network = "mlp(8, 4, 2, relu)".parse().unwrap();
        // fan_in 8 and 4 of variance 2/fan_in
        let field = typical_layer(&two, &"he_normal".parse().unwrap()).unwrap();
        assert!((field.weight_variance() - 2.0).abs() < 1e-12);
        assert_eq!((median(vec![3.0, 1.0, 2.0]), median(vec![4.0, 1.0]), median(vec![])), (2.0, 2.5, 0.0));
        assert!(typical_layer(&two, &"{layer1.*=ones}".parse().unwrap()).is_err());
    }

    #[test]
    fn a_plain_cell_is_deep_in_time_and_a_gated_one_is_named() {
        let cell: Network = "rnn(9x2, 32x3, 1, tanh)".parse().unwrap();
        let prior: Prior = "{*.recurrent=orthogonal(gain=1.1); *.bias=ones; *_bias=ones; *=zeros}".parse().unwrap();
        let field = typical_layer(&cell, &prior).unwrap();
        // two biases of 1 are one of 2
        assert!((field.weight_variance() - 1.21).abs() < 1e-12 && (field.bias_variance() - 4.0).abs() < 1e-12);
        let gated: Network = "gru(9x2, 32x3, 1)".parse().unwrap();
        let message = typical_layer(&gated, &prior).unwrap_err().to_string();
        assert!(message.starts_with("gru 'layer1' has no closed form"), "{message}");
    }
}
