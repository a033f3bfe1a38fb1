//! Which weights there are: orthogonal, sparse, or both.

use seedbed_network::graph::Operation;

use super::draft::{Draft, Form, Layer, Part};
use super::held::block_share;
use super::layers::{self, fan_in, units};
use super::root::{Scale, search};
use super::stated::{Stated, together};
use super::{ALLOWED, LENGTH, Solved, Work};
use crate::error::TheoryError;
use crate::jacobian::SlopeMoments;

/// Lengths that are searched for an isometry.
const LENGTHS: (f64, f64) = (1e-8, 1e4);
/// Expected units that no unit reads, or inputs, from which on a sparse layer is refused: the threshold of connectivity,
/// where the share of nonzero weights is about ln n over the number of units that could read them (Erdős & Rényi 1959).
const UNREAD: f64 = 1.0;

/// Places the weights; the length of hidden pre-activations that an isometry needs, else 1.
pub fn choose(work: &mut Work, stated: &Stated) -> Result<f64, TheoryError> {
    let length = match stated.isometry {
        Some(spread) => isometric_length(work, spread)?,
        None => LENGTH,
    };
    let orthogonal = stated.isometry.is_some() || stated.diverse_units == Some(true);
    if orthogonal {
        for part in [Part::First, Part::Hidden, Part::BranchEnd] {
            work.draft = work.draft.with(part, |layer| layer.form = Form::Orthogonal);
        }
    }
    if let Some(density) = stated.density {
        let form = if orthogonal { sparse_orthogonal } else { sparse };
        place(work, &[Part::Hidden, Part::BranchEnd], "density", density, form)?;
    }
    if let Some(share) = stated.relevant_inputs {
        check_inputs(&work.draft, share)?;
        place(work, &[Part::First], "relevant_inputs", share, sparse)?;
    }
    Ok(length)
}

/// Gives the layers of some parts a form of the wanted share of nonzero weights, and refuses what leaves units unread.
fn place(
    work: &mut Work,
    parts: &[Part],
    belief: &'static str,
    wanted: f64,
    form: fn(inputs: usize, units: usize, share: f64) -> (Form, f64),
) -> Result<(), TheoryError> {
    let asked = || format!("{belief} = {wanted}");
    let refuse = |problem: String| Err(TheoryError::Impossible { asked: asked(), problem });
    let mut unread = 0.0;
    let mut draft = work.draft.clone();
    let network = draft.network;
    let mut placed = 0;
    for layer in draft.layers.iter_mut().filter(|layer| parts.contains(&layer.part)) {
        let (inputs, units) = (fan_in(&network.parameters[layer.weight]), units(network, layer.node));
        let (chosen, share) = form(inputs, units, wanted);
        if (share - wanted).abs() > ALLOWED * wanted {
            let name = &network.nodes[layer.node].name;
            return refuse(format!(
                "units of '{name}' have {inputs} weights each, and the nearest share that can be had is {share:.4}"
            ));
        }
        layer.form = chosen;
        placed += 1;
        unread += match chosen {
            Form::Sparse(_) => inputs as f64 * (1.0 - share).powf(units as f64),
            _ => 0.0,
        };
        if unread >= UNREAD {
            let least = 1.0 - (inputs as f64).powf(-1.0 / units as f64);
            let name = &network.nodes[layer.node].name;
            return refuse(format!(
                "about {unread:.1} inputs of '{name}' would be read by none of its {units} units; above {least:.4} fewer \
                 than one of {inputs} is expected to be"
            ));
        }
    }
    if placed == 0 {
        return refuse(match belief {
            "density" => "the network has no layer between the first and the last".to_owned(),
            _ => "no layer sees the inputs alone: a residual sum passes them all on".to_owned(),
        });
    }
    if unread > 0.0 {
        let chance = 1.0 - (-unread).exp();
        if chance > RISK {
            work.warnings.push(format!("{}: with a chance of {chance:.3} some input is read by no unit", asked()));
        }
    }
    work.draft = draft;
    work.solved.push(Solved {
        number: "share of nonzero weights",
        value: wanted,
        how: format!("{belief}: whole weights a unit, at least so many that less than one input is expected unread"),
        source: "Martens 2010, section 5; Erdős & Rényi 1959",
    });
    Ok(())
}

