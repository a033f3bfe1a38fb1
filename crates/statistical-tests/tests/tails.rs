//! Tails: how many of up to a hundred million draws lie beyond 3 to 5.5 standard deviations.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use half::bf16;
use seedbed::Element;
use seedbed_statistical_tests::goodness::rare;
use seedbed_statistical_tests::law::normal_cdf;
use seedbed_statistical_tests::number::Number;
use seedbed_statistical_tests::{ALPHA, endless};

const DRAWS: usize = 100_000_000;
const CHUNK: usize = 1 << 20;
/// A band reaches from one to the next, the last one to infinity.
const LIMITS: [f64; 6] = [3.0, 3.5, 4.0, 4.5, 5.0, 5.5];

/// Draws in each band, below the mean and above it.
fn found_in_bands<T: Element>(text: &str, draws: usize, value: fn(T) -> f64) -> [[u64; LIMITS.len()]; 2] {
    let mut found = [[0; LIMITS.len()]; 2];
    for first in (0..draws).step_by(CHUNK) {
        for z in endless::<T>(text, "tail", 3, first, CHUNK.min(draws - first)).unwrap().into_iter().map(value) {
            if let Some(band) = LIMITS.iter().rposition(|limit| z.abs() > *limit) {
                found[usize::from(z > 0.0)][band] += 1;
            }
        }
    }
    found
}

/// Probability of each band of one tail, given where it begins.
fn masses(begins: [f64; LIMITS.len()]) -> [f64; LIMITS.len()] {
    let beyond = |band: usize| begins.get(band).map_or(0.0, |begin| normal_cdf(-begin));
    std::array::from_fn(|band| beyond(band) - beyond(band + 1))
}

fn assert_tails<T: Element>(text: &str, draws: usize, value: fn(T) -> f64, begins: [f64; LIMITS.len()]) {
    for (side, found) in found_in_bands(text, draws, value).into_iter().enumerate() {
        for (band, (found, mass)) in found.into_iter().zip(masses(begins)).enumerate() {
            let p = rare(found, mass * draws as f64);
            assert!(p > ALPHA, "{text}, side {side}, beyond {}: {found}, p = {p}", LIMITS[band]);
        }
    }
}

/// SciPy 1.17: `norm.sf([3, 3.5, 4, 4.5, 5, 5.5])` of 1e8.
#[test]
fn the_expected_counts_are_exact() {
    let counts = [134_989.803, 23_262.907_9, 3_167.124_18, 339.767_312, 28.665_157_2, 1.898_956_25];
    for (band, mass) in masses(LIMITS).into_iter().enumerate() {
        let expected = counts[band] - counts.get(band + 1).unwrap_or(&0.0);
        assert!((mass * 1e8 / expected - 1.0).abs() < 1e-7, "{band}");
    }
}

#[test]
fn of_the_normal_law() {
    assert_tails::<f32>("normal", DRAWS, f64::from, LIMITS);
}

#[test]
fn of_the_normal_law_in_double_precision() {
    assert_tails::<f64>("normal", DRAWS / 4, |value| value, LIMITS);
}

#[test]
fn of_the_normal_law_scaled() {
    assert_tails::<f32>("normal(mean=0, std=0.02)", DRAWS / 4, |value| f64::from(value) / 0.02, LIMITS);
}

/// What lies up to half a step beyond a limit is rounded onto it, and so stays below.
#[test]
fn of_the_normal_law_rounded() {
    let begins = LIMITS.map(|limit| bf16::from_f64(limit).cell((f64::NEG_INFINITY, f64::INFINITY)).1);
    assert_tails::<bf16>("normal", DRAWS / 4, bf16::to_f64, begins);
}

/// A cut that is nearly none leaves the tails of the whole law.
#[test]
fn of_a_wide_cut() {
    assert_tails::<f32>("truncated_normal(low=-6.5, high=6.5)", DRAWS / 4, f64::from, LIMITS);
}
