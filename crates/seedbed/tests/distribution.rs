//! Draws against the laws they claim, with distribution functions from elsewhere. Every stream is fixed, so a test
//! that passes once passes always; alpha is 0.001, or 4.5 standard errors, for each.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Parameter};

const DRAWS: usize = 1_000_000;
const STANDARD_ERRORS: f64 = 4.5;

fn draw(text: &str, name: &str, seed: u64) -> Vec<f64> {
    let parameter = Parameter::dense(name, DRAWS / 1000, 1000).unwrap();
    let values = text.parse::<Initializer>().unwrap().draw(&parameter, seed).unwrap();
    values.into_iter().map(f64::from).collect()
}

fn normal_cdf(x: f64) -> f64 {
    libm::erfc(-x / std::f64::consts::SQRT_2) / 2.0
}

/// Kolmogorov's test at alpha 0.001.
fn assert_law(text: &str, cdf: impl Fn(f64) -> f64) {
    let mut values = draw(text, "law", 1);
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let gap = |(place, &x): (usize, &f64)| (cdf(x) - place as f64 / n).max((place + 1) as f64 / n - cdf(x));
    let distance = values.iter().enumerate().map(gap).fold(0.0, f64::max);
    assert!(distance * n.sqrt() < 1.949, "{text}: {}", distance * n.sqrt());
}

fn assert_mean(what: &str, values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    let errors = (mean - expected) / (variance / n).sqrt();
    assert!(errors.abs() < STANDARD_ERRORS, "{what}: mean {mean}, not {expected}: {errors} standard errors");
}

fn powers(values: &[f64], power: i32) -> Vec<f64> {
    values.iter().map(|value| value.powi(power)).collect()
}

fn products<'v>(one: impl IntoIterator<Item = &'v f64>, other: impl IntoIterator<Item = &'v f64>) -> Vec<f64> {
    one.into_iter().zip(other).map(|(a, b)| a * b).collect()
}

#[test]
fn elementwise_laws() {
    assert_law("uniform(low=-2, high=3)", |x| (x + 2.0) / 5.0);
    assert_law("normal(mean=1, std=0.5)", |x| normal_cdf((x - 1.0) / 0.5));
    for (low, high) in [(-2.0, 2.0), (-3.0, 0.5), (0.5, 3.0), (2.0, 9.0)] {
        let (below, above) = (normal_cdf(low), normal_cdf(high));
        let text = format!("truncated_normal(mean=0.1, std=0.02, low={low}, high={high})");
        assert_law(&text, |x| (normal_cdf((x - 0.1) / 0.02) - below) / (above - below));
    }
    assert_law("log_uniform(low=0.001, high=0.1)", |x| (x / 0.001).ln() / 100f64.ln());
    assert_law("mamba2_a_log(low=1, high=16)", |x| (x.exp() - 1.0) / 15.0);
    assert_law("mamba_dt_bias", |x| (x.exp().ln_1p() / 0.001).ln() / 100f64.ln());
}

#[test]
fn standardized_moments() {
    // fourth moment over squared variance: 3, 9/5, and for the normal cut at ±2 by quadrature with 30 digits
    for (text, kurtosis) in [
        ("normal", 3.0),
        ("lecun_normal", 3.0),
        ("he_uniform", 1.8),
        ("truncated_normal", KURTOSIS_CUT_AT_TWO),
        ("variance_scaling(distribution=truncated_normal)", KURTOSIS_CUT_AT_TWO),
    ] {
        let parameter = Parameter::dense("moments", 1000, 1000).unwrap();
        let variance = text.parse::<Initializer>().unwrap().element_variance(&parameter).unwrap();
        let values: Vec<f64> = draw(text, "moments", 2).iter().map(|value| value / variance.sqrt()).collect();
        for (power, expected) in [(1, 0.0), (2, 1.0), (3, 0.0), (4, kurtosis)] {
            assert_mean(&format!("{text} to the {power}"), &powers(&values, power), expected);
        }
    }
}
const KURTOSIS_CUT_AT_TWO: f64 = 2.365_536_717_129_65;

#[test]
fn tails_of_the_normal_are_there() {
    let beyond = draw("normal", "tail", 3).iter().filter(|value| value.abs() > 4.0).count() as f64;
    let expected = 2.0 * normal_cdf(-4.0) * DRAWS as f64; // 63.3
    assert!((beyond - expected).abs() < STANDARD_ERRORS * expected.sqrt(), "{beyond}");
}

#[test]
fn neighbours_names_and_seeds_are_independent() {
    let one = draw("normal", "layer1.weight", 0);
    let square = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value * value - 1.0).collect() };
    for lag in 1..=9 {
        assert_mean(&format!("lag {lag}"), &products(&one, one.iter().skip(lag)), 0.0);
        let squares = square(&one);
        assert_mean(&format!("squares at lag {lag}"), &products(&squares, squares.iter().skip(lag)), 0.0);
    }
    for (name, seed) in [("layer2.weight", 0), ("layer1.weight", 1), ("layer1.bias", 0), ("layer1.weight", 1 << 63)] {
        let other = draw("normal", name, seed);
        assert_mean(name, &products(&one, &other), 0.0);
        assert_mean(name, &products(&square(&one), &square(&other)), 0.0);
    }
}

/// Mean and variance as the initializer states them, over 400 draws of a small weight.
#[test]
fn stated_moments_are_those_of_draws() {
    for text in [
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "lecun_uniform",
        "variance_scaling(scale=3, mode=fan_out, distribution=truncated_normal)",
        "variance_scaling(scale=3, mode=fan_geo_avg)",
        "truncated_normal(mean=1, std=2, low=-1, high=3)",
        "uniform(low=1, high=4)",
        "orthogonal(gain=2)",
        "sparse(nonzeros=3, gain=2)",
        "random_walk",
        "siren",
        "siren_first",
        "spectral(gain=2)",
        "log_uniform(low=0.001, high=0.1)",
        "mamba2_a_log",
        "mamba_dt_bias(floor=0.004)",
        "mamba_dt_weight(scale=3)",
        "s4_log_dt",
    ] {
        let parameter = Parameter::convolution("stated", 6, 10, &[2, 2], 2).unwrap();
        let initializer: Initializer = text.parse().unwrap();
        let (mean, variance) =
            (initializer.element_mean(&parameter).unwrap(), initializer.element_variance(&parameter).unwrap());
        // one entry a draw, so that the values are independent whatever the initializer
        let entry = |seed: u64| f64::from(initializer.draw(&parameter, seed).unwrap()[(seed % 120) as usize]);
        let values: Vec<f64> = (0..24_000).map(entry).collect();
        let squares: Vec<f64> = values.iter().map(|value| (value - mean) * (value - mean)).collect();
        assert_mean(text, &values, mean);
        assert_mean(&format!("variance of {text}"), &squares, variance);
    }
}
