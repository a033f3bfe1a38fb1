//! Parameters that start without effect: 0, where another tensor breaks the symmetry and gradients arrive.
//!
//! A tensor of zeros learns if its input is not 0 and a gradient comes back to its output; then its first step is an outer
//! product of the two, whose rows differ because the random weights after it differ. Zeros one behind the other have
//! neither, and so do zeros before the flat side of an activation.

use seedbed_network::graph::{NodeIndex, Operation};

use super::draft::{Draft, Form};
use super::layers::user_of;
use super::stated::{Stated, together};
use super::{Belief, Solved, Work};
use crate::error::TheoryError;

/// Sets the named parameters to 0.
pub fn choose(work: &mut Work, stated: &Stated) -> Result<(), TheoryError> {
    for pattern in &stated.without_effect {
        let parameters = &work.draft.network.parameters;
        let names: Vec<String> = parameters
            .iter()
            .filter(|parameter| seedbed::name_fits(pattern, &parameter.name))
            .map(|parameter| parameter.name.clone())
            .collect();
        if names.is_empty() {
            let known: Vec<&str> = parameters.iter().take(SHOWN).map(|parameter| parameter.name.as_str()).collect();
            return Err(TheoryError::Beliefs {
                problem: format!(
                    "without_effect names '{pattern}', and no parameter is called so; there are {}{}",
                    known.join(", "),
                    if parameters.len() > SHOWN { ", …" } else { "" }
                ),
            });
        }
        work.draft.zeros.extend(names);
    }
    let Some(last) = work.draft.layers.last() else { return Ok(()) };
    let of_last = &work.draft.network.parameters[last.weight].name;
    if work.draft.zeros.contains(of_last) {
        let size = match (stated.output_std, stated.confidence) {
            (Some(std), _) => Some(format!("output_std = {std}")),
            (_, Some(confidence)) => Some(format!("confidence = {confidence}")),
            _ => None,
        };
        if let Some(size) = size {
            let problem = format!("with '{of_last}' at 0 every output is 0");
            return Err(together(&format!("without_effect = {:?}", stated.without_effect), &size, &problem));
        }
    }
    if !stated.without_effect.is_empty() {
        work.fixed.push(Belief::WithoutEffect);
        work.solved.push(Solved {
            number: "parameters at 0",
            value: work.draft.zeros.len() as f64,
            how: "each has an input that is not 0 and a gradient at its output".to_owned(),
            source: "Zhang et al. 2019 (Fixup); Zhao et al. 2022 (ZerO)",
        });
    }
    Ok(())
}

/// Names shown of a network's parameters.
const SHOWN: usize = 8;

/// Refuses zeros that could never learn.
pub fn check(draft: &Draft) -> Result<(), TheoryError> {
    let zeros: Vec<Zero> = zeros(draft);
    let is_zero = |node: NodeIndex| zeros.iter().any(|zero| zero.node == node);
    let (silent, reached) = (silent(draft, &is_zero), reached(draft, &is_zero));
    for Zero { name, node } in &zeros {
        let refuse = |problem: String| TheoryError::Impossible { asked: format!("'{name}' at 0"), problem };
        let input = draft.network.nodes[*node].inputs.first().copied().unwrap_or(0);
        if silent[input] {
            return Err(refuse(format!(
                "what it reads, '{}', is 0 for every input, so that its gradient is 0 and it never learns; let weights \
                 before it be random",
                draft.network.nodes[input].name
            )));
        }
        if !reached[*node] {
            return Err(refuse(
                "no gradient comes back to it, so that it never learns: what follows is 0 as well, or an activation that is \
                 flat at 0; units before it stay tied. Let the weights after it be random"
                    .to_owned(),
            ));
        }
    }
    Ok(())
}

/// A weight or a scale of a norm that is 0.
struct Zero {
    name: String,
    node: NodeIndex,
}

fn zeros(draft: &Draft) -> Vec<Zero> {
    let forms = draft.layers.iter().filter(|layer| layer.form == Form::Zero).map(|layer| layer.weight);
    let named = (0..draft.network.parameters.len())
        .filter(|&index| draft.zeros.contains(&draft.network.parameters[index].name));
    let acts = |index: &usize| {
        let node = user_of(draft.network, *index)?;
        let multiplies = match draft.network.nodes[node].operation {
            Operation::LayerNorm { scale, .. } => scale == *index,
            Operation::Recurrent { weight, .. } => weight == *index,
            ref other => other.weight_and_bias().is_some_and(|(weight, _)| weight == *index),
        };
        multiplies.then(|| Zero { name: draft.network.parameters[*index].name.clone(), node })
    };
    forms.chain(named).filter_map(|index| acts(&index)).collect()
}

/// Nodes whose output is 0 for every input.
fn silent(draft: &Draft, is_zero: &dyn Fn(NodeIndex) -> bool) -> Vec<bool> {
    let mut silent: Vec<bool> = Vec::new();
    for (place, node) in draft.network.nodes.iter().enumerate() {
        let inputs = !node.inputs.is_empty() && node.inputs.iter().all(|&input| silent[input]);
        let bias = draft.layers.iter().any(|layer| {
            let named = draft.zeros.contains(&draft.network.parameters[layer.bias].name);
            layer.node == place && layer.bias_variance > 0.0 && !named
        });
        silent.push(match node.operation {
            Operation::Activation(activation) => inputs && activation.value(0.0) == 0.0,
            _ => (inputs || is_zero(place)) && !bias,
        });
    }
    silent
}

/// Nodes to whose output a gradient comes back.
fn reached(draft: &Draft, is_zero: &dyn Fn(NodeIndex) -> bool) -> Vec<bool> {
    let silent = silent(draft, is_zero);
    let nodes = &draft.network.nodes;
    let mut reached = vec![false; nodes.len()];
    if let Some(last) = reached.last_mut() {
        *last = true;
    }
    for (place, node) in nodes.iter().enumerate().rev() {
        let passes = match node.operation {
            Operation::Activation(activation) => {
                !node.inputs.iter().all(|&input| silent[input]) || activation.derivative(0.0) != 0.0
            }
            _ => !is_zero(place),
        };
        if reached[place] && passes {
            node.inputs.iter().for_each(|&input| reached[input] = true);
        }
    }
    reached
}
