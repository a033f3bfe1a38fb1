//! Wider: every hidden size times a factor.

use super::super::{Layer, Network, Scaling};
use crate::error::NetworkError;

impl Network {
    /// The network with every hidden layer `factor` times as wide; inputs and outputs stay.
    ///
    /// Hidden are the units of dense layers and recurrent cells and the channels of convolutions, but for the last layer
    /// that has any. Normalizations and positions follow what they see. Self-attention over wider steps gets more heads of the
    /// same size where it divides its scores by the root of that size, and as many larger ones where it divides by the
    /// size itself ([`Scaling`]): either way scores stay (Yang et al. 2022, definition 4.1).
    ///
    /// ```
    /// use seedbed_network::graph::Network;
    /// let network: Network = "mlp(64, 32x2, 10, relu)".parse()?;
    /// let wide = network.widened(4)?;
    /// assert_eq!(wide.parameters[2].shape.to_string(), "128x128");
    /// assert_eq!((wide.input().elements(), wide.outputs()), (64, 10));
    /// # Ok::<(), seedbed_network::error::NetworkError>(())
    /// ```
    ///
    /// # Errors
    /// A factor of 0; no hidden layer; convolutions with groups, where more groups and wider ones are both wider; a sum
    /// that would add a wider signal to the input or the output.
    pub fn widened(&self, factor: usize) -> Result<Network, NetworkError> {
        let asked = format!("{factor} times wider");
        let refuse = |problem: String| self.cannot_scale(&asked, problem);
        let sized: usize = self.layers.iter().map(Layer::sized).sum();
        if factor == 0 || sized < 2 {
            let problem = if factor == 0 { "the factor must be at least 1" } else { "it has no hidden layer" };
            return Err(refuse(problem.to_owned()));
        }
        let mut layers = self.layers.clone();
        let mut growth = Growth { factor, left: sized - 1, is_wide: false };
        layers.iter_mut().try_for_each(|layer| layer.widen(&mut growth)).map_err(refuse)?;
        Network::build(&self.text, self.input(), &layers).map_err(|error| refuse(error.to_string()))
    }
}

/// Where a walk through the layers stands.
struct Growth {
    factor: usize,
    /// Layers of a size of their own that are still to be widened.
    left: usize,
    /// Whether the signal at this place is wider than it was.
    is_wide: bool,
}

impl Growth {
    fn grow(&self, size: &mut usize) -> Result<(), String> {
        *size = size.checked_mul(self.factor).ok_or("a layer would have more units than can be counted")?;
        Ok(())
    }
}

impl Layer {
    /// Layers in it that choose the size of what they put out.
    fn sized(&self) -> usize {
        match self {
            Layer::Residual { layers } => layers.iter().map(Layer::sized).sum(),
            other => usize::from(other.clone().size().is_some()),
        }
    }

    /// How many units or channels it has, if it chooses them.
    fn size(&mut self) -> Option<&mut usize> {
        match self {
            Layer::Dense { units, .. }
            | Layer::Rnn { units, .. }
            | Layer::Lstm { units, .. }
            | Layer::Gru { units, .. } => Some(units),
            Layer::Conv2d { channels, .. } => Some(channels),
            _ => None,
        }
    }

