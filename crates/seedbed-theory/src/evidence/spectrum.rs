//! Eigenvalues of a kernel matrix, and the training that they decide.

use faer::{Mat, Side};

use super::{square, target_matrix};
use crate::error::TheoryError;

/// Eigenvalues and eigenvectors of a kernel matrix of n examples.
///
/// Gradient descent on ½ Σ (f − y)² moves the outputs of a wide network by its NTK Θ: along the eigenvector u of eigenvalue λ,
/// the error shrinks as e^(−λt) under gradient flow, and by 1 − ηλ a step at learning rate η (Jacot et al. 2018; Lee et al.
/// 2019).
///
/// ```
/// use seedbed_theory::evidence::Spectrum;
/// let spectrum = Spectrum::of(&[2.0, 1.0, 1.0, 2.0])?;
/// assert!((spectrum.values()[0] - 3.0).abs() < 1e-14 && (spectrum.values()[1] - 1.0).abs() < 1e-14);
/// assert!((spectrum.largest_stable_learning_rate() - 2.0 / 3.0).abs() < 1e-14);
/// # Ok::<(), seedbed_theory::error::TheoryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Spectrum {
    /// Descending.
    values: Vec<f64>,
    /// Columns, in the order of the values.
    vectors: Mat<f64>,
}

/// The loss at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossPoint {
    /// Learning rate times steps, as far as the rate is small.
    pub time: f64,
    /// ½ Σ (f − y)² over examples and targets, started from f = 0.
    pub loss: f64,
}

impl Spectrum {
    /// Of a symmetric matrix; its lower triangle is read.
    ///
    /// # Errors
    /// A matrix that is not square or not finite.
    pub fn of(kernel: &[f64]) -> Result<Spectrum, TheoryError> {
        let matrix = square(kernel)?;
        let failed = |_| TheoryError::NotPositive { examples: matrix.nrows(), jitter: 0.0 };
        let decomposed = matrix.self_adjoint_eigen(Side::Lower).map_err(failed)?;
        let size = matrix.nrows();
        let values = (0..size).rev().map(|place| decomposed.S()[place]).collect();
        let vectors = Mat::from_fn(size, size, |row, column| decomposed.U()[(row, size - 1 - column)]);
        Ok(Spectrum { values, vectors })
    }

    /// λ, descending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// 2/λ_max: gradient descent on ½ Σ (f − y)² converges below it and diverges above. For the mean over n examples, n times
    /// as much.
    pub fn largest_stable_learning_rate(&self) -> f64 {
        2.0 / self.values[0]
    }

    /// λ_max/λ_min; infinite for a singular matrix.
    pub fn condition_number(&self) -> f64 {
        self.values[0] / self.values[self.values.len() - 1].max(0.0)
    }

    /// The share of Σ y² along each eigenvector, in the order of the values; sums to 1. Labels that lie along the first ones
    /// are learned fast, and are what the prior holds to be likely.
    ///
    /// # Errors
    /// Targets that do not fit the examples, or are all 0.
    pub fn alignment(&self, targets: &[f64]) -> Result<Vec<f64>, TheoryError> {
        let squares = self.squares(targets)?;
        let total: f64 = squares.iter().sum();
        if total == 0.0 {
            let allowed = "not all 0";
            return Err(TheoryError::Setting { setting: "the targets", found: "0".to_owned(), allowed });
        }
        Ok(squares.iter().map(|square| square / total).collect())
    }

    /// Kernel–target alignment ⟨K, YYᵀ⟩/(‖K‖‖YYᵀ‖), 0..1 for a kernel (Cristianini et al. 2001).
    ///
    /// # Errors
    /// As [`Spectrum::alignment`].
    pub fn target_alignment(&self, targets: &[f64]) -> Result<f64, TheoryError> {
        self.alignment(targets)?;
        let targets = target_matrix(targets, self.values.len())?;
        let along = self.vectors.transpose() * &targets;
        let squares = along.row_iter().map(|row| row.squared_norm_l2());
        let shared: f64 = self.values.iter().zip(squares).map(|(value, square)| value * square).sum();
        let kernel = self.values.iter().map(|value| value * value).sum::<f64>().sqrt();
        Ok(shared / (kernel * (targets.transpose() * &targets).norm_l2()))
    }

