//! The signal's way forward, and what each step does to a gradient.

use seedbed::{Activation, Parameter, Prior};
use seedbed_network::graph::{Network, Node, NodeIndex, Operation, Returns, Scaling};

use super::InputMoments;
use super::affine::Affine;
use super::largest::{Largest, is_monotone, largest};
use super::recurrent::{Weights, unroll};
use super::state::{Activated, Element, Place, State};
use super::window::{Grid, Window};
use crate::error::TheoryError;

/// Laws whose elements are independent of each other, so that a mean of theirs acts on the sum of the inputs.
const INDEPENDENT: [&str; 5] = ["constant", "normal", "uniform", "truncated normal", "wrapped normal"];
/// Laws whose elements are not, but that keep the mean square of any input as independent ones do.
const ISOTROPIC: [&str; 2] = ["orthogonal", "normal weights a unit"];

/// What a step does to a gradient.
#[derive(Clone, Debug)]
pub enum Return {
    /// Multiplies its mean square at each position.
    Factor(f64),
    /// Multiplies that at each position by a factor of its own.
    Factors(Vec<f64>),
    /// Gives that of the vector to every position.
    Spread,
    /// Gives every position the sum over all, times a factor.
    All(f64),
    /// Through time: into the state by the slope of each step, from a state to the one before times `carry`, to the input
    /// times `enter`. What comes in is of the last state, or of every one.
    Time { slopes: Vec<f64>, carry: f64, enter: f64 },
    /// Multiplies it by the activation's slope.
    Slope,
    /// Multiplies the sum over the windows that see a position. Where a maximum picked it, the slopes there are others.
    Window { window: Window, factor: f64, picked: Option<f64> },
    /// No theory.
    Unknown,
}

/// An activation's slopes.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// E φ′² by position.
    pub squares: Vec<f64>,
    /// E φ′φ′ of two positions.
    pub elsewhere: f64,
}

/// A node's output, its return, and the slopes of an activation.
type Found = (Result<State, String>, Return, Option<Slopes>);

/// One node.
pub struct Step {
    /// Its output, or why there is no theory of it.
    pub state: Result<State, String>,
    pub back: Return,
    /// Of an activation.
    pub slopes: Option<Slopes>,
    pub notes: Vec<String>,
}

