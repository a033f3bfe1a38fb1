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

use std::ops::Range;
use std::str::FromStr;

use seedbed::{Activation, Shape};

use crate::error::NetworkError;
use crate::graph::{Layer, Network, Returns, Scaling};

/// More hidden layers than this are a slip of the pen.
const MOST_LAYERS: usize = 100_000;

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let call = Call::parse(text)?;
        match call.name {
            "mlp" => mlp(&call),
            "cnn" => cnn(&call),
            "rnn" | "lstm" | "gru" => recurrent(&call),
            "transformer" => transformer(&call),
            _ => Err(call.refuse(
                0..call.name.len(),
                format!("unknown kind of network '{}'", call.name),
                "use mlp(64, 128x30, 10, relu), cnn(1x8x8, 16x4, 10, relu), rnn(50x2, 64, 1, tanh), lstm(50x2, 64, 1), \
                 gru(50x2, 64, 1), transformer(16x32, 64x2, 10, gelu, heads(4)) or a .toml file",
            )),
        }
    }
}

/// `name(argument, argument, …)`, each with its place in the text.
struct Call<'t> {
    text: &'t str,
    name: &'t str,
    arguments: Vec<Range<usize>>,
}

impl<'t> Call<'t> {
    fn parse(text: &'t str) -> Result<Self, NetworkError> {
        let bare = Call { text, name: "", arguments: Vec::new() };
        let advice = "write a kind and its arguments, such as mlp(64, 128x30, 10, relu)";
        let Some(open) = text.find('(') else {
            return Err(bare.refuse(text.len()..text.len(), "no '(' in it".to_owned(), advice));
        };
        let end = text.trim_end().len();
        if !text[open..end].ends_with(')') {
            return Err(bare.refuse(end..end, "no ')' at the end".to_owned(), advice));
        }
        let name = text[..open].trim();
        let arguments = split(text, open + 1, end - 1);
        let call = Call { text, name, arguments };
        if let Some(empty) = call.arguments.iter().find(|range| range.is_empty()) {
            return Err(call.refuse(empty.clone(), "an argument is empty".to_owned(), advice));
        }
        Ok(call)
    }

    fn argument(&self, range: &Range<usize>) -> &'t str {
        &self.text[range.clone()]
    }

    fn refuse(&self, place: Range<usize>, problem: String, advice: &str) -> NetworkError {
        NetworkError::Shorthand {
            text: self.text.to_owned(),
            position: place.start,
            problem,
            advice: advice.to_owned(),
        }
    }

    /// The closing parenthesis.
    fn end(&self) -> Range<usize> {
        let end = self.text.trim_end().len().saturating_sub(1);
        end..end
    }

    fn example(&self) -> String {
        let activation = if matches!(self.name, "lstm" | "gru") { "" } else { ", activation" };
        format!("write {}(input, hidden layers, outputs{activation})", self.name)
    }

    /// A positive whole number.
    fn number(&self, place: &Range<usize>, meaning: &str) -> Result<usize, NetworkError> {
        self.sizes(place, meaning).and_then(|sizes| match sizes[..] {
            [size] => Ok(size),
            _ => Err(self.not_a_size(place, meaning, "one whole number")),
        })
    }

    /// Positive whole numbers joined by `x`.
    fn sizes(&self, place: &Range<usize>, meaning: &str) -> Result<Vec<usize>, NetworkError> {
        let sizes: Option<Vec<usize>> =
            self.argument(place).split('x').map(|part| part.trim().parse().ok().filter(|&size| size > 0)).collect();
        sizes.ok_or_else(|| self.not_a_size(place, meaning, "a positive whole number, or several joined by 'x'"))
    }

    fn not_a_size(&self, place: &Range<usize>, meaning: &str, wanted: &str) -> NetworkError {
        let problem = format!("'{}' is no {meaning}", self.argument(place));
        self.refuse(place.clone(), problem, &format!("{meaning} is {wanted}"))
    }
}

