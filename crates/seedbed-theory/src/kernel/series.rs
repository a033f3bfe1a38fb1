//! Activations without a closed form, by their expansion in Hermite polynomials (Mehler's formula):
//!
//! E φ(√a z)φ(√b z′) = Σ_n ρⁿ h_n(a) h_n(b), h_n(a) = E φ(√a z) He_n(z)/√n!, with ρ the correlation of z and z′, and the
//! same with φ′. One integral an example and an order, and then a polynomial a pair; pairs one by one would cost a double
//! integral each. What the orders left out can add at most is known exactly, ρᴺ √(rest(a) rest(b)) with rest(a) =
//! E φ(√a z)² − Σ h_n(a)²; where that is too much, the pair is done by the double integral after all.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};
use seedbed::Activation;
use seedbed::gain::moments;
use seedbed::quadrature::gaussian_expectation;

use super::block::Left;
use crate::bivariate::bivariate;

/// Orders kept.
pub const ORDERS: usize = 128;

/// The orders left out may add this share of √(E φ(√a z)² E φ(√b z)²).
const TOLERANCE: f64 = 1e-11;

/// Pairs whose powers of ρ are held at once.
const LANES: usize = 64;

/// An activation's expansion at each of many variances.
#[derive(Debug)]
pub struct Series {
    activation: Activation,
    value: Expansion,
    derivative: Expansion,
}

/// h_n of φ or of φ′.
#[derive(Debug)]
struct Expansion {
    /// `[order, variance]`.
    coefficients: Vec<f64>,
    /// What the orders left out hold, of each variance.
    rest: Vec<f64>,
    /// E φ(√a z)².
    whole: Vec<f64>,
}

impl Expansion {
    fn new(count: usize) -> Expansion {
        Expansion { coefficients: vec![0.0; ORDERS * count], rest: vec![0.0; count], whole: vec![0.0; count] }
    }

    fn put(&mut self, place: usize, coefficients: impl Iterator<Item = f64>, whole: f64) {
        let count = self.whole.len();
        let mut rest = whole;
        for (order, coefficient) in coefficients.enumerate() {
            self.coefficients[order * count + place] = coefficient;
            rest -= coefficient * coefficient;
        }
        (self.rest[place], self.whole[place]) = (rest.max(0.0), whole);
    }
}

impl Series {
    /// The expansions at each of the variances.
    pub fn of(activation: Activation, variances: &[f64]) -> Series {
        let mut series =
            Series { activation, value: Expansion::new(variances.len()), derivative: Expansion::new(variances.len()) };
        for (place, &variance) in variances.iter().enumerate() {
            let whole = moments(activation, variance);
            let orders = orders(activation, variance);
            series.value.put(place, orders.iter().map(|pair| pair[0]), whole.mean_square);
            series.derivative.put(place, orders.iter().map(|pair| pair[1]), whole.derivative_mean_square);
        }
        series
    }

    /// Bytes an example and a pixel takes.
    pub const BYTES: usize = 2 * (ORDERS + 2) * size_of::<f64>();

    /// K ← E φφ and Θ ← Θ · E φ′φ′ for a run of pairs.
    pub fn pairs(
        &self,
        other: &Series,
        variances: [&[f64]; 2],
        left: Left,
        right: Range<usize>,
        nngp: &mut [f64],
        ntk: &mut [f64],
    ) {
        for first in (0..right.len()).step_by(LANES) {
            let run = first..(first + LANES).min(right.len());
            let places: Vec<usize> = match &left {
                Left::One(place) => vec![*place; run.len()],
                Left::Each(places) => (places.start + run.start..places.start + run.end).collect(),
            };
            let right = right.start + run.start..right.start + run.end;
            self.lanes(other, variances, &places, right, &mut nngp[run.clone()], &mut ntk[run]);
        }
    }

    fn lanes(
        &self,
        other: &Series,
        variances: [&[f64]; 2],
        left: &[usize],
        right: Range<usize>,
        nngp: &mut [f64],
        ntk: &mut [f64],
    ) {
        let mut correlation = [0.0; LANES];
        for (index, (&place, b)) in left.iter().zip(&variances[1][right.clone()]).enumerate() {
            let reach = (variances[0][place] * b).sqrt();
            correlation[index] = if reach > 0.0 { (nngp[index] / reach).clamp(-1.0, 1.0) } else { 0.0 };
        }
        let value = self.value.sum(&other.value, left, right.clone(), &correlation);
        let derivative = self.derivative.sum(&other.derivative, left, right.clone(), &correlation);
        for (index, (&place, other_place)) in left.iter().zip(right).enumerate() {
            let power = correlation[index].abs().powi(ORDERS as i32);
            let good = self.value.is_enough(&other.value, place, other_place, power)
                && self.derivative.is_enough(&other.derivative, place, other_place, power);
            let (product, slope) = if good {
                (value[index], derivative[index])
            } else {
                let (a, b) = (variances[0][place], variances[1][other_place]);
                let exact = bivariate(self.activation, a, b, nngp[index]);
                (exact.product, exact.derivative_product)
            };
            nngp[index] = product;
            ntk[index] *= slope;
        }
    }
}

