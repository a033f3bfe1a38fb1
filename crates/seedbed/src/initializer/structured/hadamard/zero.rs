//! ZerO: identities, and a Hadamard matrix where a layer grows (Zhao et al. 2021).

use std::sync::Arc;

use super::base::Base;
use super::{Choice, Source, Undrawn};
use crate::initializer::base::share;
use crate::initializer::catalogue::{Entry, argument, claim};
use crate::initializer::matrix::{Centre, Matrix};
use crate::initializer::structured::identity::Diagonal;
use crate::initializer::structured::lines;
use crate::plan::{Facts, Plan};
use crate::{Error, Initializer, Parameter};

pub const ENTRY: Entry = Entry {
    name: "zero_hadamard",
    aliases: &["ZerO"],
    summary: "ZerO: a partial identity, or Hadamard signs where a layer grows; nothing random",
    formula: "w(unit, input) = 1 where unit = input, 0 elsewhere, if units <= inputs; else w = gain 2^(-m/2) H(unit, \
              input), 2^m the least power of two that is not below the units, H(i, j) = (-1)^(bits that i and j share); \
              of a kernel at the tap size / 2 on each axis, 0 at the others",
    arguments: &[argument(
        "gain",
        Some("1"),
        "factor where the layer grows; finite, not negative: 1 as in the authors' code, 1.4142135 as in the paper's \
         algorithm 1",
    )],
    rationale: "A residual network of it starts as one linear map and still breaks symmetry without any randomness: the \
                Hadamard signs make every unit of a layer that grows another mixture. Give zeros to the last layer of \
                each residual branch and to the output.",
    claims: &[
        claim("symmetry", "every unit differs from every other, without randomness", "distinct units / units"),
        claim("isometry", "a layer that does not shrink keeps every length", "singular values of the Jacobian"),
    ],
    source: "Zhao, Schäfer & Anandkumar 2021, ZerO Initialization, algorithms 1 and 2",
    elsewhere: "the paper scales H by 2^(-(m-1)/2), the authors' code by 2^(-m/2). Columns are orthonormal if the units \
                are a power of two; else rows of H are left out, and they are nearly so",
    example: "zero_hadamard",
};

/// The plan of one weight; in groups each has its own.
///
/// # Errors
/// A parameter without axes.
pub fn plan(initializer: &Initializer, parameter: &Parameter, gain: f64) -> Result<Plan, Error> {
    let matrix = Matrix::at_centre(initializer, parameter, Centre::Upper)?;
    let (units, inputs) = (matrix.rows_in_group(), matrix.columns());
    let order = units.next_power_of_two();
    let base = Base::of_order(order).filter(|_| units > inputs && inputs > 0);
    let Some(base) = base else {
        let diagonal = Diagonal::of(&matrix, units, parameter, 1.0, 0);
        return Ok(lines::plan(matrix, diagonal));
    };
    let value = gain / (order as f64).sqrt();
    let density = share((matrix.rows() * inputs) as f64, parameter.shape.elements() as f64);
    let mean = density * value * sum_of_signs(units, inputs) / (units as f64 * inputs as f64);
    let facts = Facts {
        distribution: "Hadamard signs".to_owned(),
        mean,
        variance: (density * value * value - mean * mean).max(0.0),
        bounds: (-value, value),
    };
    Ok(Plan::pattern(Undrawn(Arc::new(Source { matrix, base, value, choice: Choice::First, facts }))))
}

/// The sum of the first entries of Sylvester's matrix.
///
/// The rows are runs of 2^s from a multiple P of it on, one for each bit of their number, and so are the columns, from Q
/// on. Say s ≥ t. Along a run of rows the signs of column c cancel unless the last s bits of c are 0, which is true of at
/// most the first column of its run, if 2^s divides Q: then the sum is 2^s times the sign at (P, Q).
fn sum_of_signs(rows: usize, columns: usize) -> f64 {
    let runs = |count: usize| {
        let bits = (0..usize::BITS).filter(move |bit| count >> bit & 1 == 1);
        bits.map(move |bit| (bit, count >> bit >> 1 << 1 << bit))
    };
    let mut sum = 0.0;
    for (s, p) in runs(rows) {
        for (t, q) in runs(columns) {
            let longer = s.max(t);
            let does_cancel = (if s >= t { q } else { p }) & ((1 << longer) - 1) != 0;
            if !does_cancel {
                let sign = if (p & q).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
                sum += sign * (1u64 << longer) as f64;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::initializer::structured::tests::{
        assert_semi_orthogonal, drawn, facts_hold, parameter, slices_and_tasks_agree,
    };

    #[test]
    fn sums_are_those_of_the_entries() {
        for rows in 1..40usize {
            for columns in 1..40usize {
                let sign = |i: usize, j: usize| 1.0 - 2.0 * f64::from((i & j).count_ones() % 2);
                let sum: f64 = (0..rows).flat_map(|i| (0..columns).map(move |j| sign(i, j))).sum();
                assert_eq!(sum_of_signs(rows, columns), sum, "{rows} {columns}");
            }
        }
    }

    /// scipy.linalg.hadamard(8)[:6, :3] / 2^(3/2), as the authors' ZerO_Init_on_matrix(6, 3) has it.
    #[test]
    fn a_growing_layer_by_hand() {
        let value = 8f64.sqrt().recip() as f32;
        let signs = [[1, 1, 1], [1, -1, 1], [1, 1, -1], [1, -1, -1], [1, 1, 1], [1, -1, 1]];
        let expected: Vec<f32> = signs.into_iter().flatten().map(|sign: i8| f32::from(sign) * value).collect();
        assert_eq!(drawn("zero_hadamard", &parameter("6x3", "dense", 1)), expected);
        assert_semi_orthogonal("zero_hadamard(gain=2)", &parameter("16x9", "dense", 1), 2.0, 1e-15);
    }

    #[test]
    fn a_layer_that_does_not_grow_is_an_identity() {
        for shape in ["4x4", "3x5"] {
            let weight = parameter(shape, "dense", 1);
            assert_eq!(drawn("zero_hadamard(gain=7)", &weight), drawn("identity", &weight));
        }
        let kernel = parameter("3x5x3x3", "convolution", 1);
        assert_eq!(drawn("zero_hadamard", &kernel), drawn("dirac", &kernel));
    }

    #[test]
    fn a_kernel_has_it_at_the_centre_tap() {
        let kernel = drawn("zero_hadamard", &parameter("4x2x4", "convolution", 1));
        let dense = drawn("zero_hadamard", &parameter("4x2", "dense", 1));
        for (place, value) in kernel.iter().enumerate() {
            assert_eq!(*value, if place % 4 == 2 { dense[place / 4] } else { 0.0 });
        }
        let grouped = drawn("zero_hadamard", &parameter("8x2x1", "convolution", 2));
        assert_eq!((&grouped[..8], &grouped[8..]), (&dense[..], &dense[..]));
    }

    #[test]
    fn facts_and_slices() {
        for (shape, layout) in [
            ("24x16", "dense"),
            ("13x7", "dense_in_out"),
            ("12x6x3x3", "convolution"),
            ("3x3x6x12", "convolution_in_out"),
            ("6x12x2", "transposed_convolution"),
        ] {
            facts_hold("zero_hadamard(gain=1.5)", &parameter(shape, layout, 1));
            slices_and_tasks_agree("zero_hadamard", &parameter(shape, layout, 1));
        }
    }
}
