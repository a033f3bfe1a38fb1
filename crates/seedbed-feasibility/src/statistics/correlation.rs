//! Whether one quantity ranks things as another does.

use super::{Estimate, two_sided_normal_quantile};

/// Spearman's rank correlation with an interval: Pearson's correlation of the ranks, tied values at their mean rank.
///
/// The interval is tanh(atanh r ± z √(1.06/(n − 3))) (Fieller, Hartley & Pearson 1957); it assumes few ties and is approximate
/// below about ten pairs. Fewer than four pairs, or r = ±1, say nothing of their error: then an end is −1 or 1. NaN where one side
/// does not vary, the lists differ in length or hold a NaN; −∞ and ∞ are ranked.
///
/// ```
/// use seedbed_feasibility::statistics::spearman;
/// assert!((spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0], 0.95).value - 0.8).abs() < 1e-12);
/// ```
pub fn spearman(one: &[f64], other: &[f64], confidence: f64) -> Estimate {
    let n = one.len();
    let unknown = || Estimate::new(f64::NAN, -1.0, 1.0, n, "spearman_fieller");
    if n != other.len() || n < 2 || one.iter().chain(other).any(|value| value.is_nan()) {
        return unknown();
    }
    let r = pearson(&ranks(one), &ranks(other));
    if r.is_nan() || n < 4 {
        return Estimate { value: r, ..unknown() };
    }
    let half_width = two_sided_normal_quantile(confidence) * (1.06 / (n as f64 - 3.0)).sqrt();
    let end = |shift: f64| if r.abs() > 1.0 - 1e-12 { shift.signum() } else { (r.atanh() + shift).tanh() };
    let (low, high) = (end(-half_width), end(half_width));
    Estimate::new(r, low, high, n, "spearman_fieller")
}

/// Ranks from 1; tied values share their mean.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
    let same = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
    values.iter().map(|&value| below(value) + 0.5 * (same(value) + 1.0)).collect()
}

fn pearson(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(one), mean(other));
    let sum = |f: &dyn Fn(f64, f64) -> f64| one.iter().zip(other).map(|(x, y)| f(x - a, y - b)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_scipy_with_ties() {
        // scipy.stats.spearmanr; the interval by hand from 1.96 √(1.06/3)
        let found = spearman(&[1.0, 2.0, 2.0, 5.0, 7.0, 9.0], &[0.1, 0.3, 0.2, 0.3, 0.9, 0.4], 0.95);
        assert!((found.value - SCIPY).abs() < 1e-12, "{found:?}");
        assert!((found.low - (SCIPY.atanh() - 1.959_963_984_540_054 * (1.06f64 / 3.0).sqrt()).tanh()).abs() < 1e-9);
    }

    const SCIPY: f64 = 0.8970588235294118;

    #[test]
    fn what_says_nothing() {
        assert!(spearman(&[1.0, 1.0, 1.0, 1.0], &[1.0, 2.0, 3.0, 4.0], 0.95).value.is_nan());
        let few = spearman(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], 0.95);
        assert_eq!((few.value, few.low, few.high), (-1.0, -1.0, 1.0));
        assert!(spearman(&[1.0, f64::NAN], &[1.0, 2.0], 0.95).value.is_nan());
        assert_eq!(spearman(&[f64::NEG_INFINITY, 0.0, 1.0, 2.0], &[0.0, 1.0, 2.0, 3.0], 0.95).value, 1.0);
    }
}
