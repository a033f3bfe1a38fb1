//! Haar-distributed (semi-)orthogonal matrices, with a fixed order of summation.
//!
//! Stewart (1980): a product of Householder reflections of independent normal vectors of lengths n, n − 1, … has the
//! law of the Q of a normal matrix's QR decomposition, at half the work. With the signs that make the diagonal of R
//! positive (Mezzadri 2007) it is exactly Haar; a raw QR is not: its entries have nonzero means, and its determinant
//! is always the same.
//!
//! To re-create one elsewhere, with `long` ≥ `short` the sizes of the matrix: vector k is the stream's normal values
//! of elements k·long + k to k·long + long − 1, and H(k) reflects it onto axis k, on the side away from its first
//! entry x. Q is the first `short` columns of H(0) H(1) … H(short − 1) D, with D(k) = −sign x (for a vector of
//! length 1: H = 1, D = sign x). A weight with fewer output units than weights into each is the transpose.

use super::matrix::Matrix;
use crate::kernel::{self, normal};
use crate::{Stream, purpose};

/// Independent sums of a dot product, so that it can run in vector lanes and still has one fixed order.
const LANES: usize = 8;

/// Fills the matrix with gain · Q: orthonormal columns if it is tall, orthonormal rows if it is wide.
pub fn fill(values: &mut [f32], matrix: &Matrix, stream: &Stream, gain: f64) {
    let is_tall = matrix.rows() >= matrix.columns();
    let (long, short) = if is_tall { (matrix.rows(), matrix.columns()) } else { (matrix.columns(), matrix.rows()) };
    let columns = orthonormal_columns(long, short, stream);
    for (across, column) in columns.iter().enumerate() {
        for (along, &entry) in column.iter().enumerate() {
            let (row, column) = if is_tall { (along, across) } else { (across, along) };
            values[matrix.place(row, column)] = (gain * entry) as f32;
        }
    }
}

