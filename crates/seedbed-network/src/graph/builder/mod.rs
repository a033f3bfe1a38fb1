//! Building a network from its layers: names, shapes and parameters follow from what comes before.

mod attention;
mod recurrent;

use std::collections::{BTreeMap, BTreeSet};

use seedbed::{Fans, Parameter, Shape};

use super::{Cell, Layer, Network, Node, NodeIndex, Operation, steps};
use crate::error::NetworkError;

/// Added to the variance by normalizations; PyTorch's default.
const NORM_EPSILON: f64 = 1e-5;

/// Grows a network one layer at a time; the last node is what the next layer takes.
pub struct Builder {
    nodes: Vec<Node>,
    parameters: Vec<Parameter>,
    weighted: usize,
    norms: usize,
    unnamed: BTreeMap<&'static str, usize>,
}

impl Builder {
    /// A network that is only its input.
    pub fn new(input: &Shape) -> Self {
        let input =
            Node { name: "input".to_owned(), operation: Operation::Input, inputs: Vec::new(), shape: input.clone() };
        Builder { nodes: vec![input], parameters: Vec::new(), weighted: 0, norms: 0, unnamed: Default::default() }
    }

    fn last(&self) -> NodeIndex {
        self.nodes.len() - 1
    }

    /// Adds one layer after the last.
    pub fn push(&mut self, layer: &Layer) -> Result<(), NetworkError> {
        match layer {
            Layer::Dense { units, name } => self.dense(*units, name.as_deref()),
            Layer::Conv2d { channels, kernel, stride, padding, groups, name } => {
                let padding = padding.unwrap_or(kernel / 2);
                let window = Window { kernel: *kernel, stride: *stride, padding };
                self.convolution(*channels, window, *groups, name.as_deref())
            }
            Layer::Activation { function } => {
                let shape = self.shape();
                self.unnamed_node("activation", Operation::Activation(function.parse()?), shape);
                Ok(())
            }
            Layer::AveragePool { size } => self.pool("average_pool", Operation::AveragePool { size: *size }, *size),
            Layer::MaxPool { size } => self.pool("max_pool", Operation::MaxPool { size: *size }, *size),
            Layer::Flatten => {
                let shape = Shape::new(vec![self.shape().elements()])?;
                self.unnamed_node("flatten", Operation::Flatten, shape);
                Ok(())
            }
            Layer::Residual { layers } => self.residual(layers),
            Layer::LayerNorm { name } => self.layer_norm(name.as_deref()),
            Layer::BatchNorm { name } => self.batch_norm(name.as_deref()),
            Layer::Dropout { rate } => self.dropout(*rate),
            Layer::Attention { heads, scaling, name } => self.attention(*heads, *scaling, name.as_deref()),
            Layer::Position { name } => self.position(name.as_deref()),
            Layer::AverageSteps => self.average_steps(),
            Layer::Rnn { units, activation, returns, name } => {
                self.recurrent(Cell::Rnn(activation.parse()?), *units, *returns, name.as_deref())
            }
            Layer::Lstm { units, returns, name } => self.recurrent(Cell::Lstm, *units, *returns, name.as_deref()),
            Layer::Gru { units, returns, name } => self.recurrent(Cell::Gru, *units, *returns, name.as_deref()),
        }
    }

    fn shape(&self) -> Shape {
        self.nodes[self.last()].shape.clone()
    }

    /// The shape, the steps and the features of the sequence that the next layer sees.
    fn sequence(&self, layer: &str, kind: &'static str) -> Result<(Shape, usize, usize), NetworkError> {
        let shape = self.shape();
        match *shape.dimensions() {
            [time, features] if time > 0 => Ok((shape, time, features)),
            _ => Err(refuse(layer, kind, &shape, "it needs a sequence, time x features, of at least one step")),
        }
    }

    fn unnamed_node(&mut self, kind: &'static str, operation: Operation, shape: Shape) {
        let count = self.unnamed.entry(kind).or_default();
        *count += 1;
        let name = format!("{kind}{count}");
        self.named_node(name, operation, shape);
    }

    fn weighted_name(&mut self, name: Option<&str>) -> String {
        self.weighted += 1;
        name.map_or_else(|| format!("layer{}", self.weighted), str::to_owned)
    }

    /// Adds the weight and the bias of a layer and returns their places.
    fn weights(&mut self, name: &str, weight: Parameter, units: usize) -> Result<(usize, usize), NetworkError> {
        let fans = weight.fans.unwrap_or(Fans { fan_in: 0, fan_out: 0 });
        let bias = Parameter::bias(&format!("{name}.bias"), units, fans)?;
        self.parameters.push(weight);
        self.parameters.push(bias);
        Ok((self.parameters.len() - 2, self.parameters.len() - 1))
    }

