//! Shares of successes: Wilson's interval for one, Fisher's exact test for two.

use statrs::function::factorial::ln_factorial;

use super::{Estimate, two_sided_normal_quantile};

/// Share of successes with Wilson's score interval.
///
/// ends = (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), with p = successes/trials, n = trials and z the two-sided
/// normal quantile of `confidence`. It never leaves 0..1 and is never empty at 0 or n successes.
///
/// No trials: value NaN, interval 0..1. More successes than trials: the same, since there is no such share.
///
/// Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
///
/// ```
/// use seedbed_feasibility::statistics::wilson;
/// let none_of_six = wilson(0, 6, 0.95);
/// assert_eq!(none_of_six.value, 0.0);
/// assert!((none_of_six.high - 0.3903).abs() < 1e-4); // six failures leave a true share of 39 % possible
/// ```
pub fn wilson(successes: usize, trials: usize, confidence: f64) -> Estimate {
    if trials == 0 || successes > trials {
        return Estimate::new(f64::NAN, 0.0, 1.0, trials, "wilson");
    }
    let (n, share) = (trials as f64, successes as f64 / trials as f64);
    let z = two_sided_normal_quantile(confidence);
    let centre = share + z * z / (2.0 * n);
    let half_width = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // The formula meets 0 and 1 exactly; its rounding does not.
    let low = if successes == 0 { 0.0 } else { (centre - half_width) / scale };
    let high = if successes == trials { 1.0 } else { (centre + half_width) / scale };
    Estimate::new(share, low, high, trials, "wilson")
}

/// Two tables count as equally likely within this relative distance; R's `fisher.test` uses the same.
const EQUALLY_LIKELY: f64 = 1.0 + 1e-7;

/// Two-sided p-value of Fisher's exact test on the table (a b; c d): rows two groups, columns success and failure.
///
/// With the margins held, the first cell is hypergeometric,
/// P(x) = C(a+b, x) C(c+d, a+c−x) / C(n, a+c); the p-value is the sum of all P(x) that are at most P(a).
/// 1 when a row or a column is empty.
///
/// Source: Fisher (1935), "The logic of inductive inference"; the two-sided rule is that of R and SciPy.
///
/// ```
/// use seedbed_feasibility::statistics::fisher_exact;
/// assert!((fisher_exact(6, 0, 0, 6) - 2.0 / 924.0).abs() < 1e-12); // all six against none of six
/// ```
pub fn fisher_exact(a: usize, b: usize, c: usize, d: usize) -> f64 {
    let (row, other_row, column) = (a + b, c + d, a + c);
    let ln_choose_all = ln_choose(row + other_row, column);
    let probability = |x: usize| (ln_choose(row, x) + ln_choose(other_row, column - x) - ln_choose_all).exp();
    let (smallest, largest) = (column.saturating_sub(other_row), row.min(column));
    let cut = probability(a) * EQUALLY_LIKELY;
    let total: f64 = (smallest..=largest).map(probability).filter(|p| *p <= cut).sum();
    total.min(1.0)
}

/// ln C(n, k) for k ≤ n.
fn ln_choose(n: usize, k: usize) -> f64 {
    ln_factorial(n as u64) - ln_factorial(k as u64) - ln_factorial((n - k) as u64)
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn wilson_matches_statsmodels() {
        // statsmodels.stats.proportion.proportion_confint(k, n, alpha=1-c, method="wilson")
        let table = [
            (5, 6, 0.95, 0.436_497_177_813_529_87, 0.969_946_630_251_693_5),
            (0, 6, 0.95, 0.0, 0.390_334_287_902_165_3),
            (6, 6, 0.95, 0.609_665_712_097_834_6, 1.0),
            (3, 10, 0.99, 0.079_566_316_523_065_73, 0.679_975_320_798_897_4),
            (1, 1, 0.95, 0.206_549_314_377_237_45, 1.0),
            (50, 100, 0.9, 0.418_847_796_112_529_5, 0.581_152_203_887_470_4),
        ];
        for (successes, trials, confidence, low, high) in table {
            let found = wilson(successes, trials, confidence);
            assert_eq!(found.value, successes as f64 / trials as f64);
            assert_close(found.low, low, 1e-10);
            assert_close(found.high, high, 1e-10);
            assert_eq!((found.n, found.method.as_str()), (trials, "wilson"));
        }
    }

    #[test]
    fn wilson_without_trials_knows_nothing() {
        for estimate in [wilson(0, 0, 0.95), wilson(3, 2, 0.95)] {
            assert!(estimate.value.is_nan());
            assert_eq!((estimate.low, estimate.high), (0.0, 1.0));
        }
        assert!(wilson(1, 2, 1.5).low.is_nan());
    }

    /// Exact coverage, averaged over the share as Wilson's interval promises (Brown, Cai & DasGupta 2001).
    #[test]
    fn wilson_covers_on_average() {
        let mut stream = TestStream(7);
        for trials in [6, 20] {
            let rounds = 20_000;
            let covered = (0..rounds).filter(|_| {
                let share = stream.uniform();
                let successes = (0..trials).filter(|_| stream.uniform() < share).count();
                let found = wilson(successes, trials, 0.95);
                found.low <= share && share <= found.high
            });
            let coverage = covered.count() as f64 / rounds as f64;
            assert!((coverage - 0.95).abs() < 0.015, "coverage {coverage} at n = {trials}");
        }
    }

    #[test]
    fn fisher_matches_scipy() {
        // scipy.stats.fisher_exact([[a, b], [c, d]]).pvalue
        let table = [
            ([8, 2, 1, 5], 0.034965034965034975),
            ([3, 1, 1, 3], 0.48571428571428565),
            ([6, 0, 0, 6], 0.0021645021645021645),
            ([0, 6, 6, 0], 0.0021645021645021645),
            ([10, 2, 3, 15], 0.0005367241191434357),
            ([5, 1, 2, 4], 0.24242424242424246),
            ([6, 0, 3, 3], 0.1818181818181818),
            ([120, 80, 90, 110], 0.0036351855558814402),
            ([0, 0, 3, 4], 1.0),
            ([0, 0, 0, 0], 1.0),
        ];
        for ([a, b, c, d], expected) in table {
            assert_close(fisher_exact(a, b, c, d), expected, 1e-10);
        }
    }
}
