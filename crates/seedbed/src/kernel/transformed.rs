//! Uniform values put through an increasing function, in double precision: log-uniform and its like.

use super::elementary::{exp_f64, ln_f64};
use super::quadrature;

/// Widest panel of the quadrature over logarithms: the inverse softplus of e^x has a singularity at a distance of π/2
/// from the real axis.
const PANEL: f64 = 0.6;

/// What becomes of a uniform value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transform {
    /// w = e^x, x uniform between ln low and ln high: log-uniform between low and high.
    Exponential,
    /// w = ln x, x uniform between low and high.
    Logarithm,
    /// ln(e^dt − 1), which softplus takes back to dt = max(x, floor), with x log-uniform between low and high.
    InverseSoftplus {
        /// Least dt.
        floor: f64,
    },
}

/// A transformed uniform law; 0 < `low` ≤ `high`.
#[derive(Clone, Copy, Debug)]
pub struct Transformed {
    transform: Transform,
    low: f64,
    high: f64,
    ln_low: f64,
    ln_high: f64,
}

impl Transformed {
    pub fn new(transform: Transform, low: f64, high: f64) -> Transformed {
        Transformed { transform, low, high, ln_low: ln_f64(low), ln_high: ln_f64(high) }
    }

    /// The value that has the share `u` of the mass below it.
    pub fn value_at(&self, u: f64) -> f64 {
        let log_uniform = || exp_f64(self.ln_low + u * (self.ln_high - self.ln_low)).clamp(self.low, self.high);
        match self.transform {
            Transform::Exponential => log_uniform(),
            Transform::Logarithm => {
                ln_f64((self.low + u * (self.high - self.low)).min(self.high)).clamp(self.ln_low, self.ln_high)
            }
            Transform::InverseSoftplus { floor } => inverse_softplus(log_uniform().max(floor)),
        }
    }

    /// The least and the largest value.
    pub fn bounds(&self) -> (f64, f64) {
        match self.transform {
            Transform::Exponential => (self.low, self.high),
            Transform::Logarithm => (self.ln_low, self.ln_high),
            Transform::InverseSoftplus { floor } => {
                (inverse_softplus(self.low.max(floor)), inverse_softplus(self.high.max(floor)))
            }
        }
    }

    /// Mean and variance.
    pub fn moments(&self) -> (f64, f64) {
        let bounds = self.bounds();
        if bounds.0 == bounds.1 {
            return (bounds.0, 0.0);
        }
        match self.transform {
            Transform::Exponential => quadrature::moments(self.logarithms(self.ln_low).map(|(x, w)| (exp_f64(x), w))),
            // over the logarithm, whose density is e^x
            Transform::Logarithm => {
                quadrature::moments(self.logarithms(self.ln_low).map(|(x, w)| (x, w * exp_f64(x - self.ln_high))))
            }
            Transform::InverseSoftplus { floor } => {
                // what lies below the floor is one value
                let at_floor = ln_f64(floor.clamp(self.low, self.high));
                let above = self.logarithms(at_floor).map(|(x, w)| (inverse_softplus(exp_f64(x)), w));
                quadrature::moments(above.chain([(bounds.0, at_floor - self.ln_low)]))
            }
        }
    }

    fn logarithms(&self, from: f64) -> impl Iterator<Item = (f64, f64)> {
        let panels = ((self.ln_high - from) / PANEL).ceil().max(1.0);
        quadrature::points(from, self.ln_high, panels as u32)
    }

    /// The law in words.
    pub fn name(&self) -> &'static str {
        match self.transform {
            Transform::Exponential => "log-uniform",
            Transform::Logarithm => "logarithm of uniform",
            Transform::InverseSoftplus { .. } => "inverse softplus of log-uniform",
        }
    }
}

/// ln(e^x − 1) for x > 0, as x + ln(1 − e^−x).
fn inverse_softplus(x: f64) -> f64 {
    /// Up to here the series is exact to double precision with its terms.
    const SMALL: f64 = 0.5;
    const TERMS: u32 = 16;
    let below_one = if x < SMALL {
        // 1 − e^−x = x (1 − x/2 (1 − x/3 (…)))
        x * (2..=TERMS).rev().fold(1.0, |inner, term| 1.0 - x / f64::from(term) * inner)
    } else {
        1.0 - exp_f64(-x)
    };
    x + ln_f64(below_one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softplus_takes_it_back() {
        for step in -2000..300 {
            let x = (f64::from(step) / 100.0).exp(); // 2e-9 to 20
            let back = inverse_softplus(x).exp().ln_1p();
            assert!((back / x - 1.0).abs() < 1e-14 * x.ln().abs().max(1.0), "{x}: {back}");
        }
    }

    #[test]
    fn quantiles_by_hand() {
        let steps = Transformed::new(Transform::Exponential, 0.001, 0.1);
        assert!((steps.value_at(0.5) - 0.01).abs() < 1e-17);
        let times = Transformed::new(Transform::Logarithm, 1.0, 99.0);
        assert!((times.value_at(0.5) - 50f64.ln()).abs() < 1e-15);
        let floored = Transformed::new(Transform::InverseSoftplus { floor: 0.02 }, 0.001, 0.1);
        assert_eq!(floored.value_at(0.5), floored.bounds().0);
        assert!((floored.bounds().0.exp().ln_1p() - 0.02).abs() < 1e-16);
    }

    #[test]
    fn moments_against_mpmath() {
        // quadrature at 40 digits
        for (transform, low, high, mean, variance) in MOMENTS {
            let found = Transformed::new(transform, low, high).moments();
            assert!((found.0 / mean - 1.0).abs() < 1e-13, "{transform:?}: {found:?}");
            assert!((found.1 / variance - 1.0).abs() < 1e-12, "{transform:?}: {found:?}");
        }
    }
    const MOMENTS: [(Transform, f64, f64, f64, f64); 9] = [
        (Transform::Exponential, 0.001, 0.1, 0.021497576854210967, 0.000_623_481_820_534_946_8),
        (Transform::Exponential, 1.0, 1.01, 1.0049917080713053, 8.333_319_582_104_086e-6),
        (Transform::Exponential, 1e-30, 1e30, 7.238_241_365_054_197e27, 3.566_728_544_468_317e57),
        (Transform::Logarithm, 1.0, 16.0, 1.9574279703891, 0.45335123749751305),
        (Transform::Logarithm, 1.0, 99.0, 3.642_008_828_197_188, 0.782_340_949_888_276_5),
        (Transform::Logarithm, 1e-6, 1e6, 12.815510557991905, 0.999_999_999_236_526_7),
        (Transform::InverseSoftplus { floor: 1e-4 }, 0.001, 0.1, -4.594_376_164_961_115, 1.7966228264717731),
        (Transform::InverseSoftplus { floor: 0.02 }, 0.001, 0.1, -3.615540490206669, 0.23186175087568028),
        (Transform::InverseSoftplus { floor: 1e-4 }, 0.5, 40.0, 8.848_845_496_949_863, 103.98908926698045),
    ];
}
