//! What a node of a network computes.

use seedbed::Activation;
use serde::Deserialize;

use super::ParameterIndex;

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// The batch of examples.
    Input,
    /// `x Wᵀ + b`.
    Dense {
        /// `[out, in]`.
        weight: ParameterIndex,
        /// `[out]`.
        bias: ParameterIndex,
    },
    /// 2-D convolution.
    Convolution {
        /// `[out, in / groups, height, width]`.
        weight: ParameterIndex,
        /// `[out]`.
        bias: ParameterIndex,
        /// Step between applications.
        stride: usize,
        /// Zeros around the image.
        padding: usize,
        /// Groups of channels.
        groups: usize,
    },
    /// Elementwise nonlinearity.
    Activation(Activation),
    /// Mean over windows of `size` by `size`.
    AveragePool {
        /// Side and step.
        size: usize,
    },
    /// Maximum over windows of `size` by `size`.
    MaxPool {
        /// Side and step.
        size: usize,
    },
    /// To one vector.
    Flatten,
    /// Sum of the two inputs.
    Add,
    /// `(x − mean) / sqrt(variance + epsilon) · scale + shift` over each example, or over each step of a sequence.
    LayerNorm {
        /// One number an element.
        scale: ParameterIndex,
        /// One number an element.
        shift: ParameterIndex,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// `(x − mean) / sqrt(variance + epsilon) · scale + shift` with the mean and the (biased) variance of each channel or
    /// feature over the batch at hand, in training and in evaluation alike: there are no running statistics, which
    /// PyTorch evaluates with (Ioffe & Szegedy 2015, algorithm 1).
    BatchNorm {
        /// One number a channel or feature.
        scale: ParameterIndex,
        /// One number a channel or feature.
        shift: ParameterIndex,
        /// Keeps the division finite.
        epsilon: f64,
    },
    /// In training `x · m / (1 − rate)` with m = 0 of probability `rate` and otherwise 1, drawn for each element, step
    /// and seed; elsewhere x (Srivastava et al. 2014, scaled as PyTorch scales it).
    Dropout {
        /// Probability of a 0.
        rate: f64,
    },
    /// A recurrent cell over a sequence, from a state of zeros.
    Recurrent {
        /// Which cell.
        cell: Cell,
        /// `[gates · units, inputs]`.
        weight: ParameterIndex,
        /// `[gates · units, units]`.
        recurrent: ParameterIndex,
        /// `[gates · units]`, added to the input's part.
        bias: ParameterIndex,
        /// `[gates · units]`, added to the state's part.
        recurrent_bias: ParameterIndex,
        /// What of the states comes out.
        returns: Returns,
    },
    /// Multi-head self-attention over a sequence of d features (Vaswani et al. 2017, section 3.2.2). Of each step
    /// `W x + b` gives query, key and value, one after the other and each of them head by head; a head of k = d / heads
    /// features puts out `softmax(Q Kᵀ / √k) V`, and `W′` takes the heads together: PyTorch's `MultiheadAttention`.
    /// With [`Scaling::Linear`] the scores are divided by k.
    Attention {
        /// `[3 d, d]`: `in_proj_weight`.
        weight: ParameterIndex,
        /// `[3 d]`: `in_proj_bias`.
        bias: ParameterIndex,
        /// `[d, d]`: `out_proj.weight`.
        output: ParameterIndex,
        /// `[d]`: `out_proj.bias`.
        output_bias: ParameterIndex,
        /// Heads; they divide d.
        heads: usize,
        /// What the scores are divided by.
        scaling: Scaling,
    },
    /// `x + P`, with a row of P for each step.
    Position {
        /// `[time, features]`.
        weight: ParameterIndex,
    },
    /// Mean over the steps of a sequence.
    AverageSteps,
}

