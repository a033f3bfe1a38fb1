//! Lanczos' iteration with full reorthogonalization: extreme eigenvalues of a symmetric matrix from its products.

use std::f64::consts::FRAC_1_SQRT_2;

use faer::{Mat, Side};
use serde::{Deserialize, Serialize};

use crate::error::FeasibilityError;

/// A remainder this small beside the product it is left of is rounding, of the differences behind the products too.
const BREAKDOWN: f64 = 1e-8;

/// An approximate eigenvalue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ritz {
    /// The Rayleigh quotient of its vector; it lies within the spectrum.
    pub value: f64,
    /// |A y − value · y| for its unit vector y: an eigenvalue is no farther away than this.
    pub residual: f64,
}

/// The ends of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extremes {
    /// The smallest Ritz value.
    pub lowest: Ritz,
    /// The largest.
    pub highest: Ritz,
    /// Products used: fewer than asked for where the dimension is smaller or the iteration found an invariant subspace.
    pub iterations: usize,
    /// Rows of the matrix.
    pub dimension: usize,
}

/// Iterates `product` from `start` and reads the ends of the spectrum off the tridiagonal matrix.
///
/// Each new vector is made orthogonal to all before it, twice, so that no eigenvalue is found again as a ghost. The residual
/// of a Ritz pair is β |s| with β the next off-diagonal number and s the last component of the pair's vector.
///
/// # Errors
/// What `product` says; a start of 0, or products that are not finite.
///
/// Source: Parlett (1998), "The symmetric eigenvalue problem", chapter 13.
pub fn extremes(
    product: impl Fn(&[f64]) -> Result<Vec<f64>, FeasibilityError>,
    start: Vec<f64>,
    iterations: usize,
) -> Result<Extremes, FeasibilityError> {
    let dimension = start.len();
    let mut basis = vec![unit(start)?];
    let (mut diagonal, mut off_diagonal) = (Vec::new(), Vec::new());
    loop {
        let last = &basis[basis.len() - 1];
        let mut next = product(last)?;
        let length = norm(&next);
        diagonal.push(dot(&next, last));
        orthogonalize(&mut next, &basis);
        let beta = norm(&next);
        if !beta.is_finite() {
            return Err(FeasibilityError::NoCurvature { length: beta });
        }
        off_diagonal.push(beta);
        if diagonal.len() == iterations.clamp(1, dimension) || beta <= BREAKDOWN * length.max(f64::MIN_POSITIVE) {
            break;
        }
        basis.push(unit(next)?);
    }
    ends(&diagonal, &off_diagonal, dimension)
}

fn ends(diagonal: &[f64], off_diagonal: &[f64], dimension: usize) -> Result<Extremes, FeasibilityError> {
    let size = diagonal.len();
    let tridiagonal = Mat::from_fn(size, size, |row, column| match row.abs_diff(column) {
        0 => diagonal[row],
        1 => off_diagonal[row.min(column)],
        _ => 0.0,
    });
    let found =
        tridiagonal.self_adjoint_eigen(Side::Lower).map_err(|_| FeasibilityError::NoCurvature { length: f64::NAN })?;
    let ritz = |place: usize| Ritz {
        value: found.S()[place],
        residual: off_diagonal[size - 1] * found.U()[(size - 1, place)].abs(),
    };
    Ok(Extremes { lowest: ritz(0), highest: ritz(size - 1), iterations: size, dimension })
}

/// The two terms of the recurrence first, then all; again where that took so much away that rounding counts. Twice is enough
/// (Kahan, in Parlett, section 6.9).
fn orthogonalize(vector: &mut [f64], basis: &[Vec<f64>]) {
    basis.iter().rev().take(2).for_each(|other| remove(vector, other));
    for _ in 0..2 {
        let before = norm(vector);
        basis.iter().for_each(|other| remove(vector, other));
        if norm(vector) > FRAC_1_SQRT_2 * before {
            break;
        }
    }
}

/// Makes it orthogonal to a unit vector.
fn remove(vector: &mut [f64], unit: &[f64]) {
    let share = dot(vector, unit);
    vector.iter_mut().zip(unit).for_each(|(value, unit)| *value -= share * unit);
}

fn unit(vector: Vec<f64>) -> Result<Vec<f64>, FeasibilityError> {
    let length = norm(&vector);
    match length > 0.0 && length.is_finite() {
        true => Ok(vector.into_iter().map(|value| value / length).collect()),
        false => Err(FeasibilityError::NoCurvature { length }),
    }
}

/// In eight sums, which need not wait for each other.
fn dot(one: &[f64], other: &[f64]) -> f64 {
    let (ones, others) = (one.chunks_exact(8), other.chunks_exact(8));
    let rest: f64 = ones.remainder().iter().zip(others.remainder()).map(|(one, other)| one * other).sum();
    let mut sums = [0.0; 8];
    for (one, other) in ones.zip(others) {
        for ((sum, one), other) in sums.iter_mut().zip(one).zip(other) {
            *sum += one * other;
        }
    }
    sums.iter().sum::<f64>() + rest
}

/// Euclidean length.
pub(crate) fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_diagonal(values: &[f64], iterations: usize) -> Extremes {
        let product = |vector: &[f64]| Ok(vector.iter().zip(values).map(|(value, factor)| value * factor).collect());
        let start = (0..values.len()).map(|place| 1.0 + (place as f64).sin()).collect();
        extremes(product, start, iterations).unwrap()
    }

    #[test]
    fn outliers_of_a_long_spectrum_are_found_in_thirty_products() {
        let mut values: Vec<f64> = (0..1000).map(|place| place as f64 / 1000.0).collect();
        values.extend([-0.5, 3.0]);
        let found = of_diagonal(&values, 30);
        assert!((found.lowest.value + 0.5).abs() < 1e-9 && (found.highest.value - 3.0).abs() < 1e-9, "{found:?}");
        assert!(found.lowest.residual < 1e-4 && found.iterations == 30 && found.dimension == 1002, "{found:?}");
    }

    #[test]
    fn the_residual_bounds_the_distance_to_an_eigenvalue() {
        let values: Vec<f64> = (0..200).map(|place| (place as f64).sqrt()).collect();
        let found = of_diagonal(&values, 6);
        for ritz in [found.lowest, found.highest] {
            let nearest = values.iter().map(|value| (value - ritz.value).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest <= ritz.residual && (0.0..=values[199]).contains(&ritz.value), "{ritz:?}");
        }
    }

    #[test]
    fn an_invariant_subspace_ends_it() {
        let found = of_diagonal(&[2.0, 2.0, 2.0, -1.0, -1.0], 40);
        assert_eq!(found.iterations, 2);
        assert!((found.lowest.value + 1.0).abs() < 1e-12 && (found.highest.value - 2.0).abs() < 1e-12);
        let nothing = of_diagonal(&[0.0; 4], 40);
        assert_eq!((nothing.lowest.value, nothing.highest.value, nothing.iterations), (0.0, 0.0, 1));
    }

    #[test]
    fn no_start_is_an_error() {
        assert!(extremes(|vector| Ok(vector.to_vec()), vec![0.0; 3], 5).is_err());
    }
}