    fn dense(&mut self, units: usize, name: Option<&str>) -> Result<(), NetworkError> {
        let name = self.weighted_name(name);
        let shape = self.shape();
        let (inputs, outputs) = match *shape.dimensions() {
            [inputs] => (inputs, vec![units]),
            [time, inputs] => (inputs, vec![time, units]),
            _ => return Err(refuse(&name, "dense", &shape, "put a flatten layer before it")),
        };
        if units == 0 {
            return Err(refuse(&name, "dense", &shape, "units must be at least 1"));
        }
        let weight = Parameter::dense(&format!("{name}.weight"), inputs, units)?;
        let (weight, bias) = self.weights(&name, weight, units)?;
        self.named_node(name, Operation::Dense { weight, bias }, Shape::new(outputs)?);
        Ok(())
    }

    fn named_node(&mut self, name: String, operation: Operation, shape: Shape) {
        let inputs = vec![self.last()];
        self.nodes.push(Node { name, operation, inputs, shape });
    }

    fn convolution(
        &mut self,
        channels: usize,
        window: Window,
        groups: usize,
        name: Option<&str>,
    ) -> Result<(), NetworkError> {
        let name = self.weighted_name(name);
        let shape = self.shape();
        let &[inputs, height, width] = shape.dimensions() else {
            return Err(refuse(&name, "conv2d", &shape, "it needs channels x height x width"));
        };
        let refused = |problem: &str| refuse(&name, "conv2d", &shape, problem);
        if channels == 0 || groups == 0 || !inputs.is_multiple_of(groups) || !channels.is_multiple_of(groups) {
            return Err(refused(&format!(
                "groups={groups} must divide the {inputs} channels that arrive and the {channels} that leave"
            )));
        }
        let (Some(height), Some(width)) = (window.output(height), window.output(width)) else {
            return Err(refused(&format!(
                "kernel {}, stride {} and padding {} leave nothing of it",
                window.kernel, window.stride, window.padding
            )));
        };
        let kernel = [window.kernel, window.kernel];
        let weight = Parameter::convolution(&format!("{name}.weight"), inputs, channels, &kernel, groups)?;
        let (weight, bias) = self.weights(&name, weight, channels)?;
        let Window { stride, padding, .. } = window;
        let operation = Operation::Convolution { weight, bias, stride, padding, groups };
        self.named_node(name, operation, Shape::new(vec![channels, height, width])?);
        Ok(())
    }

    fn pool(&mut self, kind: &'static str, operation: Operation, size: usize) -> Result<(), NetworkError> {
        let shape = self.shape();
        let &[channels, height, width] = shape.dimensions() else {
            return Err(refuse(kind, kind, &shape, "it needs channels x height x width"));
        };
        if size == 0 || height < size || width < size {
            return Err(refuse(kind, kind, &shape, &format!("a window of {size} does not fit")));
        }
        self.unnamed_node(kind, operation, Shape::new(vec![channels, height / size, width / size])?);
        Ok(())
    }

    fn residual(&mut self, layers: &[Layer]) -> Result<(), NetworkError> {
        let start = self.last();
        for layer in layers {
            self.push(layer)?;
        }
        let (before, after) = (self.nodes[start].shape.clone(), self.shape());
        if before != after || self.last() == start {
            let problem = format!("its layers turn it into {after}; the sum needs at least one layer and equal shapes");
            return Err(refuse("residual", "residual", &before, &problem));
        }
        self.unnamed_node("add", Operation::Add, after);
        let last = self.last();
        self.nodes[last].inputs.insert(0, start);
        Ok(())
    }

    fn layer_norm(&mut self, name: Option<&str>) -> Result<(), NetworkError> {
        let shape = self.shape();
        let (name, scale, shift) = self.norm(name, shape.elements() / steps(&shape))?;
        self.named_node(name, Operation::LayerNorm { scale, shift, epsilon: NORM_EPSILON }, shape);
        Ok(())
    }

    fn batch_norm(&mut self, name: Option<&str>) -> Result<(), NetworkError> {
        let units = self.nodes[self.last()].units();
        let (name, scale, shift) = self.norm(name, units)?;
        let shape = self.shape();
        self.named_node(name, Operation::BatchNorm { scale, shift, epsilon: NORM_EPSILON }, shape);
        Ok(())
    }

