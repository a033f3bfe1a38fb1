//! What a user states, as plain data.

use serde::{Deserialize, Serialize};

use crate::error::TheoryError;

/// The keys of a file of beliefs.
pub const KEYS: [&str; 14] = [
    "input_mean_square",
    "output_std",
    "confidence",
    "smoothness",
    "correlation_length",
    "correlation",
    "gradient_ratio",
    "isometry",
    "diverse_units",
    "relevant_inputs",
    "density",
    "near_identity",
    "memory",
    "without_effect",
];

/// How the functions that the network computes vary, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothness {
    /// Inputs become alike through depth: e-fold within as many layers as the network has.
    Smooth,
    /// On the edge of chaos.
    Critical,
    /// Inputs part until they are as unlike as the fixed point says.
    Rough,
}

/// How alike the outputs for two inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correlation {
    /// Cosine of the two inputs, −1 to 1.
    pub inputs: f64,
    /// Wanted cosine of the two outputs, over draws; −1 to 1.
    pub outputs: f64,
}

/// What is known of the untrained network. Everything may be left out.
///
/// ```
/// use seedbed_theory::beliefs::Stated;
/// let stated = Stated::from_toml("output_std = 0.5\nsmoothness = \"critical\"")?;
/// assert_eq!(stated.output_std, Some(0.5));
/// let error = Stated::from_toml("outputs_std = 0.5").unwrap_err();
/// assert!(error.to_string().contains("did you mean 'output_std'"));
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stated {
    /// E x² of the inputs; 1 (standardized) unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_mean_square: Option<f64>,
    /// Standard deviation of the outputs over draws; above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_std: Option<f64>,
    /// Expected largest probability of the softmax of the outputs; above 1/outputs and below 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// In words; a correlation length may go with `smooth` and `rough`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub smoothness: Option<Smoothness>,
    /// ξ, in layers: of smooth functions, unless `smoothness` says `rough`. Above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_length: Option<f64>,
    /// How alike the outputs are for inputs of a given likeness.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation: Option<Correlation>,
    /// Norm of the gradient at the first layer's pre-activations over that at the last hidden layer's; above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gradient_ratio: Option<f64>,
    /// Variance of the squared singular values of the hidden layers' Jacobian over their mean squared; above 0. Small:
    /// every direction is kept alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isometry: Option<f64>,
    /// Whether the units of a layer look into orthogonal directions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diverse_units: Option<bool>,
    /// Share of the inputs that a unit of the first layer sees; above 0, at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant_inputs: Option<f64>,
    /// Share of the hidden layers' weights that are not zero; above 0, at most 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub density: Option<f64>,
    /// By which share the mean square of the signal grows over all residual branches; 0 is the identity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_identity: Option<f64>,
    /// Steps within which a recurrent state falls to 1/e; above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<f64>,
    /// Patterns of the parameters that start at 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without_effect: Vec<String>,
}

