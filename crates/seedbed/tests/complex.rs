//! Complex draws against the moments of their laws, which JAX's draws agree with.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::{Initializer, Parameter, Slice};

const ELEMENTS: f64 = 400_000.0;

fn weight() -> Parameter {
    Parameter::dense("w", 1000, 400).unwrap()
}

fn drawn(text: &str) -> Vec<[f32; 2]> {
    text.parse::<Initializer>().unwrap().draw_complex(&weight(), 11).unwrap()
}

fn modulus([real, imaginary]: [f32; 2]) -> f64 {
    f64::from(real).hypot(f64::from(imaginary))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    values.sum::<f64>() / ELEMENTS
}

/// E|z|², E|z|⁴ and the bound of |z|, at E|z|² = 1 by the law's own definition. JAX 0.10 (4 million draws of
/// `variance_scaling(1, "fan_in", …, dtype=complex64)`, scaled to fan 1): normal 1.0004, 2.0019; uniform 0.9997, 1.3330,
/// bound 1.4142; truncated_normal 1.0185, 1.8808, bound 2.0984 = 2/.9531, which ours are times (.9531/.9620)^k.
#[test]
fn moments_and_bounds_of_the_scaling_laws() {
    const CUT: f64 = 0.961_961_828_008_213_5;
    // ∫ x² e⁻ˣ to 4 over ∫ e⁻ˣ to 4, over the square of the variance
    let cut_fourth = (2.0 - 26.0 * (-4f64).exp()) / (1.0 - (-4f64).exp()) / CUT.powi(4);
    for (distribution, fourth, bound) in [
        ("normal", 2.0, f64::INFINITY),
        ("uniform", 4.0 / 3.0, 2f64.sqrt()),
        ("truncated_normal", cut_fourth, 2.0 / CUT),
    ] {
        let values = drawn(&format!("variance_scaling(scale=1, mode=fan_in, distribution={distribution})"));
        let root = 1000f64.sqrt();
        let moduli = || values.iter().map(|z| root * modulus(*z));
        let second = mean(moduli().map(|size| size.powi(2)));
        let found_fourth = mean(moduli().map(|size| size.powi(4)));
        // five standard errors
        let error = 5.0 * ((fourth - 1.0) / ELEMENTS).sqrt();
        assert!((second - 1.0).abs() < error, "{distribution}: {second}");
        assert!((found_fourth / fourth - 1.0).abs() < 0.04, "{distribution}: {found_fourth}");
        let largest = moduli().fold(0.0, f64::max);
        assert!(largest <= bound * (1.0 + 1e-15) && (bound.is_infinite() || largest > 0.999 * bound), "{largest}");
        for part in 0..2 {
            let average = mean(values.iter().map(|z| root * f64::from(z[part])));
            assert!(average.abs() < 5.0 * (0.5 / ELEMENTS).sqrt(), "{distribution}: {average}");
            let half = mean(values.iter().map(|z| (root * f64::from(z[part])).powi(2)));
            assert!((half - 0.5).abs() < 2.0 * error, "{distribution}: {half}");
        }
        let together = mean(values.iter().map(|[x, y]| root * root * f64::from(*x) * f64::from(*y)));
        assert!(together.abs() < error, "{distribution}: the parts are uncorrelated: {together}");
    }
}

/// χ² of 64 sectors: 63 ± 5·√126.
#[test]
fn no_phase_is_favoured() {
    for text in ["normal", "uniform(low=-1, high=1)", "truncated_normal(std=0.1, low=-0.5, high=0.5)"] {
        let mut sectors = [0.0; 64];
        for [x, y] in drawn(text) {
            let turn = f64::from(y).atan2(f64::from(x)) / std::f64::consts::TAU + 0.5;
            sectors[((turn * 64.0) as usize).min(63)] += 1.0;
        }
        let expected = ELEMENTS / 64.0;
        let chi: f64 = sectors.iter().map(|count: &f64| (count - expected).powi(2) / expected).sum();
        assert!((chi - 63.0).abs() < 56.0, "{text}: {chi}");
    }
}

#[test]
fn laws_with_a_mean_and_small_cuts() {
    let values = drawn("normal(mean=2, std=0.5)");
    let off = mean(values.iter().map(|[x, y]| (f64::from(*x) - 2.0).powi(2) + f64::from(*y).powi(2)));
    assert!((off - 0.25).abs() < 0.003, "{off}");
    for (cut, std) in [(1e-9, 1e8), (1e-3, 100.0), (0.5, 0.2)] {
        let values = drawn(&format!("truncated_normal(mean=3, std={std}, low=-{cut}, high={cut})"));
        let distance = |[x, y]: [f32; 2]| (f64::from(x) - 3.0).hypot(f64::from(y));
        let largest = values.iter().map(|z| distance(*z)).fold(0.0, f64::max);
        assert!(largest <= cut * std * (1.0 + 1e-15) && largest > 0.99 * cut * std, "{cut}: {largest}");
        // nearly a disk: half of the square of the radius
        let share = mean(values.iter().map(|z| distance(*z).powi(2))) / (cut * std).powi(2);
        let exact = if cut < 0.1 { 0.5 } else { 1.0 / 0.25 - 1.0 / 0.25f64.exp_m1() };
        assert!((share - exact).abs() < 0.003, "{cut}: {share} {exact}");
    }
    assert!(drawn("ones").iter().all(|z| *z == [1.0, 0.0]));
    assert!(drawn("uniform(low=0, high=0)").iter().all(|z| *z == [0.0, 0.0]));
}

