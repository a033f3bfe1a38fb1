//! Sparse weights: counts, the choice of places, and the values there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Parameter};
use seedbed_statistical_tests::ALPHA;
use seedbed_statistical_tests::goodness::{chi_square_tail, even, kolmogorov, mean};
use seedbed_statistical_tests::law::normal_cdf;

/// Row by row, the weights of `rows` units with `columns` inputs.
fn drawn(text: &str, rows: usize, columns: usize, seed: u64) -> Vec<Vec<f32>> {
    let weight = Parameter::dense("sparse", columns, rows).unwrap();
    let values = text.parse::<Initializer>().unwrap().draw(&weight, seed).unwrap();
    values.chunks(columns).map(<[f32]>::to_vec).collect()
}

/// The chosen places of a row, as bits.
fn places(row: &[f32]) -> usize {
    row.iter().enumerate().map(|(column, value)| usize::from(*value != 0.0) << column).sum()
}

/// All sets of `count` among `columns`, as bits.
fn sets(count: u32, columns: u32) -> Vec<usize> {
    (0..1 << columns).filter(|set: &usize| set.count_ones() == count).collect()
}

#[test]
fn every_set_of_places_is_equally_likely() {
    for (count, columns) in [(1, 7), (2, 6), (3, 6), (5, 8), (6, 7)] {
        let rows = drawn(&format!("sparse(nonzeros={count})"), 100_000, columns as usize, 1);
        let mut counts = vec![0.0; 1 << columns];
        rows.iter().for_each(|row| counts[places(row)] += 1.0);
        let found: Vec<f64> = sets(count, columns).iter().map(|set| counts[*set]).collect();
        assert_eq!(found.iter().sum::<f64>(), 100_000.0, "each row has {count}");
        let p = even(&found);
        assert!(p > ALPHA, "{count} of {columns}: p = {p}");
    }
}

#[test]
fn rows_choose_by_themselves() {
    let rows = drawn("sparse(nonzeros=2)", 200_000, 5, 2);
    let sets = sets(2, 5);
    let number = |row: &[f32]| sets.iter().position(|set| *set == places(row)).unwrap();
    for lag in [1, 2, 4] {
        let mut counts = vec![0.0; sets.len() * sets.len()];
        rows.iter().zip(&rows[lag..]).for_each(|(one, other)| counts[number(one) * sets.len() + number(other)] += 1.0);
        let p = even(&counts);
        assert!(p > ALPHA, "lag {lag}: p = {p}");
    }
}

/// A row-k design reaches each column Binomial(rows, k / columns) times; a column's count is nearly normal.
#[test]
fn columns_are_reached_alike() {
    let (rows, columns, count) = (20_000, 300, 15);
    let weights = drawn(&format!("sparse(nonzeros={count})"), rows, columns, 3);
    let share = count as f64 / columns as f64;
    let (expected, variance) = (rows as f64 * share, rows as f64 * share * (1.0 - share));
    let counts = (0..columns).map(|column| weights.iter().filter(|row| row[column] != 0.0).count() as f64);
    // the counts sum to rows · k, which takes one degree of freedom and widens each share by columns / (columns − 1)
    let statistic = counts.map(|found| (found - expected).powi(2) / variance).sum::<f64>();
    let p = chi_square_tail(statistic * (columns as f64 - 1.0) / columns as f64, columns - 1);
    assert!(p > ALPHA, "p = {p}");
}

/// Inputs that no unit sees: (1 − k/n)^units of them (theory: 0.0183 for 4 nonzeros, as many units as inputs).
#[test]
fn as_many_inputs_are_left_out_as_chance_leaves() {
    let (size, count) = (2000, 4);
    let alone = (1.0 - count as f64 / size as f64).powi(size as i32);
    assert!((alone - 0.0183).abs() < 5e-4);
    let left_out = (0..20).flat_map(|seed| {
        let weights = drawn(&format!("sparse(nonzeros={count})"), size, size, seed);
        (0..size)
            .map(move |column| f64::from(u8::from(weights.iter().all(|row| row[column] == 0.0))))
            .collect::<Vec<_>>()
    });
    let p = mean(left_out, alone);
    assert!(p > ALPHA, "p = {p}");
}

#[test]
fn values_are_normal_wherever_they_stand() {
    let rows = drawn("sparse(nonzeros=5, gain=3)", 100_000, 20, 4);
    let nonzero: Vec<f32> = rows.iter().flatten().copied().filter(|value| *value != 0.0).collect();
    assert_eq!(nonzero.len(), 500_000);
    let std = 3.0 / 5f64.sqrt();
    let p = kolmogorov(&nonzero, (f64::NEG_INFINITY, f64::INFINITY), |x| normal_cdf(x / std));
    assert!(p > ALPHA, "p = {p}");
    for column in 0..20 {
        let squares = rows.iter().map(|row| f64::from(row[column]).powi(2));
        let p = mean(squares, 9.0 / 20.0);
        assert!(p > ALPHA, "column {column}: p = {p}");
    }
}
