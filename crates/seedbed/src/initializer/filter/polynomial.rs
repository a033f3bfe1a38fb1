//! Polynomials of matrices in shifts along the axes of a kernel.

use std::ops::{Add, Sub};

use rayon::prelude::*;

use crate::Stream;
use crate::initializer::orthogonal::{haar, haar_f64};
use crate::kernel::gemm::{self, View};

/// A matrix for each power of one shift an axis.
#[derive(Debug)]
pub(super) struct Polynomial<T> {
    /// Number of powers along each axis.
    sizes: Vec<usize>,
    /// The matrices in rows; powers row-major.
    pub coefficients: Vec<Vec<T>>,
}

impl<T: Real> Polynomial<T> {
    /// One matrix, without a shift.
    pub fn constant(matrix: Vec<T>, axes: usize) -> Polynomial<T> {
        Polynomial { sizes: vec![1; axes], coefficients: vec![matrix] }
    }

    /// Times P + (1 − P) z, z the shift along `axis`.
    pub fn times(self, projection: &Projection<T>, axis: usize) -> Polynomial<T> {
        let (length, inner) = (self.sizes[axis], self.sizes[axis + 1..].iter().product::<usize>());
        let kept: Vec<Vec<T>> = self.coefficients.par_iter().map(|matrix| projection.of(matrix)).collect();
        let mut sizes = self.sizes;
        sizes[axis] += 1;
        let mut coefficients = vec![vec![T::default(); kept[0].len()]; sizes.iter().product()];
        for (power, (matrix, kept)) in self.coefficients.iter().zip(&kept).enumerate() {
            // the same power among one more along the axis; the shifted one is the next along it
            let same = power + power / inner / length * inner;
            coefficients[same].iter_mut().zip(kept).for_each(|(sum, kept)| *sum = *sum + *kept);
            let shifted = matrix.iter().zip(kept).map(|(all, kept)| *all - *kept);
            coefficients[same + inner].iter_mut().zip(shifted).for_each(|(sum, shifted)| *sum = *sum + shifted);
        }
        Polynomial { sizes, coefficients }
    }
}

/// P = C Cᵀ, with C of orthonormal columns.
#[derive(Debug)]
pub(super) struct Projection<T> {
    basis: Vec<T>,
    basis_transposed: Vec<T>,
    size: usize,
    rank: usize,
}

impl<T: Real> Projection<T> {
    /// From C in rows, `size` by `rank`.
    pub fn new(basis: Vec<T>, size: usize, rank: usize) -> Projection<T> {
        let entry = |place: usize| basis[place % size * rank + place / size];
        let basis_transposed = (0..size * rank).map(entry).collect();
        Projection { basis, basis_transposed, size, rank }
    }

    /// M P of a matrix in rows; exact where C spans nothing or everything.
    fn of(&self, matrix: &[T]) -> Vec<T> {
        let rows = matrix.len() / self.size;
        if self.rank == 0 {
            return vec![T::default(); matrix.len()];
        }
        if self.rank == self.size {
            return matrix.to_vec();
        }
        let shares = T::product(matrix, &self.basis, [rows, self.size, self.rank]);
        T::product(&shares, &self.basis_transposed, [rows, self.rank, self.size])
    }
}

/// What is needed of a number type.
pub(super) trait Real: Copy + Default + Send + Sync + Add<Output = Self> + Sub<Output = Self> {
    /// gain times the Haar matrix of the stream's elements from `first` on, in rows.
    fn haar(rows: usize, columns: usize, stream: &Stream, first: u64, gain: f64) -> Vec<Self>;

    /// A B in rows, with a fixed order of summation; sizes are rows, depth, columns.
    fn product(a: &[Self], b: &[Self], sizes: [usize; 3]) -> Vec<Self>;
}

impl Real for f32 {
    fn haar(rows: usize, columns: usize, stream: &Stream, first: u64, gain: f64) -> Vec<f32> {
        haar(rows, columns, stream, first, gain)
    }

    fn product(a: &[f32], b: &[f32], sizes @ [rows, depth, columns]: [usize; 3]) -> Vec<f32> {
        gemm::product(View::of(a, rows, depth, depth), View::of(b, depth, columns, columns), sizes)
    }
}

impl Real for f64 {
    fn haar(rows: usize, columns: usize, stream: &Stream, first: u64, gain: f64) -> Vec<f64> {
        haar_f64(rows, columns, stream, first, gain)
    }

    fn product(a: &[f64], b: &[f64], [rows, depth, columns]: [usize; 3]) -> Vec<f64> {
        let mut c = vec![0.0; rows * columns];
        for (sums, terms) in c.chunks_exact_mut(columns).zip(a.chunks_exact(depth)) {
            for (term, row) in terms.iter().zip(b.chunks_exact(columns)) {
                sums.iter_mut().zip(row).for_each(|(sum, entry)| *sum += term * entry);
            }
        }
        c
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On one dimension P is 0 or 1: the factor shifts, or does not. Shifts along both axes of M = [5].
    #[test]
    fn factors_of_one_dimension_shift() {
        let (stays, shifts) = (Projection::new(vec![1.0], 1, 1), Projection::new(Vec::new(), 1, 0));
        let start = Polynomial::constant(vec![5.0f64], 2);
        let product = start.times(&shifts, 1).times(&shifts, 0).times(&stays, 1).times(&shifts, 1).times(&stays, 0);
        assert_eq!(product.sizes, [3, 4]);
        let place = product.coefficients.iter().position(|matrix| matrix[0] != 0.0);
        assert_eq!(place, Some(4 + 2)); // z(0) z(1)²
    }

    #[test]
    fn two_factors_by_hand() {
        // P projects on the first axis: (P + (1 - P) z)² = P + (1 - P) z²
        let projection = || Projection::new(vec![1.0f64, 0.0], 2, 1);
        let product = Polynomial::constant(vec![1.0, 2.0, 3.0, 4.0], 1).times(&projection(), 0).times(&projection(), 0);
        assert_eq!(product.coefficients, [[1.0, 0.0, 3.0, 0.0], [0.0; 4], [0.0, 2.0, 0.0, 4.0]]);
    }
}