/// Splits at the commas that stand in no inner parentheses; the ranges are trimmed.
fn split(text: &str, start: usize, end: usize) -> Vec<Range<usize>> {
    let mut depth = 0usize;
    let mut from = start;
    let mut found = Vec::new();
    for (offset, character) in text[start..end].char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                found.push(trimmed(text, from..start + offset));
                from = start + offset + 1;
            }
            _ => {}
        }
    }
    found.push(trimmed(text, from..end));
    found
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// What all kinds share: sizes, then words.
struct Parts {
    input: Range<usize>,
    /// Size of a layer, and how many of them.
    hidden: Vec<(usize, usize)>,
    outputs: usize,
    words: Vec<Range<usize>>,
}

impl Parts {
    fn read(call: &Call) -> Result<Parts, NetworkError> {
        let first_word = call
            .arguments
            .iter()
            .position(|place| !call.argument(place).starts_with(|c: char| c.is_ascii_digit() || c == '-'))
            .unwrap_or(call.arguments.len());
        let (sizes, words) = call.arguments.split_at(first_word);
        let [input, hidden @ .., outputs] = sizes else {
            let place = words.first().cloned().unwrap_or_else(|| call.end());
            let problem = format!("{} of the sizes, input and outputs, at least 2 are needed", sizes.len());
            return Err(call.refuse(place, problem, &call.example()));
        };
        Ok(Parts {
            input: input.clone(),
            hidden: hidden.iter().map(|place| repeated(call, place)).collect::<Result<_, _>>()?,
            outputs: call.number(outputs, "number of outputs")?,
            words: words.to_vec(),
        })
    }

    /// The first word as an activation, and the words after it.
    fn activation(&self, call: &Call) -> Result<(Activation, &[Range<usize>]), NetworkError> {
        let Some((activation, words)) = self.words.split_first() else {
            return Err(call.refuse(call.end(), "no activation after the sizes".to_owned(), &call.example()));
        };
        let parsed = call.argument(activation).parse::<Activation>();
        let activation = parsed.map_err(|error| call.refuse(activation.clone(), error.to_string(), &call.example()))?;
        Ok((activation, words))
    }
}

fn activation_layer(activation: Activation) -> Layer {
    Layer::Activation { function: activation.to_string() }
}

/// `128x30` is 30 layers of 128; `128` is one.
fn repeated(call: &Call, place: &Range<usize>) -> Result<(usize, usize), NetworkError> {
    let meaning = "layer size with a count, such as 128x30,";
    match call.sizes(place, "layer size")?[..] {
        [size] => Ok((size, 1)),
        [size, count] if count <= MOST_LAYERS => Ok((size, count)),
        [_, _] => Err(call.not_a_size(place, meaning, &format!("at most {MOST_LAYERS} layers"))),
        _ => Err(call.not_a_size(place, meaning, "a size and a count")),
    }
}

/// Words that change every hidden layer.
#[derive(Default)]
struct Words {
    residual: bool,
    norm: Option<Layer>,
    dropout: Option<Layer>,
    pool: Option<Layer>,
}

impl Words {
    fn read(call: &Call, places: &[Range<usize>], images: bool) -> Result<Words, NetworkError> {
        let mut words = Words::default();
        for place in places {
            match (call.argument(place), images) {
                ("residual", _) => words.residual = true,
                ("layer_norm", _) => words.norm = Some(Layer::LayerNorm { name: None }),
                ("batch_norm", _) => words.norm = Some(Layer::BatchNorm { name: None }),
                (word, _) if word.starts_with("dropout") => words.dropout = Some(dropout(call, place)?),
                ("max_pool", true) => words.pool = Some(Layer::MaxPool { size: 2 }),
                ("average_pool", true) => words.pool = Some(Layer::AveragePool { size: 2 }),
                (other, _) => {
                    let pools = if images { ", max_pool, average_pool" } else { "" };
                    let known = format!("residual, layer_norm, batch_norm, dropout(0.1){pools}");
                    let problem = format!("unknown word '{other}' after the activation");
                    return Err(call.refuse(place.clone(), problem, &format!("words for {} are {known}", call.name)));
                }
            }
        }
        Ok(words)
    }

