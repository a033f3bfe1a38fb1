//! The number types of inputs and results.

use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};

/// `f32` or `f64`: what examples come in and Gram matrices are stored in.
///
/// It decides the precision of the products x·x′; everything after is computed in double precision. In `f32` two inputs
/// that are almost equal have an NTK off by about 1e-4, since the angle between them is lost.
pub trait Real: Copy + Default + PartialEq + std::fmt::Debug + Send + Sync + sealed::Sealed {
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// Widened, exactly.
    fn to_f64(self) -> f64;
}

mod sealed {
    pub trait Sealed: Sized {
        /// left · rightᵀ, all row-major: `rows × depth`, `columns × depth`, `rows × columns`.
        fn products(left: &[Self], right: &[Self], depth: usize, out: &mut [Self]);
    }
}

macro_rules! real {
    ($number:ty) => {
        impl sealed::Sealed for $number {
            fn products(left: &[$number], right: &[$number], depth: usize, out: &mut [$number]) {
                let (rows, columns) = (left.len() / depth, right.len() / depth);
                let left = MatRef::from_row_major_slice(left, rows, depth);
                let right = MatRef::from_row_major_slice(right, columns, depth);
                let out = MatMut::from_row_major_slice_mut(out, rows, columns);
                matmul(out, Accum::Replace, left, right.transpose(), 1.0, Par::Seq);
            }
        }

        impl Real for $number {
            fn from_f64(value: f64) -> $number {
                value as $number
            }

            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f32);
real!(f64);
