//! Recurrent cells: how long a state is remembered, and the size of the states that the outputs see.
//!
//! A *memory* of m steps: a small change of the state falls by e^(−1/m) a step in root mean square, so that its mean square
//! keeps the share k = e^(−2/m). Inputs count as independent from step to step.
//!
//! - A plain cell h′ = φ(W x + U h) keeps gain² E φ′(z)² of it, with U orthogonal times the gain (Chen, Pennington &
//!   Schoenholz 2018). W is as large as leaves z the length q at rest.
//! - In a gated cell U is 0: then a state is kept by its gate alone, and k = E σ(b + z)² over z ~ N(0, q) is exact. With a
//!   U of any size the same weights would add up over the steps, so that the change grows before it falls and has no
//!   single time. The bias b is solved for; W gives every gate the length q, and U learns from the first step on.
//!
//! q is small where the activation is not homogeneous: cells start nearly linear, and their memory hangs neither on the
//! inputs' size nor on how many features there are.

use seedbed::gain::moments;
use seedbed::{Activation, Distribution, FanMode, Initializer, Parameter, Rule, Side};
use seedbed_network::graph::{Cell, Network, Node, Operation, ParameterIndex, Returns};

use super::root::{Scale, search};
use super::stated::{Stated, together};
use super::{Belief, LENGTH, Solved, Work};
use crate::error::TheoryError;
use crate::mean_field::{Lstm, gate_square};

/// Length of what the nonlinearities of a cell see: slopes of tanh are 0.96 there. A compromise: a larger one lets the memory
/// of a unit depend on the few features that it sees, a smaller one leaves small states to the last layer.
const QUIET: f64 = 0.05;
/// e^b of the gate that keeps the state, searched.
const ODDS: (f64, f64) = (1e-9, 1e12);
/// What can be stated of a recurrent network.
const STATABLE: [&str; 5] = ["input_mean_square", "output_std", "confidence", "memory", "without_effect"];

/// What the cells of a network do, by theory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cells {
    /// Memory of each, in steps.
    pub memory: f64,
    /// Mean square of the states that the last layer sees.
    pub state_square: f64,
}

/// Whether a network has recurrent cells.
///
/// # Errors
/// Cells in a network that is more than cells of one kind before a dense layer, a belief that is not solved for on them, or a
/// memory where there are none.
pub fn check(network: &Network, stated: &Stated) -> Result<bool, TheoryError> {
    let cells = network.nodes.iter().filter(|node| matches!(node.operation, Operation::Recurrent { .. })).count();
    match (cells, stated.memory) {
        (0, None) => return Ok(false),
        (0, Some(steps)) => {
            return Err(TheoryError::Impossible {
                asked: format!("memory = {steps}"),
                problem: "the network has no recurrent cell, and an example is seen at once".to_owned(),
            });
        }
        _ => {}
    }
    let last = network.nodes.len() - 1;
    let fits = |(place, node): (usize, &Node)| match node.operation {
        Operation::Input | Operation::Recurrent { .. } | Operation::Dropout { .. } => true,
        Operation::Dense { .. } => place == last,
        _ => false,
    };
    if let Some((_, node)) = network.nodes.iter().enumerate().find(|&(place, node)| !fits((place, node))) {
        return Err(TheoryError::NoClosedForm {
            node: node.name.clone(),
            operation: node.operation.kind(),
            problem: "beliefs on recurrent cells are solved for where one dense layer follows them, and nothing else",
        });
    }
    check_gates(network)?;
    check_keys(stated).map(|()| true)
}

/// Refuses a cell that sees the states of another through gates.
fn check_gates(network: &Network) -> Result<(), TheoryError> {
    let gated = |node: &&Node| matches!(node.operation, Operation::Recurrent { cell: Cell::Lstm | Cell::Gru, .. });
    let cells = network.nodes.iter().filter(|node| matches!(node.operation, Operation::Recurrent { .. }));
    match cells.skip(1).find(gated) {
        Some(node) => Err(TheoryError::NoClosedForm {
            node: node.name.clone(),
            operation: node.operation.kind(),
            problem: "it sees states of another cell, which are alike from step to step; use one gated cell, or rnn cells",
        }),
        None => Ok(()),
    }
}

fn check_keys(stated: &Stated) -> Result<(), TheoryError> {
    let table = toml::Table::try_from(stated).map_err(|error| TheoryError::Core(error.to_string()))?;
    match table.iter().find(|(key, _)| !STATABLE.contains(&key.as_str())) {
        Some((key, value)) => Err(TheoryError::Impossible {
            asked: format!("{key} = {value} for recurrent cells"),
            problem: format!("of them {} can be stated", STATABLE[1..].join(", ")),
        }),
        None => Ok(()),
    }
}

/// The numbers of one cell.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// Gain of the orthogonal recurrent weights.
    Plain { activation: Activation, gain: f64, input_scale: f64 },
    /// Bias of the gate that keeps the state.
    Gated { cell: Cell, bias: f64, input_scale: f64 },
}

