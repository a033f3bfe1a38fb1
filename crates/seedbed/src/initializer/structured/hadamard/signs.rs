//! Signs of a Hadamard matrix, line by line, 32 to a word.

use std::ops::Range;

use rayon::prelude::*;

use super::base::Base;
use crate::kernel;
use crate::stream::bit;

/// Rows or columns of a base matrix, in the order in which the weight has them, each with a sign.
#[derive(Clone, Debug)]
pub struct Side {
    /// Index in the base matrix.
    pub indices: Vec<usize>,
    /// A sign each, as [`crate::Stream::signs`] gives them; none where all are plus.
    pub signs: Vec<u32>,
}

/// The signs of a weight's lines, each to be had alone: its rows, or its columns.
#[derive(Debug)]
pub struct Signs {
    bits: u32,
    lines: Side,
    /// What runs along a line.
    along: Side,
    /// Bit t of each index along a line, for every t below `bits`.
    planes: Vec<Vec<u32>>,
    /// The signs of Paley's matrix along the lines of each of its own lines that is met.
    cores: Vec<Option<Vec<u32>>>,
}

impl Signs {
    /// Those of the lines `met`.
    pub fn of(base: &Base, lines: Side, along: Side, are_rows: bool, met: Range<usize>) -> Signs {
        let bits = base.bits;
        let plane = |t: u32| packed(along.indices.len(), |place| along.indices[place] >> t & 1 == 1);
        let planes = (0..bits).map(plane).collect();
        let cores = cores(base, &lines.indices[met], &along.indices, are_rows);
        Signs { bits, lines, along, planes, cores }
    }

    /// Entries of each line.
    pub fn length(&self) -> usize {
        self.along.indices.len()
    }

    /// The words `range` of a line's signs; a bit that is set is a minus. Bits beyond the line mean nothing.
    pub fn words(&self, line: usize, range: Range<usize>, out: &mut [u32]) {
        let index = self.lines.indices[line];
        let is_minus = !self.lines.signs.is_empty() && bit(&self.lines.signs, line);
        match self.along.signs.get(range.clone()) {
            Some(signs) => out.copy_from_slice(signs),
            None => out.fill(0),
        }
        if is_minus {
            out.iter_mut().for_each(|word| *word = !*word);
        }
        let core = self.cores.get(index >> self.bits).and_then(Option::as_ref);
        let planes = self.planes.iter().enumerate().filter(|(t, _)| index >> t & 1 == 1).map(|(_, plane)| plane);
        for row in core.into_iter().chain(planes) {
            out.iter_mut().zip(&row[range.clone()]).for_each(|(word, other)| *word ^= other);
        }
    }

    /// Values of consecutive lines, each without gaps, from place `first` on.
    pub fn fill<T: Copy>(&self, first: usize, out: &mut [T], plus: T, minus: T) {
        let (length, mut place, mut rest) = (self.length(), first, out);
        let mut words = vec![0; length.div_ceil(32)];
        while !rest.is_empty() {
            let (line, from) = (place / length, place % length);
            let (now, later) = rest.split_at_mut(rest.len().min(length - from));
            let range = from / 32..(from + now.len()).div_ceil(32);
            let words = &mut words[..range.len()];
            self.words(line, range, words);
            kernel::signed(words, from % 32, now, plus, minus);
            (place, rest) = (place + now.len(), later);
        }
    }
}

/// Signs along the lines of those of Paley's lines that the indices name.
fn cores(base: &Base, lines: &[usize], along: &[usize], are_rows: bool) -> Vec<Option<Vec<u32>>> {
    let Some(core) = base.core() else { return Vec::new() };
    let Some(last) = lines.iter().max() else { return Vec::new() };
    let mut is_met = vec![false; (last >> base.bits) + 1];
    lines.iter().for_each(|line| is_met[line >> base.bits] = true);
    let is_plain = along.iter().enumerate().all(|(place, index)| place == *index);
    let one = |(line, is_met): (usize, bool)| {
        is_met.then(|| {
            let negative = core.line(line, are_rows);
            if is_plain {
                return runs(&negative, base.bits, along.len());
            }
            packed(along.len(), |place| negative[along[place] >> base.bits])
        })
    };
    is_met.into_par_iter().enumerate().map(one).collect()
}

/// Each bit 2^bits times over, until there are `count`.
fn runs(are_set: &[bool], bits: u32, count: usize) -> Vec<u32> {
    let length = 1 << bits.min(5);
    let run = u32::MAX >> (32 - length);
    let word = |first: usize| {
        let starts = (first..count.min(first + 32)).step_by(length);
        starts.fold(0, |word, start| word | (u32::from(are_set[start >> bits]) * run) << (start - first))
    };
    (0..count).step_by(32).map(word).collect()
}

/// Bits in words, from the lowest on.
fn packed(count: usize, is_set: impl Fn(usize) -> bool) -> Vec<u32> {
    let word = |first: usize| {
        let last = count.min(first + 32);
        (first..last).fold(0, |word, place| word | u32::from(is_set(place)) << (place - first))
    };
    (0..count).step_by(32).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_repeated_bits() {
        let are_set: Vec<bool> = (0..20).map(|index| index * index % 7 < 3).collect();
        for (bits, count) in [(0, 20), (1, 39), (2, 80), (4, 300), (5, 601), (6, 1270)] {
            let expected = packed(count, |place| are_set[place >> bits]);
            let (found, last) = (runs(&are_set, bits, count), count / 32);
            assert_eq!(found[..last], expected[..last], "{bits}");
            assert!((32 * last..count).all(|place| bit(&found, place) == bit(&expected, place)), "{bits}");
        }
    }
}
