//! Orthogonal matrices are distributed by Haar's measure: every entry, product, trace, determinant and eigenvalue.
//!
//! A QR decomposition without the fix of signs passes every test of even moments of entries, and fails those of odd
//! ones, of the trace and of the determinant (Mezzadri 2007).

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use faer::Mat;
use seedbed::{Element, Initializer, Parameter};
use seedbed_statistical_tests::ALPHA;
use seedbed_statistical_tests::goodness::{chi_square, kolmogorov, mean};
use seedbed_statistical_tests::law::normal_cdf;
use seedbed_statistical_tests::number::Number;
use statrs::distribution::{Beta, ContinuousCDF};

const UNBOUNDED: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

fn drawn<T: Element + Number>(rows: usize, columns: usize, seed: u64) -> Mat<f64> {
    let weight = Parameter::dense("haar", columns, rows).unwrap();
    let values: Vec<T> = "orthogonal".parse::<Initializer>().unwrap().draw_as(&weight, seed).unwrap();
    Mat::from_fn(rows, columns, |row, column| values[row * columns + column].value())
}

fn assert_chance(what: &str, p: f64) {
    assert!(p > ALPHA, "{what}: p = {p}");
}

/// A function of a matrix, and its mean under Haar's measure.
type Moment = (&'static str, fn(&Mat<f64>) -> f64, f64);

fn assert_moments(draws: &[Mat<f64>], moments: &[Moment]) {
    for (what, function, expected) in moments {
        assert_chance(what, mean(draws.iter().map(function), *expected));
    }
}

/// For 5 × 5: E q11⁴ = 3/(n(n+2)), E q11² q12² = 1/(n(n+2)), E q11² q22² = (n+1)/(n(n−1)(n+2)),
/// E q11 q22 q12 q21 = −1/(n(n−1)(n+2)) (Collins & Śniady 2006).
const ENTRIES_OF_FIVE: [Moment; 14] = [
    ("q11", |q| q[(0, 0)], 0.0),
    ("q12", |q| q[(0, 1)], 0.0),
    ("q55", |q| q[(4, 4)], 0.0),
    ("q11 cubed", |q| q[(0, 0)].powi(3), 0.0),
    ("q11 q22", |q| q[(0, 0)] * q[(1, 1)], 0.0),
    ("q11 q22 q33", |q| q[(0, 0)] * q[(1, 1)] * q[(2, 2)], 0.0),
    ("q11 squared", |q| q[(0, 0)].powi(2), 1.0 / 5.0),
    ("q53 squared", |q| q[(4, 2)].powi(2), 1.0 / 5.0),
    ("q11 to the fourth", |q| q[(0, 0)].powi(4), 3.0 / 35.0),
    ("q55 to the fourth", |q| q[(4, 4)].powi(4), 3.0 / 35.0),
    ("q11² q12²", |q| (q[(0, 0)] * q[(0, 1)]).powi(2), 1.0 / 35.0),
    ("q11² q51²", |q| (q[(0, 0)] * q[(4, 0)]).powi(2), 1.0 / 35.0),
    ("q11² q22²", |q| (q[(0, 0)] * q[(1, 1)]).powi(2), 6.0 / 140.0),
    ("q11 q22 q12 q21", |q| q[(0, 0)] * q[(1, 1)] * q[(0, 1)] * q[(1, 0)], -1.0 / 140.0),
];

/// E tr Q = 0, E (tr Q)² = 1, E (tr Q)⁴ = 3, E tr Q² = 1, and both signs of the determinant alike.
const WHOLE: [Moment; 5] = [
    ("trace", trace, 0.0),
    ("trace squared", |q| trace(q).powi(2), 1.0),
    ("trace to the fourth", |q| trace(q).powi(4), 3.0),
    ("trace of the square", |q| trace(&(q * q)), 1.0),
    ("determinant", |q| q.determinant(), 0.0),
];

fn trace(q: &Mat<f64>) -> f64 {
    (0..q.nrows()).map(|index| q[(index, index)]).sum()
}

#[test]
fn moments_of_five_by_five() {
    for draws in [
        (0..40_000).map(|seed| drawn::<f32>(5, 5, seed)).collect::<Vec<_>>(),
        (100_000..140_000).map(|seed| drawn::<f64>(5, 5, seed)).collect::<Vec<_>>(),
    ] {
        assert_moments(&draws, &ENTRIES_OF_FIVE);
        assert_moments(&draws, &WHOLE);
        assert!(draws.iter().all(|q| (q.determinant().abs() - 1.0).abs() < 1e-5));
    }
}

/// Large enough to be made in several blocks of reflections.
#[test]
fn moments_of_large_matrices() {
    let draws: Vec<Mat<f64>> = (0..2000).map(|seed| drawn::<f32>(150, 150, seed)).collect();
    assert_moments(&draws, &WHOLE);
    // traces of powers are independent normal values, N(0 or 1, power), up to what no test sees (Diaconis &
    // Shahshahani 1994; Johansson 1997)
    for (power, centre) in [(1, 0.0), (2, 1.0), (3, 0.0)] {
        let traces: Vec<f64> =
            draws.iter().map(|q| trace(&(1..power).fold(q.clone(), |product, _| product * q))).collect();
        let p = kolmogorov(&traces, UNBOUNDED, |x| normal_cdf((x - centre) / f64::from(power).sqrt()));
        assert_chance(&format!("trace of power {power}"), p);
    }
}

/// u·Qv for fixed directions u and v: its square is Beta(1/2, (n − 1)/2), its signs alike, n the longer side.
#[test]
fn no_direction_is_favoured() {
    for (rows, columns, count) in [
        (2, 2, 20_000),
        (3, 3, 20_000),
        (5, 5, 20_000),
        (17, 4, 20_000),
        (4, 17, 20_000),
        (130, 130, 2000),
        (150, 20, 4000),
    ] {
        let long = rows.max(columns);
        let beta = Beta::new(0.5, (long as f64 - 1.0) / 2.0).unwrap();
        let draws: Vec<Mat<f64>> = (0..count).map(|seed| drawn::<f32>(rows, columns, seed)).collect();
        for direction in 0..4 {
            let (u, v) = (unit(rows, direction), unit(columns, direction));
            let values: Vec<f64> = draws.iter().map(|q| (u.transpose() * q * &v)[(0, 0)]).collect();
            let what = format!("{rows}x{columns}, direction {direction}");
            let law = |x: f64| 0.5 + x.signum() * beta.cdf((x * x).min(1.0)) / 2.0;
            assert_chance(&what, kolmogorov(&values, UNBOUNDED, law));
        }
    }
}

/// A unit vector: an axis, the mean of all, and two uneven ones.
fn unit(size: usize, direction: usize) -> Mat<f64> {
    let entry = |index: usize| match direction {
        0 => f64::from(u8::from(index == 0)),
        1 => 1.0,
        2 => 1.0 / (index as f64 + 1.0),
        _ => (index as f64 + 0.5).sin(),
    };
    let norm = (0..size).map(|index| entry(index).powi(2)).sum::<f64>().sqrt();
    Mat::from_fn(size, 1, |index, _| entry(index) / norm)
}

/// Deciles of the distance of neighbouring eigenvalues in units of its mean, where eigenvalues repel each other as
/// those of unitary matrices: Fredholm determinants of the sine kernel (Bornemann 2010) by mpmath with 40 digits.
const DECILES: [f64; 9] = [
    0.4772905117,
    0.626420049,
    0.7459639594,
    0.8552610292,
    0.962806241,
    1.075064325,
    1.199871443,
    1.351436476,
    1.570134138,
];
/// The variance of the same; it would be 1 for independent eigenvalues.
const SPACING_VARIANCE: f64 = 0.17999388;

#[test]
fn eigenangles_repel_each_other() {
    const SIZE: usize = 200;
    let spacings: Vec<f64> = (0..60).flat_map(|seed| spacings(&drawn::<f32>(SIZE, SIZE, seed))).collect();
    assert!(spacings.len() > 3500, "{}", spacings.len());
    let mut found = [0.0; 10];
    spacings.iter().for_each(|spacing| found[DECILES.partition_point(|decile| decile < spacing)] += 1.0);
    assert_chance("spacings", chi_square(&found, &[spacings.len() as f64 / 10.0; 10]));
    assert_chance("mean", mean(spacings.iter().copied(), 1.0));
    assert_chance("variance", mean(spacings.iter().map(|spacing| (spacing - 1.0).powi(2)), SPACING_VARIANCE));
}

/// Distances of neighbouring eigenangles away from 0 and π, where conjugate pairs meet.
fn spacings(q: &Mat<f64>) -> Vec<f64> {
    use std::f64::consts::{PI, TAU};
    let inside = 0.15 * PI..0.85 * PI;
    let mut angles: Vec<f64> = q.eigenvalues().unwrap().iter().map(|value| value.im.atan2(value.re)).collect();
    angles.retain(|angle| inside.contains(angle));
    angles.sort_unstable_by(f64::total_cmp);
    angles.windows(2).map(|pair| (pair[1] - pair[0]) * q.nrows() as f64 / TAU).collect()
}
