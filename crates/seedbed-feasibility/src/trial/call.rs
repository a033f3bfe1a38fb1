//! Settings in text: a name, and numbers by name in parentheses, such as `momentum(momentum=0.95)`.

use crate::error::FeasibilityError;

/// A name and its numbers, as they were written.
pub struct Call<'t> {
    setting: &'static str,
    text: &'t str,
    /// What stands before the parentheses.
    pub name: &'t str,
    arguments: Vec<(&'t str, f64)>,
}

impl<'t> Call<'t> {
    /// Takes the text apart; `setting` is what errors call it.
    pub fn parse(setting: &'static str, text: &'t str) -> Result<Call<'t>, FeasibilityError> {
        let (name, inside) = match text.trim().split_once('(') {
            Some((name, rest)) => (name.trim(), rest.strip_suffix(')').ok_or(rest)),
            None => (text.trim(), Ok("")),
        };
        let mut call = Call { setting, text, name, arguments: Vec::new() };
        let Ok(inside) = inside else { return Err(call.refuse("a closing parenthesis at the end")) };
        for argument in inside.split(',').map(str::trim).filter(|argument| !argument.is_empty()) {
            let number =
                argument.split_once('=').and_then(|(key, value)| Some((key.trim(), value.trim().parse().ok()?)));
            let Some((key, value)) = number else { return Err(call.refuse("name=number in the parentheses")) };
            if call.arguments.iter().any(|(known, _)| *known == key) {
                return Err(call.refuse(&format!("{key} once")));
            }
            call.arguments.push((key, value));
        }
        Ok(call)
    }

    /// Fills the settings of these names and refuses any other.
    pub fn fill(&self, settings: &mut [(&str, &mut f64)]) -> Result<(), FeasibilityError> {
        for (key, value) in &self.arguments {
            let Some(slot) = settings.iter_mut().find(|(name, _)| name == key) else {
                let known: Vec<&str> = settings.iter().map(|(name, _)| *name).collect();
                let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
                return Err(self.refuse(&format!("{} takes {known} in parentheses", self.name)));
            };
            *slot.1 = *value;
        }
        Ok(())
    }

    /// The error that says what would work.
    pub fn refuse(&self, wanted: &str) -> FeasibilityError {
        FeasibilityError::Setting { setting: self.setting, found: self.text.to_owned(), wanted: wanted.to_owned() }
    }
}
