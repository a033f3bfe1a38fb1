//! Standardizing inputs: mean 0 and standard deviation 1 over the training part.
//!
//! value' = (value - mean) / std, with the population std (divisor n) in f64, in two passes. The test
//! part uses the training part's numbers, so that nothing of the test part reaches training.

use std::path::Path;

use super::DataError;

/// Which values share one mean and one standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Each feature its own: table columns have units of their own.
    Feature,
    /// All values together: pixels share a unit. One std per pixel would explode at the border, where
    /// pixels are almost always empty: a single gray test pixel would become hundreds.
    Whole,
}

#[derive(Clone, Copy)]
struct Scale {
    mean: f64,
    /// 0 for a constant feature, which becomes 0 everywhere.
    inverse_std: f64,
}

/// Training and test inputs, standardized; `features` values make an example.
///
/// # Errors
/// A test value that leaves the range of 32-bit numbers.
pub(super) fn standardize<T: Copy + Into<f64>>(
    path: &Path,
    features: usize,
    scope: Scope,
    train: &[T],
    test: &[T],
) -> Result<(Vec<f32>, Vec<f32>), DataError> {
    let groups = if scope == Scope::Feature { features } else { 1 };
    let scales = scales(train, groups);
    Ok((apply(path, train, &scales)?, apply(path, test, &scales)?))
}

fn scales<T: Copy + Into<f64>>(values: &[T], groups: usize) -> Vec<Scale> {
    let count = (values.len() / groups.max(1)) as f64;
    let mut sums = vec![0.0; groups];
    let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); groups];
    for row in values.chunks_exact(groups.max(1)) {
        for ((sum, (low, high)), &value) in sums.iter_mut().zip(&mut ranges).zip(row) {
            let value = value.into();
            *sum += value;
            *low = low.min(value);
            *high = high.max(value);
        }
    }
    let means: Vec<f64> = sums.iter().map(|sum| sum / count).collect();
    let mut squares = vec![0.0; groups];
    for row in values.chunks_exact(groups.max(1)) {
        for ((square, mean), &value) in squares.iter_mut().zip(&means).zip(row) {
            *square += (value.into() - mean).powi(2);
        }
    }
    let scale = |((mean, square), (low, high)): ((f64, f64), (f64, f64))| {
        let std = (square / count).sqrt();
        // the range decides what is constant: the mean of equal values may be off by rounding
        Scale { mean, inverse_std: if low < high && std > 0.0 { 1.0 / std } else { 0.0 } }
    };
    means.into_iter().zip(squares).zip(ranges).map(scale).collect()
}

fn apply<T: Copy + Into<f64>>(path: &Path, values: &[T], scales: &[Scale]) -> Result<Vec<f32>, DataError> {
    let scaled = |(index, &value): (usize, &T)| {
        let Scale { mean, inverse_std } = scales[index % scales.len()];
        let scaled = ((value.into() - mean) * inverse_std) as f32;
        let spread = || DataError::Spread { path: path.to_owned(), feature: index % scales.len() };
        if scaled.is_finite() { Ok(scaled) } else { Err(spread()) }
    };
    values.iter().enumerate().map(scaled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_scaled_by_the_training_part() {
        // numpy: (x - x.mean(0)) / x.std(0) for x = [[1, 5], [3, 5], [8, 5]]
        let (train, test) =
            standardize(Path::new("x"), 2, Scope::Feature, &[1.0, 5.0, 3.0, 5.0, 8.0, 5.0], &[4.0, 9.0]).unwrap();
        let expected = [-1.0190493, 0.0, -0.33968312, 0.0, 1.3587325, 0.0];
        assert!(train.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{train:?}");
        assert_eq!(test, [0.0, 0.0], "a constant feature is 0 in the test part too");
    }

    #[test]
    fn pixels_share_one_scale() {
        let (train, _) = standardize(Path::new("x"), 2, Scope::Whole, &[0u8, 10, 0, 10], &[]).unwrap();
        assert_eq!(train, [-1.0, 1.0, -1.0, 1.0]);
    }

    #[test]
    fn equal_values_are_constant_in_spite_of_rounding() {
        let (train, _) = standardize(Path::new("x"), 1, Scope::Feature, &[0.1; 10], &[]).unwrap();
        assert_eq!(train, [0.0; 10]);
    }

    #[test]
    fn a_test_value_out_of_all_proportion_is_an_error() {
        let error = standardize(Path::new("x.csv"), 1, Scope::Feature, &[0.0, 1e-30], &[1e38]).unwrap_err();
        assert!(matches!(error, DataError::Spread { feature: 0, .. }), "{error}");
    }
}
