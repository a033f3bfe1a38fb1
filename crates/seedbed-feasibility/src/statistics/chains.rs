//! Whether chains of dependent samples agree, and how many independent samples they are worth.

/// R̂ of chains of one length n: √(((n − 1)/n W + B/n) / W) with W the mean of the variances within chains and B/n the variance
/// of their means. 1 where the chains agree; NaN with fewer than two chains or samples, or unlike lengths.
///
/// Source: Gelman & Rubin (1992).
///
/// ```
/// use seedbed_feasibility::statistics::r_hat;
/// let found = r_hat(&[vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 3.0, 4.0, 5.0]]);
/// assert!((found - 1.024695).abs() < 1e-6);
/// ```
pub fn r_hat(chains: &[Vec<f64>]) -> f64 {
    Moments::of(chains).map_or(f64::NAN, |moments| (moments.pooled / moments.within).sqrt())
}

/// R̂ of the halves of the chains, so that a chain that drifts disagrees with itself; of an odd length the middle is left out.
///
/// Below 1.01 is good (Vehtari et al. 2021, who also normalize by ranks; this does not).
pub fn split_r_hat(chains: &[Vec<f64>]) -> f64 {
    r_hat(&halves(chains))
}

/// Effective number of samples: m n / (1 + 2 Σ ρ_t) over the halves of the chains, with the autocorrelations ρ_t estimated across
/// all of them and the sum ended where a pair ρ_2t + ρ_2t+1 is no longer positive, pairs made to fall. At most
/// m n log₁₀(m n). NaN where [`split_r_hat`] is.
///
/// Sources: Geyer (1992), initial monotone sequence; Vehtari et al. (2021), equations 10 to 13.
pub fn effective_sample_size(chains: &[Vec<f64>]) -> f64 {
    let halves = halves(chains);
    let Some(Moments { within, pooled }) = Moments::of(&halves) else { return f64::NAN };
    let (count, length) = (halves.len(), halves[0].len());
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

struct Moments {
    within: f64,
    pooled: f64,
}

impl Moments {
    fn of(chains: &[Vec<f64>]) -> Option<Moments> {
        let length = chains.first()?.len();
        if chains.len() < 2 || length < 2 || chains.iter().any(|chain| chain.len() != length) {
            return None;
        }
        let within = chains.iter().map(|chain| variance(chain)).sum::<f64>() / chains.len() as f64;
        let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
        let n = length as f64;
        Some(Moments { within, pooled: (n - 1.0) / n * within + variance(&means) })
    }
}

fn halves(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let split = |chain: &Vec<f64>| {
        let half = chain.len() / 2;
        [chain[..half].to_vec(), chain[chain.len() - half..].to_vec()]
    };
    chains.iter().flat_map(split).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// With divisor n.
fn autocovariance(values: &[f64], lag: usize) -> f64 {
    let mean = mean(values);
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
