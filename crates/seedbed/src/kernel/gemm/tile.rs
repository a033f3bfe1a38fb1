//! The innermost product: one tile of C from one strip of each operand.

use super::pack::Side;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
#[cfg(test)]
use crate::kernel::path::PATHS;
use crate::kernel::path::Path;

/// How a tile is computed. Every way gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tile {
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

impl Tile {
    /// The tile of a path that this machine supports. Without fused multiply-add, which AVX2 does not promise, it is
    /// the portable one.
    pub fn of(path: Path) -> Tile {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("fma") {
            return match path {
                Path::Scalar => Tile::Scalar,
                Path::Avx2 => Tile::Avx2,
                Path::Avx512 => Tile::Avx512,
            };
        }
        let _ = path;
        Tile::Scalar
    }

    /// The tile of the kernels' path.
    pub fn chosen() -> Tile {
        Tile::of(Path::chosen())
    }

    /// The tiles of this machine, the plainest first.
    #[cfg(test)]
    pub fn all() -> Vec<Tile> {
        PATHS.into_iter().filter(|path| path.is_supported()).map(Tile::of).collect()
    }

    /// Rows of a tile for the left operand, columns for the right one.
    pub fn width(self, side: Side) -> usize {
        let (rows, columns) = match self {
            Tile::Scalar => (ROWS, COLUMNS),
            #[cfg(target_arch = "x86_64")]
            Tile::Avx2 => (avx2::ROWS, avx2::COLUMNS),
            #[cfg(target_arch = "x86_64")]
            Tile::Avx512 => (avx512::ROWS, avx512::COLUMNS),
        };
        if side == Side::Left { rows } else { columns }
    }

    /// Adds the strips' product to a tile of C, or takes it from it: each entry's sum starts from zero, takes its
    /// terms in order by fused multiply-add, and is then added to C.
    ///
    /// # Safety
    /// `c` points to a whole tile, rows `stride` apart, that nothing else uses. The machine has what the tile needs.
    pub unsafe fn add(self, strips: Strips, c: *mut f32, stride: usize, is_negative: bool) {
        assert!(strips.left.len() >= strips.depth * self.width(Side::Left));
        assert!(strips.right.len() >= strips.depth * self.width(Side::Right));
        // SAFETY: as promised by the caller; the strips are long enough, as checked above.
        unsafe {
            match self {
                Tile::Scalar => scalar(strips, c, stride, is_negative),
                #[cfg(target_arch = "x86_64")]
                Tile::Avx2 => avx2::add(strips, c, stride, is_negative),
                #[cfg(target_arch = "x86_64")]
                Tile::Avx512 => avx512::add(strips, c, stride, is_negative),
            }
        }
    }
}

/// # Safety
/// As [`Tile::add`].
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
