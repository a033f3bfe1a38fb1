//! The record that every measurement with sampling in it is reported as.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A value with its interval, the number of samples and the method: never a bare number.
///
/// In JSON a number that is not finite is `null`; read back, it is NaN.
///
/// ```
/// use seedbed_feasibility::statistics::wilson;
/// assert_eq!(wilson(5, 6, 0.95).to_string(), "0.83 [0.44, 0.97]");
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The point estimate; NaN where there were no samples.
    #[serde(with = "finite_or_null")]
    pub value: f64,
    /// Lower end of the interval; may be −∞.
    #[serde(with = "finite_or_null")]
    pub low: f64,
    /// Upper end of the interval; may be ∞.
    #[serde(with = "finite_or_null")]
    pub high: f64,
    /// Number of independent samples behind the value.
    pub n: usize,
    /// How the interval was made: `wilson`, `student_t`, `kaplan_meier`, …
    pub method: String,
}

impl Estimate {
    /// Makes an estimate from its parts.
    pub fn new(value: f64, low: f64, high: f64, n: usize, method: &str) -> Estimate {
        Estimate { value, low, high, n, method: method.to_owned() }
    }
}

impl fmt::Display for Estimate {
    /// `0.83 [0.44, 0.97]`: about three significant digits each.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}, {}]", short(self.value), short(self.low), short(self.high))
    }
}

/// About three significant digits, without trailing zeros; very small and very large numbers as `1.2e-5`.
///
/// ```
/// use seedbed_feasibility::statistics::estimate::short;
/// assert_eq!([0.5, 12.34, 1.2e-5].map(short), ["0.5", "12.3", "1.2e-5"]);
/// ```
pub fn short(number: f64) -> String {
    let size = number.abs();
    let decimals = match size {
        _ if !number.is_finite() => return number.to_string(),
        0.0 => 0,
        _ if !(0.01..1e6).contains(&size) => return format!("{number:.1e}"),
        _ if size < 10.0 => 2,
        _ if size < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{number:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Serde of an `f64` whose infinities and NaN are `null`, for `#[serde(with = "finite_or_null")]`.
///
/// JSON has no such numbers. A `null` is read as NaN, so which of them it was is lost.
pub mod finite_or_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the number, or `null` if it is not finite.
    pub fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        Some(*number).filter(|number| number.is_finite()).serialize(serializer)
    }

    /// Reads a number, or NaN for `null`.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_round_trip() {
        let estimate = Estimate::new(0.1 + 0.2, -1e-300, 5e300, 6, "wilson");
        let json = serde_json::to_string(&estimate).unwrap();
        assert_eq!(serde_json::from_str::<Estimate>(&json).unwrap(), estimate);
    }

    #[test]
    fn not_finite_is_null_in_json_and_nan_when_read() {
        let estimate = Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 0, "student_t");
        let json = serde_json::to_string(&estimate).unwrap();
        assert_eq!(json, r#"{"value":null,"low":null,"high":null,"n":0,"method":"student_t"}"#);
        let back: Estimate = serde_json::from_str(&json).unwrap();
        assert!(back.value.is_nan() && back.low.is_nan() && back.high.is_nan());
        assert_eq!((back.n, back.method.as_str()), (0, "student_t"));
    }

    #[test]
    fn a_missing_number_is_an_error() {
        assert!(serde_json::from_str::<Estimate>(r#"{"value":1,"low":0,"n":1,"method":"m"}"#).is_err());
    }

    #[test]
    fn prints_about_three_digits() {
        let text = |value, low, high| Estimate::new(value, low, high, 3, "m").to_string();
        assert_eq!(text(0.8333, 0.4365, 0.9699), "0.83 [0.44, 0.97]");
        assert_eq!(text(1.0, 0.0, f64::INFINITY), "1 [0, inf]");
        assert_eq!(text(131.46, 99.96, 20000.4), "131 [100, 20000]");
        assert_eq!(text(1.2345e-5, -12.345, 3.2e7), "1.2e-5 [-12.3, 3.2e7]");
        assert_eq!(text(f64::NAN, f64::NEG_INFINITY, 100.0), "NaN [-inf, 100]");
    }
}
