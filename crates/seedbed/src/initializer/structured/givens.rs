//! Sparse orthogonal matrices by rounds of random rotations of disjoint pairs.

use super::lines::{self, Lines, Met, Recipe};
use crate::initializer::base::share;
use crate::initializer::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, argument, claim};
use crate::initializer::matrix::Matrix;
use crate::kernel::double;
use crate::plan::{Facts, Plan};
use crate::stream::bit;
use crate::{Error, Initializer, Parameter, Stream, purpose};

/// Rounds that are allowed: each doubles the nonzeros, so after as many every matrix that fits memory is full.
pub const MOST_ROUNDS: usize = 64;

pub const ENTRY: Entry = Entry {
    name: "givens",
    aliases: &[],
    summary: "a sparse orthogonal matrix: about 2^rounds nonzeros a unit",
    formula: "w = gain D P R1 R2 ..., one R a round: it pairs all indices at random (the last one stays alone if their \
              number is odd) and turns each pair by an angle ~ U(0, 2 pi); P a random permutation, D random signs. The \
              first rows (columns, where there are more rows) of that matrix; rows are output units, columns all the \
              weights into one",
    arguments: &[
        argument(
            "rounds",
            Some("3"),
            "1 to 64: a row of a full matrix has 2^rounds nonzeros, less where pairs meet again",
        ),
        GAIN,
    ],
    rationale: "Few connections, and yet every singular value is the gain: sparse weights of independent values are far \
                from it. Written at the speed of memory, each row by itself.",
    claims: &[
        claim("sparsity", "each unit has about 2^rounds nonzero weights", "effective number of inputs a unit"),
        claim("isometry", "all singular values of the layer are equal", "singular values of the Jacobian"),
        FORWARD,
        BACKWARD,
        SYMMETRY_BROKEN,
    ],
    source: "Nowak et al. 2024 (Exact Orthogonal Initialization): random plane rotations",
    elsewhere: "no framework has it; the authors' code turns one random pair after another until a density is reached",
    example: "givens(rounds=3)",
};

/// The plan of one weight.
///
/// # Errors
/// A parameter without axes.
pub fn plan(initializer: &Initializer, parameter: &Parameter, rounds: usize, gain: f64) -> Result<Plan, Error> {
    let matrix = Matrix::of(initializer, parameter)?;
    let givens = Givens { rows: matrix.rows(), columns: matrix.columns(), rounds, gain };
    Ok(lines::plan(matrix, givens))
}

#[derive(Debug)]
struct Givens {
    rows: usize,
    columns: usize,
    rounds: usize,
    gain: f64,
}

impl Recipe for Givens {
    type Drawn = Product;

    fn draw(&self, stream: &Stream, _: &Met) -> Product {
        let size = self.rows.max(self.columns);
        let starts = stream.permutation(0, size);
        let mut row_of = vec![0; size];
        starts.iter().enumerate().for_each(|(row, &start)| row_of[start] = row);
        let rounds = (0..self.rounds).map(|round| Round::draw(stream, round, size)).collect();
        let signs = stream.signs(0, size);
        Product { rows: self.rows, columns: self.columns, gain: self.gain, starts, row_of, signs, rounds }
    }

    /// Rows, or columns, have squares that sum to gain².
    fn facts(&self) -> Facts {
        Facts {
            distribution: format!("product of {} rounds of rotations", self.rounds),
            mean: 0.0,
            variance: share(self.gain * self.gain, self.rows.max(self.columns) as f64),
            bounds: (-self.gain, self.gain),
        }
    }
}

/// One round: each index is turned into itself and its partner.
#[derive(Debug)]
struct Round(Vec<Turn>);

#[derive(Clone, Copy, Debug)]
struct Turn {
    partner: usize,
    /// R(i, i).
    kept: f64,
    /// R(i, partner), which is −R(partner, i).
    passed: f64,
}

