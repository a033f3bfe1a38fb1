//! A recurrent cell unrolled in time: h_t = φ(z_t), z_t = W h_{t−1} + U x_t + b, from h_0 = 0.
//!
//! Depth is time, and every step adds an input. That W is the same at each step changes nothing at infinite width
//! (Yang 2019, "Tensor programs I"; Chen, Pennington & Schoenholz 2018).

use super::MeanField;
use crate::error::{TheoryError, at_least_one, not_negative};

/// One step of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Variance of the pre-activations z_t.
    pub length: f64,
    /// Correlation of the pre-activations of two sequences.
    pub correlation: f64,
    /// Mean squared gradient with respect to z_t over that with respect to the last step's: ∏ χ over the steps between.
    pub gradient: f64,
}

/// Length, correlation and gradient at each of `steps` steps, for two sequences whose inputs add the variance
/// `input_variance` (the variance of U's elements times the sum of squares of x) and the covariance `input_covariance`
/// to each step.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::mean_field::{MeanField, unroll};
/// // without inputs after the first the identity keeps what it got
/// let keeps = MeanField::new(Activation::Identity, 1.0, 0.0)?;
/// let steps = unroll(&keeps, 0.5, 0.0, 4)?;
/// assert_eq!(steps[3].length, 2.0); // four inputs of 0.5 add up
/// assert!((steps[0].gradient - 1.0).abs() < 1e-12);
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// No steps, a negative variance, or a covariance larger than the variance.
pub fn unroll(
    network: &MeanField,
    input_variance: f64,
    input_covariance: f64,
    steps: usize,
) -> Result<Vec<Step>, TheoryError> {
    at_least_one("number of steps", steps)?;
    not_negative("input variance", input_variance)?;
    if input_covariance.is_nan() || input_covariance.abs() > input_variance {
        let found = input_covariance.to_string();
        return Err(TheoryError::Setting { setting: "input covariance", found, allowed: "at most the input variance" });
    }
    let bias = network.bias_variance;
    let mut state = (input_variance + bias, input_covariance + bias);
    let mut unrolled = Vec::with_capacity(steps);
    for _ in 0..steps {
        let (length, covariance) = state;
        let correlation = if length > 0.0 { covariance / length } else { 1.0 };
        unrolled.push(Step { length, correlation, gradient: network.chi(length) });
        state = (
            network.next_covariance(length, length, length) + input_variance,
            network.next_covariance(length, length, covariance) + input_covariance,
        );
    }
    let mut gradient = 1.0;
    for (place, step) in unrolled.iter_mut().enumerate().rev() {
        gradient *= if place + 1 == steps { 1.0 } else { step.gradient };
        step.gradient = gradient;
    }
    Ok(unrolled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed::Activation;

    #[test]
    fn inputs_act_as_biases_that_two_sequences_share_in_part() {
        // with the same input at each step the fixed point is that of σ_b² + input variance
        let network = MeanField::new(Activation::Tanh, 1.5, 0.02).unwrap();
        let last = *unroll(&network, 0.03, 0.03, 200).unwrap().last().unwrap();
        assert!((last.length - 0.41803720).abs() < 1e-8 && (last.correlation - 1.0).abs() < 1e-12, "{last:?}");
        // with different inputs the sequences stay apart
        let last = *unroll(&network, 0.03, 0.0, 200).unwrap().last().unwrap();
        assert!((last.length - 0.41803720).abs() < 1e-8 && last.correlation < 0.9, "{last:?}");
    }

    #[test]
    fn gradients_fade_by_chi_a_step() {
        let network = MeanField::new(Activation::Tanh, 1.5, 0.05).unwrap();
        let steps = unroll(&network, 0.0, 0.0, 300).unwrap();
        assert_eq!(steps[299].gradient, 1.0);
        let ratio = steps[250].gradient / steps[251].gradient;
        assert!((ratio - 0.93863627).abs() < 1e-8, "{ratio}");
    }

    #[test]
    fn irnn_without_inputs_is_kept() {
        // ReLU with σ_w² = 2 keeps the length; the first state is the first input alone
        let network = MeanField::new(Activation::Relu, 2.0, 0.0).unwrap();
        let steps = unroll(&network, 1.0, 0.0, 3).unwrap();
        assert!((steps[2].length - 3.0).abs() < 1e-12 && (steps[0].gradient - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_sequence_is_refused() {
        let network = MeanField::new(Activation::Tanh, 1.0, 0.0).unwrap();
        for (variance, covariance, steps) in [(1.0, 0.0, 0), (-1.0, 0.0, 3), (1.0, 2.0, 3), (1.0, f64::NAN, 3)] {
            assert!(unroll(&network, variance, covariance, steps).is_err());
        }
    }
}
