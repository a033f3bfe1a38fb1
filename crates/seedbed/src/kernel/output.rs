//! Number types that a draw can be written in.

use super::group::Kernel;
use super::lanes::Lanes;

/// A law: from random words to single-precision numbers.
pub trait Law {
    /// The numbers of a group of words, in the same arrangement.
    fn values<L: Lanes>(&self, lanes: L, words: [L::Words; 2]) -> [L::Reals; 2];
}

/// A number type of elements.
pub trait Output: Copy + Default + Send + Sync + 'static {
    /// Rounds a group of numbers once, to nearest even, and writes it in the order of elements.
    fn write<L: Lanes>(lanes: L, values: [L::Reals; 2], out: &mut [Self]);
}

impl Output for f32 {
    #[inline(always)]
    fn write<L: Lanes>(lanes: L, values: [L::Reals; 2], out: &mut [f32]) {
        lanes.store_reals(out, values);
    }
}

impl<T: Output, A: Law> Kernel<T> for A {
    #[inline(always)]
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [T]) {
        T::write(lanes, self.values(lanes, words), out);
    }
}
