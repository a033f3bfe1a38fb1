//! A prior: an initializer for every parameter of a network, and so a distribution over all its weights.

use rayon::prelude::*;
use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Initializer, Parameter, Role};

/// A recipe that needs no argument: a function from network to prior.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
}

/// All recipes.
pub const RECIPES: &[Recipe] = &[Recipe {
    name: TORCH_DEFAULT,
    summary: "what the layers of torch.nn do: weights and biases ~ U(-1/√fan_in, 1/√fan_in), embeddings N(0, 1), norms 1 and 0, recurrent cells U(-1/√units, 1/√units)",
}];

const TORCH_DEFAULT: &str = "torch:default";

/// A name pattern, in which `*` stands for any characters, and its initializer.
pub type Rule = (String, Initializer);

/// An initializer for every parameter.
///
/// ```
/// use seedbed::{Parameter, Prior};
/// let network = [Parameter::dense("layer1.weight", 64, 128)?];
/// let weights = "orthogonal(gain=1.4142135)".parse::<Prior>()?.draw(&network, 7)?;
/// assert_eq!(weights[0].len(), 64 * 128);
/// # Ok::<(), seedbed::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Prior {
    /// One initializer for the weights; biases and norm shifts zero, norm scales one.
    Weights(Initializer),
    /// PyTorch's layer defaults, biases included.
    TorchDefault,
    /// The first rule whose pattern matches a parameter's name holds; biases, norm scales and norm shifts that no
    /// rule matches are zero, one and zero.
    Rules(Vec<Rule>),
}

impl Prior {
    /// A prior from rules, tried in order.
    pub fn from_rules(rules: Vec<Rule>) -> Prior {
        Prior::Rules(rules)
    }

    /// The initializer of one parameter.
    ///
    /// # Errors
    /// A weight that no rule matches, or one that lacks the fans the recipe needs.
    pub fn initializer(&self, parameter: &Parameter) -> Result<Initializer, Error> {
        if let Prior::Rules(rules) = self
            && let Some((_, initializer)) = rules.iter().find(|(pattern, _)| name_fits(pattern, &parameter.name))
        {
            return Ok(initializer.clone());
        }
        match (self, parameter.role) {
            (_, Role::NormScale) => Ok(Initializer::Ones),
            (_, Role::NormShift) => Ok(Initializer::Zeros),
            (Prior::TorchDefault, _) => torch_default(parameter),
            (_, Role::Bias) => Ok(Initializer::Zeros),
            (Prior::Weights(initializer), _) => Ok(initializer.clone()),
            (Prior::Rules(_), _) => Err(Error::Unmatched { parameter: parameter.name.clone() }),
        }
    }

    /// One draw: the values of every parameter, in the order given, many parameters at a time.
    ///
    /// # Errors
    /// As [`Prior::initializer`] and [`Initializer::draw`].
    pub fn draw(&self, parameters: &[Parameter], seed: u64) -> Result<Vec<Vec<f32>>, Error> {
        let draw = |parameter| self.initializer(parameter)?.draw(parameter, seed);
        // collected first, so that the error is that of the first parameter
        parameters.par_iter().map(draw).collect::<Vec<_>>().into_iter().collect()
    }
}

/// What `torch.nn` does to a parameter of this role when it makes the layer.
fn torch_default(parameter: &Parameter) -> Result<Initializer, Error> {
    if parameter.fans.is_none() {
        return Err(Error::NoFans {
            initializer: TORCH_DEFAULT.to_owned(),
            parameter: parameter.name.clone(),
            shape: parameter.shape.to_string(),
        });
    }
    match parameter.role {
        Role::Embedding => "torch:embedding.weight",
        Role::Bias => "torch:linear.bias",
        Role::RecurrentInput => match parameter.axes.as_ref().map_or(0, |axes| axes.packed.len()) {
            0 | 1 => "torch:rnn.weight_ih",
            3 => "torch:gru.weight_ih",
            4 => "torch:lstm.weight_ih",
            gates => {
                return Err(Error::Unsuited {
                    initializer: TORCH_DEFAULT.to_owned(),
                    parameter: parameter.name.clone(),
                    shape: parameter.shape.to_string(),
                    problem: format!("torch.nn has no cell of {gates} gates"),
                });
            }
        },
        _ => "torch:linear.weight",
    }
    .parse()
}

