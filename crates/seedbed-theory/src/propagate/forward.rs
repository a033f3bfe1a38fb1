//! The signal's way forward, and what each step does to a gradient.

use seedbed::{Activation, Parameter, Prior};
use seedbed_network::graph::{Network, Node, NodeIndex, Operation};

use super::InputMoments;
use super::largest::{Largest, is_monotone, largest};
use super::moments::{Activated, Affine, Element, State};
use crate::error::TheoryError;

/// Laws whose elements are independent of each other, so that a mean of theirs acts on the sum of the inputs.
const INDEPENDENT: [&str; 5] = ["constant", "normal", "uniform", "truncated normal", "wrapped normal"];
/// Laws whose elements are not, but that keep the mean square of any input as independent ones do.
const ISOTROPIC: [&str; 2] = ["orthogonal", "normal weights a unit"];

/// What a step does to a gradient.
#[derive(Clone, Copy, Debug)]
pub enum Return {
    /// Multiplies its mean square.
    Factor(f64),
    /// Multiplies it by the activation's slope.
    Slope,
    /// Multiplies it, at the places that a maximum picked, whose slopes are these.
    Picked { factor: f64, slope_square: f64 },
    /// No theory.
    Unknown,
}

/// One node.
pub struct Step {
    /// Its output, or why there is no theory of it.
    pub state: Result<State, String>,
    pub back: Return,
    /// E φ′², of an activation.
    pub slope_square: Option<f64>,
    pub notes: Vec<String>,
}

/// All nodes in execution order.
pub fn walk(network: &Network, prior: &Prior, input: &InputMoments) -> Result<Vec<Step>, TheoryError> {
    let mut walk = Walk { network, prior, steps: Vec::with_capacity(network.nodes.len()) };
    let moments = input.check()?;
    for (place, node) in network.nodes.iter().enumerate() {
        let step = if place == 0 {
            let positions = positions(node);
            let state =
                State { mean: input.mean, moments, positions, gaussian: false, activated: None, origins: vec![0] };
            Step { state: Ok(state), back: Return::Unknown, slope_square: None, notes: Vec::new() }
        } else {
            walk.step(place, node)?
        };
        walk.steps.push(step);
    }
    Ok(walk.steps)
}

struct Walk<'n> {
    network: &'n Network,
    prior: &'n Prior,
    steps: Vec<Step>,
}

