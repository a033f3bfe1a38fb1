//! Schedules: how the learning rate moves over a trial.

use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::error::FeasibilityError;

/// The share of the learning rate at each step of a trial.
///
/// With s the step from 0, T the budget in steps and W the steps of warm-up:
///
/// - `constant`: 1
/// - `cosine`: ½ (1 + cos(π (s − W) / (T − W))) (Loshchilov & Hutter 2017, equation 5, one cycle)
/// - `step(factor=0.1, every=0.5)`: factor^⌊(s − W) / (every · (T − W))⌋
///
/// `warmup` goes before each: at s < W the share is (s + 1) / W (linear; Goyal et al. 2017, section 2.2). PyTorch's
/// `LinearLR` begins at a third instead.
///
/// ```
/// use seedbed_feasibility::trial::Schedule;
/// let schedule: Schedule = "cosine(warmup=10)".parse()?;
/// assert_eq!((schedule.share(0, 110), schedule.share(10, 110)), (0.1, 1.0));
/// assert!((schedule.share(60, 110) - 0.5).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Schedule {
    /// What follows the warm-up.
    pub shape: Shape,
    /// Steps of linear warm-up; 0 for none.
    pub warmup_steps: usize,
}

/// The form of a schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// The same rate throughout.
    Constant,
    /// Down to nothing along half a cosine.
    Cosine,
    /// Down by a factor at even distances.
    Step {
        /// What the rate is multiplied by each time; in (0, 1].
        factor: f64,
        /// The distance, as a share of the budget; in (0, 1].
        every: f64,
    },
}

impl Schedule {
    /// The same rate from the first step to the last.
    pub const CONSTANT: Schedule = Schedule { shape: Shape::Constant, warmup_steps: 0 };

    /// What the learning rate is multiplied by at `step` (from 0) of `steps`.
    pub fn share(&self, step: usize, steps: usize) -> f64 {
        if step < self.warmup_steps {
            return (step + 1) as f64 / self.warmup_steps as f64;
        }
        let left = steps.saturating_sub(self.warmup_steps).max(1) as f64;
        let gone = (step - self.warmup_steps) as f64 / left;
        match self.shape {
            Shape::Constant => 1.0,
            Shape::Cosine => 0.5 * (1.0 + (PI * gone).cos()),
            Shape::Step { factor, every } => factor.powi((gone / every) as i32),
        }
    }

    /// The same with another warm-up.
    pub fn warmed(self, warmup_steps: usize) -> Schedule {
        Schedule { warmup_steps, ..self }
    }
}

impl Default for Schedule {
    fn default() -> Self {
        Schedule::CONSTANT
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let warmup = (self.warmup_steps > 0).then(|| format!("warmup={}", self.warmup_steps));
        let (name, mut arguments) = match self.shape {
            Shape::Constant => ("constant", Vec::new()),
            Shape::Cosine => ("cosine", Vec::new()),
            Shape::Step { factor, every } => ("step", vec![format!("factor={factor}"), format!("every={every}")]),
        };
        arguments.extend(warmup);
        if arguments.is_empty() { f.write_str(name) } else { write!(f, "{name}({})", arguments.join(", ")) }
    }
}

impl FromStr for Schedule {
    type Err = FeasibilityError;

    fn from_str(text: &str) -> Result<Self, FeasibilityError> {
        let call = Call::parse("schedule", text)?;
        let (mut warmup, mut factor, mut every) = (0.0, 0.1, 0.5);
        let shape = match call.name {
            "constant" | "cosine" => {
                call.fill(&mut [("warmup", &mut warmup)])?;
                if call.name == "cosine" { Shape::Cosine } else { Shape::Constant }
            }
            "step" => {
                call.fill(&mut [("warmup", &mut warmup), ("factor", &mut factor), ("every", &mut every)])?;
                Shape::Step { factor, every }
            }
            _ => return Err(call.refuse("constant, cosine or step, such as cosine(warmup=50)")),
        };
        let share = |value: f64| value > 0.0 && value <= 1.0;
        if !(share(factor) && share(every)) {
            return Err(call.refuse("a factor and a distance above 0 and at most 1"));
        }
        if !(warmup >= 0.0 && warmup.fract() == 0.0 && warmup <= f64::from(u32::MAX)) {
            return Err(call.refuse("a whole number of warm-up steps"));
        }
        Ok(Schedule { shape, warmup_steps: warmup as usize })
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> String {
        schedule.to_string()
    }
}

impl TryFrom<String> for Schedule {
    type Error = FeasibilityError;

    fn try_from(text: String) -> Result<Self, FeasibilityError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(text: &str, steps: usize) -> Vec<f64> {
        let schedule: Schedule = text.parse().unwrap();
        (0..steps).map(|step| schedule.share(step, steps)).collect()
    }

    #[test]
    fn agrees_with_pytorch() {
        // torch.optim.lr_scheduler.CosineAnnealingLR(T_max=4), lr 1: 1, 0.853553, 0.5, 0.146447
        let cosine = shares("cosine", 4);
        for (found, expected) in cosine.iter().zip([1.0, 0.853_553_390_593_273_8, 0.5, 0.146_446_609_406_726_2]) {
            assert!((found - expected).abs() < 1e-12, "{cosine:?}");
        }
        // torch.optim.lr_scheduler.StepLR(step_size=2, gamma=0.5)
        assert_eq!(shares("step(factor=0.5, every=0.333)", 6), [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]);
        assert_eq!(shares("constant(warmup=2)", 4), [0.5, 1.0, 1.0, 1.0]);
    }

    #[test]
    fn text_goes_both_ways() {
        for text in ["constant", "cosine", "cosine(warmup=50)", "step(factor=0.1, every=0.5, warmup=5)"] {
            assert_eq!(text.parse::<Schedule>().unwrap().to_string(), text);
        }
        for (text, part) in [
            ("linear", "constant, cosine or step"),
            ("cosine(warm=3)", "cosine takes warmup"),
            ("constant(warmup=2.5)", "whole number"),
            ("step(factor=0)", "above 0"),
            ("step(every=0.5", "closing"),
            ("cosine(warmup)", "name=number"),
            ("cosine(warmup=1, warmup=2)", "warmup once"),
        ] {
            let message = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn a_warm_up_longer_than_the_trial_never_ends() {
        assert_eq!(shares("cosine(warmup=10)", 4), [0.1, 0.2, 0.3, 0.4]);
    }
}
