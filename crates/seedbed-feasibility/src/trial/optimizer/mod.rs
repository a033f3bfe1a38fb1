//! Optimizers: the update rules and how they are written.

mod updates;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::call::Call;
use crate::error::FeasibilityError;

pub use updates::Updates;

/// An update rule and its settings, without the learning rate.
///
/// In text `sgd`, `momentum`, `nesterov`, `adam`, `adamw` or `rmsprop`, with the settings that differ from the usual ones
/// in parentheses: `adam(beta2=0.95)`. Defaults and formulas are PyTorch's.
///
/// ```
/// use seedbed_feasibility::trial::Optimizer;
/// assert_eq!("momentum".parse::<Optimizer>()?, Optimizer::MOMENTUM);
/// assert_eq!("adam(beta2=0.95)".parse::<Optimizer>()?.to_string(), "adam(beta2=0.95)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Optimizer {
    /// v ← momentum·v + g, w ← w − rate·v: PyTorch's form (Sutskever et al. 2013 put the rate inside v).
    Sgd {
        /// Share of the last step kept; in [0, 1).
        momentum: f64,
        /// Steps along momentum·v + g instead of v (Nesterov's, as PyTorch writes it).
        #[serde(default)]
        nesterov: bool,
    },
    /// Adam with bias correction (Kingma & Ba 2015, algorithm 1).
    Adam(Moments),
    /// Adam whose weight decay does not pass through the gradient: w ← (1 − rate·decay)·w first (Loshchilov & Hutter 2019).
    #[serde(rename = "adamw")]
    AdamW(Moments),
    /// s ← decay·s + (1 − decay)·g², w ← w − rate·g / (√s + epsilon) (Tieleman & Hinton 2012).
    #[serde(rename = "rmsprop")]
    RmsProp {
        /// Decay of the mean squared gradient.
        decay: f64,
        /// Added to the root of the mean squared gradient.
        epsilon: f64,
    },
}

/// The settings of Adam.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Decay of the mean gradient.
    pub beta1: f64,
    /// Decay of the mean squared gradient.
    pub beta2: f64,
    /// Added to the root of the mean squared gradient.
    pub epsilon: f64,
}

impl Moments {
    const USUAL: Moments = Moments { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
}

/// What each name means, with its usual settings.
const NAMED: [(&str, Optimizer); 6] = [
    ("sgd", Optimizer::SGD),
    ("momentum", Optimizer::MOMENTUM),
    ("nesterov", Optimizer::NESTEROV),
    ("adam", Optimizer::ADAM),
    ("adamw", Optimizer::ADAMW),
    ("rmsprop", Optimizer::RMSPROP),
];

impl Optimizer {
    /// Plain SGD, without momentum.
    pub const SGD: Optimizer = Optimizer::Sgd { momentum: 0.0, nesterov: false };
    /// SGD with the momentum of 0.9 that most published comparisons of initializations use.
    pub const MOMENTUM: Optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: false };
    /// SGD with Nesterov's momentum of 0.9.
    pub const NESTEROV: Optimizer = Optimizer::Sgd { momentum: 0.9, nesterov: true };
    /// Adam with its paper's settings.
    pub const ADAM: Optimizer = Optimizer::Adam(Moments::USUAL);
    /// AdamW with the same settings.
    pub const ADAMW: Optimizer = Optimizer::AdamW(Moments::USUAL);
    /// RMSProp with PyTorch's settings.
    pub const RMSPROP: Optimizer = Optimizer::RmsProp { decay: 0.99, epsilon: 1e-8 };

    /// The momentum, where the rule has one.
    pub fn momentum(self) -> Option<f64> {
        match self {
            Optimizer::Sgd { momentum, .. } => Some(momentum),
            Optimizer::Adam(_) | Optimizer::AdamW(_) | Optimizer::RmsProp { .. } => None,
        }
    }

