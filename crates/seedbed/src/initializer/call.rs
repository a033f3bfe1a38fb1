//! A call such as `sparse(nonzeros=15, gain=2)` in text, read by the catalogue's table of arguments.

use std::ops::Range;

use super::catalogue::{self, Entry};
use crate::Error;

/// A name and its arguments, each with its place in the text.
pub struct Call<'t> {
    text: &'t str,
    /// What the catalogue holds under the name.
    pub entry: &'static Entry,
    arguments: Vec<(&'static str, Range<usize>)>,
}

impl<'t> Call<'t> {
    /// Reads `name`, `name(…)` or either behind a dialect.
    ///
    /// # Errors
    /// An unknown name or dialect, or arguments that are not the entry's.
    pub fn parse(text: &'t str) -> Result<Self, Error> {
        let start = dialect_end(text)?;
        let open = text[start..].find('(').map_or(text.len(), |offset| start + offset);
        let entry = catalogue::find(text[start..open].trim())?;
        let mut call = Call { text, entry, arguments: Vec::new() };
        let end = text.trim_end().len();
        if open < text.len() {
            if !text[open..end].ends_with(')') {
                return Err(call.refuse(end, "the ')' at the end is missing".to_owned()));
            }
            call.read_arguments(open + 1, end - 1)?;
        }
        Ok(call)
    }

    fn read_arguments(&mut self, start: usize, end: usize) -> Result<(), Error> {
        if self.text[start..end].trim().is_empty() {
            return Ok(());
        }
        let mut from = start;
        for (order, part) in self.text[start..end].split(',').enumerate() {
            let (name, value) = self.argument(order, from, part)?;
            if self.arguments.iter().any(|(known, _)| *known == name) {
                return Err(self.refuse(value.start, format!("'{name}' is given twice")));
            }
            self.arguments.push((name, value));
            from += part.len() + 1;
        }
        Ok(())
    }

    /// One `name=value` or bare value that begins at `from`.
    fn argument(&self, order: usize, from: usize, part: &str) -> Result<(&'static str, Range<usize>), Error> {
        let value_start = part.find('=').map_or(0, |equals| equals + 1);
        let known = self.entry.arguments;
        let found = match value_start {
            0 => known.get(order),
            _ => known.iter().find(|argument| argument.name == part[..value_start - 1].trim()),
        };
        let Some(found) = found else {
            let names: Vec<&str> = known.iter().map(|argument| argument.name).collect();
            let takes = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
            let place = from + (part.len() - part.trim_start().len());
            return Err(self.refuse(place, format!("{} takes {takes}", self.entry.name)));
        };
        let value = &part[value_start..];
        let begin = from + value_start + (value.len() - value.trim_start().len());
        Ok((found.name, begin..begin + value.trim().len()))
    }

    /// The text of an argument, or its default from the catalogue, and where it stands.
    fn value(&self, name: &str) -> Result<(&str, usize), Error> {
        if let Some((_, range)) = self.arguments.iter().find(|(known, _)| *known == name) {
            return Ok((&self.text[range.clone()], range.start));
        }
        let argument = self.entry.arguments.iter().find(|argument| argument.name == name);
        match argument.and_then(|argument| argument.default) {
            Some(default) => Ok((default, 0)),
            None => Err(self.refuse(self.text.trim_end().len(), format!("{} needs '{name}'", self.entry.name))),
        }
    }

    /// A number, given or by default.
    pub fn number(&self, name: &str) -> Result<f64, Error> {
        let (value, place) = self.value(name)?;
        value.parse().map_err(|_| self.refuse(place, format!("{name} must be a number, not '{value}'")))
    }

    /// A whole number, given or by default.
    pub fn count(&self, name: &str) -> Result<usize, Error> {
        let (value, place) = self.value(name)?;
        value.parse().map_err(|_| self.refuse(place, format!("{name} must be a whole number, not '{value}'")))
    }

    /// One of a few words, given or by default.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<T, Error> {
        let (value, place) = self.value(name)?;
        let found = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
        found.ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.refuse(place, format!("{name} must be one of {}, not '{value}'", known.join(", ")))
        })
    }

    fn refuse(&self, position: usize, problem: String) -> Error {
        Error::Parse { text: self.text.to_owned(), position, problem }
    }
}

/// Where the name begins, after the dialect if there is one.
fn dialect_end(text: &str) -> Result<usize, Error> {
    let name_end = text.find('(').unwrap_or(text.len());
    match text[..name_end].find(':') {
        None => Ok(0),
        Some(colon) if text[..colon].trim() == "seedbed" => Ok(colon + 1),
        Some(_) => Err(Error::UnknownDialect { asked: text.to_owned() }),
    }
}
