//! The median with an interval that assumes no law.

use statrs::distribution::{Binomial, DiscreteCDF};

use super::Estimate;
use super::location::quantile;

/// Median with the interval of the sign test: [x₍ₖ₎, x₍ₙ₊₁₋ₖ₎] of the sorted samples, with the largest k for which
/// 2 P(Binomial(n, ½) < k) ≤ 1 − `confidence`.
///
/// It covers at least as often as it says, whatever the law of independent samples. With too few samples for that (below 6 at
/// 95 %) its ends are −∞ and ∞. Infinite samples are allowed: one that is only known to be larger than all others is ∞, as a
/// search that found nothing. No samples or a NaN: value and ends NaN. The method is `order_statistics`.
///
/// Source: Thompson (1936), "On confidence ranges for the median and other expectation distributions"; Conover (1999), section
/// 3.2.
///
/// ```
/// use seedbed_feasibility::statistics::median;
/// let found = median(&[8.0, 3.0, 5.0, 9.0, 4.0, f64::INFINITY], 0.95);
/// assert_eq!((found.value, found.low, found.high), (6.5, 3.0, f64::INFINITY));
/// ```
pub fn median(samples: &[f64], confidence: f64) -> Estimate {
    let n = samples.len();
    let value = quantile(samples, 0.5);
    let (low, high) = match value.is_nan() || !(confidence > 0.0 && confidence < 1.0) {
        true => (f64::NAN, f64::NAN),
        false => ends(samples, order(n, confidence)),
    };
    Estimate::new(value, low, high, n, "order_statistics")
}

/// k, counted from 1; 0 where no two order statistics cover often enough.
fn order(n: usize, confidence: f64) -> usize {
    let Ok(law) = Binomial::new(0.5, n as u64) else { return 0 };
    // P(Binomial < k) is a sum of terms that round
    let covers = |k: usize| 2.0 * law.cdf(k as u64 - 1) <= (1.0 - confidence) * (1.0 + 1e-12);
    (1..=n / 2).take_while(|&k| covers(k)).last().unwrap_or(0)
}

fn ends(samples: &[f64], order: usize) -> (f64, f64) {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |place: Option<usize>| place.and_then(|place| sorted.get(place)).copied();
    let low = at(order.checked_sub(1)).unwrap_or(f64::NEG_INFINITY);
    let high = at((order > 0).then(|| sorted.len() - order)).unwrap_or(f64::INFINITY);
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::super::TestStream;
    use super::*;

    #[test]
    fn orders_are_those_of_the_sign_test() {
        // scipy.stats.binom.cdf(k - 1, n, 0.5) <= 0.025, and <= 0.005
        for (n, at_95, at_99) in [(5, 0, 0), (6, 1, 0), (8, 1, 1), (9, 2, 1), (10, 2, 1), (20, 6, 4), (100, 40, 37)] {
            assert_eq!((order(n, 0.95), order(n, 0.99)), (at_95, at_99), "{n}");
        }
    }

    #[test]
    fn the_interval_is_made_of_samples() {
        let nine: Vec<f64> = [5, 1, 9, 3, 7, 2, 8, 4, 6].map(f64::from).to_vec();
        let found = median(&nine, 0.95);
        assert_eq!((found.value, found.low, found.high, found.n), (5.0, 2.0, 8.0, 9));
        let few = median(&nine[..4], 0.95);
        assert_eq!((few.value, few.low, few.high), (4.0, f64::NEG_INFINITY, f64::INFINITY));
        let none = median(&[f64::INFINITY; 6], 0.95);
        assert_eq!((none.value, none.low, none.high), (f64::INFINITY, f64::INFINITY, f64::INFINITY));
        for bad in [median(&[], 0.95), median(&[1.0, f64::NAN], 0.95)] {
            assert!(bad.value.is_nan() && bad.low.is_nan() && bad.high.is_nan());
        }
        assert!(median(&nine, 1.0).low.is_nan());
    }

    #[test]
    fn it_covers_as_it_says() {
        // exactly 1 − 2 P(Binomial(9, ½) < 2) = 0.9609 for a skewed law
        let mut stream = TestStream(5);
        let rounds = 20_000;
        let truth = std::f64::consts::LN_2;
        let covered = (0..rounds).filter(|_| {
            let samples: Vec<f64> = (0..9).map(|_| -stream.uniform().ln()).collect();
            let found = median(&samples, 0.95);
            found.low <= truth && truth <= found.high
        });
        let coverage = covered.count() as f64 / f64::from(rounds);
        assert!((coverage - 0.9609).abs() < 0.007, "{coverage}"); // 5 standard errors
    }
}