/// Solves for every cell.
///
/// # Errors
/// A memory that the cell cannot have, or one together with the parameter that carries it at 0.
pub fn solve(work: &mut Work, stated: &Stated) -> Result<(), TheoryError> {
    let network = work.draft.network;
    let steps = network.nodes[0].steps();
    let memory = stated.memory.unwrap_or(steps as f64);
    let mut inputs = vec![work.draft.input_mean_square; steps];
    let mut at_rest = work.draft.input_mean_square;
    let mut found = f64::INFINITY;
    for node in &network.nodes {
        let Operation::Recurrent { cell, weight, recurrent, bias, recurrent_bias, returns } = node.operation else {
            continue;
        };
        let carrier = if cell.gates() == 1 { recurrent } else { bias };
        check_zeros(work, stated, weight, carrier)?;
        let start = Start::of(cell, memory, at_rest)?;
        say(work, node, start, memory);
        work.draft.others.extend(rules(network, start, [weight, recurrent, bias, recurrent_bias])?);
        let squares = start.state_squares(&inputs)?;
        at_rest = start.rest_square();
        found = found.min(start.memory());
        inputs = match returns {
            Returns::All => squares,
            Returns::Last => squares.last().copied().into_iter().collect(),
        };
    }
    let state_square = inputs.iter().sum::<f64>() / inputs.len().max(1) as f64;
    work.cells = Some(Cells { memory: found, state_square });
    work.fixed.extend(stated.memory.map(|_| Belief::Memory));
    Ok(())
}

/// Refuses what `without_effect` takes from another belief.
fn check_zeros(
    work: &Work,
    stated: &Stated,
    weight: ParameterIndex,
    carrier: ParameterIndex,
) -> Result<(), TheoryError> {
    let name = |index: ParameterIndex| &work.draft.network.parameters[index].name;
    let is_zero = |index: ParameterIndex| work.draft.zeros.contains(name(index));
    let asked = format!("without_effect = {:?}", stated.without_effect);
    if let Some(memory) = stated.memory.filter(|_| is_zero(carrier)) {
        let problem = format!("'{}' carries the memory", name(carrier));
        return Err(together(&asked, &format!("memory = {memory}"), &problem));
    }
    if is_zero(weight) && (stated.output_std.is_some() || stated.confidence.is_some()) {
        let problem = format!("with '{}' at 0 every state is 0", name(weight));
        return Err(together(&asked, "a size of the outputs", &problem));
    }
    Ok(())
}

impl Start {
    /// The numbers of a cell whose inputs have a mean square at rest.
    fn of(cell: Cell, memory: f64, input_square: f64) -> Result<Start, TheoryError> {
        match cell {
            Cell::Rnn(activation) => Start::plain(activation, memory, input_square),
            Cell::Lstm | Cell::Gru => {
                let odds = search(("memory", memory, Scale::Logarithm), ODDS, |odds| {
                    Ok(steps_of(gate_square(odds.ln(), QUIET)))
                })?;
                Ok(Start::Gated { cell, bias: odds.ln(), input_scale: QUIET / input_square })
            }
        }
    }

    fn plain(activation: Activation, memory: f64, input_square: f64) -> Result<Start, TheoryError> {
        let length = length(activation);
        let at = moments(activation, length);
        let gain_square = (-2.0 / memory).exp() / at.derivative_mean_square;
        let rest = length - gain_square * at.mean_square;
        if rest > 0.0 && gain_square.is_finite() {
            return Ok(Start::Plain { activation, gain: gain_square.sqrt(), input_scale: rest / input_square });
        }
        Err(TheoryError::Impossible {
            asked: format!("memory = {memory} of {activation} cells"),
            problem: format!(
                "at the slope that it takes, the states of {activation} alone bring pre-activations to a mean square of \
                 {:.4}, above {length}; use tanh, erf, sin, relu or identity",
                gain_square * at.mean_square
            ),
        })
    }

    /// Its memory by theory.
    fn memory(self) -> f64 {
        steps_of(match self {
            Start::Plain { activation, gain, .. } => {
                gain * gain * moments(activation, length(activation)).derivative_mean_square
            }
            Start::Gated { bias, .. } => gate_square(bias, QUIET),
        })
    }

    /// Mean square of a state at rest.
    fn rest_square(self) -> f64 {
        match self {
            Start::Plain { activation, .. } => moments(activation, length(activation)).mean_square,
            // nothing follows a gated cell but the last layer
            Start::Gated { .. } => f64::NAN,
        }
    }