impl Round {
    /// Round r pairs the indices at places 2k and 2k + 1 of permutation r + 1. The angle of pair k is a share of a whole
    /// turn: words 2k (high) and 2k + 1 (low) of those from block r · 2³² on.
    fn draw(stream: &Stream, round: usize, size: usize) -> Round {
        let order = stream.permutation(round as u32 + 1, size);
        let mut words = vec![0; size];
        crate::kernel::words(&mut words, (round as u64) << 34, stream, purpose::ANGLES);
        let mut turns: Vec<Turn> = (0..size).map(|index| Turn { partner: index, kept: 1.0, passed: 0.0 }).collect();
        for (pair, words) in order.chunks_exact(2).zip(words.chunks_exact(2)) {
            let (cos, sin) = double::cos_sin(double::share(words[0], words[1]));
            turns[pair[0]] = Turn { partner: pair[1], kept: cos, passed: -sin };
            turns[pair[1]] = Turn { partner: pair[0], kept: cos, passed: sin };
        }
        Round(turns)
    }
}

/// gain D P R1 R2 …, drawn.
#[derive(Debug)]
struct Product {
    rows: usize,
    columns: usize,
    gain: f64,
    /// P: the row of R1 R2 … that each row is.
    starts: Vec<usize>,
    /// And back.
    row_of: Vec<usize>,
    signs: Vec<u32>,
    rounds: Vec<Round>,
}

impl Product {
    fn signed(&self, row: usize) -> f64 {
        if bit(&self.signs, row) { -self.gain } else { self.gain }
    }
}

impl Lines for Product {
    fn row(&self, row: usize, mut put: impl FnMut(usize, f64)) {
        let mut entries = Entries(vec![(self.starts[row], self.signed(row))]);
        self.rounds.iter().for_each(|round| entries.turn(round, 1.0));
        for (column, value) in entries.0.into_iter().filter(|(column, _)| *column < self.columns) {
            put(column, value);
        }
    }

    fn column(&self, column: usize, mut put: impl FnMut(usize, f64)) {
        let mut entries = Entries(vec![(column, 1.0)]);
        self.rounds.iter().rev().for_each(|round| entries.turn(round, -1.0));
        for (start, value) in entries.0 {
            let row = self.row_of[start];
            if row < self.rows {
                put(row, self.signed(row) * value);
            }
        }
    }
}

/// The nonzero entries of a line: index and value, each index once.
struct Entries(Vec<(usize, f64)>);

