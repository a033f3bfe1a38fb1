//! A prior in the space of its weights, as text tables for the terminal.

use seedbed_feasibility::parameters::record::{
    DivergenceRecord, EntropyRecord, MatrixRecord, ParameterRecord, ParametersRecord, PriorDivergence, PriorParameters,
};

use crate::beliefs::{columns, measured, short, table};
use crate::table::{NONE, hundredths, wrapped};

const HEADER: [&str; 8] = [
    "parameter",
    "shape",
    "initializer",
    "entropy\n(nats)",
    "density",
    "norm,\ntheory",
    "norm,\nmeasured",
    "ln(norm/\n√(out/in))",
];

const LEGEND: [&str; 3] = [
    "entropy: differential, over all elements of the tensor. Where they have no density together it is −∞, and its parts stand \
     there: what is discrete, and the density of the numbers that are free then",
    "norm: the largest singular value, one line a matrix where a parameter holds several; [ ] is the interval of its mean \
     over draws",
    "ln(norm/√(out/in)), of the mean measured norm: distance from the spectral condition; features learn at any width where it does not move with width",
];

/// A table a prior, one row a matrix, with the entropy in all below; then the divergences between the priors. Wrapped to
/// `width` columns: without one, to the terminal's; without a terminal, to 100.
pub fn parameters(record: &ParametersRecord, width: Option<u16>) -> String {
    let mut parts: Vec<String> = record.priors.iter().map(|prior| of_prior(record, prior, width)).collect();
    let legend = LEGEND.map(|line| wrapped(line, usize::from(columns(width)))).join("\n");
    parts.push(legend);
    parts.extend(record.divergences.chunks(2).filter_map(|pair| between(pair, width)));
    parts.join("\n\n")
}

fn of_prior(record: &ParametersRecord, prior: &PriorParameters, width: Option<u16>) -> String {
    let title = format!("{} on {}, {} draws", prior.prior, record.network, record.draws);
    let rows = prior.parameters.iter().flat_map(of_parameter);
    let header = HEADER.map(str::to_owned).to_vec();
    let together = prior.entropy.as_ref().map_or_else(String::new, |all| format!("entropy in all: {}", in_full(all)));
    let wide = usize::from(columns(width));
    format!("{}\n\n{}\n\n{}", wrapped(&title, wide), table(header, rows, width), wrapped(&together, wide))
}

/// One row a matrix, or one without.
fn of_parameter(parameter: &ParameterRecord) -> Vec<Vec<String>> {
    let none = || [(); 3].map(|()| NONE.to_owned());
    let mut matrices = parameter.matrices.iter().map(of_matrix);
    let mut first = vec![
        parameter.name.clone(),
        parameter.shape.clone(),
        parameter.initializer.clone(),
        entropy(&parameter.entropy),
        density(parameter),
    ];
    first.extend(matrices.next().unwrap_or_else(none));
    let others = matrices.map(|cells| [vec![String::new(); 5], cells.to_vec()].concat());
    std::iter::once(first).chain(others).collect()
}

fn of_matrix(matrix: &MatrixRecord) -> [String; 3] {
    let distance = match matrix.measured_norm.value == 0.0 {
        true => "−∞".to_owned(),
        // less than that is the rounding of a draw
        false if matrix.measured_distance.value.is_nan() => NONE.to_owned(),
        false => hundredths(matrix.measured_distance.value),
    };
    [matrix.predicted_norm.map_or_else(|| NONE.to_owned(), short), measured(&matrix.measured_norm), distance]
}

/// The derived share, or the measured one.
fn density(parameter: &ParameterRecord) -> String {
    parameter.density.map_or_else(|| measured(&parameter.measured_density), short)
}

/// One number, or its parts.
fn entropy(record: &EntropyRecord) -> String {
    match record.differential_nats {
        Some(nats) => whole(nats),
        None if record.free == 0.0 => "−∞, fixed".to_owned(),
        None if record.free.is_nan() => "not derived".to_owned(),
        None => format!("{} + {}", whole(record.discrete_nats), whole(record.density_nats)),
    }
}

