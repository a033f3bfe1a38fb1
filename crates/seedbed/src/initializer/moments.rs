//! Exact mean and variance of one element.

use super::matrix::Matrix;
use super::{FanMode, Initializer};
use crate::kernel::truncated_normal::TruncatedNormal;
use crate::{Error, Fans, Parameter};

impl Initializer {
    /// The exact mean of one element, E w.
    ///
    /// # Errors
    /// Settings out of range.
    pub fn element_mean(&self, _parameter: &Parameter) -> Result<f64, Error> {
        self.check()?;
        Ok(match *self {
            Initializer::Ones => 1.0,
            Initializer::Constant { value } => value,
            Initializer::Uniform { low, high } => low + (high - low) / 2.0,
            Initializer::Normal { mean, .. } => mean,
            Initializer::TruncatedNormal { mean, std, low, high } => TruncatedNormal::new(mean, std, low, high).mean(),
            Initializer::Zeros
            | Initializer::VarianceScaling { .. }
            | Initializer::Orthogonal { .. }
            | Initializer::Sparse { .. } => 0.0,
        })
    }

    /// The exact variance of one element, E w² − (E w)², over draws; for `sparse` over the positions too. An empty
    /// tensor has variance 0.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("layer1.weight", 64, 128)?;
    /// assert_eq!("sparse(nonzeros=15, gain=2)".parse::<Initializer>()?.element_variance(&weight)?, 4.0 / 64.0);
    /// assert_eq!("orthogonal".parse::<Initializer>()?.element_variance(&weight)?, 1.0 / 128.0);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// Settings out of range, or a parameter without the fans or the matrix that the initializer needs.
    pub fn element_variance(&self, parameter: &Parameter) -> Result<f64, Error> {
        self.check()?;
        Ok(match *self {
            Initializer::Zeros | Initializer::Ones | Initializer::Constant { .. } => 0.0,
            Initializer::Uniform { low, high } => (high - low) * (high - low) / 12.0,
            Initializer::Normal { std, .. } => std * std,
            Initializer::TruncatedNormal { mean, std, low, high } => {
                TruncatedNormal::new(mean, std, low, high).variance()
            }
            Initializer::VarianceScaling { scale, mode, .. } => self.scaled_variance(parameter, scale, mode)?,
            Initializer::Orthogonal { gain } => {
                let matrix = Matrix::of(self, parameter)?;
                share(gain * gain, matrix.rows().max(matrix.columns()) as f64)
            }
            // E w² = P(nonzero) · gain²/k = (k/n)(gain²/k), whatever k is
            Initializer::Sparse { gain, .. } => share(gain * gain, Matrix::of(self, parameter)?.columns() as f64),
        })
    }

    fn scaled_variance(&self, parameter: &Parameter, scale: f64, mode: FanMode) -> Result<f64, Error> {
        let Some(Fans { fan_in, fan_out }) = parameter.fans else {
            return Err(Error::NoFans {
                initializer: self.to_string(),
                parameter: parameter.name.clone(),
                shape: parameter.shape.to_string(),
            });
        };
        let (fan_in, fan_out) = (fan_in as f64, fan_out as f64);
        let fan = match mode {
            FanMode::FanIn => fan_in,
            FanMode::FanOut => fan_out,
            FanMode::FanAverage => (fan_in + fan_out) / 2.0,
            FanMode::FanGeometricAverage => (fan_in * fan_out).sqrt(),
        };
        Ok(share(scale, fan))
    }
}

/// `whole` over `parts`, and 0 where there are none: a fan of 0 belongs to an empty tensor.
fn share(whole: f64, parts: f64) -> f64 {
    if parts > 0.0 { whole / parts } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variance(text: &str, parameter: &Parameter) -> f64 {
        text.parse::<Initializer>().unwrap().element_variance(parameter).unwrap()
    }

    #[test]
    fn variances_by_hand() {
        let convolution = Parameter::convolution("w", 8, 12, &[3, 3], 4).unwrap(); // fan_in 18, fan_out 27
        for (text, expected) in [
            ("he_normal", 2.0 / 18.0),
            ("lecun_uniform", 1.0 / 18.0),
            ("glorot_uniform", 2.0 / 45.0),
            ("variance_scaling(scale=3, mode=fan_out, distribution=truncated_normal)", 3.0 / 27.0),
            ("variance_scaling(scale=1, mode=fan_geo_avg)", 1.0 / 486f64.sqrt()),
            ("uniform(low=-1, high=2)", 0.75),
            ("normal(mean=3, std=0.5)", 0.25),
            ("orthogonal(gain=3)", 9.0 / 18.0),
            ("sparse(nonzeros=4, gain=3)", 9.0 / 18.0),
            ("ones", 0.0),
        ] {
            assert!((variance(text, &convolution) - expected).abs() < 1e-15, "{text}");
        }
    }

    #[test]
    fn an_empty_tensor_has_no_variance() {
        let empty = Parameter::dense("w", 0, 0).unwrap();
        for text in ["he_normal", "glorot_uniform", "orthogonal", "sparse"] {
            assert_eq!(variance(text, &empty), 0.0, "{text}");
            assert!(text.parse::<Initializer>().unwrap().draw(&empty, 0).unwrap().is_empty());
        }
    }

    #[test]
    fn what_needs_fans_or_a_matrix_says_so() {
        let vector = Parameter::norm_scale("norm.scale", 5).unwrap();
        for text in ["he_normal", "orthogonal", "sparse"] {
            let message = text.parse::<Initializer>().unwrap().element_variance(&vector).unwrap_err().to_string();
            assert!(message.contains("'norm.scale' (5)"), "{message}");
        }
    }
}
