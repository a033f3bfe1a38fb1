//! A prior in the making: one line a layer, in the units of the theory.

use seedbed::{Distribution, FanMode, Initializer, Nonzeros, Parameter, Prior, Rule, Side, Sparse, Structured};
use seedbed_network::graph::{Network, NodeIndex, ParameterIndex};

use super::layers::{self, fan_in, units};
use crate::error::TheoryError;
use crate::propagate::{InputMoments, Prediction, propagate};

/// What a layer is to the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It sees the inputs, with no weights before it.
    First,
    /// Between the first and the last.
    Hidden,
    /// The last weights of a residual branch.
    BranchEnd,
    /// The last weights of the network.
    Readout,
}

/// How a layer's weights are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Independent normal weights.
    Dense,
    /// Orthogonal.
    Orthogonal,
    /// So many nonzero weights into each unit.
    Sparse(usize),
    /// Orthogonal in shuffled blocks of so many.
    SparseOrthogonal(usize),
    /// Nothing at first.
    Zero,
}

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    pub node: NodeIndex,
    pub weight: ParameterIndex,
    pub bias: ParameterIndex,
    pub part: Part,
    pub form: Form,
    /// fan_in · E w².
    pub scale: f64,
    /// E b².
    pub bias_variance: f64,
}

/// All layers, and what else is given.
#[derive(Clone, Debug)]
pub struct Draft<'n> {
    pub network: &'n Network,
    pub layers: Vec<Layer>,
    /// Names of parameters that are 0, before all else.
    pub zeros: Vec<String>,
    /// Rules of parameters that are no dense layer's.
    pub others: Vec<Rule>,
    pub input_mean_square: f64,
}

impl<'n> Draft<'n> {
    pub fn new(network: &'n Network, input_mean_square: f64) -> Draft<'n> {
        let layers = layers::layers(network);
        Draft { network, layers, zeros: Vec::new(), others: Vec::new(), input_mean_square }
    }

    pub fn of(&self, part: Part) -> impl Iterator<Item = &Layer> {
        self.layers.iter().filter(move |layer| layer.part == part)
    }

    /// The same with every layer of a part changed.
    pub fn with(&self, part: Part, change: impl Fn(&mut Layer)) -> Draft<'n> {
        let mut draft = self.clone();
        draft.layers.iter_mut().filter(|layer| layer.part == part).for_each(change);
        draft
    }

    /// What the mean field says of it; two examples with the cosine `cosine`.
    pub fn predict(&self, cosine: f64) -> Result<Vec<Prediction>, TheoryError> {
        let square = self.input_mean_square;
        let input = InputMoments { mean_square: square, examples: cosine * square, ..InputMoments::standardized() };
        propagate(self.network, &self.prior(), &input)
    }

    fn parameter(&self, index: ParameterIndex) -> &'n Parameter {
        &self.network.parameters[index]
    }

    fn weight(&self, layer: &Layer) -> Initializer {
        let fan_in = fan_in(self.parameter(layer.weight)) as f64;
        let longer = fan_in.max(units(self.network, layer.node) as f64);
        let gain = (layer.scale * longer / fan_in).sqrt();
        match layer.form {
            Form::Zero => Initializer::Zeros,
            Form::Dense => Initializer::VarianceScaling {
                scale: layer.scale,
                mode: FanMode::FanIn,
                distribution: Distribution::Normal,
            },
            Form::Orthogonal => Initializer::Orthogonal { gain, columns: Side::Output },
            Form::Sparse(nonzeros) => Initializer::Sparse(Sparse {
                nonzeros: Nonzeros::Exactly(nonzeros),
                per: Side::Output,
                gain: layer.scale.sqrt(),
            }),
            Form::SparseOrthogonal(size) => Initializer::Structured(Structured::PermutedBlocks { size, gain }),
        }
    }

    /// A rule for each parameter, by name.
    fn rules(&self) -> Vec<Rule> {
        let zero = self.zeros.iter().map(|name| (name.clone(), Initializer::Zeros));
        let layers = self.layers.iter().flat_map(|layer| {
            let bias = match layer.bias_variance {
                0.0 => Initializer::Zeros,
                variance => Initializer::Normal { mean: 0.0, std: variance.sqrt() },
            };
            let name = |index| self.parameter(index).name.clone();
            [(name(layer.weight), self.weight(layer)), (name(layer.bias), bias)]
        });
        zero.chain(self.others.iter().cloned()).chain(layers).collect()
    }

    /// The prior: what most weights, and most biases, have in common stands once as a pattern, after the exceptions.
    pub fn prior(&self) -> Prior {
        let mut rules: Vec<Rule> = Vec::new();
        for rule in self.rules() {
            // zeros come first and hold
            if !rules.iter().any(|(name, _)| *name == rule.0) {
                rules.push(rule);
            }
        }
        for ending in [".weight", ".bias"] {
            let kinds: Vec<&Initializer> =
                rules.iter().filter(|(name, _)| name.ends_with(ending)).map(|(_, initializer)| initializer).collect();
            let count = |kind: &Initializer| kinds.iter().filter(|other| **other == kind).count();
            let Some(most) = kinds.iter().max_by_key(|kind| count(kind)).map(|kind| (*kind).clone()) else { continue };
            rules.retain(|(name, initializer)| !name.ends_with(ending) || *initializer != most);
            rules.push((format!("*{ending}"), most));
        }
        Prior::from_rules(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_short_and_mean_the_same() {
        let network: Network = "mlp(4, 6x3, 2, tanh)".parse().unwrap();
        let mut draft = Draft::new(&network, 1.0);
        let parts: Vec<Part> = draft.layers.iter().map(|layer| layer.part).collect();
        assert_eq!(parts, [Part::First, Part::Hidden, Part::Hidden, Part::Readout]);
        assert_eq!(draft.prior().to_string(), "{*.weight=lecun_normal; *.bias=zeros}");
        draft.layers[1].bias_variance = 0.25;
        draft.layers[3].scale = 0.5;
        draft.zeros.push("layer2.weight".to_owned());
        let prior = draft.prior();
        for (rule, parameter) in [("zeros", 2), ("normal(mean=0, std=0.5)", 3), ("zeros", 1), ("lecun_normal", 0)] {
            let expected: Initializer = rule.parse().unwrap();
            assert_eq!(prior.initializer(&network.parameters[parameter]).unwrap(), expected, "{prior}");
        }
    }

    #[test]
    fn every_form_has_the_scale_asked_for() {
        let network: Network = "mlp(4, 16, 8, 2, tanh)".parse().unwrap();
        for form in [Form::Dense, Form::Orthogonal, Form::Sparse(2), Form::SparseOrthogonal(4)] {
            let mut draft = Draft::new(&network, 1.0);
            draft.layers.iter_mut().for_each(|layer| (layer.form, layer.scale) = (form, 1.7));
            for layer in &draft.layers {
                let parameter = &network.parameters[layer.weight];
                let variance = draft.prior().initializer(parameter).unwrap().element_variance(parameter).unwrap();
                let scale = variance * fan_in(parameter) as f64;
                assert!((scale - 1.7).abs() < 1e-12, "{form:?} {}: {scale}", parameter.name);
            }
        }
    }
}
