//! Curvature of the loss at given weights: extreme eigenvalues of the Hessian, without the Hessian.
//!
//! [`lanczos`] finds the extremes of the spectrum from products of the Hessian with vectors, in double precision. Networks of
//! dense layers, convolutions, pooling, elementwise functions and sums have exact products
//! ([`Runner::hessian_times`]). The others have central differences of two gradients: where a ReLU's kink lies within the
//! step of one, its jump over the step is added, which can be far more than the curvature of the rest. Recurrent and normalized
//! ReLU networks are such, so an eigenvalue of one that stands far out in one seed of many is to be doubted.

pub mod lanczos;

use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};

pub use lanczos::{Extremes, Ritz};

use crate::error::FeasibilityError;
use crate::stand_in;

/// Lanczos iterations, each two gradients: at 30 the extremes of a network's spectrum stand out from its bulk.
pub const ITERATIONS: usize = 40;

/// The extreme eigenvalues of the Hessian of the mean loss on `batch`.
///
/// The start is a fixed random direction, so the result depends on the arguments alone. Ritz values lie within the spectrum:
/// a negative one shows a direction of negative curvature, up to its residual.
///
/// ```
/// use seedbed_feasibility::curvature::extremes;
/// use seedbed_network::run::Batch;
/// // (w x + b − y)² at x = 2: the Hessian is 2 (x, 1)(x, 1)ᵀ, with eigenvalues 10 and 0
/// let network = "mlp(1, 1, identity)".parse()?;
/// let found = extremes(&network, &[vec![3.0], vec![-1.0]], &Batch::numbers(&[2.0], &[4.0]))?;
/// assert!((found.highest.value - 10.0).abs() < 1e-6 && found.lowest.value.abs() < 1e-6);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Weights or a batch that do not fit the network, or curvature that is not finite.
///
/// Source: Lanczos (1950); for networks, Ghorbani, Krishnan & Xiao (2019).
pub fn extremes(network: &Network, weights: &[Vec<f32>], batch: &Batch) -> Result<Extremes, FeasibilityError> {
    let hessian = Hessian::new(network, weights, batch);
    let dimension = hessian.point.len();
    // the Hessian of a linear network would not tell
    let length = lanczos::norm(&hessian.point);
    if !length.is_finite() {
        return Err(FeasibilityError::NoCurvature { length });
    }
    let start = stand_in::normal("start of the Lanczos iteration", (1, dimension), 1.0, 0)?;
    let start = start.into_iter().map(f64::from).collect();
    lanczos::extremes(|direction| hessian.times(direction), start, ITERATIONS)
}

/// The largest eigenvalue of the Hessian: gradient descent is stable below a learning rate of 2 / sharpness.
///
/// # Errors
/// As [`extremes`].
///
/// Source: Cohen et al. (2021), "Gradient descent on neural networks typically occurs at the edge of stability".
pub fn sharpness(network: &Network, weights: &[Vec<f32>], batch: &Batch) -> Result<f64, FeasibilityError> {
    Ok(extremes(network, weights, batch)?.highest.value)
}

/// The Hessian at a point, as what it does to a direction.
struct Hessian<'h> {
    runner: Runner<'h, f64>,
    batch: &'h Batch<'h>,
    point: Vec<f64>,
    /// The same, cut into parameters.
    weights: Vec<Vec<f64>>,
}

