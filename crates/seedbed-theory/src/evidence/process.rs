//! Gaussian process regression under a kernel.

use std::f64::consts::TAU;

use faer::linalg::solvers::{Llt, Solve};
use faer::{Mat, Side};

use super::{square, target_matrix};
use crate::error::TheoryError;

/// What is added to the diagonal first when a kernel is singular, as a share of its mean.
const FIRST_JITTER: f64 = 1e-14;
/// What is added last.
const LAST_JITTER: f64 = 1e-4;
/// A pivot below this share of the largest entry, times the number of examples, is rounding.
const SINGULAR: f64 = 4.0 * f64::EPSILON;

/// f ~ GP(0, K) conditioned on targets y = f(X) + noise; several targets an example are independent functions.
///
/// ```
/// use seedbed_theory::evidence::GaussianProcess;
/// let process = GaussianProcess::condition(&[1.0, 0.5, 0.5, 1.0], &[1.0, -1.0], 0.1)?;
/// assert_eq!(process.jitter(), 0.0);
/// let prediction = process.predict(&[1.0, 0.5], &[1.0])?; // at the first example itself
/// assert!(prediction.mean[0] > 0.5 && prediction.variance[0] < 0.1);
/// # Ok::<(), seedbed_theory::error::TheoryError>(())
/// ```
///
/// Source: Rasmussen & Williams (2006), algorithm 2.1.
#[derive(Debug)]
pub struct GaussianProcess {
    factor: Llt<f64>,
    /// (K + σ² I)⁻¹ y.
    weights: Mat<f64>,
    log_evidence_nats: f64,
    jitter: f64,
}

/// What a process says of new examples.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// E f(x), one row an example, one column a target.
    pub mean: Vec<f64>,
    /// Var f(x), one an example, the same for every target; noise not included.
    pub variance: Vec<f64>,
}

impl GaussianProcess {
    /// Conditions on `targets` (one row an example), whose noise has variance σ² = `noise_variance` ≥ 0.
    ///
    /// Where K + σ² I is singular to rounding, as with an example twice and no noise, the smallest of 1e-14, 1e-13, … 1e-4
    /// times the mean diagonal that helps is added, and [`GaussianProcess::jitter`] tells it.
    ///
    /// # Errors
    /// A matrix that is not square, not finite, or not positive definite even so; targets that do not fit; negative noise.
    pub fn condition(kernel: &[f64], targets: &[f64], noise_variance: f64) -> Result<GaussianProcess, TheoryError> {
        if !(noise_variance >= 0.0 && noise_variance.is_finite()) {
            let (found, allowed) = (noise_variance.to_string(), "finite and at least 0");
            return Err(TheoryError::Setting { setting: "noise variance", found, allowed });
        }
        let mut matrix = square(kernel)?;
        let examples = matrix.nrows();
        let targets = target_matrix(targets, examples)?;
        add_to_diagonal(&mut matrix, noise_variance);
        let (factor, jitter) = factor(&mut matrix)?;
        let weights = factor.solve(&targets);
        let fit: f64 = (0..targets.ncols()).map(|column| targets.col(column).transpose() * weights.col(column)).sum();
        let log_determinant = 2.0 * (0..examples).map(|place| factor.L()[(place, place)].ln()).sum::<f64>();
        let each = log_determinant + examples as f64 * TAU.ln();
        let log_evidence_nats = -0.5 * (fit + targets.ncols() as f64 * each);
        Ok(GaussianProcess { factor, weights, log_evidence_nats, jitter })
    }

    /// log p(y | X) = −½ yᵀ(K + σ²I)⁻¹y − ½ log det(K + σ²I) − (n/2) log 2π, in nats, summed over the targets.
    pub fn log_evidence_nats(&self) -> f64 {
        self.log_evidence_nats
    }

    /// What was added to the diagonal beside the noise, since the matrix was singular; mostly 0.
    pub fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Mean and variance at new examples: `cross` is K(new, old), a row a new example; `own` is K(x, x) of each new one.
    ///
    /// # Errors
    /// Sizes that do not fit.
    pub fn predict(&self, cross: &[f64], own: &[f64]) -> Result<Prediction, TheoryError> {
        let examples = self.weights.nrows();
        if cross.len() != own.len() * examples {
            let needed = format!("{} new examples with {examples} old ones make {}", own.len(), own.len() * examples);
            return Err(TheoryError::Size { what: "the cross kernel", found: cross.len(), needed });
        }
        let cross = Mat::from_fn(own.len(), examples, |row, column| cross[row * examples + column]);
        let means = &cross * &self.weights;
        let mean = means.row_iter().flat_map(|row| row.iter().copied().collect::<Vec<_>>()).collect();
        let solved = self.factor.solve(cross.transpose().to_owned());
        let explained = |row: usize| cross.row(row) * solved.col(row);
        let variance = own.iter().enumerate().map(|(row, own)| (own - explained(row)).max(0.0)).collect();
        Ok(Prediction { mean, variance })
    }
}

fn add_to_diagonal(matrix: &mut Mat<f64>, value: f64) {
    for place in 0..matrix.nrows() {
        matrix[(place, place)] += value;
    }
}

