//! Moments that are known exactly at any width, for the identity and the (leaky) ReLU with Gaussian weights.
//!
//! Flipping the sign of a row of W flips the sign of a pre-activation and nothing else that the moments see, so that the
//! squared slopes d of a layer are independent of the weights: two values, each with probability 1/2. Scaled to E d = 1
//! they have E d² = κ: 1 for the identity, 2 for the ReLU, 2(1 + s⁴)/(1 + s²)² for slope s.
//!
//! With J the Jacobian of l square layers of n units, A = J Jᵀ, t₁ = E (tr A/n)² and t₂ = E tr A²/n, Wick's theorem gives
//!
//! t₁′ = t₁ (1 + (κ − 1)/n) + 2κ t₂/n² and t₂′ = κ t₁ + t₂ (1 + (2κ − 1)/n), from t₁ = t₂ = 1.

use seedbed::Activation;

use super::check_widths;
use crate::error::TheoryError;

/// Moments of the squared singular values of the Jacobian of a square network, scaled to mean 1, over draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct JacobianMoments {
    /// E (tr J Jᵀ/n)²: 1 plus the relative variance over draws of the mean squared singular value.
    pub mean_square: f64,
    /// E tr (J Jᵀ)²/n: second moment of the squared singular values of all draws together.
    pub second_moment: f64,
}

impl JacobianMoments {
    /// Variance of the squared singular values of all draws together, over their mean squared.
    pub fn pooled_variance(&self) -> f64 {
        self.second_moment - 1.0
    }
}

/// Exact moments of the Jacobian of `depth` layers of `width` units with Gaussian weights.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::finite_width::jacobian_moments;
/// let he = jacobian_moments(Activation::Relu, 100, 32)?;
/// assert!((he.pooled_variance() - 137.08365885).abs() < 1e-8); // at infinite width 64
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// Depth 0, a width below 2, or an activation that is not homogeneous.
///
/// Source: derived in the module's head; at infinite width Pennington, Schoenholz & Ganguli (2017).
pub fn jacobian_moments(activation: Activation, width: usize, depth: usize) -> Result<JacobianMoments, TheoryError> {
    check_widths(&vec![width; depth.min(1)])?;
    let kappa = slope_kurtosis(activation)?;
    let n = width as f64;
    let step = |(mean_square, second): (f64, f64), _| {
        (
            mean_square * (1.0 + (kappa - 1.0) / n) + 2.0 * kappa * second / (n * n),
            kappa * mean_square + second * (1.0 + (2.0 * kappa - 1.0) / n),
        )
    };
    let (mean_square, second_moment) = (0..depth).fold((1.0, 1.0), step);
    Ok(JacobianMoments { mean_square, second_moment })
}

/// E m², the second moment over draws of |h_L|²/n_L scaled to mean 1: ∏ (1 + (3κ − 1)/n_l), which is ∏ (1 + 5/n_l) for
/// the ReLU and ∏ (1 + 2/n_l) for the identity.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::finite_width::length_second_moment;
/// assert!((length_second_moment(&[64; 30], Activation::Relu)? - 9.55).abs() < 0.005);
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// No layer, a layer of fewer than 2 units, or an activation that is not homogeneous.
///
/// Source: Hanin & Rolnick (2018).
pub fn length_second_moment(widths: &[usize], activation: Activation) -> Result<f64, TheoryError> {
    check_widths(widths)?;
    let kappa = slope_kurtosis(activation)?;
    Ok(widths.iter().map(|width| 1.0 + (3.0 * kappa - 1.0) / *width as f64).product())
}

