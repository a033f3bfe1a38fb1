//! `seedbed explain --dialects`: what each library means by a name, side by side.

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};
use seedbed::dialect::{self, Dialect, DialectEntry, FanCount};
use seedbed::{Facts, Initializer, Layout, Parameter, Shape, catalogue};
use serde::Serialize;

use crate::arguments::{Everywhere, Explain};
use crate::failure::{Failure, Outcome};
use crate::output;

/// Relative difference that counts as one.
const SAME: f64 = 1e-9;
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));
const HEADER: [&str; 6] = ["", "name", "law", "std", "bounds", "fan in, out"];
/// What stands where there is no number.
const NONE: &str = "—";

/// What one library means.
#[derive(Debug, Serialize)]
struct Meaning {
    dialect: &'static str,
    /// The text that draws it.
    text: String,
    /// Its name with its own defaults.
    signature: String,
    /// Null where it is not drawn; then `error` says why.
    distribution: Option<String>,
    std: Option<f64>,
    /// Null where it is unbounded.
    low: Option<f64>,
    high: Option<f64>,
    fan_in: Option<f64>,
    fan_out: Option<f64>,
    /// Whether the law is another one than Seedbed's.
    differs: bool,
    note: &'static str,
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Comparison {
    schema: &'static str,
    initializer: String,
    shape: String,
    layout: String,
    meanings: Vec<Meaning>,
}

/// Runs the command for `text`, an initializer of Seedbed or of a dialect.
pub fn run(text: &str, arguments: &Explain, everywhere: &Everywhere) -> Result<Outcome, Failure> {
    let shape: Shape = arguments.shape.parse()?;
    let layout = arguments.layout.clone().unwrap_or_else(|| Layout::assumed(&shape));
    let parameter = Parameter::laid_out("weight", shape, &layout, arguments.groups)?;
    let seedbed = of_seedbed(text)?;
    let comparison = Comparison {
        schema: "seedbed.explain_dialects/1",
        initializer: seedbed.to_string(),
        shape: parameter.shape.to_string(),
        layout: layout.to_string(),
        meanings: meanings(&seedbed, &parameter)?,
    };
    if everywhere.json {
        output::json(&comparison)?;
    } else {
        output::text(&comparison.text())?;
    }
    Ok(Outcome::Fine)
}

/// The initializer of the catalogue for the same idea.
fn of_seedbed(text: &str) -> Result<Initializer, Failure> {
    let asked = catalogue::find(text.trim()).map(|entry| entry.example.to_owned());
    let initializer: Initializer = match asked {
        Ok(example) if text.parse::<Initializer>().is_err() => example.parse()?,
        _ => text.parse()?,
    };
    let Initializer::Dialect(call) = &initializer else { return Ok(initializer) };
    match call.entry().idea {
        "" => Err(Failure::Error(format!(
            "{call} has no counterpart in other dialects; `seedbed explain {call}` says what it does"
        ))),
        idea => Ok(catalogue::find(idea)?.example.parse()?),
    }
}

fn meanings(seedbed: &Initializer, parameter: &Parameter) -> Result<Vec<Meaning>, Failure> {
    let own = catalogue::find(seedbed.name())?;
    let facts = seedbed.facts(parameter);
    let fans = parameter.fans.map(|fans| FanCount { fan_in: fans.fan_in as f64, fan_out: fans.fan_out as f64 });
    let mut first = Meaning::new(Dialect::Seedbed.name(), seedbed.to_string(), own.name.to_owned(), "");
    first.set(facts.clone(), fans);
    let mut all = vec![first];
    for (dialect, entry) in dialect::meanings(own.name) {
        let text = entry.call(dialect, |argument| carried(seedbed, argument));
        all.push(of_dialect(dialect, entry, text, parameter, facts.as_ref().ok())?);
    }
    Ok(all)
}

/// The value that an argument of a library gets from Seedbed's initializer, where that is not at its defaults and the
/// libraries have the argument under one name or another.
fn carried(seedbed: &Initializer, argument: &str) -> Option<String> {
    let value = match (seedbed, argument) {
        (Initializer::Constant { value }, "value" | "val" | "constant") => *value,
        (
            Initializer::Normal { std, .. } | Initializer::TruncatedNormal { std, .. },
            "std" | "stddev" | "stdev" | "sigma",
        ) if *std != 1.0 => *std,
        (Initializer::Normal { mean, .. } | Initializer::TruncatedNormal { mean, .. }, "mean") if *mean != 0.0 => *mean,
        (Initializer::Orthogonal { gain, .. }, "gain" | "scale") if *gain != 1.0 => *gain,
        _ => return None,
    };
    Some(value.to_string())
}

fn of_dialect(
    dialect: Dialect,
    entry: &'static DialectEntry,
    text: String,
    parameter: &Parameter,
    seedbed: Option<&Facts>,
) -> Result<Meaning, Failure> {
    let initializer: Initializer = text.parse()?;
    let fans = match &initializer {
        Initializer::Dialect(call) => call.fans(parameter).ok().flatten(),
        _ => None,
    };
    let facts = initializer.facts(parameter);
    let mut meaning = Meaning::new(dialect.name(), text, entry.signature(), entry.note);
    meaning.differs = facts.as_ref().ok().zip(seedbed).is_none_or(|(theirs, ours)| !is_same(theirs, ours));
    meaning.set(facts, fans);
    Ok(meaning)
}

fn is_same(one: &Facts, other: &Facts) -> bool {
    let near = |one: f64, other: f64| one == other || (one - other).abs() <= SAME * one.abs().max(other.abs());
    one.distribution == other.distribution
        && near(one.mean, other.mean)
        && near(one.std(), other.std())
        && near(one.bounds.0, other.bounds.0)
        && near(one.bounds.1, other.bounds.1)
}

impl Meaning {
    fn new(dialect: &'static str, text: String, signature: String, note: &'static str) -> Meaning {
        let (distribution, std, low, high, fan_in, fan_out) = (None, None, None, None, None, None);
        Meaning {
            dialect,
            text,
            signature,
            distribution,
            std,
            low,
            high,
            fan_in,
            fan_out,
            differs: false,
            note,
            error: None,
        }
    }