    /// The largest learning rate at which gradient descent on a quadratic of this sharpness λ (the largest eigenvalue of
    /// the Hessian) stays bounded: 2 (1 + momentum) / λ, with Nesterov's form
    /// 2 (1 + momentum) / ((1 + 2 momentum) λ). `None` for rules that scale the gradient.
    pub fn largest_stable_rate(self, sharpness: f64) -> Option<f64> {
        match self {
            Optimizer::Sgd { momentum, nesterov: false } => Some(2.0 * (1.0 + momentum) / sharpness),
            Optimizer::Sgd { momentum, nesterov: true } => {
                Some(2.0 * (1.0 + momentum) / ((1.0 + 2.0 * momentum) * sharpness))
            }
            Optimizer::Adam(_) | Optimizer::AdamW(_) | Optimizer::RmsProp { .. } => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Optimizer::Sgd { nesterov: true, .. } => "nesterov",
            Optimizer::Sgd { momentum: 0.0, .. } => "sgd",
            Optimizer::Sgd { .. } => "momentum",
            Optimizer::Adam(_) => "adam",
            Optimizer::AdamW(_) => "adamw",
            Optimizer::RmsProp { .. } => "rmsprop",
        }
    }

    /// The settings that its text may change.
    fn settings(&mut self) -> Vec<(&'static str, &mut f64)> {
        match self {
            Optimizer::Sgd { momentum, .. } => vec![("momentum", momentum)],
            Optimizer::Adam(Moments { beta1, beta2, epsilon })
            | Optimizer::AdamW(Moments { beta1, beta2, epsilon }) => {
                vec![("beta1", beta1), ("beta2", beta2), ("epsilon", epsilon)]
            }
            Optimizer::RmsProp { decay, epsilon } => vec![("decay", decay), ("epsilon", epsilon)],
        }
    }
}

impl fmt::Display for Optimizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut own, name) = (*self, self.name());
        let Some((_, mut usual)) = NAMED.into_iter().find(|(known, _)| *known == name) else {
            return f.write_str(name);
        };
        let pairs = own.settings().into_iter().zip(usual.settings());
        let changed: Vec<String> = pairs
            .filter(|((_, own), (_, usual))| own != usual)
            .map(|((setting, value), _)| format!("{setting}={value}"))
            .collect();
        if changed.is_empty() { f.write_str(name) } else { write!(f, "{name}({})", changed.join(", ")) }
    }
}

impl FromStr for Optimizer {
    type Err = FeasibilityError;

    fn from_str(text: &str) -> Result<Self, FeasibilityError> {
        let call = Call::parse("optimizer", text)?;
        let Some((_, mut optimizer)) = NAMED.into_iter().find(|(name, _)| *name == call.name) else {
            return Err(call.refuse("sgd, momentum, nesterov, adam, adamw or rmsprop"));
        };
        call.fill(&mut optimizer.settings())?;
        let in_range = |(name, value): &(&str, &mut f64)| match *name {
            "epsilon" => **value >= 0.0 && value.is_finite(),
            _ => (0.0..1.0).contains(*value),
        };
        if !optimizer.settings().iter().all(in_range) {
            return Err(call.refuse("momentum, beta1, beta2 and decay in [0, 1), epsilon at least 0"));
        }
        Ok(optimizer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        for text in ["sgd", "momentum", "nesterov(momentum=0.95)", "adam(beta2=0.95)", "adamw", "rmsprop(decay=0.9)"] {
            assert_eq!(text.parse::<Optimizer>().unwrap().to_string(), text);
        }
        assert_eq!("sgd(momentum=0.5)".parse::<Optimizer>().unwrap().to_string(), "momentum(momentum=0.5)");
        for (text, part) in [
            ("adamm", "sgd, momentum"),
            ("adam(momentum=0.9)", "adam takes beta1, beta2, epsilon"),
            ("momentum(momentum=1)", "[0, 1)"),
        ] {
            let message = text.parse::<Optimizer>().unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn stable_rates_on_a_quadratic() {
        // loss 5 w²: its Hessian is 10
        for optimizer in [Optimizer::SGD, Optimizer::MOMENTUM, Optimizer::NESTEROV] {
            let bound = optimizer.largest_stable_rate(10.0).unwrap();
            let end = |rate: f64| {
                let mut weights = vec![vec![1.0f32]];
                let mut updates = Updates::new(optimizer, rate, &weights);
                for _ in 0..3000 {
                    let gradients = vec![vec![10.0 * weights[0][0]]];
                    updates.apply(&mut weights, gradients);
                }
                weights[0][0].abs()
            };
            assert!(end(0.99 * bound) < 1e-3, "{optimizer} {}", end(0.99 * bound));
            assert!(end(1.01 * bound) > 1e3 || end(1.01 * bound).is_nan(), "{optimizer} {}", end(1.01 * bound));
        }
    }
}
