//! What the end of a trial shows besides its loss: generalization, calibration, the way it came.

use std::collections::BTreeMap;

use seedbed_network::data::{Dataset, Targets};
use seedbed_network::run::{Batch, Runner};
use serde::{Deserialize, Serialize};

use super::Plan;
use crate::error::FeasibilityError;

/// Bins of the calibration error, as in Guo et al. (2017).
const CALIBRATION_BINS: usize = 15;

/// One thing that is measured at the end of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Test loss when the target was reached: at equal training loss.
    TestLossAtTarget,
    /// Test accuracy when the target was reached.
    TestAccuracyAtTarget,
    /// Loss on as many training examples as there are test examples, at the end.
    TrainLoss,
    /// Accuracy on the same.
    TrainAccuracy,
    /// Expected calibration error on the test examples; see [`calibration_error`].
    CalibrationError,
    /// |w − w₀| over all parameters.
    Distance,
    /// |w − w₀| / |w₀|; infinite from a start of zeros.
    RelativeDistance,
    /// Largest eigenvalue of the Hessian at the start.
    SharpnessAtStart,
    /// Largest eigenvalue of the Hessian at the end.
    SharpnessAtEnd,
    /// Smallest eigenvalue of the Hessian at a stall.
    LowestCurvature,
    /// Gradient norm at a stall, relative to the first one.
    GradientRatio,
}

/// What was measured; a measure that does not apply is absent.
pub type Measures = BTreeMap<Measure, f64>;

/// A trial that has ended.
pub struct Finished<'f> {
    /// Weights that it began with.
    pub start: &'f [Vec<f32>],
    /// Weights that it ended with.
    pub weights: &'f [Vec<f32>],
    /// What it was trained on.
    pub data: &'f Dataset,
}

/// Measures at the step that reached the target.
pub fn at_target(
    runner: &Runner,
    weights: &[Vec<f32>],
    data: &Dataset,
    plan: &Plan,
    measures: &mut Measures,
) -> Result<(), FeasibilityError> {
    if plan.measured {
        let test = runner.evaluate(weights, &Batch::of(&data.test, 0..data.test.examples()))?;
        measures.insert(Measure::TestLossAtTarget, test.loss);
        measures.insert(Measure::TestAccuracyAtTarget, test.accuracy);
    }
    Ok(())
}

/// Measures at the end.
pub fn measure(runner: &Runner, finished: &Finished, measures: &mut Measures) -> Result<(), FeasibilityError> {
    let Finished { start, weights, data } = *finished;
    let shown = data.test.examples().min(data.train.examples());
    let train = runner.evaluate(weights, &Batch::of(&data.train, 0..shown))?;
    measures.insert(Measure::TrainLoss, train.loss);
    if let Targets::Classes(labels) = &data.test.targets {
        measures.insert(Measure::TrainAccuracy, train.accuracy);
        let outputs = runner.outputs(weights, &data.test.inputs)?;
        measures.insert(Measure::CalibrationError, calibration_error(&outputs, labels));
    }
    let squares = |pairs: &mut dyn Iterator<Item = f64>| pairs.map(|value| value * value).sum::<f64>().sqrt();
    let moved = start.iter().flatten().zip(weights.iter().flatten());
    let distance = squares(&mut moved.map(|(&from, &to)| f64::from(to) - f64::from(from)));
    let begun = squares(&mut start.iter().flatten().map(|&value| f64::from(value)));
    measures.insert(Measure::Distance, distance);
    measures.insert(Measure::RelativeDistance, distance / begun);
    Ok(())
}

/// Expected calibration error: Σ over 15 equal bins of confidence of (examples in it / all) · |accuracy − mean confidence|,
/// where the confidence is the largest probability of the softmax (Guo et al. 2017, equation 3). NaN where an output is
/// not finite or there are no examples.
///
/// `outputs` is row-major, a row an answer.
///
/// ```
/// use seedbed_feasibility::trial::calibration_error;
/// // two answers at even odds, one of them right: confidence 0.5, accuracy 0.5
/// assert_eq!(calibration_error(&[1.0, 1.0, 2.0, 2.0], &[0, 1]), 0.0);
/// ```
pub fn calibration_error(outputs: &[f32], labels: &[u32]) -> f64 {
    if labels.is_empty() || outputs.iter().any(|output| !output.is_finite()) {
        return f64::NAN;
    }
    let classes = outputs.len() / labels.len();
    let mut gaps = [0.0; CALIBRATION_BINS];
    for (row, &label) in outputs.chunks(classes.max(1)).zip(labels) {
        let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let total: f64 = row.iter().map(|&output| f64::from(output - largest).exp()).sum();
        let confidence = 1.0 / total;
        let right = row.iter().position(|&output| output == largest) == Some(label as usize);
        let bin = ((confidence * CALIBRATION_BINS as f64).ceil() as usize).clamp(1, CALIBRATION_BINS) - 1;
        gaps[bin] += f64::from(u8::from(right)) - confidence;
    }
    gaps.iter().map(|gap| gap.abs()).sum::<f64>() / labels.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calibration_by_hand() {
        // confidences ln-odds 3:1 = 0.75, all wrong: error 0.75; all right: 0.25
        let outputs = [3f32.ln(), 0.0, 3f32.ln(), 0.0];
        assert!((calibration_error(&outputs, &[1, 1]) - 0.75).abs() < 1e-6);
        assert!((calibration_error(&outputs, &[0, 0]) - 0.25).abs() < 1e-6);
        // one of each in one bin: accuracy 0.5 against 0.75
        assert!((calibration_error(&outputs, &[0, 1]) - 0.25).abs() < 1e-6);
        assert!(calibration_error(&[f32::NAN, 0.0], &[0]).is_nan());
    }
}
