//! A random Hadamard matrix, scaled to be orthogonal.

use std::sync::Arc;

use super::base::Base;
use super::{Choice, Source, Undrawn};
use crate::initializer::base::share;
use crate::initializer::catalogue::{BACKWARD, Entry, FORWARD, GAIN, SYMMETRY_BROKEN, argument, claim};
use crate::initializer::family::unsuited;
use crate::initializer::matrix::Matrix;
use crate::initializer::structured::HadamardOrder;
use crate::plan::{Facts, Law, Plan};
use crate::{Error, Initializer, Parameter};

pub const ENTRY: Entry = Entry {
    name: "hadamard",
    aliases: &["hadamard_orthogonal"],
    summary: "an orthogonal matrix of entries ±gain/√n, as fast as memory",
    formula: "w = gain/√n D1 H D2, n the longer side, H the rows (columns, where there are more rows) of a Hadamard \
              matrix of order n in random order, D1 and D2 random signs; rows are output units, columns all the weights \
              into one. n is 2^k, or 2^k m with m - 1 a prime 4j + 3 or m/2 - 1 a prime 4j + 1",
    arguments: &[
        GAIN,
        argument(
            "order",
            Some("exact"),
            "exact, or power_of_two for any size: rows and columns at random of the least power of two 2^k >= n. Lines \
             along the longer side then keep the length gain; two of them have an inner product of mean 0 and variance about \
             gain^4 (1/n - 1/2^k), and no singular value is above gain sqrt(2^k/n)",
        ),
    ],
    rationale: "Orthogonal as exactly as numbers allow, with every input at the same weight in every unit, at the cost of \
                writing it. It is one of a finite number of matrices, not a uniform draw from all orthogonal ones.",
    claims: &[
        claim("isometry", "all singular values of the layer are equal", "singular values of the Jacobian"),
        claim("diversity", "directions stay independent through depth", "effective rank of the features"),
        FORWARD,
        BACKWARD,
        SYMMETRY_BROKEN,
    ],
    source: "Sylvester 1867; Paley 1933; random signs as in Ailon & Chazelle 2009",
    elsewhere: "no framework has it",
    example: "hadamard",
};

