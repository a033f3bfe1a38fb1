//! The inputs that draws are measured on: groups of examples that are alike in a known way.

use seedbed::Prior;
use seedbed_network::graph::Network;
use seedbed_theory::beliefs::parts;

use super::Request;
use crate::error::FeasibilityError;
use crate::stand_in::normal;

/// Examples of each group.
pub const GROUP: usize = 32;
/// A small difference, of the input's size.
const SMALL: f64 = 0.02;

/// How the examples of a group come from two independent ones, x and y: a x + b y.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Mix(f64, f64);

impl Mix {
    fn of_cosine(cosine: f64) -> Mix {
        Mix(cosine, (1.0 - cosine * cosine).max(0.0).sqrt())
    }
}

/// Groups of [`GROUP`] examples; the first is x itself.
#[derive(Clone, Debug)]
pub struct Inputs {
    groups: Vec<Mix>,
    mean_square: f64,
    /// The group whose cosine with the first was stated.
    pub partner: Option<usize>,
    /// Two groups that differ a little.
    pub near: Option<(usize, usize)>,
}

impl Inputs {
    /// The groups that the stated beliefs need.
    pub fn of(request: &Request, prior: &Prior) -> Result<Inputs, FeasibilityError> {
        let mean_square = request.stated.input_mean_square.unwrap_or(1.0);
        let mut inputs = Inputs { groups: vec![Mix(1.0, 0.0)], mean_square, partner: None, near: None };
        if let Some(pair) = request.stated.correlation {
            inputs.partner = Some(inputs.push(Mix::of_cosine(pair.inputs)));
        }
        if let Some(point) = request.answer.fixed_point {
            inputs.near = Some(match point.correlation < 1.0 {
                false => (0, inputs.push(Mix(1.0, SMALL))),
                true => {
                    let settled = settled_cosine(request.network, prior, point.length, point.correlation)?;
                    let near = settled + SMALL * (1.0 - settled);
                    (inputs.push(Mix::of_cosine(settled)), inputs.push(Mix::of_cosine(near)))
                }
            });
        }
        Ok(inputs)
    }

    fn push(&mut self, mix: Mix) -> usize {
        self.groups.push(mix);
        self.groups.len() - 1
    }

    /// Examples of all groups.
    pub fn examples(&self) -> usize {
        GROUP * self.groups.len()
    }

    /// All groups, one behind the other, for one draw.
    pub fn draw(&self, network: &Network, seed: u64) -> Result<Vec<f32>, FeasibilityError> {
        let size = (GROUP, network.input().elements());
        let normal = |name: &str| normal(name, size, self.mean_square.sqrt(), seed);
        let (first, second) = (normal("inputs of beliefs")?, normal("partners of beliefs")?);
        let mixed = self.groups.iter().flat_map(|&Mix(a, b)| {
            first.iter().zip(&second).map(move |(&x, &y)| (a * f64::from(x) + b * f64::from(y)) as f32)
        });
        Ok(mixed.collect())
    }
}

/// The cosine of inputs whose first pre-activations have the correlation c*: (c* q − σ_b²)/(q − σ_b²).
fn settled_cosine(network: &Network, prior: &Prior, q: f64, correlation: f64) -> Result<f64, FeasibilityError> {
    let first = parts(network).first().and_then(|(node, _)| network.nodes[*node].operation.weight_and_bias());
    let Some((_, bias)) = first else { return Ok(correlation) };
    let bias = &network.parameters[bias];
    let shared = prior.initializer(bias)?.facts(bias)?.variance;
    Ok(((correlation * q - shared) / (q - shared)).clamp(-1.0, 1.0))
}