#[test]
fn a_slice_is_the_slice_of_the_whole_for_any_number_of_threads() {
    let packed = Parameter::dense("w", 48, 60).unwrap().packed(vec![40, 10, 10]).unwrap();
    let big = Parameter::dense("w", 600, 500).unwrap();
    for text in ["glorot_normal", "glorot_uniform", "truncated_normal", "ones", "orthogonal"] {
        let initializer: Initializer = text.parse().unwrap();
        for parameter in [&packed, &big] {
            let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let whole = one.install(|| initializer.draw_complex(parameter, 5).unwrap());
            for slice in [":", "1:3", "38:52,5:9", ":,1", "7,2:3"] {
                let slice: Slice = slice.parse().unwrap();
                let region = slice.within(&parameter.shape).unwrap();
                let expected: Vec<[f32; 2]> = region.runs().flatten().map(|place| whole[place]).collect();
                assert_eq!(initializer.draw_complex_slice(parameter, 5, &slice).unwrap(), expected, "{text} {slice}");
            }
        }
    }
}

/// Packed projections take the fans of their own.
#[test]
fn packed_parts_are_scaled_one_by_one() {
    let packed = Parameter::dense("w", 1000, 1100).unwrap().packed(vec![1000, 100]).unwrap();
    let values = "glorot_uniform".parse::<Initializer>().unwrap().draw_complex(&packed, 5).unwrap();
    let square = |part: &[[f32; 2]]| part.iter().map(|z| modulus(*z).powi(2)).sum::<f64>() / part.len() as f64;
    let (first, second) = values.split_at(1_000_000);
    assert!((square(first) * 1000.0 - 1.0).abs() < 0.01 && (square(second) * 550.0 - 1.0).abs() < 0.02);
}

#[test]
fn the_real_part_of_a_normal_is_the_real_draw_scaled() {
    let real = Initializer::Normal { mean: 0.0, std: 0.5f64.sqrt() }.draw(&weight(), 11).unwrap();
    assert!(drawn("normal").iter().zip(real).all(|(z, x)| z[0] == x));
    assert_ne!(drawn("normal")[0][0], drawn("normal")[0][1]);
}

/// The first values, for all time.
#[test]
fn complex_draws_keep_their_bits() {
    let weight = Parameter::dense("layer1.weight", 8, 2).unwrap();
    for (text, bits) in [
        ("he_normal", [[0xbdba_3d9c, 0x3e5f_c3f4], [0x3e9f_4c4e, 0xbf54_73a5]]),
        ("he_uniform", [[0xbeeb_20f9, 0x3eea_2a2b], [0x3e13_8e99, 0xbe86_cd4b]]),
        ("truncated_normal", [[0xbf6f_609a, 0x3f6e_6556], [0x3e58_e543, 0xbec6_258f]]),
        ("orthogonal", [[0xbd8f_a817, 0x3e2c_99f1], [0x3e7d_459c, 0xbeab_3871]]),
    ] {
        let values = text.parse::<Initializer>().unwrap().draw_complex(&weight, 7).unwrap();
        let found = [values[0], values[13]].map(|z| z.map(f32::to_bits));
        assert_eq!(found, bits, "{text}: {found:#x?}");
    }
}

#[test]
fn what_has_no_complex_form_is_refused() {
    let refused = |text: &str| text.parse::<Initializer>().unwrap().draw_complex(&weight(), 0).unwrap_err().to_string();
    assert!(refused("sparse").contains("no complex form"));
    assert!(refused("siren").contains("'w' (400x1000)"));
    assert!(refused("uniform").contains("low must be -high"));
    assert!(refused("truncated_normal(low=-1, high=2)").contains("low must be -high"));
    assert!(Initializer::Normal { mean: 0.0, std: f64::NAN }.draw_complex(&weight(), 0).is_err());
    let vector = Parameter::norm_scale("norm.scale", 5).unwrap();
    assert!("he_normal".parse::<Initializer>().unwrap().draw_complex(&vector, 0).is_err());
}

