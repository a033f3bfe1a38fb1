//! Sparse weights: a fixed number of nonzero weights into each unit (Martens 2010, section 5).

use super::base::share;
use super::matrix::Matrix;
use crate::Stream;
use crate::kernel::{self, normal};
use crate::plan::{Facts, Pattern};
use crate::stream::purpose;

/// A few normal weights in each row. Row r alone decides its own: positions from its own blocks of the stream, values
/// from the elements' own places in it, so that a slice of rows needs no other row.
#[derive(Debug)]
pub struct Sparse {
    matrix: Matrix,
    count: usize,
    std: f32,
    gain: f64,
}

impl Sparse {
    /// `nonzeros` in each row, or all where a row is shorter, with variance gain² / nonzeros.
    pub fn new(matrix: Matrix, nonzeros: usize, gain: f64) -> Sparse {
        let count = nonzeros.min(matrix.columns());
        Sparse { std: (gain / (count as f64).sqrt()) as f32, matrix, count, gain }
    }
}

impl Pattern for Sparse {
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream) {
        out.fill(0.0);
        let mut taken = vec![false; self.matrix.columns()];
        let mut chosen = Vec::with_capacity(self.count);
        for row in self.matrix.rows_within(first..first + out.len()) {
            positions(row, self.count, stream, &mut taken, &mut chosen);
            for &column in &chosen {
                let place = self.matrix.place(row, column);
                if let Some(slot) = place.checked_sub(first).and_then(|offset| out.get_mut(offset)) {
                    let mut value = [0.0];
                    kernel::fill(&mut value, place as u64, stream, purpose::VALUES, normal::standard);
                    *slot = self.std * value[0];
                }
            }
        }
    }

    /// E w² = P(nonzero) · gain²/k = (k/n)(gain²/k), whatever k is.
    fn facts(&self) -> Facts {
        Facts {
            distribution: format!("{} normal weights a unit", self.count),
            mean: 0.0,
            variance: share(self.gain * self.gain, self.matrix.columns() as f64),
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn task(&self) -> usize {
        if self.matrix.has_contiguous_rows() { crate::plan::TASK } else { usize::MAX }
    }
}

/// `count` distinct columns, every set equally likely (Floyd's algorithm; Bentley & Floyd 1987). `taken` holds one
/// flag a column, all false before and after.
///
/// Choice i of a row takes words 0 (low) and 1 (high) of block row·count + i, purpose [`purpose::POSITIONS`], as one
/// 64-bit number; its product with the number of candidates, shifted right by 64 bits, is the candidate. The bias
/// stays below 2⁻³² for any width that exists.
fn positions(row: usize, count: usize, stream: &Stream, taken: &mut [bool], chosen: &mut Vec<usize>) {
    chosen.clear();
    let columns = taken.len();
    for (choice, last) in (columns - count..columns).enumerate() {
        let words = stream.block((row * count + choice) as u64, purpose::POSITIONS);
        let random = u64::from(words[0]) | u64::from(words[1]) << 32;
        let candidate = ((u128::from(random) * (last as u128 + 1)) >> 64) as usize;
        let column = if taken[candidate] { last } else { candidate };
        taken[column] = true;
        chosen.push(column);
    }
    chosen.iter().for_each(|&column| taken[column] = false);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(row: usize, columns: usize, count: usize, stream: &Stream) -> Vec<usize> {
        let mut chosen = Vec::new();
        positions(row, count, stream, &mut vec![false; columns], &mut chosen);
        chosen
    }

    #[test]
    fn positions_are_distinct_and_evenly_spread() {
        let stream = Stream::new(2, "mask");
        let mut counts = vec![0f64; 10];
        for row in 0..20_000 {
            let mut columns = chosen(row, 10, 3, &stream);
            columns.iter().for_each(|&column| counts[column] += 1.0);
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), 3);
        }
        // chi-square with 9 degrees of freedom at alpha 0.001 is 27.9; sampling without replacement shrinks it
        let chi_square: f64 = counts.iter().map(|count| (count - 6000.0).powi(2) / 6000.0).sum();
        assert!(chi_square < 27.9, "{counts:?}");
    }

    #[test]
    fn every_pair_of_columns_is_equally_likely() {
        let stream = Stream::new(5, "mask");
        let mut counts = [[0f64; 5]; 5];
        for row in 0..20_000 {
            let columns = chosen(row, 5, 2, &stream);
            counts[columns[0].min(columns[1])][columns[0].max(columns[1])] += 1.0;
        }
        let pairs = (0..5).flat_map(|low| (low + 1..5).map(move |high| (low, high)));
        let chi_square: f64 = pairs.map(|(low, high)| (counts[low][high] - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi_square < 27.9, "{counts:?}");
    }
}
