//! Expectations under a Gaussian, by composite Gauss–Legendre quadrature.
//!
//! Not Gauss–Hermite: it converges badly on functions with a kink. Here the panels end at the kinks, and they shrink
//! towards z = 0, where activations bend, so that a large variance costs no accuracy.

use std::f64::consts::PI;

/// The integral runs over ±14 standard deviations; what is outside weighs less than 1e-43.
const LIMIT: f64 = 14.0;
/// Widest panel, in standard deviations.
const WIDEST_PANEL: f64 = 0.5;
/// Half width in z of the two panels at 0; the nearest poles of tanh z lie at ±iπ/2, those of the sigmoid at ±iπ.
const INNER_PANEL: f64 = 0.5;
/// Nodes of [`gauss_legendre`].
pub const NODES: usize = 16;

/// E f(z) for z ~ N(0, `variance`), each component of f by itself.
///
/// `kinks` are the points where f or its derivative jumps. Relative accuracy about 1e-13 for the activations of this
/// project and their powers. Variance 0 is the point mass f(0); a negative or not finite variance gives NaN.
///
/// ```
/// use seedbed::quadrature::gaussian_expectation;
/// let [second, fourth] = gaussian_expectation(4.0, &[], |z| [z * z, z.powi(4)]);
/// assert!((second - 4.0).abs() < 1e-12 && (fourth - 48.0).abs() < 1e-11);
/// ```
pub fn gaussian_expectation<const N: usize>(variance: f64, kinks: &[f64], f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    if !variance.is_finite() || variance < 0.0 {
        return [f64::NAN; N];
    }
    if variance == 0.0 {
        return f(0.0);
    }
    let std = variance.sqrt();
    let rule = gauss_legendre();
    let ends = panel_ends(std, kinks);
    let mut total = [0.0; N];
    for (low, high) in ends.iter().zip(ends.iter().skip(1)) {
        let (centre, half_width) = (0.5 * (low + high), 0.5 * (high - low));
        for (node, weight) in &rule {
            let u = centre + half_width * node;
            let density = libm::exp(-0.5 * u * u) / (2.0 * PI).sqrt();
            for (sum, value) in total.iter_mut().zip(f(std * u)) {
                *sum += half_width * weight * density * value;
            }
        }
    }
    total
}

/// Ends of the panels in units of the standard deviation, ascending.
fn panel_ends(std: f64, kinks: &[f64]) -> Vec<f64> {
    let mut positive = Vec::new();
    let mut end = (INNER_PANEL / std).min(WIDEST_PANEL);
    while end < LIMIT {
        positive.push(end);
        end += end.min(WIDEST_PANEL);
    }
    positive.push(LIMIT);
    let mut ends: Vec<f64> = positive.iter().map(|end| -end).chain([0.0]).chain(positive.iter().copied()).collect();
    ends.extend(kinks.iter().map(|kink| kink / std).filter(|kink| kink.abs() < LIMIT));
    ends.sort_by(f64::total_cmp);
    ends.dedup();
    ends
}

/// Nodes and weights of the Gauss–Legendre rule on [−1, 1], by Newton's method on the Legendre polynomial.
///
/// Weight at node x: 2 / ((1 − x²) P′(x)²). Source: Abramowitz & Stegun (1964), 25.4.29.
pub fn gauss_legendre() -> [(f64, f64); NODES] {
    std::array::from_fn(|index| {
        let mut x = libm::cos(PI * (index as f64 + 0.75) / (NODES as f64 + 0.5));
        // The start is within 1e-3 of the root: five doublings of the digits are more than enough.
        for _ in 0..6 {
            let (value, slope) = legendre(x);
            x -= value / slope;
        }
        let (_, slope) = legendre(x);
        (x, 2.0 / ((1.0 - x * x) * slope * slope))
    })
}

/// The Legendre polynomial of degree [`NODES`] and its derivative, by the three-term recurrence.
fn legendre(x: f64) -> (f64, f64) {
    let (mut previous, mut current) = (1.0, x);
    for degree in 1..NODES {
        let k = degree as f64;
        (previous, current) = (current, ((2.0 * k + 1.0) * x * current - k * previous) / (k + 1.0));
    }
    (current, NODES as f64 * (x * current - previous) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_matches_numpy() {
        // numpy.polynomial.legendre.leggauss(16), the last node and the middle one
        let rule = gauss_legendre();
        assert!((rule[0].0 - 0.989_400_934_991_649_9).abs() < 1e-15);
        assert!((rule[0].1 - 0.027_152_459_411_754_176).abs() < 1e-15);
        assert!((rule[7].0 - 0.095_012_509_837_637_45).abs() < 1e-15);
        assert!((rule[7].1 - 0.189_450_610_455_068_64).abs() < 1e-14);
    }

    #[test]
    fn gaussian_moments() {
        for variance in [1e-12, 0.3, 1.0, 900.0, 1e12] {
            let [one, second, eighth] = gaussian_expectation(variance, &[0.7], |z| [1.0, z * z, z.powi(8)]);
            assert!((one - 1.0).abs() < 1e-13);
            assert!((second / variance - 1.0).abs() < 1e-12);
            assert!((eighth / variance.powi(4) - 105.0).abs() < 1e-10);
        }
    }

    #[test]
    fn a_kink_away_from_zero_is_met_exactly() {
        // E max(z − 0.7, 0) = pdf(0.7) − 0.7 (1 − cdf(0.7)): scipy.stats.norm
        let [found] = gaussian_expectation(1.0, &[0.7], |z| [(z - 0.7).max(0.0)]);
        assert!((found - 0.142_879_376_810_610_15).abs() < 1e-13, "{found:?}");
    }

    #[test]
    fn variances_that_are_none() {
        assert_eq!(gaussian_expectation(0.0, &[], |z| [z + 2.0]), [2.0]);
        for variance in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(gaussian_expectation(variance, &[], |z| [z])[0].is_nan());
        }
    }
}
