//! Max pooling: the largest of n Gaussians of equal covariance.
//!
//! z_i = μ + √s g + √(v − s) e_i with g and the e_i standard normal, so that given g the largest is the largest of n
//! independent ones, of density n ϕ(x) Φ(x)^(n−1). A monotone activation commutes with the maximum. Two windows of one
//! example share g; two windows of two examples have g of correlation ρ, and with the Hermite coefficients h_k of
//! h(g) = E φ(max | g) their product is Σ h_k² ρ^k. The same window of two examples lies between that, where the e_i are
//! independent, and the square, where they are equal: interpolated by their correlation, which is an approximation.

use std::f64::consts::FRAC_1_SQRT_2;

use seedbed::Activation;
use seedbed::quadrature::{NODES, gauss_legendre, gaussian_expectation};

use super::state::{Activated, Moments, State};
use super::window::Window;

/// Hermite coefficients that are kept; what is left goes with the next power of ρ.
const COEFFICIENTS: usize = 24;
/// Numbers of the outer integral: mean, square, E h², E φ′² and the coefficients.
const NUMBERS: usize = COEFFICIENTS + 3;
/// The largest of n standard normals lies within ±9 for any n below 1e16; the panels are this wide.
const PANEL: f64 = 0.75;
const LIMIT: f64 = 9.0;

/// Whether φ rises: only then is the largest φ(z) that of the largest z.
pub fn is_monotone(activation: Activation) -> bool {
    use Activation::{Elu, Erf, Hardtanh, Identity, LeakyRelu, Relu, ReluSquared, Selu, Sigmoid, Softplus, Tanh};
    match activation {
        LeakyRelu { slope } => slope >= 0.0,
        Identity | Relu | Tanh | Sigmoid | Elu | Selu | Softplus | Hardtanh | ReluSquared | Erf => true,
        _ => false,
    }
}

/// The largest of a window, and E φ′² at the place it comes from.
pub struct Largest {
    pub state: State,
    pub slope_square: f64,
}

/// Max pooling; positions count as alike.
pub fn largest(state: &State, before: Activated, window: Window) -> Largest {
    let Activated { activation, mean: shift, covariances } = before;
    let variance = covariances.same;
    let shared = covariances.elsewhere.clamp(0.0, variance);
    let (common, own) = (shared.sqrt(), (variance - shared).sqrt());
    let rule = LargestNormal::new(window.kernel.positions());
    let numbers = gaussian_expectation::<NUMBERS>(1.0, &[], |g| {
        let [value, square, slope] = rule.expectation(activation, shift + common * g, own);
        let mut numbers = [0.0; NUMBERS];
        (numbers[0], numbers[1], numbers[2]) = (square, value * value, slope);
        hermite(g).zip(&mut numbers[3..]).for_each(|(polynomial, number)| *number = value * polynomial);
        numbers
    });
    let [square, elsewhere, slope_square, coefficients @ ..] = numbers;
    let ratio = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(-1.0, 1.0) } else { 1.0 };
    let other_elsewhere = series(&coefficients, elsewhere, ratio(covariances.other_elsewhere, shared));
    let likeness = ratio(covariances.other - covariances.other_elsewhere, variance - shared);
    let moments =
        Moments { same: square, elsewhere, other: other_elsewhere + likeness * (square - elsewhere), other_elsewhere };
    let state = State::uniform(window.output, coefficients[0], moments, state.origins.clone());
    Largest { state, slope_square }
}

/// Normalized Hermite polynomials He_k(x)/√k!, from k = 0.
fn hermite(x: f64) -> impl Iterator<Item = f64> {
    let mut pair = (0.0, 1.0);
    (0..COEFFICIENTS).map(move |k| {
        let found = pair.1;
        let next = (x * pair.1 - (k as f64).sqrt() * pair.0) / (k as f64 + 1.0).sqrt();
        pair = (pair.1, next);
        found
    })
}

