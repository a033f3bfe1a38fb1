//! Two groups compared by their order alone: exact tests and the probability of improvement.

use super::{Estimate, two_sided_normal_quantile};

/// Exact two-sided p-value of the Mann–Whitney test: do the groups come from one law?
///
/// U counts the pairs with x > y, ties half; its law is that over all ways to deal the pooled values into the two groups, ties
/// included, and p = min(1, 2 min(P(≤ U), P(≥ U))). 1 if a group is empty; NaN if a value is. Time n m (n + m)², so for
/// groups up to a few hundred.
///
/// Source: Mann & Whitney (1947). SciPy's `method="exact"` is the same without ties; with ties it leaves them out of the law.
///
/// ```
/// use seedbed_feasibility::statistics::mann_whitney;
/// let (a, b) = ([1.1, 2.3, 1.9, 3.0, 2.2], [2.0, 3.1, 2.9, 3.5, 2.25]);
/// assert!((mann_whitney(&a, &b) - 0.222222).abs() < 1e-6);
/// ```
pub fn mann_whitney(one: &[f64], other: &[f64]) -> f64 {
    if one.iter().chain(other).any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let pooled: Vec<f64> = one.iter().chain(other).copied().collect();
    let ranks = doubled_ranks(&pooled);
    let found: usize = ranks[..one.len()].iter().sum();
    let mut ways = vec![vec![0.0; ranks.iter().sum::<usize>() + 1]; one.len() + 1];
    ways[0][0] = 1.0;
    for rank in &ranks {
        for chosen in (0..one.len()).rev() {
            let (before, after) = ways.split_at_mut(chosen + 1);
            let from = &before[chosen];
            after[0].iter_mut().skip(*rank).zip(from).for_each(|(way, from)| *way += from);
        }
    }
    two_sided(&ways[one.len()], found)
}

/// Exact two-sided p-value of Wilcoxon's signed-rank test on paired differences: are they symmetric about 0?
///
/// Zeros are left out; the law of the sum of the positive differences' ranks is that over all signs, ties at their mean rank.
/// 1 if nothing is left; NaN if a difference is. The smallest p with n pairs is 2^(1−n): six pairs at least for 0.05.
///
/// Source: Wilcoxon (1945); SciPy's `wilcoxon(method="exact")` is the same.
///
/// ```
/// use seedbed_feasibility::statistics::wilcoxon;
/// assert_eq!(wilcoxon(&[-0.9, -0.8, -1.0, -0.5, -0.05]), 0.0625);
/// ```
pub fn wilcoxon(differences: &[f64]) -> f64 {
    if differences.iter().any(|difference| difference.is_nan()) {
        return f64::NAN;
    }
    let left: Vec<f64> = differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    let ranks = doubled_ranks(&left.iter().map(|difference| difference.abs()).collect::<Vec<f64>>());
    let found = left.iter().zip(&ranks).filter(|(difference, _)| **difference > 0.0).map(|(_, rank)| rank).sum();
    let mut ways = vec![0.0; ranks.iter().sum::<usize>() + 1];
    ways[0] = 1.0;
    for &rank in &ranks {
        for sum in (rank..ways.len()).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    two_sided(&ways, found)
}

/// P(X > Y) + P(X = Y)/2 from all pairs of the two groups, with an interval.
///
/// The interval holds each θ with |θ̂ − θ| ≤ z √V(θ), where V(θ) = θ(1 − θ)(1 + (N − 1)((1 − θ)/(2 − θ) + θ/(1 + θ)))/(mn) and
/// N = (m + n)/2: it does not vanish when one group is above the other altogether. A group that is empty: NaN, 0..1.
///
/// Sources: Agarwal et al. (2021) for the measure; Newcombe (2006), method 5, for the interval.
///
/// ```
/// use seedbed_feasibility::statistics::probability_of_improvement;
/// let (a, b) = ([1.1, 2.3, 1.9, 3.0, 2.2], [2.0, 3.1, 2.9, 3.5, 2.25]);
/// assert_eq!(probability_of_improvement(&b, &a, 0.95).value, 0.76);
/// ```
pub fn probability_of_improvement(one: &[f64], other: &[f64], confidence: f64) -> Estimate {
    let (m, n) = (one.len() as f64, other.len() as f64);
    let won = |x: f64, y: f64| {
        if x > y {
            1.0
        } else if x == y {
            0.5
        } else {
            0.0
        }
    };
    let wins: f64 = one.iter().flat_map(|&x| other.iter().map(move |&y| won(x, y))).sum();
    let (value, z) = (wins / (m * n), two_sided_normal_quantile(confidence));
    let samples = one.len() + other.len();
    if value.is_nan() || one.iter().chain(other).any(|value| value.is_nan()) {
        return Estimate::new(f64::NAN, 0.0, 1.0, samples, NEWCOMBE);
    }
    let variance = |theta: f64| {
        let shared = (1.0 - theta) / (2.0 - theta) + theta / (1.0 + theta);
        theta * (1.0 - theta) * (1.0 + (0.5 * (m + n) - 1.0) * shared) / (m * n)
    };
    let holds = |theta: f64| (value - theta).abs() <= z * variance(theta).sqrt();
    let (low, high) = if z.is_nan() { (z, z) } else { (edge(value, 0.0, &holds), edge(value, 1.0, &holds)) };
    Estimate::new(value, low, high, samples, NEWCOMBE)
}

const NEWCOMBE: &str = "newcombe";

/// The last place from `inside` towards `outside` that is held, by halving; `outside` where all are.
pub(super) fn edge(inside: f64, outside: f64, holds: &dyn Fn(f64) -> bool) -> f64 {
    let (mut inside, mut beyond) = (inside, outside);
    for _ in 0..100 {
        let middle = 0.5 * (inside + beyond);
        if holds(middle) { inside = middle } else { beyond = middle }
    }
    inside
}

/// Twice the mean rank of each value, which is whole.
pub(super) fn doubled_ranks(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&one, &other| values[one].total_cmp(&values[other]));
    let mut ranks = vec![0; values.len()];
    let mut before = 0;
    for group in order.chunk_by(|&one, &other| values[one] == values[other]) {
        group.iter().for_each(|&place| ranks[place] = 2 * before + group.len() + 1);
        before += group.len();
    }
    ranks
}

