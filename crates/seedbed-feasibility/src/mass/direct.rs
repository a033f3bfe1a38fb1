//! Direct Monte Carlo, guess and check: the share of independent draws that solve.

use std::ops::Range;

use super::landscape::comparable;
use crate::error::FeasibilityError;
use crate::statistics::{Estimate, clopper_pearson};
use crate::study::{Observer, workers};

/// Draws that one task takes.
const TASK: usize = 256;

/// Counted draws.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Draws in all; one evaluation of the loss each.
    pub draws: usize,
    /// Those that solve, by number.
    pub hits: Vec<usize>,
}

impl Direct {
    /// ln P with the exact interval of [`clopper_pearson()`]; without a hit −∞, and its upper end is the finding.
    pub fn log_mass(&self, confidence: f64) -> Estimate {
        let Estimate { value, low, high, n, method } = clopper_pearson(self.hits.len(), self.draws, confidence);
        Estimate { value: value.ln(), low: low.ln(), high: high.ln(), n, method }
    }
}

/// Evaluates draws 0 to `draws` − 1, whose losses `loss_of` gives, and counts those with a loss of at most `target`.
///
/// The result does not depend on `threads`.
///
/// # Errors
/// What `loss_of` says, or the interruption.
pub fn direct(
    draws: usize,
    target: f64,
    loss_of: impl Fn(usize) -> Result<f64, FeasibilityError> + Sync,
    threads: usize,
    observer: &dyn Observer,
) -> Result<Direct, FeasibilityError> {
    let tasks: Vec<Range<usize>> = (0..draws).step_by(TASK).map(|first| first..(first + TASK).min(draws)).collect();
    let hits = workers::run(&tasks, threads, |task| {
        if !observer.goes_on() {
            return Err(FeasibilityError::Interrupted);
        }
        let mut hits = Vec::new();
        for draw in task.clone() {
            if comparable(loss_of(draw)?) <= target {
                hits.push(draw);
            }
        }
        observer.advanced(task.len() as u64);
        Ok(hits)
    })?;
    Ok(Direct { draws, hits: hits.concat() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Silent;

    #[test]
    fn counts_what_solves_whatever_the_threads() {
        let loss = |draw: usize| Ok(if draw % 100 == 7 { f64::NAN } else { (draw % 10) as f64 });
        for threads in [1, 3] {
            let found = direct(1000, 0.0, loss, threads, &Silent).unwrap();
            assert_eq!((found.draws, found.hits.len(), found.hits[1]), (1000, 100, 10));
            assert!((found.log_mass(0.95).value - 0.1f64.ln()).abs() < 1e-12);
        }
        // NaN is no solution, however lenient the target
        assert_eq!(direct(1000, 1e300, loss, 2, &Silent).unwrap().hits.len(), 990);
    }

    #[test]
    fn no_hit_is_an_upper_bound() {
        let found = direct(1000, -1.0, |_| Ok(0.0), 1, &Silent).unwrap().log_mass(0.95);
        assert_eq!((found.value, found.low), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        assert!((found.high - (1.0 - 0.025f64.powf(1e-3)).ln()).abs() < 1e-9);
    }
}
