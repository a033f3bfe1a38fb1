//! The nodes that everything passes through: what happens at one of them happens to the whole network.

use seedbed_network::graph::{Network, NodeIndex, Operation};

/// Nodes that no path from the input to the output goes around, in execution order.
pub fn trunk(network: &Network) -> Vec<NodeIndex> {
    let passed_by = |place: usize| {
        network.nodes.iter().skip(place + 1).any(|later| later.inputs.iter().any(|&input| input < place))
    };
    (0..network.nodes.len()).filter(|&place| !passed_by(place)).collect()
}

/// The first weighted layer of the trunk, and the last weighted layer or sum of it before the last layer.
///
/// The layers within a residual branch do not count: one that begins at 0 silences its branch alone.
pub fn ends(network: &Network) -> Option<(NodeIndex, NodeIndex)> {
    let (last_layer, _) = network.weighted_layers().last()?;
    let counts = |&place: &NodeIndex| {
        let operation = &network.nodes[place].operation;
        place < last_layer && (!operation.weights().is_empty() || *operation == Operation::Add)
    };
    let hidden: Vec<NodeIndex> = trunk(network).into_iter().filter(counts).collect();
    let (first, last) = (*hidden.first()?, *hidden.last()?);
    (first < last).then_some((first, last))
}

/// Hidden layers whose units are all that the network knows of an example. Tied, they are one number.
pub fn bottlenecks(network: &Network) -> Vec<NodeIndex> {
    let Some((last_layer, _)) = network.weighted_layers().last() else { return Vec::new() };
    let is_vector = |place: NodeIndex| {
        let node = &network.nodes[place];
        !node.operation.weights().is_empty() && node.units() > 1 && node.shape.elements() == node.units()
    };
    trunk(network).into_iter().filter(|&place| place < last_layer && is_vector(place)).collect()
}

#[cfg(test)]
pub mod tests {
    use seedbed_network::graph::Layer;

    use super::*;

    /// A stem of 8 units, blocks of two layers around which the signal goes, and a head; or a shorthand.
    pub fn network(text: &str) -> Network {
        let Some(normalized) = text.strip_prefix("residual") else { return text.parse().unwrap() };
        let dense = |units| Layer::Dense { units, name: None };
        let relu = || Layer::Activation { function: "relu".to_owned() };
        let mut branch = vec![dense(8), relu(), dense(8)];
        if !normalized.is_empty() {
            branch.insert(0, Layer::LayerNorm { name: None });
        }
        let blocks = vec![Layer::Residual { layers: branch }; 12];
        let layers = [vec![dense(8)], blocks, vec![dense(10)]].concat();
        Network::build(text, &"64".parse().unwrap(), &layers).unwrap()
    }

    fn names(text: &str) -> (Option<(String, String)>, Vec<String>) {
        let network = network(text);
        let name = |place: NodeIndex| network.nodes[place].name.clone();
        let ends = ends(&network).map(|(first, last)| (name(first), name(last)));
        (ends, bottlenecks(&network).into_iter().map(name).collect())
    }

    fn owned(first: &str, last: &str) -> Option<(String, String)> {
        Some((first.to_owned(), last.to_owned()))
    }

    #[test]
    fn a_chain_is_all_trunk() {
        let (ends, bottlenecks) = names("mlp(4, 3x5, 2, relu)");
        assert_eq!((ends, bottlenecks.len(), bottlenecks[0].as_str()), (owned("layer1", "layer5"), 5, "layer1"));
        assert_eq!(names("mlp(4, 3, 2, relu)").0, None);
    }

    #[test]
    fn channels_of_an_image_are_more_than_one_number() {
        assert_eq!(names("cnn(1x8x8, 4x3, 10, relu)"), (owned("layer1", "layer3"), Vec::new()));
    }

    #[test]
    fn a_branch_is_gone_around() {
        let (ends, bottlenecks) = names("residual");
        assert_eq!((ends, bottlenecks), (owned("layer1", "add12"), vec!["layer1".to_owned()]));
    }
}
