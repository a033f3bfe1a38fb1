//! Kernels that join each channel to itself alone.

use super::kernel::Kernel;
use crate::Stream;
use crate::plan::{Composition, Facts, Pattern};

/// The same weights at the taps of every channel with itself, 0 elsewhere.
#[derive(Debug)]
pub(super) struct Diagonal {
    /// What it is, in words.
    pub name: &'static str,
    pub kernel: Kernel,
    /// The taps that are not 0, and their weights.
    pub taps: Vec<(usize, f64)>,
}

impl Diagonal {
    /// Channels of a group that have a partner.
    fn channels(&self) -> usize {
        self.kernel.outputs.min(self.kernel.inputs)
    }

    /// Gives every weight that is not 0 among the elements `first` to `first + count` to `set`, by its offset.
    fn each(&self, first: usize, count: usize, mut set: impl FnMut(usize, f64)) {
        let groups = if self.kernel.elements == 0 { 0 } else { self.kernel.groups }; // a kernel may have no tap
        for group in 0..groups {
            for channel in 0..self.channels() {
                for &(tap, weight) in &self.taps {
                    let offset = self.kernel.place(group, channel, channel, tap).wrapping_sub(first);
                    if offset < count {
                        set(offset, weight);
                    }
                }
            }
        }
    }
}

impl Pattern for Diagonal {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        out.fill(0.0);
        self.each(first, out.len(), |offset, weight| out[offset] = weight as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], _: &Stream) {
        out.fill(0.0);
        self.each(first, out.len(), |offset, weight| out[offset] = weight);
    }

    fn facts(&self) -> Facts {
        let elements = self.kernel.elements.max(1) as f64;
        let share = (self.kernel.groups * self.channels()) as f64 / elements;
        let weights = || self.taps.iter().map(|(_, weight)| *weight);
        let mean = share * weights().sum::<f64>();
        let square = share * weights().map(|weight| weight * weight).sum::<f64>();
        let has_zeros = self.kernel.groups * self.channels() * self.taps.len() < self.kernel.elements;
        let (low, high) = if has_zeros { (0.0, 0.0) } else { (f64::INFINITY, f64::NEG_INFINITY) };
        Facts {
            distribution: self.name.to_owned(),
            mean,
            variance: (square - mean * mean).max(0.0),
            bounds: (weights().fold(low, f64::min), weights().fold(high, f64::max)),
        }
    }

    fn composition(&self) -> Composition {
        Composition::Fixed
    }
}
