use super::*;
use Activation::{Erf, Gelu, Identity, LeakyRelu, Relu, ReluSquared, Silu, Sin, Tanh};

fn by_quadrature(activation: Activation, a: f64, b: f64, c: f64) -> Bivariate {
    bivariate_of(|z| (activation.value(z), activation.derivative(z)), activation.kinks(), a, b, c)
}

fn assert_close(found: Bivariate, expected: [f64; 2], tolerance: f64, what: &str) {
    for (found, expected) in [found.product, found.derivative_product].into_iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{what}: {found} for {expected}");
    }
}

#[test]
fn closed_forms_match_mpmath() {
    // 2-D quadrature in mpmath at (0.9, 1.3, 0.4), to 13 digits
    for (activation, expected) in [
        (Gelu, [0.2025280747157, 0.3178323914419]),
        (Erf, [0.16216101353235, 0.41440417436698]),
        (Sin, [0.13672757182149, 0.35985773196992]),
    ] {
        assert_close(bivariate(activation, 0.9, 1.3, 0.4), expected, 1e-12, &activation.to_string());
    }
}

#[test]
fn quadrature_agrees_with_every_closed_form() {
    for activation in [Identity, Relu, LeakyRelu { slope: 0.2 }, ReluSquared, Erf, Sin, Gelu] {
        assert!(has_closed_form(activation));
        for (a, b) in [(1.0, 1.0), (0.02, 3.0), (2.5, 0.4)] {
            for correlation in [-1.0, -0.999_999, -0.6, 0.0, 1e-3, 0.5, 0.99, 0.999_999_9, 1.0] {
                let c = correlation * f64::sqrt(a * b);
                let Bivariate { product, derivative_product } = bivariate(activation, a, b, c);
                let found = by_quadrature(activation, a, b, c);
                let what = format!("{activation} at {a}, {b}, {correlation}");
                assert_close(found, [product, derivative_product], 1e-10, &what);
            }
        }
    }
}

#[test]
fn equal_inputs_are_the_one_dimensional_moments() {
    for activation in Activation::all().filter(|known| *known != Relu && *known != ReluSquared) {
        for q in [0.03, 1.0, 40.0] {
            let expected = seedbed::gain::moments(activation, q);
            let found = bivariate(activation, q, q, q);
            let expected = [expected.mean_square, expected.derivative_mean_square];
            assert_close(found, expected, 1e-11, &format!("{activation} at {q}"));
        }
    }
}

#[test]
fn uncorrelated_inputs_give_the_product_of_means() {
    for activation in Activation::all() {
        let (first, second) = (seedbed::gain::moments(activation, 0.7), seedbed::gain::moments(activation, 1.9));
        let found = bivariate(activation, 0.7, 1.9, 0.0).product;
        assert!((found - first.mean * second.mean).abs() < 1e-12, "{activation}: {found}");
    }
}

#[test]
fn degenerate_variances() {
    assert_eq!(bivariate(Tanh, 0.0, 0.0, 0.0), Bivariate { product: 0.0, derivative_product: 1.0 });
    assert!((bivariate(Silu, 0.0, 2.0, 0.0).derivative_product - 0.25).abs() < 1e-12); // silu′(0) E silu′ = 1/2 · 1/2
    for form in [relu_like(0.0, 0.0), relu_like(3.0, 0.0), relu_like(0.0, 2.0)] {
        assert_eq!(form, Bivariate { product: 0.0, derivative_product: 0.25 });
    }
    for (a, b, c) in [(-1.0, 1.0, 0.0), (f64::NAN, 1.0, 0.0), (1.0, f64::INFINITY, 0.0), (1.0, 1.0, f64::NAN)] {
        assert!(bivariate(Tanh, a, b, c).product.is_nan());
    }
}

fn relu_like(a: f64, b: f64) -> Bivariate {
    bivariate(Relu, a, b, 0.0)
}
