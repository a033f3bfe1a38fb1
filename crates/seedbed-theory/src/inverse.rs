//! The other direction: from what the untrained network should be to its initializer.
//!
//! Asked for are the size of the outputs and how many layers two inputs need to become (or stop being) alike. At a
//! given length q both are linear in the unknowns. The length must be kept, σ_b² = q − σ_w² E φ², which leaves σ_w²:
//! in the ordered phase from χ₁ = σ_w² E φ′² = e^(−1/ξ), on the edge of chaos from χ₁ = 1. In the chaotic phase the fixed
//! correlation c is the parameter: σ_w² = q (1 − c)/(E φ² − E φφ′ at c) makes it fixed, and c is searched for with
//! χ_c = e^(−1/ξ).

use seedbed::{Activation, Distribution, FanMode, Initializer, Prior};

use crate::bivariate::{Bivariate, bivariate};
use crate::error::{TheoryError, at_least_one, not_negative, positive};
use crate::mean_field::{CriticalPoint, FixedPoint, LayerMoments, MeanField};

/// Halvings of the interval of correlations.
const HALVINGS: usize = 45;
/// Golden sections of the interval of correlations: to 1e-7, where a valley is flat to the last digit.
const GOLDEN_SECTIONS: usize = 34;
/// Bias variances below this share of q are rounding: the ReLU at its critical point has none.
const ROUNDING: f64 = 1e-12;
/// The correlation nearest to 1 that is looked at: nearer ones lose the difference of two expectations.
const NEAREST: f64 = 1.0 - 1e-7;

/// How fast two inputs lose what they have, or do not have, in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CorrelationLength {
    /// All inputs become alike as e^(−l/ξ): smooth functions, vanishing gradients.
    Ordered {
        /// ξ, in layers; above 0.
        layers: f64,
    },
    /// On the edge of chaos, where ξ is infinite.
    Critical,
    /// Inputs part until their correlation is c* < 1, as e^(−l/ξ): rough functions, exploding gradients. Where two
    /// networks have the same ξ, the one nearer to the edge of chaos is meant.
    Chaotic {
        /// ξ, in layers; above 0.
        layers: f64,
    },
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    /// The activation of every hidden layer.
    pub activation: Activation,
    /// Layers with weights, at least 1.
    pub depth: usize,
    /// Standard deviation of every layer's pre-activations and so of the outputs; above 0.
    pub output_std: f64,
    /// ξ_c and the phase.
    pub correlation_length: CorrelationLength,
}

/// The initializer that has what was asked for, and what comes with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// σ_w² and σ_b² of every layer but the first, whose weights are [`Solution::first_weights`].
    pub network: MeanField,
    /// Where signals settle; its length is the wanted one, and the signal is there from the first layer on.
    pub fixed_point: FixedPoint,
    /// Mean squared gradient of the first layer's pre-activations over that of the outputs: χ₁^(depth − 1).
    pub gradient_ratio: f64,
    /// What stands against relying on it.
    pub warnings: Vec<String>,
}

/// Solves for σ_w and σ_b.
///
/// ```
/// use seedbed::Activation;
/// use seedbed_theory::inverse::{CorrelationLength, Wanted, solve};
/// let solution = solve(&Wanted {
///     activation: Activation::Tanh,
///     depth: 20,
///     output_std: 1.0,
///     correlation_length: CorrelationLength::Critical,
/// })?;
/// assert!((solution.network.weight_variance() - 2.15330).abs() < 1e-5);
/// let weights = solution.weights().to_string();
/// assert!(weights.starts_with("variance_scaling(scale=2.153"), "{weights}");
/// # Ok::<(), seedbed_theory::TheoryError>(())
/// ```
///
/// # Errors
/// Depth 0, an output size or a correlation length that is not above 0, and what no σ_w, σ_b can have, with the reason:
/// a chaotic ReLU of fixed length; a correlation length shorter than the activation allows at that length.
///
/// Sources: Poole et al. (2016), Schoenholz et al. (2017) for the maps; solving them for the variances is done here.
pub fn solve(wanted: &Wanted) -> Result<Solution, TheoryError> {
    at_least_one("depth", wanted.depth)?;
    let q = positive("output standard deviation", wanted.output_std)?.powi(2);
    let moments = LayerMoments::of(wanted.activation, q);
    let (weight_variance, correlation) = match wanted.correlation_length {
        CorrelationLength::Critical => (1.0 / moments.slope_square, 1.0),
        CorrelationLength::Ordered { layers } => (chi_of(layers)? / moments.slope_square, 1.0),
        CorrelationLength::Chaotic { layers } => chaotic(wanted, q, &moments, chi_of(layers)?)?,
    };
    let bias_variance = q - weight_variance * moments.square;
    if bias_variance < -ROUNDING * q {
        return Err(no_room_for_biases(wanted, q, &moments));
    }
    let bias_variance = if bias_variance < ROUNDING * q { 0.0 } else { bias_variance };
    let network = MeanField::new(wanted.activation, weight_variance, bias_variance)?;
    Ok(solution(wanted, network, q, correlation))
}

