//! Truncated normal values at a fixed cost an element: the inverse distribution function, in double precision. In single
//! precision [`super::between`] draws the same where a good part of the law lies between the bounds.
//!
//! No rejection loop, so element i never depends on how often another was redrawn, and no tail is lost to the
//! rounding of a single-precision `erfinv` (the outliers of PyTorch before 2.12).

use super::elementary::exp_f64;
use super::normal_law::{normal_cdf, normal_density, normal_quantile};
use super::quadrature;
#[cfg(test)]
use crate::DataType;

/// A normal distribution (mean, std) cut at `low` and `high` standard deviations from its mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormal {
    mean: f64,
    std: f64,
    low: f64,
    high: f64,
    below: f64,
    mass: f64,
    /// 1, or −1 when both bounds lie above the mean and the draw happens in the mirror, where Φ keeps its digits.
    side: f64,
}

impl TruncatedNormal {
    /// `std` is that of the normal before truncation and positive; `low` < `high`, in units of `std`.
    pub fn new(mean: f64, std: f64, low: f64, high: f64) -> Self {
        let side = if low > 0.0 { -1.0 } else { 1.0 };
        let (low, high) = if low > 0.0 { (-high, -low) } else { (low, high) };
        let below = normal_cdf(low);
        TruncatedNormal { mean, std, low, high, below, mass: normal_cdf(high) - below, side }
    }

    /// Four values, each rounded once to single precision and never outside the bounds (unless they lie closer
    /// together than neighbours in single precision).
    ///
    /// z = Φ⁻¹(Φ(low) + u (Φ(high) − Φ(low))) with u = (word + 1/2)·2⁻³². Where both bounds lie above the mean, z is
    /// minus the value drawn so from the mirrored bounds, −high to −low.
    pub fn values(&self, words: [u32; 4]) -> [f32; 4] {
        words.map(|word| {
            let share = (f64::from(word) + 0.5) / 4_294_967_296.0;
            let z = normal_quantile(self.below + share * self.mass).clamp(self.low, self.high);
            self.rounded_inward(self.mean + self.std * (self.side * z))
        })
    }

    /// To the nearest single-precision value, or the next one inside when that lies beyond a bound.
    fn rounded_inward(&self, value: f64) -> f32 {
        let (least, most) = self.bounds();
        let rounded = value as f32;
        if f64::from(rounded) < least {
            rounded.next_up()
        } else if f64::from(rounded) > most {
            rounded.next_down()
        } else {
            rounded
        }
    }

    /// The value that has the share `u` of the mass below it, in double precision and within the bounds.
    pub fn value_at(&self, u: f64) -> f64 {
        let z = normal_quantile(self.below + u * self.mass).clamp(self.low, self.high);
        self.mean + self.std * (self.side * z)
    }

    /// Mean and standard deviation of the normal before truncation.
    pub fn before(&self) -> (f64, f64) {
        (self.mean, self.std)
    }

    /// Probability of the standard normal below the lower bound.
    pub fn below(&self) -> f64 {
        self.below
    }

    /// The bounds as values.
    pub fn bounds(&self) -> (f64, f64) {
        let ends = [self.low, self.high].map(|end| self.mean + self.std * (self.side * end));
        (ends[0].min(ends[1]), ends[0].max(ends[1]))
    }

    /// The outermost single-precision numbers between them.
    #[cfg(test)]
    pub fn single_bounds(&self) -> (f32, f32) {
        let (low, high) = self.bounds();
        (DataType::F32.at_least(low) as f32, DataType::F32.at_most(high) as f32)
    }

    /// Whether values are drawn in the mirror.
    pub fn is_mirrored(&self) -> bool {
        self.side < 0.0
    }

    /// Probability of the standard normal between the bounds.
    pub fn mass(&self) -> f64 {
        self.mass
    }

    /// Mean after truncation.
    pub fn mean(&self) -> f64 {
        self.mean + self.std * self.side * self.standard_moments().0
    }

    /// Variance after truncation.
    pub fn variance(&self) -> f64 {
        self.std * self.std * self.standard_moments().1
    }

