//! Landscapes whose solution mass is known exactly: what an estimator of it must agree with.

use std::fmt;

use seedbed::Stream;
use statrs::function::factorial::ln_factorial;

use super::landscape::Landscape;
use super::normals::Normals;
use crate::error::FeasibilityError;

type Loss = Box<dyn Fn(&[f64]) -> f64 + Send + Sync>;

/// A landscape, a target, and ln P(loss ≤ target).
pub struct Case {
    /// What it is, in words.
    pub name: String,
    /// Losses up to this solve.
    pub target: f64,
    /// ln P, exactly.
    pub log_mass: f64,
    dimension: usize,
    loss: Loss,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Case { name, target, log_mass, dimension, .. } = self;
        write!(f, "Case({name}, {dimension} coordinates, loss ≤ {target}, ln P = {log_mass})")
    }
}

impl Landscape for Case {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn loss(&self, coordinates: &[f64]) -> Result<f64, FeasibilityError> {
        Ok((self.loss)(coordinates))
    }
}

fn case(
    name: String,
    dimension: usize,
    target: f64,
    log_mass: f64,
    loss: impl Fn(&[f64]) -> f64 + Send + Sync + 'static,
) -> Case {
    Case { name, target, log_mass, dimension, loss: Box::new(loss) }
}

/// A perceptron that must sort n weights: inputs e_{i+1} − e_i, all of class 1. P = 1/n!, for any exchangeable law without ties.
pub fn sorting(n: usize) -> Case {
    let loss = |w: &[f64]| largest(w.windows(2).map(|pair| pair[0] - pair[1]));
    case(format!("sorting perceptron, n = {n}"), n, 0.0, -ln_factorial(n as u64), loss)
}

/// A perceptron on inputs e_i − e_0, i = 1..m, all of class 1, which correlate by 1/2. P = 1/(m + 1).
pub fn equicorrelated_orthant(m: usize) -> Case {
    let loss = |w: &[f64]| largest(w.iter().skip(1).map(|weight| w[0] - weight));
    case(format!("equicorrelated orthant, m = {m}"), m + 1, 0.0, -((m + 1) as f64).ln(), loss)
}

/// A perceptron on m orthogonal inputs. P = 2^−m.
pub fn orthogonal_orthant(m: usize) -> Case {
    let loss = |w: &[f64]| largest(w.iter().map(|weight| -weight));
    case(format!("orthogonal orthant, m = {m}"), m, 0.0, -(m as f64) * std::f64::consts::LN_2, loss)
}

/// A perceptron on three unit inputs of correlations r12, r13 and r23. P = 1/8 + (asin r12 + asin r13 + asin r23)/(4π)
/// (Sheppard 1899). The correlations must be those of three vectors.
pub fn three_inputs([r12, r13, r23]: [f64; 3]) -> Case {
    // the rows of the Cholesky factor are three vectors of these correlations
    let (second, across) = ((1.0 - r12 * r12).sqrt(), (r23 - r12 * r13) / (1.0 - r12 * r12).sqrt());
    let rows = [[1.0, 0.0, 0.0], [r12, second, 0.0], [r13, across, (1.0 - r13 * r13 - across * across).sqrt()]];
    let mass = 0.125 + (r12.asin() + r13.asin() + r23.asin()) / (4.0 * std::f64::consts::PI);
    let loss = move |w: &[f64]| largest(rows.iter().map(|row| -dot(row, w)));
    case(format!("three inputs, r = {r12}, {r13}, {r23}"), 3, 0.0, mass.ln(), loss)
}

/// Linear regression on m orthonormal inputs with targets of squared length 10, |w − y|² ≤ ε: the distribution function of the
/// non-central χ² of m = 10 degrees and non-centrality 10, at ε = 1 or 0.1 (mpmath).
pub fn regression(level: Regression) -> Case {
    let (target, mass) = match level {
        Regression::One => (1.0, 1.730_708_539_163_38e-6),
        Regression::Tenth => (0.1, 1.754_414_759_111_26e-11),
    };
    let loss = |w: &[f64]| w.iter().map(|weight| (weight - 1.0).powi(2)).sum();
    case(format!("regression, m = 10, ε = {target}"), 10, target, f64::ln(mass), loss)
}

