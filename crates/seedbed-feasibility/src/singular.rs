//! Moments of a matrix's squared singular values.

use faer::Mat;

/// Of the min(rows, columns) squared singular values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SquaredSingularValues {
    /// Their mean.
    pub mean: f64,
    /// Their variance over their mean squared; NaN where all are 0.
    pub spread: f64,
}

impl SquaredSingularValues {
    /// Of a row-major matrix. With G the smaller of M Mᵀ and Mᵀ M, the moments are tr G and tr G².
    pub fn of(numbers: &[f32], rows: usize) -> SquaredSingularValues {
        let matrix = matrix(numbers, rows);
        let gram = match matrix.nrows() <= matrix.ncols() {
            true => &matrix * matrix.transpose(),
            false => matrix.transpose() * &matrix,
        };
        let count = gram.nrows() as f64;
        let mean = (0..gram.nrows()).map(|place| gram[(place, place)]).sum::<f64>() / count;
        SquaredSingularValues { mean, spread: gram.squared_norm_l2() / count / (mean * mean) - 1.0 }
    }
}

/// A row-major matrix in double precision.
pub fn matrix(numbers: &[f32], rows: usize) -> Mat<f64> {
    let columns = numbers.len() / rows;
    Mat::from_fn(rows, columns, |row, column| f64::from(numbers[row * columns + column]))
}