/// The Cholesky factor, and what had to be added to the diagonal.
fn factor(matrix: &mut Mat<f64>) -> Result<(Llt<f64>, f64), TheoryError> {
    let examples = matrix.nrows();
    let mean = (0..examples).map(|place| matrix[(place, place)]).sum::<f64>() / examples as f64;
    let mut jitter = 0.0;
    loop {
        if let Some(factor) = sound_factor(matrix) {
            return Ok((factor, jitter));
        }
        let next = if jitter == 0.0 { FIRST_JITTER * mean } else { 10.0 * jitter };
        if !(next > 0.0 && next <= 1.001 * LAST_JITTER * mean) {
            return Err(TheoryError::NotPositive { examples, jitter });
        }
        add_to_diagonal(matrix, next - jitter);
        jitter = next;
    }
}

/// The factor, unless a pivot is no more than rounding.
fn sound_factor(matrix: &Mat<f64>) -> Option<Llt<f64>> {
    let factor = matrix.llt(Side::Lower).ok()?;
    let largest = (0..matrix.nrows()).map(|place| matrix[(place, place)]).fold(0.0, f64::max);
    let least = (0..matrix.nrows()).map(|place| factor.L()[(place, place)].powi(2)).fold(f64::INFINITY, f64::min);
    (least > SINGULAR * matrix.nrows() as f64 * largest).then_some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::both_positive;
    use crate::kernel::{Kernel, Limits};
    use seedbed::Activation;

    const EXAMPLES: [f64; 6] = [0.6, -0.8, 1.0, 1.0, 0.5, 0.7];

    fn relu() -> Kernel {
        Kernel::dense(3, 3, Activation::Relu, 2.0, 0.1).unwrap()
    }

    #[test]
    fn the_evidence_of_two_examples_is_the_published_one() {
        let gram = relu().gram(&EXAMPLES, &Limits::default()).unwrap();
        for (targets, expected) in [([1.0, -1.0], -4.648624325995), ([1.0, 1.0], -2.208812196388)] {
            let process = GaussianProcess::condition(gram.nngp_values(), &targets, 0.01).unwrap();
            assert!((process.log_evidence_nats() - expected).abs() < 1e-11);
            assert_eq!(process.jitter(), 0.0);
        }
        let same = both_positive(gram.nngp(0, 0), gram.nngp(1, 1), gram.nngp(0, 1));
        assert!((same - 0.394248580636).abs() < 1e-12 && (0.5 - same - 0.105751419364).abs() < 1e-12);
    }

    #[test]
    fn targets_side_by_side_are_independent() {
        let gram = relu().gram(&EXAMPLES, &Limits::default()).unwrap();
        let evidence = |targets: &[f64]| {
            GaussianProcess::condition(gram.nngp_values(), targets, 0.01).unwrap().log_evidence_nats()
        };
        let both = evidence(&[1.0, 1.0, -1.0, 1.0]);
        assert!((both - evidence(&[1.0, -1.0]) - evidence(&[1.0, 1.0])).abs() < 1e-12);
    }

    #[test]
    fn predictions_are_those_of_two_by_two_algebra() {
        let (a, b, c, noise) = (1.5, 2.0, 0.7, 0.25);
        let process = GaussianProcess::condition(&[a, c, c, b], &[1.0, -2.0], noise).unwrap();
        let (k1, k2, own) = (0.9, -0.3, 1.2);
        let found = process.predict(&[k1, k2], &[own]).unwrap();
        let (a, b) = (a + noise, b + noise);
        let determinant = a * b - c * c;
        let weights = [(b * 1.0 - c * -2.0) / determinant, (a * -2.0 - c * 1.0) / determinant];
        assert!((found.mean[0] - (k1 * weights[0] + k2 * weights[1])).abs() < 1e-14);
        let explained = (k1 * (b * k1 - c * k2) + k2 * (a * k2 - c * k1)) / determinant;
        assert!((found.variance[0] - (own - explained)).abs() < 1e-14);
    }

    #[test]
    fn an_example_twice_gets_a_jitter_that_is_told() {
        let twice = [&EXAMPLES[..], &EXAMPLES[..3]].concat();
        let gram = relu().gram(&twice, &Limits::default()).unwrap();
        let process = GaussianProcess::condition(gram.nngp_values(), &[1.0, -1.0, 1.0], 0.0).unwrap();
        assert!(process.jitter() > 0.0 && process.jitter() < 1e-10, "{}", process.jitter());
        assert!(process.log_evidence_nats().is_finite());
        let noisy = GaussianProcess::condition(gram.nngp_values(), &[1.0, -1.0, 1.0], 0.01).unwrap();
        assert_eq!(noisy.jitter(), 0.0);
    }

    #[test]
    fn what_is_no_kernel_is_refused() {
        let asked = |kernel: &[f64], targets: &[f64], noise| GaussianProcess::condition(kernel, targets, noise);
        for (result, part) in [
            (asked(&[1.0, 2.0, 2.0, 1.0], &[1.0, 1.0], 0.0), "not positive definite"),
            (asked(&[0.0; 4], &[1.0, 1.0], 0.0), "not positive definite"),
            (asked(&[1.0, 2.0, 2.0], &[1.0], 0.0), "square matrix"),
            (asked(&[1.0], &[], 0.0), "the targets holds 0"),
            (asked(&[1.0], &[1.0], -0.1), "noise variance is -0.1"),
            (asked(&[f64::NAN], &[1.0], 0.1), "NaN"),
        ] {
            let message = result.unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let process = asked(&[1.0], &[1.0], 0.1).unwrap();
        assert!(process.predict(&[1.0, 2.0], &[1.0]).unwrap_err().to_string().contains("cross kernel"));
    }
}
