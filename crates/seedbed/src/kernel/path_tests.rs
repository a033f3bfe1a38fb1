//! Every path against the plain definitions, bit for bit.

use super::group::{Kernel, fill_on};
use super::normal::{self, Normal};
use super::path::{PATHS, Path};
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

impl<A: super::output::Law> Kernel<u32> for Bits<A> {
    fn write<L: super::lanes::Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [u32]) {
        lanes.store_words(out, self.0.values(lanes, words).map(|values| lanes.bits(values)));
    }
}

#[test]
fn words_are_those_of_the_stream() {
    compare(&Raw, |stream, first, length| by_blocks(first, length, |block| stream.block(block, purpose::VALUES)));
}

#[test]
fn uniform_values_are_the_plain_ones() {
    for (low, high) in [(0.0, 1.0), (-0.3, 0.7), (-1e36, 1e36), (2.0, 2.0), (-0.0, 0.0), (1.0, 1.0 + f32::EPSILON)] {
        compare(&Bits(Uniform { low, high }), |stream, first, length| {
            by_blocks(first, length, |block| bits(uniform::between(stream.block(block, purpose::VALUES), low, high)))
        });
    }
}

#[test]
fn normal_values_are_the_plain_ones() {
    for (mean, std) in [(0.0, 1.0), (0.25, 0.02), (-1e36, 1e36), (3.0, 0.0)] {
        compare(&Bits(Normal { mean, std }), |stream, first, length| {
            let plain = |block| normal::standard(stream.block(block, purpose::VALUES)).map(|z| mean + std * z);
            by_blocks(first, length, |block| bits(plain(block)))
        });
    }
}

#[test]
fn a_forced_path_is_the_one_asked_for_or_below() {
    assert!(PATHS.contains(&Path::chosen()) && Path::chosen().is_supported());
}
