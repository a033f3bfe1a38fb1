//! Activation functions in f64, their moments under a Gaussian, and the gains that follow.
//!
//! Only portable arithmetic (`libm`), so that a gain, and with it every drawn value, has the same bits on every machine.

mod function;
pub mod gain;

use std::fmt;
use std::str::FromStr;

use crate::Error;
use crate::initializer::catalogue::nearest_of;

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
    /// φ(z) = z for z > 0, e^z − 1 otherwise (Clevert et al. 2016, with α = 1).
    Elu,
    /// φ(z) = λz for z > 0, λα(e^z − 1) otherwise, with E φ = 0 and E φ² = 1 under N(0, 1) (Klambauer et al. 2017).
    Selu,
    /// The tanh approximation of GELU: z/2·(1 + tanh(√(2/π)·(z + 0.044715 z³))).
    GeluTanh,
    /// φ(z) = z·tanh(ln(1 + e^z)) (Misra 2020).
    Mish,
    /// φ(z) = ln(1 + e^z).
    Softplus,
    /// φ(z) = z between −1 and 1, the nearer bound outside.
    Hardtanh,
    /// φ(z) = sin z.
    Sin,
    /// φ(z) = max(z, 0)² (So et al. 2021).
    ReluSquared,
    /// φ(z) = erf z.
    Erf,
}

/// PyTorch's default slope of the leaky ReLU's negative side.
const DEFAULT_LEAKY_SLOPE: f64 = 0.01;

/// Every activation with its default setting, its name and its formula for people.
const TABLE: [(Activation, &str, &str); 16] = [
    (Activation::Identity, "identity", "z"),
    (Activation::Relu, "relu", "max(z, 0)"),
    (Activation::LeakyRelu { slope: DEFAULT_LEAKY_SLOPE }, "leaky_relu", "z for z > 0, slope·z otherwise"),
    (Activation::Tanh, "tanh", "tanh z"),
    (Activation::Sigmoid, "sigmoid", "1 / (1 + exp(-z))"),
    (Activation::Gelu, "gelu", "z·Φ(z), exact"),
    (Activation::Silu, "silu", "z / (1 + exp(-z))"),
    (Activation::Elu, "elu", "z for z > 0, exp(z) - 1 otherwise"),
    (Activation::Selu, "selu", "1.0507·z for z > 0, 1.7581·(exp(z) - 1) otherwise"),
    (Activation::GeluTanh, "gelu_tanh", "z/2·(1 + tanh(0.79788·(z + 0.044715·z³)))"),
    (Activation::Mish, "mish", "z·tanh(ln(1 + exp(z)))"),
    (Activation::Softplus, "softplus", "ln(1 + exp(z))"),
    (Activation::Hardtanh, "hardtanh", "z cut to -1..1"),
    (Activation::Sin, "sin", "sin z"),
    (Activation::ReluSquared, "relu_squared", "max(z, 0)²"),
    (Activation::Erf, "erf", "erf z"),
];

impl Activation {
    /// Every activation with its default setting, for `seedbed list activations`.
    pub fn all() -> impl Iterator<Item = Activation> {
        TABLE.iter().map(|(activation, ..)| *activation)
    }

    fn row(self) -> (&'static str, &'static str) {
        let is_same_kind = |known: &Activation| std::mem::discriminant(known) == std::mem::discriminant(&self);
        let row = TABLE.iter().find(|(known, ..)| is_same_kind(known));
        row.map_or(("", ""), |(_, name, formula)| (name, formula))
    }

    /// The name without settings: `leaky_relu`.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The formula, for people.
    pub fn formula(self) -> &'static str {
        self.row().1
    }

    /// The points where φ′ jumps, ascending: quadrature splits there.
    pub fn kinks(self) -> &'static [f64] {
        match self {
            Activation::Relu | Activation::LeakyRelu { .. } | Activation::Selu | Activation::Elu => &[0.0],
            Activation::ReluSquared => &[0.0],
            Activation::Hardtanh => &[-1.0, 1.0],
            _ => &[],
        }
    }

    /// Whether φ(c·z) = c·φ(z) for every c > 0: the signal's length then has no scale of its own to settle at.
    pub fn is_homogeneous(self) -> bool {
        matches!(self, Activation::Identity | Activation::Relu | Activation::LeakyRelu { .. })
    }

    /// Whether a unit of this kind can go silent for good: φ and φ′ are exactly 0 on a half line.
    pub fn can_die(self) -> bool {
        matches!(self, Activation::Relu | Activation::ReluSquared)
    }
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
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Some(found) = Activation::all().find(|known| known.name() == text) {
            return Ok(found);
        }
        let slope = text
            .strip_prefix("leaky_relu(")
            .and_then(|rest| rest.strip_suffix(')'))
            .map(|inside| inside.trim().trim_start_matches("slope=").trim())
            .and_then(|number| number.parse::<f64>().ok())
            .filter(|slope| slope.is_finite());
        match slope {
            Some(slope) => Ok(Activation::LeakyRelu { slope }),
            None => Err(Error::UnknownActivation {
                asked: text.to_owned(),
                nearest: nearest_of(text, TABLE.iter().map(|(_, name, _)| *name)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        for activation in Activation::all().chain([Activation::LeakyRelu { slope: 0.2 }]) {
            assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
        }
        let unknown = "relux".parse::<Activation>().unwrap_err().to_string();
        assert!(unknown.contains("did you mean one of 'relu'"), "{unknown}");
        assert!("leaky_relu(slope=inf)".parse::<Activation>().is_err());
    }
}
