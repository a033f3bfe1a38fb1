//! Deeper: layers that keep their shape stand several times in a row.

use std::ops::Range;

use seedbed::Shape;

use super::super::{Layer, Network, Node, Operation};
use crate::error::NetworkError;

/// What stands between the name of a layer and the number of its copy.
const COPY: char = '~';

/// The name in the network it came from of a layer or a parameter of a deeper one: `layer2` for `layer2~3`, and
/// `layer2.weight` for `layer2~3.weight`.
pub fn origin(name: &str) -> String {
    let Some((layer, copy)) = name.split_once(COPY) else { return name.to_owned() };
    let rest = copy.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{layer}{rest}")
}

impl Network {
    /// The network with its layers that keep their shape standing `factor` times in a row, neighbours together: dense and
    /// recurrent layers and convolutions with what follows them, residual blocks by themselves. Copies are called
    /// `layer2~2`, `layer2~3`, …; [`origin`] finds the first.
    ///
    /// ```
    /// use seedbed_network::graph::{Network, origin};
    /// let network: Network = "mlp(64, 32x3, 10, relu)".parse()?;
    /// let deep = network.deepened(2)?;
    /// let names: Vec<&str> = deep.weighted_layers().map(|(_, node)| node.name.as_str()).collect();
    /// assert_eq!(names, ["layer1", "layer2", "layer3", "layer2~2", "layer3~2", "layer4"]);
    /// assert_eq!(origin("layer2~2.weight"), "layer2.weight");
    /// # Ok::<(), seedbed_network::error::NetworkError>(())
    /// ```
    ///
    /// # Errors
    /// A factor of 0, or no hidden layer that keeps its shape.
    pub fn deepened(&self, factor: usize) -> Result<Network, NetworkError> {
        let refuse = |problem: &str| self.cannot_scale(&format!("{factor} times deeper"), problem.to_owned());
        if factor == 0 {
            return Err(refuse("the factor must be at least 1"));
        }
        let runs = self.runs();
        if runs.is_empty() {
            return Err(refuse(
                "no hidden layer keeps its shape, so that none can be repeated; two of a size are needed",
            ));
        }
        let layers = self.named_layers();
        let (mut deep, mut done) = (Vec::new(), 0);
        for run in runs {
            deep.extend_from_slice(&layers[done..run.end]);
            done = run.end;
            let copies = (2..=factor).flat_map(|copy| layers[run.clone()].iter().map(move |layer| layer.copied(copy)));
            deep.extend(copies);
        }
        deep.extend_from_slice(&layers[done..]);
        Network::build(&self.text, self.input(), &deep).map_err(|error| refuse(&error.to_string()))
    }

    /// The layers with the names that the nodes have.
    fn named_layers(&self) -> Vec<Layer> {
        // the others are numbered by kind
        let named = |node: &&Node| {
            let operation = &node.operation;
            let others = matches!(
                operation,
                Operation::LayerNorm { .. } | Operation::BatchNorm { .. } | Operation::Position { .. }
            );
            others || !operation.weights().is_empty()
        };
        let mut names = self.nodes.iter().filter(named).map(|node| node.name.clone());
        let mut layers = self.layers.clone();
        layers.iter_mut().for_each(|layer| layer.take_names(&mut names));
        layers
    }

    /// The runs of layers that keep their shape, but for the last that holds weights.
    fn runs(&self) -> Vec<Range<usize>> {
        let holds_weights = |place: &usize| self.layers[*place].holds_weights();
        let mut starts: Vec<usize> = (0..self.layers.len()).filter(holds_weights).collect();
        let last = starts.pop().unwrap_or(0);
        let ends = starts.iter().skip(1).copied().chain([last]);
        let blocks: Vec<Range<usize>> = starts.iter().zip(ends).map(|(start, end)| *start..end).collect();
        let after_sums = self.after_sums(&blocks);
        let mut runs: Vec<Range<usize>> = Vec::new();
        for block in blocks {
            let Some(block) = self.kept(block, after_sums) else { continue };
            match runs.last_mut().filter(|run| run.end == block.start) {
                Some(run) => run.end = block.end,
                None => runs.push(block),
            }
        }
        runs
    }

    /// How many layers after a residual block belong to it: as many as follow the first of several. What follows the last
    /// may be the end of the network, such as the normalization of a transformer.
    fn after_sums(&self, blocks: &[Range<usize>]) -> usize {
        let mut sums = blocks.iter().filter(|block| matches!(self.layers[block.start], Layer::Residual { .. }));
        match (sums.next(), sums.next()) {
            (Some(first), Some(_)) => first.len() - 1,
            _ => 0,
        }
    }

    /// The longest part of a block, from its first layer on, that keeps the shape; `None` where not even that does.
    fn kept(&self, block: Range<usize>, after_sums: usize) -> Option<Range<usize>> {
        let before = self.shape_before(block.start);
        let most = match self.layers[block.start] {
            Layer::Residual { .. } => block.end.min(block.start + 1 + after_sums),
            _ => block.end,
        };
        let end = (block.start + 1..=most).rev().find(|end| self.shape_before(*end) == before)?;
        Some(block.start..end)
    }

    /// Shape that a layer takes.
    fn shape_before(&self, layer: usize) -> &Shape {
        let nodes: usize = self.layers[..layer].iter().map(Layer::nodes).sum();
        &self.nodes[nodes].shape
    }
}

