//! Kernels: from random words to values, one block of four elements at a time.
//!
//! Same bits on every machine is a promise, so a kernel uses only operations that IEEE 754 rounds exactly: +, −,
//! ×, ÷ and the square root; never a fused multiply-add, never a platform's `ln` or `cos`.

pub mod elementary;
pub mod normal;
pub mod normal_law;
pub mod truncated_normal;
pub mod uniform;

use crate::stream::{Stream, purpose};

/// Elements that one block of words serves.
const BLOCK: usize = 4;

/// Fills `out` with the elements from `first` on: each block's words go through `values` together.
pub fn fill(out: &mut [f32], first: u64, stream: &Stream, values: impl Fn([u32; 4]) -> [f32; BLOCK]) {
    let mut element = first;
    let mut rest = out;
    while !rest.is_empty() {
        let within = (element % BLOCK as u64) as usize;
        let count = (BLOCK - within).min(rest.len());
        let block = values(stream.block(element / BLOCK as u64, purpose::VALUES));
        let (now, later) = rest.split_at_mut(count);
        now.copy_from_slice(&block[within..within + count]);
        element += count as u64;
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_slice_is_the_slice_of_the_whole() {
        let stream = Stream::new(3, "weight");
        let mut whole = [0.0; 41];
        fill(&mut whole, 0, &stream, normal::standard);
        for (first, last) in [(0, 41), (1, 2), (3, 9), (4, 8), (6, 41)] {
            let mut part = vec![0.0; last - first];
            fill(&mut part, first as u64, &stream, normal::standard);
            assert_eq!(part, whole[first..last]);
        }
    }
}
