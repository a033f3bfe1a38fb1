//! The four second moments, and what each kind of step does to them.

use seedbed::Activation;
use seedbed::quadrature::gaussian_expectation;
use seedbed_network::graph::NodeIndex;

use super::Signal;
use crate::bivariate::{bivariate, bivariate_of};

/// Second moments of one unit: means of products of two values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// The value with itself.
    pub same: f64,
    /// With another position of the same example.
    pub elsewhere: f64,
    /// With the same position of the other example.
    pub other: f64,
    /// With another position of the other example.
    pub other_elsewhere: f64,
}

impl Moments {
    pub fn map(self, f: impl Fn(f64) -> f64) -> Moments {
        let Moments { same, elsewhere, other, other_elsewhere } = self;
        Moments { same: f(same), elsewhere: f(elsewhere), other: f(other), other_elsewhere: f(other_elsewhere) }
    }

    /// The covariances, given the mean.
    pub fn centred(self, mean: f64) -> Moments {
        let centred = self.map(|moment| moment - mean * mean);
        Moments { same: centred.same.max(0.0), ..centred }
    }
}

/// A Gaussian pre-activation and the activation on it, which a maximum needs.
#[derive(Clone, Copy, Debug)]
pub struct Activated {
    pub activation: Activation,
    pub mean: f64,
    pub covariances: Moments,
}

/// What is known of a node's output.
#[derive(Clone, Debug)]
pub struct State {
    pub mean: f64,
    pub moments: Moments,
    /// Positions of an image; 1 for a vector.
    pub positions: usize,
    /// Whether each unit is Gaussian over draws.
    pub gaussian: bool,
    /// What it was before the activation, if it is one of Gaussians.
    pub activated: Option<Activated>,
    /// The nodes whose random weights it comes from last.
    pub origins: Vec<NodeIndex>,
}

impl State {
    pub fn signal(&self) -> Signal {
        let Moments { same, other, .. } = self.moments;
        Signal { mean: self.mean, mean_square: same, correlation: if same > 0.0 { other / same } else { 1.0 } }
    }

    /// E φ′² of an activation on this.
    pub fn slope_square(&self, activation: Activation) -> f64 {
        let shift = self.mean;
        let kinks = shifted(activation, shift);
        let variance = self.moments.centred(shift).same;
        let [square] = gaussian_expectation(variance, &kinks, |z| [activation.derivative(z + shift).powi(2)]);
        square
    }

    /// φ of it, taken as Gaussian.
    pub fn activate(&self, activation: Activation) -> State {
        let (shift, covariances) = (self.mean, self.moments.centred(self.mean));
        let kinks = shifted(activation, shift);
        let [mean, square] = gaussian_expectation(covariances.same, &kinks, |z| {
            let value = activation.value(z + shift);
            [value, value * value]
        });
        let variance = covariances.same;
        let product = |covariance: f64| {
            if covariance >= variance {
                square
            } else if shift == 0.0 {
                bivariate(activation, variance, variance, covariance).product
            } else {
                let function = |z: f64| (activation.value(z + shift), activation.derivative(z + shift));
                bivariate_of(function, &kinks, variance, variance, covariance).product
            }
        };
        let other = product(covariances.other);
        let (elsewhere, other_elsewhere) = match self.positions {
            1 => (square, other),
            _ => (product(covariances.elsewhere), product(covariances.other_elsewhere)),
        };
        let moments = Moments { same: square, elsewhere, other, other_elsewhere };
        let activated = self.gaussian.then_some(Activated { activation, mean: shift, covariances });
        State { mean, moments, gaussian: false, activated, ..self.clone() }
    }

    /// The sum with a signal of independent weights: products of the two are products of their means.
    pub fn plus(&self, second: &State) -> State {
        let crossed = 2.0 * self.mean * second.mean;
        let (a, b) = (self.moments, second.moments);
        let moments = Moments {
            same: a.same + b.same + crossed,
            elsewhere: a.elsewhere + b.elsewhere + crossed,
            other: a.other + b.other + crossed,
            other_elsewhere: a.other_elsewhere + b.other_elsewhere + crossed,
        };
        State {
            mean: self.mean + second.mean,
            moments,
            positions: self.positions,
            gaussian: self.gaussian && second.gaussian,
            activated: None,
            origins: self.origins.iter().chain(&second.origins).copied().collect(),
        }
    }

    /// Standardized over all units and positions, then times a scale and plus a shift, each one number an element.
    pub fn normalize(&self, epsilon: f64, scale: Element, shift: Element) -> State {
        let covariances = self.moments.centred(self.mean);
        let share = 1.0 / (covariances.same + epsilon);
        // two positions have scales of their own, two examples share them
        let (near, far) = (scale.square(), scale.mean * scale.mean);
        let moments = Moments {
            same: near * share * covariances.same + shift.square(),
            other: near * share * covariances.other + shift.square(),
            elsewhere: far * share * covariances.elsewhere + shift.mean * shift.mean,
            other_elsewhere: far * share * covariances.other_elsewhere + shift.mean * shift.mean,
        };
        let gaussian = self.gaussian && scale.variance == 0.0;
        State { mean: shift.mean, moments, gaussian, activated: None, ..self.clone() }
    }

    /// The mean over windows of `window` positions.
    pub fn average(&self, window: usize, positions: usize) -> State {
        let share = 1.0 / window as f64;
        let Moments { same, elsewhere, other, other_elsewhere } = self.moments;
        let moments = Moments {
            same: share * same + (1.0 - share) * elsewhere,
            other: share * other + (1.0 - share) * other_elsewhere,
            ..self.moments
        };
        State { moments, positions, activated: None, ..self.clone() }
    }
}

fn shifted(activation: Activation, shift: f64) -> Vec<f64> {
    activation.kinks().iter().map(|kink| kink - shift).collect()
}

/// Mean and variance of one element of a parameter.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    pub mean: f64,
    pub variance: f64,
}

impl Element {
    pub fn square(self) -> f64 {
        self.variance + self.mean * self.mean
    }
}

/// A dense layer or a convolution.
#[derive(Clone, Copy, Debug)]
pub struct Affine {
    pub weight: Element,
    pub bias: Element,
    /// Channels that one output sees.
    pub channels: f64,
    /// Positions that one output sees, the mean over outputs: those in the padding do not count.
    pub taps: f64,
}

impl Affine {
    /// `W x + b`.
    pub fn apply(&self, state: &State, origin: NodeIndex, positions: usize) -> State {
        let Affine { weight, bias, channels, taps } = *self;
        let inputs = channels * taps;
        let through = |moment: f64| weight.variance * inputs * moment + bias.square();
        let mut moments = state.moments.map(through);
        if weight.mean != 0.0 {
            // what all weights have in common multiplies the sum of the inputs
            let covariances = state.moments.centred(state.mean);
            let sum = inputs * state.mean;
            let shared = weight.mean * weight.mean;
            let crossed = 2.0 * weight.mean * bias.mean * sum + shared * sum * sum;
            let at_one = |near: f64, far: f64| shared * channels * taps * (near + (taps - 1.0) * far) + crossed;
            let at_two = |far: f64| shared * channels * taps * taps * far + crossed;
            moments.same += at_one(covariances.same, covariances.elsewhere);
            moments.other += at_one(covariances.other, covariances.other_elsewhere);
            moments.elsewhere += at_two(covariances.elsewhere);
            moments.other_elsewhere += at_two(covariances.other_elsewhere);
        }
        State {
            mean: weight.mean * inputs * state.mean + bias.mean,
            moments,
            positions,
            gaussian: true,
            activated: None,
            origins: vec![origin],
        }
    }
}
