use super::*;
use crate::{Initializer, Layout, Shape};

fn parameter(shape: &str) -> Parameter {
    Parameter::laid_out("ssm", shape.parse::<Shape>().unwrap(), &Layout::Plain, 1).unwrap()
}

fn drawn(text: &str, shape: &str) -> Vec<f64> {
    text.parse::<Initializer>().unwrap().draw_as(&parameter(shape), 3).unwrap()
}

fn assert_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= 1e-15 * expected.abs(), "{found} {expected}");
    }
}

/// NumPy: T M T⁻¹ with T = diag √(2n + 1) and M = n on the diagonal − (2k + 1) in the lower triangle. The same A and B
/// satisfy dc/dt = (A c + B f)/t for the Legendre coefficients c of sin 3s + s² on [0, t], to 1e-10 by differences.
#[test]
fn hippo_legs_by_its_definition() {
    #[rustfmt::skip]
    let expected = [
        -1.0, 0.0, 0.0, 0.0,
        -1.7320508075688772, -2.0, 0.0, 0.0,
        -2.23606797749979, -3.872_983_346_207_417, -3.0, 0.0,
        -2.6457513110645907, -4.582_575_694_955_84, -5.916_079_783_099_616, -4.0,
    ];
    assert_close(&drawn("hippo_legs", "4x4"), &expected);
    assert_close(&drawn("hippo_legs", "2x4x4")[16..], &expected);
    let input = [1.0, 1.7320508075688772, 2.23606797749979, 2.6457513110645907];
    for shape in ["4", "4x1"] {
        assert_close(&drawn("hippo_legs_b", shape), &input);
    }
    assert_close(&drawn("hippo_legs_b", "2x4")[4..], &input);
}

#[test]
fn s4d_by_its_definition() {
    let linear = [0.0, PI, 2.0 * PI, 3.0 * PI];
    assert_close(&drawn("s4d_lin(part=imaginary)", "2x4")[4..], &linear);
    // NumPy with N = 8, of which one state of each pair is held
    let inverse = [17.825_353_626_292_28, 4.244131815783875, 1.527_887_453_682_195_8, 0.363_782_727_067_189_2];
    assert_close(&drawn("s4d_inv(part=imaginary)", "4"), &inverse);
    for name in ["s4d_lin", "s4d_inv"] {
        assert_eq!(drawn(&format!("{name}(part=real)"), "3"), [-0.5; 3]);
        assert_close(&drawn(&format!("{name}(part=log_real)"), "3"), &[0.5f64.ln(); 3]);
    }
}

#[test]
fn steps_by_mamba_s_definition() {
    let softplus = |value: f64| value.exp().ln_1p();
    let steps = drawn("log_uniform(low=0.001, high=0.1)", "1000");
    let biases = drawn("mamba_dt_bias(low=0.001, high=0.1)", "1000");
    let logarithms: Vec<f64> = steps.iter().map(|step| step.ln()).collect();
    // one stream, so one and the same step
    for (step, bias) in steps.iter().zip(&biases) {
        assert!((0.001..=0.1).contains(step) && (softplus(*bias) / step - 1.0).abs() < 1e-12);
    }
    let mean = logarithms.iter().sum::<f64>() / 1000.0;
    assert!((mean - 0.01f64.ln()).abs() < 4.5 * 100f64.ln() / 12f64.sqrt() / 1000f64.sqrt());
    let floored = drawn("mamba_dt_bias(low=0.001, high=0.1, floor=0.01)", "1000");
    for (floored, step) in floored.iter().zip(&steps) {
        assert!((softplus(*floored) / step.max(0.01) - 1.0).abs() < 1e-12);
    }
    let log_dt = drawn("s4_log_dt(low=0.001, high=0.1)", "1000");
    assert!(log_dt.iter().zip(&logarithms).all(|(found, logarithm)| (found - logarithm).abs() < 1e-12));
}

#[test]
fn rates_weights_and_skips_by_mamba_s_definition() {
    assert_close(&drawn("mamba_a_log", "2x3")[3..], &[0.0, 2f64.ln(), 3f64.ln()]);
    let rates: Vec<f64> = drawn("mamba2_a_log", "4000").into_iter().map(f64::exp).collect();
    assert!(rates.iter().all(|rate| (0.999_999..=16.000_001).contains(rate)));
    let mean = rates.iter().sum::<f64>() / 4000.0;
    assert!((mean - 8.5).abs() < 4.5 * 15.0 / 12f64.sqrt() / 4000f64.sqrt(), "{mean}");
    let weight = Parameter::dense("dt_proj.weight", 16, 96).unwrap();
    let facts = "mamba_dt_weight(scale=2)".parse::<Initializer>().unwrap().facts(&weight).unwrap();
    assert_eq!(facts.bounds, (-0.5, 0.5));
    assert_eq!(drawn("mamba_d", "3"), [1.0; 3]);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let refused = |text: &str, shape: &str| {
        text.parse::<Initializer>().unwrap().draw(&parameter(shape), 0).unwrap_err().to_string()
    };
    assert!(refused("hippo_legs", "4x5").contains("'ssm' (4x5)"));
    assert!(refused("hippo_legs", "4").contains("last two axes"));
    assert!(refused("s4d_lin(part=imaginary)", "scalar").contains("at least one axis"));
    assert!(refused("mamba_dt_weight", "4").contains("layout"));
    for (text, argument) in [
        ("log_uniform(low=0)", "low"),
        ("s4_log_dt(low=0.2)", "high"),
        ("mamba2_a_log(high=inf)", "high"),
        ("mamba_dt_bias(floor=-1)", "floor"),
        ("mamba_dt_weight(scale=nan)", "scale"),
    ] {
        match text.parse::<Initializer>() {
            Err(Error::Argument { argument: found, .. }) => assert_eq!(found, argument, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!("s4d_lin(part=modulus)".parse::<Initializer>().unwrap_err().to_string().contains("log_real"));
}