    fn set(&mut self, facts: Result<Facts, seedbed::Error>, fans: Option<FanCount>) {
        (self.fan_in, self.fan_out) = (fans.map(|fans| fans.fan_in), fans.map(|fans| fans.fan_out));
        match facts {
            Ok(facts) => {
                self.std = Some(facts.std());
                (self.low, self.high) = (
                    Some(facts.bounds.0).filter(|bound| bound.is_finite()),
                    Some(facts.bounds.1).filter(|bound| bound.is_finite()),
                );
                self.distribution = Some(facts.distribution);
            }
            Err(error) => self.error = Some(error.to_string()),
        }
    }

    fn row(&self) -> [String; 6] {
        let number = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), short);
        let fans =
            self.fan_in.zip(self.fan_out).map(|(fan_in, fan_out)| format!("{}, {}", short(fan_in), short(fan_out)));
        let bounds = match (self.low, self.high) {
            (Some(low), Some(high)) if low == -high && high != 0.0 => format!("±{}", short(high)),
            (None, None) => NONE.to_owned(),
            (low, high) => format!("{}, {}", number(low), number(high)),
        };
        [
            if self.differs { "≠" } else { "" }.to_owned(),
            self.text.clone(),
            self.distribution.clone().unwrap_or_else(|| "refused".to_owned()),
            number(self.std),
            bounds,
            fans.unwrap_or_else(|| NONE.to_owned()),
        ]
    }

    /// What to know of a row that differs.
    fn footnote(&self) -> Option<String> {
        let said = self.error.as_deref().unwrap_or(self.note);
        let already_named = said.starts_with(&self.text);
        let line = if already_named { format!("  {said}") } else { format!("  {}: {said}", self.text) };
        ((self.differs || self.error.is_some()) && !said.is_empty()).then_some(line)
    }
}