/// By NumPy from the specification: the streams' words, Box–Muller, and each reflection as a full matrix.
#[test]
fn a_unitary_matrix_re_created_elsewhere() {
    let expected = [
        [(-0.24536292, -0.31484058), (-0.12186555, 0.56242062), (-0.57451523, 0.10449717)],
        [(0.01466499, -0.19648978), (-0.44894211, -0.19599924), (0.06552211, 0.43110073)],
        [(0.05221272, 0.45666042), (0.00240691, -0.27419144), (-0.33381639, -0.29285951)],
        [(-0.44876048, -0.0854659), (-0.14166017, -0.528742), (-0.08247131, 0.33754175)],
        [(-0.60462008, 0.12778264), (-0.22760771, -0.04732221), (-0.25773712, -0.29070114)],
    ];
    let orthogonal: Initializer = "orthogonal".parse().unwrap();
    let tall = orthogonal.draw_complex(&Parameter::dense("w", 3, 5).unwrap(), 11).unwrap();
    let wide = orthogonal.draw_complex(&Parameter::dense("w", 5, 3).unwrap(), 11).unwrap();
    for (place, (real, imaginary)) in expected.into_iter().flatten().enumerate() {
        for [x, y] in [tall[place], wide[place % 3 * 5 + place / 3]] {
            assert!((x - real as f32).abs() < 1e-6 && (y - imaginary as f32).abs() < 1e-6, "{place}: {x} {y}");
        }
    }
}

/// The largest entry of M Mᴴ − gain² I, M with one row a unit.
fn distance_from_unitary(values: &[[f32; 2]], rows: usize, gain: f64) -> f64 {
    let columns = values.len() / rows;
    let mut largest = 0.0f64;
    for (i, one) in values.chunks(columns).enumerate() {
        for (j, other) in values.chunks(columns).enumerate().skip(i) {
            let (mut real, mut imaginary) = (if i == j { -gain * gain } else { 0.0 }, 0.0);
            for (z, w) in one.iter().zip(other) {
                let ([a, b], [c, d]) = (z.map(f64::from), w.map(f64::from));
                real += a * c + b * d;
                imaginary += b * c - a * d;
            }
            largest = largest.max(real.hypot(imaginary));
        }
    }
    largest
}

#[test]
fn unitary_to_rounding_whatever_the_shape() {
    let draw =
        |text: &str, parameter: &Parameter| text.parse::<Initializer>().unwrap().draw_complex(parameter, 3).unwrap();
    for (inputs, outputs) in [(1, 1), (9, 5), (64, 64), (257, 100), (300, 1)] {
        let values = draw("orthogonal", &Parameter::dense("w", inputs, outputs).unwrap());
        assert!(distance_from_unitary(&values, outputs, 1.0) < 4e-7, "{outputs}x{inputs}");
    }
    let values = draw("orthogonal(gain=2)", &Parameter::convolution("w", 4, 8, &[3, 3], 1).unwrap());
    assert!(distance_from_unitary(&values, 8, 2.0) < 2e-6);
    let packed = Parameter::dense("w", 16, 12).unwrap().packed(vec![8, 4]).unwrap();
    let values = draw("orthogonal", &packed);
    let (first, second) = values.split_at(8 * 16);
    assert!(distance_from_unitary(first, 8, 1.0) < 4e-7 && distance_from_unitary(second, 4, 1.0) < 4e-7);
    assert!(distance_from_unitary(&values, 12, 1.0) > 0.1, "the parts are drawn apart");
    let tall = draw("orthogonal", &Parameter::dense("w", 3, 200).unwrap());
    let turned: Vec<[f32; 2]> = (0..3).flat_map(|column| tall.iter().skip(column).step_by(3).copied()).collect();
    assert!(distance_from_unitary(&turned, 3, 1.0) < 4e-7);
}

/// Of the Haar law on U(3): E|q|⁴ = 2/(n(n + 1)), and of the trace E t = E t² = 0, E|t|² = 1, E|t|⁴ = 2 (Diaconis &
/// Shahshahani 1994). A raw QR fails the second: its triangle has a real diagonal.
#[test]
fn moments_of_the_haar_law() {
    const DRAWS: u64 = 40_000;
    let orthogonal: Initializer = "orthogonal".parse().unwrap();
    let weight = Parameter::dense("w", 3, 3).unwrap();
    let mut sums = [0.0; 7];
    for seed in 0..DRAWS {
        let q = orthogonal.draw_complex(&weight, seed).unwrap();
        let [x, y] = [0, 1].map(|part| [0, 4, 8].map(|place| f64::from(q[place][part])).iter().sum::<f64>());
        let square = x * x + y * y;
        let values = [x, y, x * x - y * y, 2.0 * x * y, square, square * square, modulus(q[1]).powi(4)];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    // five standard errors: Var|t|² = 1; E|t|⁸ − 4 is 23 − 4 on U(3) and Var|q|⁴ under 1/30
    let bounds = [0.018, 0.018, 0.025, 0.025, 0.025, 0.11, 0.0046];
    for ((sum, expected), bound) in sums.into_iter().zip([0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 1.0 / 6.0]).zip(bounds) {
        let found = sum / DRAWS as f64;
        assert!((found - expected).abs() < bound, "{found} {expected}");
    }
}
