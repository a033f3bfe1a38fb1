//! From independent runs to one estimate: value, interval, and whether the runs agree.

use seedbed::Stream;

use super::normals::Normals;
use super::splitting::Run;
use crate::statistics::chains::Moments;
use crate::statistics::location::mean_and_variance;
use crate::statistics::{Estimate, clopper_pearson, mean};

/// Directions along which the solutions of different runs are compared, beside their losses.
const DIRECTIONS: u32 = 4;

/// ln P from independent runs of so many particles, with an interval.
///
/// P̂ of a run is unbiased and close to log-normal, and the logarithm is concave: ln P = E ln P̂ + s²/2 with s² the variance
/// between runs. The interval is ȳ + s²/2 ± t √(s²/R + s⁴/(2(R − 1))) with Student's t of R − 1 degrees of freedom (Cox's interval
/// of a log-normal mean, in the form of Olsson 2005). Method `student_t_of_log`.
///
/// Where some runs found nothing, the logarithm has no mean: Student's interval of P̂ itself, `student_t`, whose lower end may
/// be 0. Where none found anything, the first populations are independent draws without a hit, and they bound P from above:
/// `clopper_pearson`.
pub fn log_mass(runs: &[Run], particles: usize, confidence: f64) -> Estimate {
    let logs: Vec<f64> = runs.iter().map(|run| run.log_mass).collect();
    let largest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if largest == f64::NEG_INFINITY {
        let Estimate { value, low, high, n, method } = clopper_pearson(0, runs.len() * particles, confidence);
        return Estimate { value: value.ln(), low: low.ln(), high: high.ln(), n, method };
    }
    if logs.contains(&f64::NEG_INFINITY) {
        let shares: Vec<f64> = logs.iter().map(|log| (log - largest).exp()).collect();
        let Estimate { value, low, high, n, method } = mean(&shares, confidence);
        let ln = |share: f64| if share > 0.0 { (largest + share.ln()).min(0.0) } else { f64::NEG_INFINITY };
        return Estimate { value: ln(value), low: ln(low), high: ln(high), n, method };
    }
    of_logarithms(&logs, confidence)
}

fn of_logarithms(logs: &[f64], confidence: f64) -> Estimate {
    let Estimate { value, high, n, .. } = mean(logs, confidence);
    let (runs, variance) = (logs.len() as f64, mean_and_variance(logs).1);
    // as a share of the half-width of the mean, t s/√R
    let widened = 1.0 + variance * runs / (2.0 * (runs - 1.0));
    let half_width = (high - value) * widened.sqrt();
    let value = (value + variance / 2.0).min(0.0);
    Estimate::new(value, value - half_width, (value + half_width).min(0.0), n, "student_t_of_log")
}

/// Whether independent runs found the same solutions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// The largest R̂ over what is compared: 1 where runs agree, above about 1.1 where they found different solutions.
    pub r_hat: f64,
    /// The smallest effective number of solutions over what is compared: between 1 and all of them.
    pub effective_samples: f64,
}

/// Compares the solutions of the runs by their loss and along `DIRECTIONS` fixed random directions.
///
/// R̂ = √(((n − 1)/n W + V)/W) with W the mean variance within a run, V the variance of the runs' means and n the mean number of
/// solutions of a run (Gelman & Rubin 1992; `B/n` there is V here). The effective number is R W / V, at most all: between
/// independent runs, so that neither what copies share nor a mode that a run missed is overlooked. NaN with fewer than two
/// runs that have two solutions each.
pub fn agreement(runs: &[Run]) -> Agreement {
    let runs: Vec<&Run> = runs.iter().filter(|run| run.solutions.len() > 1).collect();
    let dimension = runs.first().map_or(0, |run| run.solutions[0].0.len());
    let losses = runs.iter().map(|run| run.solutions.iter().map(|(_, loss)| *loss).collect()).collect();
    let along = |lane| {
        let direction = Normals::new(Stream::new(0, "directions of comparison"), lane).vector(dimension);
        let product = |point: &[f64]| point.iter().zip(&direction).map(|(one, other)| one * other).sum::<f64>();
        runs.iter().map(|run| run.solutions.iter().map(|(point, _)| product(point)).collect()).collect()
    };
    let compared: Vec<Vec<Vec<f64>>> = std::iter::once(losses).chain((0..DIRECTIONS).map(along)).collect();
    let found: Vec<Agreement> = compared.iter().filter_map(|values| of_values(values)).collect();
    let worst = |one: Agreement, other: Agreement| Agreement {
        r_hat: one.r_hat.max(other.r_hat),
        effective_samples: one.effective_samples.min(other.effective_samples),
    };
    found.into_iter().reduce(worst).unwrap_or(Agreement { r_hat: f64::NAN, effective_samples: f64::NAN })
}

