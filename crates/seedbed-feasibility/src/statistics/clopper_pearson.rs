//! The exact interval of a share of successes.

use statrs::distribution::{Beta, ContinuousCDF};

use super::Estimate;

/// Share of successes with the exact interval of Clopper and Pearson.
///
/// low = Beta⁻¹(α/2; k, n − k + 1) and high = Beta⁻¹(1 − α/2; k + 1, n − k) with k successes of n and α = 1 −
/// `confidence`; low is 0 at no success and high is 1 at no failure. It covers at least as often as it says, whatever the
/// share, which Wilson's interval does only on average: so zero hits of n bound a small probability from above.
///
/// No trials, or more successes than trials: value NaN, interval 0..1.
///
/// Source: Clopper & Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial".
///
/// ```
/// use seedbed_feasibility::statistics::clopper_pearson;
/// let none = clopper_pearson(0, 1000, 0.95);
/// assert_eq!((none.value, none.low), (0.0, 0.0));
/// assert!((none.high - (1.0 - 0.025f64.powf(1e-3))).abs() < 1e-12); // 0.0037
/// ```
pub fn clopper_pearson(successes: usize, trials: usize, confidence: f64) -> Estimate {
    if trials == 0 || successes > trials {
        return Estimate::new(f64::NAN, 0.0, 1.0, trials, "clopper_pearson");
    }
    let (hits, misses) = (successes as f64, (trials - successes) as f64);
    let tail = if confidence > 0.0 && confidence < 1.0 { 0.5 - 0.5 * confidence } else { f64::NAN };
    let low = if successes == 0 { 0.0 } else { beta_quantile(hits, misses + 1.0, tail) };
    let high = if successes == trials { 1.0 } else { beta_quantile(hits + 1.0, misses, 1.0 - tail) };
    Estimate::new(hits / trials as f64, low, high, trials, "clopper_pearson")
}

/// x with P(Beta(a, b) ≤ x) = `share`.
fn beta_quantile(a: f64, b: f64, share: f64) -> f64 {
    if share.is_nan() {
        return f64::NAN;
    }
    // where one side has a single count the law is a power, which a root search would lose at tiny shares
    if a == 1.0 {
        return -(((-share).ln_1p() / b).exp_m1());
    }
    if b == 1.0 {
        return share.powf(1.0 / a);
    }
    Beta::new(a, b).map_or(f64::NAN, |law| refined(&law, share))
}

/// The quantile by bisection on its logarithm, since those of rare events are tiny.
fn refined(law: &Beta, share: f64) -> f64 {
    const HALVINGS: usize = 200;
    let (mut low, mut high) = (f64::MIN_POSITIVE.ln(), 0.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if law.cdf(f64::exp(middle)) < share { low = middle } else { high = middle }
    }
    f64::exp(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn matches_scipy() {
        // scipy.stats.binomtest(k, n).proportion_ci(c, method="exact")
        for (successes, trials, confidence, low, high) in SCIPY {
            let found = clopper_pearson(successes, trials, confidence);
            // among millions the incomplete beta function itself has eight digits
            let accuracy = if trials > 1_000_000 { 1e-7 } else { 1e-9 };
            assert_close(found.low, low, accuracy);
            assert_close(found.high, high, accuracy);
            assert_eq!((found.n, found.method.as_str()), (trials, "clopper_pearson"));
        }
    }

    const SCIPY: [(usize, usize, f64, f64, f64); 7] = [
        (0, 1000, 0.95, 0.0, 0.003682083896639526),
        (1, 1000, 0.95, 2.5317487491674634e-05, 0.0055589242798499),
        (5, 6, 0.95, 0.3587654210025136, 0.9957892554855104),
        (6, 6, 0.95, 0.5407418735600995, 1.0),
        (3, 10, 0.99, 0.03700722109620741, 0.7351139852871308),
        (50, 100, 0.9, 0.4136217146309117, 0.5863782853690883),
        (2, 2000000, 0.95, 1.2110466230095268e-07, 3.6123391466761924e-06),
    ];

    #[test]
    fn without_trials_nothing_is_known() {
        for estimate in [clopper_pearson(0, 0, 0.95), clopper_pearson(3, 2, 0.95)] {
            assert!(estimate.value.is_nan());
            assert_eq!((estimate.low, estimate.high), (0.0, 1.0));
        }
        assert!(clopper_pearson(1, 2, 1.5).low.is_nan());
    }

    /// At least nominal for every share, also where Wilson's is not.
    #[test]
    fn covers_at_least_as_often_as_it_says() {
        let mut stream = TestStream(11);
        for share in [0.002, 0.05, 0.5, 0.97] {
            let rounds = 4000;
            let covered = (0..rounds).filter(|_| {
                let successes = (0..60).filter(|_| stream.uniform() < share).count();
                let found = clopper_pearson(successes, 60, 0.95);
                found.low <= share && share <= found.high
            });
            let coverage = covered.count() as f64 / f64::from(rounds);
            assert!(coverage > 0.94, "coverage {coverage} at {share}"); // 2.9 standard errors below 0.95
        }
    }
}
