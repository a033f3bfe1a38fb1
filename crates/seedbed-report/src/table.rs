//! Text tables for the terminal.

use comfy_table::{ContentArrangement, Table, presets};
use seedbed_feasibility::record::{Ended, PriorRecord, Recommendation};
use seedbed_feasibility::statistics::Estimate;

/// Columns where there is no terminal to ask.
const DEFAULT_WIDTH: u16 = 100;
const HEADER: [&str; 7] =
    ["rank", "prior", "solved", "steps to target", "learning rate", "test accuracy", "how they ended"];
/// What stands where there is no number.
const NONE: &str = "—";

/// One row a prior, best first, and the verdict below, wrapped to `width` columns.
///
/// Without a width, that of the terminal; without a terminal, 100. Brackets hold intervals; `∞)` is an interval
/// that the budget left open.
pub fn recommendation(record: &Recommendation, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_header(HEADER);
    let width = width.or_else(|| table.width()).unwrap_or(DEFAULT_WIDTH);
    table.set_width(width).add_rows(record.priors.iter().map(row));
    format!("{table}\n\n{}", wrapped(&record.verdict.join(" "), usize::from(width)))
}

fn row(prior: &PriorRecord) -> [String; 7] {
    [
        prior.rank.to_string(),
        prior.prior.clone(),
        solved(prior),
        prior.steps_to_target.as_ref().map_or_else(|| NONE.to_owned(), steps),
        prior.learning_rate.to_string(),
        share(&prior.test_accuracy),
        ended(prior),
    ]
}

fn solved(prior: &PriorRecord) -> String {
    let count = prior.ended.get(&Ended::Solved).copied().unwrap_or(0);
    format!("{count}/{} {}", prior.solved.n, interval(&prior.solved))
}

/// A share of 0 to 1 with its interval, two digits each.
fn share(estimate: &Estimate) -> String {
    match estimate.value.is_finite() {
        true => format!("{:.2} {}", estimate.value, interval(estimate)),
        false => NONE.to_owned(),
    }
}

fn interval(estimate: &Estimate) -> String {
    match estimate.low.is_finite() && estimate.high.is_finite() {
        true => format!("[{:.2}, {:.2}]", estimate.low, estimate.high),
        false => String::new(),
    }
}

/// A median in whole steps. An end that is not finite is one that the budget left open.
fn steps(estimate: &Estimate) -> String {
    let high = if estimate.high.is_finite() { format!("{:.0}]", estimate.high) } else { "∞)".to_owned() };
    format!("{:.0} [{:.0}, {high}", estimate.value, estimate.low)
}

/// Such as `4 solved, 2 stalled`.
fn ended(prior: &PriorRecord) -> String {
    let seen = prior.ended.iter().filter(|(_, count)| **count > 0);
    seen.map(|(ended, count)| format!("{count} {}", word(*ended))).collect::<Vec<_>>().join(", ")
}

fn word(ended: Ended) -> &'static str {
    match ended {
        Ended::Solved => "solved",
        Ended::StillFalling => "still falling",
        Ended::Stalled => "stalled",
        Ended::Diverged => "diverged",
    }
}

/// Lines of at most `width` characters, broken between words. A longer word stands alone.
fn wrapped(text: &str, width: usize) -> String {
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
        assert_eq!(share(&Estimate::new(0.9, f64::NAN, f64::NAN, 1, "student_t")), "0.90 ");
        assert_eq!(steps(&Estimate::new(140.0, 110.0, f64::INFINITY, 5, "kaplan_meier")), "140 [110, ∞)");
    }
}
