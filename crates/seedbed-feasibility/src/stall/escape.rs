//! How long a trial takes to leave the plateau it began on.

use crate::statistics::Time;

/// Steps until the loss has first fallen by `share` of its way from the first loss to `target`; the end of the curve, not
/// observed, where it never does.
///
/// The plateau is all steps before. The loss counts that far down when loss ≤ first − share · (first − target). A trial that
/// stands at a later plateau is asked from there: pass the curve from the step at which that plateau begins. A loss that is
/// NaN has not fallen. `share` lies in (0, 1].
///
/// Near a saddle a deviation ε grows as ε e^(−λ_min t), so the time is (1/|λ_min|) ln(1/ε) and a constant: weights ten times
/// smaller cost the same number of steps more, each time (Saxe, McClelland & Ganguli 2014, for deep linear networks).
///
/// ```
/// use seedbed_feasibility::stall::escape_time;
/// let time = escape_time(&[2.0, 2.0, 1.9, 1.2, 0.1], 0.0, 0.1);
/// assert_eq!((time.steps, time.observed), (3.0, true));
/// assert_eq!(escape_time(&[2.0, 2.0, 1.9], 0.0, 0.1).observed, false);
/// ```
pub fn escape_time(losses: &[f32], target: f64, share: f64) -> Time {
    let first = losses.first().map_or(f64::NAN, |&loss| f64::from(loss));
    let left = first - share * (first - target);
    match losses.iter().position(|&loss| f64::from(loss) <= left) {
        Some(step) => Time { steps: step as f64, observed: true },
        None => Time { steps: losses.len() as f64, observed: false },
    }
}

#[cfg(test)]
mod tests {
    use seedbed_network::graph::Network;
    use seedbed_network::run::{Batch, Runner};

    use super::*;

    #[test]
    fn curves() {
        assert_eq!(escape_time(&[], 0.0, 0.5), Time { steps: 0.0, observed: false });
        assert_eq!(escape_time(&[1.0, f32::NAN, 0.5], 0.0, 0.5), Time { steps: 2.0, observed: true });
        let cliff: Vec<f32> = (0..50).map(|step| if step < 20 { 3.0 } else { 1.0 }).collect();
        assert_eq!(escape_time(&cliff, 0.0, 0.5), Time { steps: 20.0, observed: true });
        assert_eq!(escape_time(&cliff, 0.0, 0.7), Time { steps: 50.0, observed: false });
    }

    /// Gradient descent on (w₁ w₂ − 1)² from w₁ = w₂ = ε.
    fn product_of_two(epsilon: f32, rate: f32) -> Vec<f32> {
        let network: Network = "mlp(1, 1, 1, identity)".parse().unwrap();
        let batch = Batch::numbers(&[1.0, -1.0], &[1.0, -1.0]);
        let mut weights = vec![vec![epsilon], vec![0.0], vec![epsilon], vec![0.0]];
        let mut losses = Vec::new();
        for _ in 0..600 {
            let step = Runner::new(&network).loss_and_gradients(&weights, &batch).unwrap();
            losses.push(step.loss as f32);
            for (weights, gradients) in weights.iter_mut().zip(&step.gradients) {
                weights[0] -= rate * gradients[0];
            }
        }
        losses
    }

    #[test]
    fn a_product_of_weights_leaves_zero_when_its_logistic_law_says() {
        // u = w₁ w₂ follows u' = 4 u (1 − u): t = ¼ ln(u (1 − u₀) / (u₀ (1 − u)))
        let rate = 0.01;
        for epsilon in [0.1f32, 0.01, 0.001] {
            let begun = f64::from(epsilon).powi(2);
            let left = 1.0 - 0.5f64.sqrt() * (1.0 - begun);
            let time = 0.25 * (left * (1.0 - begun) / (begun * (1.0 - left))).ln() / f64::from(rate);
            let found = escape_time(&product_of_two(epsilon, rate), 0.0, 0.5);
            assert!(found.observed && (found.steps / time - 1.0).abs() < 0.03, "{found:?}, {time}");
        }
    }
}
