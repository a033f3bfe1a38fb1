//! What the end of a trial shows besides its loss: generalization, calibration, the way it came.

use std::collections::BTreeMap;

use seedbed_network::data::{Dataset, Targets};
use seedbed_network::graph::Network;
use seedbed_network::run::{Batch, Runner};
use serde::{Deserialize, Serialize};

use super::{Plan, State, smoothed};
use crate::curvature;
use crate::error::FeasibilityError;
use crate::probe::PROBE_EXAMPLES;
use crate::record::Ended;
use crate::stall::{self, Gradient, StallKind, escape_time};

/// Bins of the calibration error, as in Guo et al. (2017).
const CALIBRATION_BINS: usize = 15;
/// A loss that climbs above this many times the first has been thrown, not jostled by the noise of its batches.
const CATAPULT: f32 = 1.5;
/// The share of the way to the target at which the first plateau is left.
const ESCAPED: f64 = 0.1;

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
    /// Largest eigenvalue of the Hessian at the start, on the first 256 training examples.
    SharpnessAtStart,
    /// The same at the end.
    SharpnessAtEnd,
    /// The first learning rate after the warm-up over the largest stable one, 2 (1 + momentum) / sharpness at the start; above
    /// 1 a step first climbs. Absent for rules that scale the gradient.
    RateOverStable,
    /// Smallest eigenvalue of the Hessian at a stall.
    LowestCurvature,
    /// Gradient norm at a stall, relative to the first one.
    GradientRatio,
    /// The largest loss over the first.
    PeakLossRatio,
    /// 1 where the loss climbed above 1.5 times the first and later fell below the first (Lewkowycz et al. 2020), otherwise 0.
    Catapult,
    /// Steps until the smoothed loss had fallen a tenth of its way to the target; see
    /// [`escape_time`](crate::stall::escape_time). Absent where it never did.
    EscapeSteps,
}

/// What was measured; a measure that does not apply is absent.
pub type Measures = BTreeMap<Measure, f64>;

/// Watches a trial that is to be measured.
pub struct Watch<'w> {
    runner: &'w Runner<'w>,
    network: &'w Network,
    data: &'w Dataset,
    plan: &'w Plan,
    start: Vec<Vec<f32>>,
}

impl<'w> Watch<'w> {
    /// Keeps the first weights.
    pub fn begin(
        runner: &'w Runner<'w>,
        network: &'w Network,
        data: &'w Dataset,
        plan: &'w Plan,
        start: &[Vec<f32>],
    ) -> Self {
        Watch { runner, network, data, plan, start: start.to_vec() }
    }

    /// Measures before the first step.
    pub fn at_start(&self, state: &mut State, learning_rate: f64) -> Result<(), FeasibilityError> {
        if let Some(sharpness) = self.sharpness(&self.start)? {
            state.measures.insert(Measure::SharpnessAtStart, sharpness);
            if let Some(stable) = self.plan.optimizer.largest_stable_rate(sharpness).filter(|stable| *stable > 0.0) {
                state.measures.insert(Measure::RateOverStable, learning_rate / stable);
            }
        }
        Ok(())
    }

    /// Measures at the step that reached the target.
    pub fn at_target(&self, state: &mut State) -> Result<(), FeasibilityError> {
        let all = Batch::of(&self.data.test, 0..self.data.test.examples());
        let test = self.runner.evaluate(&state.weights, &all)?;
        state.measures.insert(Measure::TestLossAtTarget, test.loss);
        state.measures.insert(Measure::TestAccuracyAtTarget, test.accuracy);
        Ok(())
    }

    /// Measures at the end, and says what a stall is.
    pub fn end(&self, state: &mut State, ended: Ended) -> Result<Option<StallKind>, FeasibilityError> {
        let State { weights, losses, measures, .. } = state;
        self.generalization(weights, measures)?;
        self.way(weights, measures);
        measures.extend(of_losses(losses, self.plan));
        if ended != Ended::Diverged
            && let Some(sharpness) = self.sharpness(weights)?
        {
            measures.insert(Measure::SharpnessAtEnd, sharpness);
        }
        if ended != Ended::Stalled {
            return Ok(None);
        }
        let (train, batch) = (&self.data.train, self.plan.batch);
        let begun = Gradient::at(self.network, &self.start, train, batch)?;
        let stall = stall::diagnose(self.network, weights, train, batch, &begun);
        let Some(stall) = where_finite(stall)? else { return Ok(None) };
        measures.insert(Measure::LowestCurvature, stall.evidence.curvature.lowest.value);
        measures.insert(Measure::GradientRatio, stall.evidence.gradient_ratio);
        Ok(Some(stall.kind))
    }

