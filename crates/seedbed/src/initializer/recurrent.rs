//! Starts of recurrent cells.

use super::call::Call;
use super::catalogue::{Entry, argument, claim};
use super::family::{Family, out_of_range, unsuited};
use super::ranges::{FINITE, LARGEST};
use super::text::Number;
use crate::plan::{Formula, Plan};
use crate::{Error, Parameter};

/// Gates of an LSTM, in PyTorch's and Keras's order: input, forget, cell, output.
const LSTM_GATES: usize = 4;

/// A start of a recurrent cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Recurrent {
    /// An LSTM's bias: one value for the forget gate, 0 elsewhere.
    LstmBias {
        /// Bias of the forget gate; finite.
        forget: f64,
    },
}

impl Family for Recurrent {
    const ENTRIES: &'static [Entry] = &[Entry {
        name: "lstm_bias",
        aliases: &[],
        summary: "an LSTM's bias: the forget gate open, the rest 0",
        formula: "b = 0, forget, 0, 0 for the gates input, forget, cell, output",
        arguments: &[argument("forget", Some("1"), "bias of the forget gate; finite")],
        rationale: "An open forget gate lets the gradient through time before the net has learnt to keep anything.",
        claims: &[claim("memory", "the state is kept for several steps", "mean forget gate at the start")],
        source: "Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015",
        elsewhere: "Keras: unit_forget_bias, on by default. PyTorch adds two biases, so give forget to one of them \
                    and zeros to the other. MXNet: LSTMBias",
        example: "lstm_bias(forget=1)",
    }];

    fn read(call: &Call) -> Result<Recurrent, Error> {
        Ok(Recurrent::LstmBias { forget: call.number("forget")? })
    }

    fn name(&self) -> &'static str {
        match self {
            Recurrent::LstmBias { .. } => "lstm_bias",
        }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        match *self {
            Recurrent::LstmBias { forget } => vec![("forget", Number(forget).to_string())],
        }
    }

    fn check(&self) -> Result<(), Error> {
        match *self {
            Recurrent::LstmBias { forget } if forget.abs() <= LARGEST => Ok(()),
            Recurrent::LstmBias { forget } => Err(out_of_range("lstm_bias", "forget", forget, FINITE)),
        }
    }

    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        let elements = parameter.shape.elements();
        if parameter.shape.rank() != 1 || !elements.is_multiple_of(LSTM_GATES) {
            return Err(unsuited(self.name(), parameter, "it needs a vector of four gates of the same size"));
        }
        let units = elements / LSTM_GATES;
        match *self {
            Recurrent::LstmBias { forget } => {
                let value = move |place: usize| if (units..2 * units).contains(&place) { forget } else { 0.0 };
                Ok(Plan::pattern(Formula { name: "forget-gate bias", elements, value }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Initializer, Parameter};

    #[test]
    fn the_forget_gate_is_the_second() {
        let bias = Parameter::norm_shift("b", 8).unwrap();
        let draw = |text: &str| text.parse::<Initializer>().unwrap().draw(&bias, 0);
        assert_eq!(draw("lstm_bias(forget=2)").unwrap(), [0.0, 0.0, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
