//! One row a measured quantity: what is claimed of it, what theory says, what draws show, and whether it is held.

use seedbed_network::graph::{Network, NodeIndex};

use super::measure::{self, Draw};
use super::record::{Claimed, Row};
use super::theory::{Derivation, Derived};
use super::{Request, spectrum, words};
use crate::probe::DrawProbe;
use crate::probe::layer::{SATURATED_DERIVATIVE, following_activation};
use crate::probe::summary::{
    self, ALL_DISTINCT_UNITS, BACKWARD_OVER_DEPTH, BACKWARD_PER_LAYER, DENSITY, DISTINCT_UNITS, FORWARD_OVER_DEPTH,
    FORWARD_PER_LAYER, INACTIVE_UNITS, belief, expected, geometric_mean,
};
use crate::record::BeliefRecord;
use crate::statistics::{self, Estimate};

/// Names of the quantities that are measured here and not by the probe.
pub(super) const SPREAD: &str = "spread of the squared singular values";
pub(super) const JACOBIAN_MEAN: &str = "mean squared singular value of the Jacobian";
pub(super) const UNREAD: &str = "inputs that no unit reads / inputs";
const UNREAD_UNITS: &str = "hidden units that no unit reads / units";
pub(super) const EFFECTIVE_INPUTS: &str = "effective inputs per unit";
pub(super) const HIDDEN_LIKENESS: &str = "cosine of two examples, last hidden layer";
const OUTPUT_SCALE: &str = "mean square of the outputs";
const OUTPUT_LIKENESS: &str = "cosine of the outputs of two examples";
const AGREEMENT: &str = "squared cosine of the outputs of two draws";
const MOST_FREQUENT: &str = "share of the most frequent class";
const CONSTANT: &str = "draws that give every example one class";

/// One layer of Gaussian weights has spread 1 (Marchenko & Pastur 1967). At a quarter of it the squared singular values
/// stray by half of their mean.
const MOST_SPREAD: f64 = 0.25;

/// What the rows are made from.
pub struct Table<'t> {
    pub request: &'t Request<'t>,
    pub bench: &'t measure::Bench<'t>,
    pub draws: &'t [Draw],
    pub derivation: &'t Derivation<'t>,
}

