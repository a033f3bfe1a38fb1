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

mod exact;

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;

pub use exact::{JacobianMoments, jacobian_moments, length_second_moment};

use crate::error::{TheoryError, positive};

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

/// The range of a measured mean square of one draw and one input over its value at infinite width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// Least ratio.
    pub low: f64,
    /// Largest ratio.
    pub high: f64,
}

impl Tolerance {
    /// Whether a measured value lies within it of the one predicted.
    pub fn holds(&self, measured: f64, predicted: f64) -> bool {
        (self.low * predicted..=self.high * predicted).contains(&measured)
    }
}

/// How far the mean square of a signal may stray from its prediction by the finite width alone: exp(mean ± k · std) of
/// [`log_length_spread`], k = `standard_deviations`.
///
/// `widths` are those of the layers before the place of the measurement that end in the activation.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::finite_width::length_tolerance;
/// let wide = length_tolerance(&[1024; 10], Activation::Relu, 3.0)?;
/// assert!(wide.holds(1.5, 1.0) && !wide.holds(2.0, 1.0));
/// let narrow = length_tolerance(&[64; 30], Activation::Relu, 3.0)?;
/// assert!(narrow.low < 0.01 && narrow.high > 10.0); // hardly anything can be said
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// No layer, a layer of fewer than 2 units, or a number of standard deviations that is not above 0.
pub fn length_tolerance(
    widths: &[usize],
    activation: Activation,
    standard_deviations: f64,
) -> Result<Tolerance, TheoryError> {
    check_widths(widths)?;
    let Spread { mean, std } = log_length_spread(widths, activation);
    let reach = positive("number of standard deviations", standard_deviations)? * std;
    Ok(Tolerance { low: (mean - reach).exp(), high: (mean + reach).exp() })
}

/// At least one layer, each of at least two units.
fn check_widths(widths: &[usize]) -> Result<(), TheoryError> {
    crate::error::at_least_one("depth", widths.len())?;
    match widths.iter().find(|width| **width < 2) {
        Some(width) => {
            Err(TheoryError::Setting { setting: "width", found: width.to_string(), allowed: "at least 2 units" })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
