//! Kernels: from random words to values.
//!
//! Same bits on every machine is a promise, so a kernel uses only operations that IEEE 754 rounds exactly: +, −,
//! ×, ÷, the square root and the fused multiply-add, each where the text says so; never a platform's `ln` or `cos`.
//!
//! A kernel for every element of large tensors is one generic function over [`lanes`], compiled for each [`path`].

// the intrinsics of the vector paths, and calls into code compiled for them
#![allow(unsafe_code)]

pub mod between;
mod dot;
pub mod double;
pub mod elementary;
pub mod gemm;
mod group;
mod lanes;
pub mod normal;
pub mod normal_law;
mod output;
pub mod path;
#[cfg(test)]
mod path_tests;
mod quadrature;
mod signed;
pub mod transformed;
pub mod truncated_normal;
pub mod uniform;
mod words;

pub use between::between;
pub use dot::dot;
pub use normal::normal;
pub use output::Output;
pub use signed::signed;
pub use uniform::uniform;
pub use words::words;

use crate::Stream;

/// Elements that one block of words serves.
const BLOCK: usize = 4;

/// Fills `out` with the elements from `first` on, for rare laws: each block's words go through `values` together.
pub fn fill(out: &mut [f32], first: u64, stream: &Stream, purpose: u32, values: impl Fn([u32; 4]) -> [f32; BLOCK]) {
    let mut element = first;
    let mut rest = out;
    while !rest.is_empty() {
        let within = (element % BLOCK as u64) as usize;
        let count = (BLOCK - within).min(rest.len());
        let block = values(stream.block(element / BLOCK as u64, purpose));
        let (now, later) = rest.split_at_mut(count);
        now.copy_from_slice(&block[within..within + count]);
        element += count as u64;
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purpose;

    #[test]
    fn any_slice_is_the_slice_of_the_whole() {
        let stream = Stream::new(3, "weight");
        let mut whole = [0.0; 41];
        fill(&mut whole, 0, &stream, purpose::VALUES, normal::standard);
        for (first, last) in [(0, 41), (1, 2), (3, 9), (4, 8), (6, 41)] {
            let mut part = vec![0.0; last - first];
            fill(&mut part, first as u64, &stream, purpose::VALUES, normal::standard);
            assert_eq!(part, whole[first..last]);
        }
    }
}
