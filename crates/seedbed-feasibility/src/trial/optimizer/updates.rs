//! Optimizers at work, on plain slices.

use super::{Moments, Optimizer};

/// An optimizer at work: its memory of past gradients.
#[derive(Clone, Debug, PartialEq)]
pub struct Updates {
    optimizer: Optimizer,
    learning_rate: f64,
    clip_norm: Option<f64>,
    weight_decay: f64,
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
        let (first, second) = match optimizer {
            Optimizer::Sgd { .. } => (zeros(), Vec::new()),
            Optimizer::Adam(_) | Optimizer::AdamW(_) => (zeros(), zeros()),
            Optimizer::RmsProp { .. } => (Vec::new(), zeros()),
        };
        let (clip_norm, factors) = (None, Vec::new());
        Updates { optimizer, learning_rate, clip_norm, weight_decay: 0.0, factors, steps: 0, first, second }
    }

    /// The same, with every gradient longer than `norm` shortened to it.
    pub fn clipped(self, norm: Option<f64>) -> Self {
        Updates { clip_norm: norm, ..self }
    }

    /// The same with weight decay: decay·w is added to the gradient after clipping, as PyTorch does; with AdamW the
    /// weights shrink by rate·decay instead.
    pub fn decayed(self, weight_decay: f64) -> Self {
        Updates { weight_decay, ..self }
    }

    /// What it remembers of past gradients: means, then mean squares, where the rule has them.
    pub fn memory(&self) -> impl Iterator<Item = &Vec<f32>> {
        self.first.iter().chain(&self.second)
    }

    /// The same memory, to be filled with that of a run after so many `steps`.
    pub fn recall(&mut self, steps: usize) -> impl Iterator<Item = &mut Vec<f32>> {
        self.steps = i32::try_from(steps).unwrap_or(i32::MAX);
        self.first.iter_mut().chain(&mut self.second)
    }

    /// Goes on at another learning rate.
    pub fn set_learning_rate(&mut self, learning_rate: f64) {
        self.learning_rate = learning_rate;
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
        self.decay(weights, &mut gradients);
        let gradients = &gradients;
        match self.optimizer {
            Optimizer::Sgd { momentum, nesterov } => self.sgd(momentum as f32, nesterov, weights, gradients),
            Optimizer::Adam(moments) | Optimizer::AdamW(moments) => self.adam(moments, weights, gradients),
            Optimizer::RmsProp { decay, epsilon } => self.rms_prop(decay, epsilon as f32, weights, gradients),
        }
    }

    fn decay(&self, weights: &mut [Vec<f32>], gradients: &mut [Vec<f32>]) {
        if self.weight_decay == 0.0 {
            return;
        }
        let decoupled = matches!(self.optimizer, Optimizer::AdamW(_));
        for (place, (values, gradient)) in weights.iter_mut().zip(gradients).enumerate() {
            let rate = self.learning_rate * f64::from(self.factor(place));
            let kept = (1.0 - rate * self.weight_decay) as f32;
            let decay = self.weight_decay as f32;
            if decoupled {
                values.iter_mut().for_each(|value| *value *= kept);
            } else {
                values.iter().zip(gradient).for_each(|(value, slope)| *slope += decay * value);
            }
        }
    }

    /// The learning rate of every parameter, from the common one.
    fn rates(&self, common: f64) -> impl Iterator<Item = f32> + use<> {
        let factors = self.factors.clone();
        (0..).map(move |place: usize| common as f32 * factors.get(place).copied().unwrap_or(1.0))
    }

    fn sgd(&mut self, momentum: f32, nesterov: bool, weights: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        let memory = self.rates(self.learning_rate).zip(&mut self.first);
        for ((values, gradient), (rate, velocity)) in weights.iter_mut().zip(gradients).zip(memory) {
            for ((value, slope), speed) in values.iter_mut().zip(gradient).zip(velocity) {
                *speed = momentum * *speed + slope;
                let along = if nesterov { momentum * *speed + slope } else { *speed };
                *value -= rate * along;
            }
        }
    }

    fn adam(&mut self, moments: Moments, weights: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        let Moments { beta1, beta2, epsilon } = moments;
        let correction = (1.0 - beta2.powi(self.steps)).sqrt();
        let rates = self.rates(self.learning_rate * correction / (1.0 - beta1.powi(self.steps)));
        // epsilon moves with the correction, so that this is the paper's algorithm 1 exactly
        // 1 - beta in double precision: in single, 1 - 0.999 is off by 5e-5 of itself
        let [rest1, rest2] = [beta1, beta2].map(|beta| (1.0 - beta) as f32);
        let [beta1, beta2, epsilon] = [beta1, beta2, epsilon * correction].map(|value| value as f32);
        let memory = self.first.iter_mut().zip(&mut self.second).zip(rates);
        for ((values, gradient), ((first, second), rate)) in weights.iter_mut().zip(gradients).zip(memory) {
            let memory = first.iter_mut().zip(second);
            for ((value, slope), (mean, square)) in values.iter_mut().zip(gradient).zip(memory) {
                *mean = beta1 * *mean + rest1 * slope;
                *square = beta2 * *square + rest2 * slope * slope;
                *value -= rate * *mean / (square.sqrt() + epsilon);
            }
        }
    }

    fn rms_prop(&mut self, decay: f64, epsilon: f32, weights: &mut [Vec<f32>], gradients: &[Vec<f32>]) {
        let (decay, rest) = (decay as f32, (1.0 - decay) as f32);
        let memory = self.rates(self.learning_rate).zip(&mut self.second);
        for ((values, gradient), (rate, squares)) in weights.iter_mut().zip(gradients).zip(memory) {
            for ((value, slope), square) in values.iter_mut().zip(gradient).zip(squares) {
                *square = decay * *square + rest * slope * slope;
                *value -= rate * slope / (square.sqrt() + epsilon);
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
        steps_with(optimizer, 0.1, 0.0)
    }

    fn steps_with(optimizer: Optimizer, rate: f64, weight_decay: f64) -> [f32; 2] {
        let mut weights = vec![vec![1.0f32]];
        let mut updates = Updates::new(optimizer, rate, &weights).decayed(weight_decay);
        [(); 2].map(|()| {
            let gradients = weights.clone();
            updates.apply(&mut weights, gradients);
            weights[0][0]
        })
    }

    #[test]
    fn momentum_by_hand() {
        // v = 1, w = 0.9; v = 0.9 + 0.9 = 1.8, w = 0.72
        let [first, second] = two_steps(Optimizer::MOMENTUM);
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
        Updates::new(Optimizer::SGD, 1.0, &weights).clipped(Some(0.5)).apply(&mut weights, vec![vec![8.0]]);
        assert!((weights[0][0] + 0.5).abs() < 1e-6);
    }

    #[test]
    fn every_parameter_may_have_a_rate_of_its_own() {
        for optimizer in [Optimizer::MOMENTUM, Optimizer::ADAM, Optimizer::RMSPROP] {
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

    #[test]
    fn every_rule_agrees_with_pytorch() {
        // torch.optim on w²/2 from 1 in double precision, two steps
        for (optimizer, rate, weight_decay, expected) in [
            (Optimizer::NESTEROV, 0.1, 0.0, [0.81, 0.5751]),
            (Optimizer::MOMENTUM, 0.1, 0.5, [0.85, 0.5875]),
            (Optimizer::ADAM, 0.1, 0.5, [0.9, 0.800_412_2]),
            (Optimizer::ADAMW, 0.1, 0.5, [0.85, 0.708_248_4]),
            (Optimizer::RMSPROP, 0.01, 0.0, [0.9, 0.832_918]),
            (Optimizer::RMSPROP, 0.01, 0.5, [0.9, 0.832_918]),
        ] {
            for (found, expected) in steps_with(optimizer, rate, weight_decay).into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-6, "{optimizer}: {found} {expected}");
            }
        }
    }
}
