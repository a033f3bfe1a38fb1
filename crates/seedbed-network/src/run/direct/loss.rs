//! The loss and its gradient with respect to the outputs.

use super::super::batch::Targets;
use super::Real;

/// As the engine's: cross-entropy of the softmax, a mean over examples, or squared error, a mean over all outputs.
pub fn loss_and_slopes<R: Real>(outputs: &[R], targets: Targets) -> (f64, Vec<R>) {
    match targets {
        Targets::Classes(labels) => cross_entropy(outputs, labels),
        Targets::Numbers(numbers) => squared_error(outputs, numbers),
    }
}

/// −ln p of the class asked for; its gradient is p, less 1 at that class.
fn cross_entropy<R: Real>(outputs: &[R], labels: &[u32]) -> (f64, Vec<R>) {
    let (classes, count) = (outputs.len() / labels.len(), R::of(labels.len() as f64));
    let (mut loss, mut slopes) = (0.0, Vec::with_capacity(outputs.len()));
    for (logits, &label) in outputs.chunks_exact(classes).zip(labels) {
        let largest = logits.iter().fold(R::neg_infinity(), |largest, &logit| largest.max(logit));
        let start = slopes.len();
        slopes.extend(logits.iter().map(|&logit| (logit - largest).exp()));
        let sum = slopes[start..].iter().fold(R::zero(), |sum, &share| sum + share);
        loss += (sum.ln() - (logits[label as usize] - largest)).wide();
        let scale = R::one() / (sum * count);
        slopes[start..].iter_mut().for_each(|share| *share *= scale);
        slopes[start + label as usize] += -(R::one() / count);
    }
    (loss / labels.len() as f64, slopes)
}

fn squared_error<R: Real>(outputs: &[R], targets: &[f32]) -> (f64, Vec<R>) {
    let count = R::of(targets.len() as f64);
    let errors: Vec<R> = outputs.iter().zip(targets).map(|(&y, &target)| y - R::of(f64::from(target))).collect();
    let loss = errors.iter().map(|error| error.wide().powi(2)).sum::<f64>() / targets.len() as f64;
    (loss, errors.into_iter().map(|error| (error + error) / count).collect())
}

/// What becomes of the gradient where the outputs move `along`: the loss's Hessian in the outputs times that.
pub fn slopes_along<R: Real>(outputs: &[R], along: &[R], targets: Targets) -> Vec<R> {
    match targets {
        Targets::Classes(labels) => {
            // (diag p − p pᵀ) / count: the gradient is p less a constant
            let (classes, count) = (outputs.len() / labels.len(), R::of(labels.len() as f64));
            let (_, mut shares) = cross_entropy(outputs, labels);
            for ((shares, along), &label) in shares.chunks_mut(classes).zip(along.chunks(classes)).zip(labels) {
                shares[label as usize] += R::one() / count;
                let mean =
                    shares.iter().zip(along).fold(R::zero(), |sum, (&share, &along)| sum + share * along) * count;
                shares.iter_mut().zip(along).for_each(|(share, &along)| *share *= along - mean);
            }
            shares
        }
        Targets::Numbers(numbers) => {
            let count = R::of(numbers.len() as f64);
            along.iter().map(|&along| (along + along) / count).collect()
        }
    }
}