    /// `None` where it is not asked for, or nothing around the weights is finite.
    fn sharpness(&self, weights: &[Vec<f32>]) -> Result<Option<f64>, FeasibilityError> {
        if !self.plan.curvature {
            return Ok(None);
        }
        let examples = self.data.train.examples().min(PROBE_EXAMPLES);
        where_finite(curvature::sharpness(self.network, weights, &Batch::of(&self.data.train, 0..examples)))
    }

    fn generalization(&self, weights: &[Vec<f32>], measures: &mut Measures) -> Result<(), FeasibilityError> {
        let Dataset { train, test, .. } = self.data;
        let shown = test.examples().min(train.examples());
        let found = self.runner.evaluate(weights, &Batch::of(train, 0..shown))?;
        measures.insert(Measure::TrainLoss, found.loss);
        if let Targets::Classes(labels) = &test.targets {
            measures.insert(Measure::TrainAccuracy, found.accuracy);
            let outputs = self.runner.outputs(weights, &test.inputs)?;
            measures.insert(Measure::CalibrationError, calibration_error(&outputs, labels));
        }
        Ok(())
    }

    fn way(&self, weights: &[Vec<f32>], measures: &mut Measures) {
        let squares = |pairs: &mut dyn Iterator<Item = f64>| pairs.map(|value| value * value).sum::<f64>().sqrt();
        let moved = self.start.iter().flatten().zip(weights.iter().flatten());
        let distance = squares(&mut moved.map(|(&from, &to)| f64::from(to) - f64::from(from)));
        let begun = squares(&mut self.start.iter().flatten().map(|&value| f64::from(value)));
        measures.insert(Measure::Distance, distance);
        measures.insert(Measure::RelativeDistance, distance / begun);
    }
}

/// `None` where the gradients around the weights overflow: such a trial has no curvature.
fn where_finite<T>(found: Result<T, FeasibilityError>) -> Result<Option<T>, FeasibilityError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(FeasibilityError::NoCurvature { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What the loss curve alone shows.
fn of_losses(losses: &[f32], plan: &Plan) -> Measures {
    let mut found = Measures::new();
    let Some(&first) = losses.first().filter(|first| first.is_finite() && **first > 0.0) else { return found };
    let peak = losses.iter().copied().filter(|loss| loss.is_finite()).fold(first, f32::max);
    let peak_step = losses.iter().position(|&loss| loss == peak).unwrap_or(0);
    let came_back = losses[peak_step..].iter().any(|&loss| loss < first);
    found.insert(Measure::PeakLossRatio, f64::from(peak / first));
    found.insert(Measure::Catapult, f64::from(u8::from(peak > CATAPULT * first && came_back)));
    let smooth: Vec<f32> = smoothed(losses, plan.smoothing_steps).into_iter().map(|loss| loss as f32).collect();
    let escaped = escape_time(&smooth, plan.target_loss, ESCAPED);
    if escaped.observed {
        found.insert(Measure::EscapeSteps, escaped.steps);
    }
    found
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
    fn a_catapult_climbs_and_comes_back() {
        let plan = Plan { smoothing_steps: 1, target_loss: 0.5, ..Plan::default_with(super::super::Optimizer::SGD) };
        let found = |losses: &[f32]| of_losses(losses, &plan);
        let thrown = found(&[2.0, 8.0, 3.0, 1.0]);
        assert_eq!((thrown[&Measure::PeakLossRatio], thrown[&Measure::Catapult]), (4.0, 1.0));
        assert_eq!(thrown[&Measure::EscapeSteps], 3.0);
        assert_eq!(found(&[2.0, 8.0, f32::NAN])[&Measure::Catapult], 0.0);
        assert_eq!(found(&[2.0, 2.9, 1.0])[&Measure::Catapult], 0.0);
        assert!(!found(&[2.0, 1.9]).contains_key(&Measure::EscapeSteps));
        assert!(found(&[f32::NAN]).is_empty());
    }

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