    /// One hidden layer with its normalization, activation and skip.
    fn hidden(&self, weighted: Layer, activation: Layer, same_shape: bool) -> Vec<Layer> {
        let mut layers = vec![weighted];
        layers.extend(self.norm.clone());
        layers.push(activation);
        layers.extend(self.dropout.clone());
        if self.residual && same_shape { vec![Layer::Residual { layers }] } else { layers }
    }
}

/// `dropout(0.1)`.
fn dropout(call: &Call, place: &Range<usize>) -> Result<Layer, NetworkError> {
    let rate = call.argument(place).strip_prefix("dropout(").and_then(|rest| rest.strip_suffix(')'));
    match rate.and_then(|rate| rate.trim().parse::<f64>().ok()).filter(|rate| (0.0..1.0).contains(rate)) {
        Some(rate) => Ok(Layer::Dropout { rate }),
        None => {
            let problem = format!("'{}' is no dropout", call.argument(place));
            Err(call.refuse(place.clone(), problem, "write dropout(0.1), with a rate of at least 0 and below 1"))
        }
    }
}

fn mlp(call: &Call) -> Result<Network, NetworkError> {
    let parts = Parts::read(call)?;
    let (activation, words) = parts.activation(call)?;
    let words = Words::read(call, words, false)?;
    let input = call.number(&parts.input, "number of inputs")?;
    let mut layers = Vec::new();
    let mut width = input;
    for &(units, count) in &parts.hidden {
        for _ in 0..count {
            let weighted = Layer::Dense { units, name: None };
            layers.extend(words.hidden(weighted, activation_layer(activation), units == width));
            width = units;
        }
    }
    layers.push(Layer::Dense { units: parts.outputs, name: None });
    Network::build(call.text.trim(), &Shape::new(vec![input])?, &layers)
}

fn cnn(call: &Call) -> Result<Network, NetworkError> {
    let parts = Parts::read(call)?;
    let (activation, words) = parts.activation(call)?;
    let words = Words::read(call, words, true)?;
    let input = call.sizes(&parts.input, "image shape")?;
    let &[mut depth, _, _] = &input[..] else {
        return Err(call.not_a_size(&parts.input, "image shape", "channels x height x width, such as 1x28x28"));
    };
    let mut layers = Vec::new();
    for &(channels, count) in &parts.hidden {
        for _ in 0..count {
            let weighted = Layer::Conv2d { channels, kernel: 3, stride: 1, padding: None, groups: 1, name: None };
            layers.extend(words.hidden(weighted, activation_layer(activation), channels == depth));
            depth = channels;
        }
        layers.extend(words.pool.clone());
    }
    layers.extend([Layer::Flatten, Layer::Dense { units: parts.outputs, name: None }]);
    Network::build(call.text.trim(), &Shape::new(input)?, &layers)
}

fn recurrent(call: &Call) -> Result<Network, NetworkError> {
    let parts = Parts::read(call)?;
    let (activation, words) = match call.name {
        "rnn" => parts.activation(call).map(|(activation, words)| (activation.to_string(), words))?,
        _ => (String::new(), &parts.words[..]),
    };
    let input = sequence(call, &parts.input)?;
    let last = returns(call, words)?;
    let units: Vec<usize> = parts.hidden.iter().flat_map(|&(units, count)| std::iter::repeat_n(units, count)).collect();
    let Some(last_place) = units.len().checked_sub(1) else {
        return Err(call.refuse(
            call.end(),
            "no recurrent layer between input and outputs".to_owned(),
            &call.example(),
        ));
    };
    let cell = |(place, units): (usize, usize)| {
        let returns = if place == last_place { last } else { Returns::All };
        match call.name {
            "lstm" => Layer::Lstm { units, returns, name: None },
            "gru" => Layer::Gru { units, returns, name: None },
            _ => Layer::Rnn { units, activation: activation.clone(), returns, name: None },
        }
    };
    let mut layers: Vec<Layer> = units.into_iter().enumerate().map(cell).collect();
    layers.push(Layer::Dense { units: parts.outputs, name: None });
    Network::build(call.text.trim(), &input, &layers)
}

