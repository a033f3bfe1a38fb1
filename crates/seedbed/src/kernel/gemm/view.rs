//! Views of matrices in memory, with any distance between rows and between columns.
//!
//! They hold pointers, not slices, because the columns of one row-major matrix, split among threads, interleave in
//! memory. A view is made from a slice, which it borrows, and only ever shrinks or splits: so it stays in bounds, and
//! two views that can be written never share an entry.

use std::marker::PhantomData;
use std::ops::Range;

/// A matrix to read.
#[derive(Clone, Copy, Debug)]
pub struct View<'m> {
    pub(super) start: *const f32,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
    memory: PhantomData<&'m [f32]>,
}

/// A matrix to write.
#[derive(Debug)]
pub struct ViewMut<'m> {
    pub(super) start: *mut f32,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) row_stride: usize,
    pub(super) column_stride: usize,
    memory: PhantomData<&'m mut [f32]>,
}

// SAFETY: a view stands for the shared borrow of f32 values that it was made from, which may be sent and shared.
unsafe impl Send for View<'_> {}
// SAFETY: as above.
unsafe impl Sync for View<'_> {}
// SAFETY: it stands for a unique borrow of its own entries: no other view of them can be used while it lives.
unsafe impl Send for ViewMut<'_> {}

impl<'m> View<'m> {
    /// `values` read row after row, each row `row_stride` entries after the one before.
    pub fn of(values: &'m [f32], rows: usize, columns: usize, row_stride: usize) -> View<'m> {
        assert_fits(values.len(), rows, columns, row_stride);
        View { start: values.as_ptr(), rows, columns, row_stride, column_stride: 1, memory: PhantomData }
    }

    /// One entry.
    pub fn at(&self, row: usize, column: usize) -> f32 {
        assert!(row < self.rows && column < self.columns, "entry ({row}, {column})");
        // SAFETY: the entry is one of this view's.
        unsafe { *self.start.add(row * self.row_stride + column * self.column_stride) }
    }

    /// The same entries with rows and columns exchanged.
    pub fn transposed(self) -> View<'m> {
        View {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Some of the rows.
    pub fn rows(self, range: Range<usize>) -> View<'m> {
        assert!(range.start <= range.end && range.end <= self.rows, "rows {range:?} of {}", self.rows);
        // wrapping: the start of an empty view may lie past the memory, where it is never read
        let start = self.start.wrapping_add(range.start * self.row_stride);
        View { start, rows: range.len(), ..self }
    }

    /// Some of the columns.
    pub fn columns(self, range: Range<usize>) -> View<'m> {
        self.transposed().rows(range).transposed()
    }
}

impl<'m> ViewMut<'m> {
    /// `values` as rows, each `row_stride` entries after the one before.
    pub fn of(values: &'m mut [f32], rows: usize, columns: usize, row_stride: usize) -> ViewMut<'m> {
        assert_fits(values.len(), rows, columns, row_stride);
        ViewMut { start: values.as_mut_ptr(), rows, columns, row_stride, column_stride: 1, memory: PhantomData }
    }

    /// Number of rows.
    pub fn row_count(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn column_count(&self) -> usize {
        self.columns
    }

    /// Whether the entries of a row are neighbours in memory.
    pub fn is_row_major(&self) -> bool {
        self.column_stride == 1
    }

    /// The same entries with rows and columns exchanged.
    pub fn transposed(self) -> ViewMut<'m> {
        ViewMut {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// The rows before `at` and the others.
    pub fn split_rows(self, at: usize) -> (ViewMut<'m>, ViewMut<'m>) {
        assert!(at <= self.rows, "row {at} of {}", self.rows);
        let start = self.start.wrapping_add(at * self.row_stride);
        let later = ViewMut { start, rows: self.rows - at, ..self };
        (ViewMut { rows: at, ..self }, later)
    }

    /// The columns before `at` and the others.
    pub fn split_columns(self, at: usize) -> (ViewMut<'m>, ViewMut<'m>) {
        let (before, later) = self.transposed().split_rows(at);
        (before.transposed(), later.transposed())
    }

    /// The same matrix for a shorter time.
    pub fn again(&mut self) -> ViewMut<'_> {
        ViewMut { memory: PhantomData, ..*self }
    }

    /// Some of the rows and columns, for a shorter time.
    pub fn part(&mut self, rows: Range<usize>, columns: Range<usize>) -> ViewMut<'_> {
        assert!(rows.start <= rows.end && rows.end <= self.rows, "rows {rows:?} of {}", self.rows);
        assert!(columns.start <= columns.end && columns.end <= self.columns, "columns {columns:?} of {}", self.columns);
        let start = self.start.wrapping_add(rows.start * self.row_stride + columns.start * self.column_stride);
        ViewMut { start, rows: rows.len(), columns: columns.len(), memory: PhantomData, ..*self }
    }

    /// The same matrix, to read.
    pub fn read(&self) -> View<'_> {
        View {
            start: self.start,
            rows: self.rows,
            columns: self.columns,
            row_stride: self.row_stride,
            column_stride: self.column_stride,
            memory: PhantomData,
        }
    }

    /// Sets one entry.
    pub fn set(&mut self, row: usize, column: usize, value: f32) {
        assert!(row < self.rows && column < self.columns, "entry ({row}, {column})");
        // SAFETY: the entry is one of this view's.
        unsafe { *self.start.add(row * self.row_stride + column * self.column_stride) = value }
    }

    /// Changes every entry, row after row if the rows are whole in memory, else column after column.
    pub fn map(self, change: impl Fn(f32) -> f32) {
        let this = if self.is_row_major() { self } else { self.transposed() };
        for row in 0..this.rows {
            for column in 0..this.columns {
                // SAFETY: the entry is one of this view's.
                unsafe {
                    let entry = this.start.add(row * this.row_stride + column * this.column_stride);
                    *entry = change(*entry);
                }
            }
        }
    }
}

fn assert_fits(length: usize, rows: usize, columns: usize, row_stride: usize) {
    assert!(columns <= row_stride || rows <= 1, "rows of {columns} overlap at {row_stride}");
    let needed = if rows == 0 || columns == 0 { 0 } else { (rows - 1) * row_stride + columns };
    assert!(needed <= length, "{rows}x{columns} by {row_stride} in {length}");
}
