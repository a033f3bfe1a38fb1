//! Number types that a draw can be written in.

use half::slice::HalfFloatSliceExt;
use half::{bf16, f16};

use super::group::Kernel;
use super::lanes::{LARGEST_GROUP, Lanes};
use crate::data_type::{F8E4M3, F8E5M2};

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

impl Output for f16 {
    #[inline(always)]
    fn write<L: Lanes>(lanes: L, values: [L::Reals; 2], out: &mut [f16]) {
        lanes.store_f16(out.reinterpret_cast_mut(), values);
    }
}

impl Output for bf16 {
    /// In integers, which treat subnormal numbers like the rest; a processor's own conversion may flush them.
    #[inline(always)]
    fn write<L: Lanes>(lanes: L, [first, second]: [L::Reals; 2], out: &mut [bf16]) {
        let low = lanes.shift_right(rounded_upper_half(lanes, first), 16);
        let high = lanes.and(rounded_upper_half(lanes, second), lanes.word(0xffff_0000));
        lanes.store_halves(out.reinterpret_cast_mut(), lanes.or(low, high));
    }
}

impl Output for F8E4M3 {
    #[inline(always)]
    fn write<L: Lanes>(lanes: L, values: [L::Reals; 2], out: &mut [F8E4M3]) {
        write_one_by_one(lanes, values, out, F8E4M3::from_f32);
    }
}

impl Output for F8E5M2 {
    #[inline(always)]
    fn write<L: Lanes>(lanes: L, values: [L::Reals; 2], out: &mut [F8E5M2]) {
        write_one_by_one(lanes, values, out, F8E5M2::from_f32);
    }
}

/// For types that no instruction converts to.
#[inline(always)]
fn write_one_by_one<L: Lanes, T>(lanes: L, values: [L::Reals; 2], out: &mut [T], rounded: fn(f32) -> T) {
    let mut single = [0.0; LARGEST_GROUP];
    let single = &mut single[..out.len()];
    lanes.store_reals(single, values);
    out.iter_mut().zip(single).for_each(|(out, value)| *out = rounded(*value));
}

/// Bits whose upper half is rounded to nearest even; whatever the lower half holds. Not for NaN.
#[inline(always)]
fn rounded_upper_half<L: Lanes>(lanes: L, value: L::Reals) -> L::Words {
    let bits = lanes.bits(value);
    let last = lanes.and(lanes.shift_right(bits, 16), lanes.word(1));
    lanes.add_words(bits, lanes.add_words(last, lanes.word(0x7fff)))
}

impl<T: Output, A: Law> Kernel<T> for A {
    #[inline(always)]
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [T]) {
        T::write(lanes, self.values(lanes, words), out);
    }
}
