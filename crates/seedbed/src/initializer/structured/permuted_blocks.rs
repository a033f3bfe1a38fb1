//! Sparse orthogonal matrices by Haar blocks on the diagonal, rows and columns permuted.

use std::ops::Range;

use rayon::prelude::*;

use super::lines::{self, Lines, Met, Recipe};
use crate::initializer::base::share;
use crate::initializer::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, argument, claim};
use crate::initializer::matrix::Matrix;
use crate::initializer::orthogonal::haar_f64;
use crate::plan::{Facts, Plan};
use crate::{Error, Initializer, Parameter, Stream};

pub const ENTRY: Entry = Entry {
    name: "permuted_blocks",
    aliases: &[],
    summary: "a sparse orthogonal matrix: Haar blocks, rows and columns permuted",
    formula: "w = gain P diag(Q1, Q2, ...) P', each Q Haar of the given size (the last one of what is left), P and P' \
              random permutations. The first rows (columns, where there are more rows) of that matrix; rows are output \
              units, columns all the weights into one",
    arguments: &[argument("size", Some("16"), "rows and columns of a block, at least 1: nonzeros of a unit"), GAIN],
    rationale: "Few connections, and yet every singular value is the gain. Units of one block share their inputs, and \
                blocks share nothing: the layer is many small orthogonal ones, shuffled.",
    claims: &[
        claim("sparsity", "each unit has `size` nonzero weights", "effective number of inputs a unit"),
        claim("isometry", "all singular values of the layer are equal", "singular values of the Jacobian"),
        FORWARD,
        BACKWARD,
        SYMMETRY_BROKEN,
    ],
    source: "block-diagonal orthogonal matrices; Haar blocks by Stewart 1980",
    elsewhere: "no framework has it",
    example: "permuted_blocks(size=8)",
};

/// The plan of one weight.
///
/// # Errors
/// A parameter without axes.
pub fn plan(initializer: &Initializer, parameter: &Parameter, size: usize, gain: f64) -> Result<Plan, Error> {
    let matrix = Matrix::of(initializer, parameter)?;
    let blocks = PermutedBlocks { rows: matrix.rows(), columns: matrix.columns(), size, gain };
    Ok(lines::plan(matrix, blocks))
}

#[derive(Clone, Copy, Debug)]
struct PermutedBlocks {
    rows: usize,
    columns: usize,
    size: usize,
    gain: f64,
}

impl PermutedBlocks {
    /// Indices of a block.
    fn of_block(&self, block: usize) -> Range<usize> {
        let end = (block + 1).saturating_mul(self.size).min(self.rows.max(self.columns));
        block * self.size..end
    }

    /// Block k is the Haar matrix of part k of the stream.
    fn block(&self, stream: &Stream, block: usize) -> Vec<f64> {
        let size = self.of_block(block).len();
        haar_f64(size, size, &stream.part(block as u64), 0, self.gain)
    }
}

impl Recipe for PermutedBlocks {
    type Drawn = Blocks;

    fn draw(&self, stream: &Stream, met: &Met) -> Blocks {
        let count = self.rows.max(self.columns);
        let [rows, columns] = [0, 1].map(|which| Shuffle::of(stream.permutation(which, count)));
        let met_rows = met.rows.clone().map(|row| rows.to[row] / self.size);
        let mut is_met = vec![false; count.div_ceil(self.size)];
        met_rows.for_each(|block| is_met[block] = true);
        if met.columns.len() < self.columns {
            let by_columns: Vec<usize> = met.columns.clone().map(|column| columns.to[column] / self.size).collect();
            is_met.fill(false);
            by_columns.into_iter().for_each(|block| is_met[block] = true);
        }
        let made = is_met.into_par_iter().enumerate();
        let blocks = made.map(|(block, is_met)| if is_met { self.block(stream, block) } else { Vec::new() }).collect();
        Blocks { of: *self, rows, columns, blocks }
    }

    /// Rows, or columns, have squares that sum to gain².
    fn facts(&self) -> Facts {
        let size = self.size.min(self.rows.max(self.columns));
        Facts {
            distribution: format!("orthogonal blocks of {size}"),
            mean: 0.0,
            variance: share(self.gain * self.gain, self.rows.max(self.columns) as f64),
            bounds: (-self.gain, self.gain),
        }
    }
}

/// A permutation and its inverse.
#[derive(Debug)]
struct Shuffle {
    to: Vec<usize>,
    from: Vec<usize>,
}