/// e^(−1/ξ).
fn chi_of(layers: f64) -> Result<f64, TheoryError> {
    Ok((-1.0 / positive("correlation length", layers)?).exp())
}

fn solution(wanted: &Wanted, network: MeanField, q: f64, correlation: f64) -> Solution {
    let chi = network.chi(q);
    let fixed_point = FixedPoint {
        length: q,
        chi,
        length_chi: network.length_chi(q),
        correlation,
        correlation_chi: if correlation < 1.0 { network.correlation_chi(q, correlation) } else { chi },
    };
    let mut warnings = Vec::new();
    if fixed_point.length_chi > 1.0 + ROUNDING.sqrt() {
        warnings.push(instability(wanted, &fixed_point));
    }
    let depth = wanted.depth as f64;
    if depth > fixed_point.trainable_depth() {
        warnings.push(format!(
            "{depth} layers are more than six correlation lengths of {:.3}; such networks have been found not to train",
            fixed_point.correlation_depth()
        ));
    }
    Solution { network, fixed_point, gradient_ratio: chi.powf(depth - 1.0), warnings }
}

fn instability(wanted: &Wanted, point: &FixedPoint) -> String {
    let remedy = match wanted.correlation_length {
        CorrelationLength::Critical => CriticalPoint::at_length(wanted.activation, point.length)
            .and_then(|point| point.warning())
            .map(|warning| format!("{warning}; ")),
        _ => None,
    };
    format!(
        "{}a length that is off by 1 % at the first layer is off by {:.3} % at layer {}",
        remedy.unwrap_or_default(),
        point.length_chi.powf(wanted.depth as f64 - 1.0),
        wanted.depth
    )
}

/// σ_w² and c* with χ_c at c* as wanted.
fn chaotic(wanted: &Wanted, q: f64, moments: &LayerMoments, chi: f64) -> Result<(f64, f64), TheoryError> {
    let at = |correlation: f64| {
        let Bivariate { product, derivative_product } = bivariate(wanted.activation, q, q, correlation * q);
        let weight_variance = q * (1.0 - correlation) / (moments.square - product);
        (weight_variance, weight_variance * derivative_product)
    };
    let refuse = |problem: String| Err(TheoryError::Impossible { asked: asked(wanted), problem });
    // without biases σ_w² is largest; it must lie beyond the edge of chaos
    let largest = q / moments.square;
    if largest * moments.slope_square <= 1.0 + ROUNDING.sqrt() {
        return refuse(format!(
            "weights that part the inputs of {} make its signal grow without end; ask for an ordered or critical one",
            wanted.activation
        ));
    }
    let without_biases = halve((0.0, NEAREST), |correlation| at(correlation).0 <= largest);
    let shortest = lowest((without_biases, NEAREST), |correlation| at(correlation).1);
    let (_, least_chi) = at(shortest);
    if chi < least_chi {
        return refuse(format!(
            "at this output size the shortest is {:.4} layers; ask for a longer one or larger outputs",
            -1.0 / least_chi.ln()
        ));
    }
    // from there to the edge of chaos χ_c rises to 1
    let correlation = halve((shortest, NEAREST), |correlation| at(correlation).1 >= chi);
    Ok((at(correlation).0, correlation))
}

/// Where a function with one valley is lowest, by golden sections.
fn lowest((mut low, mut high): (f64, f64), function: impl Fn(f64) -> f64) -> f64 {
    let share = 0.5 * (5f64.sqrt() - 1.0);
    let (mut left, mut right) = (high - share * (high - low), low + share * (high - low));
    let (mut at_left, mut at_right) = (function(left), function(right));
    for _ in 0..GOLDEN_SECTIONS {
        if at_left < at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - share * (high - low);
            at_left = function(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + share * (high - low);
            at_right = function(right);
        }
    }
    0.5 * (low + high)
}

