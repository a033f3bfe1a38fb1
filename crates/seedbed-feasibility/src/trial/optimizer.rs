//! Optimizers: the update rules, on plain slices.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::FeasibilityError;

/// An update rule and its settings, without the learning rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Optimizer {
    /// v ← momentum·v + g, w ← w − rate·v: PyTorch's form (Sutskever et al. 2013 put the rate inside v).
    Sgd {
        /// Share of the last step kept; in [0, 1).
        momentum: f64,
    },
    /// Adam with bias correction (Kingma & Ba 2015, algorithm 1).
    Adam {
        /// Decay of the mean gradient.
        beta1: f64,
        /// Decay of the mean squared gradient.
        beta2: f64,
        /// Added to the root of the mean squared gradient.
        epsilon: f64,
    },
}

impl Optimizer {
    /// SGD with the momentum that most published comparisons of initializations use.
    pub const SGD: Optimizer = Optimizer::Sgd { momentum: 0.9 };
    /// Adam with its paper's settings.
    pub const ADAM: Optimizer = Optimizer::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    /// The momentum, where the rule has one.
    pub fn momentum(self) -> Option<f64> {
        match self {
            Optimizer::Sgd { momentum } => Some(momentum),
            Optimizer::Adam { .. } => None,
        }
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Optimizer::Sgd { .. } => "sgd",
            Optimizer::Adam { .. } => "adam",
        })
    }
}

impl FromStr for Optimizer {
    type Err = FeasibilityError;

    fn from_str(text: &str) -> Result<Self, FeasibilityError> {
        match text {
            "sgd" => Ok(Optimizer::SGD),
            "adam" => Ok(Optimizer::ADAM),
            _ => Err(FeasibilityError::Setting {
                setting: "optimizer",
                found: text.to_owned(),
                wanted: "sgd or adam".to_owned(),
            }),
        }
    }
}

/// An optimizer at work: its memory of past gradients.
#[derive(Clone, Debug)]
pub struct Updates {
    optimizer: Optimizer,
    learning_rate: f64,
    clip_norm: Option<f64>,
    /// What the learning rate of each parameter is multiplied by; empty where all are 1.
    factors: Vec<f32>,
    steps: i32,
    first: Vec<Vec<f32>>,
    second: Vec<Vec<f32>>,
}

impl Updates {
    /// Starts with empty memory, shaped like `weights`.
    pub fn new(optimizer: Optimizer, learning_rate: f64, weights: &[Vec<f32>]) -> Self {
        let zeros = || weights.iter().map(|values| vec![0.0; values.len()]).collect();
        let second = if matches!(optimizer, Optimizer::Adam { .. }) { zeros() } else { Vec::new() };
        Updates { optimizer, learning_rate, clip_norm: None, factors: Vec::new(), steps: 0, first: zeros(), second }
    }

    /// The same, with every gradient longer than `norm` shortened to it.
    pub fn clipped(self, norm: Option<f64>) -> Self {
        Updates { clip_norm: norm, ..self }
    }

    /// The same with a learning rate of its own for each parameter: the common one times its factor.
    pub fn with_factors(self, factors: Vec<f32>) -> Self {
        Updates { factors, ..self }
    }

    fn factor(&self, parameter: usize) -> f32 {
        self.factors.get(parameter).copied().unwrap_or(1.0)
    }

    /// Changes the weights by one step along `gradients`.
    pub fn apply(&mut self, weights: &mut [Vec<f32>], mut gradients: Vec<Vec<f32>>) {
        self.steps += 1;
        if let Some(norm) = self.clip_norm {
            clip(&mut gradients, norm);
        }
        let gradients = &gradients;
        match self.optimizer {
            Optimizer::Sgd { momentum } => self.sgd(momentum as f32, weights, gradients),
            Optimizer::Adam { beta1, beta2, epsilon } => {
                let correction = (1.0 - beta2.powi(self.steps)).sqrt();
                let rate = self.learning_rate * correction / (1.0 - beta1.powi(self.steps));
                // epsilon moves with the correction, so that this is the paper's algorithm 1 exactly
                let settings = [beta1, beta2, epsilon * correction, rate].map(|value| value as f32);
                self.adam(settings, weights, gradients);
            }
        }
    }

    fn sgd(&mut self, momentum: f32, weights: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        let rates: Vec<f32> = (0..weights.len()).map(|place| self.learning_rate as f32 * self.factor(place)).collect();
        let memory = self.first.iter_mut().zip(rates);
        for ((values, gradient), (velocity, rate)) in weights.iter_mut().zip(gradients).zip(memory) {
            for ((value, slope), speed) in values.iter_mut().zip(gradient).zip(velocity) {
                *speed = momentum * *speed + slope;
                *value -= rate * *speed;
            }
        }
    }

