//! Singular values and vectors of a weight: exactly by the eigenvectors of W Wᵀ or Wᵀ W, or from a random sketch.

use std::ops::Range;

use rayon::prelude::*;

use super::Weight;
use super::eigen::eigenvectors;
use super::matrix::{add, columns, normalize, orthonormal, rows};
use crate::kernel::dot;
use crate::kernel::gemm::{View, product};
use crate::{Error, Stream, kernel, purpose};

/// A singular value and its vectors.
#[derive(Debug)]
pub struct Triple {
    /// The singular value.
    pub value: f64,
    /// One entry an output unit.
    pub left: Vec<f64>,
    /// One entry an input.
    pub right: Vec<f64>,
}

/// The singular triples `which`, which count from the smallest.
///
/// The eigenvectors are those of the smaller of the two products, in double precision: their errors lie below the
/// rounding of single-precision weights. The vectors of the other side are W's own images of them, so that the sum of
/// the triples is exactly the weight's projection.
pub fn exact(weight: &Weight, which: Range<usize>) -> Result<Vec<Triple>, Error> {
    let is_wide = weight.rows <= weight.columns;
    let size = weight.rows.min(weight.columns);
    let found = eigenvectors(gram(weight, is_wide)?, size, which);
    let triple = |vector: Vec<f64>| {
        let mut image = if is_wide { weight.transposed_times(&vector) } else { weight.times(&vector) };
        let value = normalize(&mut image);
        let (left, right) = if is_wide { (vector, image) } else { (image, vector) };
        Triple { value, left, right }
    };
    Ok(found.into_par_iter().map(triple).collect())
}

/// W Wᵀ of a wide weight, Wᵀ W of a tall one, in double precision.
fn gram(weight: &Weight, is_wide: bool) -> Result<Vec<f64>, Error> {
    let size = weight.rows.min(weight.columns);
    let no_memory = |_| weight.refuse("there is no memory for the exact method; take a sketch");
    let mut vectors: Vec<f64> = Vec::new();
    vectors.try_reserve_exact(weight.values.len()).map_err(no_memory)?;
    let mut matrix: Vec<f64> = Vec::new();
    matrix.try_reserve_exact(size * size).map_err(no_memory)?;
    if is_wide {
        vectors.extend(weight.values.iter().map(|value| f64::from(*value)));
    } else {
        let columns = (0..weight.columns).flat_map(|column| weight.values.iter().skip(column).step_by(weight.columns));
        vectors.extend(columns.map(|value| f64::from(*value)));
    }
    matrix.resize(size * size, 0.0);
    dot_products(&vectors, size, &mut matrix);
    Ok(matrix)
}

/// The dot product of every two of `size` vectors of the same length.
fn dot_products(vectors: &[f64], size: usize, matrix: &mut [f64]) {
    /// Vectors that stay in the cache while the others pass by.
    const TOGETHER: usize = 16;
    let length = vectors.len() / size;
    matrix.par_chunks_mut(TOGETHER * size).enumerate().for_each(|(block, rows)| {
        let first = block * TOGETHER;
        let last = size.min(first + TOGETHER);
        for (index, other) in vectors.chunks_exact(length).take(last).enumerate() {
            let those = vectors[first * length..last * length].chunks_exact(length);
            rows.chunks_exact_mut(size).zip(those).for_each(|(row, one)| row[index] = dot(one, other));
        }
    });
    for row in 0..size {
        (row + 1..size).for_each(|column| matrix[row * size + column] = matrix[column * size + row]);
    }
}

/// The largest `rank` triples, from the range of W Ω with Ω normal, `rank + oversampling` columns wide.
pub fn sketched(
    weight: &Weight,
    rank: usize,
    name: &str,
    seed: u64,
    iterations: usize,
    oversampling: usize,
) -> Vec<Triple> {
    let (height, width, w) = (weight.rows, weight.columns, weight.view());
    let size = rank.saturating_add(oversampling).min(height).min(width);
    let mut sketch = vec![0.0f32; width * size];
    kernel::normal(&mut sketch, 0, &Stream::new(seed, name), purpose::SKETCH, 0.0, 1.0);
    let forth = |sketch: &[f32]| {
        let range = product(w, View::of(sketch, width, size, size), [height, width, size]);
        rows(&orthonormal(columns(&range, size)))
    };
    let mut q = forth(&sketch);
    for _ in 0..iterations {
        let back = product(w.transposed(), View::of(&q, height, size, size), [width, height, size]);
        q = forth(&rows(&orthonormal(columns(&back, size))));
    }
    let small = product(View::of(&q, height, size, size).transposed(), w, [size, height, width]);
    triples_within(&columns(&q, size), &small, rank)
}

/// The largest triples of Q C, with Q's columns orthonormal and C row-major.
fn triples_within(q: &[Vec<f64>], small: &[f32], rank: usize) -> Vec<Triple> {
    let size = q.len();
    let small: Vec<Vec<f64>> =
        small.chunks_exact(small.len() / size).map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect();
    let gram = small.iter().flat_map(|one| small.iter().map(move |other| dot(one, other))).collect();
    let combined = |shares: &[f64], vectors: &[Vec<f64>]| {
        let mut sum = vec![0.0; vectors[0].len()];
        shares.iter().zip(vectors).for_each(|(share, vector)| add(&mut sum, *share, vector));
        sum
    };
    let triple = |shares: Vec<f64>| {
        let mut right = combined(&shares, &small);
        Triple { value: normalize(&mut right), left: combined(&shares, q), right }
    };
    eigenvectors(gram, size, size - rank..size).into_iter().map(triple).collect()
}

impl Weight<'_> {
    fn times(&self, vector: &[f64]) -> Vec<f64> {
        let row = |row: &[f32]| {
            let row: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
            dot(&row, vector)
        };
        self.values.chunks_exact(self.columns).map(row).collect()
    }

    fn transposed_times(&self, vector: &[f64]) -> Vec<f64> {
        let mut sum = vec![0.0; self.columns];
        for (row, share) in self.values.chunks_exact(self.columns).zip(vector) {
            sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += share * f64::from(*value));
        }
        sum
    }
}
