//! How often the intervals hold the truth: `cargo run --release --example interval_coverage`.
//!
//! CSV on stdout: interval, law, samples, share of the studies whose 95 % interval holds the true value, studies; "exact" where
//! the share is a sum over all outcomes.

#![allow(clippy::print_stdout, reason = "an example prints")]

use seedbed::Stream;
use seedbed_feasibility::statistics::{self, Estimate, Time};

/// 4000 studies give a standard error of 0.34 % at a coverage of 95 %.
const STUDIES: u64 = 4000;
/// Of the resampled intervals, which cost a thousand times more: 0.7 %.
const RESAMPLED_STUDIES: u64 = 1000;
const CONFIDENCE: f64 = 0.95;

fn main() {
    println!("interval,law,samples,coverage,studies");
    for n in [6, 20, 100] {
        for p in [0.05, 0.2, 0.5] {
            shares("wilson", statistics::wilson, p, n);
            shares("clopper_pearson", statistics::clopper_pearson, p, n);
        }
    }
    for n in [6, 20] {
        means(n);
        times(n);
        pairs(n);
        over_tasks(n);
    }
    simulated("spearman", "normal; rho 0.5", 20, STUDIES, |draw| {
        let (one, other) = correlated(draw, 20);
        (6.0 / std::f64::consts::PI * 0.25f64.asin(), statistics::spearman(&one, &other, CONFIDENCE))
    });
    always();
}

