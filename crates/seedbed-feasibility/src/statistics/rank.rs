//! How many directions a spectrum uses.

/// Effective rank of a matrix from its singular values: exp(−Σ pᵢ ln pᵢ) with pᵢ = σᵢ / Σσ.
///
/// From 1 (one direction carries everything) to the number of singular values (all equal). Unchanged by scaling.
/// 0 for the zero matrix, which the paper leaves out; NaN if a value is negative or not finite.
///
/// Source: Roy & Vetterli (2007), "The effective rank: a measure of effective dimensionality", definition 1. Others
/// take the squares of σ (participation ratio, stable rank): those numbers are smaller.
///
/// ```
/// use seedbed_feasibility::statistics::effective_rank;
/// assert!((effective_rank(&[4.0, 2.0, 1.0, 1.0]) - 2f64.powf(1.75)).abs() < 1e-12);
/// ```
pub fn effective_rank(singular_values: &[f64]) -> f64 {
    if singular_values.iter().any(|value| !value.is_finite() || *value < 0.0) {
        return f64::NAN;
    }
    let largest = singular_values.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return 0.0;
    }
    // Divided by the largest first, so that the sum of huge or subnormal values keeps its digits.
    let relative = singular_values.iter().map(|value| value / largest);
    let total: f64 = relative.clone().sum();
    let shares = relative.map(|value| value / total).filter(|share| *share > 0.0);
    let entropy_nats: f64 = shares.map(|share| -share * share.ln()).sum();
    entropy_nats.exp()
}

#[cfg(test)]
mod tests {
    use super::super::assert_close;
    use super::*;

    #[test]
    fn known_values() {
        // 2^1.75: numpy.exp(scipy.stats.entropy([4, 2, 1, 1]))
        assert_close(effective_rank(&[4.0, 2.0, 1.0, 1.0]), 3.363_585_661_014_858, 1e-13);
        assert_close(effective_rank(&[4e-310, 2e-310, 1e-310, 1e-310]), 3.363_585_661_014_858, 1e-6);
        assert_close(effective_rank(&[3.0; 7]), 7.0, 1e-13);
        assert_close(effective_rank(&[1e308; 4]), 4.0, 1e-13);
        assert_close(effective_rank(&[5.0, 0.0, 0.0]), 1.0, 1e-13);
    }

    #[test]
    fn edges() {
        assert_eq!(effective_rank(&[]), 0.0);
        assert_eq!(effective_rank(&[0.0, 0.0]), 0.0);
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(effective_rank(&[1.0, bad]).is_nan());
        }
    }
}
