//! The same matrices in double precision: reflection by reflection, from the same vectors.

use rayon::prelude::*;

use super::Draws;
use crate::Stream;
use crate::kernel::dot;

/// Columns that a reflection is applied to while it is in the cache.
const TOGETHER: usize = 16;

/// gain · Q in rows, from the stream's element `first` on: orthonormal to about 1e-14, and within about 1e-6 of what
/// [`super::haar`] makes of the same elements.
pub(crate) fn haar_f64(rows: usize, columns: usize, stream: &Stream, first: u64, gain: f64) -> Vec<f64> {
    let (long, short) = (rows.max(columns), rows.min(columns));
    let of_short = orthonormal_columns(&Draws { stream, first, long, short });
    let entry = |row: usize, column: usize| {
        if rows >= columns { of_short[column][row] } else { of_short[row][column] }
    };
    (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))).map(|(r, c)| gain * entry(r, c)).collect()
}

/// The first `short` columns of a Haar matrix of size `long`: column j is what the reflections j, j − 1, … 0 make of
/// ± axis j, so that each can be made by itself.
fn orthonormal_columns(draws: &Draws) -> Vec<Vec<f64>> {
    let reflections: Vec<Reflection> = (0..draws.short).map(|step| Reflection::draw(step, draws)).collect();
    let mut columns = vec![vec![0.0; draws.long]; draws.short];
    columns.par_chunks_mut(TOGETHER).enumerate().for_each(|(chunk, columns)| {
        let first = chunk * TOGETHER;
        for (step, reflection) in reflections[..first + columns.len()].iter().enumerate().rev() {
            if let Some(own) = step.checked_sub(first) {
                columns[own][step] = reflection.sign;
            }
            // columns before `step` are still zero from row `step` on
            let reached = step.saturating_sub(first);
            columns[reached..].iter_mut().for_each(|column| reflection.apply(&mut column[step..]));
        }
    });
    columns
}

/// H = I − 2 u uᵀ / (uᵀu), which takes the drawn vector onto the first axis, and the sign of the diagonal of R.
struct Reflection {
    vector: Vec<f64>,
    two_over_square: f64,
    sign: f64,
}

impl Reflection {
    /// Column `step` of the normal matrix, from its diagonal down.
    fn draw(step: usize, draws: &Draws) -> Reflection {
        let mut drawn = vec![0.0f32; draws.long - step];
        draws.vector(step, &mut drawn);
        let mut vector: Vec<f64> = drawn.into_iter().map(f64::from).collect();
        let first = vector[0];
        let toward = if first < 0.0 { -1.0 } else { 1.0 };
        if vector.len() == 1 {
            return Reflection { vector, two_over_square: 0.0, sign: toward };
        }
        // adding with the sign of the first entry loses no digits; R's diagonal gets the other sign
        vector[0] = first + toward * dot(&vector, &vector).sqrt();
        let square = dot(&vector, &vector);
        // a vector of zeros, which no known name and seed draws, would reflect nothing
        let two_over_square = if square > 0.0 { 2.0 / square } else { 0.0 };
        Reflection { vector, two_over_square, sign: -toward }
    }

    fn apply(&self, column: &mut [f64]) {
        let share = self.two_over_square * dot(&self.vector, column);
        column.iter_mut().zip(&self.vector).for_each(|(entry, direction)| *entry -= share * direction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_orthonormal() {
        for (long, short) in [(1, 1), (2, 2), (5, 5), (64, 64), (100, 7), (33, 32)] {
            let stream = Stream::new(1, "q");
            let columns = orthonormal_columns(&Draws { stream: &stream, first: 0, long, short });
            for (i, one) in columns.iter().enumerate() {
                for (j, other) in columns.iter().enumerate() {
                    let wanted = if i == j { 1.0 } else { 0.0 };
                    assert!((dot(one, other) - wanted).abs() < 1e-13, "{long}x{short}");
                }
            }
        }
    }

    #[test]
    fn agrees_with_single_precision() {
        for (rows, columns, first) in
            [(1, 1, 0), (7, 5, 3), (5, 7, 1 << 40), (300, 300, 5), (500, 231, 0), (40, 600, 9)]
        {
            let stream = Stream::new(2, "q");
            let double = haar_f64(rows, columns, &stream, first, 1.5);
            let single = super::super::haar(rows, columns, &stream, first, 1.5);
            let difference = double.iter().zip(single).map(|(double, single)| (double - f64::from(single)).abs());
            let worst = difference.fold(0.0, f64::max);
            assert!(worst < 1e-6, "{rows}x{columns}: {worst}");
        }
    }
}