/// Whether a parameter's `name` fits `pattern`, in which `*` stands for any characters, none included.
///
/// ```
/// assert!(seedbed::name_fits("layer*.weight", "layer12.weight"));
/// assert!(!seedbed::name_fits("layer*.weight", "layer12.bias"));
/// ```
pub fn name_fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(place) => rest = &rest[place + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

impl fmt::Display for Prior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Prior::Weights(initializer) => initializer.fmt(f),
            Prior::TorchDefault => f.write_str(TORCH_DEFAULT),
            Prior::Rules(rules) => {
                let rules: Vec<String> =
                    rules.iter().map(|(pattern, initializer)| format!("{pattern}={initializer}")).collect();
                write!(f, "{{{}}}", rules.join("; "))
            }
        }
    }
}

impl FromStr for Prior {
    type Err = Error;

    fn from_str(text: &str) -> Result<Prior, Error> {
        let trimmed = text.trim();
        if trimmed == TORCH_DEFAULT {
            return Ok(Prior::TorchDefault);
        }
        if let Some(inside) = trimmed.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            let rules = inside.split(';').filter(|_| !inside.trim().is_empty());
            return rules.map(|rule| read_rule(text, rule)).collect::<Result<_, _>>().map(Prior::Rules);
        }
        text.parse().map(Prior::Weights)
    }
}

fn read_rule(text: &str, rule: &str) -> Result<Rule, Error> {
    let Some((pattern, initializer)) = rule.split_once('=') else {
        let problem = format!("'{}' is no rule; write pattern=initializer", rule.trim());
        return Err(Error::Parse { text: text.to_owned(), position: text.find(rule).unwrap_or(0), problem });
    };
    Ok((pattern.trim().to_owned(), initializer.parse()?))
}

impl Serialize for Prior {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From its text, from a table of patterns to initializers in the order in which the format's reader yields it, or
/// from a sequence of (pattern, initializer) pairs.
impl<'de> Deserialize<'de> for Prior {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextOrTable)
    }
}

struct TextOrTable;

