//! Matrix products that give the same bits on every machine, which no library of them promises.
//!
//! C ± A B: the depth of the product is cut in blocks of [`DEPTH`] terms. Within a block, an entry's sum starts from
//! zero and takes its terms in order, each by one fused multiply-add; then it is added to the entry. This is all that
//! decides the bits, so the shape of the tiles, the vector width, the layout of the matrices and the split among
//! threads are free. The blocks also keep rounding errors small: they grow with the root of 224, not of the depth.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod pack;
mod tile;
mod view;

pub use pack::{Packed, Side};
pub use tile::Tile;
pub use view::{View, ViewMut};

use tile::Strips;

/// Terms that are summed before they are added to C: part of the definition of the product. It divides by the heights
/// and widths of the tiles, and strips so deep fit into the caches.
pub const DEPTH: usize = 224;

/// Rows of strips of the left operand that stay in the second cache while the right operand passes by.
const STRIPS_TOGETHER: usize = 16;

/// Entries of the largest tile.
const LARGEST_TILE: usize = 14 * 32;

/// One operand of a product.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'o> {
    /// In any layout.
    Plain(View<'o>),
    /// Packed, for its side, from some block of the depth on.
    Packed(&'o Packed, usize),
}

/// What is done with a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// C + A B.
    Plus,
    /// C − A B.
    Minus,
}

/// Memory for packed operands, to be used again.
#[derive(Debug, Default)]
pub struct Scratch {
    left: Packed,
    right: Packed,
}

impl<'o> Operand<'o> {
    fn transposed(self) -> Operand<'o> {
        match self {
            Operand::Plain(view) => Operand::Plain(view.transposed()),
            packed => packed,
        }
    }

    /// The terms of one block, packed; the operand's rows run along the result, its columns along the depth.
    fn block<'b>(&'b self, block: usize, width: usize, scratch: &'b mut Packed) -> (&'b Packed, usize) {
        match *self {
            Operand::Packed(packed, first) => {
                assert_eq!(packed.width, width, "packed for the other side, or for another tile");
                (packed, first + block)
            }
            Operand::Plain(view) => {
                let first = block * DEPTH;
                scratch.refill(view.columns(first..view.columns.min(first + DEPTH)), width);
                (scratch, 0)
            }
        }
    }

    /// Blocks of the depth.
    fn blocks(&self) -> usize {
        match *self {
            Operand::Packed(packed, first) => packed.block_count() - first,
            Operand::Plain(view) => view.columns.div_ceil(DEPTH),
        }
    }
}

/// C ± A B, in this thread. A packed operand may be larger than needed: its first rows or columns are used, and as
/// much of its depth as the other operand has.
pub fn multiply(tile: Tile, c: ViewMut, sign: Sign, a: Operand, b: Operand, scratch: &mut Scratch) {
    if !c.is_row_major() && c.row_stride == 1 {
        return multiply(tile, c.transposed(), sign, b.transposed(), a.transposed(), scratch);
    }
    let mut c = c;
    let b = b.transposed();
    for block in 0..a.blocks().min(b.blocks()) {
        let (left, left_block) = a.block(block, tile.width(Side::Left), &mut scratch.left);
        let (right, right_block) = b.block(block, tile.width(Side::Right), &mut scratch.right);
        let depth = left.block_depth(left_block).min(right.block_depth(right_block));
        assert!(left.along >= c.rows && right.along >= c.columns, "the operands are smaller than the result");
        let block = Block { tile, sign, depth, left: (left, left_block), right: (right, right_block) };
        block.add_to(&mut c);
    }
}

/// A B, row-major, with the sizes rows, depth, columns.
pub fn product(a: View, b: View, [rows, _, columns]: [usize; 3]) -> Vec<f32> {
    let mut c = vec![0.0; rows * columns];
    let (a, b) = (Operand::Plain(a), Operand::Plain(b));
    let view = ViewMut::of(&mut c, rows, columns, columns);
    multiply(Tile::chosen(), view, Sign::Plus, a, b, &mut Scratch::default());
    c
}

