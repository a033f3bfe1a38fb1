use super::*;
use crate::finite_width::jacobian_moments;
use crate::mean_field::critical_point;
use Activation::{Erf, Hardtanh, Identity, Relu, Tanh};
use WeightLaw::{Gaussian, Orthogonal};
use seedbed::quadrature::gauss_legendre;
use seedbed::{Initializer, Parameter};

fn law(activation: Activation, weight_variance: f64, length: f64, weights: WeightLaw, depth: usize) -> JacobianLaw {
    JacobianLaw::new(activation, weight_variance, length, weights, depth).unwrap()
}

#[test]
fn spreads_of_the_standard_networks() {
    for depth in [1, 10, 32] {
        let layers = depth as f64;
        for (activation, gaussian, orthogonal) in [(Identity, 1.0, 0.0), (Relu, 2.0, 1.0)] {
            for length in [0.1, 1.0, 30.0] {
                let found = [Gaussian, Orthogonal].map(|weights| law(activation, 1.0, length, weights, depth));
                assert!((found[0].relative_variance() - gaussian * layers).abs() < 1e-10);
                assert!((found[1].relative_variance() - orthogonal * layers).abs() < 1e-10);
            }
        }
        // hardtanh: L/p and L (1/p − 1) with p = erf(1/√(2q))
        let open = libm::erf(1.0 / (2.0 * 0.7_f64).sqrt());
        let found = [Gaussian, Orthogonal].map(|weights| law(Hardtanh, 1.0, 0.7, weights, depth).relative_variance());
        assert!((found[0] - layers / open).abs() < 1e-9 && (found[1] - layers * (1.0 / open - 1.0)).abs() < 1e-9);
    }
}

#[test]
fn relative_variances_of_tanh_on_the_edge_of_chaos() {
    // SciPy in float64
    for (bias_variance, expected) in [
        (1e-06, 0.0006266348),
        (2.01e-05, 0.0042682104),
        (0.0001, 0.011462924),
        (0.001, 0.044047469),
        (0.01, 0.15253989),
        (0.0225, 0.2304552),
        (0.05, 0.34225608),
        (0.09, 0.45531535),
        (0.1, 0.47901204),
        (0.2, 0.66708108),
        (0.25, 0.74156055),
        (0.5, 1.0287107),
        (1.0, 1.425778),
        (2.0, 1.9774143),
        (4.0, 2.7475587),
    ] {
        let point = critical_point(Tanh, bias_variance).unwrap();
        let weight_variance = point.network.weight_variance();
        let [gaussian, orthogonal] =
            [Gaussian, Orthogonal].map(|weights| law(Tanh, weight_variance, point.length, weights, 10));
        assert!((orthogonal.relative_variance() / (10.0 * expected) - 1.0).abs() < 1e-7, "{bias_variance}");
        assert!((gaussian.relative_variance() - orthogonal.relative_variance() - 10.0).abs() < 1e-9);
        assert!((gaussian.mean() - 1.0).abs() < 1e-9);
    }
    // erf on its edge: μ₂/μ₁² = (1 + 4q)/√(1 + 8q)
    let q = 0.3_f64;
    let expected = (1.0 + 4.0 * q) / (1.0 + 8.0 * q).sqrt() - 1.0;
    assert!((SlopeMoments::of(Erf, q).relative_variance() - expected).abs() < 1e-11);
}

#[test]
fn products_of_gaussian_matrices() {
    let table = [
        (1, [1.0, 2.0, 5.0, 14.0], 4.0),
        (2, [1.0, 3.0, 12.0, 55.0], 6.75),
        (10, [1.0, 11.0, 176.0, 3311.0], 28.5311670611),
        (32, [1.0, 33.0, 1617.0, 93665.0], 88.34067426948003),
        (100, [1.0, 101.0, 15251.0, 2727101.0], 273.1861967715693),
    ];
    for (depth, moments, edge) in table {
        for (order, expected) in moments.into_iter().enumerate() {
            assert_eq!(fuss_catalan_moment(depth, order + 1), expected, "{depth} {order}");
        }
        let law = law(Identity, 1.0, 1.0, Gaussian, depth);
        assert!((law.spectrum().unwrap().largest() / edge - 1.0).abs() < 1e-10);
        assert!((law.relative_variance() - moments[1] + 1.0).abs() < 1e-9);
    }
}