impl<'de> Visitor<'de> for TextOrTable {
    type Value = Prior;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a prior such as \"he_normal\", a table of name patterns to initializers, or a list of such pairs")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Prior, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Prior, A::Error> {
        let mut rules = Vec::new();
        while let Some(rule) = map.next_entry()? {
            rules.push(rule);
        }
        Ok(Prior::Rules(rules))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Prior, A::Error> {
        let mut rules = Vec::new();
        while let Some(rule) = sequence.next_element()? {
            rules.push(rule);
        }
        Ok(Prior::Rules(rules))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fans;

    fn layer() -> Vec<Parameter> {
        vec![
            Parameter::dense("layer1.weight", 4, 3).unwrap(),
            Parameter::bias("layer1.bias", 3, Fans { fan_in: 4, fan_out: 3 }).unwrap(),
            Parameter::norm_scale("norm1.scale", 3).unwrap(),
            Parameter::norm_shift("norm1.shift", 3).unwrap(),
        ]
    }

    #[test]
    fn biases_are_zero_and_scales_one() {
        let draw = "he_normal".parse::<Prior>().unwrap().draw(&layer(), 1).unwrap();
        assert!(draw[0].iter().all(|&value| value != 0.0));
        assert_eq!((&draw[1][..], &draw[2][..], &draw[3][..]), (&[0.0; 3][..], &[1.0; 3][..], &[0.0; 3][..]));
    }

    #[test]
    fn torch_default_draws_biases_within_the_same_bound() {
        let draw = "torch:default".parse::<Prior>().unwrap().draw(&layer(), 1).unwrap();
        assert!(draw[0].iter().chain(&draw[1]).all(|&value| value != 0.0 && value.abs() <= 0.5));
        assert_eq!(draw[2], [1.0; 3]);
    }

    #[test]
    fn torch_default_is_what_each_layer_of_torch_does() {
        let facts =
            |parameter: Parameter| Prior::TorchDefault.initializer(&parameter).unwrap().facts(&parameter).unwrap();
        assert_eq!(facts(Parameter::dense("w", 48, 7).unwrap()).bounds.1, 1.0 / 48f64.sqrt());
        assert_eq!(facts(Parameter::convolution("w", 8, 12, &[3, 3], 4).unwrap()).bounds.1, 1.0 / 18f64.sqrt());
        // torch 2.15: ConvTranspose2d(8, 6, 3, groups=2) reaches 0.192, which is 1/√27
        let transposed = Parameter::transposed_convolution("w", 8, 6, &[3, 3], 2).unwrap();
        assert_eq!(facts(transposed).bounds.1, 1.0 / 27f64.sqrt());
        assert_eq!(facts(Parameter::embedding("w", 50, 4).unwrap()).distribution, "normal");
    }

    #[test]
    fn torch_default_bounds_a_cell_by_its_units() {
        // torch 2.15: every weight and bias of LSTM(3, 16), GRU(3, 16) and RNN(3, 16) lies within 1/√16
        for gates in [1, 3, 4] {
            let input = Parameter::recurrent_input("w", 3, 16, gates).unwrap();
            let recurrent = Parameter::recurrent("u", 16, gates).unwrap();
            let bias = Parameter::bias("b", 16 * gates, recurrent.fans.unwrap()).unwrap();
            for parameter in [input, recurrent, bias] {
                let facts = Prior::TorchDefault.initializer(&parameter).unwrap().facts(&parameter).unwrap();
                assert!((facts.bounds.1 - 0.25).abs() < 1e-12, "{gates} {}", parameter.name);
            }
        }
        let odd = Parameter::recurrent_input("cell.weight", 3, 16, 2).unwrap();
        assert!(Prior::TorchDefault.initializer(&odd).unwrap_err().to_string().contains("2 gates"));
    }

    #[test]
    fn patterns_reach_the_parameters_of_a_cell() {
        let recurrent = Parameter::recurrent("layer1.recurrent", 6, 3).unwrap();
        let fans = recurrent.fans.unwrap();
        let cell = [
            Parameter::recurrent_input("layer1.weight", 2, 6, 3).unwrap(),
            Parameter::bias("layer1.bias", 18, fans).unwrap(),
            Parameter::bias("layer1.recurrent_bias", 18, fans).unwrap(),
            recurrent,
        ];
        let prior =
            "{*.recurrent=irnn; *.bias=lstm_bias(forget=2, gates=rzn); *=lecun_normal}".parse::<Prior>().unwrap();
        let [weight, bias, recurrent_bias, recurrent] = prior.draw(&cell, 0).unwrap().try_into().unwrap();
        // the forgetting gate of a GRU is its second
        assert_eq!((bias[5], bias[6], bias[11], bias[12]), (0.0, 2.0, 2.0, 0.0));
        assert!(recurrent[36..72] == recurrent[..36] && recurrent[..36].iter().sum::<f32>() == 6.0);
        assert!(weight.iter().chain(&recurrent_bias).all(|&value| value != 0.0));
        let of_library = "{*.recurrent=keras:lstm.recurrent_kernel; *.weight=jax:glorot_uniform}";
        assert!(of_library.parse::<Prior>().unwrap().draw(&cell, 0).is_ok());
    }

    #[test]
    fn rules_are_tried_in_order_and_round_trip() {
        let text = "{*.bias=constant(value=2); layer*=sparse(nonzeros=1, gain=3)}";
        let prior: Prior = text.parse().unwrap();
        assert_eq!(prior.to_string(), text);
        let draw = prior.draw(&layer(), 0).unwrap();
        assert_eq!((&draw[1][..], &draw[2][..]), (&[2.0; 3][..], &[1.0; 3][..]));
        let unmatched = "{*.bias=ones}".parse::<Prior>().unwrap().draw(&layer(), 0).unwrap_err();
        assert!(unmatched.to_string().contains("layer1.weight"));
    }

    #[test]
    fn texts_tables_and_lists_are_read() {
        let read = |json: &str| serde_json::from_str::<Prior>(json);
        let table = read(r#"{"layer1.*": "he_normal", "*": "zeros"}"#).unwrap();
        let list = read(r#"[["layer1.*", "he_normal"], ["*", "zeros"]]"#).unwrap();
        assert_eq!(table, list);
        assert_eq!(table.initializer(&layer()[2]).unwrap(), Initializer::Zeros);
        for prior in
            [table, read("\"torch:default\"").unwrap(), read("\"orthogonal\"").unwrap(), Prior::from_rules(vec![])]
        {
            assert_eq!(read(&serde_json::to_string(&prior).unwrap()).unwrap(), prior);
        }
        assert!(read(r#"{"*": "he_norml"}"#).unwrap_err().to_string().contains("'he_normal'"));
        assert!(read("\"jax:default\"").unwrap_err().to_string().contains("torch:default"));
    }

    #[test]
    fn a_recipe_that_needs_fans_says_which_parameter_has_none() {
        let plain = Parameter { fans: None, ..Parameter::dense("head", 2, 2).unwrap() };
        assert!(Prior::TorchDefault.draw(&[plain], 0).unwrap_err().to_string().contains("'head' (2x2)"));
    }

    #[test]
    fn patterns() {
        for (pattern, name, fits) in [
            ("layer1.weight", "layer1.weight", true),
            ("layer1.weight", "layer1.weights", false),
            ("*.weight", "layer1.weight", true),
            ("layer*.w*t", "layer12.weight", true),
            ("layer*.bias", "layer1.weight", false),
            ("*", "anything", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(name_fits(pattern, name), fits, "{pattern} {name}");
        }
    }
}
