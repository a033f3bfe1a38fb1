//! Where the nonzero weights lie, and their values.
//!
//! Row r of the matrix alone decides its own places, by its own blocks of the stream; values are those that a normal
//! tensor has at the same places.

use std::sync::OnceLock;

use super::super::matrix::Matrix;
use crate::kernel::{self, normal};
use crate::plan::{Composition, Facts, Pattern, TASK};
use crate::stream::purpose;
use crate::{Side, Stream};

/// Below one nonzero in so many, single values cost less than all of them.
const FEW: usize = 64;
/// Choices whose words are drawn at once.
const BATCH: usize = 256;

/// A few normal weights in each row of a matrix.
#[derive(Debug)]
pub struct Chosen {
    matrix: Matrix,
    per: Side,
    count: usize,
    std: f64,
    variance: f64,
    /// The places of the whole tensor and the stream they are of, where rows are scattered over it.
    scattered: OnceLock<(Stream, Bits)>,
}

impl Chosen {
    /// `count` places in each row, at most all, with weights of `std` there; `variance` is that of any weight. A row is
    /// a unit of the side `per`.
    pub fn new(matrix: Matrix, per: Side, count: usize, std: f64, variance: f64) -> Chosen {
        Chosen { matrix, per, count, std, variance, scattered: OnceLock::new() }
    }

    /// Marks the chosen places of every row that may have one among the places that `bits` covers.
    fn choose(&self, bits: &mut Bits, stream: &Stream) {
        let rows = self.matrix.rows_within(bits.first..bits.first + bits.length);
        let mut random = Choices::new(stream, rows.start * self.count);
        let mut taken = Bits::new(0, self.matrix.columns());
        for row in rows {
            columns(self.count, &mut random, &mut taken);
            if self.matrix.has_contiguous_rows() {
                bits.set_all(row * taken.length, &taken);
            } else {
                taken.each(0, taken.length, |column| bits.set(self.matrix.place(row, column)));
            }
        }
    }

    fn chosen_among(&self, first: usize, length: usize, stream: &Stream) -> Bits {
        let mut bits = Bits::new(first, length);
        self.choose(&mut bits, stream);
        bits
    }

    /// The values at the chosen places; `bits` covers `out`, whose first element is `first`.
    fn values(&self, first: usize, out: &mut [f32], bits: &Bits, stream: &Stream) {
        if self.count * FEW < self.matrix.columns() {
            out.fill(0.0);
            return bits.each(first, out.len(), |place| {
                let mut value = [0.0];
                kernel::fill(&mut value, place as u64, stream, purpose::VALUES, normal::standard);
                out[place - first] = self.std as f32 * value[0];
            });
        }
        normal(out, first as u64, stream, purpose::VALUES, 0.0, 1.0);
        let std = self.std as f32;
        out.iter_mut().for_each(|value| *value *= std);
        bits.clear_others(first, out);
    }
}

impl Pattern for Chosen {
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream) {
        if self.matrix.has_contiguous_rows() {
            return self.values(first, out, &self.chosen_among(first, out.len(), stream), stream);
        }
        let elements = self.matrix.rows() * self.matrix.columns();
        let (of, bits) = self.scattered.get_or_init(|| (*stream, self.chosen_among(0, elements, stream)));
        if of == stream {
            self.values(first, out, bits, stream);
        } else {
            self.values(first, out, &self.chosen_among(first, out.len(), stream), stream);
        }
    }

    /// E w² = P(nonzero) · std².
    fn facts(&self) -> Facts {
        Facts {
            distribution: format!("{} normal weights a unit", self.count),
            mean: 0.0,
            variance: self.variance,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn composition(&self) -> Composition {
        Composition::Sparse {
            units: self.matrix.rows(),
            weights: self.matrix.columns(),
            nonzeros: self.count,
            std: self.std,
            per: self.per,
        }
    }

    fn task(&self) -> usize {
        TASK
    }
}

/// `count` distinct columns, every set equally likely (Floyd's algorithm; Bentley & Floyd 1987), as the flags of
/// `taken`.
fn columns(count: usize, random: &mut Choices, taken: &mut Bits) {
    taken.words.fill(0);
    for last in taken.length - count..taken.length {
        let candidate = random.below(last + 1);
        let skip = usize::from(taken.has(candidate)); // no branch, which would often be guessed wrong
        taken.set(candidate + skip * (last - candidate));
    }
}

/// Random numbers for choices in a row.
///
/// Choice i of row r takes words 0 (low) and 1 (high) of block r·count + i, purpose [`purpose::POSITIONS`], as one
/// 64-bit number; its product with the number of candidates, shifted right by 64 bits, is the candidate. The bias
/// stays below 2⁻³² for any width that exists.
struct Choices<'s> {
    stream: &'s Stream,
    next_block: usize,
    blocks: [[u32; 4]; BATCH],
    used: usize,
}

impl Choices<'_> {
    fn new(stream: &Stream, first_block: usize) -> Choices<'_> {
        Choices { stream, next_block: first_block, blocks: [[0; 4]; BATCH], used: BATCH }
    }

    /// The next number below `candidates`.
    fn below(&mut self, candidates: usize) -> usize {
        if self.used == BATCH {
            kernel::words(self.blocks.as_flattened_mut(), 4 * self.next_block as u64, self.stream, purpose::POSITIONS);
            (self.used, self.next_block) = (0, self.next_block + BATCH);
        }
        let [low, high, ..] = self.blocks[self.used];
        let random = u64::from(low) | u64::from(high) << 32;
        self.used += 1;
        ((u128::from(random) * candidates as u128) >> 64) as usize
    }
}