impl Walk<'_> {
    fn step(&self, place: NodeIndex, node: &Node) -> Result<Step, TheoryError> {
        let mut notes = Vec::new();
        let (state, back, slope_square) = match &node.operation {
            Operation::Input => (Err("an input in the middle of the network".to_owned()), Return::Unknown, None),
            Operation::Dense { weight, bias } => {
                let affine = self.affine(*weight, *bias, 1.0, &mut notes)?;
                let units = node.shape.elements() as f64;
                let state = self.before(node).map(|before| affine.apply(before, place, 1));
                (state, back(&affine.weight, units, &mut notes), None)
            }
            Operation::Convolution { weight, bias, stride, padding, groups } => {
                let taps = self.taps(node, *weight, *stride, *padding);
                let affine = self.affine(*weight, *bias, taps, &mut notes)?;
                let positions = positions(node);
                let seen = positions as f64 * taps / self.input_positions(node).max(1) as f64;
                let channels = (node.shape.elements() / positions.max(1)) as f64 / (*groups).max(1) as f64;
                let state = self.before(node).map(|before| affine.apply(before, place, positions));
                (state, back(&affine.weight, channels * seen, &mut notes), None)
            }
            Operation::Activation(activation) => self.activation(node, *activation, &mut notes),
            Operation::AveragePool { size } => {
                let (window, positions) = (size * size, positions(node));
                let share = positions as f64 / (window * self.input_positions(node).max(1)) as f64;
                let state = self.before(node).map(|before| before.average(window, positions));
                (state, Return::Factor(share), None)
            }
            Operation::MaxPool { size } => self.max_pool(node, *size, &mut notes),
            Operation::Flatten => {
                let state = self.before(node).map(|before| State { positions: 1, activated: None, ..before.clone() });
                (state, Return::Factor(1.0), None)
            }
            Operation::Add => (self.sum(node), Return::Factor(1.0), None),
            Operation::LayerNorm { scale, shift, epsilon } => {
                let (scale, shift) = (self.element(*scale, &mut notes)?, self.element(*shift, &mut notes)?);
                let state = self.before(node).cloned();
                let back = state.as_ref().map_or(Return::Unknown, |before| {
                    Return::Factor(scale.square() / (before.moments.centred(before.mean).same + epsilon))
                });
                (state.map(|before| before.normalize(*epsilon, scale, shift)), back, None)
            }
        };
        Ok(Step { state, back, slope_square, notes })
    }

    /// The state of the only input, or that there is none.
    fn before(&self, node: &Node) -> Result<&State, String> {
        self.input(node, 0)
    }

    fn input(&self, node: &Node, place: usize) -> Result<&State, String> {
        let index = *node.inputs.get(place).ok_or("an input is missing")?;
        self.steps[index].state.as_ref().map_err(|_| format!("it follows '{}', which has no theory", self.name(index)))
    }

    fn name(&self, index: NodeIndex) -> &str {
        &self.network.nodes[index].name
    }

    fn input_positions(&self, node: &Node) -> usize {
        node.inputs.first().map_or(1, |&input| positions(&self.network.nodes[input]))
    }

    fn activation(
        &self,
        node: &Node,
        activation: Activation,
        notes: &mut Vec<String>,
    ) -> (Result<State, String>, Return, Option<f64>) {
        let before = match self.before(node) {
            Ok(before) => before,
            Err(reason) => return (Err(reason), Return::Unknown, None),
        };
        if !before.gaussian {
            notes.push("its inputs are not Gaussian, and are taken as such".to_owned());
        }
        (Ok(before.activate(activation)), Return::Slope, Some(before.slope_square(activation)))
    }

    fn max_pool(
        &self,
        node: &Node,
        size: usize,
        notes: &mut Vec<String>,
    ) -> (Result<State, String>, Return, Option<f64>) {
        let found = self.before(node).and_then(|before| Ok((before, gaussian_before(before)?)));
        let (before, activated) = match found {
            Ok(found) => found,
            Err(reason) => return (Err(reason), Return::Unknown, None),
        };
        notes.push(
            "positions count as Gaussians of equal covariance; the likeness of two examples is interpolated".to_owned(),
        );
        let Largest { state, slope_square } = largest(before, activated, size * size, positions(node));
        let factor = positions(node) as f64 / self.input_positions(node).max(1) as f64;
        (Ok(state), Return::Picked { factor, slope_square }, None)
    }

    fn sum(&self, node: &Node) -> Result<State, String> {
        let (first, second) = (self.input(node, 0)?, self.input(node, 1)?);
        match first.origins.iter().find(|origin| second.origins.contains(origin)) {
            Some(&origin) => {
                Err(format!("both inputs come from '{}' with no random weights between", self.name(origin)))
            }
            None => Ok(first.plus(second)),
        }
    }

    fn affine(&self, weight: usize, bias: usize, taps: f64, notes: &mut Vec<String>) -> Result<Affine, TheoryError> {
        let parameter = &self.network.parameters[weight];
        let channels = parameter.shape.dimensions().get(1).copied().unwrap_or(1);
        if channels == 1 && taps < 2.0 {
            notes.push("each output sees one number, so nothing averages out".to_owned());
        }
        let (weight, bias) = (self.element(weight, notes)?, self.element(bias, notes)?);
        Ok(Affine { weight, bias, channels: channels as f64, taps })
    }

    /// Mean and variance of an element. Where elements depend on each other their mean is no common direction, and only
    /// the mean square is taken.
    fn element(&self, parameter: usize, notes: &mut Vec<String>) -> Result<Element, TheoryError> {
        let parameter: &Parameter = &self.network.parameters[parameter];
        let facts = self.prior.initializer(parameter)?.facts(parameter)?;
        let law = facts.distribution.as_str();
        if INDEPENDENT.contains(&law) {
            return Ok(Element { mean: facts.mean, variance: facts.variance });
        }
        if !ISOTROPIC.iter().any(|known| law.ends_with(known)) {
            notes.push(format!(
                "the elements of '{}' ({law}) depend on each other, and are taken as independent",
                parameter.name
            ));
        }
        Ok(Element { mean: 0.0, variance: facts.variance + facts.mean * facts.mean })
    }

    /// Positions that an output sees, the mean over outputs.
    fn taps(&self, node: &Node, weight: usize, stride: usize, padding: usize) -> f64 {
        let side = |axis: usize| self.network.parameters[weight].shape.dimensions().get(axis).copied().unwrap_or(1);
        let input = node.inputs.first().map_or(&node.shape, |&input| &self.network.nodes[input].shape);
        let length = |axis: usize| input.dimensions().get(axis).copied().unwrap_or(1);
        let outputs = |axis: usize| node.shape.dimensions().get(axis).copied().unwrap_or(1);
        let mean = |axis: usize, kernel: usize| {
            let seen = (0..outputs(axis)).map(|output| {
                let inside = |tap: &usize| (padding..padding + length(axis)).contains(&(output * stride + tap));
                (0..kernel).filter(inside).count()
            });
            seen.sum::<usize>() as f64 / outputs(axis).max(1) as f64
        };
        mean(1, side(2)) * mean(2, side(3))
    }
}

/// What a weight does to a gradient that `outputs` outputs send to one input.
fn back(weight: &Element, outputs: f64, notes: &mut Vec<String>) -> Return {
    if weight.mean != 0.0 {
        notes
            .push("weights with a mean make the gradients of units alike, so that they have no theory here".to_owned());
        return Return::Unknown;
    }
    Return::Factor(outputs * weight.variance)
}

/// The Gaussians behind a signal, for a maximum.
fn gaussian_before(state: &State) -> Result<Activated, String> {
    let activated = match state.activated {
        None if state.gaussian => {
            let covariances = state.moments.centred(state.mean);
            Activated { activation: Activation::Identity, mean: state.mean, covariances }
        }
        Some(activated) => activated,
        None => return Err("a maximum needs Gaussians, or a rising activation of them, right before it".to_owned()),
    };
    match is_monotone(activated.activation) {
        true => Ok(activated),
        false => {
            Err(format!("{} does not rise everywhere, so that the largest has no simple law", activated.activation))
        }
    }
}

fn positions(node: &Node) -> usize {
    match node.shape.dimensions() {
        &[_, height, width] => height * width,
        _ => 1,
    }
}