/// The plan of one weight.
///
/// # Errors
/// A parameter without axes, or a longer side of which no Hadamard matrix is known here.
pub fn plan(initializer: &Initializer, parameter: &Parameter, gain: f64, order: HadamardOrder) -> Result<Plan, Error> {
    let matrix = Matrix::of(initializer, parameter)?;
    let long = matrix.rows().max(matrix.columns());
    if parameter.shape.elements() == 0 {
        return Ok(Plan::Law(Law::Constant { value: 0.0 }));
    }
    let order = if order == HadamardOrder::Exact { long } else { long.next_power_of_two() };
    let Some(base) = Base::of_order(order) else {
        let (below, above) = Base::nearest_orders(long);
        let problem = format!(
            "its longer side as a matrix is {long}, and there is no Hadamard matrix of that order here: the nearest are \
             {below} and {above}; orthogonal and givens take any size, and so does order=power_of_two, with rows that \
             are only nearly orthogonal"
        );
        return Err(unsuited(initializer, parameter, problem));
    };
    let value = gain / (long as f64).sqrt();
    let facts = Facts {
        distribution: "two values".to_owned(),
        mean: 0.0,
        variance: share(gain * gain, long as f64),
        bounds: (-value, value),
    };
    Ok(Plan::pattern(Undrawn(Arc::new(Source { matrix, base, value, choice: Choice::Random, facts }))))
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{
        assert_semi_orthogonal, drawn, facts_hold, parameter, refused, slices_and_tasks_agree,
    };
    use crate::{Initializer, Parameter};

    #[test]
    fn the_short_side_is_orthonormal() {
        for (shape, layout) in [
            ("1x1", "dense"),
            ("2x2", "dense"),
            ("64x64", "dense"),
            ("40x128", "dense"),
            ("128x40", "dense"),
            ("128x40", "dense_in_out"),
            ("24x24", "dense"),
            ("24x11", "dense"),
            ("56x56", "dense_in_out"),
            ("28x9", "dense_in_out"),
            ("13x84", "dense"),
            ("12x8x3x3", "convolution"),
            ("3x3x8x12", "convolution_in_out"),
            ("8x9x2x2", "transposed_convolution"),
        ] {
            assert_semi_orthogonal("hadamard(gain=1.5)", &parameter(shape, layout, 1), 1.5, 1e-14);
        }
    }

    #[test]
    fn every_entry_is_one_of_two_values() {
        let values = drawn("hadamard(gain=3)", &Parameter::dense("w", 36, 20).unwrap());
        assert!(values.iter().all(|value| value.abs() == 0.5));
        facts_hold("hadamard(gain=3)", &Parameter::dense("w", 36, 20).unwrap());
    }

    #[test]
    fn slices_tasks_and_layouts_agree() {
        for (shape, layout) in [
            ("600x512", "dense"),
            ("512x600", "dense_in_out"),
            ("77x600", "dense"),
            ("8x40x3x3", "transposed_convolution"),
        ] {
            slices_and_tasks_agree("hadamard", &parameter(shape, layout, 1));
        }
    }

    /// The same matrix, whichever way it lies in memory.
    #[test]
    fn a_layout_only_turns_it() {
        let (as_rows, as_columns) = (parameter("20x12", "dense", 1), parameter("12x20", "dense_in_out", 1));
        let (rows, columns) = (drawn("hadamard", &as_rows), drawn("hadamard", &as_columns));
        assert!((0..240).all(|place| rows[place] == columns[place % 12 * 20 + place / 12]));
    }

    /// Over seeds each entry is a fair coin, and two entries are unrelated wherever they are.
    #[test]
    fn signs_are_fair() {
        let weight = Parameter::dense("w", 12, 12).unwrap();
        let initializer: Initializer = "hadamard(gain=3.4641016151377544)".parse().unwrap();
        let draws: Vec<Vec<f64>> = (0..4000).map(|seed| initializer.draw_as(&weight, seed).unwrap()).collect();
        let root = 4000f64.sqrt();
        for place in 0..144 {
            let total: f64 = draws.iter().map(|draw| draw[place]).sum();
            assert!(total.abs() < 4.5 * root, "{place}: {total}");
            let related: f64 = draws.iter().map(|draw| draw[place] * draw[(place * 7 + 5) % 144]).sum();
            assert!(place == (place * 7 + 5) % 144 || related.abs() < 4.5 * root, "{place}: {related}");
        }
    }

    /// Variance of the inner product of two lines: sampled without replacement, (1/n − 1/N) N / (N − 1).
    #[test]
    fn powers_of_two_take_any_size() {
        let text = "hadamard(order=power_of_two)";
        let weight = parameter("20x33", "dense", 1);
        let initializer: Initializer = text.parse().unwrap();
        let (mut sum, mut square, mut count) = (0.0, 0.0, 0.0);
        for seed in 0..400 {
            let values: Vec<f64> = initializer.draw_as(&weight, seed).unwrap();
            let rows: Vec<&[f64]> = values.chunks(33).collect();
            let product = |i: usize, j: usize| -> f64 { rows[i].iter().zip(rows[j]).map(|(a, b)| a * b).sum() };
            assert!((0..20).all(|i| (product(i, i) - 1.0).abs() < 1e-14));
            let products: Vec<f64> =
                (0..20).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| product(i, j)).collect();
            sum += products.iter().sum::<f64>();
            square += products.iter().map(|product| product * product).sum::<f64>();
            count += products.len() as f64;
        }
        let expected = (1.0 / 33.0 - 1.0 / 64.0) * 64.0 / 63.0;
        assert!((square / count / expected - 1.0).abs() < 0.03, "{}", square / count / expected);
        assert!((sum / count).abs() < 4.5 * (expected / count).sqrt(), "{}", sum / count);
        slices_and_tasks_agree(text, &weight);
        slices_and_tasks_agree(text, &parameter("300x700", "dense_in_out", 1));
        drawn(text, &parameter("64x3x7x7", "convolution", 1));
        let exact = parameter("9x64", "dense", 1);
        assert_eq!(drawn(text, &exact), drawn("hadamard", &exact));
        // the same matrix, whichever way it lies
        let turned = drawn(text, &parameter("33x20", "dense_in_out", 1));
        let values = drawn(text, &weight);
        assert!((0..660).all(|place| values[place] == turned[place % 33 * 20 + place / 33]));
    }

    #[test]
    fn other_sizes_say_what_would_work() {
        let message = refused("hadamard", &parameter("64x3x7x7", "convolution", 1));
        assert!(message.contains("'w' (64x3x7x7)") && message.contains("147"), "{message}");
        assert!(message.contains("144 and 148") && message.contains("orthogonal"), "{message}");
        assert!(refused("hadamard", &Parameter::norm_scale("s", 8).unwrap()).contains("'s' (8)"));
    }
}
