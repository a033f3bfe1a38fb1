//! Some eigenvectors of a symmetric matrix: to tridiagonal form, then bisection and inverse iteration, which cost
//! little for a few of them.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::{Reflection, add, normalize};
use crate::kernel::dot;
use crate::{Stream, kernel, purpose};

/// Steps of inverse iteration: one is enough but for unlucky starts.
const STEPS: u64 = 3;
/// Rows from which a step is shared among threads.
const PARALLEL: usize = 256;

/// A symmetric tridiagonal matrix.
#[derive(Debug)]
struct Tridiagonal {
    diagonal: Vec<f64>,
    beside: Vec<f64>,
}

/// Orthonormal eigenvectors of a symmetric matrix in rows, those of the eigenvalues `which`, which count from the
/// smallest.
pub fn eigenvectors(matrix: Vec<f64>, size: usize, which: Range<usize>) -> Vec<Vec<f64>> {
    let (tridiagonal, reflections) = reduce(matrix, size);
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(which.len());
    for index in which {
        let value = tridiagonal.eigenvalue(index);
        let vector = tridiagonal.eigenvector(value, index, &vectors);
        vectors.push(vector);
    }
    vectors.par_iter_mut().for_each(|vector| {
        for (step, reflection) in reflections.iter().enumerate().rev() {
            reflection.apply(&mut vector[step + 1..]);
        }
    });
    vectors
}

/// Householder's reduction: A = H(0) H(1) … T … H(1) H(0), where H(k) acts from entry k + 1 on.
fn reduce(mut matrix: Vec<f64>, size: usize) -> (Tridiagonal, Vec<Reflection>) {
    let mut reflections = Vec::new();
    let mut beside = Vec::with_capacity(size.saturating_sub(1));
    for step in 0..size.saturating_sub(1) {
        let reflection = Reflection::onto_first(&matrix[step * size + step + 1..(step + 1) * size]);
        beside.push(reflection.sign * reflection.length);
        reflect_both_sides(&mut matrix[(step + 1) * size..], size, step + 1, &reflection);
        reflections.push(reflection);
    }
    let diagonal = (0..size).map(|index| matrix[index * size + index]).collect();
    (Tridiagonal { diagonal, beside }, reflections)
}

/// A − v wᵀ − w vᵀ for the rows and columns from `first` on: H A H.
fn reflect_both_sides(rows: &mut [f64], size: usize, first: usize, reflection: &Reflection) {
    let v = &reflection.vector;
    let at_once = if v.len() < PARALLEL { v.len() } else { v.len().div_ceil(64) };
    let times = |row: &[f64]| reflection.factor * dot(&row[first..], v);
    let mut w: Vec<f64> = rows.par_chunks(size).with_min_len(at_once).map(times).collect();
    let share = -0.5 * reflection.factor * dot(&w, v);
    add(&mut w, share, v);
    rows.par_chunks_mut(size).with_min_len(at_once).enumerate().for_each(|(index, row)| {
        let (v_here, w_here) = (v[index], w[index]);
        row[first..].iter_mut().zip(v.iter().zip(&w)).for_each(|(entry, (v, w))| *entry -= v_here * w + w_here * v);
    });
}

impl Tridiagonal {
    /// No eigenvalue is larger in size (Gershgorin).
    fn bound(&self) -> f64 {
        let beside = |index: usize| self.beside.get(index).map_or(0.0, |value| value.abs());
        let reach = |index: usize| {
            let before = index.checked_sub(1).map_or(0.0, beside);
            self.diagonal[index].abs() + before + beside(index)
        };
        (0..self.diagonal.len()).map(reach).fold(0.0, f64::max)
    }

    /// Eigenvalues below `at`: negative pivots of T − at (Sturm).
    fn below(&self, at: f64, tiny: f64) -> usize {
        let mut pivot = 1.0;
        let mut negative = 0;
        for (index, diagonal) in self.diagonal.iter().enumerate() {
            let beside = if index == 0 { 0.0 } else { self.beside[index - 1] };
            pivot = diagonal - at - beside * beside / pivot;
            if pivot.abs() < tiny {
                pivot = -tiny;
            }
            negative += usize::from(pivot < 0.0);
        }
        negative
    }

