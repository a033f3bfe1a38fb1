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
//!
//! In double precision the same vectors, widened, are reflected one by one. In single precision the reflections are taken in blocks of 224, each one two matrix products with V and one with
//! a triangle: the bits are those of [`crate::kernel::gemm`] on any machine.

mod accumulate;
mod double;
mod reflections;
#[cfg(test)]
mod tests;

pub(crate) use double::haar_f64;
use rayon::prelude::*;

use super::matrix::Matrix;
use crate::kernel;
use crate::kernel::gemm::{Tile, ViewMut};
use crate::{Stream, purpose};

/// Matrices of fewer entries are made in one thread.
const SMALL: usize = 1 << 16;

/// The normal vectors of one matrix.
#[derive(Clone, Copy, Debug)]
pub struct Draws<'s> {
    stream: &'s Stream,
    /// The stream's element at which the matrix starts.
    first: u64,
    long: usize,
    short: usize,
}

impl Draws<'_> {
    /// Vector `step`, from axis `step` on.
    fn vector(&self, step: usize, out: &mut [f32]) {
        let first = self.first + (step * self.long + step) as u64;
        kernel::normal(out, first, self.stream, purpose::VALUES, 0.0, 1.0);
    }

    fn is_small(&self) -> bool {
        self.long * self.short < SMALL
    }
}

/// Fills the matrix with gain · Q: orthonormal columns if it is tall, orthonormal rows if it is wide.
pub fn fill(values: &mut [f32], matrix: &Matrix, stream: &Stream, gain: f64) {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let is_at = |row_stride: usize, column_stride: usize| {
        (0..rows).all(|row| matrix.place(row, 0) == row * row_stride)
            && (0..columns).all(|column| matrix.place(0, column) == column * column_stride)
    };
    if values.is_empty() {
    } else if is_at(columns, 1) {
        fill_view(ViewMut::of(values, rows, columns, columns), stream, 0, gain, Tile::chosen());
    } else if is_at(1, rows) {
        fill_view(ViewMut::of(values, columns, rows, rows).transposed(), stream, 0, gain, Tile::chosen());
    } else {
        let made = haar(rows, columns, stream, 0, gain);
        for (place, value) in made.into_iter().enumerate() {
            values[matrix.place(place / columns, place % columns)] = value;
        }
    }
}

/// gain · Q in rows, from the stream's element `first` on: it uses the elements before first + rows · columns.
pub(crate) fn haar(rows: usize, columns: usize, stream: &Stream, first: u64, gain: f64) -> Vec<f32> {
    let mut values = vec![0.0; rows * columns];
    if !values.is_empty() {
        fill_view(ViewMut::of(&mut values, rows, columns, columns), stream, first, gain, Tile::chosen());
    }
    values
}

fn fill_view(matrix: ViewMut, stream: &Stream, first: u64, gain: f64, tile: Tile) {
    let is_tall = matrix.row_count() >= matrix.column_count();
    let mut tall = if is_tall { matrix } else { matrix.transposed() };
    let draws = Draws { stream, first, long: tall.row_count(), short: tall.column_count() };
    accumulate::fill(tall.again(), &draws, tile);
    if gain != 1.0 {
        accumulate::split(tall).into_par_iter().for_each(|panel| panel.map(|q| (gain * f64::from(q)) as f32));
    }
}