    /// Adds the scale and the shift of a normalization and returns its name and their places.
    fn norm(&mut self, name: Option<&str>, elements: usize) -> Result<(String, usize, usize), NetworkError> {
        self.norms += 1;
        let name = name.map_or_else(|| format!("norm{}", self.norms), str::to_owned);
        self.parameters.push(Parameter::norm_scale(&format!("{name}.scale"), elements)?);
        self.parameters.push(Parameter::norm_shift(&format!("{name}.shift"), elements)?);
        Ok((name, self.parameters.len() - 2, self.parameters.len() - 1))
    }

    fn dropout(&mut self, rate: f64) -> Result<(), NetworkError> {
        let shape = self.shape();
        if !(0.0..1.0).contains(&rate) {
            let problem = format!("rate is {rate}; it must be at least 0 and below 1");
            return Err(refuse("dropout", "dropout", &shape, &problem));
        }
        self.unnamed_node("dropout", Operation::Dropout { rate }, shape);
        Ok(())
    }

    /// The network, if it has weights and no name twice.
    pub fn finish(self, text: &str, layers: &[Layer]) -> Result<Network, NetworkError> {
        if self.weighted == 0 {
            return Err(NetworkError::NoWeights);
        }
        let mut names = BTreeSet::new();
        for node in &self.nodes {
            if !names.insert(node.name.as_str()) {
                return Err(NetworkError::DuplicateName { name: node.name.clone() });
            }
        }
        let layers = layers.to_vec();
        Ok(Network { text: text.to_owned(), nodes: self.nodes, parameters: self.parameters, layers })
    }
}

/// A square window sliding over an image.
struct Window {
    kernel: usize,
    stride: usize,
    padding: usize,
}

impl Window {
    /// Places along a side of `length`; `None` where not even one fits.
    fn output(&self, length: usize) -> Option<usize> {
        let room = self.padding.checked_mul(2)?.checked_add(length)?.checked_sub(self.kernel)?;
        (self.kernel > 0 && self.stride > 0).then(|| room / self.stride + 1)
    }
}

fn refuse(layer: &str, kind: &'static str, found: &Shape, problem: &str) -> NetworkError {
    NetworkError::Layer { layer: layer.to_owned(), kind, found: found.to_string(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        text.parse().unwrap()
    }

    fn dense(units: usize) -> Layer {
        Layer::Dense { units, name: None }
    }

    fn relu() -> Layer {
        Layer::Activation { function: "relu".to_owned() }
    }

    #[test]
    fn names_and_shapes_of_parameters() {
        let network = Network::build("test", &shape("4"), &[dense(3), relu(), dense(2)]).unwrap();
        let parameters: Vec<_> = network.parameters.iter().map(|p| format!("{} {}", p.name, p.shape)).collect();
        assert_eq!(parameters, ["layer1.weight 3x4", "layer1.bias 3", "layer2.weight 2x3", "layer2.bias 2"]);
        let nodes: Vec<_> = network.nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(nodes, ["input", "layer1", "activation1", "layer2"]);
    }

    #[test]
    fn convolution_halves_with_stride_two() {
        let layer = Layer::Conv2d { channels: 6, kernel: 3, stride: 2, padding: None, groups: 2, name: None };
        let network = Network::build("test", &shape("4x8x8"), &[layer]).unwrap();
        assert_eq!(network.nodes[1].shape, shape("6x4x4"));
        assert_eq!(network.parameters[0].shape, shape("6x2x3x3"));
        assert_eq!(network.parameters[0].fans, Some(Fans { fan_in: 18, fan_out: 27 }));
    }

    #[test]
    fn residual_must_keep_the_shape() {
        let block = Layer::Residual { layers: vec![dense(4), relu()] };
        let network = Network::build("test", &shape("4"), &[block.clone(), dense(2)]).unwrap();
        let add = network.nodes.iter().find(|node| node.name == "add1").unwrap();
        assert_eq!(add.inputs, [0, 2]);
        let message = Network::build("test", &shape("5"), &[block]).unwrap_err().to_string();
        assert!(message.contains("turn it into 4"), "{message}");
    }

    #[test]
    fn dense_after_an_image_says_flatten() {
        let message = Network::build("test", &shape("1x8x8"), &[dense(2)]).unwrap_err().to_string();
        assert!(message.contains("1x8x8") && message.contains("flatten"), "{message}");
    }

    #[test]
    fn names_are_unique() {
        let named = |name: &str| Layer::Dense { units: 2, name: Some(name.to_owned()) };
        let error = Network::build("test", &shape("2"), &[named("a"), named("a")]).unwrap_err();
        assert!(matches!(error, NetworkError::DuplicateName { .. }));
    }
}
