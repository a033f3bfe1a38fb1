//! Where numbers lie: mean, quantile, and whether paired differences are zero on average.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Estimate;

/// Mean with Student's interval: x̄ ± t s/√n, with s² = Σ(x − x̄)²/(n − 1) and t the two-sided quantile of Student's
/// t with n − 1 degrees of freedom.
///
/// Assumes independent samples of a law close to normal. One sample: an infinite interval. None: value NaN too.
/// A NaN or an infinity among the samples makes the ends NaN.
///
/// Source: Student (1908), "The probable error of a mean".
pub fn mean(samples: &[f64], confidence: f64) -> Estimate {
    let n = samples.len();
    let (mean, standard_error) = mean_and_error(samples);
    if n < 2 {
        return Estimate::new(mean, f64::NEG_INFINITY, f64::INFINITY, n, "student_t");
    }
    let half_width = two_sided_student_quantile(n as f64 - 1.0, confidence) * standard_error;
    Estimate::new(mean, mean - half_width, mean + half_width, n, "student_t")
}

/// The `q`-quantile by linear interpolation between order statistics (type 7 of Hyndman & Fan 1996; the default of R
/// and NumPy): position (n − 1) q in the sorted samples, counted from 0.
///
/// NaN if there are no samples, a sample is NaN, or `q` is outside 0..=1. Infinite samples are allowed.
///
/// ```
/// use seedbed_feasibility::statistics::quantile;
/// assert_eq!(quantile(&[4.0, 1.0, 3.0, 2.0], 0.5), 2.5);
/// ```
pub fn quantile(samples: &[f64], q: f64) -> f64 {
    if samples.iter().any(|sample| sample.is_nan()) || !(0.0..=1.0).contains(&q) {
        return f64::NAN;
    }
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = (sorted.len() as f64 - 1.0) * q;
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    let (below, above) = (at(position.floor()), at(position.ceil()));
    // Equal neighbours first: it spares infinity minus infinity.
    if below == above { below } else { below + (above - below) * position.fract() }
}

/// Two-sided p-value of the paired t-test: are the `differences` zero on average?
///
/// t = x̄ / (s/√n) against Student's t with n − 1 degrees of freedom; assumes differences close to normal.
/// All zero: 1. All the same and not zero: 0. Fewer than two differences are no evidence: 1.
/// NaN if a difference is not finite.
///
/// Source: Student (1908).
pub fn paired_t(differences: &[f64]) -> f64 {
    if differences.iter().any(|difference| !difference.is_finite()) {
        return f64::NAN;
    }
    let Some((first, rest)) = differences.split_first() else {
        return 1.0;
    };
    if rest.is_empty() || differences.iter().all(|difference| *difference == 0.0) {
        return 1.0;
    }
    // Compared directly: the mean of equal numbers may round, so their computed variance need not be 0.
    if rest.iter().all(|difference| difference == first) {
        return 0.0;
    }
    let (mean, standard_error) = mean_and_error(differences);
    let t = (mean / standard_error).abs();
    student(rest.len() as f64).map_or(f64::NAN, |law| (2.0 * law.sf(t)).min(1.0))
}

/// Mean, and Σ(x − x̄)²/(n − 1). Two passes, so that a large mean does not drown a small variance. NaN where undefined.
pub(crate) fn mean_and_variance(samples: &[f64]) -> (f64, f64) {
    let n = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / n;
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    (mean, squares / (n - 1.0))
}

/// Mean, and its standard error s/√n.
fn mean_and_error(samples: &[f64]) -> (f64, f64) {
    let (mean, variance) = mean_and_variance(samples);
    (mean, (variance / samples.len() as f64).sqrt())
}

fn student(degrees_of_freedom: f64) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).ok()
}

