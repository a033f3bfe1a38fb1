//! Dialects: what each library means by each name it has, including its errors.
//!
//! `torch:kaiming_uniform_(a=2.236)` is read with PyTorch's own names and defaults and draws PyTorch's law. Fans are
//! counted as the library counts them, on the tensor as that library would hold it: a dense weight declared
//! `[in, out]` is `[out, in]` to PyTorch. A tensor without axes is taken as it is. Groups, packed projections and
//! stacked experts are what a library sees of them, which mostly is nothing.
//!
//! The laws are the libraries'; the values are not: those follow from Seedbed's own streams.

mod fans;
mod held;
mod jax;
mod keras;
mod rule;
mod torch;

use std::fmt;
use std::str::FromStr;

pub use fans::FanCount;
use held::{Held, Orders};
use rule::Rule;

use crate::initializer::call::Call;
use crate::initializer::catalogue::{self, Argument};
use crate::initializer::text::Number;
use crate::plan::Plan;
use crate::{Error, Initializer, Parameter};

/// A library with its own meaning of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// This library: the names of the [`catalogue`](crate::catalogue).
    Seedbed,
    /// `torch.nn.init` 2.15 and the layers of `torch.nn`.
    Torch,
    /// `jax.nn.initializers` 0.12.
    Jax,
    /// `keras.initializers` 3.15 and the layers of Keras.
    Keras,
}

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
    read: fn(&Call) -> Result<Rule, Error>,
}

impl DialectEntry {
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

    /// Whether the name alone will do.
    pub fn has_defaults(&self) -> bool {
        self.arguments.iter().all(|argument| argument.default.is_some())
    }
}

impl PartialEq for DialectEntry {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Dialect; 4] = [Dialect::Seedbed, Dialect::Torch, Dialect::Jax, Dialect::Keras];

    /// Its name before the colon.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Seedbed => "seedbed",
            Dialect::Torch => "torch",
            Dialect::Jax => "jax",
            Dialect::Keras => "keras",
        }
    }

    /// Its names; those of [`Dialect::Seedbed`] are in the [`catalogue`](crate::catalogue).
    pub fn entries(self) -> &'static [DialectEntry] {
        match self {
            Dialect::Seedbed => &[],
            Dialect::Torch => torch::ENTRIES,
            Dialect::Jax => jax::ENTRIES,
            Dialect::Keras => keras::ENTRIES,
        }
    }

    /// How it lays out weights.
    fn orders(self) -> &'static Orders {
        match self {
            Dialect::Seedbed | Dialect::Torch => &held::TORCH,
            Dialect::Jax => &jax::ORDERS,
            Dialect::Keras => &keras::ORDERS,
        }
    }

    /// The entry called `name` there.
    ///
    /// ```
    /// use seedbed::dialect::Dialect;
    /// assert_eq!(Dialect::Torch.find("kaiming_uniform")?.name, "kaiming_uniform_");
    /// assert!(Dialect::Torch.find("he_normal").unwrap_err().to_string().contains("kaiming_normal_"));
    /// # Ok::<(), seedbed::Error>(())
    /// ```
    ///
    /// # Errors
    /// An unknown name, with the nearest ones and the dialect's name for the same idea.
    pub fn find(self, name: &str) -> Result<&'static DialectEntry, Error> {
        let called = |entry: &&DialectEntry| entry.name == name || entry.aliases.contains(&name);
        self.entries().iter().find(called).ok_or_else(|| Error::UnknownDialectName {
            dialect: self.name(),
            asked: name.to_owned(),
            nearest: self.nearest(name),
        })
    }

    /// At most three names: those of the idea that `asked` names in the catalogue, then the nearest spellings.
    fn nearest(self, asked: &str) -> Vec<&'static str> {
        let idea = catalogue::find(asked).map(|entry| entry.name).ok();
        let same_idea = self.entries().iter().filter(|entry| Some(entry.idea) == idea).map(|entry| entry.name);
        let names = self.entries().iter().flat_map(|entry| entry.aliases.iter().chain([&entry.name]).copied());
        let mut near: Vec<&'static str> = same_idea.chain(catalogue::nearest_of(asked, names)).collect();
        let mut seen = Vec::new();
        near.retain(|name| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        near.truncate(3);
        near
    }
}

/// What every dialect calls an idea of the catalogue, in the order of [`Dialect::ALL`].
pub fn meanings(idea: &str) -> impl Iterator<Item = (Dialect, &'static DialectEntry)> + '_ {
    let entries =
        Dialect::ALL.into_iter().flat_map(|dialect| dialect.entries().iter().map(move |entry| (dialect, entry)));
    entries.filter(move |(_, entry)| entry.idea == idea)
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dialect {
    type Err = Error;

    fn from_str(text: &str) -> Result<Dialect, Error> {
        let found = Dialect::ALL.into_iter().find(|dialect| dialect.name() == text);
        found.ok_or_else(|| Error::UnknownDialect { asked: text.to_owned() })
    }
}

/// A name of a library with its arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct DialectCall {
    dialect: Dialect,
    entry: &'static DialectEntry,
    settings: Vec<(&'static str, String)>,
    rule: Rule,
}

impl DialectCall {
    /// Reads what follows the colon at `start - 1`.
    ///
    /// # Errors
    /// An unknown name, or arguments that the library would not take.
    pub(crate) fn parse(dialect: Dialect, text: &str, start: usize) -> Result<DialectCall, Error> {
        let call = Call::parse(text, start, |name| dialect.find(name).map(|entry| (entry.name, entry.arguments)))?;
        let entry = dialect.find(call.name)?;
        let rule = (entry.read)(&call)?;
        let mut settings = Vec::new();
        for argument in entry.arguments {
            let value = call.text(argument.name)?;
            let value = value.parse().map_or_else(|_| value.to_owned(), |number| Number(number).to_string());
            if argument.default != Some(value.as_str()) {
                settings.push((argument.name, value));
            }
        }
        let call = DialectCall { dialect, entry, settings, rule };
        call.check()?;
        Ok(call)
    }

    /// The library.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The name there.
    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// What there is to know of the name.
    pub fn entry(&self) -> &'static DialectEntry {
        self.entry
    }

    /// Arguments that are not at the library's defaults.
    pub fn settings(&self) -> &[(&'static str, String)] {
        &self.settings
    }

    /// The fans that the library counts, where it counts any.
    ///
    /// # Errors
    /// A parameter that the library refuses.
    pub fn fans(&self, parameter: &Parameter) -> Result<Option<FanCount>, Error> {
        self.rule.fans(&self.held(parameter)?)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.rule.check(self.entry.name)
    }

    pub(crate) fn plan(&self, parameter: &Parameter) -> Result<Plan, Error> {
        self.rule.plan(&self.held(parameter)?)
    }

    fn held<'p>(&self, parameter: &'p Parameter) -> Result<Held<'p>, Error> {
        Held::new(self.dialect.orders(), parameter, self.to_string())
    }
}

impl fmt::Display for DialectCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.dialect, self.entry.name)?;
        if self.settings.is_empty() {
            return Ok(());
        }
        let settings: Vec<String> = self.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "({})", settings.join(", "))
    }
}

/// Reads an initializer of a dialect.
pub(crate) fn parse(dialect: &str, text: &str, start: usize) -> Result<Initializer, Error> {
    let dialect = dialect.parse().map_err(|_| Error::UnknownDialect { asked: text.to_owned() })?;
    DialectCall::parse(dialect, text, start).map(Initializer::Dialect)
}