impl Entries {
    /// The line times R, or times its transpose if `passing` is −1.
    fn turn(&mut self, Round(turns): &Round, passing: f64) {
        let mut turned = Vec::with_capacity(2 * self.0.len());
        for &(index, value) in &self.0 {
            let Turn { partner, kept, passed } = turns[index];
            turned.push((index, kept * value));
            if partner != index {
                turned.push((partner, passing * passed * value));
            }
        }
        turned.sort_unstable_by_key(|(index, _)| *index);
        // an index comes twice where a pair was in the line already; the order of two terms does not change a sum
        turned.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                earlier.1 += later.1;
            }
            is_same
        });
        self.0 = turned;
    }
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{
        assert_semi_orthogonal, facts_hold_over_seeds, parameter, refused, slices_and_tasks_agree,
    };
    use crate::{Initializer, Parameter};

    fn double(text: &str, weight: &Parameter, seed: u64) -> Vec<f64> {
        text.parse::<Initializer>().unwrap().draw_as(weight, seed).unwrap()
    }

    #[test]
    fn the_short_side_is_orthonormal() {
        for (shape, layout) in [
            ("1x1", "dense"),
            ("2x2", "dense"),
            ("33x33", "dense"),
            ("64x64", "dense_in_out"),
            ("20x50", "dense"),
            ("50x20", "dense"),
            ("50x20", "dense_in_out"),
            ("6x4x3x3", "convolution"),
            ("4x6x3", "transposed_convolution"),
        ] {
            for rounds in [1, 3, 9] {
                let text = format!("givens(rounds={rounds}, gain=1.5)");
                assert_semi_orthogonal(&text, &parameter(shape, layout, 1), 1.5, 1e-14);
            }
        }
    }

    /// Theory: 2, 3.996, 7.977, 15.875, 31.441 at n = 1024, orthogonal to 1e-14. A row of k nonzeros has 2k after a round,
    /// less 2 for each of its k (k − 1) / 2 pairs that the round joins, each with probability 1 / (n − 1).
    #[test]
    fn nonzeros_double_with_every_round() {
        let weight = Parameter::dense("w", 1024, 1024).unwrap();
        let mut expected = 1.0;
        for (rounds, measured) in [(1, 2.0), (2, 3.996_093_75), (3, 7.976_562_5), (4, 15.875), (5, 31.441_406_25)] {
            expected = 2.0 * expected - expected * (expected - 1.0) / 1023.0;
            let values = double(&format!("givens(rounds={rounds})"), &weight, 1);
            let nonzeros = values.iter().filter(|value| **value != 0.0).count() as f64 / 1024.0;
            // pairs that meet again come in whole numbers, about Poisson: each takes 4 nonzeros of the 1024 rows away
            let lost = (f64::from(1 << rounds) - expected) * 1024.0;
            let error = 4.5 * 4.0 * (lost / 4.0).sqrt().max(1.0) / 1024.0;
            assert!((nonzeros - expected).abs() < error, "{rounds}: {nonzeros}, not {expected}");
            assert!((nonzeros - measured).abs() < 2.0 * error, "{rounds}: {nonzeros}, not {measured}");
        }
        assert_semi_orthogonal("givens(rounds=5)", &weight, 1.0, 1e-14);
    }

    #[test]
    fn places_are_even_and_values_unrelated() {
        let weight = Parameter::dense("w", 16, 16).unwrap();
        let (mut nonzero, mut product, mut square) = ([0.0; 256], [0.0; 256], [0.0f64; 256]);
        for seed in 0..4000 {
            let values = double("givens(rounds=2)", &weight, seed);
            for place in 0..256 {
                nonzero[place] += if values[place] == 0.0 { 0.0 } else { 1.0 };
                let other = if place % 2 == 0 { place ^ 1 } else { (place * 7 + 5) % 256 };
                product[place] += values[place] * values[other];
                square[place] += (values[place] * values[other]).powi(2);
            }
        }
        let share = nonzero.iter().sum::<f64>() / 256.0 / 4000.0;
        let error = (share * (1.0 - share) * 4000.0).sqrt();
        for place in 0..256 {
            assert!((nonzero[place] - 4000.0 * share).abs() < 4.5 * error, "{place}: {}", nonzero[place]);
            assert!(product[place].abs() < 4.5 * square[place].sqrt(), "{place}: {}", product[place]);
        }
    }

    #[test]
    fn facts_slices_and_layouts() {
        facts_hold_over_seeds("givens(rounds=2, gain=2)", &Parameter::dense("w", 12, 7).unwrap());
        for (shape, layout) in [("700x600", "dense"), ("600x700", "dense_in_out"), ("8x40x3", "transposed_convolution")]
        {
            slices_and_tasks_agree("givens", &parameter(shape, layout, 1));
        }
        let rows = double("givens", &parameter("20x12", "dense", 1), 4);
        let columns = double("givens", &parameter("12x20", "dense_in_out", 1), 4);
        let turned = |place: usize| columns[place % 12 * 20 + place / 12];
        assert!((0..240).all(|place| (rows[place] - turned(place)).abs() < 1e-15));
    }

    #[test]
    fn bad_input_is_refused() {
        for text in ["givens(rounds=0)", "givens(rounds=65)", "givens(gain=-1)", "givens(rounds=1.5)"] {
            assert!(text.parse::<Initializer>().is_err(), "{text}");
        }
        assert!(refused("givens", &Parameter::norm_scale("s", 8).unwrap()).contains("'s' (8)"));
    }
}