/// Twice the smaller tail, both with the value found.
fn two_sided(ways: &[f64], found: usize) -> f64 {
    let all: f64 = ways.iter().sum();
    let (below, above): (f64, f64) = (ways[..=found].iter().sum(), ways[found..].iter().sum());
    (2.0 * below.min(above) / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::{TestStream, assert_close};
    use super::*;

    #[test]
    fn mann_whitney_matches_scipy() {
        // scipy.stats.mannwhitneyu(x, y, method="exact").pvalue
        assert_close(mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0, 7.0]), 2.0 / 35.0, 1e-12);
        let (x, y) = ([0.1, 0.5, 0.9, 1.7, 2.4, 3.3, 8.0], [1.0, 2.0, 4.0, 5.0, 6.0, 7.0]);
        assert_close(mann_whitney(&x, &y), 0.18065268065268064, 1e-12);
        // with ties, over the 6 ways to deal (1, 1, 2, 2): the found one is the lower of both extremes
        assert_close(mann_whitney(&[1.0, 1.0], &[2.0, 2.0]), 2.0 / 6.0, 1e-12);
        assert_eq!(mann_whitney(&[1.0], &[]), 1.0);
        assert!(mann_whitney(&[f64::NAN], &[1.0]).is_nan());
    }

    #[test]
    fn wilcoxon_matches_scipy() {
        // scipy.stats.wilcoxon(d, method="exact").pvalue
        assert_close(wilcoxon(&[12.0, -30.0, 45.0, 5.0, 60.0, 22.0]), 0.21875, 1e-12);
        assert_close(wilcoxon(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, -7.5, 8.0]), 0.148_437_5, 1e-12);
        assert_eq!(wilcoxon(&[3.0; 6]), 1.0 / 32.0);
        assert_eq!((wilcoxon(&[0.0, 0.0]), wilcoxon(&[])), (1.0, 1.0));
        assert!(wilcoxon(&[f64::NAN]).is_nan());
    }

    #[test]
    fn improvement_of_separated_groups_keeps_an_interval() {
        let found = probability_of_improvement(&[4.0, 5.0, 6.0], &[1.0, 2.0, 3.0], 0.95);
        assert!(found.value == 1.0 && found.high == 1.0 && found.low > 0.3 && found.low < 0.8, "{found}");
        assert_eq!(probability_of_improvement(&[1.0, 2.0], &[1.0, 2.0], 0.95).value, 0.5);
        assert!(probability_of_improvement(&[], &[1.0], 0.95).value.is_nan());
    }

    #[test]
    fn improvement_is_covered_as_often_as_said() {
        let mut stream = TestStream(17);
        for (each, shift, truth) in
            [(10, 0.0, 0.5), (20, 1.0, 0.760_249_938_906_523_7), (40, 1.0, 0.760_249_938_906_523_7)]
        {
            let covered = (0..4000).filter(|_| {
                let one: Vec<f64> = (0..each).map(|_| shift + stream.normal()).collect();
                let other: Vec<f64> = (0..each).map(|_| stream.normal()).collect();
                let found = probability_of_improvement(&one, &other, 0.95);
                found.low <= truth && truth <= found.high
            });
            let coverage = covered.count() as f64 / 4000.0;
            assert!((0.93..=0.97).contains(&coverage), "{coverage} with {each} at {truth}");
        }
    }
}