/// What a recurrent cell computes at each step; σ is the logistic function, ⊙ the product of elements.
///
/// Each gate sees `W x_t + b + U h_{t−1} + b′`, with its own rows of the packed weights. Gates, order and formulas are
/// PyTorch's. Keras orders a GRU's gates z, r, n and by default keeps one bias for each; Haiku orders an LSTM's i, g, f, o.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// `h_t = φ(W x_t + b + U h_{t−1} + b′)` (Elman 1990).
    Rnn(Activation),
    /// Gates i, f, g, o: `c_t = σ(f) ⊙ c_{t−1} + σ(i) ⊙ tanh(g)`, `h_t = σ(o) ⊙ tanh(c_t)` (Hochreiter & Schmidhuber
    /// 1997; forget gate of Gers et al. 2000).
    Lstm,
    /// Gates r, z, n: `n = tanh(W_n x_t + b_n + σ(r) ⊙ (U_n h_{t−1} + b′_n))`, `h_t = (1 − σ(z)) ⊙ n + σ(z) ⊙ h_{t−1}`
    /// (Cho et al. 2014; the reset gate after the product, as cuDNN has it).
    Gru,
}

impl Cell {
    /// Gates packed in each weight; 1 for the plain cell.
    pub fn gates(self) -> usize {
        match self {
            Cell::Rnn(_) => 1,
            Cell::Gru => 3,
            Cell::Lstm => 4,
        }
    }

    /// Its name in the shorthand and in TOML.
    pub fn name(self) -> &'static str {
        match self {
            Cell::Rnn(_) => "rnn",
            Cell::Lstm => "lstm",
            Cell::Gru => "gru",
        }
    }

    /// The nonlinearity on its state: tanh in the gated cells.
    pub fn activation(self) -> Activation {
        match self {
            Cell::Rnn(activation) => activation,
            Cell::Lstm | Cell::Gru => Activation::Tanh,
        }
    }
}

/// What divides the scores of attention heads of k features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    /// √k, which keeps the scores of independent queries and keys at one size (Vaswani et al. 2017, equation 1).
    #[default]
    SquareRoot,
    /// k, which keeps the scores of aligned queries and keys at one size (Yang et al. 2022, definition 4.1: muP). At the
    /// start they are not aligned, and in a wide head every step looks at all steps alike.
    Linear,
}

impl Scaling {
    /// √k or k.
    pub fn divisor(self, features: usize) -> f64 {
        match self {
            Scaling::SquareRoot => (features as f64).sqrt(),
            Scaling::Linear => features as f64,
        }
    }
}

/// What comes out of a recurrent cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// The state after the last step: a vector.
    #[default]
    Last,
    /// The state after every step: a sequence.
    All,
}

impl Operation {
    /// What it is called in TOML; `sum` for the sum of a residual block.
    pub fn kind(&self) -> &'static str {
        match self {
            Operation::Input => "input",
            Operation::Dense { .. } => "dense",
            Operation::Convolution { .. } => "conv2d",
            Operation::Activation(_) => "activation",
            Operation::AveragePool { .. } => "average_pool",
            Operation::MaxPool { .. } => "max_pool",
            Operation::Flatten => "flatten",
            Operation::Add => "sum",
            Operation::LayerNorm { .. } => "layer_norm",
            Operation::BatchNorm { .. } => "batch_norm",
            Operation::Dropout { .. } => "dropout",
            Operation::Recurrent { cell, .. } => cell.name(),
            Operation::Attention { .. } => "attention",
            Operation::Position { .. } => "position",
            Operation::AverageSteps => "average_steps",
        }
    }

    /// The nonlinearity in it, if there is one.
    pub fn activation(&self) -> Option<Activation> {
        match self {
            Operation::Activation(activation) => Some(*activation),
            Operation::Recurrent { cell, .. } => Some(cell.activation()),
            _ => None,
        }
    }

    /// Its weights, biases and positions left out; empty where it is no weighted layer.
    pub fn weights(&self) -> Vec<ParameterIndex> {
        match *self {
            Operation::Dense { weight, .. } | Operation::Convolution { weight, .. } => vec![weight],
            Operation::Recurrent { weight, recurrent, .. } => vec![weight, recurrent],
            Operation::Attention { weight, output, .. } => vec![weight, output],
            _ => Vec::new(),
        }
    }

    /// The weight and the bias of a dense layer or a convolution.
    pub fn weight_and_bias(&self) -> Option<(ParameterIndex, ParameterIndex)> {
        match *self {
            Operation::Dense { weight, bias } | Operation::Convolution { weight, bias, .. } => Some((weight, bias)),
            _ => None,
        }
    }
}
