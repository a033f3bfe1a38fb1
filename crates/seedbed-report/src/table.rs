//! Text tables for the terminal.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use seedbed_feasibility::record::{Ended, PriorRecord, Recommendation, StageRecord};
use seedbed_feasibility::statistics::Estimate;
use seedbed_feasibility::statistics::estimate::short;

/// Columns where there is no terminal to ask.
pub(crate) const DEFAULT_WIDTH: u16 = 100;
pub(crate) const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
const HEADER: [&str; 7] =
    ["rank", "prior", "solved", "steps\nto target", "learning\nrate", "test\naccuracy", "how they\nended"];
/// What stands where there is no number.
pub(crate) const NONE: &str = "—";

/// How tightly the table is set.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    /// Every cell on one line.
    Wide,
    /// Intervals below their values.
    Medium,
    /// Long priors on several lines too.
    Narrow,
    /// The same with less space between the columns.
    Tight,
}

/// One row a prior, best first, the verdict below, wrapped to `width` columns, and what each stage cost and removed.
///
/// Without a width, that of the terminal; without a terminal, 100. Brackets hold intervals; `∞)` is an interval
/// that the budget left open. Where a row does not fit, intervals and long priors go over several lines.
pub fn recommendation(record: &Recommendation, width: Option<u16>) -> String {
    let width = width.or_else(|| Table::new().width()).unwrap_or(DEFAULT_WIDTH);
    let layouts = [Layout::Wide, Layout::Medium, Layout::Narrow, Layout::Tight];
    let fitting = layouts.into_iter().map(|layout| set(record, layout)).find(|table| columns(table) <= width);
    let table = fitting.unwrap_or_else(|| {
        let mut table = set(record, Layout::Tight);
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        table
    });
    let verdict = wrapped(&record.verdict.join(" "), usize::from(width));
    let parts = [table.trim_fmt(), verdict, stages(&record.stages, usize::from(width))];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

/// One row a stage, and its notes below.
fn stages(stages: &[StageRecord], width: usize) -> String {
    if stages.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["stage", "candidates", "removed", "trials", "steps", "seconds"]);
    table.add_rows(stages.iter().map(|stage| {
        let counts = [stage.candidates_before, stage.removed.len(), stage.trials].map(|count| count.to_string());
        let [candidates, removed, trials] = counts;
        [stage.stage.name().to_owned(), candidates, removed, trials, stage.steps.to_string(), seconds(stage.seconds)]
    }));
    for (place, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if place == 0 { CellAlignment::Left } else { CellAlignment::Right });
    }
    let notes = stages.iter().flat_map(|stage| &stage.notes).map(|note| wrapped(&format!("note: {note}"), width));
    std::iter::once(table.trim_fmt()).chain(notes).collect::<Vec<_>>().join("\n")
}

/// What a clock on the wall can tell.
fn seconds(seconds: f64) -> String {
    if seconds < 0.01 { "<0.01".to_owned() } else { short(seconds) }
}

fn set(record: &Recommendation, layout: Layout) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(HEADER.map(|name| broken(name, layout)));
    table.add_rows(record.priors.iter().map(|prior| row(prior, layout)));
    let space = if layout == Layout::Tight { 1 } else { 2 };
    for column in table.column_iter_mut() {
        column.set_padding((0, space));
    }
    table
}

fn columns(table: &Table) -> u16 {
    let contents: u16 = table.column_max_content_widths().into_iter().sum();
    contents + table.column_iter().map(|column| column.padding_width()).sum::<u16>()
}

/// The parts of a cell below each other, or side by side.
fn broken(cell: &str, layout: Layout) -> String {
    if layout == Layout::Wide { cell.replace('\n', " ") } else { cell.to_owned() }
}

