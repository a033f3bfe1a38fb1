//! The product of the reflections, block after block from the last one, in place.

use rayon::prelude::*;

use super::Draws;
use super::reflections::Reflections;
use crate::kernel::gemm::{DEPTH, Operand, Scratch, Side, Sign, Tile, ViewMut, multiply};

/// Columns of Q that a thread works on at once: never more, and not fewer when there are enough.
const WIDEST: usize = 256;
const NARROWEST: usize = 64;

/// Fills the tall matrix, whatever it held, with the first columns of H(0) H(1) … D.
pub fn fill(mut q: ViewMut, draws: &Draws, tile: Tile) {
    let side = if q.is_row_major() { Side::Left } else { Side::Right };
    let columns = q.column_count();
    for first in (0..columns).step_by(DEPTH).rev() {
        let count = DEPTH.min(columns - first);
        let block = Reflections::draw(draws, first, count, side, tile);
        let last = q.row_count();
        apply(&block, q.part(first..last, first..columns), side, draws.is_small());
    }
}

/// Makes the block's own columns from the signs, and reflects the columns after them, whose first rows are zero yet.
fn apply(block: &Reflections, trailing: ViewMut, side: Side, is_small: bool) {
    let (own, later) = trailing.split_columns(block.count);
    let mut panels = vec![Panel { columns: own, is_own: true }];
    panels.extend(split(later).into_iter().map(|columns| Panel { columns, is_own: false }));
    if is_small {
        panels.into_iter().for_each(|panel| panel.reflect(&mut Work::default(), block, side));
    } else {
        panels.into_par_iter().for_each_init(Work::default, |work, panel| panel.reflect(work, block, side));
    }
}

/// Panels of nearly equal width, several for each thread if they do not become too narrow.
pub fn split(columns: ViewMut) -> Vec<ViewMut> {
    let wanted = columns.column_count().div_ceil(4 * rayon::current_num_threads());
    let width = wanted.next_multiple_of(NARROWEST).clamp(NARROWEST, WIDEST);
    let mut panels = Vec::new();
    let mut rest = columns;
    while rest.column_count() > 0 {
        let width = width.min(rest.column_count());
        let (panel, later) = rest.split_columns(width);
        panels.push(panel);
        rest = later;
    }
    panels
}

/// Columns from the block's first row down.
struct Panel<'q> {
    columns: ViewMut<'q>,
    /// Whether they are the block's own, which start as the diagonal of signs.
    is_own: bool,
}

/// Memory for one panel.
#[derive(Default)]
struct Work {
    scratch: Scratch,
    shares: Vec<f32>,
    turned: Vec<f32>,
}

impl Panel<'_> {
    /// C − V T Vᵀ C.
    fn reflect(mut self, work: &mut Work, block: &Reflections, side: Side) {
        self.clear(block);
        let (count, width) = (block.count, self.columns.column_count());
        let Work { scratch, shares, turned } = work;
        let mut shares = zeros(shares, count, width, side);
        // of its own columns only the first rows are there, of the others only the rows after them
        let rows = if self.is_own { 0..count } else { count..self.columns.row_count() };
        let across = Operand::Packed(&block.across, usize::from(!self.is_own));
        if !rows.is_empty() {
            let rows = Operand::Plain(self.columns.read().rows(rows));
            multiply(block.tile, shares.again(), Sign::Plus, across, rows, scratch);
        }
        let mut turned = zeros(turned, count, width, side);
        block.turn(shares.read(), turned.again(), width, scratch);
        let turned = Operand::Plain(turned.read());
        multiply(block.tile, self.columns, Sign::Minus, Operand::Packed(&block.along, 0), turned, scratch);
    }

    fn clear(&mut self, block: &Reflections) {
        let rows = if self.is_own { self.columns.row_count() } else { block.count };
        let width = self.columns.column_count();
        self.columns.part(0..rows, 0..width).map(|_| 0.0);
        if self.is_own {
            block.signs.iter().enumerate().for_each(|(place, &sign)| self.columns.set(place, place, sign));
        }
    }
}

/// A matrix of zeros: row-major if V stands left in the products, else column-major.
fn zeros(memory: &mut Vec<f32>, rows: usize, columns: usize, side: Side) -> ViewMut<'_> {
    memory.clear();
    // rows of more than one entry, so that no column of one looks like a row
    let (outer, inner) = if side == Side::Left { (rows, columns) } else { (columns, rows) };
    let stride = inner.max(DEPTH);
    memory.resize(outer * stride, 0.0);
    let view = ViewMut::of(memory, outer, inner, stride);
    if side == Side::Left { view } else { view.transposed() }
}
