//! Whether chains of dependent samples agree, and how many independent samples they are worth.

use super::location::mean_and_variance;

/// R̂ of chains of mean length n: √(((n − 1)/n W + B/n) / W) with W the mean of the variances within chains and B/n the variance
/// of their means. 1 where the chains agree; NaN with fewer than two chains, or two samples in one.
///
/// Source: Gelman & Rubin (1992).
///
/// ```
/// use seedbed_feasibility::statistics::r_hat;
/// let found = r_hat(&[vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 3.0, 4.0, 5.0]]);
/// assert!((found - 1.024695).abs() < 1e-6);
/// ```
pub fn r_hat(chains: &[Vec<f64>]) -> f64 {
    Moments::of(chains).map_or(f64::NAN, |moments| (moments.pooled() / moments.within).sqrt())
}

/// R̂ of the halves of the chains, so that a chain that drifts disagrees with itself; of an odd length the middle is left out.
///
/// Below 1.01 is good (Vehtari et al. 2021, who also normalize by ranks; this does not).
pub fn split_r_hat(chains: &[Vec<f64>]) -> f64 {
    r_hat(&halves(chains))
}

/// Effective number of samples: m n / (1 + 2 Σ ρ_t) over the halves of the chains, with the autocorrelations ρ_t estimated across
/// all of them and the sum ended where a pair ρ_2t + ρ_2t+1 is no longer positive, pairs made to fall. At most
/// m n log₁₀(m n). NaN where [`split_r_hat`] is, and of chains of unlike lengths.
///
/// Sources: Geyer (1992), initial monotone sequence; Vehtari et al. (2021), equations 10 to 13.
pub fn effective_sample_size(chains: &[Vec<f64>]) -> f64 {
    let halves = halves(chains);
    let Some(moments) = Moments::of(&halves) else { return f64::NAN };
    let (within, pooled) = (moments.within, moments.pooled());
    let (count, length) = (halves.len(), halves[0].len());
    if halves.iter().any(|half| half.len() != length) {
        return f64::NAN;
    }
    let correlation = |lag: usize| {
        let mean = halves.iter().map(|chain| autocovariance(chain, lag)).sum::<f64>() / count as f64;
        1.0 - (within - mean * length as f64 / (length as f64 - 1.0)) / pooled
    };
    let (mut smallest, mut sum) = (f64::INFINITY, 0.0);
    for lag in (0..length.saturating_sub(1)).step_by(2) {
        let pair = if lag == 0 { 1.0 } else { correlation(lag) } + correlation(lag + 1);
        if pair.is_nan() || pair <= 0.0 {
            break;
        }
        smallest = pair.min(smallest);
        sum += smallest;
    }
    let all = (count * length) as f64;
    (all / (2.0 * sum - 1.0).max(1.0 / all.log10())).min(all * all.log10())
}

/// How chains vary within and between each other.
pub(crate) struct Moments {
    /// Mean of the variances within.
    pub within: f64,
    /// Variance of the means.
    pub between: f64,
    /// Mean length.
    pub length: f64,
}

impl Moments {
    /// `None` with fewer than two chains, or two samples in one.
    pub fn of(chains: &[Vec<f64>]) -> Option<Moments> {
        if chains.len() < 2 || chains.iter().any(|chain| chain.len() < 2) {
            return None;
        }
        let (means, variances): (Vec<f64>, Vec<f64>) = chains.iter().map(|chain| mean_and_variance(chain)).unzip();
        let (within, _) = mean_and_variance(&variances);
        let (_, between) = mean_and_variance(&means);
        let length = chains.iter().map(Vec::len).sum::<usize>() as f64 / chains.len() as f64;
        Some(Moments { within, between, length })
    }

    /// (n − 1)/n W + B/n.
    pub fn pooled(&self) -> f64 {
        (self.length - 1.0) / self.length * self.within + self.between
    }
}

fn halves(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let split = |chain: &Vec<f64>| {
        let half = chain.len() / 2;
        [chain[..half].to_vec(), chain[chain.len() - half..].to_vec()]
    };
    chains.iter().flat_map(split).collect()
}

/// With divisor n.
fn autocovariance(values: &[f64], lag: usize) -> f64 {
    let (mean, _) = mean_and_variance(values);
    let pairs = values.iter().zip(&values[lag..]);
    pairs.map(|(one, later)| (one - mean) * (later - mean)).sum::<f64>() / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::TestStream;
    use super::*;

    fn autoregressive(stream: &mut TestStream, length: usize, memory: f64) -> Vec<f64> {
        let mut value = stream.normal() / (1.0 - memory * memory).sqrt();
        let next = |_| {
            value = memory * value + stream.normal();
            value
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn a_drift_is_seen_by_halves_alone() {
        let drift: Vec<Vec<f64>> = (0..2).map(|chain| (0..100).map(|t| f64::from(t + chain)).collect()).collect();
        assert!(r_hat(&drift) < 1.01 && split_r_hat(&drift) > 1.7, "{}", split_r_hat(&drift));
        assert!(effective_sample_size(&drift) < 10.0);
    }

    #[test]
    fn too_little_is_nan() {
        for chains in [vec![], vec![vec![1.0, 2.0]], vec![vec![1.0], vec![2.0]], vec![vec![1.0, 2.0], vec![1.0]]] {
            assert!(r_hat(&chains).is_nan());
        }
        assert!(split_r_hat(&[vec![1.0, 2.0]]).is_nan());
        assert!(effective_sample_size(&[]).is_nan());
    }

    #[test]
    fn an_autoregression_is_worth_its_known_share() {
        // (1 − φ)/(1 + φ) of the samples
        let mut stream = TestStream(5);
        for (memory, share) in [(0.0, 1.0), (0.5, 1.0 / 3.0), (0.8, 1.0 / 9.0)] {
            let chains: Vec<Vec<f64>> = (0..4).map(|_| autoregressive(&mut stream, 10_000, memory)).collect();
            let found = effective_sample_size(&chains) / 40_000.0;
            assert!((found / share - 1.0).abs() < 0.12, "{found} for {share}");
            assert!(split_r_hat(&chains) < 1.01);
        }
    }
}