/// The squared errors at which the mass of [`regression`] is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regression {
    /// ε = 1.
    One,
    /// ε = 0.1.
    Tenth,
}

/// A net of two scalar weights, (w₁ w₂ − 1)² ≤ ε; the density of the product is K₀(|z|)/π. ε is 1e-2, or 1e-4 where `close`.
pub fn two_layer_scalar(close: bool) -> Case {
    let (target, mass) = if close { (1e-4, 0.002_680_433_360_209_04) } else { (1e-2, 0.026_912_130_993_236_6) };
    let loss = |w: &[f64]| (w[0] * w[1] - 1.0).powi(2);
    case(format!("two scalar layers, ε = {target}"), 2, target, f64::ln(mass), loss)
}

/// XOR by a 2-2-1 network of signs on inputs ±1, weights and biases N(0, 1); the loss is the number of errors. P = 16 p³ with
/// p = (3 acos(1/3) − π)/(4π), the mass of a neuron that answers one corner alone.
pub fn xor_of_signs() -> Case {
    let corner = (3.0 * (1.0f64 / 3.0).acos() - std::f64::consts::PI) / (4.0 * std::f64::consts::PI);
    let loss = |w: &[f64]| {
        let inputs = [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]];
        let wrong = |x: &&[f64; 2]| {
            let hidden = [neuron(&w[..3], x), neuron(&w[3..6], x)];
            neuron(&w[6..9], &hidden) != -x[0] * x[1]
        };
        inputs.iter().filter(wrong).count() as f64
    };
    case("XOR, 2-2-1 of signs".to_owned(), 9, 0.0, (16.0 * corner.powi(3)).ln(), loss)
}

/// The sign of two weights and a bias.
fn neuron(w: &[f64], x: &[f64; 2]) -> f64 {
    if w[0] * x[0] + w[1] * x[1] + w[2] > 0.0 { 1.0 } else { -1.0 }
}

/// A perceptron of n weights on p inputs in general position with labels drawn too. P = 2^−p: for every
/// weight vector exactly one labelling of 2^p fits.
pub fn random_labels(p: usize, n: usize) -> Case {
    let inputs = general_position(p, n);
    let loss = move |w: &[f64]| {
        let (weights, labels) = w.split_at(n);
        largest(inputs.iter().zip(labels).map(|(input, label)| -label * dot(input, weights)))
    };
    case(format!("random labels, p = {p}, n = {n}"), n + p, 0.0, -(p as f64) * std::f64::consts::LN_2, loss)
}

/// The labellings of p inputs in general position that a perceptron of n weights without bias can give (Cover 1965):
/// C(p, n) = 2 Σ_{k<n} C(p − 1, k).
///
/// ```
/// use seedbed_feasibility::mass::exact::cover_count;
/// assert_eq!([cover_count(4, 3), cover_count(10, 5), cover_count(20, 10)], [14, 512, 524_288]);
/// ```
pub fn cover_count(p: u64, n: u64) -> u64 {
    let (mut sum, mut binomial) = (0, 1);
    for k in 0..n.min(p) {
        sum += binomial;
        binomial = binomial * (p - 1 - k) / (k + 1);
    }
    2 * sum
}

/// Inputs of which any n are linearly independent, almost surely: fixed normal ones.
pub fn general_position(p: usize, n: usize) -> Vec<Vec<f64>> {
    let mut random = Normals::new(Stream::new(0, "inputs in general position"), 0);
    (0..p).map(|_| random.vector(n)).collect()
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(f64::NEG_INFINITY, f64::max)
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

/// All of them, from likely to rare.
pub fn all() -> Vec<Case> {
    vec![
        equicorrelated_orthant(9),
        three_inputs([0.5, -0.3, 0.2]),
        two_layer_scalar(false),
        two_layer_scalar(true),
        xor_of_signs(),
        sorting(6),
        random_labels(10, 5),
        orthogonal_orthant(12),
        sorting(8),
        regression(Regression::One),
        sorting(10),
        sorting(12),
        regression(Regression::Tenth),
    ]
}
