use super::*;
use Activation::{Gelu, Identity, LeakyRelu, Relu, Sigmoid, Silu, Tanh};
use seedbed::gain::forward_gain;

#[test]
fn responses_match_mpmath() {
    // mpmath, 30 digits, from the formulas with E φ⁴, E z φ φ′, E (z³ − z) φ φ′
    let table = [
        (Identity, [2.0, 1.0, 0.0]),
        (Relu, [5.0, 1.0, 0.0]),
        (LeakyRelu { slope: 0.2 }, [4.556213017751479, 1.0, 0.0]),
        (Tanh, [0.6272908060148712, 0.4610708304776314, -0.1859457158851335]),
        (Sigmoid, [0.5288996011323859, 0.1063410747410055, 0.04017190270856802]),
        (Gelu, [6.21561428584087, 1.144063196872584, -0.07477790352036776]),
        (Silu, [6.261746381867696, 1.172594054098749, 0.002745520321778295]),
    ];
    for (activation, expected) in table {
        let found = LengthResponse::of(activation);
        for (found, expected) in [found.noise, found.slope, found.curvature].into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-11, "{activation}: {found} against {expected}");
        }
    }
}

#[test]
fn second_moments_known_exactly() {
    // E(|h_L|²/n)²: ∏ (1 + 5/n) for ReLU, ∏ (1 + 2/n) for the identity
    let second_moment = |widths: &[usize], activation| log_length_spread(widths, activation).std.powi(2).exp();
    assert!((second_moment(&[16; 4], Relu) - 2.967544555664062).abs() < 1e-10); // 1.3125**4
    assert!((second_moment(&[10, 20], Identity) - 1.32).abs() < 1e-12);
    assert_eq!(log_length_spread(&[], Relu), Spread { mean: 0.0, std: 0.0 });
}

#[test]
fn close_to_simulation_in_numpy() {
    // NumPy, 20,000 draws, width 256: layers, mean and std of ln m (0.5 % standard error of the std).
    let table = [
        (Identity, 10, -0.0399, 0.2802),
        (Relu, 10, -0.0966, 0.4483),
        (Tanh, 10, -0.00224, 0.05603),
        (Sigmoid, 10, -0.00063, 0.04602),
        (Gelu, 4, -0.0698, 0.3962),
        (Silu, 4, -0.0657, 0.4119),
    ];
    for (activation, layers, mean, std) in table {
        let found = log_length_spread(&vec![256; layers], activation);
        assert!((found.std / std - 1.0).abs() < 0.03, "{activation}: std {} against {std}", found.std);
        assert!((found.mean - mean).abs() < 0.05 * std, "{activation}: mean {} against {mean}", found.mean);
    }
}

#[test]
fn the_curvature_of_the_response_moves_the_mean() {
    // The same simulation: mean of ln m, with its standard error. Without b: −0.00905 and −0.765.
    let tanh = log_length_spread(&[64; 10], Tanh).mean; // −0.0117 ± 0.0008
    assert!((tanh + 0.0117).abs() < 0.0016, "{tanh}");
    let gelu = log_length_spread(&[32; 6], Gelu).mean; // −0.967 ± 0.012
    assert!((gelu + 0.967).abs() < 0.04, "{gelu}");
}

/// Standard normals from xorshift64* (Vigna 2016) by Box and Muller.
struct Normals(u64);

impl Normals {
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let bits = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11;
        (bits as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// ln of the mean square of the last layer over that at infinite width, for one draw of real weight matrices.
fn simulated_log_length(activation: Activation, width: usize, depth: usize, normals: &mut Normals) -> f64 {
    let gain = forward_gain(activation);
    let std = gain / (width as f64).sqrt();
    // Mean square 1/gain², so that the first pre-activations have variance 1.
    let mut signal = vec![1.0 / gain; width];
    for _ in 0..depth {
        let row = |signal: &[f64], normals: &mut Normals| -> f64 {
            signal.iter().map(|value| value * std * normals.next()).sum()
        };
        signal = (0..width).map(|_| activation.value(row(&signal, normals))).collect();
    }
    (gain * gain * signal.iter().map(|value| value * value).sum::<f64>() / width as f64).ln()
}

#[test]
fn close_to_simulation_with_weight_matrices() {
    let mut normals = Normals(2026);
    for activation in [Relu, Tanh] {
        let (width, depth, draws) = (32, 4, 1500);
        let found: Vec<f64> =
            (0..draws).map(|_| simulated_log_length(activation, width, depth, &mut normals)).collect();
        let mean = found.iter().sum::<f64>() / draws as f64;
        let std = (found.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / draws as f64).sqrt();
        let law = log_length_spread(&[width; 4], activation);
        // Standard errors are 2.6 % of the std for either; the rest is the next order in 1/n.
        assert!((law.std / std - 1.0).abs() < 0.15, "{activation}: {law:?}, std {std}");
        assert!((law.mean - mean).abs() < 0.15 * std, "{activation}: {law:?}, mean {mean}");
    }
}

#[test]
fn tolerances_widen_with_depth_and_narrow_with_width() {
    let range = |width, depth| length_tolerance(&vec![width; depth], Relu, 3.0).unwrap();
    assert!(range(256, 10).high > range(256, 2).high && range(1024, 10).low > range(256, 10).low);
    // 10 layers of 64 in simulation: −0.395 ± 0.907 in logarithms
    let found = range(64, 10);
    assert!(found.holds((-0.395_f64 - 2.0 * 0.907).exp(), 1.0) && !found.holds((-0.395_f64 + 4.0 * 0.907).exp(), 1.0));
    for (widths, reason) in [(&[][..], "depth is 0"), (&[64, 1], "width is 1"), (&[0], "width is 0")] {
        assert!(length_tolerance(widths, Relu, 3.0).unwrap_err().to_string().contains(reason));
    }
    assert!(length_tolerance(&[8], Relu, 0.0).is_err());
}