fn in_full(record: &EntropyRecord) -> String {
    match record.differential_nats {
        Some(nats) => format!("{} nats, {}", whole(nats), record.support),
        None if record.free.is_nan() => record.support.clone(),
        None => format!(
            "{} nats discrete + {} nats of density over {:.0} free numbers ({})",
            whole(record.discrete_nats),
            whole(record.density_nats),
            record.free,
            record.support
        ),
    }
}

/// Without digits that no one reads.
fn whole(nats: f64) -> String {
    if nats.abs() < 1e4 { format!("{nats:.1}") } else { format!("{nats:.0}") }
}

/// Both ways between two priors.
fn between(pair: &[PriorDivergence], width: Option<u16>) -> Option<String> {
    let [there, back] = pair else { return None };
    let header = ["parameter".to_owned(), "KL(p‖q), nats".to_owned(), "KL(q‖p), nats".to_owned(), "why".to_owned()];
    let lines = there.parameters.iter().zip(&back.parameters).chain([(&there.together, &back.together)]);
    let row = |(there, back): (&DivergenceRecord, &DivergenceRecord)| {
        vec![there.parameter.clone(), nats(there), nats(back), why(there, back)]
    };
    let title = format!("How far p = {} is from q = {}", there.from, there.to);
    Some(format!("{title}\n\n{}", table(header.to_vec(), lines.map(row), width)))
}

fn nats(record: &DivergenceRecord) -> String {
    match record.nats {
        Some(nats) => short(nats),
        None if record.infinite => "∞".to_owned(),
        None => "not derived".to_owned(),
    }
}

/// The reason one way, which is also that of the other where both are infinite.
fn why(there: &DivergenceRecord, back: &DivergenceRecord) -> String {
    let reasons = [("KL(p‖q)", &there.reason), ("KL(q‖p)", &back.reason)];
    let mut said =
        reasons.iter().filter_map(|(name, reason)| reason.as_ref().map(|reason| format!("{name}: {reason}")));
    said.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_feasibility::parameters::{Request, parameters as measure};
    use seedbed_feasibility::study::Silent;

    fn shown(network: &str, priors: &[&str]) -> String {
        let network = network.parse().unwrap();
        let priors: Vec<seedbed::Prior> = priors.iter().map(|prior| prior.parse().unwrap()).collect();
        let request = Request { network: &network, priors: &priors, draws: 3, seed: 0, confidence: 0.95 };
        parameters(&measure(&request, 1, &Silent).unwrap(), Some(200))
    }

    fn line<'t>(text: &'t str, start: &str) -> &'t str {
        text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("no {start} in {text}"))
    }

    #[test]
    fn one_row_a_matrix_and_the_sum() {
        let text = shown("mlp(64, 32x2, 10, relu)", &["orthogonal(gain=2)"]);
        assert!(text.starts_with("orthogonal(gain=2) on mlp(64, 32x2, 10, relu), 3 draws\n"), "{text}");
        let hidden = line(&text, "layer2.weight");
        assert!(
            hidden.contains("32x32") && hidden.contains("2.00 [2.00, 2.00]") && hidden.contains("0.69"),
            "{hidden}"
        );
        assert!(line(&text, "layer2.bias").contains("−∞, fixed"));
        // n p − p (p + 1)/2 for the three: 64·32 − 528, 32·32 − 528, 32·10 − 55
        assert!(line(&text, "entropy in all").contains("over 2281 free numbers"), "{text}");
        assert!(!text.contains("KL("));
        let cell = shown("lstm(5x3, 8, 2)", &["he_normal"]);
        let gates = cell.lines().skip_while(|line| !line.starts_with("layer1.recurrent ")).skip(1);
        assert_eq!(gates.take_while(|line| line.starts_with(' ')).count(), 3, "{cell}");
    }

    #[test]
    fn priors_are_set_against_each_other_with_the_reason() {
        let text = shown("mlp(8, 4, 3, relu)", &["lecun_normal", "he_normal", "orthogonal"]);
        assert_eq!(text.matches("How far p = ").count(), 3);
        // 44 weights of ½ ln 2 − ¼ one way, ½ − ½ ln 2 the other
        let together = line(&text, "in all");
        assert!(together.contains("4.25") && together.contains("6.75"), "{together}");
        assert!(text.contains("∞") && text.contains("without volume"), "{text}");
    }
}
