//! Dense layers: three products.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

use super::Real;
use crate::graph::ParameterIndex;

/// `x Wᵀ + b`, a row an example.
pub fn forward<R: Real>(input: &[R], weight: &[R], bias: &[R]) -> Vec<R> {
    let [rows, inputs, units] = sizes(input, weight, bias.len());
    let mut out = bias.repeat(rows);
    multiply(&mut out, [rows, units], matrix(input, [rows, inputs]), matrix(weight, [units, inputs]).transpose());
    out
}

/// Adds `δᵀ x` and `Σ δ` to the gradients of weight and bias.
pub fn parameters<R: Real>(
    input: &[R],
    above: &[R],
    gradients: &mut [Vec<R>],
    (weight, bias): (ParameterIndex, ParameterIndex),
) {
    let units = gradients[bias].len();
    let [rows, inputs, _] = sizes(input, &gradients[weight], units);
    let above_matrix = matrix(above, [rows, units]).transpose();
    multiply(&mut gradients[weight], [units, inputs], above_matrix, matrix(input, [rows, inputs]));
    add_rows(&mut gradients[bias], above);
}

/// `δ W`.
pub fn backward<R: Real>(weight: &[R], above: &[R], units: usize) -> Vec<R> {
    let (rows, inputs) = (above.len() / units, weight.len() / units);
    let mut out = vec![R::zero(); rows * inputs];
    multiply(&mut out, [rows, inputs], matrix(above, [rows, units]), matrix(weight, [units, inputs]));
    out
}

/// C + A B, row-major, in this thread.
pub fn multiply<R: Real>(c: &mut [R], [rows, columns]: [usize; 2], a: MatRef<R>, b: MatRef<R>) {
    let c = MatMut::from_row_major_slice_mut(c, rows, columns);
    matmul(c, Accum::Add, a, b, R::one(), Par::Seq);
}

/// Values as a row-major matrix.
pub fn matrix<R: Real>(values: &[R], [rows, columns]: [usize; 2]) -> MatRef<'_, R> {
    MatRef::from_row_major_slice(values, rows, columns)
}

/// Adds every row to `sum`.
pub fn add_rows<R: Real>(sum: &mut [R], rows: &[R]) {
    for row in rows.chunks_exact(sum.len()) {
        sum.iter_mut().zip(row).for_each(|(sum, &one)| *sum += one);
    }
}

/// Examples, inputs and units.
fn sizes<R>(input: &[R], weight: &[R], units: usize) -> [usize; 3] {
    let inputs = weight.len() / units;
    [input.len() / inputs, inputs, units]
}