/// Of one quantity, one list a run; `None` where it does not vary within them or there are too few.
fn of_values(runs: &[Vec<f64>]) -> Option<Agreement> {
    let moments = Moments::of(runs)?;
    let Moments { within, between, .. } = moments;
    if within <= 0.0 || !within.is_finite() || !between.is_finite() {
        return None;
    }
    let (count, all) = (runs.len() as f64, runs.iter().map(Vec::len).sum::<usize>() as f64);
    Some(Agreement {
        r_hat: (moments.pooled() / within).sqrt(),
        effective_samples: (count * within / between).clamp(1.0, all),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(log_mass: f64, solutions: &[f64]) -> Run {
        let solutions = solutions.iter().map(|&place| (vec![place], place)).collect();
        Run { log_mass, levels: Vec::new(), evaluations: 100, first_hits: 0, solutions }
    }

    #[test]
    fn the_logarithm_gets_half_its_variance_back() {
        // by hand: mean −3, variance 1, so −2.5; t of two degrees 4.302653, √(1/3 + 1/4)
        let runs = [-2.0, -3.0, -4.0].map(|log| run(log, &[]));
        let found = log_mass(&runs, 100, 0.95);
        assert!((found.value + 2.5).abs() < 1e-12);
        assert!((found.low - (-2.5 - 4.302_652_73 * (7.0f64 / 12.0).sqrt())).abs() < 1e-6);
        assert_eq!((found.high, found.n, found.method.as_str()), (0.0, 3, "student_t_of_log"));
    }

    #[test]
    fn runs_without_a_solution_count_as_none() {
        let some = log_mass(&[run(-5.0, &[]), run(f64::NEG_INFINITY, &[])], 100, 0.95);
        assert!((some.value - (0.5f64.ln() - 5.0)).abs() < 1e-12);
        assert_eq!((some.low, some.method.as_str()), (f64::NEG_INFINITY, "student_t"));
        let none = log_mass(&[run(f64::NEG_INFINITY, &[]), run(f64::NEG_INFINITY, &[])], 500, 0.95);
        assert_eq!((none.value, none.n), (f64::NEG_INFINITY, 1000));
        assert!((none.high - (1.0 - 0.025f64.powf(1e-3)).ln()).abs() < 1e-9);
    }

    #[test]
    fn runs_that_found_different_solutions_disagree() {
        let spread = [-1.0, 0.0, 1.0, 0.5, -0.5];
        let moved = spread.map(|place| place + 5.0);
        let same = agreement(&[run(-5.0, &spread), run(-5.0, &spread)]);
        assert!(same.r_hat < 1.0 && same.effective_samples == 10.0, "{same:?}");
        let apart = agreement(&[run(-5.0, &spread), run(-5.0, &moved)]);
        // W = 0.625, V = 12.5: √(0.8 + 20) and 2 · 0.625 / 12.5, raised to 1
        assert!((apart.r_hat - 20.8f64.sqrt()).abs() < 1e-12 && apart.effective_samples == 1.0, "{apart:?}");
        assert!(agreement(&[run(-5.0, &spread)]).r_hat.is_nan());
    }
}