/// Blocks whose feed-forward layer is this many times as wide as the block (Vaswani et al. 2017).
const WIDENING: usize = 4;

fn transformer(call: &Call) -> Result<Network, NetworkError> {
    let parts = Parts::read(call)?;
    let (activation, words) = parts.activation(call)?;
    let input = sequence(call, &parts.input)?;
    let &[(width, blocks)] = &parts.hidden[..] else {
        let problem = format!("{} widths between input and outputs, where one is needed", parts.hidden.len());
        return Err(call.refuse(call.end(), problem, "write the width with the count of blocks, such as 64x2"));
    };
    let (mut heads, mut scaling, mut noise) = (1, Scaling::SquareRoot, None);
    for place in words {
        match call.argument(place) {
            word if word.starts_with("heads") => heads = head_count(call, place)?,
            word if word.starts_with("dropout") => noise = Some(dropout(call, place)?),
            "linear_scaling" => scaling = Scaling::Linear,
            other => {
                let problem = format!("unknown word '{other}' after the activation");
                let known = "words for transformer are heads(4), dropout(0.1), linear_scaling";
                return Err(call.refuse(place.clone(), problem, known));
            }
        }
    }
    let dense = |units| Layer::Dense { units, name: None };
    let branch = |layers: Vec<Layer>| {
        let layers = std::iter::once(Layer::LayerNorm { name: None }).chain(layers).chain(noise.clone()).collect();
        Layer::Residual { layers }
    };
    let mut layers = vec![dense(width), Layer::Position { name: None }];
    for _ in 0..blocks {
        layers.push(branch(vec![Layer::Attention { heads, scaling, name: None }]));
        let wide = dense(width.saturating_mul(WIDENING));
        layers.push(branch(vec![wide, activation_layer(activation), dense(width)]));
    }
    layers.extend([Layer::LayerNorm { name: None }, Layer::AverageSteps, dense(parts.outputs)]);
    Network::build(call.text.trim(), &input, &layers)
}

/// `heads(4)`.
fn head_count(call: &Call, place: &Range<usize>) -> Result<usize, NetworkError> {
    let count = call.argument(place).strip_prefix("heads(").and_then(|rest| rest.strip_suffix(')'));
    count.and_then(|count| count.trim().parse().ok()).filter(|&count| count > 0).ok_or_else(|| {
        let problem = format!("'{}' is no number of heads", call.argument(place));
        call.refuse(place.clone(), problem, "write heads(4), with a number that divides the width")
    })
}

fn sequence(call: &Call, place: &Range<usize>) -> Result<Shape, NetworkError> {
    let sizes = call.sizes(place, "sequence shape")?;
    match sizes[..] {
        [_, _] => Ok(Shape::new(sizes)?),
        _ => Err(call.not_a_size(place, "sequence shape", "time x features, such as 50x2")),
    }
}

/// What comes out of the last recurrent layer: of all steps after the word `all`.
fn returns(call: &Call, words: &[Range<usize>]) -> Result<Returns, NetworkError> {
    let mut returns = Returns::Last;
    for place in words {
        match call.argument(place) {
            "all" => returns = Returns::All,
            other => {
                let problem = format!("unknown word '{other}' at the end");
                let advice = format!("the word for {} is all: an answer at every step", call.name);
                return Err(call.refuse(place.clone(), problem, &advice));
            }
        }
    }
    Ok(returns)
}

#[cfg(test)]
mod tests {
    use super::*;

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
