//! A row of a library's table: a name, its arguments, what to know, and what it means.

use super::Dialect;
use super::rule::Rule;
use crate::Error;
use crate::initializer::call::Call;
use crate::initializer::catalogue::Argument;

/// A name in a library.
#[derive(Clone, Copy, Debug)]
pub struct DialectEntry {
    /// The name, as the library spells it; `linear.weight` is what its layer `linear` does to its weight.
    pub name: &'static str,
    /// Other spellings there.
    pub aliases: &'static [&'static str],
    /// The name in Seedbed's catalogue for the same idea; empty where there is none.
    pub idea: &'static str,
    /// Its arguments, in order, with the library's defaults.
    pub arguments: &'static [Argument],
    /// What to know: the formula where it is not plain, the trap where there is one.
    pub note: &'static str,
    pub(super) read: fn(&Call) -> Result<Rule, Error>,
}

/// A row of a library's table.
pub(super) const fn entry(
    name: &'static str,
    idea: &'static str,
    arguments: &'static [Argument],
    note: &'static str,
    read: fn(&Call) -> Result<Rule, Error>,
) -> DialectEntry {
    DialectEntry { name, aliases: &[], idea, arguments, note, read }
}

/// 0 everywhere.
pub(super) fn zero(_: &Call) -> Result<Rule, Error> {
    Ok(Rule::constant(0.0))
}

/// 1 everywhere.
pub(super) fn one(_: &Call) -> Result<Rule, Error> {
    Ok(Rule::constant(1.0))
}

impl DialectEntry {
    /// The same with other spellings.
    pub(super) const fn also(self, aliases: &'static [&'static str]) -> DialectEntry {
        DialectEntry { aliases, ..self }
    }

    /// The name with its arguments at their defaults; those that must be given are named alone.
    pub fn signature(&self) -> String {
        let arguments: Vec<String> = self
            .arguments
            .iter()
            .map(|argument| match argument.default {
                Some(default) => format!("{}={default}", argument.name),
                None => argument.name.to_owned(),
            })
            .collect();
        if arguments.is_empty() { self.name.to_owned() } else { format!("{}({})", self.name, arguments.join(", ")) }
    }

    /// A text that parses: the name, with a plain value for each argument that must be given.
    pub fn example(&self, dialect: Dialect) -> String {
        self.call(dialect, |_| None)
    }

    /// The text of a call with arguments by name; those that are not given are left out, or get a plain value where
    /// there is no default.
    pub fn call(&self, dialect: Dialect, given: impl Fn(&str) -> Option<String>) -> String {
        let value = |argument: &Argument| {
            let needed = || argument.default.is_none().then(|| sample(argument.name, self.idea).to_owned());
            given(argument.name).or_else(needed).map(|value| format!("{}={value}", argument.name))
        };
        let arguments: Vec<String> = self.arguments.iter().filter_map(value).collect();
        if arguments.is_empty() {
            return format!("{dialect}:{}", self.name);
        }
        format!("{dialect}:{}({})", self.name, arguments.join(", "))
    }
}

/// A plain value for an argument without a default.
fn sample(argument: &str, idea: &str) -> &'static str {
    match argument {
        "gain" if idea.starts_with("he_") => "1.4142135623730951",
        "mode" => "fan_in",
        "distribution" => "truncated_normal",
        "fan_out_only" => "false",
        "gain" | "scale" => "1",
        "sparsity" => "0.9",
        "min" | "lo" => "-0.05",
        "max" | "up" | "std" | "stdev" => "0.05",
        "mean" => "0",
        "in_channels" => "64",
        _ => "0.1",
    }
}

impl PartialEq for DialectEntry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}