/// κ = E d² for squared slopes d with E d = 1.
fn slope_kurtosis(activation: Activation) -> Result<f64, TheoryError> {
    let square = match activation {
        Activation::Identity => 1.0,
        Activation::Relu => 0.0,
        Activation::LeakyRelu { slope } => slope * slope,
        other => {
            return Err(TheoryError::Impossible {
                asked: format!("exact moments of {other} at finite width"),
                problem: "they are known for identity, relu and leaky_relu".to_owned(),
            });
        }
    };
    Ok(2.0 * (1.0 + square * square) / ((1.0 + square) * (1.0 + square)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Identity, LeakyRelu, Relu, Tanh};

    /// n, L, pooled variance of linear and ReLU, E (tr/n)² of linear and ReLU, E |h|⁴ of linear and ReLU.
    const EXACT: [(usize, usize, [f64; 6]); 15] = [
        (100, 1, [1.01000000, 2.03000000, 1.00020000, 1.01040000, 1.02000000, 1.05000000]),
        (100, 2, [2.03030000, 4.14170000, 1.00060200, 1.02171600, 1.04040000, 1.10250000]),
        (100, 10, [10.60120180, 24.53780884, 1.01135027, 1.15071634, 1.21899442, 1.62889463]),
        (100, 32, [39.15002904, 137.08365885, 1.11923082, 2.09856712, 1.88454059, 4.76494147]),
        (100, 100, [233.23890076, 4457.96369951, 2.70476103, 44.95200901, 7.24464612, 131.50125785]),
        (400, 1, [1.00250000, 2.00750000, 1.00001250, 1.00252500, 1.00500000, 1.01250000]),
        (400, 2, [2.00751875, 4.03510625, 1.00003753, 1.00510650, 1.01002500, 1.02515625]),
        (400, 10, [10.14061973, 21.01213321, 1.00069273, 1.02787152, 1.05114013, 1.13227083]),
        (400, 32, [33.42560117, 75.64731141, 1.00678033, 1.11233460, 1.17304312, 1.48813051]),
        (400, 100, [116.10549168, 359.54808658, 1.06937438, 1.67798086, 1.64666849, 3.46340427]),
        (1000, 1, [1.00100000, 2.00300000, 1.00000200, 1.00100400, 1.00200000, 1.00500000]),
        (1000, 2, [2.00300300, 4.01401700, 1.00000600, 1.00201702, 1.00400400, 1.01002500]),
        (1000, 10, [10.05549666, 20.39585899, 1.00011033, 1.01045069, 1.02018096, 1.05114013]),
        (1000, 32, [32.54457523, 68.28887343, 1.00106716, 1.03681146, 1.06602426, 1.17304312]),
        (1000, 100, [105.57126329, 247.69149138, 1.01045862, 1.15257885, 1.22115883, 1.64666849]),
    ];

    #[test]
    fn recursions_of_linear_and_relu_networks() {
        for (width, depth, expected) in EXACT {
            let [linear, relu] = [Identity, Relu].map(|activation| jacobian_moments(activation, width, depth).unwrap());
            let length = |activation| length_second_moment(&vec![width; depth], activation).unwrap();
            let found = [
                linear.pooled_variance(),
                relu.pooled_variance(),
                linear.mean_square,
                relu.mean_square,
                length(Identity),
                length(Relu),
            ];
            for (found, expected) in found.into_iter().zip(expected) {
                assert!((found - expected).abs() < 6e-9, "{width} x {depth}: {found} for {expected}");
            }
        }
        // n = 10, L = 3: 4.72500 and 1.12860 linear, 11.313 ReLU
        let linear = jacobian_moments(Identity, 10, 3).unwrap();
        assert!((linear.second_moment - 4.725).abs() < 6e-6 && (linear.mean_square - 1.1286).abs() < 6e-6);
        assert!((jacobian_moments(Relu, 10, 3).unwrap().second_moment - 11.313).abs() < 6e-4);
        assert!((jacobian_moments(Relu, 6, 3).unwrap().second_moment - 15.468).abs() < 6e-4);
    }

    #[test]
    fn a_leaky_relu_lies_between() {
        let of = |slope| jacobian_moments(LeakyRelu { slope }, 50, 5).unwrap();
        assert_eq!(of(0.0), jacobian_moments(Relu, 50, 5).unwrap());
        assert_eq!(of(1.0), jacobian_moments(Identity, 50, 5).unwrap());
        // the law of a length's spread has the same constant: E φ⁴/(E φ²)² − 1 = 4.556 at slope 0.2
        let found = length_second_moment(&[1000], LeakyRelu { slope: 0.2 }).unwrap();
        assert!((found - 1.004_556_213_017_751).abs() < 1e-12, "{found}");
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(jacobian_moments(Tanh, 10, 3).unwrap_err().to_string().contains("identity, relu and leaky_relu"));
        assert!(jacobian_moments(Relu, 10, 0).unwrap_err().to_string().contains("depth is 0"));
        assert!(jacobian_moments(Relu, 1, 3).unwrap_err().to_string().contains("width is 1"));
        assert!(length_second_moment(&[], Relu).is_err() && length_second_moment(&[1], Relu).is_err());
    }
}
