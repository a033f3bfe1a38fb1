//! Uniform values.

use super::lanes::Lanes;
use super::output::{Law, Output};
use crate::{Stream, kernel::group};

/// Fills `out` with the elements from `first` on of the uniform law between `low` and `high`: finite, `low` ≤ `high`.
///
/// low + (high − low)·u with u = ((word >> 9) + 1/2)·2⁻²³, rounded, and moved into `within`: the bounds, or for a
/// narrower type the outermost of its numbers between them.
pub fn uniform<T: Output>(
    out: &mut [T],
    first: u64,
    stream: &Stream,
    purpose: u32,
    (low, high): (f32, f32),
    within: (f32, f32),
) {
    group::fill(out, first, stream, purpose, &Uniform { low, high, within });
}

pub(super) struct Uniform {
    pub(super) low: f32,
    pub(super) high: f32,
    pub(super) within: (f32, f32),
}

impl Law for Uniform {
    #[inline(always)]
    fn values<L: Lanes>(&self, lanes: L, [first, second]: [L::Words; 2]) -> [L::Reals; 2] {
        [self.of(lanes, first), self.of(lanes, second)]
    }
}

impl Uniform {
    #[inline(always)]
    fn of<L: Lanes>(&self, lanes: L, words: L::Words) -> L::Reals {
        let (low, width) = (lanes.real(self.low), lanes.real(self.high - self.low));
        let value = lanes.add(low, lanes.mul(width, share(lanes, words)));
        lanes.lesser(lanes.real(self.within.1), lanes.greater(lanes.real(self.within.0), value))
    }
}

/// ((word >> 9) + 1/2)·2⁻²³, as the difference of 1 + (word >> 9)·2⁻²³ and 1 − 2⁻²⁴: all of it exact.
#[inline(always)]
fn share<L: Lanes>(lanes: L, words: L::Words) -> L::Reals {
    const ONE: u32 = 0x3f80_0000;
    let from_one = lanes.of_bits(lanes.or(lanes.shift_right(words, 9), lanes.word(ONE)));
    lanes.sub(from_one, lanes.real(1.0 - f32::EPSILON / 2.0))
}

/// Four values strictly between 0 and 1: ((word >> 9) + 1/2) · 2⁻²³.
///
/// The 2²³ values are exact in single precision and symmetric about 1/2, so the mean is exactly 1/2; neither
/// bound is ever met.
#[cfg(test)]
pub fn standard(words: [u32; 4]) -> [f32; 4] {
    const SCALE: f32 = 1.0 / (1u32 << 23) as f32;
    words.map(|word| ((word >> 9) as f32 + 0.5) * SCALE)
}

/// Four values between `low` and `high`: low + (high − low)·u, rounded, and never outside.
#[cfg(test)]
pub fn between(words: [u32; 4], low: f32, high: f32) -> [f32; 4] {
    standard(words).map(|u| (low + (high - low) * u).clamp(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extreme_words_stay_inside() {
        let [smallest, largest, ..] = standard([0, u32::MAX, 0, 0]);
        assert_eq!(smallest, 0.5 / 8_388_608.0);
        assert_eq!(1.0 - largest, smallest);
        let [low, high, ..] = between([0, u32::MAX, 0, 0], -0.1, 0.1);
        assert!(low >= -0.1 && high <= 0.1 && low == -high);
    }
}