    /// The eigenvalue with `index` smaller ones, by bisection.
    fn eigenvalue(&self, index: usize) -> f64 {
        let bound = self.bound();
        let tiny = self.tiny();
        let (mut low, mut high) = (-bound - tiny, bound + tiny);
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high || high - low <= tiny {
                return middle;
            }
            if self.below(middle, tiny * f64::EPSILON) > index { high = middle } else { low = middle }
        }
    }

    /// What rounding errors of the matrix amount to.
    fn tiny(&self) -> f64 {
        let bound = self.bound();
        if bound > 0.0 { bound * f64::EPSILON / 2.0 } else { 1.0 }
    }

    /// A unit vector that T maps to about `value` times itself, orthogonal to the others.
    fn eigenvector(&self, value: f64, index: usize, others: &[Vec<f64>]) -> Vec<f64> {
        let size = self.diagonal.len();
        let mut start = vec![0.0f32; size];
        let stream = Stream::new(index as u64, "inverse iteration");
        kernel::normal(&mut start, 0, &stream, purpose::VALUES, 0.0, 1.0);
        let mut vector: Vec<f64> = start.into_iter().map(f64::from).collect();
        for _ in 0..STEPS {
            remove(&mut vector, others);
            self.solve(value, &mut vector);
            normalize(&mut vector);
            // twice, for the first pass may leave little but rounding errors
            remove(&mut vector, others);
            normalize(&mut vector);
            remove(&mut vector, others);
            normalize(&mut vector);
        }
        vector
    }

    /// (T − value)⁻¹ x in place, by elimination with row exchanges; a pivot of zero counts as a tiny one.
    fn solve(&self, value: f64, x: &mut [f64]) {
        let size = x.len();
        let tiny = self.tiny();
        let safe = |pivot: f64| if pivot.abs() < tiny { tiny } else { pivot };
        let beside = |index: usize| self.beside.get(index).copied().unwrap_or(0.0);
        // the rows of the triangle: pivot and the two entries after it
        let mut upper: Vec<[f64; 3]> = Vec::with_capacity(size);
        let mut row = [self.diagonal[0] - value, beside(0), 0.0];
        for index in 0..size - 1 {
            let mut next = [beside(index), self.diagonal[index + 1] - value, beside(index + 1)];
            if next[0].abs() > row[0].abs() {
                std::mem::swap(&mut row, &mut next);
                x.swap(index, index + 1);
            }
            row[0] = safe(row[0]);
            let share = next[0] / row[0];
            x[index + 1] -= share * x[index];
            upper.push(row);
            row = [next[1] - share * row[1], next[2] - share * row[2], 0.0];
        }
        row[0] = safe(row[0]);
        upper.push(row);
        for index in (0..size).rev() {
            let after = |offset: usize| x.get(index + offset).copied().unwrap_or(0.0);
            let known = upper[index][1] * after(1) + upper[index][2] * after(2);
            x[index] = (x[index] - known) / upper[index][0];
        }
    }
}

/// Takes the shares of orthonormal vectors out of another.
fn remove(vector: &mut [f64], others: &[Vec<f64>]) {
    for other in others {
        let share = dot(vector, other);
        add(vector, -share, other);
    }
}

#[cfg(test)]
mod tests {
    use super::super::matrix::{columns, orthonormal};
    use super::*;

    /// A = Σ λ q qᵀ with q the columns of an orthogonal matrix.
    fn with_spectrum(spectrum: &[f64]) -> Vec<f64> {
        let size = spectrum.len();
        let mut drawn = vec![0.0; size * size];
        kernel::normal(&mut drawn, 0, &Stream::new(1, "spectrum"), purpose::VALUES, 0.0, 1.0);
        let q = orthonormal(columns(&drawn, size));
        let entry =
            |row: usize, column: usize| (0..size).map(|k| spectrum[k] * (q[k][row] * q[k][column])).sum::<f64>();
        (0..size)
            .flat_map(|row| (0..size).map(move |column| (row, column)))
            .map(|(row, column)| entry(row, column))
            .collect()
    }

    fn check(spectrum: &[f64]) {
        let size = spectrum.len();
        let matrix = with_spectrum(spectrum);
        let vectors = eigenvectors(matrix.clone(), size, 0..size);
        let mut sorted = spectrum.to_vec();
        sorted.sort_by(f64::total_cmp);
        let scale = sorted.iter().fold(1e-300, |most: f64, value| most.max(value.abs()));
        for (i, one) in vectors.iter().enumerate() {
            for (j, other) in vectors.iter().enumerate() {
                assert!((dot(one, other) - if i == j { 1.0 } else { 0.0 }).abs() < 1e-13, "{size}: {i} {j}");
            }
            for (row, entry) in matrix.chunks(size).zip(one) {
                assert!((dot(row, one) - sorted[i] * entry).abs() < 1e-13 * scale, "{size}: value {i}");
            }
        }
    }

    #[test]
    fn eigenvectors_of_any_spectrum() {
        check(&[3.0]);
        check(&[2.0, -1.0]);
        check(&[0.0; 6]);
        check(&[1.0; 7]);
        check(&[5.0, 5.0, 5.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        check(&(0..60).map(|index| 0.5f64.powi(index)).collect::<Vec<_>>());
        check(&(0..90).map(|index| f64::from(index / 3)).collect::<Vec<_>>());
        check(&(0..40).map(|index| 1.0 + 1e-14 * f64::from(index)).collect::<Vec<_>>());
    }
}
