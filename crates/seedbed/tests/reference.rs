//! The reference page of the initializers, from the table that the parser and `seedbed explain` read: the test says when the
//! page in the docs is stale, and with `SEEDBED_REFERENCE=write` (`cargo xtask reference`) writes it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use seedbed::catalogue::{self, Argument, Claim, Entry};
use seedbed::{Initializer, Parameter};

const PREFACE: &str = "\
# Initializers

Made from the catalogue by `cargo xtask reference`; `seedbed explain NAME` prints the same on a terminal, and
`seedbed explain NAME --dialects` what every other library means by a name. Any of these texts stands wherever the
command line, Rust (`\"he_normal\".parse::<Initializer>()`) or Python asks for an initializer. A gain is a number or
follows from an activation: `gain=relu`, `gain=backward(tanh)`, `gain=centred(gelu)`.

The numbers under *facts* are exact, of the example on the first of these that it can fill: a dense weight 512x256
(512 outputs, 256 inputs), a dense weight 256x256, a convolution 64x64x3x3, a vector of 256.
";

/// The page, in Markdown.
fn page() -> String {
    let contents: Vec<String> = catalogue::kinds().iter().map(|(kind, entries)| contents(kind, entries)).collect();
    let chapters = catalogue::kinds().iter().map(|(kind, entries)| {
        let sections: Vec<String> = entries.iter().map(section).collect();
        format!("## {}\n\n{}", capitalized(kind), sections.join("\n"))
    });
    format!("{PREFACE}\n{}\n\n{}", contents.join("\n"), chapters.collect::<Vec<_>>().join("\n"))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn contents(kind: &str, entries: &[Entry]) -> String {
    let links: Vec<String> = entries.iter().map(|entry| format!("[`{0}`](#{0})", entry.name)).collect();
    format!("- {}: {}", capitalized(kind), links.join(", "))
}

fn section(entry: &Entry) -> String {
    let mut lines = vec![format!("### {}\n", entry.name), format!("{}\n", entry.summary)];
    lines.push(format!("- formula: {}", entry.formula));
    if !entry.aliases.is_empty() {
        lines.push(format!("- also called: {}", entry.aliases.join(", ")));
    }
    lines.push(format!("- example: `{}`", entry.example));
    lines.extend(facts(entry.example));
    lines.push(format!("- why: {}", entry.rationale));
    lines.push(format!("- source: {}", entry.source));
    lines.push(format!("- elsewhere: {}\n", entry.elsewhere));
    lines.extend(entry.arguments.iter().map(argument));
    if !entry.arguments.is_empty() {
        lines.push(String::new());
    }
    if !entry.claims.is_empty() {
        lines.push("| belief | claimed | measured as |\n|---|---|---|".to_owned());
        lines.extend(entry.claims.iter().map(claim));
        lines.push(String::new());
    }
    lines.join("\n")
}

fn argument(argument: &Argument) -> String {
    let default = argument.default.map_or_else(|| "must be given".to_owned(), |value| format!("`{value}` if left out"));
    format!("- `{}` ({default}): {}", argument.name, argument.meaning)
}

fn claim(claim: &Claim) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    format!("| {} | {} | {} |", claim.belief, cell(claim.statement), cell(claim.measured_as))
}

/// Mean, standard deviation and bounds of the example, where it fills one of the usual parameters.
fn facts(example: &str) -> Option<String> {
    let initializer: Initializer = example.parse().ok()?;
    let usual = [
        Parameter::dense("weight", 256, 512),
        Parameter::dense("weight", 256, 256),
        Parameter::convolution("weight", 64, 64, &[3, 3], 1),
        Parameter::norm_scale("weight", 256),
    ];
    let fits = |parameter: Parameter| initializer.facts(&parameter).ok().map(|facts| (parameter, facts));
    let (parameter, facts) = usual.into_iter().flatten().find_map(fits)?;
    let (low, high) = facts.bounds;
    let bounds = if low.is_finite() || high.is_finite() { format!("{low:.6} to {high:.6}") } else { "none".to_owned() };
    let mean = if facts.mean == 0.0 { 0.0 } else { facts.mean };
    Some(format!(
        "- facts on {}: {}; mean {mean:.6}, std {:.6}, bounds {bounds}",
        parameter.shape,
        facts.distribution,
        facts.std()
    ))
}

#[test]
fn the_page_in_the_docs_is_the_catalogues() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/initializers.md");
    if std::env::var("SEEDBED_REFERENCE").is_ok_and(|mode| mode == "write") {
        std::fs::write(path, page()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept == page(), "docs/initializers.md is not what the catalogue says; run cargo xtask reference");
}
