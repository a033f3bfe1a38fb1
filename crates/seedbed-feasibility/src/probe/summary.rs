//! Several draws set together: the signal through depth, and each belief with what is expected of it.

use seedbed_network::graph::Network;
use seedbed_theory::finite_width::log_length_spread;

use super::DrawProbe;
use crate::record::{BeliefRecord, Expected, SignalRecord};
use crate::statistics::{self, Estimate};

/// A draw of a prior that keeps the length lies within this many standard deviations of the law's mean.
const LAW_STANDARD_DEVIATIONS: f64 = 3.0;
/// A bounded or smooth activation has a length of its own, which the signal settles at within a few layers from
/// whatever scale the data has; a factor 10 in all is no loss.
const SETTLING: f64 = 10.0;
/// Below this participation ratio, half of the inputs or fewer carry the start's sensitivity.
const EVEN_INPUTS: f64 = 0.5;
/// A layer with more than this share of its units silent lets less than a tenth of its width through.
const MOST_INACTIVE: f64 = 0.9;

/// Names of the measured quantities.
pub(crate) const FORWARD_PER_LAYER: &str = "forward variance ratio per layer";
pub(crate) const FORWARD_OVER_DEPTH: &str = "forward variance ratio over depth";
pub(crate) const BACKWARD_PER_LAYER: &str = "backward variance ratio per layer";
pub(crate) const BACKWARD_OVER_DEPTH: &str = "backward variance ratio over depth";
pub(crate) const EVENNESS: &str = "evenness of the input sensitivity";
pub(crate) const DENSITY: &str = "density of the weights";
pub(crate) const DISTINCT_UNITS: &str = "distinct units / units";
pub(crate) const INACTIVE_UNITS: &str = "dead or saturated units / units";

/// What is measured of the symmetry of all hidden layers together.
pub const ALL_DISTINCT_UNITS: &str = "distinct units / units, all hidden layers";

/// The signal through depth as estimates over the draws.
pub fn signal(draws: &[DrawProbe], confidence: f64) -> SignalRecord {
    let through_depth = |measure: &dyn Fn(&super::LayerProbe) -> f64| -> Vec<Estimate> {
        let layers = draws.first().map_or(0, |draw| draw.layers.len());
        let of_layer = |layer: usize| draws.iter().map(|draw| measure(&draw.layers[layer])).collect::<Vec<_>>();
        (0..layers).map(|layer| geometric_mean(&of_layer(layer), confidence)).collect()
    };
    SignalRecord {
        forward_mean_square: through_depth(&|layer| layer.forward_mean_square),
        backward_mean_square: through_depth(&|layer| layer.backward_mean_square),
        effective_rank_share: through_depth(&|layer| layer.effective_rank_share),
    }
}

/// Each belief, measured over the draws.
pub fn beliefs(network: &Network, draws: &[DrawProbe], confidence: f64) -> Vec<BeliefRecord> {
    let kept = kept_length(network);
    let of_each = |measure: &dyn Fn(&DrawProbe) -> f64| draws.iter().map(measure).collect::<Vec<_>>();
    let ratio = |name, quantity, measure: fn(&DrawProbe, Per) -> f64, per: Per| {
        belief(name, quantity, None)
            .measured(geometric_mean(&of_each(&|draw| measure(draw, per)), confidence))
            .expected(kept.as_ref().map(|kept| kept.expected(per)))
    };
    let mut beliefs = vec![
        ratio("scale", FORWARD_PER_LAYER, forward_ratio, Per::Layer),
        ratio("scale", FORWARD_OVER_DEPTH, forward_ratio, Per::Depth),
        ratio("gradient_flow", BACKWARD_PER_LAYER, backward_ratio, Per::Layer),
        ratio("gradient_flow", BACKWARD_OVER_DEPTH, backward_ratio, Per::Depth),
        symmetry(draws, confidence),
        symmetry_of_all(draws, confidence),
        belief("evenness", EVENNESS, None)
            .measured(statistics::mean(&of_each(&|draw| draw.input_evenness), confidence))
            .expected(expected(EVEN_INPUTS, 1.0, "participation ratio: more than half of the inputs count")),
        belief("sparsity", DENSITY, None).measured(statistics::mean(&of_each(&|draw| draw.density), confidence)),
    ];
    beliefs.extend(diversity(draws, confidence));
    beliefs.push(activity(draws, confidence));
    beliefs
}

