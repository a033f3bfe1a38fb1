//! Laws of independent elements, in every number type: Kolmogorov's test on a million draws.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use half::{bf16, f16};
use seedbed::{DataType, Error, F8E4M3, F8E5M2, Initializer, Parameter};
use seedbed_statistical_tests::ALPHA;
use seedbed_statistical_tests::goodness::{chi_square_tail, even, kolmogorov};
use seedbed_statistical_tests::law::{normal_cdf, normal_mass, uniform_cdf, wrapped_cdf};
use seedbed_statistical_tests::number::Number;

const FAN_IN: f64 = 800.0;
const FAN_OUT: f64 = 1250.0;

/// A million elements with those fans.
fn weight() -> Parameter {
    Parameter::dense("law", FAN_IN as usize, FAN_OUT as usize).unwrap()
}

type Cdf = Box<dyn Fn(f64) -> f64>;

/// A law's text and its distribution function.
struct Case(String, Cdf);

fn uniform(low: f64, high: f64) -> Cdf {
    Box::new(move |x| uniform_cdf(x, low, high))
}

fn normal(mean: f64, std: f64) -> Cdf {
    Box::new(move |x| normal_cdf((x - mean) / std))
}

fn truncated(mean: f64, std: f64, low: f64, high: f64) -> Cdf {
    let whole = normal_mass(low, high);
    Box::new(move |x| normal_mass(low, ((x - mean) / std).clamp(low, high)) / whole)
}

/// Bounds and spreads from the tiny to the huge, far from 0 and around it.
fn base_laws() -> Vec<Case> {
    let mut cases = Vec::new();
    for (low, high) in
        [(0.0, 1.0), (-2.0, 3.0), (-0.1, 0.1), (0.3, 0.7), (1e3, 1001.0), (-1e-30, 2e-30), (-1e36, 1e36), (-0.02, 0.0)]
    {
        cases.push(Case(format!("uniform(low={low:e}, high={high:e})"), uniform(low, high)));
    }
    for (mean, std) in [(0.0, 1.0), (1.0, 0.5), (0.0, 0.02), (1e3, 1.0), (-3e-20, 1e-20), (0.0, 1e35), (0.0, 40.0)] {
        cases.push(Case(format!("normal(mean={mean:e}, std={std:e})"), normal(mean, std)));
    }
    for (low, high) in [
        (-2.0, 2.0),
        (-3.0, 0.5),
        (0.5, 3.0),
        (2.0, 9.0),
        (8.0, 8.5),
        (-37.0, -36.0),
        (-0.001, 0.001),
        (-1e4, 0.0),
        (-50.0, 50.0),
    ] {
        for (mean, std) in [(0.0, 1.0), (0.1, 0.02)] {
            let text = format!("truncated_normal(mean={mean}, std={std}, low={low}, high={high})");
            cases.push(Case(text, truncated(mean, std, low, high)));
        }
    }
    cases
}

/// Standard deviation of a standard normal cut at ±2: SciPy's `truncnorm.std(-2, 2)`.
const CUT: f64 = 0.879_625_661_034_239_8;

/// Laws whose width follows from the fans, by the formulas of their papers.
fn scaled_laws() -> Vec<Case> {
    let average = (FAN_IN + FAN_OUT) / 2.0;
    let mut cases = Vec::new();
    for (mode, fan) in
        [("fan_in", FAN_IN), ("fan_out", FAN_OUT), ("fan_avg", average), ("fan_geo_avg", (FAN_IN * FAN_OUT).sqrt())]
    {
        let text = |distribution| format!("variance_scaling(scale=3, mode={mode}, distribution={distribution})");
        let std = (3.0 / fan).sqrt();
        cases.push(Case(text("uniform"), uniform(-(3f64.sqrt()) * std, 3f64.sqrt() * std)));
        cases.push(Case(text("normal"), normal(0.0, std)));
        cases.push(Case(text("truncated_normal"), truncated(0.0, std / CUT, -2.0, 2.0)));
    }
    let symmetric = |bound: f64| uniform(-bound, bound);
    for (text, cdf) in [
        ("glorot_uniform", symmetric((6.0 / (FAN_IN + FAN_OUT)).sqrt())),
        ("glorot_normal", normal(0.0, (2.0 / (FAN_IN + FAN_OUT)).sqrt())),
        ("he_uniform", symmetric((6.0 / FAN_IN).sqrt())),
        ("he_normal", normal(0.0, (2.0 / FAN_IN).sqrt())),
        ("lecun_uniform", symmetric((3.0 / FAN_IN).sqrt())),
        ("lecun_normal", normal(0.0, (1.0 / FAN_IN).sqrt())),
        ("siren(omega=3)", symmetric((6.0 / FAN_IN).sqrt() / 3.0)),
        ("lora_a", symmetric(FAN_IN.sqrt().recip())),
        ("lora_a_gaussian", normal(0.0, FAN_OUT.recip())),
    ] {
        cases.push(Case(text.to_owned(), cdf));
    }
    cases
}

