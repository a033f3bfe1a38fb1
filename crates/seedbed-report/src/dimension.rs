//! The intrinsic dimension from several priors, as a text table for the terminal.

use seedbed_feasibility::dimension::{DimensionRecord, PriorDimension};
use seedbed_feasibility::statistics::estimate::short;

use crate::beliefs::{columns, measured, table};
use crate::table::{NONE, wrapped};

/// One row a prior, and below it what the reader should know; wrapped to `width` columns: without one, to the terminal's; without
/// a terminal, to 100. A column without a number in any row is left out.
pub fn dimension(record: &DimensionRecord, width: Option<u16>) -> String {
    type Cell<'c> = &'c dyn Fn(&PriorDimension) -> String;
    let whole_space = format!("{}\nof the whole space", record.performance);
    let cells: [(&str, Cell); 7] = [
        ("prior", &|prior| prior.prior.clone()),
        ("dimension", &|prior| median(prior, record)),
        ("share of all\nparameters", &|prior| share(prior, record)),
        ("seeds that\ngot there", &|prior| format!("{} of {}", prior.reached, prior.seeds.len())),
        ("learning\nrates", &rates),
        (&whole_space, &|prior| prior.whole.as_ref().map_or_else(|| NONE.to_owned(), measured)),
        ("steps", &|prior| prior.steps.to_string()),
    ];
    let shown: Vec<_> =
        cells.iter().filter(|(_, cell)| record.priors.iter().any(|prior| cell(prior) != NONE)).collect();
    let header = shown.iter().map(|(name, _)| (*name).to_owned()).collect();
    let rows = record.priors.iter().map(|prior| shown.iter().map(|(_, cell)| cell(prior)).collect());
    let wide = usize::from(columns(width));
    let table = table(header, rows, width);
    format!("{}\n\n{table}\n\n{}", wrapped(&title(record), wide), below(record, wide)).trim_end().to_owned()
}

fn title(record: &DimensionRecord) -> String {
    let DimensionRecord { network, parameters, data, goal, .. } = record;
    format!("Intrinsic dimension of {network} ({parameters} parameters) on {data}: {goal}")
}

/// The median with its interval; where not even the whole space got there, that.
fn median(prior: &PriorDimension, record: &DimensionRecord) -> String {
    let found = &prior.dimension;
    let end = |value: f64| if value == f64::INFINITY { "∞".to_owned() } else { short(value) };
    match (record.threshold, prior.is_known(), found.low.is_finite()) {
        (None, ..) => NONE.to_owned(),
        (_, false, _) => format!("above {}", record.parameters),
        (_, true, false) => short(found.value),
        (_, true, true) => format!("{} [{}, {}]", short(found.value), end(found.low), end(found.high)),
    }
}

fn share(prior: &PriorDimension, record: &DimensionRecord) -> String {
    match prior.is_known() {
        true => format!("{:.2} %", 100.0 * prior.dimension.value / record.parameters as f64),
        false => NONE.to_owned(),
    }
}

/// The range of the rates at the dimensions found.
fn rates(prior: &PriorDimension) -> String {
    let chosen = prior.seeds.iter().filter_map(|seed| {
        let own = seed.attempts.iter().find(|attempt| Some(attempt.dimension) == seed.dimension)?;
        own.learning_rate
    });
    let mut chosen: Vec<f64> = chosen.collect();
    chosen.sort_by(f64::total_cmp);
    match (chosen.first(), chosen.last()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (Some(only), _) => only.to_string(),
        _ => NONE.to_owned(),
    }
}