/// The range over depth of a mean square that a prior keeps; `None` without two hidden layers.
pub(crate) fn kept_over_depth(network: &Network) -> Option<Expected> {
    kept_length(network).map(|kept| kept.expected(Per::Depth))
}

/// The ratio over depth within which one draw of a length-keeping prior lies, as logarithms: the finite-width law
/// from the first hidden layer to the last, and room to settle where the activation has a scale of its own.
fn kept_length(network: &Network) -> Option<KeptLength> {
    let widths: Vec<usize> = network.weighted_layers().map(|(_, node)| node.units()).collect();
    let (_, hidden) = widths.split_last()?;
    let (_, crossed) = hidden.split_last().filter(|(_, crossed)| !crossed.is_empty())?;
    let activation = network.dominant_activation();
    let spread = log_length_spread(crossed, activation);
    let room = LAW_STANDARD_DEVIATIONS * spread.std + if activation.is_homogeneous() { 0.0 } else { SETTLING.ln() };
    let settling =
        if activation.is_homogeneous() { String::new() } else { format!(", and a factor {SETTLING} to settle") };
    let steps = crossed.len();
    let source =
        format!("finite-width law over {steps} steps, {LAW_STANDARD_DEVIATIONS} standard deviations{settling}");
    Some(KeptLength { low: spread.mean - room, high: (spread.mean + room).max(0.0), steps, source })
}

/// A range of the logarithm of a ratio over depth.
struct KeptLength {
    low: f64,
    high: f64,
    steps: usize,
    source: String,
}

impl KeptLength {
    /// The range of the ratio per step of depth, or over all of it.
    fn expected(&self, per: Per) -> Expected {
        let share = 1.0 / per.steps(self.steps);
        Expected { low: (self.low * share).exp(), high: (self.high * share).exp(), source: self.source.clone() }
    }
}

/// Whether a ratio is spoken of per layer or over the whole depth.
#[derive(Clone, Copy)]
enum Per {
    Layer,
    Depth,
}

impl Per {
    fn steps(self, steps: usize) -> f64 {
        match self {
            Per::Layer => steps as f64,
            Per::Depth => 1.0,
        }
    }
}

/// Mean square of the last hidden layer's output over the first's; NaN where there are not two.
fn forward_ratio(draw: &DrawProbe, per: Per) -> f64 {
    let ends =
        hidden_ends(draw).map(|(first, last, steps)| (last.forward_mean_square / first.forward_mean_square, steps));
    ends.map_or(f64::NAN, |(ratio, steps)| ratio.powf(1.0 / per.steps(steps)))
}

/// Squared norm of the gradient at the first hidden layer over that at the last: the norm, so that widths that
/// change on the way do not count.
fn backward_ratio(draw: &DrawProbe, per: Per) -> f64 {
    let square = |layer: &super::LayerProbe| layer.backward_mean_square * layer.elements as f64;
    let ends = hidden_ends(draw).map(|(first, last, steps)| (square(first) / square(last), steps));
    ends.map_or(f64::NAN, |(ratio, steps)| ratio.powf(1.0 / per.steps(steps)))
}

/// The first and the last hidden layer, and the steps between them. The output layer is left out: its width is that
/// of the task.
fn hidden_ends(draw: &DrawProbe) -> Option<(&super::LayerProbe, &super::LayerProbe, usize)> {
    match draw.layers.as_slice() {
        [first, between @ .., last, _] => Some((first, last, between.len() + 1)),
        _ => None,
    }
}