    /// Mean squares of the states after each step, from a state of zeros.
    fn state_squares(self, inputs: &[f64]) -> Result<Vec<f64>, TheoryError> {
        let mut square = 0.0;
        let mut each = |next: &dyn Fn(f64, f64) -> f64| -> Vec<f64> {
            let step = |&input: &f64| {
                square = next(square, input);
                square
            };
            inputs.iter().map(step).collect()
        };
        Ok(match self {
            Start::Plain { activation, gain, input_scale } => {
                each(&|state, input| moments(activation, gain * gain * state + input_scale * input).mean_square)
            }
            Start::Gated { cell: Cell::Lstm, bias, .. } => {
                let lstm = Lstm {
                    weight_variance: 0.0,
                    input_variance: QUIET,
                    input_bias: 0.0,
                    forget_bias: bias,
                    output_bias: 0.0,
                };
                lstm.unroll(inputs.len())?.iter().map(|step| step.hidden_square).collect()
            }
            Start::Gated { bias, .. } => {
                // 1 − σ(z) = σ(−z), and the new state has no mean
                let written = gate_square(-bias, QUIET) * moments(Activation::Tanh, QUIET).mean_square;
                each(&|state, _| gate_square(bias, QUIET) * state + written)
            }
        })
    }
}

/// Steps within which what keeps the share `kept` of its mean square a step falls to 1/e.
fn steps_of(kept: f64) -> f64 {
    -2.0 / kept.ln()
}

fn length(activation: Activation) -> f64 {
    if activation.is_homogeneous() { LENGTH } else { QUIET }
}

/// A rule for each of a cell's parameters: weight, recurrent weight and both biases.
fn rules(network: &Network, start: Start, parameters: [ParameterIndex; 4]) -> Result<Vec<Rule>, TheoryError> {
    let [weight, recurrent, bias, recurrent_bias] = parameters.map(|index| &network.parameters[index]);
    let (input_scale, own, gate) = match start {
        Start::Plain { gain, input_scale, .. } => {
            (input_scale, Initializer::Orthogonal { gain, columns: Side::Output }, Initializer::Zeros)
        }
        Start::Gated { cell, bias, input_scale } => {
            let gates = if cell == Cell::Gru { "rzn" } else { "ifgo" };
            (input_scale, Initializer::Zeros, format!("lstm_bias(forget={bias}, gates={gates})").parse()?)
        }
    };
    let inputs =
        Initializer::VarianceScaling { scale: input_scale, mode: FanMode::FanIn, distribution: Distribution::Normal };
    let rule = |parameter: &Parameter, initializer| (parameter.name.clone(), initializer);
    Ok(vec![rule(weight, inputs), rule(recurrent, own), rule(bias, gate), rule(recurrent_bias, Initializer::Zeros)])
}

/// Says what was solved for.
fn say(work: &mut Work, node: &Node, start: Start, memory: f64) {
    let name = &node.name;
    let kept = format!("e^(-2/{memory})");
    let (number, value, how, source, input_scale) = match start {
        Start::Plain { gain, input_scale, .. } => (
            "gain of the orthogonal recurrent weights",
            gain,
            format!("'{name}': gain² E φ′² = {kept}"),
            "Chen, Pennington & Schoenholz 2018",
            input_scale,
        ),
        Start::Gated { bias, input_scale, .. } => (
            "bias of the gate that keeps the state",
            bias,
            format!("'{name}': E σ(b + z)² = {kept}; recurrent weights 0, so that the gate alone keeps the state"),
            "Gers, Schmidhuber & Cummins 2000; Tallec & Ollivier 2018",
            input_scale,
        ),
    };
    work.solved.push(Solved { number, value, how, source });
    work.solved.push(Solved {
        number: "σ_w² of the cell's input weights",
        value: input_scale,
        how: format!("'{name}': what its nonlinearity sees has a small mean square at rest"),
        source: "Poole et al. 2016, eq. 3",
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_has_the_memory_asked_for() {
        for cell in [Cell::Rnn(Activation::Tanh), Cell::Rnn(Activation::Relu), Cell::Lstm, Cell::Gru] {
            for memory in [0.5, 3.0, 100.0, 1e5] {
                let found = Start::of(cell, memory, 2.0).unwrap().memory();
                assert!((found / memory - 1.0).abs() < 1e-6, "{cell:?} {memory}: {found}");
            }
        }
        // without noise σ(b) = e^(−1/20): b = −ln(e^(1/20) − 1); noise of variance q takes about q/2 more
        let Start::Gated { bias, .. } = Start::of(Cell::Lstm, 20.0, 1.0).unwrap() else { panic!("no gate") };
        assert!((bias - 2.970_628 - 0.5 * QUIET).abs() < 0.005, "{bias}");
        let message = Start::of(Cell::Rnn(Activation::Sigmoid), 5.0, 1.0).unwrap_err().to_string();
        assert!(message.contains("use tanh"), "{message}");
    }

    #[test]
    fn states_grow_to_their_rest() {
        let start = Start::of(Cell::Rnn(Activation::Tanh), 5.0, 2.0).unwrap();
        let squares = start.state_squares(&[2.0; 200]).unwrap();
        assert!(squares.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!((squares[199] - start.rest_square()).abs() < 1e-12, "{squares:?}");
        // k, then what is left after one step more
        let start = Start::of(Cell::Gru, 5.0, 1.0).unwrap();
        let squares = start.state_squares(&[1.0; 3]).unwrap();
        assert!((squares[1] / squares[0] - 1.0 - (-0.4_f64).exp()).abs() < 1e-6, "{squares:?}");
    }
}
