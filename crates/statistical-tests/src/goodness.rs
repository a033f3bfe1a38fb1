//! P-values: how often chance alone does what was found, or more.

use std::f64::consts::SQRT_2;

use statrs::distribution::{ChiSquared, ContinuousCDF, DiscreteCDF, Poisson};

use crate::number::Number;

/// Kolmogorov's test of values within bounds against a distribution function. Numbers of a narrow type stand for the
/// reals that are rounded to them, which makes the test a little conservative.
pub fn kolmogorov<T: Number>(values: &[T], bounds: (f64, f64), cdf: impl Fn(f64) -> f64) -> f64 {
    let mut sorted: Vec<(f64, T)> = values.iter().map(|&number| (number.value(), number)).collect();
    sorted.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let share = |count: usize| count as f64 / sorted.len() as f64;
    let (mut distance, mut before) = (0.0f64, 0);
    for equal in sorted.chunk_by(|one, other| one.0 == other.0) {
        let (start, end) = equal[0].1.cell(bounds);
        let below = cdf(start);
        let up_to = if start == end { below } else { cdf(end) };
        distance = distance.max((below - share(before)).abs());
        before += equal.len();
        distance = distance.max((up_to - share(before)).abs());
    }
    kolmogorov_tail(distance * (sorted.len() as f64).sqrt())
}

/// P(√n D > x) for many values: 2 Σ (−1)^(k−1) exp(−2 k² x²).
fn kolmogorov_tail(x: f64) -> f64 {
    if x < 0.3 {
        return 1.0; // within 1e-5, where the series converges slowly
    }
    let term = |k: i32| if k % 2 == 1 { 2.0 } else { -2.0 } * (-2.0 * f64::from(k * k) * x * x).exp();
    (1..=40).map(term).sum::<f64>().clamp(0.0, 1.0)
}

/// Pearson's test of counts against what is expected; the sums agree.
///
/// # Panics
/// Cells of different numbers, or fewer than two: a mistake in the test.
pub fn chi_square(found: &[f64], expected: &[f64]) -> f64 {
    assert!(found.len() == expected.len() && found.len() > 1);
    let statistic = found.iter().zip(expected).map(|(found, expected)| (found - expected).powi(2) / expected).sum();
    chi_square_tail(statistic, found.len() - 1)
}

/// Counts that should all be the same.
pub fn even(found: &[f64]) -> f64 {
    let expected = found.iter().sum::<f64>() / found.len() as f64;
    chi_square(found, &vec![expected; found.len()])
}

/// P(χ² > statistic).
///
/// # Panics
/// No degree of freedom: a mistake in the test.
pub fn chi_square_tail(statistic: f64, degrees: usize) -> f64 {
    let law = ChiSquared::new(degrees as f64).unwrap_or_else(|error| panic!("{degrees} degrees: {error}"));
    law.sf(statistic)
}

/// Whether the values' mean is the expected one: the mean of many values is normal.
pub fn mean(values: impl IntoIterator<Item = f64>, expected: f64) -> f64 {
    Mean::of(values).against(expected)
}

/// Sums of values as they come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Mean {
    /// Of all the values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Mean {
        let mut mean = Mean::default();
        values.into_iter().for_each(|value| mean.add(value));
        mean
    }

    /// Takes one more.
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    /// The two-sided p-value of the mean against the expected one. Values that never vary must meet it to rounding.
    pub fn against(&self, expected: f64) -> f64 {
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        let off = (mean - expected).abs();
        if variance <= 1e-12 * mean * mean {
            return if off <= 1e-6 * expected.abs() { 1.0 } else { 0.0 };
        }
        libm::erfc(off / (variance / self.count).sqrt() / SQRT_2)
    }
}

/// Whether a rare event happened as often as expected; two-sided.
///
/// # Panics
/// Nothing expected: a mistake in the test.
pub fn rare(found: u64, expected: f64) -> f64 {
    let law = Poisson::new(expected).unwrap_or_else(|error| panic!("{expected} expected: {error}"));
    let at_most = law.cdf(found);
    let at_least = if found == 0 { 1.0 } else { law.sf(found - 1) };
    (2.0 * at_most.min(at_least)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `kstwobign.sf`, `chi2.sf`, `poisson.cdf` and `poisson.sf`, `norm.sf`.
    #[test]
    fn p_values_against_scipy() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        close(kolmogorov_tail(1.0), 0.26999967167735456);
        close(kolmogorov_tail(1.949), 0.0010037073145687607);
        close(kolmogorov_tail(0.5), 0.9639452436648751);
        close(chi_square_tail(27.9, 9), 0.000991262457089347);
        close(chi_square_tail(1100.0, 999), 0.013818467525532353);
        close(rare(80, 57.33), 0.00534782885710425);
        close(rare(2, 6.5), 0.08607189379796604);
        close(mean([1.0, 2.0, 3.0, 4.0], 3.0), 0.37109336952269756);
    }

    #[test]
    fn a_wrong_law_is_seen() {
        let values: Vec<f64> = (0..10_000).map(|step| (f64::from(step) + 0.5) / 10_000.0).collect();
        let unbounded = (f64::NEG_INFINITY, f64::INFINITY);
        assert!(kolmogorov(&values, unbounded, |x| x) > 0.999);
        assert!(kolmogorov(&values, unbounded, |x| x * x) < 1e-6);
        assert!(even(&[100.0, 100.0, 160.0]) < 1e-3 && even(&[100.0, 101.0, 99.0]) > 0.9);
        assert!(mean([2.0; 5], 2.0) == 1.0 && mean([2.0; 5], 2.1) == 0.0);
    }
}
