//! Exact mean and variance of one element.

use super::Initializer;
use crate::plan::{Composition, Facts};
use crate::{Error, Parameter};

impl Initializer {
    /// What one element is over draws: its law, mean, standard deviation and bounds. Where elements differ from place
    /// to place (an identity, a filter, packed parts), one picked at random.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("layer1.weight", 96, 128)?;
    /// let facts = "he_uniform".parse::<Initializer>()?.facts(&weight)?;
    /// assert_eq!((facts.distribution.as_str(), facts.bounds), ("uniform", (-0.25, 0.25)));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// Settings out of range, or a parameter without the fans or the axes that the initializer needs.
    pub fn facts(&self, parameter: &Parameter) -> Result<Facts, Error> {
        self.plan(parameter).map(|plan| plan.facts())
    }

    /// How the elements of one tensor are distributed together.
    ///
    /// # Errors
    /// As [`Initializer::facts`].
    pub fn composition(&self, parameter: &Parameter) -> Result<Composition, Error> {
        self.plan(parameter).map(|plan| plan.composition())
    }

    /// The exact mean of one element, E w.
    ///
    /// # Errors
    /// As [`Initializer::facts`].
    pub fn element_mean(&self, parameter: &Parameter) -> Result<f64, Error> {
        self.facts(parameter).map(|facts| facts.mean)
    }

    /// The exact variance of one element, E w² − (E w)², over draws; for `sparse` over the positions too. An empty
    /// tensor has variance 0.
    ///
    /// ```
    /// use seedbed::{Initializer, Parameter};
    /// let weight = Parameter::dense("layer1.weight", 64, 128)?;
    /// assert_eq!("sparse(nonzeros=15, gain=2)".parse::<Initializer>()?.element_variance(&weight)?, 4.0 / 64.0);
    /// assert_eq!("orthogonal(gain=2)".parse::<Initializer>()?.element_variance(&weight)?, 4.0 / 128.0);
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Initializer::facts`].
    pub fn element_variance(&self, parameter: &Parameter) -> Result<f64, Error> {
        self.facts(parameter).map(|facts| facts.variance)
    }
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
            ("variance_scaling(scale=3, mode=fan_geo_avg, distribution=uniform)", 3.0 / 486f64.sqrt()),
            ("variance_scaling(mode=fan_geo_avg, distribution=truncated_normal)", 1.0 / 486f64.sqrt()),
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
