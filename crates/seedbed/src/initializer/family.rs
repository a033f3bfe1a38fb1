//! Families: initializers of one kind, with their table, their text and their plans in one file.

use super::call::Call;
use super::catalogue::Entry;
use crate::plan::Plan;
use crate::{Error, Parameter};

/// Initializers of one kind.
pub(crate) trait Family: Sized {
    /// Its part of the catalogue.
    const ENTRIES: &'static [Entry];

    /// The initializer that a call describes, whose name is one of the entries'.
    ///
    /// # Errors
    /// Arguments that cannot be read.
    fn read(call: &Call) -> Result<Self, Error>;

    /// The name in the catalogue.
    fn name(&self) -> &'static str;

    /// The arguments as text, in the order of the table.
    fn settings(&self) -> Vec<(&'static str, String)>;

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::Argument`].
    fn check(&self) -> Result<(), Error>;

    /// What it does to one weight (never to packed or stacked ones, which are planned one by one).
    ///
    /// # Errors
    /// A parameter that it cannot fill.
    fn plan(&self, parameter: &Parameter) -> Result<Plan, Error>;
}

/// The entry of a family that is called `name`.
pub(crate) fn entry<F: Family>(name: &str) -> Option<&'static Entry> {
    F::ENTRIES.iter().find(|entry| entry.name == name)
}

/// `name(argument=value, …)` without the arguments that are at their defaults.
pub(crate) fn write<F: Family>(family: &F) -> String {
    let name = family.name();
    let default = |argument: &str| {
        let known = entry::<F>(name).and_then(|entry| entry.arguments.iter().find(|known| known.name == argument));
        known.and_then(|known| known.default)
    };
    let settings: Vec<String> = family
        .settings()
        .into_iter()
        .filter(|(argument, value)| default(argument) != Some(value.as_str()))
        .map(|(argument, value)| format!("{argument}={value}"))
        .collect();
    if settings.is_empty() { name.to_owned() } else { format!("{name}({})", settings.join(", ")) }
}

/// An argument out of its range.
pub(crate) fn out_of_range(
    initializer: &'static str,
    argument: &'static str,
    found: impl ToString,
    wanted: &'static str,
) -> Error {
    Error::Argument { initializer, argument, found: found.to_string(), wanted }
}

/// A parameter whose shape or role does not do; the message names the parameter, its shape and what would work.
pub(crate) fn unsuited(initializer: impl ToString, parameter: &Parameter, problem: impl Into<String>) -> Error {
    Error::Unsuited {
        initializer: initializer.to_string(),
        parameter: parameter.name.clone(),
        shape: parameter.shape.to_string(),
        problem: problem.into(),
    }
}
