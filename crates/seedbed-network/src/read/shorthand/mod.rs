//! The shorthand: a whole network in one line.
//!
//! - `mlp(64, 128x30, 10, relu)`: 64 inputs, 30 hidden layers of 128 units, 10 outputs; the activation
//!   follows every layer but the last. More widths may stand in a row: `mlp(784, 512, 256x2, 10, tanh)`.
//! - `cnn(1x8x8, 16x4, 10, relu)`: images of 1 channel and 8 by 8 pixels, 4 convolutions of 16 channels
//!   (3 by 3, same size), each followed by the activation; then flatten and a dense layer of 10 outputs.
//! - `rnn(50x2, 64, 1, tanh)`: sequences of 50 steps of 2 features, one recurrent layer of 64 units with its activation,
//!   and a dense layer of 1 output that sees the last state; `lstm(50x2, 64x2, 10)` and `gru(50x2, 64, 10)` have their
//!   own nonlinearities. The word `all` at the end asks for an answer at every step.
//! - `transformer(16x32, 64x2, 10, gelu, heads(4))`: sequences of 16 steps of 32 features; a dense layer to 64 features and
//!   learned positions; 2 blocks of width 64, each `x + attention(norm(x))` with 4 heads (1 unless told), then
//!   `x + dense(activation(dense(norm(x))))` over 4 times the width; at the end a normalization, the mean over the steps
//!   and a dense layer of 10 outputs. `dropout(0.1)` ends each branch; `linear_scaling` divides the scores of a head of k
//!   features by k in place of √k.
//!
//! Words after the activation of `mlp` and `cnn` change every hidden layer: `layer_norm` or `batch_norm` normalizes before the
//! activation, `dropout(0.1)` follows it, `residual` adds the input of a layer to its output where the shapes agree, and `max_pool` or
//! `average_pool` (cnn only) halves the image after each group of convolutions.

mod call;
mod feed_forward;
mod sequence;

use std::str::FromStr;

