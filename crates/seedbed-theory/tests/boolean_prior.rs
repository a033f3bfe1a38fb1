//! The prior over Boolean functions against what is known of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::Prior;
use seedbed_network::graph::Network;
use seedbed_theory::boolean::{Coding, sample};

fn network(text: &str) -> Network {
    text.parse().unwrap()
}

fn prior(text: &str) -> Prior {
    text.parse().unwrap()
}

#[test]
fn the_network_of_valle_perez() {
    // the reference: a million draws in NumPy, σ_w = σ_b = 1
    let prior = prior("{*.weight=lecun_normal; *.bias=normal(std=1)}");
    let found = sample(&network("mlp(7, 40x2, 1, relu)"), &prior, Coding::ZeroOne, 1_000_000, 1, 2).unwrap();
    for constant in [0, u128::MAX] {
        let share = found.share(constant);
        assert!((share.value - 0.364).abs() < 0.002, "{share:?}");
    }
    let slope = found.rank_slope().unwrap();
    assert!((-1.3..=-0.9).contains(&slope), "{slope}");
    assert!((slope + 1.069).abs() < 0.02, "{slope}");
    let correlation = found.complexity_correlation(2000).unwrap();
    assert!((correlation + 0.730).abs() < 0.04, "{correlation}");
    // of a few thousand draws there, whose complexities deviate by 31
    assert!((found.mean_complexity() - 23.28).abs() < 2.5, "{}", found.mean_complexity());
    assert!((found.ones_entropy_bits() - 3.4066).abs() < 0.02, "{}", found.ones_entropy_bits());
    assert!((found.mean_entropy_bits() - 0.1561).abs() < 0.002, "{}", found.mean_entropy_bits());
    assert!((found.functions().len() as f64 / 230_471.0 - 1.0).abs() < 0.01, "{}", found.functions().len());
    assert!((found.singletons() - 0.9701).abs() < 0.003, "{}", found.singletons());
}

#[test]
fn a_perceptron_without_bias_has_every_number_of_ones_but_all_alike() {
    // Mingard et al. 2019: P(t) = 2⁻ⁿ for t < 2ⁿ, for any law symmetric in each weight
    for (inputs, weights) in [(3, "normal"), (5, "normal"), (5, "uniform(low=-1, high=1)"), (7, "normal")] {
        let draws = 40_000 << (inputs - 3);
        let network = network(&format!("mlp({inputs}, 1, relu)"));
        let found = sample(&network, &prior(weights), Coding::ZeroOne, draws, 3, 2).unwrap();
        let ones = found.ones();
        let (last, others) = ones.split_last().unwrap();
        assert_eq!(last.value, 0.0);
        let (cells, expected) = (others.len() as f64, draws as f64 / others.len() as f64);
        let square = others.iter().map(|share| (share.value * draws as f64 - expected).powi(2) / expected).sum::<f64>();
        // the chi-square law with cells − 1 degrees is about normal; 3.3 deviations are one in a thousand
        let deviations = (square - (cells - 1.0)) / (2.0 * (cells - 1.0)).sqrt();
        assert!(deviations.abs() < 3.3, "{inputs} {weights}: {square}");
    }
}

#[test]
fn threads_change_nothing_and_seeds_do() {
    let network = network("mlp(5, 8x3, 1, tanh, residual, layer_norm)");
    let prior = prior("torch:default");
    let with = |seed, threads| sample(&network, &prior, Coding::MinusOneOne, 1000, seed, threads).unwrap();
    assert_eq!(with(1, 1), with(1, 3));
    assert_ne!(with(1, 1), with(2, 1));
}

#[test]
fn odd_networks_have_odd_functions() {
    let found = sample(&network("mlp(4, 9x2, 1, tanh)"), &prior("orthogonal"), Coding::MinusOneOne, 500, 1, 2).unwrap();
    let ones = found.ones();
    assert_eq!(ones[8].value, 1.0, "{ones:?}");
    assert!(found.functions().len() > 50);
}

#[test]
fn what_cannot_be_counted_is_named() {
    let refused = |text: &str, draws, threads| {
        sample(&network(text), &prior("he_normal"), Coding::ZeroOne, draws, 0, threads).unwrap_err().to_string()
    };
    assert!(refused("mlp(8, 4, 1, relu)", 1, 1).contains("1 to 7 bits"));
    assert!(refused("mlp(7, 4, 2, relu)", 1, 1).contains("one output"));
    assert!(refused("cnn(1x2x3, 4, 1, relu)", 1, 1).contains("'layer1'"));
    assert!(refused("mlp(7, 4, 1, relu)", 0, 1).contains("number of draws is 0"));
    assert!(refused("mlp(7, 4, 1, relu)", 1, 0).contains("number of threads is 0"));
}