impl Expansion {
    /// Σ_n ρⁿ h_n(a) h_n(b) for each lane.
    fn sum(&self, other: &Expansion, left: &[usize], right: Range<usize>, correlation: &[f64; LANES]) -> [f64; LANES] {
        let (mut total, mut power) = ([0.0; LANES], [1.0; LANES]);
        let (count, other_count) = (self.whole.len(), other.whole.len());
        Arch::new().dispatch(Orders {
            first: &self.coefficients,
            second: &other.coefficients,
            counts: [count, other_count],
            left,
            right,
            correlation,
            power: &mut power,
            total: &mut total,
        });
        total
    }

    fn is_enough(&self, other: &Expansion, left: usize, right: usize, power: f64) -> bool {
        let rest = power * (self.rest[left] * other.rest[right]).sqrt();
        rest <= TOLERANCE * (self.whole[left] * other.whole[right]).sqrt()
    }
}

/// The sum over orders for a few pairs side by side.
struct Orders<'o> {
    first: &'o [f64],
    second: &'o [f64],
    counts: [usize; 2],
    left: &'o [usize],
    right: Range<usize>,
    correlation: &'o [f64; LANES],
    power: &'o mut [f64; LANES],
    total: &'o mut [f64; LANES],
}

impl WithSimd for Orders<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let is_one = self.left.iter().all(|place| *place == self.left[0]);
        for order in 0..ORDERS {
            let first = &self.first[order * self.counts[0]..(order + 1) * self.counts[0]];
            let second = &self.second[order * self.counts[1]..(order + 1) * self.counts[1]][self.right.clone()];
            let lanes = self.total.iter_mut().zip(self.power.iter_mut()).zip(self.correlation).zip(second);
            if is_one {
                let coefficient = first[self.left[0]];
                lanes.for_each(|(((total, power), correlation), second)| {
                    *total += *power * coefficient * second;
                    *power *= correlation;
                });
            } else {
                lanes.zip(self.left).for_each(|((((total, power), correlation), second), &place)| {
                    *total += *power * first[place] * second;
                    *power *= correlation;
                });
            }
        }
    }
}

/// h_n of φ and of φ′ for n below [`ORDERS`].
fn orders(activation: Activation, variance: f64) -> [[f64; 2]; ORDERS] {
    let std = variance.sqrt();
    let flat = gaussian_expectation(1.0, &scaled_kinks(activation, std), |z| {
        let (value, derivative) = (activation.value(std * z), activation.derivative(std * z));
        let mut terms = [0.0; 2 * ORDERS];
        let (mut before, mut now) = (0.0, 1.0);
        for order in 0..ORDERS {
            (terms[2 * order], terms[2 * order + 1]) = (value * now, derivative * now);
            let next = (z * now - (order as f64).sqrt() * before) / ((order + 1) as f64).sqrt();
            (before, now) = (now, next);
        }
        terms
    });
    std::array::from_fn(|order| [flat[2 * order], flat[2 * order + 1]])
}

/// Where φ(std·z) bends in z.
fn scaled_kinks(activation: Activation, std: f64) -> Vec<f64> {
    let mut kinks: Vec<f64> =
        activation.kinks().iter().map(|kink| kink / std).filter(|kink| kink.is_finite()).collect();
    // panels that shrink towards 0, where smooth activations bend over a width of 1/std
    let mut width = 1.0 / std.max(1.0);
    while std > 1.0 && width < 1.0 {
        kinks.extend([-width, width]);
        width *= 2.0;
    }
    kinks
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Elu, Hardtanh, Mish, Selu, Sigmoid, Silu, Softplus, Tanh};

    #[test]
    fn the_series_is_the_double_integral() {
        for activation in [Tanh, Sigmoid, Silu, Mish, Softplus, Elu, Selu, Hardtanh] {
            let variances = [0.0, 0.05, 1.0, 3.0, 30.0];
            let series = Series::of(activation, &variances);
            for (left, &a) in variances.iter().enumerate() {
                for correlation in [-1.0, -0.9, -0.3, 0.0, 0.7, 0.99, 1.0] {
                    let mut nngp: Vec<f64> = variances.iter().map(|b| correlation * (a * b).sqrt()).collect();
                    let mut ntk = vec![2.0; variances.len()];
                    let before = nngp.clone();
                    series.pairs(&series, [&variances; 2], Left::One(left), 0..5, &mut nngp, &mut ntk);
                    for (right, &b) in variances.iter().enumerate() {
                        let exact = bivariate(activation, a, b, before[right]);
                        let what = format!("{activation} at {a}, {b}, {correlation}");
                        let size = exact.product.abs().max(1e-2);
                        assert!(
                            (nngp[right] - exact.product).abs() < 1e-10 * size,
                            "{what}: {} {exact:?}",
                            nngp[right]
                        );
                        assert!(
                            (ntk[right] - 2.0 * exact.derivative_product).abs() < 1e-10,
                            "{what}: {} {exact:?}",
                            ntk[right]
                        );
                    }
                }
            }
        }
    }
}