/// Σ h_k² ρ^k, given Σ h_k².
fn series(coefficients: &[f64], total: f64, correlation: f64) -> f64 {
    let (mut sum, mut left, mut power) = (0.0, total, 1.0);
    for coefficient in coefficients {
        sum += coefficient * coefficient * power;
        left -= coefficient * coefficient;
        power *= correlation;
    }
    sum + left.max(0.0) * power
}

/// Points and weights of the law of the largest of n standard normals.
struct LargestNormal {
    points: Vec<(f64, f64)>,
}

impl LargestNormal {
    fn new(count: usize) -> LargestNormal {
        let rule: [(f64, f64); NODES] = gauss_legendre();
        let panels = (2.0 * LIMIT / PANEL) as usize;
        let points = (0..panels).flat_map(|panel| {
            let centre = -LIMIT + PANEL * (panel as f64 + 0.5);
            rule.map(|(node, weight)| {
                let x = centre + 0.5 * PANEL * node;
                let density = (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
                let below = 0.5 * libm::erfc(-x * FRAC_1_SQRT_2);
                (x, 0.5 * PANEL * weight * count as f64 * density * below.powf(count as f64 - 1.0))
            })
        });
        LargestNormal { points: points.filter(|(_, weight)| *weight > 1e-18).collect() }
    }

    /// E φ, E φ² and E φ′² at mean + spread · the largest.
    fn expectation(&self, activation: Activation, mean: f64, spread: f64) -> [f64; 3] {
        self.points.iter().fold([0.0; 3], |[value, square, slope], (x, weight)| {
            let z = mean + spread * x;
            let (phi, derivative) = (activation.value(z), activation.derivative(z));
            [value + weight * phi, square + weight * phi * phi, slope + weight * derivative * derivative]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::window::Grid;
    use super::*;

    fn largest_of(activation: Activation, covariances: Moments, count: usize) -> Largest {
        let grid = |height| Grid { height, width: 1 };
        let state = State::uniform(grid(count), 0.0, covariances, vec![]);
        let window = Window { kernel: grid(count), stride: 1, padding: 0, input: grid(count), output: grid(1) };
        largest(&state, Activated { activation, mean: 0.0, covariances }, window)
    }

    #[test]
    fn the_largest_of_independent_normals() {
        // E max of 2, 3, 4 standard normals: 1/√π, 3/(2√π), 1.0293753730 (Harter 1961)
        let covariances = Moments { same: 1.0, elsewhere: 0.0, other: 0.0, other_elsewhere: 0.0 };
        let root = std::f64::consts::PI.sqrt();
        for (count, mean) in [(2, 1.0 / root), (3, 1.5 / root), (4, 1.029_375_373_0)] {
            let found = largest_of(Activation::Identity, covariances, count).state;
            assert!((found.average().mean - mean).abs() < 1e-9, "{count}: {found:?}");
            assert!((found.moments().elsewhere - mean * mean).abs() < 1e-9);
            assert!((found.average().other - mean * mean).abs() < 1e-9);
        }
        // E max² of two is 1, of three 1 + √3/(2π)
        let square = |count| largest_of(Activation::Identity, covariances, count).state.average().same;
        assert!((square(2) - 1.0).abs() < 1e-9);
        assert!((square(3) - 1.0 - 3f64.sqrt() / (2.0 * root * root)).abs() < 1e-9);
    }

    #[test]
    fn what_is_equal_everywhere_is_its_own_maximum() {
        let covariances = Moments { same: 2.0, elsewhere: 2.0, other: 0.5, other_elsewhere: 0.5 };
        let found = largest_of(Activation::Tanh, covariances, 4);
        let state = State::uniform(Grid { height: 4, width: 1 }, 0.0, covariances, vec![]);
        let (expected, found_place) = (state.activate(Activation::Tanh).average(), found.state.average());
        assert!((found_place.same - expected.same).abs() < 1e-9);
        assert!((found_place.other - expected.other).abs() < 1e-9, "{found_place:?} {expected:?}");
        assert!((found.slope_square - state.slope_squares(Activation::Tanh)[0]).abs() < 1e-9);
    }
}
