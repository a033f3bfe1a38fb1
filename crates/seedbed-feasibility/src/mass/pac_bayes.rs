//! What a mass promises of generalization.

/// Upper bound on the error of a weight vector drawn from the prior given that it fits m examples exactly:
/// −ln(1 − error) ≤ (ln 1/P + ln(2m/δ))/(m − 1) with probability 1 − δ over the examples.
///
/// `log_mass` is ln P of an exact fit, at most 0. At least 0 and at most 1; 1 with fewer than two examples.
///
/// Source: Langford & Seeger (2001), as Valle-Pérez, Camargo & Louis (2019) use it for the mass of an exact fit.
///
/// ```
/// use seedbed_feasibility::mass::pac_bayes::error_bound;
/// assert!((error_bound(-100.0, 1000, 0.05) - 0.104799).abs() < 1e-6);
/// ```
pub fn error_bound(log_mass: f64, examples: usize, delta: f64) -> f64 {
    if examples < 2 {
        return 1.0;
    }
    let m = examples as f64;
    -(-(-log_mass + (2.0 * m / delta).ln()) / (m - 1.0)).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_theory() {
        for (log_mass, examples, bound) in
            [(-10.0, 100, 0.168_720), (-13.8629, 64, 0.291_506), (-100.0, 1000, 0.104_799)]
        {
            assert!((error_bound(log_mass, examples, 0.05) - bound).abs() < 5e-7, "{log_mass} {examples}");
        }
        assert_eq!((error_bound(f64::NEG_INFINITY, 100, 0.05), error_bound(-1.0, 1, 0.05)), (1.0, 1.0));
    }
}