/// The hidden layer with the smallest share of distinct units.
fn symmetry(draws: &[DrawProbe], confidence: f64) -> BeliefRecord {
    let share = |layer: &super::LayerProbe| layer.distinct_units as f64 / layer.units as f64;
    let (layer, shares) = worst_hidden_layer(draws, &share, |candidate, worst| candidate < worst);
    belief("symmetry", DISTINCT_UNITS, layer).measured(statistics::mean(&shares, confidence)).expected(expected(
        1.0,
        1.0,
        "tied units get equal gradients and never come apart",
    ))
}

/// Distinct units of all hidden layers together.
fn symmetry_of_all(draws: &[DrawProbe], confidence: f64) -> BeliefRecord {
    let share = |draw: &DrawProbe| {
        let hidden = &draw.layers[..draw.layers.len().saturating_sub(1)];
        let total = |count: fn(&super::LayerProbe) -> usize| hidden.iter().map(count).sum::<usize>() as f64;
        total(|layer| layer.distinct_units) / total(|layer| layer.units)
    };
    let shares: Vec<f64> = draws.iter().map(share).filter(|share| !share.is_nan()).collect();
    belief("symmetry", ALL_DISTINCT_UNITS, None).measured(statistics::mean(&shares, confidence)).expected(expected(
        1.0,
        1.0,
        "tied units get equal gradients and never come apart",
    ))
}

/// Effective rank of the features of the first and of the last hidden layer.
fn diversity(draws: &[DrawProbe], confidence: f64) -> Vec<BeliefRecord> {
    let Some(first) = draws.first() else { return Vec::new() };
    let hidden = first.layers.len().saturating_sub(1);
    let mut places: Vec<usize> = if hidden == 0 { Vec::new() } else { vec![0, hidden - 1] };
    places.dedup();
    let of_layer = |place: usize| {
        let shares: Vec<f64> = draws.iter().map(|draw| draw.layers[place].effective_rank_share).collect();
        belief("diversity", "effective rank of the features / largest", Some(first.layers[place].name.clone()))
            .measured(statistics::mean(&shares, confidence))
    };
    places.into_iter().map(of_layer).collect()
}

/// The hidden layer with the largest share of dead or saturated units.
fn activity(draws: &[DrawProbe], confidence: f64) -> BeliefRecord {
    let (layer, shares) =
        worst_hidden_layer(draws, &|layer| layer.inactive_share, |candidate, worst| candidate > worst);
    belief("activity", INACTIVE_UNITS, layer).measured(statistics::mean(&shares, confidence)).expected(expected(
        0.0,
        MOST_INACTIVE,
        "a tenth of the width must stay alive",
    ))
}

/// The hidden layer whose mean over the draws is worst (the first of equals), and its values.
fn worst_hidden_layer(
    draws: &[DrawProbe],
    measure: &dyn Fn(&super::LayerProbe) -> f64,
    is_worse: impl Fn(f64, f64) -> bool,
) -> (Option<String>, Vec<f64>) {
    let layers = draws.first().map_or(&[][..], |draw| &draw.layers);
    let hidden = layers.len().saturating_sub(1);
    let values = |place: usize| draws.iter().map(|draw| measure(&draw.layers[place])).collect::<Vec<f64>>();
    let total = |place: usize| values(place).iter().sum::<f64>();
    let worst = (0..hidden).reduce(|worst, next| if is_worse(total(next), total(worst)) { next } else { worst });
    worst.map_or((None, Vec::new()), |place| (Some(layers[place].name.clone()), values(place)))
}

/// The geometric mean with Student's interval on the logarithms: the measures are close to log-normal. Without
/// signal (a zero or a NaN in some draw) the value is the smallest seen, without an interval.
pub(crate) fn geometric_mean(values: &[f64], confidence: f64) -> Estimate {
    if values.iter().any(|value| value.is_nan() || *value <= 0.0) {
        let value = values.iter().copied().fold(f64::NAN, f64::min);
        let method = "smallest; no signal in some draw".to_owned();
        return Estimate { value, low: f64::NAN, high: f64::NAN, n: values.len(), method };
    }
    let logarithms: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let Estimate { value, low, high, n, .. } = statistics::mean(&logarithms, confidence);
    Estimate {
        value: value.exp(),
        low: low.exp(),
        high: high.exp(),
        n,
        method: "student_t of the logarithm".to_owned(),
    }
}