/// Uniform values put through a function: the steps and the decay rates of state-space models.
fn laws_of_state_spaces() -> Vec<Case> {
    let log_uniform = |x: f64| ((x / 0.001).ln() / 100f64.ln()).clamp(0.0, 1.0);
    vec![
        Case("log_uniform(low=0.001, high=0.1)".to_owned(), Box::new(log_uniform)),
        Case("s4_log_dt(low=0.001, high=0.1)".to_owned(), uniform(0.001f64.ln(), 0.1f64.ln())),
        Case("mamba2_a_log(low=1, high=16)".to_owned(), Box::new(|x| ((x.exp() - 1.0) / 15.0).clamp(0.0, 1.0))),
        Case("mamba_dt_bias(low=0.001, high=0.1)".to_owned(), Box::new(move |x| log_uniform(x.exp().ln_1p()))),
        Case("mamba_dt_weight(scale=3)".to_owned(), uniform(-3.0 / FAN_IN.sqrt(), 3.0 / FAN_IN.sqrt())),
    ]
}

/// Where another library's law is not one of ours.
fn laws_of_other_libraries() -> Vec<Case> {
    vec![
        Case("fastai:trunc_normal_".to_owned(), Box::new(|x| wrapped_cdf(x, 2.0))),
        Case("torch:trunc_normal_(std=2)".to_owned(), truncated(0.0, 2.0, -1.0, 1.0)),
        Case("torch:kaiming_uniform_(a=2)".to_owned(), {
            let bound = (6.0 / (5.0 * FAN_IN)).sqrt();
            uniform(-bound, bound)
        }),
        Case("jax:lecun_normal".to_owned(), truncated(0.0, (1.0 / FAN_IN).sqrt() / CUT, -2.0, 2.0)),
    ]
}

/// The p-value of the draws in one type; `None` where the type cannot hold them.
fn tested<T: Number>(Case(text, cdf): &Case, seed: u64) -> Option<f64> {
    let (initializer, weight) = (text.parse::<Initializer>().unwrap(), weight());
    match initializer.draw_as::<T>(&weight, seed) {
        Ok(values) => Some(kolmogorov(&values, initializer.facts(&weight).unwrap().bounds, cdf)),
        Err(Error::DataType { .. }) => None,
        Err(refused) => panic!("{refused}"),
    }
}

/// Every case in every type; returns the p-values.
fn test_all(cases: &[Case], seed: u64) -> Vec<f64> {
    let mut found = Vec::new();
    for case in cases {
        let in_types: [(DataType, Option<f64>); 6] = [
            (DataType::F32, tested::<f32>(case, seed)),
            (DataType::F64, tested::<f64>(case, seed)),
            (DataType::Bf16, tested::<bf16>(case, seed)),
            (DataType::F16, tested::<f16>(case, seed)),
            (DataType::F8E4M3, tested::<F8E4M3>(case, seed)),
            (DataType::F8E5M2, tested::<F8E5M2>(case, seed)),
        ];
        assert!(in_types[0].1.is_some() && in_types[1].1.is_some(), "{} in f32 and f64", case.0);
        for (data_type, p) in in_types {
            if let Some(p) = p {
                assert!(p > ALPHA, "{} in {data_type}: p = {p}", case.0);
                found.push(p);
            }
        }
    }
    found
}

#[test]
fn base_laws_in_every_type() {
    // 33 laws in six types, less those that a narrow type cannot hold
    assert_eq!(test_all(&base_laws(), 1).len(), 175);
}

#[test]
fn scaled_laws_in_every_type() {
    // lora_a_gaussian is too small for f8_e4m3
    assert_eq!(test_all(&scaled_laws(), 2).len(), 125);
}

#[test]
fn laws_of_state_spaces_in_every_type() {
    assert_eq!(test_all(&laws_of_state_spaces(), 6).len(), 30);
}

#[test]
fn laws_of_other_libraries_in_every_type() {
    assert_eq!(test_all(&laws_of_other_libraries(), 3).len(), 24);
}

/// A thousand cells of the same mass, which see what Kolmogorov's test does not: gaps and lumps.
#[test]
fn no_cell_is_favoured() {
    const CELLS: usize = 1000;
    let cases = [base_laws(), scaled_laws(), laws_of_state_spaces(), laws_of_other_libraries()];
    for Case(text, cdf) in cases.into_iter().flatten() {
        let values: Vec<f64> = text.parse::<Initializer>().unwrap().draw_as(&weight(), 4).unwrap();
        let mut counts = vec![0.0; CELLS];
        values.iter().for_each(|&value| counts[((cdf(value) * CELLS as f64) as usize).min(CELLS - 1)] += 1.0);
        let p = even(&counts);
        assert!(p > ALPHA, "{text}: p = {p}");
    }
}

/// What double precision adds: the bits below those of single precision are even too, and are their own.
#[test]
fn the_low_bits_of_double_precision_are_even() {
    let uniform: Initializer = "uniform(low=0, high=1)".parse().unwrap();
    let values: Vec<f64> = uniform.draw_as(&weight(), 5).unwrap();
    let mut counts = vec![vec![0.0; 16]; 16];
    for value in values {
        // the share's bits 33 to 36 beside its first four
        let low = (value * 2f64.powi(32)).fract();
        counts[(value * 16.0) as usize][(low * 16.0) as usize] += 1.0;
    }
    let expected = 1e6 / 256.0;
    let statistic = counts.iter().flatten().map(|count| (count - expected) * (count - expected) / expected).sum();
    let p = chi_square_tail(statistic, 255);
    assert!(p > ALPHA, "p = {p}");
}
