//! Distribution functions that share nothing with the kernels they test: from the complementary error function of
//! `libm` (that of FreeBSD, below one unit in the last place).

use std::f64::consts::SQRT_2;

/// P(Z ≤ x) of the standard normal law, with full relative precision below 0.
pub fn normal_cdf(x: f64) -> f64 {
    libm::erfc(-x / SQRT_2) / 2.0
}

/// P(a < Z ≤ b), with full relative precision on either side of 0.
pub fn normal_mass(a: f64, b: f64) -> f64 {
    if a > 0.0 { normal_cdf(-a) - normal_cdf(-b) } else { normal_cdf(b) - normal_cdf(a) }
}

/// P(Z ≤ x | low ≤ Z ≤ high).
pub fn truncated_cdf(x: f64, low: f64, high: f64) -> f64 {
    normal_mass(low, x.clamp(low, high)) / normal_mass(low, high)
}

/// P(fmod(Z, wrap) ≤ x): every piece of the normal law beyond `wrap` comes back into (−wrap, wrap), sign and all.
pub fn wrapped_cdf(x: f64, wrap: f64) -> f64 {
    if x < 0.0 {
        return 1.0 - wrapped_cdf(-x, wrap);
    }
    let pieces = (12.0 / wrap).ceil() as usize;
    let piece = |index: usize| normal_mass(index as f64 * wrap, index as f64 * wrap + x.min(wrap));
    0.5 + (0..pieces).map(piece).sum::<f64>()
}

/// P(U ≤ x) of the uniform law.
pub fn uniform_cdf(x: f64, low: f64, high: f64) -> f64 {
    ((x - low) / (high - low)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SciPy 1.17: `truncnorm.cdf(x, low, high)`; the last row, where SciPy has lost digits, by mpmath with 30.
    #[test]
    fn truncated_laws_against_scipy() {
        for (low, high, points) in [
            (-2.0, 2.0, [(-1.6, 0.0335769183993769), (-0.6, 0.26349193854002867), (0.8, 0.8018802316204264)]),
            (-3.0, 0.5, [(-2.65, 0.00387573079174448), (-1.775, 0.053033443399587245), (-0.55, 0.41994567870941435)]),
            (0.5, 3.0, [(0.75, 0.2666454488988277), (1.375, 0.7291042565006607), (2.25, 0.9645995698302378)]),
            (2.0, 9.0, [(2.7, 0.847606430989595), (4.45, 0.9998112751838208), (6.9, 0.9999999998857094)]),
            (8.0, 8.5, [(8.05, 0.3397327171570008), (8.175, 0.7739966233416524), (8.35, 0.9597595762883555)]),
            (
                -37.0,
                -36.0,
                [(-36.9, 5.387213226598545e-15), (-36.65, 5.470204792807417e-11), (-36.3, 1.934094609516559e-5)],
            ),
        ] {
            for (x, expected) in points {
                let found: f64 = truncated_cdf(x, low, high);
                assert!((found / expected - 1.0f64).abs() < 1e-11, "{low} {high} {x}: {found} {expected}");
            }
        }
    }

    #[test]
    fn the_wrapped_law_is_whole() {
        assert!(
            (wrapped_cdf(2.0, 2.0) - 1.0).abs() < 1e-15
                && (wrapped_cdf(-0.7, 2.0) + wrapped_cdf(0.7, 2.0) - 1.0).abs() < 1e-15
        );
    }
}
