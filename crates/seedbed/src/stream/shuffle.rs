//! Random permutations and signs of one parameter.
//!
//! A parameter may need several of each: number `which` begins at block which · 2³² of its purpose.

use super::{Stream, purpose};
use crate::kernel;

impl Stream {
    /// Permutation `which` of 0, 1, …, count − 1, every one equally likely (Fisher & Yates; Durstenfeld 1964).
    ///
    /// Step i, from 0 on, swaps the numbers at places i and i + ⌊r (count − i) / 2⁶⁴⌋, where r is word 2i plus 2³² times
    /// word 2i + 1. The bias stays below count · 2⁻⁶⁴.
    pub(crate) fn permutation(&self, which: u32, count: usize) -> Vec<usize> {
        let mut words = vec![0; 2 * count];
        kernel::words(&mut words, first_word(which), self, purpose::PERMUTATION);
        let mut numbers: Vec<usize> = (0..count).collect();
        for (step, pair) in words.chunks_exact(2).enumerate() {
            let random = u64::from(pair[0]) | u64::from(pair[1]) << 32;
            let offset = (u128::from(random) * (count - step) as u128) >> 64;
            numbers.swap(step, step + offset as usize);
        }
        numbers
    }

    /// `count` independent signs, number `which`, 32 to a word from the lowest bit on: a bit that is set is a minus.
    pub(crate) fn signs(&self, which: u32, count: usize) -> Vec<u32> {
        let mut words = vec![0; count.div_ceil(32)];
        kernel::words(&mut words, first_word(which), self, purpose::SIGNS);
        words
    }
}

fn first_word(which: u32) -> u64 {
    u64::from(which) << 34
}

/// Bit `index` of a row of words.
pub(crate) fn bit(words: &[u32], index: usize) -> bool {
    words[index / 32] >> (index % 32) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permutation_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for seed in 0..24_000 {
            *counts.entry(Stream::new(seed, "p").permutation(0, 4)).or_insert(0.0) += 1.0;
        }
        assert_eq!(counts.len(), 24);
        let chi_square: f64 = counts.values().map(|count: &f64| (count - 1000.0).powi(2) / 1000.0).sum();
        // chi-square with 23 degrees of freedom at alpha 0.001
        assert!(chi_square < 49.73, "{chi_square}");
    }

    #[test]
    fn a_permutation_holds_every_number_once() {
        for count in [0, 1, 2, 33, 1000] {
            let mut numbers = Stream::new(1, "p").permutation(7, count);
            numbers.sort_unstable();
            assert!(numbers.into_iter().eq(0..count));
        }
    }

    /// By the words of the specification: block 2³² + 0 gives the first two steps.
    #[test]
    fn the_first_step_by_hand() {
        let stream = Stream::new(3, "p");
        let [low, high, ..] = stream.block(1 << 32, purpose::PERMUTATION);
        let share = (f64::from(high) + f64::from(low) / 2f64.powi(32)) / 2f64.powi(32);
        assert_eq!(stream.permutation(1, 1000)[0], (share * 1000.0) as usize);
        assert_eq!(stream.signs(2, 40)[1], stream.block(2 << 32, purpose::SIGNS)[1]);
    }

    #[test]
    fn permutations_and_signs_of_one_stream_are_unrelated() {
        let stream = Stream::new(3, "p");
        assert_ne!(stream.permutation(0, 100), stream.permutation(1, 100));
        let pairs = stream.signs(0, 64_000).into_iter().zip(stream.signs(1, 64_000));
        let same: u32 = pairs.map(|(a, b)| (a ^ b).count_zeros()).sum();
        // 64 000 fair coins: mean 32 000, standard deviation 126.5
        assert!((f64::from(same) - 32_000.0).abs() < 4.5 * 126.5, "{same}");
    }
}