/// Chances below this need no warning.
const RISK: f64 = 0.01;

fn sparse(inputs: usize, _units: usize, share: f64) -> (Form, f64) {
    let nonzeros = ((share * inputs as f64).round() as usize).clamp(1, inputs.max(1));
    (Form::Sparse(nonzeros), nonzeros as f64 / inputs as f64)
}

/// Blocks of the size whose share of nonzero weights, n′ of the last smaller block included, is nearest.
fn sparse_orthogonal(inputs: usize, units: usize, share: f64) -> (Form, f64) {
    let n = inputs.max(units);
    let of = |size: usize| block_share(n, size);
    let off = |size: usize| (of(size) - share).abs();
    let size = (1..=n).min_by(|a, b| off(*a).total_cmp(&off(*b))).unwrap_or(1);
    (Form::SparseOrthogonal(size), of(size))
}

/// Whether the first layer's weights decide which inputs matter.
fn check_inputs(draft: &Draft, share: f64) -> Result<(), TheoryError> {
    let convolution =
        |layer: &&Layer| matches!(draft.network.nodes[layer.node].operation, Operation::Convolution { .. });
    match draft.of(Part::First).find(convolution) {
        Some(layer) => Err(TheoryError::Impossible {
            asked: format!("relevant_inputs = {share}"),
            problem: format!(
                "'{}' is a convolution, whose few weights still read every place of the image; state a density",
                draft.network.nodes[layer.node].name
            ),
        }),
        None => Ok(()),
    }
}

/// The length at which orthogonal layers have the wanted spread of squared singular values, (layers − 1)(μ₂/μ₁² − 1).
fn isometric_length(work: &mut Work, spread: f64) -> Result<f64, TheoryError> {
    let draft = &work.draft;
    let asked = format!("isometry = {spread}");
    let refuse = |problem: String| TheoryError::Impossible { asked: asked.clone(), problem };
    layers::plain(draft.network).map_err(refuse)?;
    let activation = layers::activation(draft.network)?;
    let hidden: Vec<&Layer> = draft.layers.iter().filter(|layer| layer.part != Part::Readout).collect();
    let widths: Vec<usize> = hidden.iter().map(|layer| draft.network.nodes[layer.node].shape.elements()).collect();
    let convolution =
        |layer: &&Layer| matches!(draft.network.nodes[layer.node].operation, Operation::Convolution { .. });
    if hidden.iter().any(convolution) {
        return Err(refuse(
            "at the borders of an image a convolution loses part of every signal; use dense layers".to_owned(),
        ));
    }
    if hidden.len() < 2 || widths.iter().any(|width| *width != widths[0]) {
        return Err(refuse(format!("it needs at least two hidden layers of one width, and theirs are {widths:?}")));
    }
    let between = (hidden.len() - 1) as f64;
    let per_layer = |length: f64| between * SlopeMoments::of(activation, length).relative_variance();
    if activation.is_homogeneous() {
        let least = per_layer(LENGTH);
        if least == 0.0 || (spread - least).abs() <= ALLOWED * least {
            return Ok(LENGTH);
        }
        let name = activation.to_string();
        return Err(together(
            &asked,
            &name,
            &format!(
                "slopes of {name} differ whatever the weights are, so that over {between} layers the spread is {least:.4}; \
                 tanh, erf, sin and hardtanh come as near to 0 as wanted"
            ),
        ));
    }
    let length = search(("isometry", spread, Scale::Logarithm), LENGTHS, |length| Ok(per_layer(length)))?;
    work.solved.push(Solved {
        number: "length q of hidden pre-activations",
        value: length,
        how: format!("spread of squared singular values = {between} (E φ′⁴/(E φ′²)² − 1), orthogonal weights"),
        source: "Pennington, Schoenholz & Ganguli 2017",
    });
    Ok(length)
}