impl Shuffle {
    fn of(to: Vec<usize>) -> Shuffle {
        let mut from = vec![0; to.len()];
        to.iter().enumerate().for_each(|(place, &number)| from[number] = place);
        Shuffle { to, from }
    }
}

/// The blocks that are met, and where their rows and columns go.
#[derive(Debug)]
struct Blocks {
    of: PermutedBlocks,
    rows: Shuffle,
    columns: Shuffle,
    blocks: Vec<Vec<f64>>,
}

impl Lines for Blocks {
    fn row(&self, row: usize, mut put: impl FnMut(usize, f64)) {
        let index = self.rows.to[row];
        let block = index / self.of.size;
        let indices = self.of.of_block(block);
        let entries = self.blocks[block].chunks_exact(indices.len()).nth(index - indices.start).unwrap_or(&[]);
        for (index, &value) in indices.zip(entries) {
            let column = self.columns.from[index];
            if column < self.of.columns {
                put(column, value);
            }
        }
    }

    fn column(&self, column: usize, mut put: impl FnMut(usize, f64)) {
        let index = self.columns.to[column];
        let block = index / self.of.size;
        let indices = self.of.of_block(block);
        let entries = self.blocks[block].iter().skip(index - indices.start).step_by(indices.len());
        for (index, &value) in indices.zip(entries) {
            let row = self.rows.from[index];
            if row < self.of.rows {
                put(row, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{
        assert_semi_orthogonal, drawn, facts_hold_over_seeds, parameter, refused, slices_and_tasks_agree,
    };
    use crate::{Initializer, Parameter};

    #[test]
    fn the_short_side_is_orthonormal() {
        for (shape, layout) in [
            ("1x1", "dense"),
            ("32x32", "dense"),
            ("33x33", "dense"),
            ("33x33", "dense_in_out"),
            ("20x50", "dense"),
            ("50x20", "dense"),
            ("50x20", "dense_in_out"),
            ("6x4x3x3", "convolution"),
            ("4x6x3", "transposed_convolution"),
        ] {
            for size in [1, 4, 16, 1000] {
                let text = format!("permuted_blocks(size={size}, gain=1.5)");
                assert_semi_orthogonal(&text, &parameter(shape, layout, 1), 1.5, 1e-14);
            }
        }
    }

    #[test]
    fn a_row_has_the_nonzeros_of_its_block() {
        for (shape, columns) in [("24x24", 24), ("10x26", 26)] {
            let values = drawn("permuted_blocks(size=4)", &parameter(shape, "dense", 1));
            for row in values.chunks(columns) {
                let nonzeros = row.iter().filter(|value| **value != 0.0).count();
                assert!(nonzeros == 4 || (columns == 26 && nonzeros == 2), "{shape}: {nonzeros}");
            }
        }
        let one_each = drawn("permuted_blocks(size=1)", &parameter("24x24", "dense", 1));
        assert!(one_each.iter().all(|value| [0.0, 1.0].contains(&value.abs())));
    }

    #[test]
    fn blocks_differ() {
        let values = drawn("permuted_blocks(size=2)", &parameter("64x64", "dense", 1));
        let mut sizes: Vec<u32> =
            values.iter().filter(|value| **value != 0.0).map(|value| value.abs().to_bits()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        // a block of two has two sizes of entries, up to the last bit
        assert!(sizes.len() >= 64, "{}", sizes.len());
    }

    #[test]
    fn facts_slices_and_layouts() {
        facts_hold_over_seeds("permuted_blocks(size=4, gain=2)", &Parameter::dense("w", 12, 7).unwrap());
        for (shape, layout) in [("700x600", "dense"), ("600x700", "dense_in_out"), ("8x40x3", "transposed_convolution")]
        {
            slices_and_tasks_agree("permuted_blocks", &parameter(shape, layout, 1));
        }
        let rows = drawn("permuted_blocks(size=5)", &parameter("20x12", "dense", 1));
        let columns = drawn("permuted_blocks(size=5)", &parameter("12x20", "dense_in_out", 1));
        assert!((0..240).all(|place| rows[place] == columns[place % 12 * 20 + place / 12]));
    }

    #[test]
    fn bad_input_is_refused() {
        for text in ["permuted_blocks(size=0)", "permuted_blocks(gain=nan)", "permuted_blocks(size=-3)"] {
            assert!(text.parse::<Initializer>().is_err(), "{text}");
        }
        assert!(refused("permuted_blocks", &Parameter::norm_scale("s", 8).unwrap()).contains("'s' (8)"));
    }
}
