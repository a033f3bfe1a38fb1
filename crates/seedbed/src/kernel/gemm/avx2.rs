//! The tile of 6 rows and 16 columns of AVX2.

use std::arch::x86_64::*;

use super::tile::Strips;

pub const ROWS: usize = 6;
pub const COLUMNS: usize = VECTORS * LANES;
const VECTORS: usize = 2;
const LANES: usize = 8;

/// As the portable tile, bit for bit.
///
/// # Safety
/// The machine has AVX2 and FMA, the strips are as long as their depth says, `c` points to a whole tile, rows
/// `stride` apart, that nothing else uses.
#[target_feature(enable = "avx2,fma")]
pub unsafe fn add(strips: Strips, c: *mut f32, stride: usize, is_negative: bool) {
    // SAFETY: every pointer stays within the strips and the tile, as the caller promises; a prefetch reads nothing.
    unsafe {
        for row in 0..ROWS {
            for vector in 0..VECTORS {
                _mm_prefetch::<_MM_HINT_T0>(c.add(row * stride + vector * LANES).cast());
            }
        }
        let mut sums = [[_mm256_setzero_ps(); VECTORS]; ROWS];
        let (mut left, mut right) = (strips.left.as_ptr(), strips.right.as_ptr());
        for _ in 0..strips.depth {
            let vectors = [_mm256_loadu_ps(right), _mm256_loadu_ps(right.add(LANES))];
            for (row, sums) in sums.iter_mut().enumerate() {
                let factor = _mm256_set1_ps(*left.add(row));
                for (sum, vector) in sums.iter_mut().zip(vectors) {
                    *sum = _mm256_fmadd_ps(factor, vector, *sum);
                }
            }
            (left, right) = (left.add(ROWS), right.add(COLUMNS));
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (vector, sum) in sums.into_iter().enumerate() {
                let entries = c.add(row * stride + vector * LANES);
                let before = _mm256_loadu_ps(entries);
                let after = if is_negative { _mm256_sub_ps(before, sum) } else { _mm256_add_ps(before, sum) };
                _mm256_storeu_ps(entries, after);
            }
        }
    }
}