/// A flag for each of some places in a row.
#[derive(Debug)]
struct Bits {
    first: usize,
    length: usize,
    words: Vec<u64>,
}

impl Bits {
    fn new(first: usize, length: usize) -> Bits {
        Bits { first, length, words: vec![0; length.div_ceil(64)] }
    }

    /// Sets the flag of a place, if it is one of them.
    fn set(&mut self, place: usize) {
        let offset = place.wrapping_sub(self.first);
        if offset < self.length {
            self.words[offset / 64] |= 1 << (offset % 64);
        }
    }

    fn has(&self, place: usize) -> bool {
        let offset = place - self.first;
        self.words[offset / 64] >> (offset % 64) & 1 == 1
    }

    /// Sets the flags of the places from `place` on that `flags` has set, those that are here.
    fn set_all(&mut self, place: usize, flags: &Bits) {
        for (index, word) in flags.words.iter().enumerate() {
            let offset = (place + 64 * index) as isize - self.first as isize;
            let (slot, shift) = (offset.div_euclid(64), offset.rem_euclid(64) as u32);
            for (slot, word) in [(slot, word << shift), (slot + 1, word.unbounded_shr(64 - shift))] {
                if let Some(known) = usize::try_from(slot).ok().and_then(|slot| self.words.get_mut(slot)) {
                    *known |= word;
                }
            }
        }
    }

    /// 0 into every value whose flag is not set.
    fn clear_others(&self, first: usize, values: &mut [f32]) {
        let mut offset = first - self.first;
        let mut rest = values;
        while !rest.is_empty() {
            let (word, within) = (self.words[offset / 64], offset % 64);
            let (now, later) = rest.split_at_mut(rest.len().min(64 - within));
            clear_unset(word >> within, now);
            offset += now.len();
            rest = later;
        }
    }

    /// Each of `length` places from `first` on whose flag is set.
    fn each(&self, first: usize, length: usize, mut visit: impl FnMut(usize)) {
        let (start, end) = (first - self.first, first - self.first + length);
        for index in start / 64..end.div_ceil(64) {
            let mut word = self.words[index];
            while word != 0 {
                let offset = 64 * index + word.trailing_zeros() as usize;
                word &= word - 1;
                if (start..end).contains(&offset) {
                    visit(self.first + offset);
                }
            }
        }
    }
}

/// 0 into every value whose flag is not set; of at most 64, the first's flag being the lowest. Without a branch, half of
/// which would be guessed wrong.
fn clear_unset(flags: u64, values: &mut [f32]) {
    const FLAGS: [u32; 32] = {
        let mut flags = [1; 32];
        let mut index = 1;
        while index < flags.len() {
            flags[index] = flags[index - 1] << 1;
            index += 1;
        }
        flags
    };
    for (flags, values) in [flags as u32, (flags >> 32) as u32].into_iter().zip(values.chunks_mut(FLAGS.len())) {
        for (value, flag) in values.iter_mut().zip(FLAGS) {
            let kept = u32::from(flags & flag != 0).wrapping_neg();
            *value = f32::from_bits(value.to_bits() & kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(random: &mut Choices, width: usize, count: usize) -> Vec<usize> {
        let mut taken = Bits::new(0, width);
        columns(count, random, &mut taken);
        let mut chosen = Vec::new();
        taken.each(0, width, |column| chosen.push(column));
        chosen
    }

    #[test]
    fn positions_are_distinct_and_evenly_spread() {
        let stream = Stream::new(2, "mask");
        let mut random = Choices::new(&stream, 0);
        let mut counts = vec![0f64; 10];
        for _ in 0..20_000 {
            let columns = chosen(&mut random, 10, 3);
            columns.iter().for_each(|&column| counts[column] += 1.0);
            assert_eq!(columns.len(), 3);
        }
        // chi-square with 9 degrees of freedom at alpha 0.001 is 27.9; sampling without replacement shrinks it
        let chi_square: f64 = counts.iter().map(|count| (count - 6000.0).powi(2) / 6000.0).sum();
        assert!(chi_square < 27.9, "{counts:?}");
    }

    #[test]
    fn every_pair_of_columns_is_equally_likely() {
        let stream = Stream::new(5, "mask");
        let mut random = Choices::new(&stream, 0);
        let mut counts = [[0f64; 5]; 5];
        for _ in 0..20_000 {
            let columns = chosen(&mut random, 5, 2);
            counts[columns[0].min(columns[1])][columns[0].max(columns[1])] += 1.0;
        }
        let pairs = (0..5).flat_map(|low| (low + 1..5).map(move |high| (low, high)));
        let chi_square: f64 = pairs.map(|(low, high)| (counts[low][high] - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi_square < 27.9, "{counts:?}");
    }

    #[test]
    fn a_choice_has_the_block_of_its_number() {
        let stream = Stream::new(5, "mask");
        let mut random = Choices::new(&stream, 3);
        for block in 3..3 + 2 * BATCH as u64 + 9 {
            let [low, high, ..] = stream.block(block, purpose::POSITIONS);
            let expected = (u128::from(u64::from(low) | u64::from(high) << 32) * 1000) >> 64;
            assert_eq!(random.below(1000) as u128, expected);
        }
    }
}
