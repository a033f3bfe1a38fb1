//! The mean field of data whose examples differ: in length, and in how alike two of them are.
//!
//! The theory walks two examples of one length through the graph. An activation that is not homogeneous answers a long
//! example otherwise than a short one, and two near ones otherwise than two far ones, so the examples are sorted into
//! classes of like length, and pairs into classes of like cosine. Predictions are means over the classes.

use seedbed::Prior;
use seedbed_network::graph::Network;
use seedbed_theory::propagate::{InputMoments, Prediction, propagate};

use crate::error::FeasibilityError;

/// Classes of length at most: those of one factor, so that few long examples stand alone.
const LENGTHS: usize = 16;
/// Classes of cosine.
const COSINES: usize = 8;

/// What theory says of every node.
pub struct Predicted {
    /// On the mean over the examples; the correlation is the mean over pairs.
    pub mean: Vec<Prediction>,
    /// Classes of length, each with its share of the examples.
    pub lengths: Vec<(f64, Vec<Prediction>)>,
}

/// Walks the classes through the graph.
pub fn predictions(network: &Network, prior: &Prior, inputs: &[f32]) -> Result<Predicted, FeasibilityError> {
    let all = InputMoments::of(inputs, network.input())?;
    let examples: Vec<&[f32]> = inputs.chunks(network.input().elements()).collect();
    let mut mean = propagate(network, prior, &all)?;
    let lengths: Vec<(f64, Vec<Prediction>)> = by_length(&examples)
        .into_iter()
        .map(|class| {
            let share = class.len() as f64 / examples.len() as f64;
            Ok((share, propagate(network, prior, &InputMoments::of(&class.concat(), network.input())?)?))
        })
        .collect::<Result<_, FeasibilityError>>()?;
    let cosines: Vec<Vec<Prediction>> = classes_of_cosine(&examples)
        .into_iter()
        .map(|cosine| propagate(network, prior, &all.with_correlation(cosine)))
        .collect::<Result<_, _>>()?;
    for (node, prediction) in mean.iter_mut().enumerate() {
        if let Some(signal) = prediction.signal.as_mut() {
            let square = |class: &Vec<Prediction>| class[node].signal.map_or(f64::NAN, |signal| signal.mean_square);
            signal.mean_square = lengths.iter().map(|(share, class)| share * square(class)).sum();
            let correlation =
                |class: &Vec<Prediction>| class[node].signal.map_or(f64::NAN, |signal| signal.correlation);
            signal.correlation = cosines.iter().map(correlation).sum::<f64>() / cosines.len() as f64;
        }
        if let Some(gradient) = prediction.gradient.as_mut() {
            *gradient = lengths.iter().map(|(share, class)| share * class[node].gradient.unwrap_or(f64::NAN)).sum();
        }
    }
    Ok(Predicted { mean, lengths })
}

/// The examples in classes of like length, shortest first: a class spans the same factor as every other. Examples that
/// are 0 count with the shortest.
fn by_length<'e>(examples: &[&'e [f32]]) -> Vec<Vec<&'e [f32]>> {
    let logarithm = |example: &[f32]| example.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().ln();
    let logarithms: Vec<f64> = examples.iter().map(|example| logarithm(example)).collect();
    let finite = || logarithms.iter().copied().filter(|value| value.is_finite());
    let (least, most) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let mut classes = vec![Vec::new(); LENGTHS];
    for (&example, logarithm) in examples.iter().zip(&logarithms) {
        // a NaN, where all lengths are equal, becomes 0
        let place = LENGTHS as f64 * (logarithm - least) / (most - least);
        classes[(place as usize).min(LENGTHS - 1)].push(example);
    }
    classes.retain(|class| !class.is_empty());
    classes
}

/// The mean cosine of each of several equal classes of pairs, ascending; examples that are 0 take no part.
fn classes_of_cosine(examples: &[&[f32]]) -> Vec<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let lengths: Vec<f64> = examples.iter().map(|example| dot(example, example).sqrt()).collect();
    let mut cosines: Vec<f64> = Vec::new();
    for second in 1..examples.len() {
        for first in 0..second {
            cosines.push(dot(examples[first], examples[second]) / (lengths[first] * lengths[second]));
        }
    }
    cosines.retain(|cosine| cosine.is_finite());
    if cosines.is_empty() {
        return vec![0.0];
    }
    cosines.sort_by(f64::total_cmp);
    let mean = |class: &[f64]| (class.iter().sum::<f64>() / class.len() as f64).clamp(-1.0, 1.0);
    cosines.chunks(cosines.len().div_ceil(COSINES)).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_by_hand() {
        let classes = by_length(&[&[30.0, 40.0], &[1.0, 0.0], &[0.0, 0.0], &[0.0, -1.01], &[49.0, 0.0]]);
        assert_eq!(classes, [vec![&[1.0, 0.0], &[0.0, 0.0], &[0.0, -1.01]], vec![&[30.0, 40.0], &[49.0, 0.0]]]);
        assert_eq!(by_length(&[&[1.0], &[-1.0]]).len(), 1);
        assert_eq!(classes_of_cosine(&[&[1.0, 0.0], &[0.0, 2.0], &[-3.0, 0.0]]), [-1.0, 0.0, 0.0]);
        assert_eq!(classes_of_cosine(&[&[0.0], &[1.0]]), [0.0]);
    }

    #[test]
    fn a_homogeneous_activation_needs_no_classes_of_length() {
        let network: Network = "mlp(2, 8x3, 2, relu)".parse().unwrap();
        let prior: Prior = "glorot_normal".parse().unwrap();
        let inputs = [1.0, 2.0, 30.0, -1.0, 0.5, 0.25, -7.0, 2.0];
        let plain = propagate(&network, &prior, &InputMoments::of(&inputs, network.input()).unwrap()).unwrap();
        for (with, without) in predictions(&network, &prior, &inputs).unwrap().mean.iter().zip(&plain) {
            let (with_square, square) = (with.signal.unwrap().mean_square, without.signal.unwrap().mean_square);
            assert!((with_square / square - 1.0).abs() < 1e-9, "{}", with.node);
            assert!((with.gradient.unwrap() / without.gradient.unwrap() - 1.0).abs() < 1e-9);
        }
    }
}