impl Table<'_> {
    /// All rows, those of a belief together, and one for each claim that nothing here measures.
    pub fn rows(&self, claims: &[(&'static str, Claimed)]) -> Vec<Row> {
        let mut rows = self.probed();
        rows.extend(self.isometry());
        rows.extend(self.connections());
        rows.extend(self.likeness());
        rows.extend(self.functions());
        for row in &mut rows {
            row.claimed = claims.iter().find(|(belief, _)| *belief == row.belief).map(|(_, claimed)| claimed.clone());
            if row.held == Some(false) {
                row.note = words::not_held(self.request.network, row);
            }
        }
        let unmeasured = claims.iter().filter(|(belief, _)| !rows.iter().any(|row| row.belief == *belief));
        let unmeasured: Vec<Row> = unmeasured.map(|(belief, claimed)| unmeasured_row(belief, claimed)).collect();
        rows.extend(unmeasured);
        let mut order: Vec<String> = Vec::new();
        rows.iter().for_each(|row| {
            if !order.contains(&row.belief) {
                order.push(row.belief.clone())
            }
        });
        rows.sort_by_key(|row| order.iter().position(|belief| *belief == row.belief));
        rows
    }

    fn mean(&self, measure: impl Fn(&Draw) -> f64) -> Estimate {
        let values: Vec<f64> = self.draws.iter().map(measure).collect();
        statistics::mean(&values, self.request.confidence)
    }

    /// The beliefs of the probe, each with its theory.
    fn probed(&self) -> Vec<Row> {
        let probes: Vec<DrawProbe> = self.draws.iter().map(|draw| draw.probe.clone()).collect();
        let beliefs = summary::beliefs(self.request.network, &probes, self.request.confidence);
        beliefs.into_iter().map(|belief| self.with_theory(belief)).collect()
    }

    fn with_theory(&self, belief: BeliefRecord) -> Row {
        let network = self.request.network;
        let derivation = self.derivation;
        let hidden = hidden_layers(network);
        let layer = belief.layer.as_deref().and_then(|name| network.nodes.iter().position(|node| node.name == name));
        let over_depth = |backward: bool, per_layer: bool| {
            let (first, last) = hidden_ends(&hidden)?;
            let ratio = match backward {
                true => derivation.backward_ratio(first, last),
                false => derivation.forward_ratio(first, last),
            }?;
            let power = if per_layer { 1.0 / (hidden.len() - 1) as f64 } else { 1.0 };
            let root = |value: f64| value.powf(power);
            Ok(super::record::Theory {
                value: root(ratio.value),
                low: ratio.low.map(root),
                high: ratio.high.map(root),
                ..ratio
            })
        };
        let theory = match (belief.quantity.as_str(), layer) {
            (FORWARD_PER_LAYER, _) => over_depth(false, true),
            (FORWARD_OVER_DEPTH, _) => over_depth(false, false),
            (BACKWARD_PER_LAYER, _) => over_depth(true, true),
            (BACKWARD_OVER_DEPTH, _) => over_depth(true, false),
            (DISTINCT_UNITS, Some(node)) => derivation.distinct_units(&network.nodes[node]),
            (ALL_DISTINCT_UNITS, _) => derivation.all_distinct_units(),
            (DENSITY, _) => derivation.density(),
            (INACTIVE_UNITS, Some(node)) => match following_activation(network, node) {
                Some((_, activation)) => derivation.saturated(node, activation, SATURATED_DERIVATIVE),
                None => Err(no_law()),
            },
            _ => Err(no_law()),
        };
        row(belief, theory)
    }

    fn isometry(&self) -> Vec<Row> {
        let Some(ends) = self.bench.ends else { return Vec::new() };
        let Request { network, prior, confidence, .. } = *self.request;
        let of_each = |measure: fn(&super::jacobian::Jacobian) -> f64| -> Vec<f64> {
            self.draws.iter().filter_map(|draw| draw.jacobian.as_ref()).map(measure).collect()
        };
        let spread = belief("isometry", SPREAD, None)
            .measured(statistics::mean(&of_each(|jacobian| jacobian.spread), confidence))
            .expected(expected(0.0, MOST_SPREAD, "a quarter of that of one Gaussian layer"));
        let kept = if ends.hidden { summary::kept_over_depth(network) } else { None };
        let mean = belief("isometry", JACOBIAN_MEAN, None)
            .measured(geometric_mean(&of_each(|jacobian| jacobian.mean_square), confidence))
            .expected(kept);
        vec![
            row(spread, spectrum::spread(network, prior, ends, self.derivation)),
            row(mean, self.derivation.jacobian_mean(ends)),
        ]
    }

    fn connections(&self) -> Vec<Row> {
        let nodes: Vec<NodeIndex> = self.request.network.weighted_layers().map(|(node, _)| node).collect();
        let nodes_named = |layer: usize| &self.request.network.nodes[nodes[layer]];
        let unread = |quantity, layer: usize| {
            belief("sparsity", quantity, Some(nodes_named(layer).name.clone()))
                .measured(self.mean(|draw| draw.connections[layer].unread_inputs))
        };
        let inputs = unread(UNREAD, 0).expected(expected(0.0, 0.0, "an input that no unit reads cannot count"));
        let effective = belief("sparsity", EFFECTIVE_INPUTS, Some(nodes_named(0).name.clone()))
            .measured(self.mean(|draw| draw.connections[0].effective_inputs));
        let mut rows = vec![row(inputs, self.derivation.unread_inputs(nodes_named(0))), row(effective, Err(no_law()))];
        let share = |layer: usize| self.draws.iter().map(|draw| draw.connections[layer].unread_inputs).sum::<f64>();
        let worst = (1..nodes.len()).reduce(|worst, next| if share(next) > share(worst) { next } else { worst });
        rows.extend(
            worst.map(|layer| row(unread(UNREAD_UNITS, layer), self.derivation.unread_inputs(nodes_named(layer)))),
        );
        rows
    }

    fn likeness(&self) -> Vec<Row> {
        let Some(node) = measure::last_hidden(self.request.network) else { return Vec::new() };
        let measured = self.mean(|draw| draw.hidden_likeness);
        vec![row(belief("diversity", HIDDEN_LIKENESS, None).measured(measured), self.derivation.likeness(node))]
    }

    /// The prior predictive: what the functions of draws are like, on the data.
    fn functions(&self) -> Vec<Row> {
        let derivation = self.derivation;
        let fact = |quantity, measured| belief("functions", quantity, None).measured(measured);
        let constant = self.draws.iter().filter(|draw| draw.function.most_frequent == 1.0).count();
        let pairs: Vec<f64> = self.draws.chunks_exact(2).map(|pair| squared_cosine(&pair[0], &pair[1])).collect();
        let mut rows = vec![
            row(fact(OUTPUT_SCALE, self.mean(|draw| draw.function.mean_square)), derivation.output_scale()),
            row(fact(OUTPUT_LIKENESS, self.mean(|draw| draw.function.likeness)), derivation.output_likeness()),
            row(fact(AGREEMENT, statistics::mean(&pairs, self.request.confidence)), derivation.agreement_of_draws()),
        ];
        if !self.request.data.is_regression() {
            let classes = "the class of the largest of correlated Gaussians has no closed form; measured column only";
            let constant = statistics::wilson(constant, self.draws.len(), self.request.confidence);
            let most_frequent = fact(MOST_FREQUENT, self.mean(|draw| draw.function.most_frequent));
            rows.extend([most_frequent, fact(CONSTANT, constant)].map(|fact| row(fact, Err(classes.to_owned()))));
        }
        rows
    }
}

fn no_law() -> String {
    "no closed form; measured column only".to_owned()
}

fn row(measured: BeliefRecord, theory: Derived) -> Row {
    let BeliefRecord { belief, quantity, layer, measured, expected, held } = measured;
    let (theory, note) = match theory {
        Ok(theory) => (Some(theory), String::new()),
        Err(reason) => (None, reason),
    };
    Row { belief, quantity, layer, claimed: None, theory, measured, expected, held, note }
}

fn unmeasured_row(belief: &str, claimed: &Claimed) -> Row {
    Row {
        belief: belief.to_owned(),
        quantity: "nothing".to_owned(),
        layer: None,
        claimed: Some(claimed.clone()),
        theory: None,
        measured: Estimate::new(f64::NAN, f64::NAN, f64::NAN, 0, "not measured"),
        expected: None,
        held: None,
        note: "a feed-forward pass shows nothing of this claim".to_owned(),
    }
}

/// The weighted layers but the last.
fn hidden_layers(network: &Network) -> Vec<NodeIndex> {
    let mut hidden: Vec<NodeIndex> = network.weighted_layers().map(|(node, _)| node).collect();
    hidden.pop();
    hidden
}

fn hidden_ends(hidden: &[NodeIndex]) -> Result<(NodeIndex, NodeIndex), String> {
    match hidden {
        [first, .., last] => Ok((*first, *last)),
        _ => Err("there are not two hidden layers".to_owned()),
    }
}

/// (f·g)²/(f·f g·g) of the outputs of two draws; NaN where one of them is 0.
fn squared_cosine(first: &Draw, second: &Draw) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>();
    let (f, g) = (&first.function.outputs, &second.function.outputs);
    dot(f, g).powi(2) / (dot(f, f) * dot(g, g))
}
