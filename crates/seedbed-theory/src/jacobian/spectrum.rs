//! The whole law of the squared singular values, where a share p of the slopes is 1 and the rest 0.
//!
//! Free probability: S-transforms of free factors multiply, S = ((1 + M)/(p + M))^L for the slopes times σ_w^(−2L) for
//! orthogonal weights, and (σ_w² (1 + M))^(−L) for Gaussian ones. With M the moment generating function, ζ = (1 + M)/(M S):
//!
//! - Gaussian: ζ = (1 + M)/M · (σ_w² (p + M))^L
//! - orthogonal: ζ = (1 + M)/M · (σ_w² (p + M)/(1 + M))^L
//!
//! and the density at x is −Im G/π with G = (1 + M)/ζ at ζ = x + i0. M is followed from far above the axis, where it is
//! m₁/ζ, down to it; there Im M < 0, so that no logarithm crosses its cut. The upper edge is where dζ/dM = 0.

use faer::c64;

use super::WeightLaw;

/// Each step towards the axis takes this share off the height.
const STEP: f64 = 0.6;
/// Height, in units of the upper edge, at which M is m₁/ζ to the digits that Newton's method needs.
const FAR: f64 = 1e4;
/// Height above the axis at which the density is read, in units of x.
const NEAR: f64 = 1e-10;
/// Newton's method is done when a step is below this share of M.
const SETTLED: f64 = 1e-14;
/// Steps of Newton's method at one height.
const MOST_STEPS: usize = 50;

/// The law of the squared singular values: a density, and atoms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spectrum {
    open: f64,
    weight_variance: f64,
    weights: WeightLaw,
    depth: f64,
}

impl Spectrum {
    pub(super) fn new(open: f64, weight_variance: f64, weights: WeightLaw, depth: usize) -> Spectrum {
        Spectrum { open, weight_variance, weights, depth: depth as f64 }
    }

    /// Density at the squared singular value `x` > 0, atoms left out; 0 beyond the upper edge.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::jacobian::{JacobianLaw, WeightLaw};
    /// let law = JacobianLaw::new(Activation::Identity, 1.0, 1.0, WeightLaw::Gaussian, 1)?;
    /// let spectrum = law.spectrum().unwrap();
    /// let marchenko_pastur = (4.0 - 1.0_f64).sqrt() / std::f64::consts::TAU;
    /// assert!((spectrum.density(1.0) - marchenko_pastur).abs() < 1e-8);
    /// assert!((spectrum.largest() - 4.0).abs() < 1e-12);
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    pub fn density(&self, x: f64) -> f64 {
        let largest = self.largest();
        if !(x > 0.0 && x < largest) || self.atoms().iter().map(|(_, share)| share).sum::<f64>() >= 1.0 {
            return 0.0;
        }
        let mean = (self.weight_variance * self.open).powf(self.depth);
        let mut height = FAR * largest.max(mean);
        let mut moment = c64::new(mean, 0.0) / c64::new(x, height);
        let mut point = c64::new(x, height);
        while height > NEAR * x {
            height *= STEP;
            point = c64::new(x, height);
            moment = self.solve(point, moment);
        }
        let green = (c64::new(1.0, 0.0) + moment) / point;
        (-green.im / std::f64::consts::PI).max(0.0)
    }

    /// The upper edge: no squared singular value is larger. For Gaussian weights and the identity (L + 1)^(L + 1)/L^L.
    pub fn largest(&self) -> f64 {
        let (p, depth) = (self.open, self.depth);
        let at = match self.weights {
            WeightLaw::Gaussian => {
                let linear = depth - 1.0;
                ((linear * linear + 4.0 * depth * p).sqrt() - linear) / (2.0 * depth)
            }
            WeightLaw::Orthogonal => {
                let closed = depth * (1.0 - p) - 1.0;
                if closed <= 0.0 {
                    return self.weight_variance.powf(depth); // reached, if only by some
                }
                p / closed
            }
        };
        let factor = match self.weights {
            WeightLaw::Gaussian => p + at,
            WeightLaw::Orthogonal => (p + at) / (1.0 + at),
        };
        (1.0 + at) / at * (self.weight_variance * factor).powf(depth)
    }

    /// Squared singular values that a share of all have, with that share: 0, for the share 1 − p, and with orthogonal
    /// weights σ_w^(2L) for the share 1 − L(1 − p), where that is positive.
    pub fn atoms(&self) -> Vec<(f64, f64)> {
        let closed = 1.0 - self.open;
        let whole = match self.weights {
            WeightLaw::Gaussian => 0.0,
            WeightLaw::Orthogonal => 1.0 - self.depth * closed,
        };
        let atoms = [(0.0, closed), (self.weight_variance.powf(self.depth), whole)];
        atoms.into_iter().filter(|(_, share)| *share > 0.0).collect()
    }

    /// M at a point above the axis, by Newton's method on ln ζ.
    fn solve(&self, point: c64, start: c64) -> c64 {
        let one = c64::new(1.0, 0.0);
        let (open, depth) = (c64::new(self.open, 0.0), c64::new(self.depth, 0.0));
        // powers of 1 + M in all
        let outer = match self.weights {
            WeightLaw::Gaussian => one,
            WeightLaw::Orthogonal => one - depth,
        };
        let wanted = point.ln() - depth * c64::new(self.weight_variance.ln(), 0.0);
        let mut moment = start;
        for _ in 0..MOST_STEPS {
            let above = outer * (one + moment).ln() - moment.ln() + depth * (open + moment).ln() - wanted;
            let slope = outer / (one + moment) - one / moment + depth / (open + moment);
            let mut step = above / slope;
            // stay below the axis: a step that would cross it is halved
            while (moment - step).im >= 0.0 && step.norm() > SETTLED * moment.norm() {
                step *= c64::new(0.5, 0.0);
            }
            moment -= step;
            if step.norm() <= SETTLED * moment.norm() {
                break;
            }
        }
        moment
    }
}

/// m_k of the squared singular values of a product of L Gaussian matrices of mean square 1: the Fuss–Catalan number
/// C((L + 1)k, k)/(Lk + 1).
///
/// ```
/// assert_eq!(seedbed_theory::jacobian::fuss_catalan_moment(2, 3), 12.0);
/// ```
///
/// Source: Penson & Życzkowski (2011).
pub fn fuss_catalan_moment(depth: usize, order: usize) -> f64 {
    let (depth, order) = (depth as f64, order as f64);
    let (mut binomial, mut place) = (1.0, 1.0);
    while place <= order {
        binomial *= (depth * order + place) / place;
        place += 1.0;
    }
    (binomial / (depth * order + 1.0)).round()
}
