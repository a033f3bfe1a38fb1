//! Sparse weights: a fixed number of nonzero weights into each unit (Martens 2010, section 5).

use super::matrix::Matrix;
use crate::Stream;
use crate::kernel::{self, normal};
use crate::stream::purpose;

/// Gives each row its nonzero entries. Row r alone decides them: positions from its own blocks of the stream,
/// values from the elements' own places in it, so that a slice of rows needs no other row.
pub fn fill(values: &mut [f32], matrix: &Matrix, stream: &Stream, nonzeros: usize, gain: f64) {
    let count = nonzeros.min(matrix.columns());
    let std = (gain / (count as f64).sqrt()) as f32;
    values.fill(0.0);
    for row in 0..matrix.rows() {
        for column in positions(row, matrix.columns(), count, stream) {
            let place = matrix.place(row, column);
            let mut value = [0.0];
            kernel::fill(&mut value, place as u64, stream, purpose::VALUES, normal::standard);
            values[place] = std * value[0];
        }
    }
}

/// `count` distinct columns of `columns`, every set equally likely (Floyd's algorithm; Bentley & Floyd 1987).
///
/// Choice i of a row takes words 0 (low) and 1 (high) of block row·count + i, purpose 1, as one 64-bit number; its
/// product with the number of candidates, shifted right by 64 bits, is the candidate. The bias stays below 2⁻³² for
/// any width that exists.
fn positions(row: usize, columns: usize, count: usize, stream: &Stream) -> Vec<usize> {
    let mut is_taken = vec![false; columns];
    let mut chosen = Vec::with_capacity(count);
    for (choice, last) in (columns - count..columns).enumerate() {
        let words = stream.block((row * count + choice) as u64, purpose::POSITIONS);
        let random = u64::from(words[0]) | u64::from(words[1]) << 32;
        let candidate = ((u128::from(random) * (last as u128 + 1)) >> 64) as usize;
        let column = if is_taken[candidate] { last } else { candidate };
        is_taken[column] = true;
        chosen.push(column);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_distinct_and_evenly_spread() {
        let stream = Stream::new(2, "mask");
        let mut counts = vec![0f64; 10];
        for row in 0..20_000 {
            let mut chosen = positions(row, 10, 3, &stream);
            chosen.iter().for_each(|&column| counts[column] += 1.0);
            chosen.sort_unstable();
            chosen.dedup();
            assert_eq!(chosen.len(), 3);
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
            let chosen = positions(row, 5, 2, &stream);
            counts[chosen[0].min(chosen[1])][chosen[0].max(chosen[1])] += 1.0;
        }
        let pairs = (0..5).flat_map(|low| (low + 1..5).map(move |high| (low, high)));
        let chi_square: f64 = pairs.map(|(low, high)| (counts[low][high] - 2000.0).powi(2) / 2000.0).sum();
        assert!(chi_square < 27.9, "{counts:?}");
    }
}