/// One block of the depth of a product.
struct Block<'b> {
    tile: Tile,
    sign: Sign,
    depth: usize,
    left: (&'b Packed, usize),
    right: (&'b Packed, usize),
}

impl Block<'_> {
    fn add_to(&self, c: &mut ViewMut) {
        let (height, width) = (self.tile.width(Side::Left), self.tile.width(Side::Right));
        let strips = c.rows.div_ceil(height);
        for first in (0..strips).step_by(STRIPS_TOGETHER) {
            for right in 0..c.columns.div_ceil(width) {
                for left in first..strips.min(first + STRIPS_TOGETHER) {
                    self.add_tile(c, left, right);
                }
            }
        }
    }

    fn add_tile(&self, c: &mut ViewMut, left: usize, right: usize) {
        let (height, width) = (self.tile.width(Side::Left), self.tile.width(Side::Right));
        let strips = Strips {
            depth: self.depth,
            left: self.left.0.strip(self.left.1, left),
            right: self.right.0.strip(self.right.1, right),
        };
        let (rows, columns) = (left * height, right * width);
        let (last_row, last_column) = (c.rows.min(rows + height), c.columns.min(columns + width));
        let entries = c.part(rows..last_row, columns..last_column);
        if entries.rows == height && entries.columns == width && entries.column_stride == 1 {
            // SAFETY: a whole tile of C, which this view alone may write; it was chosen for this machine.
            unsafe { self.tile.add(strips, entries.start, entries.row_stride, self.sign == Sign::Minus) }
        } else {
            self.add_edge(strips, entries);
        }
    }

    /// A tile that C does not fill, or whose rows are not whole in memory: by way of a copy.
    fn add_edge(&self, strips: Strips, c: ViewMut) {
        let width = self.tile.width(Side::Right);
        let mut copy = [0.0f32; LARGEST_TILE];
        assert!(width * self.tile.width(Side::Left) <= LARGEST_TILE);
        let entries = || (0..c.rows).flat_map(|row| (0..c.columns).map(move |column| (row, column)));
        let place = |row: usize, column: usize| row * c.row_stride + column * c.column_stride;
        // SAFETY: the entries of C, and a copy as large as the largest tile.
        unsafe {
            entries().for_each(|(row, column)| copy[row * width + column] = *c.start.add(place(row, column)));
            self.tile.add(strips, copy.as_mut_ptr(), width, self.sign == Sign::Minus);
            entries().for_each(|(row, column)| *c.start.add(place(row, column)) = copy[row * width + column]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values without pattern, of several sizes and both signs.
    fn values(count: usize, seed: u64) -> Vec<f32> {
        let mut out = vec![0.0; count];
        crate::kernel::normal(&mut out, 0, &crate::Stream::new(seed, "gemm"), 0, 0.0, 1.0);
        out
    }

    /// The definition of the product, entry by entry.
    fn defined(c: &mut [f32], sign: Sign, a: &[f32], b: &[f32], [rows, depth, columns]: [usize; 3]) {
        for row in 0..rows {
            for column in 0..columns {
                for first in (0..depth).step_by(DEPTH) {
                    let mut sum = 0.0f32;
                    for k in first..depth.min(first + DEPTH) {
                        sum = a[row * depth + k].mul_add(b[k * columns + column], sum);
                    }
                    let entry = &mut c[row * columns + column];
                    *entry = if sign == Sign::Plus { *entry + sum } else { *entry - sum };
                }
            }
        }
    }

    fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        (0..rows * columns).map(|place| values[place % rows * columns + place / rows]).collect()
    }

    #[track_caller]
    fn assert_same_bits(found: &[f32], expected: &[f32], what: &str) {
        let differ = found.iter().zip(expected).position(|(found, expected)| found.to_bits() != expected.to_bits());
        assert_eq!(differ, None, "{what}");
    }

    const SIZES: [[usize; 3]; 8] =
        [[1, 1, 1], [3, 0, 2], [14, 224, 32], [15, 225, 33], [5, 500, 7], [40, 30, 100], [250, 3, 17], [61, 449, 70]];

    #[test]
    fn every_path_and_layout_has_the_bits_of_the_definition() {
        for (seed, size) in SIZES.into_iter().enumerate() {
            let [rows, depth, columns] = size;
            let (a, b) = (values(rows * depth, seed as u64), values(depth * columns, 100 + seed as u64));
            let (a_across, b_across) = (transpose(&a, rows, depth), transpose(&b, depth, columns));
            for (tile, sign) in Tile::all().into_iter().flat_map(|tile| [(tile, Sign::Plus), (tile, Sign::Minus)]) {
                let mut expected = values(rows * columns, 200);
                let (mut c, mut c_across) = (expected.clone(), transpose(&expected, rows, columns));
                defined(&mut expected, sign, &a, &b, size);
                let (left, right) = (View::of(&a, rows, depth, depth), View::of(&b, depth, columns, columns));
                let left_across = View::of(&a_across, depth, rows, rows).transposed();
                let right_across = View::of(&b_across, columns, depth, depth).transposed();
                let c_view = ViewMut::of(&mut c, rows, columns, columns);
                let scratch = &mut Scratch::default();
                multiply(tile, c_view, sign, Operand::Plain(left), Operand::Plain(right_across), scratch);
                assert_same_bits(&c, &expected, &format!("{tile:?} {size:?}"));
                let c_view = ViewMut::of(&mut c_across, columns, rows, rows).transposed();
                multiply(tile, c_view, sign, Operand::Plain(left_across), Operand::Plain(right), scratch);
                assert_same_bits(&transpose(&c_across, columns, rows), &expected, &format!("{tile:?} {size:?} across"));
            }
        }
    }

    #[test]
    fn packing_before_changes_no_bit() {
        let size @ [rows, depth, columns] = [33, 500, 65];
        let (a, b) = (values(rows * depth, 1), values(depth * columns, 2));
        let mut expected = vec![0.0; rows * columns];
        defined(&mut expected, Sign::Plus, &a, &b, size);
        let (a, b) = (View::of(&a, rows, depth, depth), View::of(&b, depth, columns, columns));
        for tile in Tile::all() {
            let left = Packed::of(a, Side::Left, tile, true);
            let right = Packed::of(b.transposed(), Side::Right, tile, true);
            let mut c = vec![0.0; rows * columns];
            let view = ViewMut::of(&mut c, rows, columns, columns);
            let (left, right) = (Operand::Packed(&left, 0), Operand::Packed(&right, 0));
            multiply(tile, view, Sign::Plus, left, right, &mut Scratch::default());
            assert_same_bits(&c, &expected, &format!("{tile:?}"));
        }
    }

    /// A part of C, and packed operands that hold more than it needs.
    #[test]
    fn a_part_of_the_result_has_the_bits_of_the_whole() {
        let [rows, depth, columns] = [40, 300, 80];
        let (a, b) = (values(rows * depth, 3), values(depth * columns, 4));
        let (a, b) = (View::of(&a, rows, depth, depth), View::of(&b, depth, columns, columns));
        for tile in Tile::all() {
            let mut c = vec![1.0; rows * columns];
            let packed = Packed::of(a, Side::Left, tile, true);
            let view = ViewMut::of(&mut c, rows, columns, columns);
            let (above, _) = view.split_rows(21);
            let (_, part) = above.split_columns(50);
            let later = b.rows(DEPTH..depth).columns(50..80);
            let operands = (Operand::Packed(&packed, 1), Operand::Plain(later));
            multiply(tile, part, Sign::Minus, operands.0, operands.1, &mut Scratch::default());
            for (place, &found) in c.iter().enumerate() {
                let (row, column) = (place / columns, place % columns);
                let sum = (DEPTH..depth).fold(0.0f32, |sum, k| a.at(row, k).mul_add(b.at(k, column), sum));
                let expected = if row < 21 && column >= 50 { 1.0 - sum } else { 1.0 };
                assert_eq!(found.to_bits(), f32::to_bits(expected), "{tile:?} {row} {column}");
            }
        }
    }

    #[test]
    fn a_small_product_is_the_product() {
        let (a, b) = (View::of(&[1.0, 2.0, 3.0, 4.0], 2, 2, 2), View::of(&[5.0, 6.0, 7.0, 8.0], 2, 2, 2));
        assert_eq!(product(a, b, [2, 2, 2]), [19.0, 22.0, 43.0, 50.0]);
    }
}
