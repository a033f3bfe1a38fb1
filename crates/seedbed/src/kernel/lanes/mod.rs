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
pub mod together;

use crate::philox::{MULTIPLIERS, RoundKeys};

/// Most elements that a group has.
pub const LARGEST_GROUP: usize = 128;

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
    ///
    /// Philox with one block in each pair of lanes. The four words of its state are the low halves of the pairs; the
    /// products' high halves may stay above them, for a multiplication reads the low halves alone.
    #[inline(always)]
    fn draw(self, block: u64, purpose: u32, keys: &RoundKeys) -> [Self::Words; 2] {
        let [one, other] = [self.word(MULTIPLIERS[0]), self.word(MULTIPLIERS[1])];
        let mut a = self.counters(block);
        let mut b = self.high_halves(a);
        let (mut c, mut d) = (self.word(purpose), self.word(0));
        for [left, right] in keys {
            let (product_a, product_c) = (self.multiply_wide(a, one), self.multiply_wide(c, other));
            a = self.xor_three(self.high_halves(product_c), b, self.word(*left));
            c = self.xor_three(self.high_halves(product_a), d, self.word(*right));
            (b, d) = (product_c, product_a);
        }
        [self.beside(a, c), self.beside(b, d)]
    }

    /// `block`, `block` + 1, ..., each in two lanes, the low half first.
    fn counters(self, block: u64) -> Self::Words;
    /// The product of the even lanes of `a` and `b`, each in two lanes, the low half first.
    fn multiply_wide(self, a: Self::Words, b: Self::Words) -> Self::Words;
    /// The odd lanes of `a` in the even lanes; zeros in the odd ones.
    fn high_halves(self, a: Self::Words) -> Self::Words;
    /// a xor b xor c.
    fn xor_three(self, a: Self::Words, b: Self::Words, c: Self::Words) -> Self::Words;
    /// The even lanes of `low`, and behind each the even lane of `high`.
    fn beside(self, low: Self::Words, high: Self::Words) -> Self::Words;

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
    /// Every bit turned where the mask of [`Lanes::at_least`] holds, `a` elsewhere.
    fn turn_where(self, mask: Self::Mask, a: Self::Words) -> Self::Words;

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
    /// a × b + c, rounded once.
    fn mul_add(self, a: Self::Reals, b: Self::Reals, c: Self::Reals) -> Self::Reals;
    /// a ÷ b.
    fn div(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// √a.
    fn sqrt(self, a: Self::Reals) -> Self::Reals;
    /// a < b ? a : b.
    fn lesser(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// a > b ? a : b.
    fn greater(self, a: Self::Reals, b: Self::Reals) -> Self::Reals;
    /// +0 where the mask of [`Lanes::at_least`] holds, `a` elsewhere.
    fn zero_where(self, mask: Self::Mask, a: Self::Reals) -> Self::Reals;
    /// `a` where the mask holds, `b` elsewhere.
    fn select(self, mask: Self::Mask, a: Self::Reals, b: Self::Reals) -> Self::Reals;

    /// Writes a group of words in the order of elements. `out` has the length of a group.
    fn store_words(self, out: &mut [u32], group: [Self::Words; 2]);
    /// Writes a group of numbers in the order of elements. `out` has the length of a group.
    fn store_reals(self, out: &mut [f32], group: [Self::Reals; 2]);
    /// Writes for each lane its low 16 bits, then its high 16 bits. `out` has the length of a group.
    fn store_halves(self, out: &mut [u16], packed: Self::Words);
    /// Writes a group of numbers, rounded to the bits of IEEE half precision, in the order of elements. `out` has the
    /// length of a group.
    fn store_f16(self, out: &mut [u16], group: [Self::Reals; 2]);
}