fn row(prior: &PriorRecord, layout: Layout) -> [String; 7] {
    let steps = median_steps(prior.steps_to_target.as_ref(), steps);
    [
        if prior.was_tried() { prior.rank.to_string() } else { NONE.to_owned() },
        name(&prior.prior, layout),
        broken(&solved(prior), layout),
        broken(&steps, layout),
        prior.learning_rate.map_or_else(|| NONE.to_owned(), |rate| rate.to_string()),
        broken(&share(&prior.test_accuracy), layout),
        broken(&ended(prior), layout),
    ]
}

fn name(prior: &str, layout: Layout) -> String {
    match layout {
        Layout::Wide | Layout::Medium => prior.to_owned(),
        Layout::Narrow | Layout::Tight => prior.replace('(', "(\n ").replace(", ", ",\n "),
    }
}

fn solved(prior: &PriorRecord) -> String {
    if !prior.was_tried() {
        return "not tried".to_owned();
    }
    let count = prior.ended.get(&Ended::Solved).copied().unwrap_or(0);
    format!("{count}/{}{}", prior.solved.n, interval(&prior.solved))
}

/// A share of 0 to 1 with its interval, two digits each.
fn share(estimate: &Estimate) -> String {
    match estimate.value.is_finite() {
        true => format!("{:.2}{}", estimate.value, interval(estimate)),
        false => NONE.to_owned(),
    }
}

/// The interval as a part of its own; nothing where there is none.
fn interval(estimate: &Estimate) -> String {
    match estimate.low.is_finite() && estimate.high.is_finite() {
        true => format!("\n[{:.2}, {:.2}]", estimate.low, estimate.high),
        false => String::new(),
    }
}

/// A median in whole steps. An end that is not finite is one that the budget left open.
fn steps(estimate: &Estimate) -> String {
    let high = if estimate.high.is_finite() { format!("{:.0}]", estimate.high) } else { "∞)".to_owned() };
    format!("{:.0}\n[{:.0}, {high}", estimate.value, estimate.low)
}

/// A median as `written`; of one that was not reached, what it is later than.
pub(crate) fn median_steps(median: Option<&Estimate>, written: impl Fn(&Estimate) -> String) -> String {
    match median {
        Some(steps) if steps.value.is_finite() => written(steps),
        Some(steps) if steps.low > 0.0 => format!("> {:.0}", steps.low),
        _ => NONE.to_owned(),
    }
}

/// Such as `4 solved, 2 stalled`, and the stage that removed it.
fn ended(prior: &PriorRecord) -> String {
    let seen = prior.ended.iter().filter(|(_, count)| **count > 0);
    let seen = seen.map(|(ended, count)| format!("{count} {}", word(*ended)));
    let out = prior.removed_by.map(|stage| format!("out by {}", stage.name()));
    seen.chain(out).collect::<Vec<_>>().join(",\n")
}

/// How a trial ended, in words.
pub(crate) fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Solved => "solved",
        Ended::StillFalling => "still falling",
        Ended::Stalled => "stalled",
        Ended::Diverged => "diverged",
    }
}

/// Two decimals, without a sign on 0.
pub(crate) fn hundredths(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

/// Lines of at most `width` characters, broken between words. A longer word stands alone.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words() {
        assert_eq!(wrapped("one two  three\nfour", 9), "one two\nthree\nfour");
        assert_eq!(wrapped("a-very-long-word b", 4), "a-very-long-word\nb");
        assert_eq!(wrapped("", 4), "");
    }

    #[test]
    fn numbers_without_a_value_are_dashes() {
        assert_eq!(share(&Estimate::new(f64::NAN, 0.0, 1.0, 0, "student_t")), "—");
        assert_eq!(share(&Estimate::new(0.9, f64::NAN, f64::NAN, 1, "student_t")), "0.90");
        let text = |value, low| median_steps(Some(&Estimate::new(value, low, f64::INFINITY, 5, "kaplan_meier")), steps);
        assert_eq!(text(140.0, 110.0), "140\n[110, ∞)");
        assert_eq!([text(f64::INFINITY, 110.0), text(f64::INFINITY, 0.0)], ["> 110", NONE]);
        assert_eq!(median_steps(None, steps), NONE);
    }
}
