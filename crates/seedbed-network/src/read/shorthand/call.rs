//! What all kinds of networks have in common: a name, sizes, and words.

use std::ops::Range;

use seedbed::Activation;

use crate::error::NetworkError;
use crate::graph::Layer;

/// More hidden layers than this are a slip of the pen.
const MOST_LAYERS: usize = 100_000;

/// `name(argument, argument, …)`, each with its place in the text.
pub struct Call<'t> {
    pub text: &'t str,
    pub name: &'t str,
    pub arguments: Vec<Range<usize>>,
}

impl<'t> Call<'t> {
    pub fn parse(text: &'t str) -> Result<Self, NetworkError> {
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

    pub fn argument(&self, range: &Range<usize>) -> &'t str {
        &self.text[range.clone()]
    }

    pub fn refuse(&self, place: Range<usize>, problem: String, advice: &str) -> NetworkError {
        NetworkError::Shorthand {
            text: self.text.to_owned(),
            position: place.start,
            problem,
            advice: advice.to_owned(),
        }
    }

    /// The closing parenthesis.
    pub fn end(&self) -> Range<usize> {
        let end = self.text.trim_end().len().saturating_sub(1);
        end..end
    }

    pub fn example(&self) -> String {
        let activation = if matches!(self.name, "lstm" | "gru") { "" } else { ", activation" };
        format!("write {}(input, hidden layers, outputs{activation})", self.name)
    }

    /// A positive whole number.
    pub fn number(&self, place: &Range<usize>, meaning: &str) -> Result<usize, NetworkError> {
        self.sizes(place, meaning).and_then(|sizes| match sizes[..] {
            [size] => Ok(size),
            _ => Err(self.not_a_size(place, meaning, "one whole number")),
        })
    }

    /// Positive whole numbers joined by `x`.
    pub fn sizes(&self, place: &Range<usize>, meaning: &str) -> Result<Vec<usize>, NetworkError> {
        let sizes: Option<Vec<usize>> =
            self.argument(place).split('x').map(|part| part.trim().parse().ok().filter(|&size| size > 0)).collect();
        sizes.ok_or_else(|| self.not_a_size(place, meaning, "a positive whole number, or several joined by 'x'"))
    }

    pub fn not_a_size(&self, place: &Range<usize>, meaning: &str, wanted: &str) -> NetworkError {
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
pub struct Parts {
    pub input: Range<usize>,
    /// Size of a layer, and how many of them.
    pub hidden: Vec<(usize, usize)>,
    pub outputs: usize,
    pub words: Vec<Range<usize>>,
}

impl Parts {
    pub fn read(call: &Call) -> Result<Parts, NetworkError> {
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
    pub fn activation(&self, call: &Call) -> Result<(Activation, &[Range<usize>]), NetworkError> {
        let Some((activation, words)) = self.words.split_first() else {
            return Err(call.refuse(call.end(), "no activation after the sizes".to_owned(), &call.example()));
        };
        let parsed = call.argument(activation).parse::<Activation>();
        let activation = parsed.map_err(|error| call.refuse(activation.clone(), error.to_string(), &call.example()))?;
        Ok((activation, words))
    }
}

pub fn activation_layer(activation: Activation) -> Layer {
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

/// `dropout(0.1)`.
pub fn dropout(call: &Call, place: &Range<usize>) -> Result<Layer, NetworkError> {
    let rate = call.argument(place).strip_prefix("dropout(").and_then(|rest| rest.strip_suffix(')'));
    match rate.and_then(|rate| rate.trim().parse::<f64>().ok()).filter(|rate| (0.0..1.0).contains(rate)) {
        Some(rate) => Ok(Layer::Dropout { rate }),
        None => {
            let problem = format!("'{}' is no dropout", call.argument(place));
            Err(call.refuse(place.clone(), problem, "write dropout(0.1), with a rate of at least 0 and below 1"))
        }
    }
}
