//! A prior solved from stated beliefs, as text for the terminal.

use comfy_table::{ContentArrangement, Table};
use seedbed_feasibility::stated::{Chosen, Measured, Solution};
use seedbed_feasibility::statistics::estimate::short;

use crate::table::{DEFAULT_WIDTH, STYLE, wrapped};

/// The initializers, the numbers solved for, every belief beside theory and measurement, and what was given up; wrapped to
/// `width` columns.
///
/// Without a width, that of the terminal; without a terminal, 100. Brackets hold the interval over draws.
pub fn solution(record: &Solution, width: Option<u16>) -> String {
    let width = width.or_else(|| Table::new().width()).unwrap_or(DEFAULT_WIDTH);
    let Solution { network, draws, .. } = record;
    let mut parts = vec![
        format!("A prior of {network} from stated beliefs, {draws} draws"),
        table(&["parameter", "shape", "initializer"], initializers(&record.parameters), width),
        table(&["number", "value", "solves", "source"], numbers(record), width),
        table(&["belief", "stated", "theory", "measured", "met?"], beliefs(record), width),
    ];
    parts.extend(below(record, usize::from(width)));
    parts.join("\n\n")
}

/// One row for parameters in a row that are alike but for the number in their name.
fn initializers(parameters: &[Chosen]) -> Vec<Vec<String>> {
    let part = |chosen: &Chosen| chosen.name.rsplit('.').next().map(str::to_owned);
    let alike = |a: &Chosen, b: &Chosen| part(a) == part(b) && (&a.shape, &a.initializer) == (&b.shape, &b.initializer);
    let mut groups: Vec<Vec<&Chosen>> = Vec::new();
    for chosen in parameters {
        match groups.iter_mut().find(|group| alike(group[0], chosen)) {
            Some(group) => group.push(chosen),
            None => groups.push(vec![chosen]),
        }
    }
    let row = |group: Vec<&Chosen>| {
        let name = match group.as_slice() {
            [first, .., last] => format!("{} … {} ({})", first.name, last.name, group.len()),
            _ => group[0].name.clone(),
        };
        vec![name, group[0].shape.clone(), group[0].initializer.clone()]
    };
    groups.into_iter().map(row).collect()
}

fn numbers(record: &Solution) -> Vec<Vec<String>> {
    let row = |solved: &seedbed_feasibility::stated::SolvedRecord| {
        vec![solved.number.clone(), short(solved.value), solved.how.clone(), solved.source.clone()]
    };
    record.solved.iter().map(row).collect()
}

fn beliefs(record: &Solution) -> Vec<Vec<String>> {
    let row = |belief: &Measured| {
        let met = if belief.met { "yes" } else { "no" };
        let (stated, predicted) = (short(belief.stated), short(belief.predicted));
        vec![belief.belief.clone(), stated, predicted, belief.measured.to_string(), met.to_owned()]
    };
    record.beliefs.iter().map(row).collect()
}

/// What each belief's number is, what was given up, and warnings.
fn below(record: &Solution, width: usize) -> Vec<String> {
    let meanings = record.beliefs.iter().map(|belief| format!("{}: {}", belief.belief, belief.meaning));
    let trades = record.trades.iter().map(|trade| {
        let (stated, predicted) = (short(trade.stated), short(trade.predicted));
        format!("given up: {} = {stated} for {}, which leaves it at {predicted}", trade.given_up, trade.kept)
    });
    let warnings = record.warnings.iter().map(|warning| format!("warning: {warning}"));
    let lines = |all: &mut dyn Iterator<Item = String>| {
        all.map(|line| wrapped(&line, width)).collect::<Vec<String>>().join("\n")
    };
    let parts = [lines(&mut { meanings }), lines(&mut trades.chain(warnings))];
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

fn table(header: &[&str], rows: Vec<Vec<String>>, width: u16) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(header.to_vec());
    table.add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(name: &str, shape: &str, initializer: &str) -> Chosen {
        Chosen { name: name.to_owned(), shape: shape.to_owned(), initializer: initializer.to_owned() }
    }

    #[test]
    fn parameters_that_are_alike_share_a_row() {
        let rows = initializers(&[
            chosen("layer1.weight", "4x2", "he_normal"),
            chosen("layer1.bias", "4", "zeros"),
            chosen("layer2.weight", "4x4", "he_normal"),
            chosen("layer2.bias", "4", "zeros"),
            chosen("layer3.weight", "4x4", "he_normal"),
        ]);
        let names: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(names, ["layer1.weight", "layer1.bias … layer2.bias (2)", "layer2.weight … layer3.weight (2)"]);
    }
}