#[test]
fn the_density_of_a_product_in_closed_form() {
    // x = sin^(L+1)((L+1)t)/(sin t sin^L(Lt)), ρ = sin² t sin^(L−1)(Lt)/(π sin^L((L+1)t)) (Haagerup & Möller 2013)
    for depth in [1, 2, 5] {
        let spectrum = law(Identity, 1.0, 1.0, Gaussian, depth).spectrum().unwrap();
        let (layers, power) = (depth as f64, depth as i32);
        for share in [0.15, 0.4, 0.7, 0.9] {
            let t = share * std::f64::consts::PI / (layers + 1.0);
            let (one, few, all) = (t.sin(), (layers * t).sin(), ((layers + 1.0) * t).sin());
            let x = all.powi(power + 1) / (one * few.powi(power));
            let expected = one * one * few.powi(power - 1) / (std::f64::consts::PI * all.powi(power));
            let found = spectrum.density(x);
            assert!((found / expected - 1.0).abs() < 1e-6, "{depth} at {x}: {found} for {expected}");
        }
    }
}

/// Σ of x^k over the continuous part, k = 0, 1, 2, with x = top · e^(−w²), which smooths the upper edge.
fn integrals(spectrum: &Spectrum) -> [f64; 3] {
    let (top, panels, rule) = (spectrum.largest(), 60, gauss_legendre());
    let width = 150f64.sqrt() / f64::from(panels);
    let mut sums = [0.0; 3];
    for panel in 0..panels {
        for (node, weight) in rule {
            let w = width * (f64::from(panel) + 0.5 + 0.5 * node);
            let x = top * (-w * w).exp();
            let part = 0.5 * width * weight * spectrum.density(x) * 2.0 * w * x;
            sums = [sums[0] + part, sums[1] + part * x, sums[2] + part * x * x];
        }
    }
    sums
}

#[test]
fn densities_have_the_mass_and_the_moments_of_the_law() {
    for (activation, weight_variance, length, weights, depth) in [
        (Relu, 2.0, 1.0, Gaussian, 3),
        (Relu, 2.0, 1.0, Orthogonal, 6),
        (Hardtanh, 1.1, 0.5, Orthogonal, 10),
        (Hardtanh, 1.1, 0.5, Gaussian, 4),
        (Identity, 0.9, 1.0, Gaussian, 3),
        (Relu, 2.0, 1.0, Orthogonal, 2),
    ] {
        let law = law(activation, weight_variance, length, weights, depth);
        let spectrum = law.spectrum().unwrap();
        let mut sums = integrals(&spectrum);
        for (x, share) in spectrum.atoms() {
            sums = [sums[0] + share, sums[1] + share * x, sums[2] + share * x * x];
        }
        let variance = sums[2] / (sums[1] * sums[1]) - 1.0;
        let what = format!("{activation} {weights:?} {depth}: {sums:?}");
        assert!((sums[0] - 1.0).abs() < 1e-6, "{what}");
        assert!((sums[1] / law.mean() - 1.0).abs() < 1e-8, "{what}");
        assert!((variance / law.relative_variance() - 1.0).abs() < 1e-7, "{what}: {}", law.relative_variance());
    }
}

#[test]
fn orthogonal_relu_reaches_as_far_as_the_literature_says() {
    // L^L/(L − 1)^(L − 1) at σ_w² = 2 (Pennington et al. 2018)
    for depth in [3, 10, 50] {
        let layers = f64::from(depth);
        let expected = (layers * layers.ln() - (layers - 1.0) * (layers - 1.0).ln()).exp();
        let found = law(Relu, 2.0, 1.0, Orthogonal, depth as usize).spectrum().unwrap().largest();
        assert!((found / expected - 1.0).abs() < 1e-10, "{found} for {expected}");
    }
    let linear = law(Identity, 1.0, 1.0, Orthogonal, 7).spectrum().unwrap();
    assert_eq!((linear.largest(), linear.atoms(), linear.density(0.5)), (1.0, vec![(1.0, 1.0)], 0.0));
    assert!(law(Tanh, 1.0, 1.0, Gaussian, 3).spectrum().is_none());
}

