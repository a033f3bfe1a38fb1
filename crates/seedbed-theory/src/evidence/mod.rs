//! What a prior over functions says of data: how likely the labels were, what it predicts, and how fast it is learned.
//!
//! - [`GaussianProcess`]: regression under the NNGP: log evidence, mean and variance of predictions
//! - [`Spectrum`]: eigenvalues of a kernel, alignment with the labels, training curves, largest stable learning rate
//! - [`cube`]: eigenvalues by degree on the Boolean cube
//! - [`one_hot`]: classes as targets
//!
//! All in double precision. Matrices are row-major slices, as [`Gram::nngp_values`](crate::kernel::Gram::nngp_values) gives.

pub mod cube;
mod process;
mod spectrum;

pub use process::{GaussianProcess, Prediction};
pub use spectrum::{LossPoint, Spectrum};

use faer::Mat;

use crate::error::TheoryError;

/// Classes as regression targets, one row an example: 1 − 1/classes for its own class and −1/classes for the others, so that
/// each row sums to 0, the mean of the prior.
///
/// Lee et al. (2018) use 0.9 and −0.1 for ten classes, which is the same.
///
/// ```
/// use seedbed_theory::evidence::one_hot;
/// assert_eq!(one_hot(&[1, 0], 2)?, [-0.5, 0.5, 0.5, -0.5]);
/// # Ok::<(), seedbed_theory::error::TheoryError>(())
/// ```
///
/// # Errors
/// A label that is no class.
pub fn one_hot(labels: &[u32], classes: usize) -> Result<Vec<f64>, TheoryError> {
    if let Some(label) = labels.iter().find(|label| **label as usize >= classes) {
        let found = format!("{label} with {classes} classes");
        return Err(TheoryError::Setting { setting: "a label", found, allowed: "below the number of classes" });
    }
    let off = -1.0 / classes as f64;
    let row = |label: &u32| {
        let own = *label as usize;
        (0..classes).map(move |class| if class == own { 1.0 + off } else { off })
    };
    Ok(labels.iter().flat_map(row).collect())
}

/// P(f(x) > 0 and f(x′) > 0) = 1/4 + asin(ρ)/2π for a Gaussian with variances `a`, `b` > 0 and covariance `c`: the evidence of
/// two equal signs; that of two different ones is 1/2 less this.
///
/// ```
/// let both = seedbed_theory::evidence::both_positive(1.0, 2.0, 0.0);
/// assert_eq!(both, 0.25);
/// ```
pub fn both_positive(a: f64, b: f64, c: f64) -> f64 {
    0.25 + (c / (a * b).sqrt()).clamp(-1.0, 1.0).asin() / std::f64::consts::TAU
}

/// A square matrix from its rows.
fn square(kernel: &[f64]) -> Result<Mat<f64>, TheoryError> {
    let size = kernel.len().isqrt();
    if size * size != kernel.len() || size == 0 {
        let needed = "a square matrix of at least one example is needed".to_owned();
        return Err(TheoryError::Size { what: "the kernel", found: kernel.len(), needed });
    }
    if let Some(found) = kernel.iter().find(|value| !value.is_finite()) {
        return Err(TheoryError::Setting { setting: "a kernel entry", found: found.to_string(), allowed: "finite" });
    }
    Ok(Mat::from_fn(size, size, |row, column| kernel[row * size + column]))
}

/// Targets, one row an example.
fn target_matrix(targets: &[f64], examples: usize) -> Result<Mat<f64>, TheoryError> {
    if targets.is_empty() || !targets.len().is_multiple_of(examples) {
        let needed = format!("the kernel has {examples} examples, each needs the same number of targets");
        return Err(TheoryError::Size { what: "the targets", found: targets.len(), needed });
    }
    let width = targets.len() / examples;
    Ok(Mat::from_fn(examples, width, |row, column| targets[row * width + column]))
}
