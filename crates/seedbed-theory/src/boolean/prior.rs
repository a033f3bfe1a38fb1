//! What a sample of functions says of the prior.

use std::cmp::Reverse;

use super::{boundary_sensitivity, complexity, entropy_bits};

/// A function and how often it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    /// Bit i is the output at input i.
    pub function: u128,
    /// Draws that computed it.
    pub count: u64,
}

/// An estimated probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// Hits divided by draws.
    pub value: f64,
    /// Lower end of the 95 % interval of Wilson (1927).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Draws.
    pub draws: u64,
}

/// Two-sided 95 % quantile of the normal law.
const QUANTILE: f64 = 1.959_963_984_540_054;

impl Share {
    fn of(hits: u64, draws: u64) -> Share {
        let (n, p, z2) = (draws as f64, hits as f64 / draws as f64, QUANTILE * QUANTILE);
        let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = QUANTILE / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let (low, high) =
            (if hits == 0 { 0.0 } else { centre - half }, if hits == draws { 1.0 } else { centre + half });
        Share { value: p, low, high, draws }
    }
}

/// Ranks at which the slope of the rank plot is fitted.
const SLOPE_RANKS: [usize; 8] = [1, 3, 10, 30, 100, 300, 1000, 3000];

/// A sample of the functions of a network under a prior.
#[derive(Clone, Debug, PartialEq)]
pub struct BooleanPrior {
    inputs: usize,
    draws: u64,
    functions: Vec<Frequency>,
}

impl BooleanPrior {
    pub(super) fn new(inputs: usize, draws: u64, functions: Vec<Frequency>) -> BooleanPrior {
        BooleanPrior { inputs, draws, functions }
    }

    /// n, the number of input bits.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Draws.
    pub fn draws(&self) -> u64 {
        self.draws
    }

    /// Every function drawn, the most frequent first: a rank plot is (index + 1, count/draws).
    pub fn functions(&self) -> &[Frequency] {
        &self.functions
    }

    /// P(f) of one function; one never drawn has value 0 and an upper bound.
    pub fn share(&self, function: u128) -> Share {
        let count = self.functions.iter().find(|found| found.function == function).map_or(0, |found| found.count);
        Share::of(count, self.draws)
    }

    /// P(the function is constant).
    pub fn constant_share(&self) -> Share {
        let all = u128::MAX >> (128 - (1u32 << self.inputs));
        let constant = |found: &&Frequency| found.function == 0 || found.function == all;
        Share::of(self.functions.iter().filter(constant).map(|found| found.count).sum(), self.draws)
    }

    /// P(t ones among the 2ⁿ outputs), for t = 0..=2ⁿ.
    pub fn ones(&self) -> Vec<Share> {
        let mut counts = vec![0; (1 << self.inputs) + 1];
        for found in &self.functions {
            counts[found.function.count_ones() as usize] += found.count;
        }
        counts.into_iter().map(|count| Share::of(count, self.draws)).collect()
    }

    /// Entropy in bits of the number of ones, at most log₂(2ⁿ + 1).
    pub fn ones_entropy_bits(&self) -> f64 {
        self.ones().iter().map(|share| share.value).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
    }

    /// Slope of log P against log rank by least squares over ranks 1, 3, 10, …, as far as functions drawn at least twice reach;
    /// −1 is Zipf's law. `None` with fewer than three such ranks.
    pub fn rank_slope(&self) -> Option<f64> {
        let repeated = self.functions.iter().take_while(|found| found.count > 1).count();
        let at = |&rank: &usize| ((rank as f64).ln(), (self.functions[rank - 1].count as f64).ln());
        let points: Vec<(f64, f64)> = SLOPE_RANKS.iter().filter(|rank| **rank <= repeated.min(1000)).map(at).collect();
        if points.len() < 3 {
            return None;
        }
        let (rank_mean, share_mean) = (mean(points.iter().map(|p| p.0)), mean(points.iter().map(|p| p.1)));
        let covariance: f64 = points.iter().map(|(rank, share)| (rank - rank_mean) * (share - share_mean)).sum();
        Some(covariance / points.iter().map(|(rank, _)| (rank - rank_mean).powi(2)).sum::<f64>())
    }

