//! Recurrent cells, step by step from a state of zeros.

use burn_tensor::Tensor;
use burn_tensor::activation::{sigmoid, tanh};

use super::operation::affine;
use super::value::{Elementwise, Value};
use crate::graph::{Cell, Returns};

/// The four parameters of a cell.
pub struct CellWeights {
    /// `[gates · units, inputs]`.
    pub weight: Tensor<2>,
    /// `[gates · units, units]`.
    pub recurrent: Tensor<2>,
    /// `[gates · units]`.
    pub bias: Tensor<1>,
    /// `[gates · units]`.
    pub recurrent_bias: Tensor<1>,
}

/// The states of a cell over a batch of sequences.
pub fn run(cell: Cell, weights: CellWeights, input: Tensor<3>, returns: Returns) -> Value {
    let [examples, time, features] = input.dims();
    let CellWeights { weight, recurrent, bias, recurrent_bias } = weights;
    let units = recurrent.dims()[1];
    // The input's part of all steps is one product; time comes first, so that a step is a run of rows.
    let rows = input.swap_dims(0, 1).reshape([time * examples, features]);
    let steps = split(affine(rows, weight, bias), examples);
    let zeros = Tensor::zeros([examples, units], (&steps[0].device(), steps[0].dtype()));
    let mut state = State { hidden: zeros.clone(), memory: zeros };
    let mut kept = Vec::new();
    for from_input in steps {
        let from_state = affine(state.hidden.clone(), recurrent.clone(), recurrent_bias.clone());
        state = state.next(cell, from_input, from_state);
        if returns == Returns::All {
            kept.push(state.hidden.clone());
        }
    }
    match returns {
        Returns::Last => Value::Features(state.hidden),
        Returns::All => Value::Sequences(Tensor::cat(kept, 0).reshape([time, examples, units]).swap_dims(0, 1)),
    }
}

/// Parts of `size` rows each, by halves: the gradient of a part is written into its half, not into the whole, so that
/// the way back costs n log n and not n².
fn split(rows: Tensor<2>, size: usize) -> Vec<Tensor<2>> {
    let parts = rows.dims()[0] / size;
    if parts <= 1 {
        return vec![rows];
    }
    let (first, second) = (parts / 2 * size, (parts - parts / 2) * size);
    let mut halves = split(rows.clone().narrow(0, 0, first), size);
    halves.extend(split(rows.narrow(0, first, second), size));
    halves
}

/// What a cell carries from step to step; only an LSTM has a memory besides the state that others see.
struct State {
    hidden: Tensor<2>,
    memory: Tensor<2>,
}

impl State {
    fn next(self, cell: Cell, from_input: Tensor<2>, from_state: Tensor<2>) -> State {
        let State { hidden, memory } = self;
        let units = hidden.dims()[1];
        let gate = |packed: &Tensor<2>, place: usize| packed.clone().narrow(1, place * units, units);
        match cell {
            Cell::Rnn(activation) => State { hidden: activation.apply(from_input + from_state), memory },
            Cell::Lstm => {
                let packed = from_input + from_state;
                let [input, forget, output] = [0, 1, 3].map(|place| sigmoid(gate(&packed, place)));
                let memory = forget * memory + input * tanh(gate(&packed, 2));
                State { hidden: output * tanh(memory.clone()), memory }
            }
            Cell::Gru => {
                let [reset, update] = [0, 1].map(|place| sigmoid(gate(&from_input, place) + gate(&from_state, place)));
                let new = tanh(gate(&from_input, 2) + reset * gate(&from_state, 2));
                // (1 − z) n + z h
                State { hidden: new.clone() + update * (hidden - new), memory }
            }
        }
    }
}
