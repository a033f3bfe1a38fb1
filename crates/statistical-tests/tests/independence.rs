//! Nothing in one draw tells of another: neighbours, blocks, names, seeds and purposes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Parameter};
use seedbed_statistical_tests::goodness::{chi_square_tail, kolmogorov, mean};
use seedbed_statistical_tests::law::normal_cdf;
use seedbed_statistical_tests::{ALPHA, endless};

const DRAWS: usize = 1_000_000;

fn shares(name: &str, seed: u64) -> Vec<f32> {
    endless("uniform", name, seed, 0, DRAWS).unwrap()
}

fn normals(name: &str, seed: u64) -> Vec<f64> {
    endless("normal", name, seed, 0, DRAWS).unwrap()
}

/// χ² over a square of cells: pairs of independent uniform values fill all of them alike.
fn pairs<'v>(values: impl IntoIterator<Item = (&'v f32, &'v f32)>) -> f64 {
    const SIDE: usize = 32;
    let mut counts = vec![0.0; SIDE * SIDE];
    let cell = |value: f32| ((value * SIDE as f32) as usize).min(SIDE - 1);
    values.into_iter().for_each(|(&one, &other)| counts[cell(one) * SIDE + cell(other)] += 1.0);
    let expected = counts.iter().sum::<f64>() / counts.len() as f64;
    let statistic = counts.iter().map(|count| (count - expected) * (count - expected) / expected).sum();
    chi_square_tail(statistic, counts.len() - 1)
}

fn assert_chance(what: &str, p: f64) {
    assert!(p > ALPHA, "{what}: p = {p}");
}

/// Lags within a block of 4, to the next ones, by whole vectors, and by tasks of a parallel draw.
const LAGS: [usize; 14] = [1, 2, 3, 4, 5, 7, 8, 15, 16, 32, 64, 1024, 65_536, 262_144];

#[test]
fn of_elements_at_any_distance() {
    let values = shares("layer1.weight", 0);
    for lag in LAGS {
        assert_chance(&format!("lag {lag}"), pairs(values.iter().zip(&values[lag..])));
    }
}

/// Sizes too: the two of a pair by Box and Muller share their radius and not their angle.
#[test]
fn of_normal_values_and_their_squares() {
    let values = normals("layer1.weight", 0);
    for lag in LAGS {
        let products = |f: fn(f64) -> f64| values.iter().zip(&values[lag..]).map(move |(a, b)| f(*a) * f(*b));
        assert_chance(&format!("lag {lag}"), mean(products(|z| z), 0.0));
        assert_chance(&format!("squares at lag {lag}"), mean(products(|z| z * z - 1.0), 0.0));
        assert_chance(&format!("cubes at lag {lag}"), mean(products(|z| z * z * z), 0.0));
    }
    let shares: Vec<f32> = values.iter().map(|z| normal_cdf(*z) as f32).collect();
    assert_chance("pairs", pairs(shares.chunks_exact(2).map(|pair| (&pair[0], &pair[1]))));
}

#[test]
fn of_parameters_and_seeds() {
    let values = shares("layer1.weight", 0);
    for (name, seed) in [
        ("layer2.weight", 0),
        ("layer1.weight ", 0),
        ("layer1.bias", 0),
        ("weight", 0),
        ("", 0),
        ("layer1.weight", 1),
        ("layer1.weight", 2),
        ("layer1.weight", 1 << 32),
        ("layer1.weight", 1 << 63),
        ("layer1.weight", u64::MAX),
    ] {
        let other = shares(name, seed);
        assert_chance(&format!("'{name}' under {seed}"), pairs(values.iter().zip(&other)));
        assert_chance(&format!("'{name}' under {seed}, shifted"), pairs(values.iter().zip(&other[1..])));
    }
}

/// The first elements of many streams, as a draw across names or across seeds.
#[test]
fn of_streams_with_keys_in_a_row() {
    let uniform: Initializer = "uniform".parse().unwrap();
    let first = |name: &str, seed: u64| uniform.draw(&Parameter::norm_scale(name, 2).unwrap(), seed).unwrap();
    let of_names: Vec<Vec<f32>> = (0..200_000).map(|layer| first(&format!("layer{layer}.weight"), 7)).collect();
    let of_seeds: Vec<Vec<f32>> = (0..200_000).map(|seed| first("layer1.weight", seed)).collect();
    for (what, draws) in [("names", of_names), ("seeds", of_seeds)] {
        let values: Vec<f32> = draws.iter().map(|draw| draw[0]).collect();
        assert_chance(what, kolmogorov(&values, (0.0, 1.0), |x| x.clamp(0.0, 1.0)));
        assert_chance(&format!("{what} in a row"), pairs(values.iter().zip(&values[1..])));
        assert_chance(&format!("two elements over {what}"), pairs(draws.iter().map(|draw| (&draw[0], &draw[1]))));
    }
}

/// Experts and packed projections of one tensor, whose parts have streams of their own where they are matrices.
#[test]
fn of_parts_of_a_tensor() {
    let experts = Parameter::laid_out("experts", "2000x8x8".parse().unwrap(), &seedbed::Layout::Experts, 1).unwrap();
    let values = "orthogonal".parse::<Initializer>().unwrap().draw(&experts, 1).unwrap();
    let corner = |expert: usize, place: usize| f64::from(values[expert * 64 + place]);
    for place in 0..64 {
        let products = (1..2000).map(|expert| corner(expert - 1, place) * corner(expert, place) * 8.0);
        assert_chance(&format!("place {place} of neighbours"), mean(products, 0.0));
    }
}