    /// Correlation of log P with K_LZ over the `most` most frequent functions: negative where simple functions are likely.
    /// `None` where either does not vary.
    pub fn complexity_correlation(&self, most: usize) -> Option<f64> {
        let of = |found: &Frequency| ((found.count as f64).ln(), complexity(found.function, self.inputs));
        let points: Vec<(f64, f64)> = self.functions.iter().take(most).map(of).collect();
        let (first, second) = (mean(points.iter().map(|p| p.0)), mean(points.iter().map(|p| p.1)));
        let sum = |term: fn(f64, f64) -> f64| points.iter().map(|(a, b)| term(a - first, b - second)).sum::<f64>();
        let spread = (sum(|a, _| a * a) * sum(|_, b| b * b)).sqrt();
        (spread > 0.0).then(|| sum(|a, b| a * b) / spread)
    }

    /// E K_LZ over draws.
    pub fn mean_complexity(&self) -> f64 {
        self.mean_of(|function| complexity(function, self.inputs))
    }

    /// E H(t/2ⁿ) over draws, in bits.
    pub fn mean_entropy_bits(&self) -> f64 {
        self.mean_of(|function| entropy_bits(function, self.inputs))
    }

    /// E boundary sensitivity over draws.
    pub fn mean_boundary_sensitivity(&self) -> f64 {
        self.mean_of(|function| boundary_sensitivity(function, self.inputs))
    }

    /// Share of the functions found that were drawn once: near 1, the sample has seen little of the prior's tail.
    pub fn singletons(&self) -> f64 {
        let first = self.functions.partition_point(|found| Reverse(found.count) < Reverse(1));
        (self.functions.len() - first) as f64 / self.functions.len() as f64
    }

    fn mean_of(&self, measure: impl Fn(u128) -> f64) -> f64 {
        let total: f64 = self.functions.iter().map(|found| found.count as f64 * measure(found.function)).sum();
        total / self.draws as f64
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_a_sample_by_hand() {
        // two bits: constant 0 four times, the parity twice, the and once, constant 1 once
        let count = |function, count| Frequency { function, count };
        let functions = vec![count(0, 4), count(0b0110, 2), count(0b1000, 1), count(0b1111, 1)];
        let prior = BooleanPrior::new(2, 8, functions);
        assert_eq!(prior.constant_share().value, 5.0 / 8.0);
        assert_eq!(prior.ones().iter().map(|share| share.value * 8.0).collect::<Vec<_>>(), [4.0, 1.0, 2.0, 0.0, 1.0]);
        assert!((prior.ones_entropy_bits() - 1.75).abs() < 1e-15);
        assert_eq!(prior.singletons(), 0.5);
        assert!((prior.mean_boundary_sensitivity() - (2.0 + 0.5) / 8.0).abs() < 1e-15);
        assert!((prior.mean_entropy_bits() - (2.0 + 0.8112781244591328) / 8.0).abs() < 1e-15);
        assert_eq!(prior.rank_slope(), None);
    }

    #[test]
    fn intervals_are_wilsons() {
        // SciPy: binomtest(3, 20).proportion_ci(method="wilson")
        let share = Share::of(3, 20);
        assert!((share.low - 0.0523686).abs() < 1e-6 && (share.high - 0.3604192).abs() < 1e-6, "{share:?}");
        let none = Share::of(0, 100);
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!((none.high - 0.0369935).abs() < 1e-6, "{none:?}");
    }

    #[test]
    fn a_law_of_zipf_has_slope_minus_one() {
        let functions =
            (1..=2000u64).map(|rank| Frequency { function: u128::from(rank), count: 1_000_000 / rank }).collect();
        let prior = BooleanPrior::new(7, 8_178_368, functions);
        assert!((prior.rank_slope().unwrap() + 1.0).abs() < 1e-3);
    }
}
