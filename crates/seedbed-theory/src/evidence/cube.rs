//! Spectral bias: a kernel's eigenvalues by degree on the Boolean cube {−1, 1}ⁿ.
//!
//! A fully connected kernel depends on x·x′ alone, so its eigenfunctions are the parities χ_S(x) = Π_{i∈S} x_i, with one
//! eigenvalue μ_k for all sets of k coordinates: K(x, x′) = Σ_S μ_|S| χ_S(x) χ_S(x′). Functions of low degree are likely, and
//! learned first, where μ_k falls with k (Yang & Salman 2019).

use crate::error::TheoryError;
use crate::kernel::{Kernel, Limits};

/// The eigenvalues of one degree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degree {
    /// k, the number of coordinates of a parity.
    pub degree: usize,
    /// C(n, k), the number of such parities.
    pub multiplicity: f64,
    /// μ_k of the NNGP.
    pub nngp: f64,
    /// μ_k of the NTK.
    pub ntk: f64,
}

/// μ_k for k = 0..=n, n the inputs of the kernel; Σ_k C(n, k) μ_k = K(x, x).
///
/// Errors are about 1e-16 of K(x, x), so that eigenvalues below that are noise, of either sign.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::{evidence::cube::eigenvalues, kernel::{Kernel, Limits}};
/// let degrees = eigenvalues(&Kernel::dense(7, 2, Activation::Relu, 2.0, 0.1)?, &Limits::default())?;
/// assert!(degrees[1].nngp > degrees[2].nngp && degrees[1].nngp > 100.0 * degrees[7].nngp);
/// # Ok::<(), seedbed_theory::error::TheoryError>(())
/// ```
///
/// # Errors
/// A kernel of images, or one that depends on more than x·x′ (a sum or a norm of the input itself).
pub fn eigenvalues(kernel: &Kernel, limits: &Limits) -> Result<Vec<Degree>, TheoryError> {
    let inputs = kernel.inputs();
    if !kernel.is_of_products() {
        return Err(TheoryError::NoKernel {
            node: "input".to_owned(),
            operation: "the Boolean cube's spectrum of".to_owned(),
            problem: "it needs a fully connected kernel, a function of x·x' alone".to_owned(),
        });
    }
    // the all-ones corner against corners with ever more coordinates turned
    let ones = vec![1.0; inputs];
    let turned = (0..=inputs).flat_map(|count| (0..inputs).map(move |place| if place < count { -1.0 } else { 1.0 }));
    let gram = kernel.cross(&ones, &turned.collect::<Vec<f64>>(), limits)?;
    let mut own = kernel.own(&ones, limits)?;
    let [nngp, ntk] = own.pop().unwrap_or_default();
    let (mut nngp_by_distance, mut ntk_by_distance) = (gram.nngp_values().to_vec(), gram.ntk_values().to_vec());
    (nngp_by_distance[0], ntk_by_distance[0]) = (nngp, ntk);
    let mut multiplicity = 1.0;
    let mut degrees = Vec::with_capacity(inputs + 1);
    for degree in 0..=inputs {
        let (nngp, ntk) = (by_degree(&nngp_by_distance, degree), by_degree(&ntk_by_distance, degree));
        degrees.push(Degree { degree, multiplicity, nngp, ntk });
        multiplicity *= (inputs - degree) as f64 / (degree + 1) as f64;
    }
    Ok(degrees)
}

/// E K(1, x) χ_S(x) over the corners x: a coordinate of S turns a sum over its two values into a difference.
fn by_degree(by_distance: &[f64], degree: usize) -> f64 {
    let mut values = by_distance.to_vec();
    for step in 0..by_distance.len() - 1 {
        let sign = if step < degree { -1.0 } else { 1.0 };
        values = values.windows(2).map(|pair| 0.5 * (pair[0] + sign * pair[1])).collect();
    }
    values[0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Spectrum;
    use seedbed::Activation;

    #[test]
    fn degrees_are_the_eigenvalues_of_the_whole_cube() {
        let kernel = Kernel::dense(5, 2, Activation::Relu, 1.7, 0.2).unwrap();
        let corner = |index: usize| (0..5).map(move |bit| if index >> bit & 1 == 1 { 1.0 } else { -1.0 });
        let corners: Vec<f64> = (0..32).flat_map(corner).collect();
        let gram = kernel.gram(&corners, &Limits::default()).unwrap();
        let degrees = eigenvalues(&kernel, &Limits::default()).unwrap();
        assert_eq!(
            degrees.iter().map(|degree| degree.multiplicity).collect::<Vec<_>>(),
            [1.0, 5.0, 10.0, 10.0, 5.0, 1.0]
        );
        for (matrix, pick) in [(gram.nngp_values(), (|d| d.nngp) as fn(&Degree) -> f64), (gram.ntk_values(), |d| d.ntk)]
        {
            let mut expected: Vec<f64> = degrees
                .iter()
                .flat_map(|degree| std::iter::repeat_n(32.0 * pick(degree), degree.multiplicity as usize))
                .collect();
            expected.sort_by(|a, b| b.total_cmp(a));
            for (found, expected) in Spectrum::of(matrix).unwrap().values().iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6 * 32.0, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn images_and_sums_with_the_input_have_no_degrees() {
        for network in ["cnn(1x4x4, 4, 2, relu)", "mlp(8, 8x2, 2, relu, residual)"] {
            let kernel = Kernel::new(&network.parse().unwrap(), &"he_normal".parse().unwrap()).unwrap();
            assert!(eigenvalues(&kernel, &Limits::default()).unwrap_err().to_string().contains("fully connected"));
        }
    }
}