impl<'h> Hessian<'h> {
    fn new(network: &'h Network, weights: &[Vec<f32>], batch: &'h Batch<'h>) -> Hessian<'h> {
        let wide = |values: &Vec<f32>| values.iter().map(|&value| f64::from(value)).collect();
        let weights: Vec<Vec<f64>> = weights.iter().map(wide).collect();
        Hessian { runner: Runner::with_scalar(network), batch, point: weights.concat(), weights }
    }

    fn times(&self, direction: &[f64]) -> Result<Vec<f64>, FeasibilityError> {
        let exact = self.runner.hessian_times(&self.weights, self.batch, &self.parts(direction))?;
        exact.map_or_else(|| self.difference(direction), |product| Ok(product.concat()))
    }

    /// H v ≈ (∇L(w + h v) − ∇L(w − h v)) / 2h with h = √ε (1 + |w|) / |v|. Smooth losses alone would do best with ε^(1/3)
    /// (Nocedal & Wright 2006, section 8.1); the shorter step crosses a thousand times fewer kinks, and its rounding, √ε of
    /// the gradient, is still far below any curvature that is asked for.
    fn difference(&self, direction: &[f64]) -> Result<Vec<f64>, FeasibilityError> {
        let step = f64::EPSILON.sqrt() * (1.0 + lanczos::norm(&self.point)) / lanczos::norm(direction);
        let (above, below) = (self.gradient(direction, step)?, self.gradient(direction, -step)?);
        Ok(above.iter().zip(&below).map(|(above, below)| (above - below) / (2.0 * step)).collect())
    }

    fn gradient(&self, direction: &[f64], step: f64) -> Result<Vec<f64>, FeasibilityError> {
        let moved: Vec<f64> = self.point.iter().zip(direction).map(|(weight, along)| weight + step * along).collect();
        Ok(self.runner.loss_and_gradients(&self.parts(&moved), self.batch)?.gradients.concat())
    }

    /// Cut into parameters.
    fn parts(&self, flat: &[f64]) -> Vec<Vec<f64>> {
        let mut rest = flat.iter().copied();
        self.weights.iter().map(|values| rest.by_ref().take(values.len()).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use faer::{Mat, Side};

    use super::*;

    #[test]
    fn least_squares_has_the_hessian_of_its_inputs() {
        // one output: H = 2/n Σ (x, 1)(x, 1)ᵀ over x = (1, 0), (0, 2), (−1, −2), (2, 0)
        let network: Network = "mlp(2, 1, identity)".parse().unwrap();
        let batch = Batch::numbers(&[1.0, 0.0, 0.0, 2.0, -1.0, -2.0, 2.0, 0.0], &[1.0, 2.0, -1.0, 0.5]);
        let found = extremes(&network, &[vec![0.3, -0.7], vec![0.1]], &batch).unwrap();
        let hessian =
            Mat::from_fn(3, 3, |row, column| [[3.0, 1.0, 1.0], [1.0, 4.0, 0.0], [1.0, 0.0, 2.0]][row][column]);
        let exact: Vec<f64> = hessian.self_adjoint_eigenvalues(Side::Lower).unwrap();
        assert!((found.lowest.value - exact[0]).abs() < 1e-7, "{found:?}, {exact:?}");
        assert!((found.highest.value - exact[2]).abs() < 1e-7, "{found:?}, {exact:?}");
        assert!(found.iterations == 3 && found.highest.residual < 1e-6, "{found:?}");
    }

    #[test]
    fn a_small_tanh_network_agrees_with_its_dense_hessian() {
        let network: Network = "mlp(2, 4, 3, tanh)".parse().unwrap();
        let weights = "glorot_normal".parse::<seedbed::Prior>().unwrap().draw(&network.parameters, 3).unwrap();
        let batch = Batch::classes(&[0.5, -1.0, 1.5, 0.3, -0.7, 0.8, 0.0, 1.0], &[2, 0, 1, 2]);
        let hessian = Hessian::new(&network, &weights, &batch);
        let dimension = hessian.point.len();
        let unit = |place: usize| (0..dimension).map(|other| f64::from(u8::from(other == place))).collect::<Vec<f64>>();
        // plain differences of another step, column by column
        let step = 1e-4;
        let columns: Vec<Vec<f64>> = (0..dimension)
            .map(|place| {
                let along = unit(place);
                let (above, below) =
                    (hessian.gradient(&along, step).unwrap(), hessian.gradient(&along, -step).unwrap());
                above.iter().zip(&below).map(|(above, below)| (above - below) / (2.0 * step)).collect()
            })
            .collect();
        let dense = Mat::from_fn(dimension, dimension, |row, column| columns[column][row]);
        let exact: Vec<f64> = dense.self_adjoint_eigenvalues(Side::Lower).unwrap();
        let found = extremes(&network, &weights, &batch).unwrap();
        assert!((found.lowest.value - exact[0]).abs() < 1e-6, "{found:?}, {exact:?}");
        assert!((found.highest.value - exact[dimension - 1]).abs() < 1e-6, "{found:?}, {exact:?}");
    }

    #[test]
    fn a_kink_is_no_curvature() {
        // relu(w x) at w x = 1e-9, far within the step of a difference: the loss (relu(w x) − 1)² has curvature 2 there
        let network: Network = "mlp(1, 1, 1, relu)".parse().unwrap();
        let weights = [vec![1e-9], vec![0.0], vec![1.0], vec![0.0]];
        let batch = Batch::numbers(&[1.0], &[1.0]);
        let hessian = Hessian::new(&network, &weights, &batch);
        let along = [1.0, 0.0, 0.0, 0.0];
        assert!((hessian.times(&along).unwrap()[0] - 2.0).abs() < 1e-6);
        assert!(hessian.difference(&along).unwrap()[0].abs() > 1e6);
    }

    /// A difference of gradients crosses a kink at this start and gives 8800.
    #[test]
    fn the_sharpness_of_one_start_is_like_that_of_the_others() {
        let (network, data) = ("mlp(64, 64x6, 10, relu)".parse::<Network>().unwrap(), seedbed_network::data::digits());
        let prior: seedbed::Prior = "he_normal".parse().unwrap();
        let batch = Batch::of(&data.train, 0..256);
        for seed in [508, 509, 510] {
            let found = sharpness(&network, &prior.draw(&network.parameters, seed).unwrap(), &batch).unwrap();
            assert!((10.0..300.0).contains(&found), "{seed}: {found}");
        }
    }

    #[test]
    fn the_saddle_of_a_product_of_two_weights() {
        // E (w₂ (w₁ x + b₁) + b₂ − y)² at 0 over (1, t), (−1, −t): eigenvalues ±2t (w₁ with w₂), 2 (b₂) and 0 (b₁)
        let network: Network = "mlp(1, 1, 1, identity)".parse().unwrap();
        let zeros =
            network.parameters.iter().map(|parameter| vec![0.0; parameter.shape.elements()]).collect::<Vec<_>>();
        let found = extremes(&network, &zeros, &Batch::numbers(&[1.0, -1.0], &[1.5, -1.5])).unwrap();
        assert!((found.lowest.value + 3.0).abs() < 1e-7 && (found.highest.value - 3.0).abs() < 1e-7, "{found:?}");
        assert_eq!(
            sharpness(&network, &zeros, &Batch::numbers(&[1.0, -1.0], &[1.5, -1.5])).unwrap(),
            found.highest.value
        );
    }

    #[test]
    fn weights_that_do_not_fit_or_overflow_are_errors() {
        let network: Network = "mlp(1, 1, identity)".parse().unwrap();
        let batch = Batch::numbers(&[1.0], &[1.0]);
        assert!(extremes(&network, &[vec![1.0]], &batch).is_err());
        let message = extremes(&network, &[vec![f32::NAN], vec![0.0]], &batch).unwrap_err().to_string();
        assert!(message.contains("curvature"), "{message}");
    }
}
