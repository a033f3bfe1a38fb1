//! How far the length of the signal strays in one draw of a network of finite width.
//!
//! **Model.** h_l = φ(W_l h_{l−1}), no biases, Gaussian weights of variance σ_w²/fan_in with σ_w² E φ(z)² = 1 (forward
//! gain), so that pre-activations of an infinitely wide network have variance 1 in every layer. Let m_l = |h_l|²/n_l
//! divided by its value at infinite width.
//!
//! **Noise of one layer.** Given h_{l−1}, the n_l pre-activations are independent Gaussians, because the rows of W_l
//! are. So m_l is a mean of n_l independent φ(z)², of relative variance c/n_l with c = E φ⁴ / (E φ²)² − 1. That is all:
//! the Gaussian rows are in E φ⁴ already. c is 2 for the identity and 5 for ReLU, and E m_L² = ∏ (1 + c/n_l) exactly
//! for both, as they commute with scaling. To leading order in 1/n the noise of ln m_l is normal, of variance
//! v_l = ln(1 + c/n_l) and mean −v_l/2: the typical length falls though the mean length is kept (Hanin & Rolnick 2018).
//!
//! **From layer to layer.** Other activations answer a length that is off by y = ln m with F(y) = ln E φ(e^{y/2} z)² −
//! ln E φ(z)² = a y + b y²/2 + …, where, with z ~ N(0, 1) and Stein's lemma in place of φ″,
//! a = E z φ φ′ / E φ² and b = E (z³ − z) φ φ′ / (2 E φ²) − a². Hence
//!
//! mean_l = a mean_{l−1} + (b/2) variance_{l−1} − v_l/2 and variance_l = a² variance_{l−1} + v_l.
//!
//! Homogeneous activations have a = 1, b = 0, and the noise adds up. Tanh (a = 0.46) and the sigmoid (0.11) forget it;
//! GELU (1.14) and SiLU (1.17) amplify it.

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;

/// Mean and standard deviation of a logarithm over draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean over draws, in nats.
    pub mean: f64,
    /// Standard deviation over draws, in nats.
    pub std: f64,
}

/// Law over draws of ln(|h_L|²/n_L), relative to infinite width, for one input, to leading order in 1/n.
///
/// `widths` are those of the layers that end in the activation, in execution order, each at least 1; the weights have
/// the forward gain (see the module's head). With S = Σ ln(1 + c/n_l): mean −S/2 and variance S for identity and
/// (leaky) ReLU; other activations forget or amplify what came before. The leading order is good while the
/// variance is below about 1: at 10 ReLU layers of width 64 it says −0.376 ± 0.867, where simulation says −0.395 ± 0.907,
/// at 10 SiLU layers of width 256 −0.268 ± 1.221 where it says −0.251 ± 1.128.
///
/// For pre-activations, the last layer's c is 2, that of the identity. The mean square over a batch strays less than
/// that of one input. Orthogonal weights stray less, sparse ones more.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::finite_width::log_length_spread;
/// let spread = log_length_spread(&[64; 30], Activation::Relu);
/// // relative second moment (1 + 5/64)^30 = 9.55
/// assert!(((spread.std * spread.std).exp() - 9.55).abs() < 0.005);
/// assert!((spread.mean + spread.std * spread.std / 2.0).abs() < 1e-12);
/// ```
///
/// Sources: Hanin & Rolnick (2018), "How to start training"; the terms for activations that are not homogeneous are
/// derived in the module's head and tested by simulation.
pub fn log_length_spread(widths: &[usize], activation: Activation) -> Spread {
    let LengthResponse { noise, slope, curvature } = LengthResponse::of(activation);
    let (mean, variance) = widths.iter().fold((0.0, 0.0), |(mean, variance), width| {
        let added = (noise / *width as f64).ln_1p();
        let mean = slope * mean + 0.5 * curvature * variance - 0.5 * added;
        (mean, slope * slope * variance + added)
    });
    Spread { mean, std: variance.sqrt() }
}

/// How one layer makes and passes on a deviation of the logarithmic length, at unit variance.
#[derive(Clone, Copy, Debug, PartialEq)]
struct LengthResponse {
    /// c = E φ⁴ / (E φ²)² − 1: relative variance of the length times the width.
    noise: f64,
    /// a: share of a deviation that is passed on.
    slope: f64,
    /// b: second derivative of the response.
    curvature: f64,
}

impl LengthResponse {
    fn of(activation: Activation) -> LengthResponse {
        let [square, fourth, first, third] = gaussian_expectation(1.0, activation.kinks(), |z| {
            let value = activation.value(z);
            let square = value * value;
            let change = value * activation.derivative(z);
            [square, square * square, z * change, (z * z * z - z) * change]
        });
        let slope = first / square;
        LengthResponse {
            noise: fourth / (square * square) - 1.0,
            slope,
            curvature: third / (2.0 * square) - slope * slope,
        }
    }
}

#[cfg(test)]
mod tests {
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
}
