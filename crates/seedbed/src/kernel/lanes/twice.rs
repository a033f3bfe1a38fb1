//! Two vectors for one: the second hides the latency of the first.

use super::Lanes;

/// Each operation on two vectors in turn. The first holds the lower half of a group's elements, the second the upper.
#[derive(Clone, Copy, Debug)]
pub struct Twice<L>(pub L);

/// One line an operation, in the order of [`Lanes`].
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ident),*) -> $result:ident)*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: [L::$kind; 2]),*) -> [L::$result; 2] {
            [self.0.$name($($argument[0]),*), self.0.$name($($argument[1]),*)]
        })*
    };
}

/// The same for shifts.
macro_rules! shifts {
    ($($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self, a: [L::Words; 2], count: u32) -> [L::Words; 2] {
            [self.0.$name(a[0], count), self.0.$name(a[1], count)]
        })*
    };
}

impl<L: Lanes> Lanes for Twice<L> {
    const BLOCKS: usize = 2 * L::BLOCKS;
    type Words = [L::Words; 2];
    type Reals = [L::Reals; 2];
    type Mask = [L::Mask; 2];

    operations! {
        add_words(a: Words, b: Words) -> Words
        sub_words(a: Words, b: Words) -> Words
        and(a: Words, b: Words) -> Words
        or(a: Words, b: Words) -> Words
        xor(a: Words, b: Words) -> Words
        at_least(a: Words, b: Words) -> Mask
        top_bit(a: Words) -> Mask
        turn_where(mask: Mask, a: Words) -> Words
        of_unsigned(a: Words) -> Reals
        of_signed(a: Words) -> Reals
        of_bits(a: Words) -> Reals
        bits(a: Reals) -> Words
        add(a: Reals, b: Reals) -> Reals
        sub(a: Reals, b: Reals) -> Reals
        mul(a: Reals, b: Reals) -> Reals
        sqrt(a: Reals) -> Reals
        lesser(a: Reals, b: Reals) -> Reals
        greater(a: Reals, b: Reals) -> Reals
        zero_where(mask: Mask, a: Reals) -> Reals
        select(mask: Mask, a: Reals, b: Reals) -> Reals
        multiply_wide(a: Words, b: Words) -> Words
        high_halves(a: Words) -> Words
        xor_three(a: Words, b: Words, c: Words) -> Words
        beside(low: Words, high: Words) -> Words
    }

    shifts! { shift_left shift_right shift_right_signed }

    #[inline(always)]
    fn word(self, value: u32) -> [L::Words; 2] {
        [self.0.word(value), self.0.word(value)]
    }

    #[inline(always)]
    fn real(self, value: f32) -> [L::Reals; 2] {
        [self.0.real(value), self.0.real(value)]
    }

    #[inline(always)]
    fn counters(self, block: u64) -> [L::Words; 2] {
        [self.0.counters(block), self.0.counters(block.wrapping_add(L::BLOCKS as u64))]
    }

    #[inline(always)]
    fn store_words(self, out: &mut [u32], [first, second]: [[L::Words; 2]; 2]) {
        let (lower, upper) = out.split_at_mut(4 * L::BLOCKS);
        self.0.store_words(lower, [first[0], second[0]]);
        self.0.store_words(upper, [first[1], second[1]]);
    }

    #[inline(always)]
    fn store_reals(self, out: &mut [f32], [first, second]: [[L::Reals; 2]; 2]) {
        let (lower, upper) = out.split_at_mut(4 * L::BLOCKS);
        self.0.store_reals(lower, [first[0], second[0]]);
        self.0.store_reals(upper, [first[1], second[1]]);
    }

    #[inline(always)]
    fn store_halves(self, out: &mut [u16], packed: [L::Words; 2]) {
        let (lower, upper) = out.split_at_mut(4 * L::BLOCKS);
        self.0.store_halves(lower, packed[0]);
        self.0.store_halves(upper, packed[1]);
    }

    #[inline(always)]
    fn store_f16(self, out: &mut [u16], [first, second]: [[L::Reals; 2]; 2]) {
        let (lower, upper) = out.split_at_mut(4 * L::BLOCKS);
        self.0.store_f16(lower, [first[0], second[0]]);
        self.0.store_f16(upper, [first[1], second[1]]);
    }
}
