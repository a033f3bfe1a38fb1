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
/// Shares between 0 and 1 that a mean over them is taken at.
const SHARES: usize = 1000;

type Interval = fn(usize, usize, f64) -> Estimate;

fn main() {
    println!("interval,law,samples,coverage,studies");
    for n in [6, 20, 100] {
        for (name, interval) in
            [("wilson", statistics::wilson as Interval), ("clopper_pearson", statistics::clopper_pearson)]
        {
            for p in [0.05, 0.2, 0.5] {
                println!("{name},share {p},{n},{:.4},exact", coverage(interval, p, n));
            }
            let over_all = (0..SHARES).map(|place| coverage(interval, (place as f64 + 0.5) / SHARES as f64, n));
            println!("{name},mean over all shares,{n},{:.4},exact", over_all.sum::<f64>() / SHARES as f64);
        }
    }
    for n in [6, 10, 20] {
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
fn coverage(interval: Interval, p: f64, n: usize) -> f64 {
    let (mut chance, mut coverage) = ((1.0 - p).powi(n as i32), 0.0);
    for hits in 0..=n {
        if holds(p, &interval(hits, n, CONFIDENCE)) {
            coverage += chance;
        }
        chance *= (n - hits) as f64 / (hits + 1) as f64 * p / (1.0 - p);
    }
    coverage
}

fn means(n: usize) {
    let mean = |samples: Vec<f64>| statistics::mean(&samples, CONFIDENCE);
    simulated("student_t", "normal", n, STUDIES, |draw| (0.0, mean(draw.many(n, Draw::normal))));
    simulated("student_t", "exponential", n, STUDIES, |draw| (1.0, mean(draw.many(n, Draw::exponential))));
    for (law, one, truth) in LAWS {
        simulated("skewed mean", law, n, STUDIES, |draw| {
            (truth, statistics::skewed_mean(&draw.many(n, one), CONFIDENCE))
        });
    }
    simulated("student_t of logarithms", "log-normal ratio", n, STUDIES, |draw| {
        (0.3, mean(draw.many(n, |draw| 0.3 + 0.5 * (draw.normal() - draw.normal()))))
    });
    simulated("jackknife", "ratio of means 2 / 3; deviation 0.5 each", n, STUDIES, |draw| {
        let samples: Vec<Vec<f64>> =
            (0..n).map(|_| vec![2.0 + 0.5 * draw.normal(), 3.0 + 0.5 * draw.normal()]).collect();
        (2.0 / 3.0, statistics::jackknife(&samples, |mean| mean[0] / mean[1], CONFIDENCE))
    });
}

type Law = (&'static str, fn(&mut Draw) -> f64, f64);

/// Each with its mean.
const LAWS: [Law; 4] = [
    ("normal", Draw::normal, 0.0),
    ("uniform", Draw::uniform, 0.5),
    ("log-normal; deviation 0.25", |draw| (0.25 * draw.normal()).exp(), 1.031_743_407_499_102_8),
    ("exponential", Draw::exponential, 1.0),
];

const BAND_AT: f64 = 500.0;

/// Exponential times of mean 1000 steps that end at a budget.
fn times(n: usize) {
    let seen = |draw: &mut Draw, budget: f64| -> Vec<Time> {
        draw.many(n, |draw| 1000.0 * draw.exponential())
            .into_iter()
            .map(|steps| Time { steps: steps.min(budget), observed: steps <= budget })
            .collect()
    };
    for unsolved in [0.1, 0.3, 0.45, 0.7] {
        let (budget, law) = (-1000.0 * f64::ln(unsolved), &format!("exponential; {:.0} % censored", 100.0 * unsolved));
        if unsolved < 0.5 {
            simulated("kaplan_meier median", law, n, STUDIES, |draw| {
                let found = statistics::kaplan_meier_median(&seen(draw, budget), CONFIDENCE);
                (1000.0 * 2f64.ln(), found.unwrap_or_else(everything))
            });
        }
        if budget > BAND_AT {
            simulated("kaplan_meier band at 500 steps", law, n, STUDIES, |draw| {
                let curve = statistics::kaplan_meier_curve(&seen(draw, budget), CONFIDENCE);
                let place = curve.steps.partition_point(|steps| *steps <= BAND_AT) - 1;
                let found = Estimate::new(curve.unsolved[place], curve.low[place], curve.high[place], n, "band");
                (f64::exp(-BAND_AT / 1000.0), found)
            });
        }
        simulated("restricted mean", law, n, STUDIES, |draw| {
            (1000.0 * (1.0 - unsolved), statistics::restricted_mean(&seen(draw, budget), budget, CONFIDENCE))
        });
        simulated("steps with restarts", law, n, STUDIES, |draw| {
            (1000.0, statistics::restart_steps(&seen(draw, budget), budget, CONFIDENCE))
        });
    }
    // most do not solve: scipy.stats.lognorm(0.25).ppf(0.1), and the integral of its survival function up to there
    let (budget, truth) = (0.725_867_424_738_179_3, 0.718_091_260_328_735_5);
    let few = |draw: &mut Draw| -> Vec<Time> {
        let drawn = draw.many(n, |draw| (0.25 * draw.normal()).exp());
        drawn.into_iter().map(|steps| Time { steps: steps.min(budget), observed: steps <= budget }).collect()
    };
    let law = "log-normal; deviation 0.25; 90 % censored";
    simulated("student_t", law, n, STUDIES, |draw| (truth, statistics::mean(&steps(&few(draw)), CONFIDENCE)));
    simulated("restricted mean", law, n, STUDIES, |draw| {
        (truth, statistics::restricted_mean(&few(draw), budget, CONFIDENCE))
    });
}

fn steps(times: &[Time]) -> Vec<f64> {
    times.iter().map(|time| time.steps).collect()
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
    // one noisy task decides
    let uneven = |draw: &mut Draw| [1.0, 10.0].map(|deviation| draw.many(n, |draw| deviation * draw.normal()));
    simulated("interquartile mean", "normal; two tasks; deviations 1 and 10", n, RESAMPLED_STUDIES, |draw| {
        (0.0, statistics::interquartile_mean(&uneven(draw), 0, CONFIDENCE))
    });
    let shares = [0.3, 0.6, 0.9];
    simulated("share over tasks", "shares 0.3; 0.6; 0.9", n, STUDIES, |draw| {
        let tasks = shares.map(|share| ((0..n).filter(|_| draw.uniform() < share).count(), n));
        (0.6, statistics::stratified_share(&tasks, CONFIDENCE))
    });
    simulated("probability of improvement over tasks", "normal; shifts 0 and 1", n, STUDIES, |draw| {
        let tasks = [0.0, 1.0].map(|shift| (draw.many(n, Draw::normal), draw.many(n, |draw| draw.normal() - shift)));
        // (1/2 + Φ(1/√2))/2
        (0.630_124_969_453_261_7, statistics::mean_probability_of_improvement(&tasks, CONFIDENCE))
    });
}

/// These promise to hold at every time together, without end.
fn always() {
    simulated("mean_sequence at all times", "normal", 100, RESAMPLED_STUDIES, |draw| {
        let samples = draw.many(100, Draw::normal);
        let worst = (1..=100).map(|end| statistics::mean_sequence(&samples[..end], 1.0, CONFIDENCE));
        (0.0, worst.into_iter().find(|found| !holds(0.0, found)).unwrap_or_else(everything))
    });
    for last in [100, 10_000] {
        simulated("proportion_sequence at all times", "share 0.5", last, RESAMPLED_STUDIES, |draw| {
            let mut hits = 0;
            let worst = (1..=last as u32).map(|trials| {
                hits += u32::from(draw.uniform() < 0.5);
                statistics::proportion_sequence(hits, trials, CONFIDENCE)
            });
            (0.5, worst.into_iter().find(|found| !holds(0.5, found)).unwrap_or_else(everything))
        });
    }
}

fn everything() -> Estimate {
    Estimate::new(0.0, f64::NEG_INFINITY, f64::INFINITY, 0, "all")
}
