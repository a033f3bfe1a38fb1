//! Mean and variance as each initializer states them, against draws: every entry of the catalogue.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Layout, Parameter, catalogue};
use seedbed_statistical_tests::ALPHA;
use seedbed_statistical_tests::goodness::Mean;

const DRAWS: u64 = 4000;

/// Small parameters of every layout; an initializer is tested on those that it can fill.
fn parameters() -> Vec<Parameter> {
    [
        ("24", "plain"),
        ("6x10", "dense"),
        ("10x6", "dense_in_out"),
        ("16x16", "dense"),
        ("6x5x2x2", "convolution"),
        ("8x8x3", "convolution"),
        ("5x1x8", "convolution"),
        ("3x8x4", "convolution_in_out"),
        ("4x6x3", "transposed_convolution"),
        ("12x5", "embedding"),
        ("3x6x4", "experts"),
    ]
    .into_iter()
    .map(|(shape, layout)| {
        Parameter::laid_out("facts", shape.parse().unwrap(), &layout.parse::<Layout>().unwrap(), 1).unwrap()
    })
    .chain([Parameter::dense("facts", 8, 32).unwrap().packed(vec![8; 4]).unwrap()])
    .collect()
}

/// Settings beside the catalogue's examples.
const MORE: [&str; 16] = [
    "uniform(low=1, high=4)",
    "normal(mean=3, std=2)",
    "truncated_normal(mean=1, std=2, low=-1, high=3)",
    "truncated_normal(low=3, high=8)",
    "variance_scaling(scale=3, mode=fan_out, distribution=truncated_normal)",
    "variance_scaling(scale=3, mode=fan_geo_avg)",
    "orthogonal(gain=2)",
    "truncated_normal(mean=0.3, std=0.4, low=-1, high=1, bounds=value, std_of=result)",
    "sparse(nonzeros=3, gain=2)",
    "sparse(sparsity=0.6, per=input)",
    "spectral(gain=2)",
    "log_uniform(low=0.001, high=0.1)",
    "mamba_dt_bias(floor=0.004)",
    "mamba_dt_weight(scale=3)",
    "torch:sparse_(sparsity=0.3)",
    "fastai:trunc_normal_(mean=1, std=2)",
];

/// Elements of one draw may depend on each other, so a draw counts as one value: its mean, and its mean square.
fn assert_facts(initializer: &Initializer, parameter: &Parameter) {
    let facts = initializer.facts(parameter).unwrap();
    let (mut mean, mut square) = (Mean::default(), Mean::default());
    for seed in 0..DRAWS {
        let values: Vec<f64> = initializer.draw_as(parameter, seed).unwrap();
        let average = |f: fn(f64) -> f64| values.iter().map(|value| f(*value)).sum::<f64>() / values.len() as f64;
        mean.add(average(|value| value));
        square.add(average(|value| value * value));
        let (low, high) = facts.bounds;
        assert!(values.iter().all(|value| (low..=high).contains(value)), "{initializer} leaves {low} to {high}");
    }
    let expected = facts.variance + facts.mean * facts.mean;
    for (what, found, expected) in [("mean", mean, facts.mean), ("mean square", square, expected)] {
        let p = found.against(expected);
        assert!(p > ALPHA, "{initializer} on {}: {what} {expected} stated, {found:?}, p = {p}", parameter.shape);
    }
}

#[test]
fn are_those_of_draws() {
    for text in catalogue::entries().map(|entry| entry.example).chain(MORE) {
        let initializer: Initializer = text.parse().unwrap();
        let fits: Vec<Parameter> =
            parameters().into_iter().filter(|parameter| initializer.facts(parameter).is_ok()).collect();
        assert!(!fits.is_empty(), "{text} fills none of the test's parameters");
        fits.iter().for_each(|parameter| assert_facts(&initializer, parameter));
    }
}