/// All nodes in execution order.
pub fn walk(network: &Network, prior: &Prior, input: &InputMoments) -> Result<Vec<Step>, TheoryError> {
    let mut walk = Walk { network, prior, steps: Vec::with_capacity(network.nodes.len()) };
    let moments = input.check()?;
    for (place, node) in network.nodes.iter().enumerate() {
        let step = if place == 0 {
            let state = State::uniform(grid(node), input.mean, moments, vec![0]);
            Step { state: Ok(state), back: Return::Unknown, slopes: None, notes: Vec::new() }
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
        let (state, back, slopes) = match &node.operation {
            Operation::Dropout { .. } => {
                notes.push("off outside training, and so here".to_owned());
                (self.before(node).cloned(), Return::Factor(1.0), None)
            }
            Operation::Recurrent { .. } => self.recurrent(node, place, &mut notes)?,
            Operation::Attention { .. } => self.attention(node, place, &mut notes)?,
            Operation::Position { weight } => {
                let element = self.element(*weight, &mut notes)?;
                (self.before(node).map(|before| before.placed(element, place)), Return::Factor(1.0), None)
            }
            Operation::AverageSteps => {
                let window = Window::whole(self.input_grid(node));
                let part = 1.0 / window.kernel.positions() as f64;
                let state = self.before(node).map(|before| before.pool(&window));
                (state, Return::Window { window, factor: part * part, picked: None }, None)
            }
            Operation::BatchNorm { scale, shift, epsilon } => {
                let (scale, shift) = (self.element(*scale, &mut notes)?, self.element(*shift, &mut notes)?);
                notes.push("the batch counts as large".to_owned());
                let state = self.before(node).cloned();
                let factor = |before: &State| scale.square() / before.batch_normalizer(*epsilon);
                let back = state.as_ref().map_or(Return::Unknown, |before| Return::Factor(factor(before)));
                (state.map(|before| before.normalize_batch(*epsilon, scale, shift)), back, None)
            }
            Operation::Input => (Err("an input in the middle of the network".to_owned()), Return::Unknown, None),
            Operation::Dense { weight, bias } => {
                let window = Window::each(grid(node));
                self.affine(node, place, (*weight, *bias), window, 1, &mut notes)?
            }
            Operation::Convolution { weight, bias, stride, padding, groups } => {
                let window = Window { stride: *stride, padding: *padding, ..self.window(node, *weight) };
                self.affine(node, place, (*weight, *bias), window, *groups, &mut notes)?
            }
            Operation::Activation(activation) => self.activation(node, *activation, &mut notes),
            Operation::AveragePool { size } => {
                let window = Window::tiles(*size, self.input_grid(node), grid(node));
                let part = 1.0 / window.kernel.positions() as f64;
                let state = self.before(node).map(|before| before.pool(&window));
                (state, Return::Window { window, factor: part * part, picked: None }, None)
            }
            Operation::MaxPool { size } => self.max_pool(node, *size, &mut notes),
            Operation::Flatten => (self.before(node).map(State::flatten), Return::Spread, None),
            Operation::Add => (self.sum(node), Return::Factor(1.0), None),
            Operation::LayerNorm { scale, shift, epsilon } if node.shape.dimensions().len() == 2 => {
                let (scale, shift) = (self.element(*scale, &mut notes)?, self.element(*shift, &mut notes)?);
                let state = self.before(node).cloned();
                let normalizer = |place: &Place| (place.same - place.mean * place.mean).max(0.0) + epsilon;
                let factors =
                    |before: &State| before.places.iter().map(|p| scale.square() / normalizer(p)).collect::<Vec<_>>();
                let back = state.as_ref().map_or(Return::Unknown, |before| Return::Factors(factors(before)));
                (state.map(|before| before.normalize_each(*epsilon, scale, shift)), back, None)
            }
            Operation::LayerNorm { scale, shift, epsilon } => {
                let (scale, shift) = (self.element(*scale, &mut notes)?, self.element(*shift, &mut notes)?);
                let state = self.before(node).cloned();
                let back = state
                    .as_ref()
                    .map_or(Return::Unknown, |before| Return::Factor(scale.square() / before.normalizer(*epsilon)));
                (state.map(|before| before.normalize(*epsilon, scale, shift)), back, None)
            }
        };
        Ok(Step { state, back, slopes, notes })
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

    fn input_grid(&self, node: &Node) -> Grid {
        node.inputs.first().map_or(Grid::POINT, |&input| grid(&self.network.nodes[input]))
    }

    fn activation(&self, node: &Node, activation: Activation, notes: &mut Vec<String>) -> Found {
        let before = match self.before(node) {
            Ok(before) => before,
            Err(reason) => return (Err(reason), Return::Unknown, None),
        };
        if !before.gaussian {
            notes.push("its inputs are not Gaussian, and are taken as such".to_owned());
        }
        let slopes = Slopes { squares: before.slope_squares(activation), elsewhere: before.slope_product(activation) };
        (Ok(before.activate(activation)), Return::Slope, Some(slopes))
    }

    fn max_pool(&self, node: &Node, size: usize, notes: &mut Vec<String>) -> Found {
        let found = self.before(node).and_then(|before| Ok((before, gaussian_before(before)?)));
        let (before, activated) = match found {
            Ok(found) => found,
            Err(reason) => return (Err(reason), Return::Unknown, None),
        };
        notes.push(
            "positions count as Gaussians of equal covariance; the likeness of two examples is interpolated".to_owned(),
        );
        let window = Window::tiles(size, self.input_grid(node), grid(node));
        let Largest { state, slope_square } = largest(before, activated, window);
        let factor = 1.0 / window.kernel.positions() as f64;
        (Ok(state), Return::Window { window, factor, picked: Some(slope_square) }, None)
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

    fn affine(
        &self,
        node: &Node,
        place: NodeIndex,
        (weight, bias): (usize, usize),
        window: Window,
        groups: usize,
        notes: &mut Vec<String>,
    ) -> Result<Found, TheoryError> {
        let parameter = &self.network.parameters[weight];
        let channels = parameter.shape.dimensions().get(1).copied().unwrap_or(1);
        if channels * window.kernel.positions() == 1 {
            notes.push("each output sees one number, so nothing averages out".to_owned());
        }
        let (weight, bias) = (self.element(weight, notes)?, self.element(bias, notes)?);
        let affine = Affine { weight, bias, channels: channels as f64, window };
        let state = self.before(node).map(|before| affine.apply(before, place));
        let outputs = node.shape.elements() / window.output.positions().max(1) / groups.max(1);
        let back = match weight.mean {
            0.0 => Return::Window { window, factor: outputs as f64 * weight.variance, picked: None },
            _ => {
                notes.push("weights with a mean make the gradients of units alike: no theory of those".to_owned());
                Return::Unknown
            }
        };
        Ok((state, back, None))
    }

    /// Values of the mean over all steps, projected, the same at every step.
    fn attention(&self, node: &Node, place: NodeIndex, notes: &mut Vec<String>) -> Result<Found, TheoryError> {
        let Operation::Attention { weight, bias, output, output_bias, scaling, .. } = node.operation else {
            return Ok((Err("no attention".to_owned()), Return::Unknown, None));
        };
        if scaling == Scaling::SquareRoot {
            let reason = "the mean of a softmax of Gaussians has no closed form; with linear scaling there is one";
            return Ok((Err(reason.to_owned()), Return::Unknown, None));
        }
        notes.push("heads count as wide, so that every step looks at all steps alike".to_owned());
        let (to, features) = (grid(node), node.shape.elements() / grid(node).positions().max(1));
        let mut factor = 1.0 / (to.positions() * to.positions()) as f64;
        let mut state = self.before(node).map(|before| before.pool(&Window::whole(self.input_grid(node))));
        for (weight, bias) in [(weight, bias), (output, output_bias)] {
            let (weight, bias) = (self.element(weight, notes)?, self.element(bias, notes)?);
            if weight.mean != 0.0 {
                return Ok((Err("weights with a mean have no theory here".to_owned()), Return::Unknown, None));
            }
            let affine = Affine { weight, bias, channels: features as f64, window: Window::each(Grid::POINT) };
            state = state.map(|state| affine.apply(&state, place));
            factor *= features as f64 * weight.variance;
        }
        Ok((state.map(|state| state.repeated(to)), Return::All(factor), None))
    }

    fn recurrent(&self, node: &Node, place: NodeIndex, notes: &mut Vec<String>) -> Result<Found, TheoryError> {
        let Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, returns } = node.operation else {
            return Ok((Err("no recurrent cell".to_owned()), Return::Unknown, None));
        };
        let fan_in = |parameter: usize| self.network.parameters[parameter].shape.dimensions().get(1).copied();
        let [inputs, units] = [weight, recurrent].map(|parameter| fan_in(parameter).unwrap_or(1) as f64);
        let [weight, recurrent] = [self.element(weight, notes)?, self.element(recurrent, notes)?];
        if weight.mean != 0.0 || recurrent.mean != 0.0 {
            return Ok((Err("weights with a mean have no theory here".to_owned()), Return::Unknown, None));
        }
        let gates = cell.gates();
        let weights = Weights {
            input: inputs * weight.variance,
            recurrent: units * recurrent.variance,
            biases: self.gates(bias, gates, notes)?,
            recurrent_biases: self.gates(recurrent_bias, gates, notes)?,
        };
        if gates > 1 {
            notes.push("a gated cell's weights count as drawn anew at each step".to_owned());
        }
        let before = match self.before(node) {
            Ok(before) => before,
            Err(reason) => return Ok((Err(reason), Return::Unknown, None)),
        };
        let unrolled = unroll(cell, &weights, before);
        let state = unrolled.state(returns == Returns::All, place);
        let back = match gates {
            1 => Return::Time { slopes: unrolled.slopes, carry: weights.recurrent, enter: units * weight.variance },
            _ => Return::Unknown,
        };
        Ok((Ok(state), back, None))
    }

    /// Mean and variance of each gate's part of packed biases, as drawn where they are not alike by law.
    fn gates(&self, parameter: usize, gates: usize, notes: &mut Vec<String>) -> Result<Vec<Element>, TheoryError> {
        let whole: &Parameter = &self.network.parameters[parameter];
        let initializer = self.prior.initializer(whole)?;
        if INDEPENDENT.contains(&initializer.facts(whole)?.distribution.as_str()) {
            return Ok(vec![self.element(parameter, notes)?; gates]);
        }
        let values: Vec<f64> = initializer.draw_as(whole, 0)?;
        let of = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            let variance = part.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / part.len() as f64;
            Element { mean, variance }
        };
        Ok(values.chunks((values.len() / gates).max(1)).map(of).collect())
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

    /// The window of a convolution at step 1 without padding.
    fn window(&self, node: &Node, weight: usize) -> Window {
        let side = |axis: usize| self.network.parameters[weight].shape.dimensions().get(axis).copied().unwrap_or(1);
        let kernel = Grid { height: side(2), width: side(3) };
        Window { kernel, stride: 1, padding: 0, input: self.input_grid(node), output: grid(node) }
    }
}

/// The Gaussians behind a signal, for a maximum.
fn gaussian_before(state: &State) -> Result<Activated, String> {
    let activated = match state.activated {
        None if state.gaussian => {
            let mean = state.average().mean;
            Activated { activation: Activation::Identity, mean, covariances: state.moments().centred(mean) }
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

fn grid(node: &Node) -> Grid {
    Grid::of(node.shape.dimensions())
}