/// A belief record in the making.
pub(crate) struct Unmeasured {
    belief: &'static str,
    quantity: &'static str,
    layer: Option<String>,
}

pub(crate) fn belief(belief: &'static str, quantity: &'static str, layer: Option<String>) -> Unmeasured {
    Unmeasured { belief, quantity, layer }
}

pub(crate) fn expected(low: f64, high: f64, source: &str) -> Option<Expected> {
    Some(Expected { low, high, source: source.to_owned() })
}

impl Unmeasured {
    pub(crate) fn measured(self, measured: Estimate) -> BeliefRecord {
        let Unmeasured { belief, quantity, layer } = self;
        let (belief, quantity) = (belief.to_owned(), quantity.to_owned());
        BeliefRecord { belief, quantity, layer, measured, expected: None, held: None }
    }
}

impl BeliefRecord {
    /// Adds the range and says whether the measurement lies in it; a NaN does not.
    pub(crate) fn expected(mut self, expected: Option<Expected>) -> Self {
        self.held = expected.as_ref().filter(|_| self.measured.n > 0).map(|range| {
            // rounding in single precision is no finding
            let slack = 1e-9;
            self.measured.value >= range.low - slack && self.measured.value <= range.high + slack
        });
        self.expected = expected;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIDENCE: f64 = 0.95;

    fn measured(network: &str, prior: &str) -> Vec<BeliefRecord> {
        let network: Network = network.parse().unwrap();
        let data = seedbed_network::data::digits();
        let prior = prior.parse().unwrap();
        let draws: Vec<_> = (0..6).map(|seed| super::super::draw(&network, &data, &prior, seed).unwrap()).collect();
        beliefs(&network, &draws, CONFIDENCE)
    }

    fn held(beliefs: &[BeliefRecord], name: &str) -> Option<bool> {
        beliefs.iter().find(|belief| belief.belief == name).unwrap().held
    }

    #[test]
    fn a_healthy_start_keeps_every_belief() {
        for (network, prior) in [
            ("mlp(64, 128x10, 10, relu)", "he_normal"),
            ("mlp(64, 128x10, 10, relu)", "orthogonal(gain=1.4142135)"),
            ("mlp(64, 256x30, 10, relu)", "he_normal"),
            ("mlp(64, 96x4, 10, tanh)", "glorot_uniform"),
        ] {
            for belief in &measured(network, prior) {
                assert_ne!(belief.held, Some(false), "{network} {prior} {belief:?}");
            }
        }
    }

    #[test]
    fn planted_faults_are_seen() {
        let shrinking = measured("mlp(64, 128x10, 10, relu)", "glorot_uniform");
        assert_eq!(held(&shrinking, "scale"), Some(false));
        assert_eq!(held(&shrinking, "gradient_flow"), Some(false));
        let growing = measured("mlp(64, 128x10, 10, relu)", "normal(mean=0, std=0.25)");
        assert_eq!(held(&growing, "scale"), Some(false));
        let tied = measured("mlp(64, 32x2, 10, tanh)", "constant(value=0.1)");
        assert_eq!(held(&tied, "symmetry"), Some(false));
        let saturated = measured("mlp(64, 64x4, 10, tanh)", "normal(mean=0, std=30)");
        assert_eq!(held(&saturated, "activity"), Some(false));
    }

    #[test]
    fn a_network_without_hidden_layers_has_nothing_to_hold() {
        let beliefs = measured("mlp(64, 10, identity)", "glorot_uniform");
        assert_eq!(held(&beliefs, "scale"), None);
        assert_eq!(held(&beliefs, "symmetry"), None);
    }
}
