//! The same network, wider or deeper: what a choice of weights and learning rates must stand up to (width and depth
//! transfer).
//!
//! Both start from the layers that the network was built of, so that every shape is checked again.

mod depth;
mod width;

pub use depth::origin;

use super::{Layer, Network};
use crate::error::NetworkError;

impl Network {
    fn cannot_scale(&self, asked: &str, problem: String) -> NetworkError {
        NetworkError::Scale { network: self.text.clone(), asked: asked.to_owned(), problem }
    }
}

impl Layer {
    /// Whether it holds weights, or something in it does.
    fn holds_weights(&self) -> bool {
        match self {
            Layer::Residual { layers } => layers.iter().any(Layer::holds_weights),
            Layer::Dense { .. }
            | Layer::Conv2d { .. }
            | Layer::Rnn { .. }
            | Layer::Lstm { .. }
            | Layer::Gru { .. }
            | Layer::Attention { .. } => true,
            _ => false,
        }
    }

    /// The place of its name, if it can have one.
    fn name(&mut self) -> Option<&mut Option<String>> {
        match self {
            Layer::Dense { name, .. }
            | Layer::Conv2d { name, .. }
            | Layer::LayerNorm { name }
            | Layer::BatchNorm { name }
            | Layer::Rnn { name, .. }
            | Layer::Lstm { name, .. }
            | Layer::Gru { name, .. }
            | Layer::Attention { name, .. }
            | Layer::Position { name } => Some(name),
            _ => None,
        }
    }
}