impl Layer {
    /// Nodes that it becomes.
    fn nodes(&self) -> usize {
        match self {
            Layer::Residual { layers } => layers.iter().map(Layer::nodes).sum::<usize>() + 1,
            _ => 1,
        }
    }

    fn take_names(&mut self, names: &mut impl Iterator<Item = String>) {
        match self {
            Layer::Residual { layers } => layers.iter_mut().for_each(|layer| layer.take_names(names)),
            other => {
                if let Some(name) = other.name() {
                    *name = names.next();
                }
            }
        }
    }

    /// The same with the names of a copy.
    fn copied(&self, copy: usize) -> Layer {
        let mut layer = self.clone();
        match &mut layer {
            Layer::Residual { layers } => layers.iter_mut().for_each(|inner| *inner = inner.copied(copy)),
            other => {
                if let Some(Some(name)) = other.name() {
                    name.push_str(&format!("{COPY}{copy}"));
                }
            }
        }
        layer
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Layer::{Activation, Dense, LayerNorm};
    use super::*;

    fn network(text: &str) -> Network {
        text.parse().unwrap()
    }

    fn dense(units: usize) -> Layer {
        Dense { units, name: None }
    }

    fn weighted(network: &Network) -> Vec<&str> {
        network.weighted_layers().map(|(_, node)| node.name.as_str()).collect()
    }

    #[test]
    fn blocks_are_repeated_under_names_of_their_own() {
        let deep = network("mlp(8, 4x2, 3, tanh, residual, layer_norm)").deepened(2).unwrap();
        let names: Vec<&str> = deep.nodes.iter().map(|node| node.name.as_str()).collect();
        assert!(names.contains(&"layer2~2") && names.contains(&"norm2~2") && !names.contains(&"layer1~2"));
        assert_eq!(deep.nodes.iter().filter(|node| node.name.starts_with("add")).count(), 2);
        assert_eq!(deep.weighted_layers().count(), 4);
        assert_eq!(origin("norm2~2.scale"), "norm2.scale");
        assert_eq!(origin("layer1"), "layer1");
    }

    /// Attention and dense blocks alternate as before, and the normalization at the end stays alone.
    #[test]
    fn transformers_repeat_whole_blocks() {
        let small = network("transformer(5x3, 8x2, 2, gelu, heads(2), dropout(0.1))");
        let deep = small.deepened(3).unwrap();
        assert_eq!(deep.nodes.iter().filter(|node| node.name.starts_with("norm")).count(), 13);
        let kinds = |network: &Network| -> Vec<&str> {
            network.weighted_layers().map(|(_, node)| node.operation.kind()).collect()
        };
        let block = ["attention", "dense", "dense"];
        assert_eq!(kinds(&deep), [vec!["dense"], block.repeat(6), vec!["dense"]].concat());
        assert_eq!(weighted(&deep)[7], "layer2~2");
        assert_eq!(deep.nodes.last().unwrap().shape.to_string(), "2");
        // after each of the sums, it belongs to them
        let sum = || Layer::Residual { layers: vec![dense(8)] };
        let layers = [dense(8), sum(), LayerNorm { name: None }, sum(), LayerNorm { name: None }, dense(2)];
        let post = Network::build("net", &Shape::new(vec![3]).unwrap(), &layers).unwrap().deepened(2).unwrap();
        let norms = post.nodes.iter().filter(|node| node.name.starts_with("norm")).count();
        assert_eq!((weighted(&post), norms), (vec!["layer1", "layer2", "layer3", "layer2~2", "layer3~2", "layer4"], 4));
    }

    #[test]
    fn recurrent_layers_that_give_every_state_are_repeated() {
        let deep = network("lstm(5x3, 4x3, 2)").deepened(2).unwrap();
        assert_eq!(weighted(&deep), ["layer1", "layer2", "layer2~2", "layer3", "layer4"]);
    }

    #[test]
    fn pools_stand_once() {
        let deep = network("cnn(1x8x8, 4x2, 6x2, 3, relu, max_pool, batch_norm)").deepened(2).unwrap();
        assert_eq!(weighted(&deep), ["layer1", "layer2", "layer2~2", "layer3", "layer4", "layer4~2", "layer5"]);
        assert_eq!(deep.nodes.iter().filter(|node| matches!(node.operation, Operation::MaxPool { .. })).count(), 2);
        assert_eq!(deep.nodes.iter().filter(|node| matches!(node.operation, Operation::Activation(_))).count(), 6);
    }

    #[test]
    fn names_that_were_given_stay() {
        let layers = [
            dense(4),
            Activation { function: "relu".to_owned() },
            Dense { units: 4, name: Some("mid".to_owned()) },
            LayerNorm { name: None },
            Dense { units: 3, name: Some("head".to_owned()) },
        ];
        let network = Network::build("net", &Shape::new(vec![8]).unwrap(), &layers).unwrap();
        assert_eq!(weighted(&network.deepened(2).unwrap()), ["layer1", "mid", "mid~2", "head"]);
        assert_eq!(network.deepened(1).unwrap().parameters, network.parameters);
    }

    #[test]
    fn nothing_to_repeat() {
        for text in ["mlp(8, 4, 3, relu)", "lstm(5x3, 4x2, 2)"] {
            let message = network(text).deepened(2).unwrap_err().to_string();
            assert!(message.contains("keeps its shape") && message.contains("2 times deeper"), "{message}");
        }
        assert!(network("mlp(8, 4x2, 3, relu)").deepened(0).is_err());
    }
}
