//! Probability of a standard normal value between two bounds, with its digits in both tails.

use std::f64::consts::{SQRT_2, TAU};

use seedbed::quadrature::gauss_legendre;

/// Below this change of z²/2 between the bounds, the quadrature has all digits and the difference of two
/// probabilities loses some.
const NARROW: f64 = 1.0;

/// ln P(low < z < high) for z ~ N(0, 1): Φ by the complementary error function on the side of the nearer tail, narrow
/// intervals by Gauss–Legendre quadrature.
pub fn ln_normal_mass(low: f64, high: f64) -> f64 {
    // in the lower tail, where Φ keeps its digits
    let (low, high) = if low > 0.0 { (-high, -low) } else { (low, high) };
    if (high - low) * low.abs().max(high.abs()).max(1.0) < NARROW {
        return ln_narrow_mass(low, high);
    }
    libm::log(normal_cdf(high) - normal_cdf(low))
}

fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

fn ln_narrow_mass(low: f64, high: f64) -> f64 {
    let (centre, half) = (0.5 * (low + high), 0.5 * (high - low));
    // beside the density at the centre, so that no tail underflows
    let relative = |z: f64| libm::exp(-0.5 * (z - centre) * (z + centre));
    let sum: f64 = gauss_legendre().iter().map(|(node, weight)| weight * relative(centre + half * node)).sum();
    libm::log(half * sum) - 0.5 * centre * centre - 0.5 * libm::log(TAU)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_mpmath() {
        // mpmath at 60 digits: log(ncdf(high) - ncdf(low))
        for (low, high, expected) in TABLE {
            let found = ln_normal_mass(low, high);
            assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{low} {high}: {found} {expected}");
        }
        assert_eq!(ln_normal_mass(f64::NEG_INFINITY, f64::INFINITY), 0.0);
    }

    const TABLE: [(f64, f64, f64); 12] = [
        (-2.0, 2.0, -0.046567912292390164),
        (-1.0, 3.0, -0.1743595204529759),
        (1.5, 4.0, -2.706418582510689),
        (-5.0, -3.0, -6.6079385945968929),
        (20.0, f64::INFINITY, -203.91715537109726),
        (f64::NEG_INFINITY, -30.0, -454.3212439563432),
        (0.1, 0.101, -7.831743978432631),
        (10.0, 10.05, -54.154641353381653),
        (-0.5, 1e-9, -1.6530635121719097),
        (f64::NEG_INFINITY, 0.25, -0.5129840754094305),
        (3.0, 3.3, -7.051078582850271),
        (-37.0, -36.0, -652.5032275937984),
    ];
}
