//! Quadrature over two correlated Gaussians.
//!
//! u₁ = √a z₁ and u₂ = (c/√a) z₁ + √(b − c²/a) z₂, with the larger variance as a: an integral over z₁ of an integral
//! over z₂. Panels end where φ′ jumps and shrink towards where the integrand bends: u = 0 for both, and, in the outer
//! integral, the points where u₂ passes a kink, over the width that z₂ leaves. So a correlation near ±1 costs a few more
//! panels, not digits.

use std::f64::consts::PI;

use seedbed::quadrature::{NODES, gauss_legendre};

use super::{Bivariate, closed};

/// The integrals run over ±10 standard deviations; what is outside weighs 1e-23.
const LIMIT: f64 = 10.0;
/// Widest panel in standard deviations: on it 16 nodes integrate the density to the last digit.
const WIDEST_PANEL: f64 = 2.0;
/// Widest panel in u next to 0, where activations bend: the nearest poles of tanh lie at ±iπ/2.
const BEND: f64 = 2.0;
/// Panels are not made narrower than this; what is inside weighs less.
const NARROWEST_PANEL: f64 = 1e-12;

/// E φ(u₁)φ(u₂) and E φ′(u₁)φ′(u₂) for z ↦ (φ(z), φ′(z)); NaN for variances that are none.
pub(super) fn expectation(function: impl Fn(f64) -> (f64, f64), kinks: &[f64], a: f64, b: f64, c: f64) -> Bivariate {
    let (large, small) = (a.max(b), a.min(b));
    // a and b each by itself: max and min pass over a NaN
    if !(a >= 0.0 && b >= 0.0 && large.is_finite() && c.is_finite()) {
        return Bivariate { product: f64::NAN, derivative_product: f64::NAN };
    }
    if large == 0.0 {
        let (value, derivative) = function(0.0);
        return Bivariate { product: value * value, derivative_product: derivative * derivative };
    }
    let std = large.sqrt();
    let reach = (large * small).sqrt();
    let slope = c.clamp(-reach, reach) / std;
    let spread = (closed::determinant(a, b, c) / large).sqrt();
    let rule = gauss_legendre();
    let mut inner = Inner { function: &function, kinks, spread, rule: &rule, panels: Panels::new() };
    let mut product = [0.0; 2];
    for (z, weight) in outer_panels(std, slope, spread, kinks).points(&rule) {
        let (value, derivative) = function(std * z);
        let [mean_value, mean_derivative] = inner.expectation(slope * z);
        product[0] += weight * value * mean_value;
        product[1] += weight * derivative * mean_derivative;
    }
    Bivariate { product: product[0], derivative_product: product[1] }
}

/// Panels of the outer integral over z₁.
fn outer_panels(std: f64, slope: f64, spread: f64, kinks: &[f64]) -> Panels {
    let mut panels = Panels::new();
    panels.grade(0.0, BEND / std);
    let size = slope.abs();
    for kink in kinks {
        panels.split(kink / std);
        if size * LIMIT + spread * LIMIT > kink.abs() && size > 0.0 {
            panels.grade(kink / slope, (spread / size).max(NARROWEST_PANEL));
        }
    }
    panels.close();
    panels
}

/// The integral over z₂.
struct Inner<'a, F> {
    function: &'a F,
    kinks: &'a [f64],
    spread: f64,
    rule: &'a [(f64, f64); NODES],
    panels: Panels,
}

impl<F: Fn(f64) -> (f64, f64)> Inner<'_, F> {
    /// E φ(mean + spread z) and E φ′(mean + spread z).
    fn expectation(&mut self, mean: f64) -> [f64; 2] {
        if self.spread == 0.0 {
            return <[f64; 2]>::from((self.function)(mean));
        }
        self.panels.clear();
        self.panels.grade(-mean / self.spread, BEND / self.spread);
        for kink in self.kinks {
            self.panels.split((kink - mean) / self.spread);
        }
        self.panels.close();
        let mut sum = [0.0; 2];
        for (z, weight) in self.panels.points(self.rule) {
            let (value, derivative) = (self.function)(mean + self.spread * z);
            sum[0] += weight * value;
            sum[1] += weight * derivative;
        }
        sum
    }
}

/// Panels between ±[`LIMIT`] standard deviations; room is kept for the next use.
struct Panels {
    ends: Vec<f64>,
}

impl Panels {
    fn new() -> Panels {
        Panels { ends: vec![-LIMIT, LIMIT] }
    }

    fn clear(&mut self) {
        self.ends.clear();
        self.ends.extend([-LIMIT, LIMIT]);
    }

    /// Ends a panel at a point.
    fn split(&mut self, at: f64) {
        if at.abs() < LIMIT {
            self.ends.push(at);
        }
    }

    /// Ends a panel at a point, and makes panels double in width from `narrowest` away from it.
    fn grade(&mut self, centre: f64, narrowest: f64) {
        self.split(centre);
        let mut distance = narrowest;
        while distance < 2.0 * WIDEST_PANEL {
            self.split(centre - distance);
            self.split(centre + distance);
            distance *= 2.0;
        }
    }

    fn close(&mut self) {
        self.ends.sort_unstable_by(f64::total_cmp);
        self.ends.dedup();
    }

    /// Points z and weights, the normal density included.
    fn points(&self, rule: &[(f64, f64); NODES]) -> impl Iterator<Item = (f64, f64)> {
        let panels = self.ends.iter().zip(self.ends.iter().skip(1));
        let pieces = panels.flat_map(|(&low, &high)| {
            let pieces = ((high - low) / WIDEST_PANEL).ceil().max(1.0);
            let half = 0.5 * (high - low) / pieces;
            (0..pieces as usize).map(move |piece| (low + half * (2 * piece + 1) as f64, half))
        });
        pieces.flat_map(move |(centre, half)| {
            rule.iter().map(move |(node, weight)| {
                let z = centre + half * node;
                (z, half * weight * (-0.5 * z * z).exp() / (2.0 * PI).sqrt())
            })
        })
    }
}