    fn adam(&mut self, settings: [f32; 4], weights: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        let [beta1, beta2, epsilon, rate] = settings;
        let rates: Vec<f32> = (0..weights.len()).map(|place| rate * self.factor(place)).collect();
        let memory = self.first.iter_mut().zip(&mut self.second).zip(rates);
        for ((values, gradient), ((first, second), rate)) in weights.iter_mut().zip(gradients).zip(memory) {
            let memory = first.iter_mut().zip(second);
            for ((value, slope), (mean, square)) in values.iter_mut().zip(gradient).zip(memory) {
                *mean = beta1 * *mean + (1.0 - beta1) * slope;
                *square = beta2 * *square + (1.0 - beta2) * slope * slope;
                *value -= rate * *mean / (square.sqrt() + epsilon);
            }
        }
    }
}

/// g ← g · min(1, norm / (|g| + 1e-6)) with the length |g| over all parameters together (Pascanu, Mikolov & Bengio 2013);
/// PyTorch's `clip_grad_norm_`, which has the 1e-6 too.
fn clip(gradients: &mut [Vec<f32>], norm: f64) {
    let square: f64 = gradients.iter().flatten().map(|&slope| f64::from(slope).powi(2)).sum();
    let factor = norm / (square.sqrt() + 1e-6);
    if factor < 1.0 {
        gradients.iter_mut().flatten().for_each(|slope| *slope = (f64::from(*slope) * factor) as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps on the loss w²/2 from w = 1 at rate 0.1: the gradient is w itself.
    fn two_steps(optimizer: Optimizer) -> [f32; 2] {
        let mut weights = vec![vec![1.0f32]];
        let mut updates = Updates::new(optimizer, 0.1, &weights);
        [(); 2].map(|()| {
            let gradients = weights.clone();
            updates.apply(&mut weights, gradients);
            weights[0][0]
        })
    }

    #[test]
    fn momentum_by_hand() {
        // v = 1, w = 0.9; v = 0.9 + 0.9 = 1.8, w = 0.72
        let [first, second] = two_steps(Optimizer::SGD);
        assert!((first - 0.9).abs() < 1e-6 && (second - 0.72).abs() < 1e-6);
    }

    #[test]
    fn a_long_gradient_is_shortened_over_all_parameters() {
        // torch.nn.utils.clip_grad_norm_([3, 0], [0, 4]; 1): 0.6, 0.8
        let mut gradients = vec![vec![3.0, 0.0], vec![0.0, 4.0]];
        clip(&mut gradients, 1.0);
        assert!((gradients[0][0] - 0.6).abs() < 1e-6 && (gradients[1][1] - 0.8).abs() < 1e-6, "{gradients:?}");
        let mut short = vec![vec![0.3f32], vec![-0.4]];
        clip(&mut short, 1.0);
        assert_eq!(short, [[0.3], [-0.4]]);
        let mut weights = vec![vec![0.0f32]];
        Updates::new(Optimizer::Sgd { momentum: 0.0 }, 1.0, &weights)
            .clipped(Some(0.5))
            .apply(&mut weights, vec![vec![8.0]]);
        assert!((weights[0][0] + 0.5).abs() < 1e-6);
    }

    #[test]
    fn every_parameter_may_have_a_rate_of_its_own() {
        for optimizer in [Optimizer::SGD, Optimizer::ADAM] {
            let after = |rate: f64, factors: Vec<f32>| {
                let mut weights = vec![vec![1.0f32], vec![1.0]];
                let gradients = weights.clone();
                Updates::new(optimizer, rate, &weights).with_factors(factors).apply(&mut weights, gradients);
                weights.concat()
            };
            let [one, quarter] = [after(0.1, Vec::new())[0], after(0.025, Vec::new())[0]];
            assert_eq!(after(0.1, vec![1.0, 0.25]), [one, quarter], "{optimizer}");
        }
    }

    #[test]
    fn adam_agrees_with_pytorch() {
        // torch.optim.Adam(lr=0.1) on w²/2 from 1: 0.9000000, 0.8004122
        let [first, second] = two_steps(Optimizer::ADAM);
        assert!((first - 0.9).abs() < 1e-6 && (second - 0.800_412_2).abs() < 1e-5, "{second}");
    }
}
