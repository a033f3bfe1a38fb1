//! Haar-distributed (semi-)unitary matrices, with a fixed order of summation.
//!
//! As in the real case (`initializer/orthogonal`) a product of Householder reflections of independent normal vectors,
//! with complex entries and a phase in place of the sign: Mezzadri (2007), section 5. Without the phases a raw complex
//! QR has a real diagonal in its triangle and is not Haar.
//!
//! To re-create one elsewhere, with `long` ≥ `short` the sizes of the matrix: vector k has the stream's normal values of
//! elements k·long + k to k·long + long − 1, the real parts of the words VALUES and the imaginary ones of IMAGINARY, and
//! H(k) = I − 2 u uᴴ/uᴴu with u = x + φ|x|e, e the axis k, φ the phase of x's first entry. Q is the first `short`
//! columns of H(0) H(1) … H(short − 1) D, with D(k) = −φ. A weight with fewer output units than weights into each is
//! the transpose.

use rayon::prelude::*;

use crate::initializer::matrix::Matrix;
use crate::kernel::{self, dot};
use crate::{Stream, purpose};

/// Rows that one task takes through the reflections together.
const ROWS: usize = 8;

/// A weight's values, gain · Q at the places of the matrix: Q with orthonormal columns if it is tall and with
/// orthonormal rows if it is wide.
pub fn drawn(matrix: &Matrix, stream: &Stream, gain: f64) -> Vec<[f32; 2]> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let mut values = vec![[0.0; 2]; rows * columns];
    let is_tall = rows >= columns;
    let (long, short) = if is_tall { (rows, columns) } else { (columns, rows) };
    for (place, value) in tall(long, short, stream, gain).into_iter().enumerate() {
        let (far, near) = (place / short, place % short);
        let (row, column) = if is_tall { (far, near) } else { (near, far) };
        values[matrix.place(row, column)] = value;
    }
    values
}

/// gain · Q in rows of length `short`.
fn tall(long: usize, short: usize, stream: &Stream, gain: f64) -> Vec<[f32; 2]> {
    let reflections: Vec<Reflection> =
        (0..short).into_par_iter().map(|step| Reflection::drawn(step, long, stream)).collect();
    let mut values = vec![[0.0; 2]; long * short];
    values.par_chunks_mut((ROWS * short).max(1)).enumerate().for_each(|(task, out)| {
        let count = out.len() / short;
        let mut rows: Vec<Row> = (0..count).map(|row| Row::unit(task * ROWS + row, long)).collect();
        for (step, reflection) in reflections.iter().enumerate() {
            rows.iter_mut().for_each(|row| reflection.apply(step, row));
        }
        for (row, out) in rows.iter().zip(out.chunks_mut(short)) {
            for (step, (value, reflection)) in out.iter_mut().zip(&reflections).enumerate() {
                let [real, imaginary] = times([row.real[step], row.imaginary[step]], reflection.phase);
                *value = [(-gain * real) as f32, (-gain * imaginary) as f32];
            }
        }
    });
    values
}

/// I − scale · u uᴴ on the axes from its step on.
struct Reflection {
    /// Real parts of u but for the first, which the phase has moved.
    real: Vec<f32>,
    imaginary: Vec<f32>,
    first: [f64; 2],
    /// 2 / uᴴu.
    scale: f64,
    /// φ.
    phase: [f64; 2],
}

impl Reflection {
    fn drawn(step: usize, long: usize, stream: &Stream) -> Reflection {
        let first = (step * long + step) as u64;
        let [mut real, mut imaginary] = [(); 2].map(|()| vec![0.0f32; long - step]);
        kernel::normal(&mut real, first, stream, purpose::VALUES, 0.0, 1.0);
        kernel::normal(&mut imaginary, first, stream, purpose::IMAGINARY, 0.0, 1.0);
        let length = (dot(&real, &real) + dot(&imaginary, &imaginary)).sqrt();
        let [x, y] = [f64::from(real[0]), f64::from(imaginary[0])];
        let modulus = (x * x + y * y).sqrt();
        let phase = if modulus > 0.0 { [x / modulus, y / modulus] } else { [1.0, 0.0] };
        (real[0], imaginary[0]) = (0.0, 0.0);
        Reflection {
            real,
            imaginary,
            first: [x + phase[0] * length, y + phase[1] * length],
            scale: if length > 0.0 { 1.0 / (length * (length + modulus)) } else { 0.0 },
            phase,
        }
    }

    /// The row times the reflection.
    fn apply(&self, step: usize, row: &mut Row) {
        let (real, imaginary) = (&mut row.real[step..], &mut row.imaginary[step..]);
        let first = times([real[0], imaginary[0]], self.first);
        let x = dot(&self.real, real) - dot(&self.imaginary, imaginary) + first[0];
        let y = dot(&self.imaginary, real) + dot(&self.real, imaginary) + first[1];
        let [x, y] = [self.scale * x, self.scale * y];
        let parts = self.real.iter().zip(&self.imaginary);
        for ((r, i), (&u, &v)) in real.iter_mut().zip(imaginary.iter_mut()).zip(parts) {
            let (u, v) = (f64::from(u), f64::from(v));
            *r -= x * u + y * v;
            *i -= y * u - x * v;
        }
        real[0] -= x * self.first[0] + y * self.first[1];
        imaginary[0] -= y * self.first[0] - x * self.first[1];
    }
}

/// A row on its way through the reflections.
struct Row {
    real: Vec<f64>,
    imaginary: Vec<f64>,
}

impl Row {
    /// The row of the identity.
    fn unit(axis: usize, long: usize) -> Row {
        let mut real = vec![0.0; long];
        real[axis] = 1.0;
        Row { real, imaginary: vec![0.0; long] }
    }
}

fn times([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a * c - b * d, a * d + b * c]
}
