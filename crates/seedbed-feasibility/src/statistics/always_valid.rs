//! Inference that may be looked at after every trial: it holds at all times together, so one may stop when one likes.
//!
//! At a fixed time these intervals cover more than they promise; the promise is that the true value is in all of them.

use std::cmp::Ordering;

use statrs::function::beta::{beta_reg, ln_beta};

use super::Estimate;
use super::two_samples::edge;

/// The number of samples at which [`mean_sequence`] is tuned to be narrow.
const NARROW_AT: f64 = 20.0;

/// A p-value of "at most half of the differences are above 0" from paired differences in the order they came, valid at every
/// stop: P(it ever falls to α) ≤ α.
///
/// With k of n differences that are not 0 above 0, E_n = 2ⁿ⁺¹ ∫ θᵏ (1 − θ)ⁿ⁻ᵏ dπ(θ) over θ from ½ to 1, π Jeffreys' law of a
/// share, has mean at most 1 under the null and never rises on average; p = 1/max E over all times so far. It asks nothing of
/// the law of the differences but pairs that are independent. All n above 0: 0.035 at 6, 0.010 at 8, 0.0028 at 10. A NaN is
/// left out.
///
/// Sources: Ville (1939); Krichevsky & Trofimov (1981) for the mixture; Ramdas et al. (2023) for the use.
pub fn sign_sequence(differences: &[f64]) -> f64 {
    let (mut below, mut above, mut largest) = (0u32, 0u32, 0.0f64);
    for difference in differences {
        match difference.partial_cmp(&0.0) {
            Some(Ordering::Less) => below += 1,
            Some(Ordering::Greater) => above += 1,
            _ => continue,
        }
        let powers = f64::from(below + above + 1) * std::f64::consts::LN_2;
        let upper_half = beta_reg(f64::from(below) + 0.5, f64::from(above) + 0.5, 0.5);
        largest = largest.max(powers + ln_mixture(above, below) + upper_half.ln());
    }
    (-largest).exp()
}

/// ln of the mean likelihood of k and n − k under Jeffreys' law of the share.
fn ln_mixture(successes: u32, failures: u32) -> f64 {
    ln_beta(f64::from(successes) + 0.5, f64::from(failures) + 0.5) - ln_beta(0.5, 0.5)
}

/// Share of successes with a confidence sequence: the shares p with B(k + ½, n − k + ½)/B(½, ½) < p^k (1 − p)^(n − k)/α.
///
/// Source: as [`sign_sequence`]; Robbins (1970).
///
/// ```
/// use seedbed_feasibility::statistics::proportion_sequence;
/// let found = proportion_sequence(10, 10, 0.95);
/// assert!(found.high == 1.0 && found.low > 0.55 && found.low < 0.65, "{found}");
/// ```
pub fn proportion_sequence(successes: u32, trials: u32, confidence: f64) -> Estimate {
    let method = "jeffreys_mixture";
    if trials == 0 || successes > trials {
        return Estimate::new(f64::NAN, 0.0, 1.0, trials as usize, method);
    }
    let (k, rest) = (f64::from(successes), f64::from(trials - successes));
    let share = k / f64::from(trials);
    let part = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
    let limit = ln_mixture(successes, trials - successes) + (1.0 - confidence).ln();
    let holds = |p: f64| part(k, p) + part(rest, 1.0 - p) > limit;
    Estimate::new(share, edge(share, 0.0, &holds), edge(share, 1.0, &holds), trials as usize, method)
}

/// Mean with a confidence sequence for samples of standard deviation proxy σ (`sub_gaussian`): half the range for bounded
/// samples.
///
/// x̄ ± σ √((n + r)/n² · ln((n + r)/(r α²))), the normal mixture with r chosen to be narrow at about 20 samples. No samples:
/// NaN, with an infinite interval.
///
/// Sources: Robbins (1970); Howard et al. (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences",
/// equation 14.
pub fn mean_sequence(samples: &[f64], sub_gaussian: f64, confidence: f64) -> Estimate {
    let (n, alpha) = (samples.len() as f64, 1.0 - confidence);
    let mean = samples.iter().sum::<f64>() / n;
    if samples.is_empty() {
        return Estimate::new(f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 0, "normal_mixture");
    }
    let tuning = NARROW_AT / (2.0 * (1.0 / alpha).ln() + (1.0 + 2.0 * (1.0 / alpha).ln()).ln());
    let half_width = sub_gaussian / n * ((n + tuning) * ((n + tuning) / (tuning * alpha * alpha)).ln()).sqrt();
    Estimate::new(mean, mean - half_width, mean + half_width, samples.len(), "normal_mixture")
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn all_signs_alike() {
        // SciPy: 1 / (2**(n + 1) * exp(betaln(n + .5, .5) - betaln(.5, .5)) * betainc(.5, n + .5, .5))
        assert_close(sign_sequence(&[1.0; 6]), 0.034_743_133_804_003, 1e-9);
        assert_close(sign_sequence(&[2.0; 10]), 0.002_771_670_099_675_57, 1e-9);
        assert_eq!((sign_sequence(&[]), sign_sequence(&[0.0, f64::NAN]), sign_sequence(&[-1.0; 10])), (1.0, 1.0, 1.0));
        // what was shown once stays shown
        assert_eq!(sign_sequence(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0]), sign_sequence(&[1.0; 6]));
    }

    #[test]
    fn a_fair_sign_is_rejected_at_any_time_as_rarely_as_said() {
        let mut stream = TestStream(23);
        let rejected = (0..4000).filter(|_| {
            let differences: Vec<f64> = (0..200).map(|_| stream.normal()).collect();
            sign_sequence(&differences) <= 0.05
        });
        let share = rejected.count() as f64 / 4000.0;
        assert!(share <= 0.05 && share > 0.01, "{share}");
    }

    /// How often the truth is in the interval at every time up to 300.
    fn always_covered(mut covers: impl FnMut(&[f64]) -> bool, mut draw: impl FnMut() -> f64) -> f64 {
        let covered = (0..1000).filter(|_| {
            let samples: Vec<f64> = (0..300).map(|_| draw()).collect();
            (1..=300).all(|end| covers(&samples[..end]))
        });
        covered.count() as f64 / 1000.0
    }

    #[test]
    fn sequences_hold_at_all_times_together() {
        let mut stream = TestStream(29);
        let mean = always_covered(
            |samples| {
                let found = mean_sequence(samples, 1.0, 0.95);
                found.low <= 2.0 && 2.0 <= found.high
            },
            || 2.0 + stream.normal(),
        );
        assert!((0.95..=0.995).contains(&mean), "{mean}");
        let share = always_covered(
            |samples| {
                let found = proportion_sequence(samples.iter().sum::<f64>() as u32, samples.len() as u32, 0.95);
                found.low <= 0.7 && 0.7 <= found.high
            },
            || f64::from(u8::from(stream.uniform() < 0.7)),
        );
        assert!((0.95..=0.995).contains(&share), "{share}");
    }

    #[test]
    fn nothing_seen_says_nothing() {
        assert!(mean_sequence(&[], 1.0, 0.95).value.is_nan());
        assert_eq!(proportion_sequence(0, 0, 0.95).high, 1.0);
        assert!(proportion_sequence(0, 10, 0.95).high < 0.5);
    }
}
