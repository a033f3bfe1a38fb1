//! Networks over sequences: `rnn`, `lstm`, `gru` and `transformer`.

use std::ops::Range;

use seedbed::Shape;

use super::call::{Call, Parts, activation_layer, dropout};
use crate::error::NetworkError;
use crate::graph::{Layer, Network, Returns, Scaling};

pub fn recurrent(call: &Call) -> Result<Network, NetworkError> {
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

pub fn transformer(call: &Call) -> Result<Network, NetworkError> {
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
