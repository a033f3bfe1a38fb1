//! Activation functions: the nonlinearities a network's graph may hold, in f64.
//!
//! Here they are functions of one number, for theory and probes; `run` maps them to the engine.

use std::f64::consts::{FRAC_1_SQRT_2, PI};
use std::fmt;
use std::str::FromStr;

use crate::error::NetworkError;

/// An elementwise nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// φ(z) = z.
    Identity,
    /// φ(z) = max(z, 0).
    Relu,
    /// φ(z) = z for z > 0, `slope`·z otherwise.
    LeakyRelu {
        /// Slope of the negative side; finite. PyTorch's default is 0.01.
        slope: f64,
    },
    /// φ(z) = tanh z.
    Tanh,
    /// φ(z) = 1 / (1 + e^−z).
    Sigmoid,
    /// φ(z) = z·Φ(z), exact (not the tanh approximation).
    Gelu,
    /// φ(z) = z·sigmoid(z), also called swish.
    Silu,
}

/// PyTorch's default slope of the leaky ReLU's negative side.
const DEFAULT_LEAKY_SLOPE: f64 = 0.01;

impl Activation {
    /// Every activation with its default setting, for `seedbed list activations`.
    pub const ALL: [Activation; 7] = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu { slope: DEFAULT_LEAKY_SLOPE },
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::Gelu,
        Activation::Silu,
    ];

    /// The name without settings: `leaky_relu`.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Identity => "identity",
            Activation::Relu => "relu",
            Activation::LeakyRelu { .. } => "leaky_relu",
            Activation::Tanh => "tanh",
            Activation::Sigmoid => "sigmoid",
            Activation::Gelu => "gelu",
            Activation::Silu => "silu",
        }
    }

    /// The formula, for people.
    pub fn formula(self) -> &'static str {
        match self {
            Activation::Identity => "z",
            Activation::Relu => "max(z, 0)",
            Activation::LeakyRelu { .. } => "z for z > 0, slope·z otherwise",
            Activation::Tanh => "tanh z",
            Activation::Sigmoid => "1 / (1 + exp(-z))",
            Activation::Gelu => "z·Φ(z), exact",
            Activation::Silu => "z / (1 + exp(-z))",
        }
    }

    /// φ(z).
    pub fn value(self, z: f64) -> f64 {
        match self {
            Activation::Identity => z,
            Activation::Relu => z.max(0.0),
            Activation::LeakyRelu { slope } => {
                if z > 0.0 {
                    z
                } else {
                    slope * z
                }
            }
            Activation::Tanh => z.tanh(),
            Activation::Sigmoid => sigmoid(z),
            Activation::Gelu => z * normal_cdf(z),
            Activation::Silu => z * sigmoid(z),
        }
    }

    /// φ′(z); at a kink the derivative from the left.
    pub fn derivative(self, z: f64) -> f64 {
        match self {
            Activation::Identity => 1.0,
            Activation::Relu => {
                if z > 0.0 {
                    1.0
                } else {
                    0.0
                }
            }
            Activation::LeakyRelu { slope } => {
                if z > 0.0 {
                    1.0
                } else {
                    slope
                }
            }
            Activation::Tanh => 1.0 - z.tanh() * z.tanh(),
            Activation::Sigmoid => sigmoid(z) * sigmoid(-z),
            Activation::Gelu => normal_cdf(z) + z * normal_density(z),
            Activation::Silu => sigmoid(z) * (1.0 + z * sigmoid(-z)),
        }
    }

    /// The points where φ′ jumps, ascending: quadrature splits there.
    pub fn kinks(self) -> &'static [f64] {
        match self {
            Activation::Relu | Activation::LeakyRelu { .. } => &[0.0],
            _ => &[],
        }
    }

    /// Whether φ(c·z) = c·φ(z) for every c > 0: the signal's length then has no scale of its own to settle at.
    pub fn is_homogeneous(self) -> bool {
        matches!(self, Activation::Identity | Activation::Relu | Activation::LeakyRelu { .. })
    }

    /// Whether a unit of this kind can go silent for good: φ and φ′ are exactly 0 on a half line.
    pub fn can_die(self) -> bool {
        matches!(self, Activation::Relu)
    }
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activation::LeakyRelu { slope } if *slope != DEFAULT_LEAKY_SLOPE => {
                write!(f, "leaky_relu(slope={slope})")
            }
            other => f.write_str(other.name()),
        }
    }
}

impl FromStr for Activation {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let text = text.trim();
        if let Some(found) = Activation::ALL.into_iter().find(|known| known.name() == text) {
            return Ok(found);
        }
        let slope = text
            .strip_prefix("leaky_relu(")
            .and_then(|rest| rest.strip_suffix(')'))
            .map(|inside| inside.trim().trim_start_matches("slope="))
            .and_then(|number| number.parse::<f64>().ok())
            .filter(|slope| slope.is_finite());
        match slope {
            Some(slope) => Ok(Activation::LeakyRelu { slope }),
            None => Err(NetworkError::UnknownActivation { asked: text.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_agree_with_central_differences() {
        for activation in Activation::ALL {
            for z in [-2.3, -0.7, 0.4, 1.9] {
                let step = 1e-5;
                let slope = (activation.value(z + step) - activation.value(z - step)) / (2.0 * step);
                assert!((slope - activation.derivative(z)).abs() < 1e-9, "{activation} at {z}");
            }
        }
    }

    #[test]
    fn known_values() {
        // SciPy 1.17: z * norm.cdf(z), expit(z) * z at z = 1
        assert!((Activation::Gelu.value(1.0) - 0.841_344_746_068_542_9).abs() < 1e-15);
        assert!((Activation::Silu.value(1.0) - 0.731_058_578_630_004_9).abs() < 1e-15);
    }

    #[test]
    fn text_round_trips() {
        for activation in Activation::ALL.into_iter().chain([Activation::LeakyRelu { slope: 0.2 }]) {
            assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
        }
        assert!("relux".parse::<Activation>().unwrap_err().to_string().contains("relu"));
    }
}
