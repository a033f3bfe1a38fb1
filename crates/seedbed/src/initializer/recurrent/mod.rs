//! Starts of recurrent cells.

mod chrono;
mod gates;
#[cfg(test)]
mod tests;

pub use gates::{Gate, Gates};

use self::chrono::Chrono;
use super::call::Call;
use super::catalogue::{Argument, Claim, Entry, GAIN, argument, claim};
use super::family::{Family, out_of_range, unsuited};
use super::matrix::Matrix;
use super::ranges::{FINITE, LARGEST, NOT_NEGATIVE};
use super::structured::{IdentityKernel, Structured};
use super::text::Number;
use crate::plan::{Formula, Plan};
use crate::{Error, Initializer, Parameter};

/// A start of a recurrent cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Recurrent {
    /// A bias with one value for the gate that keeps the state, 0 elsewhere.
    LstmBias {
        /// Bias of the forget gate; finite.
        forget: f64,
        /// The gates and their order.
        gates: Gates,
    },
    /// A bias that spreads the memories of units over times up to the longest.
    Chrono {
        /// The longest dependency, in steps; at least 2.
        t_max: f64,
        /// The gates and their order.
        gates: Gates,
    },
    /// gain · identity, for a square recurrent matrix.
    Irnn {
        /// The diagonal; finite, not negative.
        gain: f64,
    },
}

const MEMORY: Claim = claim("memory", "the state is kept for several steps", "mean forget gate at the start");
const GATES: Argument = argument(
    "gates",
    Some("ifgo"),
    "the gates in the vector's order: i input, f forget, g (or c) cell, o output; of a GRU r reset, z update, n (or h) new",
);