/// Where a condition that holds from some point on begins to hold.
fn halve((mut low, mut high): (f64, f64), holds: impl Fn(f64) -> bool) -> f64 {
    if holds(low) {
        return low;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        (low, high) = if holds(middle) { (low, middle) } else { (middle, high) };
    }
    high
}

fn asked(wanted: &Wanted) -> String {
    let kind = match wanted.correlation_length {
        CorrelationLength::Critical => "a critical".to_owned(),
        CorrelationLength::Ordered { layers } => format!("an ordered (correlation length {layers})"),
        CorrelationLength::Chaotic { layers } => format!("a chaotic (correlation length {layers})"),
    };
    format!("{kind} network of {} with outputs of standard deviation {}", wanted.activation, wanted.output_std)
}

fn no_room_for_biases(wanted: &Wanted, q: f64, moments: &LayerMoments) -> TheoryError {
    let chi = q * moments.slope_square / moments.square;
    let problem = format!(
        "the weights alone would make the outputs larger than that; the longest correlation length at this output size \
         is {:.4} layers, without biases",
        -1.0 / chi.ln()
    );
    TheoryError::Impossible { asked: asked(wanted), problem }
}

impl Solution {
    /// The initializer of the weights behind a hidden layer, of variance σ_w²/fan_in.
    pub fn weights(&self) -> Initializer {
        scaled(self.network.weight_variance())
    }

    /// The initializer of the first layer's weights, which see no activation but inputs of the given mean square:
    /// variance (q − σ_b²)/(mean square · fan_in), so that the first pre-activations have the wanted size already.
    ///
    /// # Errors
    /// A mean square that is not above 0.
    pub fn first_weights(&self, input_mean_square: f64) -> Result<Initializer, TheoryError> {
        let wanted = self.fixed_point.length - self.network.bias_variance();
        Ok(scaled(wanted / positive("mean square of the inputs", input_mean_square)?))
    }

    /// The initializer of the biases.
    pub fn biases(&self) -> Initializer {
        match self.network.bias_variance() {
            0.0 => Initializer::Zeros,
            variance => Initializer::Normal { mean: 0.0, std: variance.sqrt() },
        }
    }

    /// All of it as a prior, for a network whose first weight has the given name: norms keep their 1 and 0.
    ///
    /// ```
    /// use seedbed::Activation;
    /// use seedbed_theory::inverse::{CorrelationLength::Critical, Wanted, solve};
    /// let wanted = Wanted { activation: Activation::Relu, depth: 9, output_std: 2.0, correlation_length: Critical };
    /// let prior = solve(&wanted)?.prior("layer1.weight", 1.0)?;
    /// assert!(prior.to_string().starts_with("{layer1.weight=variance_scaling(scale="));
    /// # Ok::<(), seedbed_theory::TheoryError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Solution::first_weights`].
    pub fn prior(&self, first_weight: &str, input_mean_square: f64) -> Result<Prior, TheoryError> {
        not_negative("mean square of the inputs", input_mean_square)?;
        Ok(Prior::from_rules(vec![
            (first_weight.to_owned(), self.first_weights(input_mean_square)?),
            ("*.weight".to_owned(), self.weights()),
            ("*.bias".to_owned(), self.biases()),
        ]))
    }
}