    fn widen(&mut self, growth: &mut Growth) -> Result<(), String> {
        match self {
            Layer::Residual { layers } => return layers.iter_mut().try_for_each(|layer| layer.widen(growth)),
            Layer::Attention { heads, scaling: Scaling::SquareRoot, .. } if growth.is_wide => {
                return growth.grow(heads);
            }
            Layer::Conv2d { groups, name, .. } if *groups > 1 => {
                let name = name.as_deref().unwrap_or("conv2d");
                return Err(format!("'{name}' has {groups} groups, and more groups and wider ones are both wider"));
            }
            _ => {}
        }
        if let Some(size) = self.size() {
            growth.is_wide = growth.left > 0;
            if growth.is_wide {
                growth.left -= 1;
                growth.grow(size)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Layer::{Attention, AverageSteps, BatchNorm, Conv2d, Dense, Dropout, Flatten, Residual};
    use super::*;
    use seedbed::Shape;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn shapes(network: &Network) -> Vec<String> {
        network.parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.shape)).collect()
    }

    fn dense(units: usize) -> Layer {
        Dense { units, name: None }
    }

    fn all_in(found: &[String], wanted: &[&str]) {
        assert!(wanted.iter().all(|wanted| found.iter().any(|found| found == wanted)), "{wanted:?} in {found:?}");
    }

    #[test]
    fn names_inputs_and_outputs_stay() {
        let wide = network("mlp(8, 4, 6, 3, tanh, layer_norm)").widened(2).unwrap();
        all_in(&shapes(&wide), &["layer1.weight 8x8", "norm1.scale 8", "layer2.weight 12x8", "layer3.weight 3x12"]);
        let image = network("cnn(1x8x8, 4, 6, 10, relu, max_pool)").widened(3).unwrap();
        all_in(&shapes(&image), &["layer2.weight 18x12x3x3"]);
        assert_eq!(network("mlp(8, 4, 3, relu)").widened(1).unwrap(), network("mlp(8, 4, 3, relu)"));
    }

    #[test]
    fn gates_of_recurrent_cells_grow_together() {
        let wide = network("lstm(5x3, 4, 6, 2)").widened(2).unwrap();
        let wanted = ["layer1.weight 32x3", "layer1.recurrent 32x8", "layer2.weight 48x8", "layer3.weight 2x12"];
        all_in(&shapes(&wide), &wanted);
        assert_eq!(wide.parameters[1].axes.as_ref().unwrap().packed, [8; 4]);
        all_in(&shapes(&network("gru(5x3, 4, 2)").widened(3).unwrap()), &["layer1.recurrent 36x12"]);
        all_in(&shapes(&network("rnn(5x3, 4, 2, relu, all)").widened(3).unwrap()), &["layer1.recurrent 12x12"]);
    }

    #[test]
    fn transformers_get_more_heads_of_the_same_size() {
        let wide = network("transformer(5x3, 8x1, 2, gelu, heads(2), dropout(0.1))").widened(2).unwrap();
        let wanted = ["position1.weight 5x16", "layer2.weight 48x16", "layer3.weight 64x16", "layer5.weight 2x16"];
        all_in(&shapes(&wide), &wanted);
        let heads = |layer: &Layer| match layer {
            Residual { layers } => layers.iter().find_map(|inner| match inner {
                Attention { heads, .. } => Some(*heads),
                _ => None,
            }),
            _ => None,
        };
        assert_eq!(wide.layers.iter().find_map(heads), Some(4));
        // over the input itself nothing is wider
        let attention = |heads, scaling| Attention { heads, scaling, name: None };
        let layers = [
            attention(3, Scaling::SquareRoot),
            dense(8),
            Dropout { rate: 0.5 },
            BatchNorm { name: None },
            AverageSteps,
            dense(2),
        ];
        let first = Network::build("net", &Shape::new(vec![5, 3]).unwrap(), &layers).unwrap();
        let wide = first.widened(2).unwrap();
        assert_eq!(wide.layers[0], attention(3, Scaling::SquareRoot));
        all_in(&shapes(&wide), &["layer1.weight 9x3", "layer2.weight 16x3", "norm1.scale 16"]);
        // where scores are divided by the size of a head, it may grow
        let layers = [dense(8), attention(2, Scaling::Linear), dense(2)];
        let linear = Network::build("net", &Shape::new(vec![5, 3]).unwrap(), &layers).unwrap();
        assert_eq!(linear.widened(2).unwrap().layers[1], attention(2, Scaling::Linear));
    }

    #[test]
    fn what_cannot_be_widened_says_why() {
        let grouped = Conv2d { channels: 4, kernel: 3, stride: 1, padding: None, groups: 2, name: None };
        let around_the_input = Residual { layers: vec![dense(8)] };
        for (input, layers, why) in [
            (vec![8], vec![dense(3)], "no hidden layer"),
            (vec![2, 4, 4], vec![grouped, Flatten, dense(3)], "2 groups"),
            (vec![8], vec![around_the_input, dense(3)], "equal shapes"),
        ] {
            let network = Network::build("net", &Shape::new(input).unwrap(), &layers).unwrap();
            let message = network.widened(2).unwrap_err().to_string();
            assert!(message.contains(why) && message.contains("2 times wider"), "{message}");
        }
        assert!(network("mlp(8, 4, 3, relu)").widened(0).is_err());
        assert!(network("mlp(8, 4, 3, relu)").widened(usize::MAX).unwrap_err().to_string().contains("counted"));
    }
}
