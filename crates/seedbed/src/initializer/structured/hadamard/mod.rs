//! Entries of two values: rows and columns of Hadamard matrices.
//!
//! A Hadamard matrix of order n holds 1 and −1, and its rows are orthogonal; divided by √n it is orthogonal. Random
//! signs of its rows and columns keep it so.

mod base;
mod paley;
mod random;
mod signs;
mod zero;

use std::ops::Range;
use std::sync::Arc;

use base::Base;
pub use random::ENTRY as RANDOM_ENTRY;
pub use random::plan as random;
use signs::{Side, Signs};
pub use zero::ENTRY as ZERO_ENTRY;
pub use zero::plan as zero;

use crate::Stream;
use crate::initializer::matrix::{Matrix, Order};
use crate::plan::{Composition, Facts, Pattern, TASK};
use crate::stream::bit;

/// A matrix of ±value, its signs those of a base matrix.
#[derive(Debug)]
struct Source {
    matrix: Matrix,
    base: Base,
    value: f64,
    choice: Choice,
    facts: Facts,
}

/// Which rows and columns of the base matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    /// Random ones where the base has more than the weight, in random order, all with random signs.
    Random,
    /// The first ones in their order, anew in each group.
    First,
}

impl Source {
    fn sides(&self, stream: &Stream) -> [Side; 2] {
        let (rows, columns) = (self.matrix.rows(), self.matrix.columns());
        let first = |count| (0..count).collect::<Vec<usize>>();
        if self.choice == Choice::First {
            let in_group = self.matrix.rows_in_group();
            let rows = (0..rows).map(|row| row % in_group).collect();
            return [rows, first(columns)].map(|indices| Side { indices, signs: Vec::new() });
        }
        let chosen = |which, count| {
            let mut indices = stream.permutation(which, self.base.order());
            indices.truncate(count);
            indices
        };
        let [long, short] = [rows.max(columns), rows.min(columns)];
        let along = if long == self.base.order() { first(long) } else { chosen(1, long) };
        let [of_rows, of_columns] = if rows <= columns { [chosen(0, short), along] } else { [along, chosen(0, short)] };
        [
            Side { indices: of_rows, signs: stream.signs(0, rows) },
            Side { indices: of_columns, signs: stream.signs(1, columns) },
        ]
    }

    fn signs(&self, stream: &Stream, places: Range<usize>) -> Signs {
        let [rows, columns] = self.sides(stream);
        match self.matrix.order() {
            Order::Columns => Signs::of(&self.base, columns, rows, false, self.matrix.columns_within(places)),
            _ => Signs::of(&self.base, rows, columns, true, self.matrix.rows_within(places)),
        }
    }

    fn fill<T: Copy + Default>(&self, signs: &Signs, first: usize, out: &mut [T], [plus, minus]: [T; 2]) {
        if self.matrix.order() == Order::Scattered {
            self.scatter(signs, first, out, [plus, minus]);
        } else {
            signs.fill(first, out, plus, minus);
        }
    }

    fn scatter<T: Copy + Default>(&self, signs: &Signs, first: usize, out: &mut [T], [plus, minus]: [T; 2]) {
        out.fill(T::default());
        let mut words = vec![0; signs.length().div_ceil(32)];
        for row in self.matrix.rows_within(first..first + out.len()) {
            signs.words(row, 0..words.len(), &mut words);
            for column in 0..signs.length() {
                if let Some(offset) = self.matrix.place(row, column).checked_sub(first)
                    && let Some(slot) = out.get_mut(offset)
                {
                    *slot = if bit(&words, column) { minus } else { plus };
                }
            }
        }
    }

    fn task(&self) -> usize {
        let is_ordered = self.matrix.order() != Order::Scattered || self.matrix.has_row_spans();
        if is_ordered { TASK } else { usize::MAX }
    }
}

/// The matrix before anything is drawn.
#[derive(Debug)]
struct Undrawn(Arc<Source>);

/// The matrix with its signs.
#[derive(Debug)]
struct Drawn {
    source: Arc<Source>,
    signs: Signs,
}

impl Pattern for Undrawn {
    fn fill(&self, first: usize, out: &mut [f32], stream: &Stream) {
        let value = self.0.value as f32;
        self.0.fill(&self.0.signs(stream, first..first + out.len()), first, out, [value, -value]);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], stream: &Stream) {
        let value = self.0.value;
        self.0.fill(&self.0.signs(stream, first..first + out.len()), first, out, [value, -value]);
    }

    fn prepared(&self, stream: &Stream, places: Range<usize>) -> Option<Arc<dyn Pattern>> {
        Some(Arc::new(Drawn { source: Arc::clone(&self.0), signs: self.0.signs(stream, places) }))
    }

    fn facts(&self) -> Facts {
        self.0.facts.clone()
    }

    fn composition(&self) -> Composition {
        match self.0.choice {
            Choice::First => Composition::Fixed,
            Choice::Random => Composition::Dependent,
        }
    }

    fn task(&self) -> usize {
        self.0.task()
    }
}

impl Pattern for Drawn {
    fn fill(&self, first: usize, out: &mut [f32], _: &Stream) {
        let value = self.source.value as f32;
        self.source.fill(&self.signs, first, out, [value, -value]);
    }

    fn fill_f64(&self, first: usize, out: &mut [f64], _: &Stream) {
        let value = self.source.value;
        self.source.fill(&self.signs, first, out, [value, -value]);
    }

    fn facts(&self) -> Facts {
        self.source.facts.clone()
    }

    fn task(&self) -> usize {
        self.source.task()
    }
}
