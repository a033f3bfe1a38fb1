//! What a prior believes, as text tables for the terminal.

use comfy_table::{ContentArrangement, Table};
use seedbed_feasibility::believe::record::{Beliefs, Comparison, Row, Theory};
use seedbed_feasibility::statistics::Estimate;

use crate::table::{DEFAULT_WIDTH, NONE, STYLE, wrapped};

/// Space between two columns.
const SPACE: u16 = 2;

/// One row a measured quantity, and below it what is not held, the claims and the notes; wrapped to `width` columns.
///
/// Without a width, that of the terminal; without a terminal, 100. Brackets hold intervals: beside theory the range of
/// one draw at this width, beside a measurement the confidence interval of its mean over draws.
pub fn beliefs(record: &Beliefs, width: Option<u16>) -> String {
    let header = ["belief", "quantity", "claimed", "theory", "measured", "held?"].map(str::to_owned);
    let mut last = "";
    let rows = record.rows.iter().map(|row| {
        let belief = if last == row.belief { "" } else { row.belief.as_str() };
        last = row.belief.as_str();
        [
            belief.to_owned(),
            quantity(row),
            row.claimed.as_ref().map_or(NONE, |_| "yes").to_owned(),
            row.theory.as_ref().map_or_else(|| NONE.to_owned(), theory),
            measured(&row.measured),
            held(row).to_owned(),
        ]
    });
    let columns = usize::from(columns(width));
    let parts = [title(record), table(header.to_vec(), rows.map(Vec::from), width), below(record, columns)];
    parts.join("\n\n").trim_end().to_owned()
}

/// One row a measured quantity and one column a prior; a belief that is not held is marked with ✗ beside its number.
pub fn comparison(record: &Comparison, width: Option<u16>) -> String {
    let Some(first) = record.priors.first() else { return String::new() };
    let mut header = vec!["belief".to_owned(), "quantity".to_owned()];
    header.extend(record.priors.iter().map(|prior| prior.prior.clone()));
    let mut quantities: Vec<(&str, &str, usize)> = Vec::new();
    for prior in &record.priors {
        let new = keys(prior).into_iter().map(|(key, _)| key).filter(|key| !quantities.contains(key));
        quantities.extend(new.collect::<Vec<_>>());
    }
    let rows = quantities.into_iter().map(|key| {
        let cell = |prior: &Beliefs| {
            let found = keys(prior).into_iter().find(|(other, _)| *other == key);
            found.map_or_else(|| NONE.to_owned(), |(_, row)| compared(row))
        };
        let mut cells = vec![key.0.to_owned(), key.1.to_owned()];
        cells.extend(record.priors.iter().map(cell));
        cells
    });
    let title = format!("{} on {}, {} draws a prior", first.network.text, first.data.name, first.draws);
    let marks = "✓ held, ✗ not held here; claimed beliefs are marked with *.";
    format!("{title}\n\n{}\n\n{marks}", table(header, rows, width))
}

/// The rows of a prior, told apart by belief, quantity and how often both came before.
fn keys(prior: &Beliefs) -> Vec<((&str, &str, usize), &Row)> {
    let mut keys: Vec<((&str, &str, usize), &Row)> = Vec::new();
    for row in &prior.rows {
        let same = |((belief, quantity, _), _): &&((&str, &str, usize), &Row)| {
            (*belief, *quantity) == (row.belief.as_str(), row.quantity.as_str())
        };
        let before = keys.iter().filter(same).count();
        keys.push(((&row.belief, &row.quantity, before), row));
    }
    keys
}

fn compared(row: &Row) -> String {
    let mark = match row.held {
        Some(true) => " ✓",
        Some(false) => " ✗",
        None => "",
    };
    let claimed = if row.claimed.is_some() && row.held.is_some() { "*" } else { "" };
    format!("{}{mark}{claimed}", measured(&row.measured))
}

fn title(record: &Beliefs) -> String {
    let Beliefs { prior, network, data, draws, .. } = record;
    format!("What {prior} believes of {} on {}, {draws} draws", network.text, data.name)
}

/// What is not held, what is claimed, the phase, the notes.
fn below(record: &Beliefs, columns: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut says = |label: &str, text: &str| lines.push(wrapped(&format!("{label}: {text}"), columns));
    for row in record.rows.iter().filter(|row| row.held == Some(false)) {
        let label = if row.claimed.is_some() { "not held here" } else { "not held, and not claimed" };
        says(label, &format!("{}, {}", row.belief, row.note));
    }
    let mut said: Vec<(&str, &str)> = Vec::new();
    for claim in record.rows.iter().filter_map(|row| row.claimed.as_ref().map(|claim| (row.belief.as_str(), claim))) {
        if !said.contains(&(claim.0, claim.1.by.as_str())) {
            said.push((claim.0, claim.1.by.as_str()));
            says(&format!("{} claims", claim.1.by), &format!("{}: {}", claim.0, claim.1.statement));
        }
    }
    if let Some(phase) = record.phase.as_ref() {
        says("phase", &in_words(phase));
    }
    let mut without: Vec<&str> = record
        .rows
        .iter()
        .filter(|row| row.theory.is_none() && row.held != Some(false))
        .map(|row| row.note.as_str())
        .collect();
    without.sort_unstable();
    without.dedup();
    without.into_iter().filter(|note| !note.starts_with("no closed form")).for_each(|note| says("no theory", note));
    record.notes.iter().for_each(|note| says("note", note));
    lines.join("\n")
}

fn in_words(phase: &seedbed_feasibility::believe::record::PhaseRecord) -> String {
    let kind = phase.phase.as_deref().unwrap_or("without a fixed point");
    let mut text = format!(
        "{kind} (σ_w² = {}, σ_b² = {} of the typical layer, {})",
        short(phase.weight_variance),
        short(phase.bias_variance),
        phase.activation
    );
    if let Some(chi) = phase.chi {
        text += &format!(", χ₁ = {}", short(chi));
    }
    if let Some(depth) = phase.trainable_depth.filter(|depth| *depth >= 1.0) {
        text += &format!(", trainable to about {depth:.0} layers (6 ξ_c)");
    }
    text
}

fn quantity(row: &Row) -> String {
    row.layer.as_ref().map_or_else(|| row.quantity.clone(), |layer| format!("{} ({layer})", row.quantity))
}

fn held(row: &Row) -> &'static str {
    match row.held {
        Some(true) => "yes",
        Some(false) => "not here",
        None => NONE,
    }
}

fn theory(theory: &Theory) -> String {
    match (theory.low, theory.high) {
        (Some(low), Some(high)) => format!("{} [{}, {}]", short(theory.value), short(low), short(high)),
        _ => short(theory.value),
    }
}

pub(crate) fn measured(estimate: &Estimate) -> String {
    match (estimate.value.is_finite(), estimate.low.is_finite() && estimate.high.is_finite()) {
        (false, _) => NONE.to_owned(),
        (true, false) => short(estimate.value),
        (true, true) => format!("{} [{}, {}]", short(estimate.value), short(estimate.low), short(estimate.high)),
    }
}

/// About three significant digits.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.1e}"),
        size if size < 0.1 => format!("{value:.4}"),
        size if size < 10.0 => format!("{value:.2}"),
        size if size < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

pub(crate) fn columns(width: Option<u16>) -> u16 {
    width.or_else(|| Table::new().width()).unwrap_or(DEFAULT_WIDTH)
}

pub(crate) fn table(header: Vec<String>, rows: impl Iterator<Item = Vec<String>>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(columns(width));
    table.set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, SPACE));
    }
    table.trim_fmt()
}