impl Stated {
    /// Reads beliefs from TOML, one key a belief.
    ///
    /// # Errors
    /// Text that is no TOML, a key that is no belief (the nearest is named), or a value of the wrong kind.
    pub fn from_toml(text: &str) -> Result<Stated, TheoryError> {
        let refuse = |problem: String| TheoryError::Beliefs { problem };
        let table: toml::Table = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let nearest = KEYS.iter().min_by_key(|key| strsim::damerau_levenshtein(unknown, key));
            let nearest = nearest.copied().unwrap_or_default();
            let known = KEYS.join(", ");
            return Err(refuse(format!("'{unknown}' is no belief; did you mean '{nearest}'? beliefs are {known}")));
        }
        toml::from_str(text).map_err(|error| refuse(error.to_string()))
    }

    /// Whether every number is in its range.
    pub(super) fn check(&self) -> Result<(), TheoryError> {
        const POSITIVE: &str = "a finite number above 0";
        let cosine = |value: f64| (-1.0..=1.0).contains(&value);
        let share = |value: f64| value > 0.0 && value <= 1.0;
        let checks = [
            ("input_mean_square", self.input_mean_square, positive as fn(f64) -> bool, POSITIVE),
            ("output_std", self.output_std, positive, POSITIVE),
            ("confidence", self.confidence, |value| value > 0.0 && value < 1.0, "between 0 and 1"),
            ("correlation_length", self.correlation_length, positive, POSITIVE),
            ("gradient_ratio", self.gradient_ratio, positive, POSITIVE),
            ("isometry", self.isometry, positive, POSITIVE),
            ("relevant_inputs", self.relevant_inputs, share, "above 0 and at most 1"),
            ("density", self.density, share, "above 0 and at most 1"),
            (
                "near_identity",
                self.near_identity,
                |value| value >= 0.0 && value.is_finite(),
                "a finite number, at least 0",
            ),
            ("memory", self.memory, positive, POSITIVE),
            ("correlation.inputs", self.correlation.map(|pair| pair.inputs), cosine, "between -1 and 1"),
            ("correlation.outputs", self.correlation.map(|pair| pair.outputs), cosine, "between -1 and 1"),
        ];
        for (setting, value, good, allowed) in checks {
            if let Some(value) = value.filter(|value| !good(*value)) {
                return Err(TheoryError::Setting { setting, found: value.to_string(), allowed });
            }
        }
        match (self.smoothness, self.correlation_length, self.output_std, self.confidence) {
            (Some(Smoothness::Critical), Some(length), ..) => Err(together(
                "smoothness = \"critical\"",
                &format!("correlation_length = {length}"),
                "a critical network has an infinite correlation length; leave one out, or say \"smooth\" or \"rough\"",
            )),
            (_, _, Some(std), Some(confidence)) => Err(together(
                &format!("output_std = {std}"),
                &format!("confidence = {confidence}"),
                "the size of the outputs alone decides how sure the softmax is; state one of them",
            )),
            _ => Ok(()),
        }
    }
}

fn positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

/// Two beliefs that exclude each other.
pub(super) fn together(first: &str, second: &str, problem: &str) -> TheoryError {
    TheoryError::Impossible { asked: format!("{first} together with {second}"), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_read_and_written_again() {
        let text = r#"
            input_mean_square = 2.0
            output_std = 0.5
            smoothness = "rough"
            correlation_length = 20
            correlation = { inputs = 0.5, outputs = 0.9 }
            gradient_ratio = 1.0
            isometry = 0.1
            diverse_units = true
            relevant_inputs = 0.1
            density = 0.5
            near_identity = 1
            memory = 50
            without_effect = ["layer3.*"]
        "#;
        let stated = Stated::from_toml(text).unwrap();
        assert_eq!((stated.smoothness, stated.memory), (Some(Smoothness::Rough), Some(50.0)));
        assert_eq!(Stated::from_toml(&toml::to_string(&stated).unwrap()).unwrap(), stated);
        stated.check().unwrap();
        let Ok(toml::Value::Table(all)) = toml::Value::try_from(Stated { confidence: Some(0.2), ..stated }) else {
            panic!("no table");
        };
        assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), KEYS);
        assert_eq!(Stated::from_toml("").unwrap(), Stated::default());
    }

    #[test]
    fn what_is_no_belief_is_refused() {
        for (text, reason) in [
            ("memmory = 3", "did you mean 'memory'"),
            ("output_std = \"large\"", "invalid type"),
            ("smoothness = \"smoth\"", "unknown variant"),
            ("correlation = { input = 0.5, outputs = 0.9 }", "unknown field"),
            ("output_std = ", "TOML parse error"),
        ] {
            let message = Stated::from_toml(text).unwrap_err().to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
        for (text, reason) in [
            ("output_std = -1", "output_std is -1; it must be a finite number above 0"),
            ("density = 1.5", "density is 1.5; it must be above 0 and at most 1"),
            ("memory = inf", "memory is inf"),
            ("correlation = { inputs = 2, outputs = 0.9 }", "correlation.inputs is 2"),
            ("smoothness = \"critical\"\ncorrelation_length = 3", "infinite correlation length"),
            ("output_std = 1\nconfidence = 0.5", "output_std = 1 together with confidence = 0.5"),
        ] {
            let message = Stated::from_toml(text).unwrap().check().unwrap_err().to_string();
            assert!(message.contains(reason), "{text}: {message}");
        }
    }
}