fn below(record: &DimensionRecord, columns: usize) -> String {
    let mut lines = Vec::new();
    if let (Some(threshold), Some(_)) = (record.threshold, record.share) {
        lines.push(format!("the goal is a {} of {threshold:.3}", record.performance));
    }
    if record.threshold.is_some() {
        for prior in record.priors.iter().filter(|prior| !prior.is_known()) {
            let (prior, seeds, reached) = (&prior.prior, prior.seeds.len(), prior.reached);
            lines.push(format!("{prior}: {} of {seeds} seeds do not get there in the whole space", seeds - reached));
        }
    }
    lines.extend(record.notes.iter().cloned());
    lines.push(format!("{} training steps in all", record.steps));
    lines.iter().map(|line| wrapped(line, columns)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_feasibility::dimension::{AttemptRecord, SeedDimension, Training};
    use seedbed_feasibility::statistics::{Estimate, median};
    use seedbed_feasibility::trial::{Optimizer, Schedule};

    fn prior(name: &str, dimensions: &[Option<usize>]) -> PriorDimension {
        let attempt = |dimension, learning_rate| AttemptRecord {
            dimension,
            learning_rate: Some(learning_rate),
            training_loss: 0.1,
            performance: 0.8,
            reached: true,
            steps: 100,
        };
        let seed = |&dimension: &Option<usize>| SeedDimension {
            seed: 0,
            dimension,
            failed: None,
            attempts: dimension.map(|found| attempt(found, found as f64 / 100.0)).into_iter().collect(),
        };
        let found: Vec<f64> =
            dimensions.iter().map(|found| found.map_or(f64::INFINITY, |found| found as f64)).collect();
        PriorDimension {
            prior: name.to_owned(),
            whole: Some(Estimate::new(0.9, 0.88, 0.92, 6, "student_t")),
            dimension: median(&found, 0.95),
            reached: dimensions.iter().flatten().count(),
            seeds: dimensions.iter().map(seed).collect(),
            steps: 600,
        }
    }

    fn record(priors: Vec<PriorDimension>) -> DimensionRecord {
        DimensionRecord {
            schema: String::new(),
            version: String::new(),
            network: "mlp(2, 2, tanh)".to_owned(),
            data: "digits".to_owned(),
            examples: 1437,
            parameters: 1000,
            training: Training { optimizer: Optimizer::SGD, schedule: Schedule::CONSTANT, batch: 1, steps: 1 },
            learning_rates: vec![0.1],
            goal: "0.9 of the best test accuracy of the whole space".to_owned(),
            performance: "test accuracy".to_owned(),
            share: Some(0.9),
            threshold: Some(0.81),
            constant: 0.1,
            resolution: 1.19,
            seed: 0,
            confidence: 0.95,
            steps: 1200,
            notes: vec!["a note".to_owned()],
            priors,
        }
    }

    #[test]
    fn a_dimension_has_its_interval_and_none_its_bound() {
        let good = prior("he_normal", &[20, 25, 30, 30, 40, 50].map(Some));
        let open = prior("glorot_uniform", &[Some(20), Some(25), Some(30), Some(40), None, None]);
        let text = dimension(&record(vec![good, open, prior("zeros", &[None; 6])]), Some(140));
        assert!(
            text.starts_with("Intrinsic dimension of mlp(2, 2, tanh) (1000 parameters) on digits: 0.9 of"),
            "{text}"
        );
        let rows: Vec<&str> = text.lines().filter(|line| line.contains(" of 6")).collect();
        assert!(
            rows[0].contains("30 [20, 50]") && rows[0].contains("3.00 %") && rows[0].contains("0.2 to 0.5"),
            "{text}"
        );
        assert!(rows[1].contains("35 [20, ∞]") && rows[1].contains("4 of 6"), "{text}");
        assert!(rows[2].contains("above 1000") && rows[2].contains("0 of 6"), "{text}");
        assert!(text.contains("zeros: 6 of 6 seeds do not get there in the whole space\na note\n1200 training steps"));
        assert!(text.contains("the goal is a test accuracy of 0.810"));
    }

    #[test]
    fn without_a_goal_there_is_no_dimension() {
        let text = dimension(&DimensionRecord { threshold: None, ..record(vec![prior("zeros", &[None])]) }, Some(100));
        assert!(!text.contains("above") && !text.contains("get there in the whole"), "{text}");
    }
}
