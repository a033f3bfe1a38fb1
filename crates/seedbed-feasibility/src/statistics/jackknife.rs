//! Intervals of functions of means, such as a ratio.

use super::Estimate;
use super::location::two_sided_student_quantile;

/// f of the mean of vectors, one an independent sample, with the jackknife's standard error, (n − 1)/n Σ(θᵢ − θ̄)² over
/// the values θᵢ without sample i, and Student's interval.
///
/// Fewer than two samples: an infinite interval; none: value NaN too.
///
/// Source: Tukey (1958); Efron & Stein (1981).
///
/// ```
/// use seedbed_feasibility::statistics::jackknife;
/// let ratio = jackknife(&[vec![1.0, 2.0], vec![3.0, 4.0], vec![2.0, 3.0]], |mean| mean[0] / mean[1], 0.95);
/// assert_eq!(ratio.value, 2.0 / 3.0);
/// assert!(ratio.low < 0.6 && ratio.high > 0.7);
/// ```
pub fn jackknife(samples: &[Vec<f64>], function: impl Fn(&[f64]) -> f64, confidence: f64) -> Estimate {
    let n = samples.len();
    let columns = samples.first().map_or(0, Vec::len);
    let sums: Vec<f64> = (0..columns).map(|column| samples.iter().map(|sample| sample[column]).sum()).collect();
    let of = |sums: &[f64], count: f64| function(&sums.iter().map(|sum| sum / count).collect::<Vec<f64>>());
    if n == 0 {
        return Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 0, METHOD);
    }
    let value = of(&sums, n as f64);
    if n < 2 {
        return Estimate::new(value, f64::NEG_INFINITY, f64::INFINITY, n, METHOD);
    }
    let without = |sample: &Vec<f64>| {
        let left: Vec<f64> = sums.iter().zip(sample).map(|(sum, value)| sum - value).collect();
        of(&left, (n - 1) as f64)
    };
    let left_out: Vec<f64> = samples.iter().map(without).collect();
    let mean = left_out.iter().sum::<f64>() / n as f64;
    let squares: f64 = left_out.iter().map(|value| (value - mean).powi(2)).sum();
    let half_width =
        two_sided_student_quantile(n as f64 - 1.0, confidence) * ((n - 1) as f64 / n as f64 * squares).sqrt();
    Estimate::new(value, value - half_width, value + half_width, n, METHOD)
}

const METHOD: &str = "jackknife";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::{TestStream, assert_close, mean};

    #[test]
    fn of_a_mean_it_is_students_interval() {
        let samples = [1.0, 2.5, 4.0, 3.5, -1.0];
        let (plain, jack) = (mean(&samples, 0.9), jackknife(&samples.map(|value| vec![value]), |mean| mean[0], 0.9));
        assert_close(jack.value, plain.value, 1e-12);
        assert_close(jack.low, plain.low, 1e-12);
        assert_close(jack.high, plain.high, 1e-12);
        assert!(jackknife(&[], |mean| mean[0], 0.9).value.is_nan());
        assert_eq!(jackknife(&[vec![2.0]], |mean| mean[0], 0.9).high, f64::INFINITY);
    }

    #[test]
    fn a_ratio_of_means_is_covered_as_often_as_said() {
        let mut stream = TestStream(7);
        let mut covered = 0;
        for _ in 0..2000 {
            let samples: Vec<Vec<f64>> = (0..40)
                .map(|_| {
                    let shared = stream.normal();
                    vec![2.0 + 0.5 * shared, 4.0 + shared + 0.5 * stream.normal()]
                })
                .collect();
            let found = jackknife(&samples, |mean| mean[0] / mean[1], 0.95);
            covered += usize::from(found.low <= 0.5 && 0.5 <= found.high);
        }
        // 95 % of 2000, give or take four standard errors of 0.5 %
        assert!((1860..=1940).contains(&covered), "{covered}");
    }
}