    /// Mean and variance of the standard normal within the bounds a and b: m = (φ(a) − φ(b))/Z and
    /// 1 + (a φ(a) − b φ(b))/Z − m², with Z the mass between them.
    fn standard_moments(&self) -> (f64, f64) {
        /// Below this change of z²/2 the closed form loses digits and the quadrature has them all.
        const FLAT: f64 = 1.0;
        let farthest = self.low.abs().max(self.high.abs()).max(1.0);
        if (self.high - self.low) * farthest < FLAT {
            return flat_moments(self.low, self.high);
        }
        let mean = (normal_density(self.low) - normal_density(self.high)) / self.mass;
        let spread = self.low * normal_density(self.low) - self.high * normal_density(self.high);
        (mean, 1.0 + spread / self.mass - mean * mean)
    }
}

/// The same by quadrature, for bounds between which the density changes little.
fn flat_moments(low: f64, high: f64) -> (f64, f64) {
    let (centre, half) = ((low + high) / 2.0, (high - low) / 2.0);
    let density = |offset: f64| exp_f64(-offset * (centre + offset / 2.0));
    let points = quadrature::points(-half, half, 1).map(|(offset, weight)| (offset, weight * density(offset)));
    let (offset, variance) = quadrature::moments(points);
    (centre + offset, variance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_the_theory_sheet() {
        let std = |bound: f64| TruncatedNormal::new(0.0, 1.0, -bound, bound).variance().sqrt();
        assert!((std(2.0) - 0.879_625_661_034_239_8).abs() < 1e-14);
        assert!((std(3.0) - 0.986_578_392_558_108_6).abs() < 1e-14);
        assert!((std(1.0) - 0.539_560_093_754_897).abs() < 1e-14);
    }

    #[test]
    fn moments_against_mpmath() {
        // quadrature at 40 digits; the last column is the relative accuracy asked of the variance
        for (low, high, mean, variance, accuracy) in [
            (1.0, 1.000001, 1.0000004999999167, 8.333_333_333_332_64e-14, 1e-9), // the bound itself is rounded
            (-0.3, 0.2, -0.048_966_998_541_879_8, 0.020659605384467695, 1e-14),
            (-1.0, 0.5, -0.206631218061533, 0.17277325908649325, 1e-14),
            (0.5, 0.9, 0.6907283380286955, 0.013211041352302726, 1e-14),
            (5.0, 5.1, 5.045810831656684, 0.0008225460879197787, 1e-13),
            (8.0, 9.0, 8.12118899297978, 0.014148542782748111, 1e-9),
            (20.0, 25.0, 20.04975306852785, 0.002463261615052164, 1e-7),
            (30.0, 30.01, 30.00475033354834, 8.295927006619161e-6, 1e-12),
        ] {
            let cut = TruncatedNormal::new(0.0, 1.0, low, high);
            let (mean_error, variance_error) = (cut.mean() / mean - 1.0, cut.variance() / variance - 1.0);
            assert!(mean_error.abs() < 1e-13, "{low} {high}: {mean_error:e}");
            assert!(variance_error.abs() < accuracy, "{low} {high}: {variance_error:e}");
        }
    }

    #[test]
    fn values_are_quantiles() {
        // scipy.stats.truncnorm.ppf([0.1, 0.5, 0.9], -2, 2) and (1, 3) around mean 10, std 2
        let words = [0.1, 0.5, 0.9, 0.5].map(|share: f64| (share * 4_294_967_296.0) as u32);
        let close =
            |found: f32, expected: f64| assert!((f64::from(found) - expected).abs() < 1e-6, "{found} {expected}");
        let [a, b, c, _] = TruncatedNormal::new(0.0, 1.0, -2.0, 2.0).values(words);
        close(a, -1.184032466693905);
        close(b, 0.0);
        close(c, 1.184032466693906);
        let [a, b, c, _] = TruncatedNormal::new(10.0, 2.0, 1.0, 3.0).values(words);
        close(a, 14.236335409171037); // mirrored: share 0.1 of the mirror is the upper tenth
        close(b, 12.810108466478221);
        close(c, 12.134542189722392);
    }

    #[test]
    fn bounds_hold_at_the_extreme_words() {
        for (mean, std, low, high) in [(0.0, 0.02, -2.0, 2.0), (1.0, 0.1, -3.0, 0.5), (0.0, 1.0, 8.0, 9.0)] {
            let cut = TruncatedNormal::new(mean, std, low, high);
            for value in cut.values([0, 1, u32::MAX - 1, u32::MAX]) {
                let value = f64::from(value);
                assert!(value >= mean + std * low && value <= mean + std * high, "{value}");
            }
        }
    }
}
