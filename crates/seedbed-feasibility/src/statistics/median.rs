//! The median with an interval that assumes no law, and that interval between the order statistics.

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
    // the tail is a sum of terms that round
    let covers = |k: usize| missed(n, k) <= (1.0 - confidence) * (1.0 + 1e-12);
    (1..=n / 2).take_while(|&k| covers(k)).last().unwrap_or(0)
}

/// How often the median lies outside the k-th order statistic from below and from above: 2 P(Binomial(n, ½) < k).
fn missed(n: usize, k: usize) -> f64 {
    Binomial::new(0.5, n as u64).map_or(f64::NAN, |law| 2.0 * law.cdf(k as u64 - 1))
}

/// Ends between the order statistics k and k + 1 of [`median`], so that the interval covers close to `confidence` and not only
/// at least: with γₖ = 1 − 2 P(Binomial(n, ½) < k), I = (γₖ − confidence)/(γₖ − γ₍ₖ₊₁₎) and
/// λ = (n − k) I / (k + (n − 2k) I), they are (1 − λ) x₍ₖ₎ + λ x₍ₖ₊₁₎, and the same from above.
///
/// `lowest` and `highest` are sorted bounds of the samples, the same where a sample is known. For continuous laws. `None` where
/// two order statistics do not cover often enough (n below 6 at 95 %).
///
/// Source: Hettmansperger & Sheather (1986), "Confidence intervals based on interpolated order statistics".
pub(super) fn interpolated_ends(lowest: &[f64], highest: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let n = lowest.len();
    let order = if confidence > 0.0 { order(n, confidence) } else { 0 };
    if order == 0 {
        return None;
    }
    let (outer, inner) = (missed(n, order), missed(n, order + 1));
    let share = (1.0 - confidence - outer) / (inner - outer);
    let weight = (n - order) as f64 * share / (order as f64 + (n - 2 * order) as f64 * share);
    let between = |outer: f64, inner: f64| if outer.is_finite() { outer + weight * (inner - outer) } else { outer };
    Some((between(lowest[order - 1], lowest[order]), between(highest[n - order], highest[n - order - 1])))
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
    use super::super::{TestStream, assert_close};
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
    fn ends_are_interpolated_as_hettmansperger_and_sheather_do() {
        // n = 10 by hand: γ₂ = 0.978516, γ₃ = 0.890625, I = 0.324444, λ = 8 I / (2 + 6 I) = 0.657658
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let (low, high) = interpolated_ends(&ten, &ten, 0.95).unwrap();
        assert_close(low, 2.657_657_657_657_658, 1e-9);
        assert_close(high, 8.342_342_342_342_342, 1e-9);
        // six of which the last is somewhere above 5
        let (lowest, highest) = ([1.0, 2.0, 3.0, 4.0, 5.0, 5.0], [1.0, 2.0, 3.0, 4.0, 5.0, f64::INFINITY]);
        let (low, high) = interpolated_ends(&lowest, &highest, 0.95).unwrap();
        assert_close(low, 1.0 + 5.0 / 14.0, 1e-9);
        assert_eq!(high, f64::INFINITY);
        assert_eq!(interpolated_ends(&ten[..5], &ten[..5], 0.95), None);
        assert_eq!(interpolated_ends(&[], &[], 0.95), None);
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
