//! Lanes: the few operations that the kernels are made of, on many elements at once.
//!
//! A kernel is one generic function over [`Lanes`]. Every operation means the same in every implementation, to the
//! bit: integers wrap, and floating point is rounded once to nearest even.
//!
//! A group of 4·BLOCKS elements lies in two vectors: lane 2i of the first holds word 0 of block i and lane 2i + 1 its
//! word 2; the second holds words 1 and 3 in the same way. So lane j of the two together are the elements 2j and
//! 2j + 1, which is what the normal kernel needs.

#[cfg(target_arch = "x86_64")]
pub mod avx2;
#[cfg(target_arch = "x86_64")]
pub mod avx512;
pub mod elementary;
pub mod portable;

use crate::philox::RoundKeys;

/// Most elements that a group has.
pub const LARGEST_GROUP: usize = 32;

/// Operations on the lanes of two kinds of vector: 32-bit words and single-precision numbers.
///
/// A value of an implementing type is the proof that the processor has the instructions.
pub trait Lanes: Copy {
    /// Blocks of four words that two vectors hold together.
    const BLOCKS: usize;
    /// A vector of 32-bit words.
    type Words: Copy;
    /// A vector of single-precision numbers.
    type Reals: Copy;
    /// One truth value a lane.
    type Mask: Copy;

    /// The words of the blocks `block`, `block` + 1, ... in the arrangement of the module's head. The block number
    /// wraps at 2⁶⁴.
    fn draw(self, block: u64, purpose: u32, keys: &RoundKeys) -> [Self::Words; 2];

    /// The same word in every lane.
    fn word(self, value: u32) -> Self::Words;
    /// Sum modulo 2³².
    fn add_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Difference modulo 2³².
    fn sub_words(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Bitwise and.
    fn and(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Bitwise or.
    fn or(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Bitwise exclusive or.
    fn xor(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// Shift towards the top; `count` below 32.
    fn shift_left(self, a: Self::Words, count: u32) -> Self::Words;
    /// Shift towards the bottom, zeros come in; `count` below 32.
    fn shift_right(self, a: Self::Words, count: u32) -> Self::Words;
    /// Shift towards the bottom, copies of the top bit come in; `count` below 32.
    fn shift_right_signed(self, a: Self::Words, count: u32) -> Self::Words;
    /// Where a ≥ b, as unsigned numbers.
    fn at_least(self, a: Self::Words, b: Self::Words) -> Self::Mask;
    /// Where the top bit is set.
    fn top_bit(self, a: Self::Words) -> Self::Mask;
    /// `a` where the mask holds, `b` elsewhere.
    fn select_words(self, mask: Self::Mask, a: Self::Words, b: Self::Words) -> Self::Words;

    /// The same number in every lane.
    fn real(self, value: f32) -> Self::Reals;
    /// Nearest number to an unsigned word.
    fn of_unsigned(self, a: Self::Words) -> Self::Reals;
    /// Nearest number to a two's complement word.
    fn of_signed(self, a: Self::Words) -> Self::Reals;
    /// The numbers with these bits.
    fn of_bits(self, a: Self::Words) -> Self::Reals;
    /// The bits of numbers.
    fn bits(self, a: Self::Reals) -> Self::Words;
    /// a + b.
    fn add(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// a − b.
    fn sub(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// a × b.
    fn mul(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// √a.
    fn sqrt(self, a: Self::Reals) -> Self::Reals;
    /// a < b ? a : b.
    fn lesser(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// a > b ? a : b.
    fn greater(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// `a` where the mask holds, `b` elsewhere.
    fn select(self, mask: Self::Mask, a: Self::Reals, b: Self::Reals) -> Self::Reals;

    /// Writes a group of words in the order of elements. `out` has the length of a group.
    #[allow(dead_code, reason = "for laws with words of their own")]
    fn store_words(self, out: &mut [u32], group: [Self::Words; 2]);
    /// Writes a group of numbers in the order of elements. `out` has the length of a group.
    fn store_reals(self, out: &mut [f32], group: [Self::Reals; 2]);
}
