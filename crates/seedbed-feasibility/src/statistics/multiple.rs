//! Several tests at once.

/// Holm's step-down correction: p-values that hold together, in the order given.
///
/// With the m p-values sorted ascending, adjusted p₍ₖ₎ = max over j ≤ k of min(1, (m − j + 1) p₍ⱼ₎). Rejecting where the
/// adjusted value is at most α keeps the chance of any false rejection at most α, whatever the dependence.
/// A NaN stays NaN and does not count as a test.
///
/// Source: Holm (1979), "A simple sequentially rejective multiple test procedure".
///
/// ```
/// use seedbed_feasibility::statistics::holm;
/// assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
/// ```
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut tests: Vec<(usize, f64)> = p_values.iter().copied().enumerate().filter(|(_, p)| !p.is_nan()).collect();
    tests.sort_by(|first, second| first.1.total_cmp(&second.1));
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, (index, p)) in tests.iter().enumerate() {
        largest = largest.max(p * (tests.len() - rank) as f64).min(1.0);
        if let Some(slot) = adjusted.get_mut(*index) {
            *slot = largest;
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::super::assert_close;
    use super::*;

    #[test]
    fn matches_statsmodels() {
        // statsmodels.stats.multitest.multipletests(p, method="holm")[1]
        for (p_values, expected) in [
            (&[0.01, 0.04, 0.03, 0.005][..], &[0.03, 0.06, 0.06, 0.02][..]),
            (&[0.5, 0.9, 0.3], &[1.0, 1.0, 0.9]),
            (&[0.7], &[0.7]),
            (&[], &[]),
        ] {
            let found = holm(p_values);
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                assert_close(*found, *expected, 1e-14);
            }
        }
    }

    #[test]
    fn nan_is_not_a_test() {
        let found = holm(&[0.02, f64::NAN, 0.03]);
        assert_eq!((found[0], found[2]), (0.04, 0.04));
        assert!(found[1].is_nan());
    }
}
