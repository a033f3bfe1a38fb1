//! Matrices of few nonzero entries whose rows and columns can each be had alone, laid into a tensor.

use std::fmt::Debug;
use std::ops::Range;
use std::sync::Arc;

use crate::Stream;
use crate::initializer::matrix::{Matrix, Order};
use crate::plan::{Composition, Facts, Pattern, Plan, TASK};

/// A drawn matrix, line by line.
pub trait Lines: Debug + Send + Sync + 'static {
    /// Gives each nonzero entry of a row to `put`, with its column.
    fn row(&self, row: usize, put: impl FnMut(usize, f64));

    /// Gives each nonzero entry of a column to `put`, with its row.
    fn column(&self, column: usize, put: impl FnMut(usize, f64));
}

/// How a matrix is drawn.
pub trait Recipe: Debug + Send + Sync + 'static {
    /// What comes of it.
    type Drawn: Lines;

    /// What the lines that are met share of the stream.
    fn draw(&self, stream: &Stream, met: &Met) -> Self::Drawn;

    /// What is known of one element of the tensor.
    fn facts(&self) -> Facts;

    /// How the elements of the tensor hang together.
    fn composition(&self) -> Composition {
        Composition::Dependent
    }
}

/// Lines of which a fill may need entries.
#[derive(Clone, Debug)]
pub struct Met {
    /// Rows.
    pub rows: Range<usize>,
    /// Columns.
    pub columns: Range<usize>,
}

/// The plan that draws a recipe's matrix, and zeros wherever the tensor has places outside of the matrix.
pub fn plan(matrix: Matrix, recipe: impl Recipe) -> Plan {
    Plan::pattern(ByLine(Arc::new(Source { matrix, recipe })))
}

#[derive(Debug)]
struct Source<R> {
    matrix: Matrix,
    recipe: R,
}

#[derive(Debug)]
struct ByLine<R>(Arc<Source<R>>);

/// With what the lines share.
#[derive(Debug)]
struct Drawn<R: Recipe> {
    source: Arc<Source<R>>,
    lines: R::Drawn,
}

impl<R: Recipe> Source<R> {
    fn draw(&self, stream: &Stream, places: Range<usize>) -> R::Drawn {
        let columns = self.matrix.columns_within(places.clone());
        self.recipe.draw(stream, &Met { rows: self.matrix.rows_within(places), columns })
    }

    /// Elements that one thread should take at once: everything where any run may meet every line.
    fn task(&self) -> usize {
        let is_ordered = self.matrix.order() == Order::Columns || self.matrix.has_row_spans();
        if is_ordered { TASK } else { usize::MAX }
    }

    fn lay<T: Copy + Default>(&self, lines: &R::Drawn, first: usize, out: &mut [T], rounded: fn(f64) -> T) {
        out.fill(T::default());
        let places = first..first + out.len();
        let mut put = |row: usize, column: usize, value: f64| {
            if let Some(offset) = self.matrix.place(row, column).checked_sub(first)
                && let Some(slot) = out.get_mut(offset)
            {
                *slot = rounded(value);
            }
        };
        if self.matrix.order() == Order::Columns {
            for column in self.matrix.columns_within(places) {
                lines.column(column, |row, value| put(row, column, value));
            }
        } else {
            for row in self.matrix.rows_within(places) {
                lines.row(row, |column, value| put(row, column, value));
            }
        }
    }
}

impl<R: Recipe> Pattern for ByLine<R> {
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream) {
        let lines = self.0.draw(stream, first..first + out.len());
        self.0.lay(&lines, first, out, |value| value as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], stream: &Stream) {
        let lines = self.0.draw(stream, first..first + out.len());
        self.0.lay(&lines, first, out, |value| value);
    }

    fn prepared(&self, stream: &Stream, places: Range<usize>) -> Option<Arc<dyn Pattern>> {
        let drawn: Drawn<R> = Drawn { source: Arc::clone(&self.0), lines: self.0.draw(stream, places) };
        Some(Arc::new(drawn))
    }

    fn facts(&self) -> Facts {
        self.0.recipe.facts()
    }

    fn composition(&self) -> Composition {
        self.0.recipe.composition()
    }

    fn task(&self) -> usize {
        self.0.task()
    }
}

impl<R: Recipe> Pattern for Drawn<R> {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        self.source.lay(&self.lines, first, out, |value| value as f32);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], _: &Stream) {
        self.source.lay(&self.lines, first, out, |value| value);
    }

    fn facts(&self) -> Facts {
        self.source.recipe.facts()
    }

    fn task(&self) -> usize {
        self.source.task()
    }
}