impl Family for Recurrent {
    const ENTRIES: &'static [Entry] = &[
        Entry {
            name: "lstm_bias",
            aliases: &[],
            summary: "an LSTM's bias: the forget gate open, the rest 0",
            formula: "b = forget for the forget gate (of a GRU, the update gate), 0 for the others",
            arguments: &[argument("forget", Some("1"), "bias of the forget gate; finite"), GATES],
            rationale: "An open forget gate lets the gradient through time before the net has learnt to keep anything.",
            claims: &[MEMORY],
            source: "Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015",
            elsewhere: "Keras: unit_forget_bias, on by default. PyTorch adds two biases, so give forget to one of them \
                        and zeros to the other. MXNet: LSTMBias. All three order ifgo; Haiku igfo and adds 1 in the \
                        cell, ONNX iofg; Flax has a vector for each gate, so that constant(value=1) does",
            example: "lstm_bias(forget=1)",
        },
        Entry {
            name: "chrono",
            aliases: &[],
            summary: "gate biases that spread the units' memories over times up to the longest dependency",
            formula: "b_f = ln x, x ~ U(1, t_max - 1), and b_i = -b_f by the same draw; 0 for the others. Of a GRU, b_z = ln x",
            arguments: &[argument("t_max", None, "the longest dependency expected, in steps; at least 2"), GATES],
            rationale: "A gate of sigmoid(ln x) = x/(1 + x) forgets in about x steps: memories of all lengths up to \
                        t_max, and inputs that enter as slowly as the state forgets.",
            claims: &[claim(
                "memory",
                "units remember for times spread evenly up to t_max",
                "mean forget gate at the start",
            )],
            source: "Tallec & Ollivier 2018, section 2",
            elsewhere: "no framework has it. PyTorch adds two biases, so give chrono to one of them and zeros to the \
                        other. GRU orders: PyTorch rzn, Keras and ONNX zrn; in all of them z keeps the state",
            example: "chrono(t_max=100)",
        },
        Entry {
            name: "irnn",
            aliases: &[],
            summary: "the identity, scaled, for a square recurrent matrix",
            formula: "W = gain I; bias 0",
            arguments: &[GAIN],
            rationale: "With ReLU units the state is kept, and errors flow back unchanged, until something is added; \
                        a gain below 1 forgets.",
            claims: &[
                claim("memory", "the state is kept", "norm ratio through time"),
                claim("isometry", "every length is kept", "singular values of the Jacobian"),
            ],
            source: "Le, Jaitly & Hinton 2015 (gain 0.01 for speech)",
            elsewhere: "identity, but for square matrices alone",
            example: "irnn",
        },
    ];

    fn read(call: &Call) -> Result<Recurrent, Error> {
        let gates = || {
            let letters = call.text("gates")?;
            Gates::from_letters(letters).ok_or_else(|| out_of_range(call.name, "gates", letters, gates::WANTED))
        };
        Ok(match call.name {
            "chrono" => Recurrent::Chrono { t_max: call.number("t_max")?, gates: gates()? },
            "irnn" => Recurrent::Irnn { gain: call.gain("gain")? },
            _ => Recurrent::LstmBias { forget: call.number("forget")?, gates: gates()? },
        })
    }

    fn name(&self) -> &'static str {
        match self {
            Recurrent::LstmBias { .. } => "lstm_bias",
            Recurrent::Chrono { .. } => "chrono",
            Recurrent::Irnn { .. } => "irnn",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match self {
            Recurrent::LstmBias { forget, gates } => {
                vec![("forget", Number(*forget).to_string()), ("gates", gates.to_string())]
            }
            Recurrent::Chrono { t_max, gates } => {
                vec![("t_max", Number(*t_max).to_string()), ("gates", gates.to_string())]
            }
            Recurrent::Irnn { gain } => vec![("gain", Number(*gain).to_string())],
        }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |argument, found: f64, wanted| Err(out_of_range(self.name(), argument, found, wanted));
        match *self {
            Recurrent::LstmBias { forget, .. } if !(-LARGEST..=LARGEST).contains(&forget) => {
                refuse("forget", forget, FINITE)
            }
            Recurrent::Chrono { t_max, .. } if !(2.0..=LARGEST).contains(&t_max) => {
                refuse("t_max", t_max, "between 2 and 1e36")
            }
            Recurrent::Irnn { gain } if !(0.0..=LARGEST).contains(&gain) => refuse("gain", gain, NOT_NEGATIVE),
            _ => Ok(()),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        match self {
            Recurrent::LstmBias { forget, gates } => {
                let units = self.units(parameter, gates)?;
                let (forget, keeper) = (*forget, gates.keeper());
                let value = move |place: usize| if Some(place / units) == keeper { forget } else { 0.0 };
                Ok(Plan::pattern(Formula { name: "forget-gate bias", elements: units * gates.count(), value }))
            }
            Recurrent::Chrono { t_max, gates } => {
                let units = self.units(parameter, gates)?;
                Ok(Plan::pattern(Chrono::new(gates.clone(), units, *t_max)))
            }
            Recurrent::Irnn { gain } => self.identity(parameter, *gain),
        }
    }
}

impl Recurrent {
    /// Values a gate of a vector.
    fn units(&self, parameter: &Parameter, gates: &Gates) -> Result<usize, Error> {
        let elements = parameter.shape.elements();
        if parameter.shape.rank() == 1 && elements.is_multiple_of(gates.count()) {
            return Ok(elements / gates.count());
        }
        let problem = format!("it needs a vector of {} gates ({gates}) of the same size", gates.count());
        Err(unsuited(self.name(), parameter, problem))
    }

    fn identity(&self, parameter: &Parameter, gain: f64) -> Result<Plan, Error> {
        let matrix = Matrix::of(&Initializer::Recurrent(self.clone()), parameter)?;
        if matrix.rows() != matrix.columns() {
            let problem = "a recurrent matrix is square; `identity` takes any";
            return Err(unsuited(self.name(), parameter, problem));
        }
        Initializer::Structured(Structured::Identity { gain, shift: 0, kernel: IdentityKernel::Flat })
            .plan_one(parameter)
    }
}