    /// The loss under gradient flow at each time: ½ Σ_i (u_i·y)² e^(−2λ_i t).
    ///
    /// # Errors
    /// Targets that do not fit the examples.
    pub fn training_curve(&self, targets: &[f64], times: &[f64]) -> Result<Vec<LossPoint>, TheoryError> {
        let squares = self.squares(targets)?;
        let loss = |time: f64| {
            let terms = self.values.iter().zip(&squares);
            0.5 * terms.map(|(value, square)| square * (-2.0 * value * time).exp()).sum::<f64>()
        };
        Ok(times.iter().map(|&time| LossPoint { time, loss: loss(time) }).collect())
    }

    /// (u_i·y)², summed over the targets.
    fn squares(&self, targets: &[f64]) -> Result<Vec<f64>, TheoryError> {
        let along = self.vectors.transpose() * target_matrix(targets, self.values.len())?;
        Ok(along.row_iter().map(|row| row.squared_norm_l2()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, Limits};
    use seedbed::Activation;

    fn spectrum() -> (Vec<f64>, Spectrum) {
        let kernel = Kernel::dense(3, 1, Activation::Relu, 2.0, 0.0).unwrap();
        let gram = kernel.gram(&[0.6, -0.8, 1.0, 1.0, 0.5, 0.7], &Limits::default()).unwrap();
        (gram.ntk_values().to_vec(), Spectrum::of(gram.ntk_values()).unwrap())
    }

    #[test]
    fn the_largest_stable_rate_is_the_published_one() {
        let (_, spectrum) = spectrum();
        assert!((spectrum.values()[0] - 3.6454985).abs() < 1e-7 && (spectrum.values()[1] - 1.34116817).abs() < 1e-8);
        assert!((spectrum.largest_stable_learning_rate() - 0.54862181).abs() < 1e-8);
        assert!((spectrum.condition_number() - 3.6454985 / 1.34116817).abs() < 1e-7);
    }

    #[test]
    fn gradient_descent_in_small_steps_follows_the_curve() {
        let (matrix, spectrum) = spectrum();
        let targets = [1.0, -0.4];
        let (mut f, rate) = ([0.0; 2], 1e-5);
        for _ in 0..50_000 {
            let error = [f[0] - targets[0], f[1] - targets[1]];
            f = std::array::from_fn(|row| {
                f[row] - rate * (matrix[2 * row] * error[0] + matrix[2 * row + 1] * error[1])
            });
        }
        let loss = 0.5 * f.iter().zip(targets).map(|(f, y)| (f - y).powi(2)).sum::<f64>();
        let curve = spectrum.training_curve(&targets, &[0.0, 0.5]).unwrap();
        assert!((curve[0].loss - 0.58).abs() < 1e-14);
        assert!((curve[1].loss / loss - 1.0).abs() < 1e-4, "{} for {loss}", curve[1].loss);
    }

    #[test]
    fn labels_along_the_first_eigenvector_are_aligned() {
        let spectrum = Spectrum::of(&[2.0, 1.0, 1.0, 2.0]).unwrap();
        let along = spectrum.alignment(&[1.0, 1.0]).unwrap();
        assert!((along[0] - 1.0).abs() < 1e-14 && along[1] < 1e-14);
        // ⟨K, yyᵀ⟩ = 6, ‖K‖ = √10, ‖yyᵀ‖ = 2
        assert!((spectrum.target_alignment(&[1.0, 1.0]).unwrap() - 3.0 / 10f64.sqrt()).abs() < 1e-14);
        assert!((spectrum.target_alignment(&[1.0, -1.0]).unwrap() - 1.0 / 10f64.sqrt()).abs() < 1e-14);
        assert!(spectrum.alignment(&[0.0, 0.0]).unwrap_err().to_string().contains("not all 0"));
        assert!(spectrum.alignment(&[1.0]).unwrap_err().to_string().contains("the targets"));
    }
}