/// Six digits that count, without zeros at the end.
fn short(value: f64) -> String {
    let digits = 6 - value.abs().max(1e-300).log10().floor() as i32 - 1;
    let text = format!("{value:.*}", usize::try_from(digits).unwrap_or(0).min(12));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

impl Comparison {
    fn text(&self) -> String {
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(HEADER);
        table.add_rows(self.meanings.iter().map(Meaning::row));
        table.column_iter_mut().for_each(|column| {
            column.set_padding((0, 2));
        });
        let title = format!("{} on {} ({})", self.initializer, self.shape, self.layout);
        let mut parts = vec![title, table.trim_fmt()];
        let notes: Vec<String> = self.meanings.iter().filter_map(Meaning::footnote).collect();
        if self.meanings.len() == 1 {
            parts.push("No other library has a name for it.".to_owned());
        } else if !notes.is_empty() {
            parts.push(format!("≠ is another law than Seedbed's:\n{}", notes.join("\n")));
        }
        parts.join("\n\n")
    }
}

/// The names of each dialect.
pub fn list(everywhere: &Everywhere) -> Result<Outcome, Failure> {
    if everywhere.json {
        let all: Vec<_> = Dialect::ALL
            .into_iter()
            .map(|dialect| {
                let names: Vec<&str> = dialect.entries().iter().map(|entry| entry.name).collect();
                serde_json::json!({ "dialect": dialect.name(), "base": dialect.base().map(Dialect::name), "names": names })
            })
            .collect();
        output::json(&serde_json::json!({ "schema": "seedbed.explain_dialects/1", "dialects": all }))?;
    } else {
        output::text(&Dialect::ALL.map(names).join("\n\n"))?;
    }
    Ok(Outcome::Fine)
}

fn names(dialect: Dialect) -> String {
    if dialect == Dialect::Seedbed {
        return format!("{dialect}: the names of `seedbed list initializers`");
    }
    let base = dialect.base().map_or_else(String::new, |base| format!(" (and those of {base})"));
    let names: Vec<&str> = dialect.entries().iter().map(|entry| entry.name).collect();
    format!("{dialect}:{base}\n  {}", names.join(", "))
}

/// One name of a dialect, or all of them for `torch:`, as text.
pub fn explain(text: &str) -> Result<Option<Vec<(Dialect, &'static DialectEntry)>>, Failure> {
    let call = text.split('(').next().unwrap_or(text);
    let Some((dialect, name)) = call.split_once(':') else { return Ok(None) };
    let dialect: Dialect = dialect.trim().parse()?;
    if dialect == Dialect::Seedbed {
        return Ok(None);
    }
    let entries = match name.trim() {
        "" => dialect.entries().iter().collect(),
        name => vec![dialect.find(name)?],
    };
    Ok(Some(entries.into_iter().map(|entry| (dialect, entry)).collect()))
}

/// What there is to know of a name.
pub fn entry_text(dialect: Dialect, entry: &DialectEntry) -> String {
    let mut lines = vec![format!("{dialect}:{}", entry.signature())];
    let mut field = |label: &str, text: &str| lines.push(format!("  {label:<10} {text}"));
    if !entry.aliases.is_empty() {
        field("also", &entry.aliases.join(", "));
    }
    for (place, argument) in entry.arguments.iter().enumerate() {
        let default = argument.default.map_or_else(|| "must be given".to_owned(), |value| format!("default {value}"));
        field(
            if place == 0 { "arguments" } else { "" },
            &format!("{} ({default}): {}", argument.name, argument.meaning),
        );
    }
    if !entry.note.is_empty() {
        field("note", entry.note);
    }
    if !entry.idea.is_empty() {
        field("compare", &format!("seedbed explain {} --dialects", entry.idea));
    }
    lines.join("\n")
}

/// The same as data.
pub fn entry_json(dialect: Dialect, entry: &DialectEntry) -> serde_json::Value {
    let arguments: Vec<serde_json::Value> = entry
        .arguments
        .iter()
        .map(|argument| serde_json::json!({ "name": argument.name, "default": argument.default, "meaning": argument.meaning }))
        .collect();
    serde_json::json!({
        "dialect": dialect.name(),
        "name": entry.name,
        "aliases": entry.aliases,
        "idea": Some(entry.idea).filter(|idea| !idea.is_empty()),
        "arguments": arguments,
        "note": entry.note,
        "example": entry.example(dialect),
    })
}
