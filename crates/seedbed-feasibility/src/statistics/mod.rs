//! Statistics of trials and probes: every one an [`Estimate`] with interval, number of samples and method, or a
//! p-value.
//!
//! - [`always_valid`]: p-values and intervals that may be looked at after every trial; [`mod@race`]: priors dropped by them
//! - [`bootstrap`]: interquartile mean and optimality gap over tasks, with intervals by resampling
//! - [`chains`]: R-hat and effective number of samples
//! - [`estimate`]: the record, how it prints, how it is stored
//! - [`proportion`]: Wilson's interval, Fisher's exact test
//! - [`clopper_pearson`](mod@clopper_pearson): the exact interval of a share, for rare events
//! - [`correlation`]: Spearman's rank correlation
//! - [`location`]: mean with Student's interval, quantiles, the paired t-test
//! - [`jackknife`](mod@jackknife): intervals of functions of means
//! - [`median`](mod@median): the median with the interval of the sign test
//! - [`restart`]: expected steps when failed trials are begun anew
//! - [`skewed`]: means of skewed and of censored samples
//! - [`strata`]: shares and probabilities of improvement over tasks
//! - [`survival`]: curve and median of censored times (Kaplan & Meier)
//! - [`multiple`]: Holm's correction
//! - [`two_samples`]: exact tests of Mann & Whitney and of Wilcoxon, probability of improvement
//! - [`rank`]: effective rank of a spectrum
//!
//! Only [`bootstrap`] draws random numbers, from a seed it is given. A `confidence` lies in (0, 1); outside it the
//! ends of an interval are NaN.

pub mod always_valid;
pub mod bootstrap;
pub mod chains;
pub mod clopper_pearson;
pub mod correlation;
pub mod estimate;
pub mod jackknife;
pub mod location;
pub mod median;
pub mod multiple;
pub mod proportion;
pub mod race;
pub mod rank;
pub mod restart;
pub mod skewed;
pub mod strata;
pub mod survival;
pub mod two_samples;

pub use always_valid::{mean_sequence, proportion_sequence, sign_sequence};
pub use bootstrap::{interquartile_mean, optimality_gap, stratified_bootstrap};
pub use chains::{effective_sample_size, r_hat, split_r_hat};
pub use clopper_pearson::clopper_pearson;
pub use correlation::spearman;
pub use estimate::Estimate;
pub use jackknife::jackknife;
pub use location::{mean, paired_t, quantile};
pub use median::median;
pub use multiple::holm;
pub use proportion::{fisher_exact, wilson};
pub use race::{Standing, race};
pub use rank::effective_rank;
pub use restart::restart_steps;
pub use skewed::{restricted_mean, skewed_mean};
pub use strata::{mean_probability_of_improvement, stratified_share, weighted_sum};
pub use survival::{SurvivalCurve, Time, kaplan_meier_curve, kaplan_meier_median};
pub use two_samples::{mann_whitney, probability_of_improvement, wilcoxon};

use statrs::distribution::{ContinuousCDF, Normal};

/// z with P(|N(0, 1)| ≤ z) = `confidence`; NaN unless `confidence` is in (0, 1).
fn two_sided_normal_quantile(confidence: f64) -> f64 {
    if confidence > 0.0 && confidence < 1.0 { Normal::standard().inverse_cdf(0.5 + 0.5 * confidence) } else { f64::NAN }
}

/// A fixed stream of uniforms in (0, 1) for coverage simulations (splitmix64, Steele et al. 2014).
#[cfg(test)]
struct TestStream(u64);

#[cfg(test)]
impl TestStream {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64 + f64::EPSILON
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

#[cfg(test)]
fn assert_close(found: f64, expected: f64, relative: f64) {
    let tolerance = relative * expected.abs().max(1e-300);
    assert!(found == expected || (found - expected).abs() <= tolerance, "found {found:?}, expected {expected:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantile_matches_scipy() {
        // scipy.stats.norm.ppf(0.975), norm.ppf(0.995)
        assert_close(two_sided_normal_quantile(0.95), 1.959963984540054, 1e-10);
        assert_close(two_sided_normal_quantile(0.99), 2.5758293035489004, 1e-10);
        for confidence in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(two_sided_normal_quantile(confidence).is_nan());
        }
    }
}
