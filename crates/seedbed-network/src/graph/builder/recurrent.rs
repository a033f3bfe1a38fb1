//! Recurrent cells: four parameters each, with their gates packed.

use seedbed::{Fans, Parameter, Shape};

use super::{Builder, refuse};
use crate::error::NetworkError;
use crate::graph::{Cell, Operation, Returns};

impl Builder {
    /// Both biases carry the fans of the recurrent weight.
    pub(super) fn recurrent(
        &mut self,
        cell: Cell,
        units: usize,
        returns: Returns,
        name: Option<&str>,
    ) -> Result<(), NetworkError> {
        let name = self.weighted_name(name);
        let (shape, time, inputs) = self.sequence(&name, cell.name())?;
        if units == 0 {
            return Err(refuse(&name, cell.name(), &shape, "units must be at least 1"));
        }
        let gates = cell.gates();
        let input = Parameter::recurrent_input(&format!("{name}.weight"), inputs, units, gates)?;
        let own = Parameter::recurrent(&format!("{name}.recurrent"), units, gates)?;
        let fans = own.fans.unwrap_or(Fans { fan_in: units, fan_out: units });
        let bias = |part: &str| Parameter::bias(&format!("{name}.{part}"), gates * units, fans);
        let first = self.parameters.len();
        let (input_bias, own_bias) = (bias("bias")?, bias("recurrent_bias")?);
        self.parameters.extend([input, own, input_bias, own_bias]);
        let [weight, recurrent, bias, recurrent_bias] = [0, 1, 2, 3].map(|place| first + place);
        let operation = Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, returns };
        let output = match returns {
            Returns::Last => vec![units],
            Returns::All => vec![time, units],
        };
        self.named_node(name, operation, Shape::new(output)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::{Layer, Network, Returns};

    fn build(input: &str, layers: &[Layer]) -> Result<Network, crate::error::NetworkError> {
        Network::build("test", &input.parse().unwrap(), layers)
    }

    fn lstm(units: usize, returns: Returns) -> Layer {
        Layer::Lstm { units, returns, name: None }
    }

    #[test]
    fn parameters_are_packed_as_pytorch_packs_them() {
        let network = build("5x3", &[lstm(4, Returns::All), lstm(2, Returns::Last)]).unwrap();
        let facts: Vec<String> = network.parameters.iter().map(|p| format!("{} {}", p.name, p.shape)).collect();
        assert_eq!(
            facts,
            [
                "layer1.weight 16x3",
                "layer1.recurrent 16x4",
                "layer1.bias 16",
                "layer1.recurrent_bias 16",
                "layer2.weight 8x4",
                "layer2.recurrent 8x2",
                "layer2.bias 8",
                "layer2.recurrent_bias 8",
            ]
        );
        let shapes: Vec<String> = network.nodes.iter().map(|node| node.shape.to_string()).collect();
        assert_eq!(shapes, ["5x3", "5x4", "2"]);
        assert_eq!(network.parameters[1].axes.as_ref().unwrap().packed, [4; 4]);
        assert_eq!(network.dominant_activation(), seedbed::Activation::Tanh);
    }

    #[test]
    fn what_is_no_sequence_is_refused() {
        let message = |input, units| build(input, &[lstm(units, Returns::Last)]).unwrap_err().to_string();
        assert!(message("4", 2).contains("(lstm) cannot take an input of shape 4: it needs a sequence"));
        assert!(message("1x8x8", 2).contains("time x features"));
        assert!(message("4x2", 0).contains("units must be at least 1"));
        assert!(build("0x2", &[lstm(3, Returns::Last)]).is_err());
    }

    #[test]
    fn dense_and_norm_act_on_each_step() {
        let layers = [Layer::LayerNorm { name: None }, Layer::Dense { units: 7, name: None }];
        let network = build("5x3", &layers).unwrap();
        assert_eq!((network.outputs(), network.answers(), network.classes()), (35, 5, 7));
        assert_eq!(network.parameters[0].shape.elements(), 3);
    }
}