/// The first `short` columns of a Haar matrix of size `long`.
fn orthonormal_columns(long: usize, short: usize, stream: &Stream) -> Vec<Vec<f64>> {
    let reflections: Vec<Reflection> = (0..short).map(|step| Reflection::draw(step, long, stream)).collect();
    let mut columns = vec![vec![0.0; long]; short];
    for (step, reflection) in reflections.iter().enumerate().rev() {
        columns[step][step] = reflection.sign;
        // columns before `step` are still zero from row `step` on
        columns[step..].iter_mut().for_each(|column| reflection.apply(&mut column[step..]));
    }
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
    fn draw(step: usize, long: usize, stream: &Stream) -> Reflection {
        let mut drawn = vec![0.0f32; long - step];
        kernel::fill(&mut drawn, (step * long + step) as u64, stream, purpose::VALUES, normal::standard);
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

/// A dot product in eight interleaved sums, added in pairs at the end.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let (one_lanes, other_lanes) = (one.chunks_exact(LANES), other.chunks_exact(LANES));
    let rest: f64 = one_lanes.remainder().iter().zip(other_lanes.remainder()).map(|(a, b)| a * b).sum();
    for (one, other) in one_lanes.zip(other_lanes) {
        for lane in 0..LANES {
            sums[lane] += one[lane] * other[lane];
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    (((a + e) + (b + f)) + ((c + g) + (d + h))) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn haar(size: usize, seed: u64) -> Vec<Vec<f64>> {
        orthonormal_columns(size, size, &Stream::new(seed, "haar"))
    }

    fn largest_error(columns: &[Vec<f64>]) -> f64 {
        let mut worst = 0f64;
        for (i, one) in columns.iter().enumerate() {
            for (j, other) in columns.iter().enumerate() {
                let wanted = if i == j { 1.0 } else { 0.0 };
                worst = worst.max((dot(one, other) - wanted).abs());
            }
        }
        worst
    }

    #[test]
    fn columns_are_orthonormal() {
        for (long, short) in [(1, 1), (2, 2), (5, 5), (64, 64), (100, 7), (33, 32)] {
            let columns = orthonormal_columns(long, short, &Stream::new(1, "q"));
            assert!(largest_error(&columns) < 1e-13, "{long}x{short}");
        }
    }

    fn determinant(columns: &[Vec<f64>]) -> f64 {
        let mut rows = columns.to_vec();
        let mut product = 1.0;
        for step in 0..rows.len() {
            let largest = |a: &usize, b: &usize| rows[*a][step].abs().total_cmp(&rows[*b][step].abs());
            let pivot = (step..rows.len()).max_by(largest).unwrap();
            if pivot != step {
                rows.swap(pivot, step);
                product = -product;
            }
            product *= rows[step][step];
            for below in step + 1..rows.len() {
                let factor = rows[below][step] / rows[step][step];
                let (above, from) = rows.split_at_mut(below);
                from[0].iter_mut().zip(&above[step]).skip(step).for_each(|(entry, pivot)| *entry -= factor * pivot);
            }
        }
        product
    }

    /// The moments of theory sheet section 9 for n = 5; each mean must lie within 4.5 standard errors.
    #[test]
    fn moments_are_those_of_haar() {
        const DRAWS: u64 = 40_000;
        let trace = |q: &[Vec<f64>]| (0..5).map(|i| q[i][i]).sum::<f64>();
        let trace_of_square = |q: &[Vec<f64>]| {
            (0..5).flat_map(|i| (0..5).map(move |j| (i, j))).map(|(i, j)| q[i][j] * q[j][i]).sum::<f64>()
        };
        type Moment<'m> = (&'m str, f64, Box<dyn Fn(&[Vec<f64>]) -> f64 + 'm>);
        let moments: Vec<Moment> = vec![
            ("q11", 0.0, Box::new(|q| q[0][0])),
            ("q55", 0.0, Box::new(|q| q[4][4])),
            ("q11²", 0.2, Box::new(|q| q[0][0].powi(2))),
            ("q11⁴", 3.0 / 35.0, Box::new(|q| q[0][0].powi(4))),
            ("q11²q12²", 1.0 / 35.0, Box::new(|q| (q[0][0] * q[1][0]).powi(2))),
            ("q11²q22²", 6.0 / 140.0, Box::new(|q| (q[0][0] * q[1][1]).powi(2))),
            ("q11q22q12q21", -1.0 / 140.0, Box::new(|q| q[0][0] * q[1][1] * q[0][1] * q[1][0])),
            ("tr", 0.0, Box::new(trace)),
            ("tr²", 1.0, Box::new(move |q| trace(q).powi(2))),
            ("tr⁴", 3.0, Box::new(move |q| trace(q).powi(4))),
            ("tr Q²", 1.0, Box::new(trace_of_square)),
            ("det", 0.0, Box::new(determinant)),
            ("det²", 1.0, Box::new(|q| determinant(q).powi(2))),
        ];
        let draws: Vec<Vec<Vec<f64>>> = (0..DRAWS).map(|seed| haar(5, seed)).collect();
        for (name, expected, moment) in &moments {
            let values: Vec<f64> = draws.iter().map(|q| moment(q)).collect();
            let mean = values.iter().sum::<f64>() / DRAWS as f64;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / DRAWS as f64;
            let standard_error = (variance / DRAWS as f64).sqrt().max(1e-12);
            assert!((mean - expected).abs() < 4.5 * standard_error, "E {name} = {mean}, not {expected}");
        }
    }

    /// q11² ~ Beta(1/2, 2) for n = 5: its distribution function is (3√x − x^{3/2})/2.
    #[test]
    fn an_entry_has_its_beta_law() {
        let mut squares: Vec<f64> = (0..40_000).map(|seed| haar(5, seed)[0][0].powi(2)).collect();
        squares.sort_by(f64::total_cmp);
        let n = squares.len() as f64;
        let distance = squares.iter().enumerate().map(|(place, x)| {
            let cdf = (3.0 * x.sqrt() - x.powf(1.5)) / 2.0;
            (cdf - place as f64 / n).abs().max((cdf - (place as f64 + 1.0) / n).abs())
        });
        // Kolmogorov's critical value at alpha 0.001
        assert!(distance.fold(0.0, f64::max) < 1.949 / n.sqrt());
    }
}