#[test]
fn what_is_no_network_is_refused() {
    for (weight_variance, length, depth, reason) in
        [(1.0, 1.0, 0, "depth is 0"), (-1.0, 1.0, 3, "weight variance is -1"), (1.0, f64::NAN, 3, "length is NaN")]
    {
        let error = JacobianLaw::new(Tanh, weight_variance, length, Gaussian, depth).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// n x n matrices, row-major.
fn product(first: &[f64], second: &[f64], n: usize) -> Vec<f64> {
    let mut result = vec![0.0; n * n];
    for row in 0..n {
        for (inner, value) in first[row * n..(row + 1) * n].iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let source = &second[inner * n..(inner + 1) * n];
            result[row * n..(row + 1) * n].iter_mut().zip(source).for_each(|(sum, other)| *sum += value * other);
        }
    }
    result
}

/// tr A/n and tr A²/n of A = JᵀJ for one draw, from an input whose first pre-activations have the variance `length`.
fn draw(law: &JacobianLaw, bias_variance: f64, n: usize, seed: u64) -> [f64; 2] {
    let gain = law.weight_variance.sqrt();
    let initializer: Initializer = match law.weights {
        Gaussian => format!("normal(std={})", gain / (n as f64).sqrt()),
        Orthogonal => format!("orthogonal(gain={gain})"),
    }
    .parse()
    .unwrap();
    let values = |name: String, initializer: &Initializer, columns| -> Vec<f64> {
        initializer.draw_as(&Parameter::dense(&name, columns, n).unwrap(), seed).unwrap()
    };
    let standard: Initializer = "normal(std=1)".parse().unwrap();
    let scale = ((law.length - bias_variance) / law.weight_variance).sqrt();
    let mut signal: Vec<f64> = values("input".to_owned(), &standard, 1).iter().map(|value| value * scale).collect();
    let mut jacobian: Option<Vec<f64>> = None;
    for layer in 0..law.depth {
        let weights = values(format!("layer{layer}"), &initializer, n);
        let biases = values(format!("bias{layer}"), &standard, 1);
        let dot = |row: &[f64]| row.iter().zip(&signal).map(|(w, x)| w * x).sum::<f64>();
        let z: Vec<f64> =
            weights.chunks(n).zip(biases).map(|(row, bias)| dot(row) + bias * bias_variance.sqrt()).collect();
        let scaled = weights.chunks(n).zip(&z);
        let factor: Vec<f64> =
            scaled.flat_map(|(row, z)| row.iter().map(|w| w * law.activation.derivative(*z))).collect();
        jacobian = Some(jacobian.map_or(factor.clone(), |before| product(&factor, &before, n)));
        signal = z.into_iter().map(|z| law.activation.value(z)).collect();
    }
    let jacobian = jacobian.unwrap();
    let transposed: Vec<f64> = (0..n * n).map(|place| jacobian[place % n * n + place / n]).collect();
    let square = |matrix: &[f64]| matrix.iter().map(|value| value * value).sum::<f64>() / n as f64;
    [square(&jacobian), square(&product(&transposed, &jacobian, n))]
}

/// Means over draws of tr A/n, (tr A/n)² and tr A²/n.
fn moments(law: &JacobianLaw, bias_variance: f64, n: usize, draws: u64) -> [Vec<f64>; 3] {
    let mut found = [const { Vec::new() }; 3];
    for seed in 0..draws {
        let [mean, second] = draw(law, bias_variance, n, seed);
        [mean, mean * mean, second].into_iter().zip(&mut found).for_each(|(value, list)| list.push(value));
    }
    found
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn small_networks_have_their_exact_moments() {
    for activation in [Identity, Relu] {
        let law = law(activation, if activation == Relu { 2.0 } else { 1.0 }, 1.0, Gaussian, 3);
        let exact = jacobian_moments(activation, 10, 3).unwrap();
        let found = moments(&law, 0.0, 10, 6000);
        for (values, expected) in found.iter().zip([1.0, exact.mean_square, exact.second_moment]) {
            let value = mean(values);
            let spread = mean(&values.iter().map(|x| (x - value).powi(2)).collect::<Vec<f64>>()).sqrt();
            let error = spread / (values.len() as f64).sqrt();
            assert!((value - expected).abs() < 4.0 * error, "{activation}: {value} ± {error} for {expected}");
        }
    }
}

#[test]
fn wide_networks_have_the_spread_of_the_law() {
    for (activation, weight_variance, bias_variance, length) in [
        (Identity, 1.0, 0.0, 1.0),
        (Relu, 2.0, 0.0, 1.0),
        (Tanh, 1.0499956285, 2.01e-05, 0.02591860275),
        (Tanh, 1.7609546396, 0.05, 0.5700478816),
        (Hardtanh, 1.1655446896, 0.05, 0.4638639694),
    ] {
        for weights in [Gaussian, Orthogonal] {
            let law = law(activation, weight_variance, length, weights, 10);
            let [first, _, second] = moments(&law, bias_variance, 200, 3).map(|values| mean(&values));
            let found = second / (first * first) - 1.0;
            // the finite width adds to Gaussian weights what it adds to linear and ReLU networks
            let finite = match (activation, weights) {
                (Identity | Relu, Gaussian) => jacobian_moments(activation, 200, 10).unwrap().pooled_variance(),
                _ => law.relative_variance(),
            };
            let what = format!("{activation} {weights:?}: {found} for {finite}");
            assert!((found - finite).abs() < 0.25 * finite + 1e-10, "{what}");
            assert!((first / law.mean() - 1.0).abs() < 0.35, "{what}: mean {first}");
        }
    }
}
