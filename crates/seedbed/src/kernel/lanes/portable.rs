//! Lanes in plain Rust, for every machine: the meaning that the vector versions must reproduce.

use std::array::from_fn;

use super::Lanes;
use crate::philox::{RoundKeys, philox4x32_10_with};

const LANES: usize = 8;
type Words = [u32; LANES];
type Reals = [f32; LANES];
type Mask = [bool; LANES];

/// Eight lanes.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

#[inline(always)]
fn each<A: Copy, B: Copy, C>(a: [A; LANES], b: [B; LANES], operation: impl Fn(A, B) -> C) -> [C; LANES] {
    from_fn(|lane| operation(a[lane], b[lane]))
}

#[inline(always)]
fn pick<T: Copy>(mask: Mask, a: [T; LANES], b: [T; LANES]) -> [T; LANES] {
    from_fn(|lane| if mask[lane] { a[lane] } else { b[lane] })
}

/// Each number in two lanes, the low half first.
#[inline(always)]
fn wide(values: [u64; LANES / 2]) -> Words {
    from_fn(|lane| (values[lane / 2] >> (32 * (lane % 2))) as u32)
}

/// One line an operation, in the order of [`Lanes`].
macro_rules! operations {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $result:ty { $body:expr })*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: $kind),*) -> $result {
            $body
        })*
    };
}

impl Lanes for Portable {
    const BLOCKS: usize = LANES / 2;
    type Words = Words;
    type Reals = Reals;
    type Mask = Mask;

    #[inline(always)]
    fn draw(self, block: u64, purpose: u32, keys: &RoundKeys) -> [Words; 2] {
        let blocks: [[u32; 4]; LANES / 2] = from_fn(|step| {
            let index = block.wrapping_add(step as u64);
            philox4x32_10_with([index as u32, (index >> 32) as u32, purpose, 0], keys)
        });
        [0, 1].map(|odd| from_fn(|lane| blocks[lane / 2][2 * (lane % 2) + odd]))
    }

    operations! {
        counters(block: u64) -> Words { wide(from_fn(|pair| block.wrapping_add(pair as u64))) }
        multiply_wide(a: Words, b: Words) -> Words {
            wide(from_fn(|pair| u64::from(a[2 * pair]) * u64::from(b[2 * pair])))
        }
        high_halves(a: Words) -> Words { from_fn(|lane| if lane % 2 == 0 { a[lane + 1] } else { 0 }) }
        xor_three(a: Words, b: Words, c: Words) -> Words { from_fn(|lane| a[lane] ^ b[lane] ^ c[lane]) }
        beside(low: Words, high: Words) -> Words {
            from_fn(|lane| if lane % 2 == 0 { low[lane] } else { high[lane - 1] })
        }
        word(value: u32) -> Words { [value; LANES] }
        add_words(a: Words, b: Words) -> Words { each(a, b, u32::wrapping_add) }
        sub_words(a: Words, b: Words) -> Words { each(a, b, u32::wrapping_sub) }
        and(a: Words, b: Words) -> Words { each(a, b, |a, b| a & b) }
        or(a: Words, b: Words) -> Words { each(a, b, |a, b| a | b) }
        xor(a: Words, b: Words) -> Words { each(a, b, |a, b| a ^ b) }
        shift_left(a: Words, count: u32) -> Words { a.map(|a| a << count) }
        shift_right(a: Words, count: u32) -> Words { a.map(|a| a >> count) }
        shift_right_signed(a: Words, count: u32) -> Words { a.map(|a| (a as i32 >> count) as u32) }
        at_least(a: Words, b: Words) -> Mask { each(a, b, |a, b| a >= b) }
        top_bit(a: Words) -> Mask { a.map(|a| a >> 31 == 1) }
        turn_where(mask: Mask, a: Words) -> Words { each(mask, a, |mask, a| if mask { !a } else { a }) }
        real(value: f32) -> Reals { [value; LANES] }
        of_unsigned(a: Words) -> Reals { a.map(|a| a as f32) }
        of_signed(a: Words) -> Reals { a.map(|a| a as i32 as f32) }
        of_bits(a: Words) -> Reals { a.map(f32::from_bits) }
        bits(a: Reals) -> Words { a.map(f32::to_bits) }
        add(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| a + b) }
        sub(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| a - b) }
        mul(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| a * b) }
        mul_add(a: Reals, b: Reals, c: Reals) -> Reals { from_fn(|lane| a[lane].mul_add(b[lane], c[lane])) }
        div(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| a / b) }
        sqrt(a: Reals) -> Reals { a.map(f32::sqrt) }
        lesser(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| if a < b { a } else { b }) }
        greater(a: Reals, b: Reals) -> Reals { each(a, b, |a, b| if a > b { a } else { b }) }
        zero_where(mask: Mask, a: Reals) -> Reals { each(mask, a, |mask, a| if mask { 0.0 } else { a }) }
        select(mask: Mask, a: Reals, b: Reals) -> Reals { pick(mask, a, b) }
    }

    #[inline(always)]
    fn store_words(self, out: &mut [u32], group: [Words; 2]) {
        interleave(out, group);
    }

    #[inline(always)]
    fn store_reals(self, out: &mut [f32], group: [Reals; 2]) {
        interleave(out, group);
    }

    #[inline(always)]
    fn store_halves(self, out: &mut [u16], packed: Words) {
        interleave(out, [packed.map(|word| word as u16), packed.map(|word| (word >> 16) as u16)]);
    }

    #[inline(always)]
    fn store_f16(self, out: &mut [u16], group: [Reals; 2]) {
        interleave(out, group.map(|values| values.map(|value| half::f16::from_f32(value).to_bits())));
    }
}

#[inline(always)]
fn interleave<T: Copy>(out: &mut [T], [first, second]: [[T; LANES]; 2]) {
    for (lane, pair) in out.chunks_exact_mut(2).enumerate().take(LANES) {
        pair.copy_from_slice(&[first[lane], second[lane]]);
    }
}
