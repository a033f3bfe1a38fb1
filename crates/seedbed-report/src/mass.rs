//! The solution mass of priors, as a text table for the terminal.

use seedbed_feasibility::mass::{MassRecord, PriorMass};
use seedbed_feasibility::statistics::Estimate;

use crate::beliefs::{columns, measured, table};
use crate::table::{NONE, hundredths, wrapped};

/// What a column shows of a prior.
type Cell<'c> = &'c dyn Fn(&PriorMass) -> String;

/// One row a prior, and below it the notes; wrapped to `width` columns: without one, to the terminal's; without a terminal, to
/// 100. A column without a number in any row is left out.
pub fn mass(record: &MassRecord, width: Option<u16>) -> String {
    let cells: [(&str, Cell); 9] = [
        ("prior", &|prior| prior.prior.clone()),
        ("log2 P\n(bits)", &|prior| logarithm(&prior.log_mass_bits)),
        ("hits", &|prior| prior.hits.to_string()),
        ("method", &|prior| prior.method.clone()),
        ("evaluations", &|prior| prior.evaluations.to_string()),
        ("R-hat", &|prior| prior.r_hat.map_or_else(none, hundredths)),
        ("solved\nwithin", &|prior| prior.solved_within.as_ref().map_or_else(none, measured)),
        ("test error\nof solutions", &|prior| prior.test_error.as_ref().map_or_else(none, measured)),
        ("bound\non it", &|prior| prior.error_bound.as_ref().map_or_else(none, |bound| hundredths(bound.value))),
    ];
    let shown = cells.iter().filter(|(_, cell)| record.priors.iter().any(|prior| cell(prior) != NONE));
    let shown: Vec<_> = shown.collect();
    let header = shown.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows = record.priors.iter().map(|prior| shown.iter().map(|(_, cell)| cell(prior)).collect());
    let wide = usize::from(columns(width));
    let table = table(header, rows, width);
    format!("{}\n\n{table}\n\n{}", wrapped(&title(record), wide), below(record, wide)).trim_end().to_owned()
}

fn none() -> String {
    NONE.to_owned()
}

fn title(record: &MassRecord) -> String {
    let MassRecord { network, data, examples, target, .. } = record;
    let plural = if *examples == 1 { "" } else { "s" };
    format!("Solution mass of {network} on {examples} training example{plural} of {data}: {target}")
}

/// Value and interval; without a hit, the upper bound.
fn logarithm(estimate: &Estimate) -> String {
    let end = |value: f64| if value.is_finite() { format!("{value:.1}") } else { "−∞".to_owned() };
    match estimate.value.is_finite() {
        true => format!("{} [{}, {}]", end(estimate.value), end(estimate.low), end(estimate.high)),
        false => format!("below {}", end(estimate.high)),
    }
}

fn below(record: &MassRecord, columns: usize) -> String {
    let mut lines = Vec::new();
    for prior in &record.priors {
        if prior.zero_hits {
            let bound = logarithm(&prior.log_mass_bits);
            lines.push(format!("{}: no hit, so log2 P is {bound} at {:.0} %", prior.prior, 100.0 * record.confidence));
        }
        lines.extend(prior.notes.iter().map(|note| format!("{}: {note}", prior.prior)));
    }
    if let Some(prediction) = &record.prediction {
        lines.push(format!(
            "rank correlation of mass and solved share across {} priors: {}",
            prediction.n,
            measured(prediction)
        ));
    }
    lines.iter().map(|line| wrapped(line, columns)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prior(bits: Estimate, zero_hits: bool) -> PriorMass {
        PriorMass {
            prior: "he_normal".to_owned(),
            method: "direct".to_owned(),
            log_mass_nats: bits.clone(),
            log_mass_bits: bits,
            zero_hits,
            hits: usize::from(!zero_hits),
            evaluations: 100,
            repeats: Vec::new(),
            r_hat: None,
            effective_samples: None,
            solved_within: None,
            test_error: None,
            error_bound: None,
            notes: vec!["a note".to_owned()],
        }
    }

    #[test]
    fn a_mass_has_its_interval_and_no_hit_its_bound() {
        let found = prior(Estimate::new(-21.77, -22.5, -21.04, 10, "student_t_of_log"), false);
        let none = prior(Estimate::new(f64::NEG_INFINITY, f64::NEG_INFINITY, -8.1, 1000, "clopper_pearson"), true);
        let record = MassRecord {
            schema: String::new(),
            version: String::new(),
            network: "mlp(2, 2, tanh)".to_owned(),
            data: "digits".to_owned(),
            examples: 1,
            target: "exact fit".to_owned(),
            seed: 0,
            confidence: 0.95,
            priors: vec![found, none],
            prediction: None,
        };
        let text = mass(&record, Some(120));
        assert!(text.starts_with("Solution mass of mlp(2, 2, tanh) on 1 training example of digits: exact fit\n"));
        assert!(text.contains("-21.8 [-22.5, -21.0]") && text.contains("log2 P is below -8.1 at 95 %"), "{text}");
        assert!(text.contains("he_normal: a note") && !text.contains("R-hat"), "{text}");
    }
}
