//! Every path against the plain definitions, bit for bit.

use std::marker::PhantomData;

use half::slice::HalfBitsSliceExt;
use half::{bf16, f16};

use super::between::{self, Between};
use super::group::{Kernel, fill_on};
use super::lanes::Lanes;
use super::normal::{self, Normal};
use super::output::{Law, Output};
use super::path::{PATHS, Path};
use super::truncated_normal::TruncatedNormal;
use super::uniform::{self, Uniform};
use super::words::Raw;
use crate::{Stream, purpose};

/// Ranges with odd starts and lengths, across the 2³² boundary of the block number and up to the last block.
const RANGES: [(u64, usize); 16] = [
    (0, 0),
    (0, 1),
    (0, 4096),
    (1, 1),
    (1, 4095),
    (2, 31),
    (3, 32),
    (4, 33),
    (5, 63),
    (7, 129),
    (1023, 1000),
    ((1 << 34) - 7, 200),
    ((1 << 34) - 64, 128),
    ((1 << 35) + 1, 77),
    (u64::MAX - 99, 100),
    (u64::MAX - 150, 151),
];

/// Holds each supported path to `expected`, a function of (key, first, length).
fn compare<T: Copy + Default + PartialEq + std::fmt::Debug>(
    kernel: &impl Kernel<T>,
    expected: impl Fn(&Stream, u64, usize) -> Vec<T>,
) {
    for seed in 0..8 {
        let stream = Stream::new(seed, "weight");
        for (first, length) in RANGES {
            let wanted = expected(&stream, first, length);
            for path in PATHS.into_iter().filter(|path| path.is_supported()) {
                let mut found = vec![T::default(); length];
                fill_on(path, &mut found, first, &stream, purpose::VALUES, kernel);
                assert!(found == wanted, "{path:?}, seed {seed}, {length} from {first}");
            }
        }
    }
}

/// Element by element from `block`, the words of one block.
fn by_blocks<T: Copy>(first: u64, length: usize, block: impl Fn(u64) -> [T; 4]) -> Vec<T> {
    (0..length as u64).map(|step| first + step).map(|element| block(element / 4)[(element % 4) as usize]).collect()
}

fn bits(values: [f32; 4]) -> [u32; 4] {
    values.map(f32::to_bits)
}

/// A law's bits, so that signs of zero count too.
struct Bits<A>(A);

impl<A: Law> Kernel<u32> for Bits<A> {
    #[inline(always)]
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [u32]) {
        let [first, second] = self.0.values(lanes, words);
        lanes.store_words(out, [lanes.bits(first), lanes.bits(second)]);
    }
}

#[test]
fn words_are_those_of_the_stream() {
    compare(&Raw, |stream, first, length| by_blocks(first, length, |block| stream.block(block, purpose::VALUES)));
}

#[test]
fn uniform_values_are_the_plain_ones() {
    for (low, high) in [(0.0, 1.0), (-0.3, 0.7), (-1e36, 1e36), (2.0, 2.0), (-0.0, 0.0), (1.0, 1.0 + f32::EPSILON)] {
        compare(&Bits(Uniform { low, high, within: (low, high) }), |stream, first, length| {
            by_blocks(first, length, |block| bits(uniform::between(stream.block(block, purpose::VALUES), low, high)))
        });
    }
}

#[test]
fn normal_values_are_the_plain_ones() {
    for (mean, std) in [(0.0, 1.0), (0.25, 0.02), (-1e36, 1e36), (3.0, 0.0)] {
        compare(&Bits(Normal { mean, std }), |stream, first, length| {
            let plain = |block| normal::scaled(stream.block(block, purpose::VALUES), mean, std);
            by_blocks(first, length, |block| bits(plain(block)))
        });
    }
}

