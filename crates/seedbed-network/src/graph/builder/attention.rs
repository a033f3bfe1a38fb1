//! What a transformer is made of besides dense layers and normalization.

use seedbed::{Fans, Parameter, Shape};

use super::{Builder, refuse};
use crate::error::NetworkError;
use crate::graph::{Operation, Scaling};

impl Builder {
    pub(super) fn attention(&mut self, heads: usize, scaling: Scaling, name: Option<&str>) -> Result<(), NetworkError> {
        let name = self.weighted_name(name);
        let (shape, _, features) = self.sequence(&name, "attention")?;
        if heads == 0 || !features.is_multiple_of(heads) {
            let problem = format!("heads={heads} must divide the {features} features");
            return Err(refuse(&name, "attention", &shape, &problem));
        }
        let outputs = features.saturating_mul(3);
        let packed = Parameter::dense(&format!("{name}.weight"), features, outputs)?.packed(vec![features; 3])?;
        let (weight, bias) = self.weights(&name, packed, outputs)?;
        let output = Parameter::dense(&format!("{name}.output"), features, features)?;
        let fans = output.fans.unwrap_or(Fans { fan_in: features, fan_out: features });
        self.parameters.push(output);
        self.parameters.push(Parameter::bias(&format!("{name}.output_bias"), features, fans)?);
        let operation = Operation::Attention { weight, bias, output: bias + 1, output_bias: bias + 2, heads, scaling };
        self.named_node(name, operation, shape);
        Ok(())
    }

    pub(super) fn position(&mut self, name: Option<&str>) -> Result<(), NetworkError> {
        let (shape, time, features) = self.sequence("position", "position")?;
        let weight = self.parameters.len();
        self.unnamed_node("position", Operation::Position { weight }, shape);
        let last = self.last();
        if let Some(name) = name {
            self.nodes[last].name = name.to_owned();
        }
        let name = format!("{}.weight", self.nodes[last].name);
        self.parameters.push(Parameter::embedding(&name, time, features)?);
        Ok(())
    }

    pub(super) fn average_steps(&mut self) -> Result<(), NetworkError> {
        let (_, _, features) = self.sequence("average_steps", "average_steps")?;
        self.unnamed_node("average_steps", Operation::AverageSteps, Shape::new(vec![features])?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::error::NetworkError;
    use crate::graph::{Layer, Network, Scaling};

    fn build(input: &str, layers: &[Layer]) -> Result<Network, NetworkError> {
        Network::build("test", &input.parse().unwrap(), layers)
    }

    fn attention(heads: usize) -> Layer {
        Layer::Attention { heads, scaling: Scaling::SquareRoot, name: None }
    }

    #[test]
    fn parameters_of_a_transformer() {
        let named = Layer::Position { name: Some("place".to_owned()) };
        let layers = [Layer::Position { name: None }, named, attention(2), Layer::AverageSteps];
        let network = build("5x4", &layers).unwrap();
        let facts: Vec<String> = network.parameters.iter().map(|p| format!("{} {}", p.name, p.shape)).collect();
        let expected = [
            "position1.weight 5x4",
            "place.weight 5x4",
            "layer1.weight 12x4",
            "layer1.bias 12",
            "layer1.output 4x4",
            "layer1.output_bias 4",
        ];
        assert_eq!(facts, expected);
        assert_eq!(network.parameters[2].axes.as_ref().unwrap().packed, [4; 3]);
        assert_eq!(network.outputs(), 4);
        // glorot on the whole would have variance 2 / (4 + 12); on each part it is 2 / (4 + 4)
        let glorot = "glorot_uniform".parse::<seedbed::Initializer>().unwrap();
        assert!((glorot.facts(&network.parameters[2]).unwrap().variance - 0.25).abs() < 1e-12);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let message = |input, layer| build(input, &[layer]).unwrap_err().to_string();
        assert!(message("5x4", attention(3)).contains("heads=3 must divide the 4 features"));
        assert!(message("5x4", attention(0)).contains("heads=0"));
        assert!(message("4", attention(1)).contains("time x features"));
        assert!(message("1x8x8", Layer::Position { name: None }).contains("time x features"));
        assert!(message("4", Layer::AverageSteps).contains("time x features"));
    }
}