/// t with P(|T| ≤ t) = `confidence`; NaN unless `confidence` is in (0, 1).
pub(super) fn two_sided_student_quantile(degrees_of_freedom: f64, confidence: f64) -> f64 {
    match student(degrees_of_freedom) {
        Some(law) if confidence > 0.0 && confidence < 1.0 => law.inverse_cdf(0.5 + 0.5 * confidence),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    const SAMPLES: [f64; 6] = [2.0, 3.5, -1.25, 4.0, 0.5, 7.75];

    #[test]
    fn mean_matches_scipy() {
        // scipy.stats.t.interval(c, 5, loc=numpy.mean(x), scale=scipy.stats.sem(x))
        let table = [
            (0.95, -0.5268617352991827, 6.026861735299183),
            (0.99, -2.389993938686085, 7.889993938686085),
            (0.8, 0.8686096088109103, 4.63139039118909),
        ];
        for (confidence, low, high) in table {
            let found = mean(&SAMPLES, confidence);
            assert_eq!((found.value, found.n, found.method.as_str()), (2.75, 6, "student_t"));
            assert_close(found.low, low, 1e-9);
            assert_close(found.high, high, 1e-9);
        }
        // the same with x = [1, 2] and 1 degree of freedom
        let two = mean(&[1.0, 2.0], 0.95);
        assert_close(two.low, -4.853102368087347, 1e-9);
        assert_close(two.high, 7.853102368087347, 1e-9);
    }

    #[test]
    fn mean_of_one_none_and_nan() {
        let one = mean(&[3.0], 0.95);
        assert_eq!((one.value, one.low, one.high), (3.0, f64::NEG_INFINITY, f64::INFINITY));
        let none = mean(&[], 0.95);
        assert!(none.value.is_nan() && none.high == f64::INFINITY && none.n == 0);
        let bad = mean(&[1.0, f64::NAN], 0.95);
        assert!(bad.value.is_nan() && bad.low.is_nan() && bad.high.is_nan());
        assert!(mean(&SAMPLES, 1.0).low.is_nan());
    }

    #[test]
    fn student_interval_covers() {
        let mut stream = TestStream(3);
        let rounds = 20_000;
        let covered = (0..rounds).filter(|_| {
            let samples: Vec<f64> = (0..6).map(|_| 5.0 + 2.0 * stream.normal()).collect();
            let found = mean(&samples, 0.9);
            found.low <= 5.0 && 5.0 <= found.high
        });
        let coverage = covered.count() as f64 / rounds as f64;
        assert!((coverage - 0.9).abs() < 0.01, "coverage {coverage}"); // 4.7 standard errors
    }

    #[test]
    fn quantile_matches_numpy() {
        // numpy.quantile(x, q)
        let table = [(0.0, -1.25), (0.1, -0.375), (0.25, 0.875), (0.5, 2.75), (0.9, 5.875), (1.0, 7.75)];
        for (q, expected) in table {
            assert_close(quantile(&SAMPLES, q), expected, 1e-15);
        }
        let infinity = f64::INFINITY;
        assert_eq!(quantile(&[1.0, infinity, infinity], 0.75), infinity);
        for (samples, q) in [(&[][..], 0.5), (&[1.0, f64::NAN], 0.5), (&[1.0], 1.1), (&[1.0], f64::NAN)] {
            assert!(quantile(samples, q).is_nan());
        }
    }

    #[test]
    fn paired_t_matches_scipy() {
        // scipy.stats.ttest_1samp(x, 0).pvalue
        let first = [1.1 - 2.0, 2.3 - 3.1, 1.9 - 2.9, 3.0 - 3.5, 2.2 - 2.25];
        assert_close(paired_t(&first), 0.01936137143192205, 1e-9);
        assert_close(paired_t(&[12.0, -30.0, 45.0, 5.0, 60.0, 22.0]), 0.20152276916950096, 1e-9);
        let far = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2];
        assert_close(paired_t(&far), 3.92616546831161e-12, 1e-8);
    }

    #[test]
    fn paired_t_without_variance() {
        assert_eq!(paired_t(&[0.0; 6]), 1.0);
        assert_eq!(paired_t(&[0.1; 6]), 0.0);
        assert_eq!(paired_t(&[3.0]), 1.0);
        assert_eq!(paired_t(&[]), 1.0);
        assert!(paired_t(&[1.0, f64::NAN, 2.0]).is_nan());
    }
}