/// Uniforms and normals of one study.
struct Draw(Stream, u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        self.1 += 1;
        let [high, low, ..] = self.0.block(self.1, 0);
        ((u64::from(high) << 21 | u64::from(low) >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    fn many(&mut self, n: usize, one: impl Fn(&mut Draw) -> f64) -> Vec<f64> {
        (0..n).map(|_| one(self)).collect()
    }
}

fn holds(truth: f64, found: &Estimate) -> bool {
    found.low <= truth && truth <= found.high
}

fn simulated(interval: &str, law: &str, n: usize, studies: u64, study: impl Fn(&mut Draw) -> (f64, Estimate)) {
    let stream = Stream::new(0, &format!("{interval}, {law}, {n}"));
    let held = (0..studies).filter(|&place| {
        let (truth, found) = study(&mut Draw(stream.part(place), 0));
        holds(truth, &found)
    });
    println!("{interval},{law},{n},{:.4},{studies}", held.count() as f64 / studies as f64);
}

/// The coverage of a binomial share is a sum over its outcomes.
fn shares(interval: &str, found: impl Fn(usize, usize, f64) -> Estimate, p: f64, n: usize) {
    let (mut chance, mut coverage) = ((1.0 - p).powi(n as i32), 0.0);
    for hits in 0..=n {
        if holds(p, &found(hits, n, CONFIDENCE)) {
            coverage += chance;
        }
        chance *= (n - hits) as f64 / (hits + 1) as f64 * p / (1.0 - p);
    }
    println!("{interval},share {p},{n},{coverage:.4},exact");
}

fn means(n: usize) {
    let mean = |samples: Vec<f64>| statistics::mean(&samples, CONFIDENCE);
    simulated("student_t", "normal", n, STUDIES, |draw| (0.0, mean(draw.many(n, Draw::normal))));
    simulated("student_t", "exponential", n, STUDIES, |draw| (1.0, mean(draw.many(n, Draw::exponential))));
    simulated("student_t of logarithms", "log-normal ratio", n, STUDIES, |draw| {
        (0.3, mean(draw.many(n, |draw| 0.3 + 0.5 * (draw.normal() - draw.normal()))))
    });
    simulated("jackknife", "ratio of means 2 / 3; deviation 0.5 each", n, STUDIES, |draw| {
        let samples: Vec<Vec<f64>> =
            (0..n).map(|_| vec![2.0 + 0.5 * draw.normal(), 3.0 + 0.5 * draw.normal()]).collect();
        (2.0 / 3.0, statistics::jackknife(&samples, |mean| mean[0] / mean[1], CONFIDENCE))
    });
}

/// Exponential times of mean 1 that end at a budget.
fn times(n: usize) {
    let seen = |draw: &mut Draw, budget: f64| -> Vec<Time> {
        draw.many(n, Draw::exponential)
            .into_iter()
            .map(|steps| Time { steps: steps.min(budget), observed: steps <= budget })
            .collect()
    };
    for (unsolved, law) in [(0.1, "exponential; 10 % censored"), (0.3, "exponential; 30 % censored")] {
        let budget = -f64::ln(unsolved);
        simulated("kaplan_meier median", law, n, STUDIES, |draw| {
            let found = statistics::kaplan_meier_median(&seen(draw, budget), CONFIDENCE);
            // no median in sight says "later than the budget": it holds every later time, and this one lies before
            (2f64.ln(), found.unwrap_or_else(|| Estimate::new(budget, budget, f64::INFINITY, n, "none")))
        });
        simulated("kaplan_meier band at 0.5", law, n, STUDIES, |draw| {
            let curve = statistics::kaplan_meier_curve(&seen(draw, budget), CONFIDENCE);
            let place = curve.steps.partition_point(|steps| *steps <= 0.5) - 1;
            (f64::exp(-0.5), Estimate::new(curve.unsolved[place], curve.low[place], curve.high[place], n, "band"))
        });
        simulated("restricted mean", law, n, STUDIES, |draw| {
            let steps: Vec<f64> = seen(draw, budget).iter().map(|time| time.steps).collect();
            (1.0 - unsolved, statistics::mean(&steps, CONFIDENCE))
        });
        simulated("steps with restarts", law, n, STUDIES, |draw| {
            (1.0, statistics::restart_steps(&seen(draw, budget), budget, CONFIDENCE))
        });
    }
}

fn pairs(n: usize) {
    simulated("probability of improvement", "normal; shift 1", n, STUDIES, |draw| {
        let (one, other) = (draw.many(n, Draw::normal), draw.many(n, |draw| draw.normal() - 1.0));
        // Φ(1/√2) with scipy.stats.norm
        (0.760_249_938_906_523_4, statistics::probability_of_improvement(&one, &other, CONFIDENCE))
    });
}

fn correlated(draw: &mut Draw, n: usize) -> (Vec<f64>, Vec<f64>) {
    (0..n)
        .map(|_| {
            let (one, own) = (draw.normal(), draw.normal());
            (one, 0.5 * one + 0.75f64.sqrt() * own)
        })
        .unzip()
}

fn over_tasks(n: usize) {
    let tasks = |draw: &mut Draw| [-0.5, 0.5].map(|centre| draw.many(n, |draw| centre + draw.normal()));
    simulated("interquartile mean", "normal; two tasks", n, RESAMPLED_STUDIES, |draw| {
        (0.0, statistics::interquartile_mean(&tasks(draw), 0, CONFIDENCE))
    });
    simulated("optimality gap", "normal; two tasks", n, RESAMPLED_STUDIES, |draw| {
        (3.001_031, statistics::optimality_gap(&tasks(draw), 3.0, 0, CONFIDENCE))
    });
}

/// These promise to hold at every time together, here up to 100.
fn always() {
    simulated("mean_sequence at all times", "normal", 100, RESAMPLED_STUDIES, |draw| {
        let samples = draw.many(100, Draw::normal);
        let worst = (1..=100).map(|end| statistics::mean_sequence(&samples[..end], 1.0, CONFIDENCE));
        (0.0, worst.into_iter().find(|found| !holds(0.0, found)).unwrap_or_else(everything))
    });
    simulated("proportion_sequence at all times", "share 0.5", 100, RESAMPLED_STUDIES, |draw| {
        let samples = draw.many(100, |draw| f64::from(u8::from(draw.uniform() < 0.5)));
        let hits = |end: usize| samples[..end].iter().sum::<f64>() as u32;
        let worst = (1..=100).map(|end| statistics::proportion_sequence(hits(end), end as u32, CONFIDENCE));
        (0.5, worst.into_iter().find(|found| !holds(0.5, found)).unwrap_or_else(everything))
    });
}

fn everything() -> Estimate {
    Estimate::new(0.0, f64::NEG_INFINITY, f64::INFINITY, 0, "all")
}
