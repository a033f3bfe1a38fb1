//! The spectral norm of a matrix with a few normal weights a unit.
//!
//! With many weights a unit it is Marchenko and Pastur's edge. With few, one row or column that is much longer than the
//! others carries the largest singular value λ. Seen from it the matrix is a tree: a row of squared length A, whose columns
//! have the mean squared length C, whose rows have R, and so on. Its outlier is λ² = A (A + C − R)/(A − R) for
//! A > R + √(R C); where A falls to that, λ² is the edge (√R + √C)². For columns R and C change places.
//!
//! Source: Alt, Ducatez & Knowles (2021), "Extremal eigenvalues of critical Erdős–Rényi graphs", where R = C; the two sides
//! follow from the same tree.

use std::f64::consts::LN_2;

/// Halvings of the interval that holds a quantile.
const HALVINGS: usize = 60;
/// Beyond so many standard deviations and so many more, no count is looked at.
const FARTHEST_COUNT: (f64, f64) = (10.0, 40.0);

/// The typical largest singular value of `units` rows, each with `nonzeros` weights N(0, std²) at random places among
/// `weights`; 0 where there are none.
pub fn sparse_norm(units: usize, weights: usize, nonzeros: usize, std: f64) -> f64 {
    if units == 0 || nonzeros == 0 {
        return 0.0;
    }
    // squared lengths in units of std²
    let row = nonzeros as f64;
    let column = row * units as f64 / weights as f64;
    let edge = (row.sqrt() + column.sqrt()) * (row.sqrt() + column.sqrt());
    let share = row / weights as f64;
    let longest_row = largest_length(units, &[(nonzeros, 1.0)]);
    let longest_column = largest_length(weights, &binomial(units, share));
    let outliers = [outlier(longest_row, row, column), outlier(longest_column, column, row)];
    std * libm::sqrt(outliers.into_iter().flatten().fold(edge, f64::max))
}

/// λ² of a row of squared length `own` among rows of `rows` and columns of `columns`; `None` where it hides in the bulk.
fn outlier(own: f64, rows: f64, columns: f64) -> Option<f64> {
    (own > rows + libm::sqrt(rows * columns)).then(|| own * (own + columns - rows) / (own - rows))
}

/// Median of the largest of `count` squared lengths, each the sum of j squared standard normals with j of the given
/// probabilities.
fn largest_length(count: usize, numbers: &[(usize, f64)]) -> f64 {
    let most = numbers.iter().map(|(number, _)| *number).max().unwrap_or(0);
    let wanted = LN_2 / count as f64;
    let (mut low, mut high) = (0.0, 20.0 * (most as f64 + libm::log(count as f64) + 1.0));
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        let beyond = survival(middle, most);
        let share: f64 = numbers.iter().map(|(number, share)| share * beyond[*number]).sum();
        if share > wanted { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// P(χ²_j > t) for j = 0..=most: Q(j + 2) = Q(j) + (t/2)^(j/2) e^(−t/2)/Γ(j/2 + 1) (Abramowitz & Stegun 26.4.8).
fn survival(t: f64, most: usize) -> Vec<f64> {
    let half = 0.5 * t;
    let mut all = vec![0.0, libm::erfc(libm::sqrt(half))];
    for j in 2..=most {
        let order = 0.5 * (j - 2) as f64;
        let step = libm::exp(order * libm::log(half) - half - libm::lgamma(order + 1.0));
        all.push(all[j - 2] + step);
    }
    all
}

/// The likely numbers of successes in `trials`, with their probabilities.
fn binomial(trials: usize, share: f64) -> Vec<(usize, f64)> {
    if share >= 1.0 {
        return vec![(trials, 1.0)];
    }
    let n = trials as f64;
    let (deviations, more) = FARTHEST_COUNT;
    let reach = deviations * libm::sqrt(n * share * (1.0 - share)) + more;
    let (first, last) = ((n * share - reach).max(0.0) as usize, ((n * share + reach) as usize).min(trials));
    let factorial = |count: f64| libm::lgamma(count + 1.0);
    let probability = |count: usize| {
        let k = count as f64;
        let ways = factorial(n) - factorial(k) - factorial(n - k);
        libm::exp(ways + k * libm::log(share) + (n - k) * libm::log1p(-share))
    };
    (first..=last).map(|count| (count, probability(count))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survival_against_scipy() {
        // scipy.stats.chi2.sf(7.5, j)
        let found = survival(7.5, 5);
        for (j, expected) in [(1, 0.006169899320544164), (2, 0.023517745856009107), (5, 0.186029833602867)] {
            assert!((found[j] - expected).abs() < 1e-14, "{j}: {}", found[j]);
        }
        let total: f64 = binomial(2000, 0.002).iter().map(|(_, share)| share).sum();
        assert!((total - 1.0).abs() < 1e-11);
    }

    /// Mean of numpy.linalg.norm(w, 2), four draws of the large ones and 64 of the small ones, in units of the norm's scale √(nonzeros) std = 1.
    #[test]
    fn norms_against_numpy() {
        for (units, weights, nonzeros, measured) in SPARSE {
            let found = sparse_norm(units, weights, nonzeros, 1.0 / (nonzeros as f64).sqrt());
            assert!((found / measured - 1.0).abs() < 0.05, "{units}x{weights}, {nonzeros}: {found} for {measured}");
        }
    }

    #[test]
    fn many_weights_a_unit_are_the_dense_edge() {
        assert!((sparse_norm(500, 500, 500, 500f64.powf(-0.5)) - 2.0).abs() < 0.02);
        assert_eq!(sparse_norm(10, 10, 0, 1.0), 0.0);
    }

    const SPARSE: [(usize, usize, usize, f64); 9] = [
        (1000, 1000, 2, 3.0645),
        (1000, 1000, 4, 2.6797),
        (1000, 1000, 15, 2.1840),
        (1000, 1000, 50, 2.0301),
        (200, 1000, 5, 1.9878),
        (1000, 200, 5, 3.5489),
        (128, 64, 15, 2.4409),
        (64, 128, 3, 2.1037),
        (10, 400, 4, 1.5014),
    ];
}
