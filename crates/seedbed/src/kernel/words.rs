//! The words themselves.

use super::group::{self, Kernel};
use super::lanes::Lanes;
use crate::Stream;

/// The words of a stream as they are.
pub(super) struct Raw;

impl Kernel<u32> for Raw {
    #[inline(always)]
    fn write<L: Lanes>(&self, lanes: L, words: [L::Words; 2], out: &mut [u32]) {
        lanes.store_words(out, words);
    }
}

/// Fills `out` with the words from `first_word` on; word 4b + i is word i of block b.
pub fn words(out: &mut [u32], first_word: u64, stream: &Stream, purpose: u32) {
    group::fill(out, first_word, stream, purpose, &Raw);
}
