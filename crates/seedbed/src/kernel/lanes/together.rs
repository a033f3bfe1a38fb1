//! Several vectors for one: each hides the latency of the others.

use super::Lanes;

/// Each operation on `N` vectors in turn. The first holds the first elements of a group, and so on.
#[derive(Clone, Copy, Debug)]
pub struct Together<L, const N: usize>(pub L);

/// One line an operation, in the order of [`Lanes`]. A loop, for a closure is not compiled for the path.
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ident),*) -> $result:ident)*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: [L::$kind; N]),*) -> [L::$result; N] {
            let mut result = [self.0.$name($($argument[0]),*); N];
            for place in 1..N {
                result[place] = self.0.$name($($argument[place]),*);
            }
            result
        })*
    };
}

/// The same for shifts.
macro_rules! shifts {
    ($($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self, mut a: [L::Words; N], count: u32) -> [L::Words; N] {
            for word in &mut a {
                *word = self.0.$name(*word, count);
            }
            a
        })*
    };
}

/// The same for writing groups.
macro_rules! stores {
    ($($name:ident: $element:ty, $kind:ident)*) => {
        $(#[inline(always)]
        fn $name(self, out: &mut [$element], [first, second]: [[L::$kind; N]; 2]) {
            for (place, out) in out.chunks_exact_mut(4 * L::BLOCKS).enumerate().take(N) {
                self.0.$name(out, [first[place], second[place]]);
            }
        })*
    };
}

impl<L: Lanes, const N: usize> Lanes for Together<L, N> {
    const BLOCKS: usize = N * L::BLOCKS;
    type Words = [L::Words; N];
    type Reals = [L::Reals; N];
    type Mask = [L::Mask; N];

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
        mul_add(a: Reals, b: Reals, c: Reals) -> Reals
        div(a: Reals, b: Reals) -> Reals
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

    stores! { store_words: u32, Words store_reals: f32, Reals store_f16: u16, Reals }

    #[inline(always)]
    fn word(self, value: u32) -> [L::Words; N] {
        [self.0.word(value); N]
    }

    #[inline(always)]
    fn real(self, value: f32) -> [L::Reals; N] {
        [self.0.real(value); N]
    }

    #[inline(always)]
    fn counters(self, block: u64) -> [L::Words; N] {
        let mut counters = [self.0.counters(block); N];
        for (place, counters) in counters.iter_mut().enumerate() {
            *counters = self.0.counters(block.wrapping_add((place * L::BLOCKS) as u64));
        }
        counters
    }

    #[inline(always)]
    fn store_halves(self, out: &mut [u16], packed: [L::Words; N]) {
        for (place, out) in out.chunks_exact_mut(4 * L::BLOCKS).enumerate().take(N) {
            self.0.store_halves(out, packed[place]);
        }
    }
}