#[test]
fn values_between_bounds_are_the_plain_ones() {
    for (mean, std, low, high) in [(0.0, 1.0, -2.0, 2.0), (0.5, 0.02, -1.0, 6.5), (-3.0, 2.0, -6.5, 0.25)] {
        let cut = TruncatedNormal::new(mean, std, low, high);
        let law = Between::new(&cut, cut.single_bounds()).unwrap();
        let plain = |stream: &Stream, first, length| {
            by_blocks(first, length, |block| bits(between::plain(&law, stream.block(block, purpose::VALUES))))
        };
        match low == -2.0 {
            true => compare(&Bits(between::Narrow(law)), plain),
            false => compare(&Bits(between::Wide(law)), plain),
        }
    }
}

/// Numbers of every size, subnormal ones too: the bits of words that `keep` has.
struct AnyNumber {
    keep: u32,
}

/// One bit of the exponent is left out, so that none is all ones: neither infinity nor NaN.
const FINITE: u32 = !(1 << 23);
/// With zeros from half a step of the narrow types down, so that half of the words are ties.
const KEPT: [u32; 3] = [FINITE, FINITE & 0xffff_8000, FINITE & 0xffff_f000];

impl Law for AnyNumber {
    #[inline(always)]
    fn values<L: Lanes>(&self, lanes: L, [first, second]: [L::Words; 2]) -> [L::Reals; 2] {
        let keep = lanes.word(self.keep);
        [lanes.of_bits(lanes.and(first, keep)), lanes.of_bits(lanes.and(second, keep))]
    }
}

/// A law's bits in a narrow type.
struct Narrow<A, H>(A, PhantomData<H>);

impl<A: Law, H: Output + HalfBits> Kernel<u16> for Narrow<A, H> {
    #[inline(always)]
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [u16]) {
        H::write(lanes, self.0.values(lanes, words), H::of_bits(out));
    }
}

/// Sees bits as numbers of a narrow type.
trait HalfBits: Sized {
    fn of_bits(bits: &mut [u16]) -> &mut [Self];
    fn rounded(value: f32) -> u16;
}

impl HalfBits for bf16 {
    fn of_bits(bits: &mut [u16]) -> &mut [bf16] {
        bits.reinterpret_cast_mut()
    }
    fn rounded(value: f32) -> u16 {
        bf16::from_f32(value).to_bits()
    }
}

impl HalfBits for f16 {
    fn of_bits(bits: &mut [u16]) -> &mut [f16] {
        bits.reinterpret_cast_mut()
    }
    fn rounded(value: f32) -> u16 {
        f16::from_f32(value).to_bits()
    }
}

fn narrow_values_are_the_rounded_ones<H: Output + HalfBits>() {
    for keep in KEPT {
        compare(&Narrow::<_, H>(AnyNumber { keep }, PhantomData), |stream, first, length| {
            by_blocks(first, length, |block| {
                stream.block(block, purpose::VALUES).map(|word| H::rounded(f32::from_bits(word & keep)))
            })
        });
    }
}

#[test]
fn bfloat16_is_rounded_to_nearest_even() {
    narrow_values_are_the_rounded_ones::<bf16>();
}

#[test]
fn half_precision_is_rounded_to_nearest_even() {
    narrow_values_are_the_rounded_ones::<f16>();
}

#[test]
fn every_law_comes_in_every_type() {
    let stream = Stream::new(5, "weight");
    let (mut single, mut half, mut brain) = ([0.0f32; 333], [f16::ZERO; 333], [bf16::ZERO; 333]);
    super::normal(&mut single, 6, &stream, purpose::VALUES, 0.1, 0.02);
    super::normal(&mut half, 6, &stream, purpose::VALUES, 0.1, 0.02);
    super::normal(&mut brain, 6, &stream, purpose::VALUES, 0.1, 0.02);
    assert_eq!(single.map(f16::from_f32), half);
    assert_eq!(single.map(bf16::from_f32), brain);
}

#[test]
fn a_forced_path_is_the_one_asked_for_or_below() {
    assert!(PATHS.contains(&Path::chosen()) && Path::chosen().is_supported());
}
