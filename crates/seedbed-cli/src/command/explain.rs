//! `seedbed explain`.

use seedbed::catalogue::{self, Argument, Claim, Entry};
use seedbed::dialect::{Dialect, DialectEntry};
use serde_json::{Value, json};

use crate::arguments::{Everywhere, Explain};
use crate::command::dialects;
use crate::failure::{Failure, Outcome};
use crate::output;

/// Runs the command.
pub fn run(arguments: &Explain, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    if arguments.dialects {
        return match &arguments.initializer {
            Some(text) => dialects::run(text, arguments, everywhere),
            None => dialects::list(everywhere),
        };
    }
    if let Some(text) = &arguments.initializer
        && let Some(entries) = dialects::explain(text)?
    {
        return explain_dialect(&entries, everywhere);
    }
    let entries: Vec<&Entry> = match &arguments.initializer {
        Some(text) => vec![catalogue::find(name(text))?],
        None => catalogue::entries().collect(),
    };
    if everywhere.json {
        let entries: Vec<Value> = entries.into_iter().map(as_json).collect();
        output::json(&json!({ "schema": "seedbed.explain/1", "initializers": entries }))?;
    } else {
        output::text(&entries.into_iter().map(as_text).collect::<Vec<_>>().join("\n\n"))?;
    }
    Ok(Outcome::Fine)
}

/// Names of a dialect.
fn explain_dialect(entries: &[(Dialect, &DialectEntry)], everywhere: &Everywhere) -> Result<Outcome, Failure> {
    if everywhere.json {
        let entries: Vec<Value> =
            entries.iter().map(|(dialect, entry)| dialects::entry_json(*dialect, entry)).collect();
        output::json(&json!({ "schema": "seedbed.explain/1", "initializers": [], "dialect_entries": entries }))?;
    } else {
        let entries: Vec<String> =
            entries.iter().map(|(dialect, entry)| dialects::entry_text(*dialect, entry)).collect();
        output::text(&entries.join("\n\n"))?;
    }
    Ok(Outcome::Fine)
}

/// The name in `seedbed:he_normal` or `sparse(nonzeros=15)`.
fn name(text: &str) -> &str {
    let call = text.split('(').next().unwrap_or(text).trim();
    call.strip_prefix("seedbed:").unwrap_or(call)
}

fn as_text(entry: &Entry) -> String {
    let mut lines = vec![format!("{}: {}", entry.name, entry.summary), String::new()];
    let mut field = |label: &str, text: &str| lines.push(format!("  {label:<10} {text}"));
    field("formula", entry.formula);
    if !entry.aliases.is_empty() {
        field("also", &entry.aliases.join(", "));
    }
    for (place, argument) in entry.arguments.iter().enumerate() {
        field(if place == 0 { "arguments" } else { "" }, &argument_text(argument));
    }
    field("why", entry.rationale);
    for (place, claim) in entry.claims.iter().enumerate() {
        field(if place == 0 { "believes" } else { "" }, &claim_text(claim));
    }
    field("source", entry.source);
    field("elsewhere", entry.elsewhere);
    lines.join("\n")
}

fn argument_text(argument: &Argument) -> String {
    let default = argument.default.map_or_else(|| "must be given".to_owned(), |value| format!("default {value}"));
    format!("{} ({default}): {}", argument.name, argument.meaning)
}

fn claim_text(claim: &Claim) -> String {
    format!("{}: {} (measured as: {})", claim.belief, claim.statement, claim.measured_as)
}

fn as_json(entry: &Entry) -> Value {
    let arguments: Vec<Value> = entry
        .arguments
        .iter()
        .map(|argument| json!({ "name": argument.name, "default": argument.default, "meaning": argument.meaning }))
        .collect();
    let claims: Vec<Value> = entry
        .claims
        .iter()
        .map(|claim| json!({ "belief": claim.belief, "statement": claim.statement, "measured_as": claim.measured_as }))
        .collect();
    json!({
        "name": entry.name,
        "aliases": entry.aliases,
        "summary": entry.summary,
        "formula": entry.formula,
        "arguments": arguments,
        "rationale": entry.rationale,
        "claims": claims,
        "source": entry.source,
        "elsewhere": entry.elsewhere,
    })
}