use crate::error::NetworkError;
use crate::graph::Network;
use call::Call;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let call = Call::parse(text)?;
        match call.name {
            "mlp" => feed_forward::mlp(&call),
            "cnn" => feed_forward::cnn(&call),
            "rnn" | "lstm" | "gru" => sequence::recurrent(&call),
            "transformer" => sequence::transformer(&call),
            _ => Err(call.refuse(
                0..call.name.len(),
                format!("unknown kind of network '{}'", call.name),
                "use mlp(64, 128x30, 10, relu), cnn(1x8x8, 16x4, 10, relu), rnn(50x2, 64, 1, tanh), lstm(50x2, 64, 1), \
                 gru(50x2, 64, 1), transformer(16x32, 64x2, 10, gelu, heads(4)) or a .toml file",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Activation;

    fn refused(text: &str) -> (usize, String) {
        match text.parse::<Network>() {
            Err(error @ NetworkError::Shorthand { position, .. }) => (position, error.to_string()),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn the_default_network() {
        let network: Network = "mlp(64, 128x30, 10, relu)".parse().unwrap();
        assert_eq!(network.weighted_layers().count(), 31);
        assert_eq!(network.scalar_parameters(), 64 * 128 + 29 * 128 * 128 + 128 * 10 + 30 * 128 + 10);
        assert_eq!(network.dominant_activation(), Activation::Relu);
        assert_eq!(network.parameters[60].name, "layer31.weight");
    }

    #[test]
    fn a_convolutional_network_with_every_word() {
        let text = "cnn(1x8x8, 16x2, 8, 10, leaky_relu(0.2), residual, layer_norm, max_pool)";
        let network: Network = text.parse().unwrap();
        assert_eq!(network.input().dimensions(), [1, 8, 8]);
        assert_eq!(network.nodes.iter().filter(|node| node.name.starts_with("add")).count(), 1);
        assert_eq!(network.nodes.iter().filter(|node| node.name.starts_with("max_pool")).count(), 2);
        let last_weight = &network.parameters[network.parameters.len() - 2];
        assert_eq!(last_weight.shape.dimensions(), [10, 8 * 2 * 2]);
    }

    #[test]
    fn transformers() {
        let network: Network = "transformer(16x32, 64x2, 10, gelu, heads(4), dropout(0.1))".parse().unwrap();
        let block = 64 * 192 + 192 + 64 * 64 + 64 + 2 * 64 * 256 + 256 + 64 + 4 * 64;
        assert_eq!(network.scalar_parameters(), 32 * 64 + 64 + 16 * 64 + 2 * block + 2 * 64 + 64 * 10 + 10);
        assert_eq!(network.nodes.iter().filter(|node| node.name.starts_with("dropout")).count(), 4);
        assert_eq!(network.dominant_activation(), Activation::Gelu);
        assert_eq!(refused("transformer(16x32, 64x2, 10, gelu, heads(x))").0, 35);
        assert_eq!(refused("transformer(16x32, 64x2, 10, gelu, residual)").0, 35);
        assert_eq!(refused("transformer(16, 64x2, 10, gelu)").0, 12);
        assert_eq!(refused("transformer(16x32, 64, 32, 10, gelu)").0, 35);
        assert!("transformer(16x32, 64x2, 10, gelu, heads(3))".parse::<Network>().is_err());
    }

    #[test]
    fn batch_norm_and_dropout() {
        let network: Network = "cnn(1x4x4, 6x2, 3, relu, batch_norm, dropout(0.25))".parse().unwrap();
        let names: Vec<&str> = network.nodes.iter().map(|node| node.name.as_str()).take(5).collect();
        assert_eq!(names, ["input", "layer1", "norm1", "activation1", "dropout1"]);
        let scale = network.parameters.iter().find(|parameter| parameter.name == "norm2.scale").unwrap();
        assert_eq!(scale.shape.elements(), 6);
    }

    #[test]
    fn recurrent_networks() {
        let network: Network = "lstm(50x2, 64, 32x2, 10)".parse().unwrap();
        let shapes: Vec<String> = network.nodes.iter().map(|node| node.shape.to_string()).collect();
        assert_eq!(shapes, ["50x2", "50x64", "50x32", "32", "10"]);
        let network: Network = "rnn(50x2, 64, 8, leaky_relu(0.2), all)".parse().unwrap();
        assert_eq!((network.answers(), network.classes()), (50, 8));
        assert_eq!(network.dominant_activation(), Activation::LeakyRelu { slope: 0.2 });
        assert_eq!("gru(5x2, 7, 1)".parse::<Network>().unwrap().scalar_parameters(), 3 * 7 * (2 + 7 + 2) + 8);
        assert_eq!(refused("gru(5x2, 7, 1, tanh)").0, 15);
        assert_eq!(refused("rnn(5x2, 7, 1)").0, 13);
        assert_eq!(refused("lstm(5x2, 1)").0, 11);
        assert_eq!(refused("lstm(5, 3, 1)").0, 5);
        assert_eq!(refused("lstm(5x2, 3x1x1, 1)").0, 10);
    }

    #[test]
    fn errors_point_at_the_place() {
        assert_eq!(refused("mlp(64, 128y30, 10, relu)").0, 8);
        assert_eq!(refused("mlp(64, 128x30, 10, rleu)").0, 20);
        assert_eq!(refused("mlp(64, 128x30, 10)").0, 18);
        assert_eq!(refused("mpl(64, 128x30, 10, relu)").0, 0);
        assert_eq!(refused("mlp(64, 128x30, 10, relu").0, 24);
        assert_eq!(refused("mlp(64, 0, 10, relu)").0, 8);
        assert_eq!(refused("mlp(64, , 10, relu)").0, 8);
        assert_eq!(refused("mlp(64, 10, relu, residul)").0, 18);
        assert_eq!(refused("mlp(64, 10, relu, dropout(1))").0, 18);
        assert_eq!(refused("mlp(64, 10, relu, dropout)").0, 18);
        assert_eq!(refused("cnn(64, 16x4, 10, relu)").0, 4);
        assert_eq!(refused("mlp").0, 3);
        assert_eq!(refused("mlp(-64, 10, relu)").0, 4);
    }

    #[test]
    fn the_message_shows_where_and_what_works() {
        let message = refused("mlp(64, 128x30, 10, rleu)").1;
        assert!(message.contains("\n                      ^"), "{message}");
        assert!(message.contains("did you mean one of 'relu'"), "{message}");
    }
}
