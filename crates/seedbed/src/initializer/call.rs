//! A call such as `sparse(nonzeros=15, gain=2)` in text, read by the catalogue's table of arguments.

use std::ops::Range;

use super::catalogue::Argument;
use crate::activation::gain;
use crate::{Activation, Error};

/// A name and its arguments, each with its place in the text.
#[derive(Debug)]
pub struct Call<'t> {
    text: &'t str,
    /// The name in its table, never an alias.
    pub name: &'static str,
    known: &'static [Argument],
    arguments: Vec<(&'static str, Range<usize>)>,
}

/// Splits `text` after a dialect: `torch:kaiming_uniform(a=1)` into `Some("torch")` and where the name begins.
pub fn dialect(text: &str) -> (Option<&str>, usize) {
    let name_end = text.find('(').unwrap_or(text.len());
    text[..name_end].find(':').map_or((None, 0), |colon| (Some(text[..colon].trim()), colon + 1))
}

impl<'t> Call<'t> {
    /// Reads `name` or `name(…)` from `start` on; `find` gives the name's own spelling and its arguments.
    ///
    /// # Errors
    /// An unknown name, or arguments that are not its own.
    pub fn parse(
        text: &'t str,
        start: usize,
        find: impl Fn(&str) -> Result<(&'static str, &'static [Argument]), Error>,
    ) -> Result<Self, Error> {
        let open = text[start..].find('(').map_or(text.len(), |offset| start + offset);
        let (name, known) = find(text[start..open].trim())?;
        let mut call = Call { text, name, known, arguments: Vec::new() };
        let end = text.trim_end().len();
        if let Some(place) = too_deep(text) {
            return Err(call.refuse(place, format!("brackets nest no deeper than {DEEPEST}")));
        }
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
        for (order, part) in split_at_commas(&self.text[start..end]).into_iter().enumerate() {
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
        let before_nested = &part[..part.find(['(', '[']).unwrap_or(part.len())];
        let value_start = before_nested.find('=').map_or(0, |equals| equals + 1);
        let known = self.known;
        let found = match value_start {
            0 => known.get(order),
            _ => known.iter().find(|argument| argument.name == part[..value_start - 1].trim()),
        };
        let Some(found) = found else {
            let names: Vec<&str> = known.iter().map(|argument| argument.name).collect();
            let takes = if names.is_empty() { "no arguments".to_owned() } else { names.join(", ") };
            let place = from + (part.len() - part.trim_start().len());
            return Err(self.refuse(place, format!("{} takes {takes}", self.name)));
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
        let argument = self.known.iter().find(|argument| argument.name == name);
        match argument.and_then(|argument| argument.default) {
            Some(default) => Ok((default, 0)),
            None => Err(self.refuse(self.text.trim_end().len(), format!("{} needs '{name}'", self.name))),
        }
    }

    /// Whether an argument is given.
    pub fn is_given(&self, name: &str) -> bool {
        self.arguments.iter().any(|(known, _)| *known == name)
    }

    /// The one argument of these that is given, if any is; `ways` says what goes together.
    pub fn only(&self, names: &[&'static str], ways: &str) -> Result<Option<&'static str>, Error> {
        let mut given = names.iter().copied().filter(|name| self.is_given(name));
        let first = given.next();
        match given.next() {
            Some(second) => Err(self.refuse(self.value(second)?.1, format!("{} takes {ways}", self.name))),
            None => Ok(first),
        }
    }

    /// Refuses arguments that do not go with another that is given; `ways` says what goes together.
    pub fn exclude(&self, names: &[&'static str], ways: &str) -> Result<(), Error> {
        match names.iter().find(|name| self.is_given(name)) {
            Some(name) => Err(self.refuse(self.value(name)?.1, format!("{} takes {ways}", self.name))),
            None => Ok(()),
        }
    }

    /// A number, given or by default.
    pub fn number(&self, name: &str) -> Result<f64, Error> {
        let (value, place) = self.value(name)?;
        value.parse().map_err(|_| self.refuse(place, format!("{name} must be a number, not '{value}'")))
    }

    /// A gain, given or by default: a number, an activation's name, or `backward(tanh)` and the like.
    pub fn gain(&self, name: &str) -> Result<f64, Error> {
        let (value, place) = self.value(name)?;
        gain::parse(value).ok_or_else(|| {
            let wanted = "a number, an activation (its forward gain), backward(tanh) or centred(gelu)";
            let near = value.trim_end_matches(')').rsplit('(').next().unwrap_or(value);
            let problem = match near.parse::<Activation>() {
                Err(unknown) => format!("{name} must be {wanted}, not '{value}'; {unknown}"),
                Ok(_) => format!("{name} must be {wanted}, not '{value}'"),
            };
            self.refuse(place, problem)
        })
    }

    /// A list of numbers `[1, 2, 3]`, given or by default.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        let (value, place) = self.value(name)?;
        let inside = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let numbers =
            inside.map(|inside| inside.split(',').filter(|part| !part.trim().is_empty() || inside.contains(',')));
        let read = numbers.and_then(|parts| parts.map(|part| part.trim().parse().ok()).collect::<Option<Vec<f64>>>());
        read.ok_or_else(|| self.refuse(place, format!("{name} must be numbers such as [1, 2.5], not '{value}'")))
    }

    /// The text of an argument, given or by default: for a nested call.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        self.value(name).map(|(value, _)| value)
    }

    /// A whole number of either sign, given or by default.
    pub fn whole(&self, name: &str) -> Result<i64, Error> {
        let (value, place) = self.value(name)?;
        value.parse().map_err(|_| self.refuse(place, format!("{name} must be a whole number, not '{value}'")))
    }

    /// A whole number that is not negative, given or by default.
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

    pub fn refuse(&self, position: usize, problem: String) -> Error {
        Error::Parse { text: self.text.to_owned(), position, problem }
    }
}

/// The most brackets within one another, so that reading nested calls cannot exhaust the stack.
const DEEPEST: usize = 16;

/// Where brackets nest deeper than that.
fn too_deep(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    text.bytes().position(|letter| {
        match letter {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ => (),
        }
        depth > DEEPEST
    })
}

/// The parts between commas that stand in no bracket.
fn split_at_commas(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0i32, 0);
    for (place, letter) in text.char_indices() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            ',' if depth <= 0 => {
                parts.push(&text[from..place]);
                from = place + 1;
            }
            _ => (),
        }
    }
    parts.push(&text[from..]);
    parts
}
