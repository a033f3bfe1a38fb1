//! The innermost product: one tile of C from one strip of each operand.

use super::pack::Side;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// How a tile is computed. Every path gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Portable code.
    Scalar,
    /// AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A strip of each operand, and how deep they are.
#[derive(Clone, Copy, Debug)]
pub struct Strips<'s> {
    pub depth: usize,
    /// `depth` rows as wide as the tile is high.
    pub left: &'s [f32],
    /// `depth` rows as wide as the tile.
    pub right: &'s [f32],
}

/// Rows and columns of the portable tile.
const ROWS: usize = 4;
const COLUMNS: usize = 16;

impl Path {
    /// The paths of this machine, the plainest first.
    pub fn all() -> Vec<Path> {
        let mut all = vec![Path::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            let has_fused = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            all.extend(has_fused.then_some(Path::Avx2));
            all.extend((has_fused && is_x86_feature_detected!("avx512f")).then_some(Path::Avx512));
        }
        all
    }

    /// The widest path of this machine, or the one that the environment variable `SEEDBED_VECTOR` names, if it has it.
    pub fn current() -> Path {
        static CURRENT: std::sync::OnceLock<Path> = std::sync::OnceLock::new();
        *CURRENT.get_or_init(|| {
            let all = Path::all();
            let limit = match std::env::var("SEEDBED_VECTOR").as_deref() {
                Ok("scalar") => 1,
                Ok("avx2") => 2,
                _ => all.len(),
            };
            all.into_iter().take(limit).next_back().unwrap_or(Path::Scalar)
        })
    }

    /// Rows of a tile for the left operand, columns for the right one.
    pub fn width(self, side: Side) -> usize {
        let (rows, columns) = match self {
            Path::Scalar => (ROWS, COLUMNS),
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => (avx2::ROWS, avx2::COLUMNS),
            #[cfg(target_arch = "x86_64")]
            Path::Avx512 => (avx512::ROWS, avx512::COLUMNS),
        };
        if side == Side::Left { rows } else { columns }
    }

    /// Adds the strips' product to a tile of C, or takes it from it: each entry's sum starts from zero, takes its
    /// terms in order by fused multiply-add, and is then added to C.
    ///
    /// # Safety
    /// `c` points to a whole tile, rows `stride` apart, that nothing else uses. The machine has this path.
    pub unsafe fn add(self, strips: Strips, c: *mut f32, stride: usize, is_negative: bool) {
        assert!(strips.left.len() >= strips.depth * self.width(Side::Left));
        assert!(strips.right.len() >= strips.depth * self.width(Side::Right));
        // SAFETY: as promised by the caller; the strips are long enough, as checked above.
        unsafe {
            match self {
                Path::Scalar => scalar(strips, c, stride, is_negative),
                #[cfg(target_arch = "x86_64")]
                Path::Avx2 => avx2::add(strips, c, stride, is_negative),
                #[cfg(target_arch = "x86_64")]
                Path::Avx512 => avx512::add(strips, c, stride, is_negative),
            }
        }
    }
}

/// # Safety
/// As [`Path::add`].
unsafe fn scalar(strips: Strips, c: *mut f32, stride: usize, is_negative: bool) {
    let mut sums = [[0.0f32; COLUMNS]; ROWS];
    for (left, right) in strips.left.chunks_exact(ROWS).zip(strips.right.chunks_exact(COLUMNS)).take(strips.depth) {
        for (sums, &left) in sums.iter_mut().zip(left) {
            for (sum, &right) in sums.iter_mut().zip(right) {
                *sum = left.mul_add(right, *sum);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (column, sum) in sums.iter().enumerate() {
            // SAFETY: an entry of the tile that the caller lends.
            unsafe {
                let entry = c.add(row * stride + column);
                *entry = if is_negative { *entry - sum } else { *entry + sum };
            }
        }
    }
}