fn scaled(scale: f64) -> Initializer {
    Initializer::VarianceScaling { scale, mode: FanMode::FanIn, distribution: Distribution::Normal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Gelu, Identity, Relu, Sigmoid, Silu, Softplus, Tanh};
    use CorrelationLength::{Chaotic, Critical, Ordered};

    fn wanted(activation: Activation, output_std: f64, correlation_length: CorrelationLength) -> Wanted {
        Wanted { activation, depth: 12, output_std, correlation_length }
    }

    #[test]
    fn what_was_asked_for_is_what_the_maps_do() {
        for (activation, output_std, correlation_length) in [
            (Tanh, 0.7, Ordered { layers: 5.0 }),
            (Tanh, 1.3, Chaotic { layers: 9.1 }),
            (Tanh, 1.3, Chaotic { layers: 15.0 }),
            (Tanh, 0.5, Chaotic { layers: 300.0 }),
            (Relu, 2.0, Ordered { layers: 8.0 }),
            (Gelu, 3.0, Ordered { layers: 20.0 }),
            (Activation::Erf, 1.0, Chaotic { layers: 12.0 }),
            (Activation::Sin, 0.9, Ordered { layers: 2.5 }),
            (Softplus, 1.0, Ordered { layers: 0.5 }),
            (Sigmoid, 1.0, Ordered { layers: 0.5 }),
        ] {
            let (Ordered { layers } | Chaotic { layers }) = correlation_length else { continue };
            let solution = solve(&wanted(activation, output_std, correlation_length)).unwrap();
            let what = format!("{activation} {correlation_length:?}: {solution:?}");
            let settled = solution.network.fixed_point().unwrap();
            assert!((settled.length.sqrt() / output_std - 1.0).abs() < 1e-9, "{what}, settled {settled:?}");
            assert!((settled.correlation_depth() / layers - 1.0).abs() < 1e-5, "{what}, settled {settled:?}");
            assert!(
                (settled.correlation - solution.fixed_point.correlation).abs() < 1e-7,
                "{what}, settled {settled:?}"
            );
            assert_eq!(matches!(correlation_length, Chaotic { .. }), settled.correlation < 1.0);
        }
    }

    #[test]
    fn critical_networks() {
        let relu = solve(&wanted(Relu, 3.0, Critical)).unwrap();
        assert!((relu.network.weight_variance() - 2.0).abs() < 1e-12);
        assert_eq!((relu.biases(), relu.network.bias_variance()), (Initializer::Zeros, 0.0));
        assert!((relu.gradient_ratio - 1.0).abs() < 1e-9 && relu.warnings.is_empty());
        // the first layer makes standardized inputs nine times as large in square
        assert!(relu.first_weights(1.0).unwrap().to_string().starts_with("variance_scaling(scale=9"));
        // q* of the literature's (1.7609546396, 0.05)
        let tanh = solve(&wanted(Tanh, 0.5700478816_f64.sqrt(), Critical)).unwrap();
        assert!((tanh.network.weight_variance() - 1.7609546396).abs() < 1e-9);
        assert!((tanh.network.bias_variance() - 0.05).abs() < 1e-9);
        assert_eq!(tanh.fixed_point.correlation_depth(), f64::INFINITY);
    }

    #[test]
    fn warnings_name_the_danger() {
        let silu = solve(&wanted(Silu, 1.0, Critical)).unwrap();
        assert!(silu.warnings[0].contains("unstable") && silu.warnings[0].contains("off by 2."), "{:?}", silu.warnings);
        let short = solve(&wanted(Tanh, 1.0, Ordered { layers: 1.5 })).unwrap();
        assert!(short.warnings[0].contains("12 layers are more than six"), "{:?}", short.warnings);
        assert!((short.gradient_ratio - (-11.0_f64 / 1.5).exp()).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_reason() {
        for (wanted, reason) in [
            (wanted(Relu, 1.0, Chaotic { layers: 10.0 }), "grow without end"),
            (wanted(Identity, 1.0, Chaotic { layers: 10.0 }), "grow without end"),
            (wanted(Softplus, 1.0, Critical), "the longest correlation length"),
            (wanted(Sigmoid, 1.0, Ordered { layers: 100.0 }), "the longest correlation length"),
            (wanted(Tanh, 0.3, Chaotic { layers: 0.5 }), "the shortest is"),
            (wanted(Tanh, 0.0, Critical), "output standard deviation is 0"),
            (wanted(Tanh, 1.0, Ordered { layers: -1.0 }), "correlation length is -1"),
            (Wanted { depth: 0, ..wanted(Tanh, 1.0, Critical) }, "depth is 0"),
        ] {
            let message = solve(&wanted).unwrap_err().to_string();
            assert!(message.contains(reason), "{message}");
        }
        assert!(solve(&wanted(Tanh, 1.0, Critical)).unwrap().first_weights(0.0).is_err());
    }

    #[test]
    fn the_shortest_length_named_can_be_had_and_no_shorter_one() {
        let message = solve(&wanted(Tanh, 0.8, Chaotic { layers: 0.5 })).unwrap_err().to_string();
        let shortest: f64 = message.split("shortest is ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        assert!(solve(&wanted(Tanh, 0.8, Chaotic { layers: shortest + 1e-3 })).is_ok());
        // every network of that length: σ_b² from 0 to the edge of chaos
        let moments = LayerMoments::of(Tanh, 0.64);
        for share in 1..40 {
            let (edge, largest) = (1.0 / moments.slope_square, 0.64 / moments.square);
            let weight_variance = edge + (largest - edge) * f64::from(share) / 40.0;
            let network = MeanField::new(Tanh, weight_variance, 0.64 - weight_variance * moments.square).unwrap();
            let found = network.fixed_point().unwrap().correlation_depth();
            assert!(found > shortest - 1e-3, "{found} below {shortest}");
        }
    }
}
