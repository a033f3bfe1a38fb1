//! An orthogonal matrix for every gate of a recurrent cell.

use crate::initializer::catalogue::{Entry, GAIN, SYMMETRY_BROKEN, argument, claim};
use crate::initializer::family::unsuited;
use crate::initializer::matrix::Matrix;
use crate::plan::Plan;
use crate::{AxisRole, Error, Initializer, Parameter, Side};

pub const ENTRY: Entry = Entry {
    name: "gate_orthogonal",
    aliases: &[],
    summary: "an orthogonal matrix for each gate of a recurrent weight",
    formula: "w = [gain Q1; gain Q2; ...], one Haar (semi-)orthogonal Q a gate: the outputs in so many equal parts, in \
              order",
    arguments: &[argument("gates", Some("4"), "gates side by side, at least 1: 4 in an LSTM, 3 in a GRU"), GAIN],
    rationale: "orthogonal on a weight [gates units, units] would make the gates together semi-orthogonal: each one alone \
                would then shrink the state. It does what this does where the weight is declared as packed.",
    claims: &[
        claim("isometry", "all singular values of each gate are equal", "singular values of the Jacobian"),
        claim("memory", "the recurrent state keeps its length through time", "norm ratio through time"),
        SYMMETRY_BROKEN,
    ],
    source: "Saxe, McClelland & Ganguli 2013; a matrix a gate as in Le, Jaitly & Hinton 2015 and common LSTM code",
    elsewhere: "Keras's recurrent_initializer orthogonal, Flax's and PyTorch's orthogonal_ on weight_hh_l0 take all gates \
                of Keras and PyTorch as one matrix; Flax's cells have a weight a gate",
    example: "gate_orthogonal(gates=4)",
};

/// The plan of a weight, packed or not.
///
/// # Errors
/// A parameter without axes, or one whose outputs are not so many equal parts.
pub fn plan(initializer: &Initializer, parameter: &Parameter, gates: usize, gain: f64) -> Result<Plan, Error> {
    let orthogonal = Initializer::Orthogonal { gain, columns: Side::Output };
    let Some((axes, outputs)) = parameter.axes.as_ref().and_then(|axes| {
        let output = axes.of_role(AxisRole::Output).next()?;
        Some((axes, *parameter.shape.dimensions().get(output)?))
    }) else {
        Matrix::of(initializer, parameter)?; // which says what is missing
        return orthogonal.plan(parameter);
    };
    let declared = axes.packed.len();
    let problem = match declared {
        0 if outputs.is_multiple_of(gates) => {
            let packed = parameter.clone().packed(vec![outputs / gates; gates])?;
            return orthogonal.plan(&packed);
        }
        0 => format!("its {outputs} outputs are not {gates} equal parts"),
        _ if declared == gates => return orthogonal.plan(parameter),
        _ => format!(
            "it is declared as {declared} packed parts; give gates={declared}, or orthogonal, which keeps to them"
        ),
    };
    Err(unsuited(initializer, parameter, problem))
}

#[cfg(test)]
mod tests {
    use crate::initializer::structured::tests::{drawn, parameter, refused};
    use crate::{Initializer, Parameter};

    /// Whether each run of rows is orthonormal, of a weight [gates units, units].
    fn assert_orthogonal_blocks(values: &[f32], units: usize) {
        for gate in values.chunks(units * units) {
            let row = |index: usize| gate[index * units..][..units].iter().map(|&w| f64::from(w));
            for i in 0..units {
                for j in 0..units {
                    let product: f64 = row(i).zip(row(j)).map(|(a, b)| a * b).sum();
                    assert!((product - if i == j { 1.0 } else { 0.0 }).abs() < 1e-6, "{i} {j}: {product}");
                }
            }
        }
    }

    #[test]
    fn every_gate_of_a_cell_is_orthogonal() {
        for (gates, text) in [(4, "gate_orthogonal"), (3, "gate_orthogonal(gates=3)"), (1, "gate_orthogonal(gates=1)")]
        {
            let weight = Parameter::dense("weight_hh_l0", 24, gates * 24).unwrap();
            let values = drawn(text, &weight);
            assert_orthogonal_blocks(&values, 24);
            assert!(gates == 1 || values[..576] != values[576..1152], "gates differ");
            // as the weight that is declared as packed, by either name
            let packed = weight.packed(vec![24; gates]).unwrap();
            assert_eq!(drawn("orthogonal", &packed), values);
            assert_eq!(drawn(text, &packed), values);
        }
    }

    /// Of independent Haar Q1 and Q2 the trace of Q1ᵀ Q2 has mean 0 and variance 1, nearly normal.
    #[test]
    fn gates_are_independent() {
        let weight = Parameter::dense("w", 6, 12).unwrap();
        let initializer: Initializer = "gate_orthogonal(gates=2)".parse().unwrap();
        let seeds = 4000;
        let traces: Vec<f64> = (0..seeds)
            .map(|seed| {
                let values: Vec<f64> = initializer.draw_as(&weight, seed).unwrap();
                values[..36].iter().zip(&values[36..]).map(|(one, other)| one * other).sum()
            })
            .collect();
        let moment = |power| traces.iter().map(|trace| trace.powi(power)).sum::<f64>() / seeds as f64;
        let error = 4.5 / (seeds as f64).sqrt();
        assert!(moment(1).abs() < error, "{}", moment(1));
        assert!((moment(2) - 1.0).abs() < 2f64.sqrt() * error, "{}", moment(2));
    }

    #[test]
    fn a_layout_only_turns_it() {
        let weight = drawn("gate_orthogonal(gates=2, gain=3)", &parameter("12x6", "dense", 1));
        let turned = drawn("gate_orthogonal(gates=2, gain=3)", &parameter("6x12", "dense_in_out", 1));
        assert!((0..72).all(|place| (weight[place] - turned[place % 6 * 12 + place / 6]).abs() < 1e-6));
    }

    #[test]
    fn what_is_not_so_many_gates_is_refused() {
        let odd = refused("gate_orthogonal", &parameter("10x6", "dense", 1));
        assert!(odd.contains("'w' (10x6)") && odd.contains("10 outputs are not 4 equal parts"), "{odd}");
        let packed = Parameter::dense("w", 6, 12).unwrap().packed(vec![4; 3]).unwrap();
        assert!(refused("gate_orthogonal", &packed).contains("gates=3"));
        assert!(refused("gate_orthogonal", &Parameter::norm_scale("s", 8).unwrap()).contains("'s' (8)"));
        assert!("gate_orthogonal(gates=0)".parse::<Initializer>().is_err());
    }
}
