//! Truncated normal values at a fixed cost an element: the inverse distribution function, in double precision.
//!
//! No rejection loop, so element i never depends on how often another was redrawn, and no tail is lost to the
//! rounding of a single-precision `erfinv` (the outliers of PyTorch before 2.12).

use super::elementary::{normal_cdf, normal_density, normal_quantile};

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

    /// Four values, each rounded once to single precision and never outside the bounds.
    pub fn values(&self, words: [u32; 4]) -> [f32; 4] {
        words.map(|word| {
            let share = (f64::from(word) + 0.5) / 4_294_967_296.0;
            let z = normal_quantile(self.below + share * self.mass).clamp(self.low, self.high);
            self.rounded_inward(self.mean + self.std * (self.side * z))
        })
    }

    /// To the nearest single-precision value, or the next one inside when that lies beyond a bound.
    fn rounded_inward(&self, value: f64) -> f32 {
        let ends = [self.low, self.high].map(|end| self.mean + self.std * (self.side * end));
        let (least, most) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        let rounded = value as f32;
        if f64::from(rounded) < least {
            rounded.next_up()
        } else if f64::from(rounded) > most {
            rounded.next_down()
        } else {
            rounded
        }
    }

    /// Mean after truncation.
    pub fn mean(&self) -> f64 {
        self.mean + self.std * self.side * self.standard_mean()
    }

    /// Variance after truncation: std²·(1 + (a φ(a) − b φ(b))/Z − m²) with m = (φ(a) − φ(b))/Z.
    pub fn variance(&self) -> f64 {
        let spread = self.low * normal_density(self.low) - self.high * normal_density(self.high);
        self.std * self.std * (1.0 + spread / self.mass - self.standard_mean().powi(2))
    }

    fn standard_mean(&self) -> f64 {
        (normal_density(self.low) - normal_density(self.high)) / self.mass
    }
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
