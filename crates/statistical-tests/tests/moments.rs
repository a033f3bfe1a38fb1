//! Moments up to the fourth, of ten million draws, against exact ones.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed_statistical_tests::goodness::Mean;
use seedbed_statistical_tests::{ALPHA, endless};

const DRAWS: usize = 10_000_000;
const CHUNK: usize = 1 << 20;

/// Mean, variance, skewness and kurtosis of a law.
type Moments = [f64; 4];

/// Holds the powers of (w − mean) / std to 0, 1, skewness and kurtosis.
fn assert_moments(text: &str, [mean, variance, skewness, kurtosis]: Moments, draw: impl Fn(usize, usize) -> Vec<f64>) {
    let mut powers = [Mean::default(); 4];
    for first in (0..DRAWS).step_by(CHUNK) {
        for value in draw(first, CHUNK.min(DRAWS - first)) {
            let z = (value - mean) / variance.sqrt();
            [z, z * z, z * z * z, z * z * z * z].iter().zip(&mut powers).for_each(|(power, mean)| mean.add(*power));
        }
    }
    for (order, (power, expected)) in powers.iter().zip([0.0, 1.0, skewness, kurtosis]).enumerate() {
        let p = power.against(expected);
        assert!(p > ALPHA, "{text}, moment {}: p = {p}", order + 1);
    }
}

/// Moments of normal laws cut at `low` and `high`: mpmath, quadrature with 40 digits.
const CUTS: [(f64, f64, Moments); 8] = [
    (-2.0, 2.0, [0.0, 0.7737413035499232, 0.0, 2.36553671712965]),
    (-3.0, 0.5, [-0.5037344585049451, 0.4719076423102582, -0.7287336261448692, 3.057671426753344]),
    (0.5, 3.0, [1.13166492495135, 0.2490990343150757, 1.005705264938873, 3.591518754797698]),
    (2.0, 9.0, [2.373215532822841, 0.114279100414081, 1.536432169343101, 6.018595775838261]),
    (8.0, 8.5, [8.113735989496523, 0.01052574035836485, 1.288168385929671, 4.282978709095304]),
    (-37.0, -36.0, [-36.02773462543203, 0.0007681971618405727, -1.994523513002857, 8.954289395942592]),
    (-0.001, 0.001, [0.0, 3.33333288888891e-7, 0.0, 1.800000137142862]),
    (-1.0, 4.0, [0.287451724607027, 0.629124416229106, 0.5885486887637434, 2.983982489761048]),
];

#[test]
fn of_truncated_normals() {
    for (low, high, moments) in CUTS {
        let text = format!("truncated_normal(low={low}, high={high})");
        assert_moments(&text, moments, |first, count| wide(endless::<f32>(&text, "cut", 1, first, count).unwrap()));
    }
}

/// Where PyTorch's former method, the inverse of a rounded error function, gave a kurtosis of 28,122 for a wide cut.
#[test]
fn of_normals_and_wide_cuts() {
    for (text, mean, std) in [
        ("normal", 0.0, 1.0),
        ("normal(mean=0.5, std=2)", 0.5, 2.0),
        ("truncated_normal(low=-30, high=30)", 0.0, 1.0),
        ("truncated_normal(std=0.02, low=-100, high=100)", 0.0, 0.02),
    ] {
        let moments = [mean, std * std, 0.0, 3.0];
        assert_moments(text, moments, |first, count| wide(endless::<f32>(text, "w", 2, first, count).unwrap()));
        assert_moments(text, moments, |first, count| endless::<f64>(text, "w", 3, first, count).unwrap());
    }
}

#[test]
fn of_uniform_and_wrapped_laws() {
    // the wrapped law: mpmath, the sum of ten folded pieces
    let wrapped = [0.0, 0.7497627823342425, 0.0, 2.424535557511699];
    for (text, moments) in [
        ("uniform", [0.5, 1.0 / 12.0, 0.0, 1.8]),
        ("uniform(low=-3, high=5)", [1.0, 64.0 / 12.0, 0.0, 1.8]),
        ("fastai:trunc_normal_", wrapped),
    ] {
        assert_moments(text, moments, |first, count| wide(endless::<f32>(text, "w", 4, first, count).unwrap()));
        assert_moments(text, moments, |first, count| endless::<f64>(text, "w", 5, first, count).unwrap());
    }
}

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}
