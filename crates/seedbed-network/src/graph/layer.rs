//! What a user writes for one step of a network; the TOML reader takes it as it stands.

use serde::Deserialize;

use super::{Returns, Scaling};

/// What a user writes for one step of a network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Layer {
    /// `W x + b` with `units` outputs; of a sequence, at each step.
    Dense {
        /// Number of outputs.
        units: usize,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// A 2-D convolution over `[channels, height, width]`.
    Conv2d {
        /// Output channels.
        channels: usize,
        /// Side of the square kernel.
        #[serde(default = "three")]
        kernel: usize,
        /// Step between applications.
        #[serde(default = "one")]
        stride: usize,
        /// Zeros around the image; `kernel / 2` unless given, which keeps the size at odd kernels.
        padding: Option<usize>,
        /// Groups of channels that do not see each other.
        #[serde(default = "one")]
        groups: usize,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// An elementwise nonlinearity.
    Activation {
        /// Which one: `relu`, `leaky_relu(slope=0.2)`, …
        function: String,
    },
    /// Mean over square windows.
    AveragePool {
        /// Side of the window, and the step between windows.
        size: usize,
    },
    /// Maximum over square windows.
    MaxPool {
        /// Side of the window, and the step between windows.
        size: usize,
    },
    /// An image or a sequence to one vector.
    Flatten,
    /// `x + f(x)`; `f` must keep the shape.
    Residual {
        /// The steps of `f`.
        layers: Vec<Layer>,
    },
    /// Layer normalization over the whole example, of a sequence over each step, with a scale and a shift per element.
    LayerNorm {
        /// Name instead of `normN`.
        name: Option<String>,
    },
    /// Batch normalization: each channel of an image, feature of a vector or of each step of a sequence over the batch,
    /// with a scale and a shift for each.
    BatchNorm {
        /// Name instead of `normN`.
        name: Option<String>,
    },
    /// Sets a random share of the numbers to 0 while training, and scales the others up.
    Dropout {
        /// The share, at least 0 and below 1.
        rate: f64,
    },
    /// A plain recurrent cell over a sequence: `h_t = φ(W x_t + b + U h_{t−1} + b′)`, from h_0 = 0.
    Rnn {
        /// Size of the state h.
        units: usize,
        /// φ: any elementwise nonlinearity.
        #[serde(default = "tanh")]
        activation: String,
        /// The last state alone, or every one.
        #[serde(default)]
        returns: Returns,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// A long short-term memory over a sequence.
    Lstm {
        /// Size of the state.
        units: usize,
        /// The last state alone, or every one.
        #[serde(default)]
        returns: Returns,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// A gated recurrent unit over a sequence.
    Gru {
        /// Size of the state.
        units: usize,
        /// The last state alone, or every one.
        #[serde(default)]
        returns: Returns,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// Multi-head self-attention over a sequence, with a projection back to its features.
    Attention {
        /// Heads; they divide the features.
        heads: usize,
        /// What the scores are divided by: the root of a head's features, or `linear`.
        #[serde(default)]
        scaling: Scaling,
        /// Name instead of `layerN`.
        name: Option<String>,
    },
    /// Adds a learned vector to each step of a sequence, so that steps can be told apart.
    Position {
        /// Name instead of `positionN`.
        name: Option<String>,
    },
    /// Mean over the steps of a sequence: a vector.
    AverageSteps,
}

fn one() -> usize {
    1
}

fn three() -> usize {
    3
}

fn tanh() -> String {
    "tanh".to_owned()
}
