//! One operand of a product, laid out in the order in which a tile reads it.

use rayon::prelude::*;

use super::DEPTH;
use super::tile::Tile;
use super::view::View;

/// Rows of memory that are copied together, so that few memory pages are in use at once.
const TOGETHER: usize = 8;

/// Strips as wide as a tile, for each block of the depth: entry (along, k) of a strip lies at k·width + along. The
/// last strip is filled up with zeros.
#[derive(Debug, Default)]
pub struct Packed {
    pub(super) width: usize,
    pub(super) along: usize,
    pub(super) depth: usize,
    strips: Vec<f32>,
}

/// Which operand of a product with row-major result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one whose rows are the rows of the result.
    Left,
    /// The one whose columns are the columns of the result.
    Right,
}

impl Packed {
    /// The operand whose rows run along the result and whose columns run along the depth of the product, packed in
    /// the threads of the current pool or in this one.
    pub fn of(operand: View, side: Side, tile: Tile, is_in_threads: bool) -> Packed {
        let mut packed = Packed::default();
        packed.reshape(operand.rows, operand.columns, tile.width(side));
        let (width, strip) = (packed.width, packed.strip_size().max(1));
        let strips = packed.strip_count().max(1);
        let one = |(block, (group, out)): (usize, (usize, &mut [f32]))| {
            let (first, from) = (block * DEPTH, group * TOGETHER * width);
            let rows = operand.rows(from..operand.rows.min(from + TOGETHER * width));
            pack(rows.columns(first..operand.columns.min(first + DEPTH)), width, strip, out);
        };
        let blocks = packed.strips.chunks_mut(strip * strips).enumerate();
        let parts = blocks
            .flat_map(|(block, out)| out.chunks_mut(strip * TOGETHER).enumerate().map(move |group| (block, group)));
        if is_in_threads {
            parts.collect::<Vec<_>>().into_par_iter().for_each(one);
        } else {
            parts.for_each(one);
        }
        packed
    }

    /// Packs an operand no deeper than a block, in this thread, into the memory of the one before.
    pub(super) fn refill(&mut self, operand: View, width: usize) {
        self.reshape(operand.rows, operand.columns, width);
        let strip = self.strip_size();
        pack(operand, width, strip, &mut self.strips);
    }

    fn reshape(&mut self, along: usize, depth: usize, width: usize) {
        (self.along, self.depth, self.width) = (along, depth, width);
        let needed = self.strip_size() * self.strip_count() * self.block_count();
        self.strips.resize(needed, 0.0);
    }

    pub(super) fn strip_count(&self) -> usize {
        self.along.div_ceil(self.width)
    }

    pub(super) fn block_count(&self) -> usize {
        self.depth.div_ceil(DEPTH)
    }

    fn strip_size(&self) -> usize {
        self.depth.min(DEPTH) * self.width
    }

    /// Terms in a block of the depth.
    pub(super) fn block_depth(&self, block: usize) -> usize {
        (self.depth - block * DEPTH).min(DEPTH)
    }

    /// One strip of one block: as many rows of `width` as the block is deep.
    pub(super) fn strip(&self, block: usize, strip: usize) -> &[f32] {
        let start = (block * self.strip_count() + strip) * self.strip_size();
        &self.strips[start..start + self.block_depth(block) * self.width]
    }
}

/// Packs the rows of `operand` in strips of `width`.
fn pack(operand: View, width: usize, strip: usize, out: &mut [f32]) {
    if operand.row_stride == 1 {
        for first in (0..operand.columns).step_by(TOGETHER) {
            let together = operand.columns(first..operand.columns.min(first + TOGETHER));
            for (place, out) in out.chunks_mut(strip.max(1)).enumerate() {
                copy_neighbours(strip_of(together, place, width), width, &mut out[first * width..]);
            }
        }
    } else {
        for (place, out) in out.chunks_mut(strip.max(1)).enumerate() {
            spread_rows(strip_of(operand, place, width), width, out);
        }
    }
}

fn strip_of(operand: View, place: usize, width: usize) -> View {
    operand.rows(place * width..operand.rows.min((place + 1) * width))
}

/// A strip whose rows are neighbours in memory.
fn copy_neighbours(strip: View, width: usize, out: &mut [f32]) {
    for (k, out) in out.chunks_exact_mut(width).take(strip.columns).enumerate() {
        // SAFETY: column k of the strip, whose entries are neighbours; nothing can write them while the view lives.
        let column = unsafe { std::slice::from_raw_parts(strip.start.add(k * strip.column_stride), strip.rows) };
        let (now, rest) = out.split_at_mut(column.len());
        now.copy_from_slice(column);
        rest.fill(0.0);
    }
}

fn spread_rows(strip: View, width: usize, out: &mut [f32]) {
    for place in 0..width {
        for (k, out) in out.chunks_exact_mut(width).take(strip.columns).enumerate() {
            let is_there = place < strip.rows;
            // SAFETY: read only if the strip has this row; k counts its columns.
            let entry = || unsafe { *strip.start.add(place * strip.row_stride + k * strip.column_stride) };
            out[place] = if is_there { entry() } else { 0.0 };
        }
    }
}
