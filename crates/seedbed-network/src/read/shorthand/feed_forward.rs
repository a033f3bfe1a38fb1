//! `mlp` and `cnn`, and the words that change their hidden layers.

use std::ops::Range;

use seedbed::Shape;

use super::call::{Call, Parts, activation_layer, dropout};
use crate::error::NetworkError;
use crate::graph::{Layer, Network};

pub fn mlp(call: &Call) -> Result<Network, NetworkError> {
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

pub fn cnn(call: &Call) -> Result<Network, NetworkError> {
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
