//! Width and depth transfer, as a text table for the terminal.

use seedbed_feasibility::statistics::Estimate;
use seedbed_feasibility::transfer::{Quantity, SlopeRecord, TransferRecord};

use crate::beliefs::{columns, short, table};
use crate::table::{hundredths, wrapped};

/// Failures that are told with their sizes; the table has all.
const MOST_TOLD: usize = 6;

/// One row a layer with its slopes, and below what fails and why; wrapped to `width` columns: without one, to the
/// terminal's; without a terminal, to 100.
pub fn transfer(record: &TransferRecord, width: Option<u16>) -> String {
    let runs = runs(record);
    let mut header = vec!["layer".to_owned()];
    header.extend(runs.iter().map(|run| run.title.clone()));
    let first = runs.first().map_or(&[][..], |run| &run.slopes);
    let rows = (0..first.len()).map(|layer| {
        let cells = runs.iter().filter_map(|run| run.slopes.get(layer)).map(|slope| cell(slope));
        std::iter::once(first[layer].layer.clone()).chain(cells).collect()
    });
    let wide = usize::from(columns(width));
    format!("{}\n\n{}\n\n{}", wrapped(&title(record), wide), table(header, rows, width), below(record, wide))
}

/// The slopes of one column.
struct Run<'r> {
    title: String,
    slopes: Vec<&'r SlopeRecord>,
}

/// What was measured, one column each, in the order of the record.
fn runs(record: &TransferRecord) -> Vec<Run<'_>> {
    let mut runs: Vec<Run> = Vec::new();
    for slope in &record.slopes {
        let title = title_of(record, slope);
        match runs.iter_mut().find(|run| run.title == title) {
            Some(run) => run.slopes.push(slope),
            None => runs.push(Run { title, slopes: vec![slope] }),
        }
    }
    runs
}

fn title_of(record: &TransferRecord, slope: &SlopeRecord) -> String {
    match (slope.quantity, &slope.optimizer, slope.learning_rate) {
        (Quantity::Size, ..) => "size at the start".to_owned(),
        (Quantity::Change, optimizer, rate) => {
            let optimizer = optimizer.as_deref().unwrap_or_default();
            let rate = rate.map_or_else(String::new, |rate| format!(" at {rate}"));
            let plural = if record.steps == 1 { "" } else { "s" };
            format!("change in {} step{plural} of {optimizer}{rate}", record.steps)
        }
    }
}

fn cell(slope: &SlopeRecord) -> String {
    let mark = if slope.passed { "✓" } else { "✗" };
    match &slope.slope {
        None => format!("still {mark}"),
        Some(estimate) if estimate.value.is_nan() => format!("no slope {mark}"),
        Some(Estimate { value, low, high, .. }) => {
            format!("{} [{}, {}] {mark}", hundredths(*value), hundredths(*low), hundredths(*high))
        }
    }
}

fn title(record: &TransferRecord) -> String {
    let factors: Vec<String> = record.factors.iter().map(usize::to_string).collect();
    format!(
        "{} of {} under {}: slopes of ln(size) over ln(factor), factors {}, {} draws, {} examples of {}, learning rates: {}",
        match record.direction.as_str() {
            "depth" => "Depth transfer",
            _ => "Width transfer",
        },
        record.network,
        record.prior,
        factors.join(", "),
        record.seeds,
        record.examples,
        record.data,
        record.rates
    )
}

fn below(record: &TransferRecord, columns: usize) -> String {
    let failed: Vec<&SlopeRecord> = record.slopes.iter().filter(|slope| !slope.passed).collect();
    let mut lines: Vec<String> = failed.iter().take(MOST_TOLD).map(|slope| failure(record, slope)).collect();
    if failed.len() > MOST_TOLD {
        lines.push(format!("… and {} more, marked ✗ above", failed.len() - MOST_TOLD));
    }
    let bound = short(record.bound);
    lines.push(match failed.len() {
        0 => format!("passed: every slope lies within {bound} of 0, so learning rates carry over"),
        some => format!("failed: {some} of {} slopes", record.slopes.len()),
    });
    if record.direction == "width" && record.rates == "same" && failed.iter().any(|slope| slope.optimizer.is_some()) {
        lines.push("--rates mup scales the learning rates as the maximal update parametrization does".to_owned());
    }
    lines.iter().map(|line| wrapped(line, columns)).collect::<Vec<_>>().join("\n")
}

fn failure(record: &TransferRecord, slope: &SlopeRecord) -> String {
    let what = format!("{}, {}", slope.layer, title_of(record, slope));
    let allowed = match slope.lowest {
        Some(lowest) => format!("{} to {}", short(lowest), short(slope.highest)),
        None => format!("at most {}", short(slope.highest)),
    };
    let sizes: Vec<String> =
        slope.sizes.iter().map(|size| size.map_or_else(|| "overflowed".to_owned(), short)).collect();
    let found = slope.slope.as_ref().filter(|slope| !slope.value.is_nan());
    let found = found.map_or_else(|| "no slope".to_owned(), |slope| format!("slope {}", short(slope.value)));
    format!("✗ {what}: {found}, allowed {allowed}; sizes {}", sizes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use seedbed_feasibility::stand_in;
    use seedbed_feasibility::study::Silent;
    use seedbed_feasibility::transfer::{Direction, Rates, Request, transfer as measure};

    fn record(prior: &str, rates: Rates) -> TransferRecord {
        let network = "mlp(16, 32, 4, tanh)".parse().unwrap();
        let data = stand_in::inputs_and_targets(&network, 16, 0).unwrap();
        let prior = prior.parse().unwrap();
        let request = Request { rates, seeds: 2, steps: 1, ..Request::new(&network, &data, &prior, Direction::Width) };
        measure(&request, 1, &Silent).unwrap()
    }

    #[test]
    fn one_row_a_layer_and_the_verdict() {
        let record = record("lecun_normal", Rates::Same);
        let text = transfer(&record, Some(200));
        assert!(text.starts_with("Width transfer of mlp(16, 32, 4, tanh) under lecun_normal:"), "{text}");
        let rows = text.lines().filter(|line| line.starts_with("layer1 ") || line.starts_with("layer2 "));
        assert_eq!(rows.count(), 2, "{text}");
        let failed = record.slopes.iter().filter(|slope| !slope.passed).count();
        assert!(failed > 0 && text.contains(&format!("failed: {failed} of 6 slopes")), "{text}");
        assert!(text.contains("--rates mup") && text.contains("✗ layer2, change in 1 step of adam at 0.001: slope"));
    }

    #[test]
    fn many_failures_are_counted() {
        let mut record = record("lecun_normal", Rates::Same);
        record.slopes.iter_mut().for_each(|slope| slope.passed = false);
        record.slopes.push(record.slopes[0].clone());
        let text = transfer(&record, Some(200));
        assert!(text.contains("… and 1 more, marked ✗ above\nfailed: 7 of 7 slopes"), "{text}");
    }

    #[test]
    fn what_stands_still_or_overflows_is_told() {
        let mut record = record("zeros", Rates::Same);
        let text = transfer(&record, Some(200));
        assert!(text.contains("still ✓"), "{text}");
        let slope = &mut record.slopes[0];
        (slope.passed, slope.sizes[1]) = (false, None);
        let text = transfer(&record, Some(200));
        assert!(text.contains("no slope, allowed -0.25 to 0.25; sizes 0, overflowed"), "{text}");
    }
}
