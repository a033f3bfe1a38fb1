//! Data made from a seed, and how they are written: `adding(steps=50)`, `linear_map(size=32, high=2, seed=3)`.

use std::fmt;

use super::{DataError, Dataset, adding, copy, linear_map, prototypes};

/// More numbers than this in all inputs are a slip of the pen: 4 GiB.
const MOST_NUMBERS: u128 = 1 << 30;
/// Arguments that every kind takes.
const OF_ALL: [(&str, f64); 3] = [("train", 2000.0), ("test", 500.0), ("seed", 0.0)];
/// Names, and the arguments of each with their defaults.
const TASKS: [(&str, &[(&str, f64)]); 4] = [
    ("adding", &[("steps", 50.0)]),
    ("copy", &[("blanks", 10.0)]),
    ("prototypes", &[("features", 64.0), ("classes", 10.0), ("noise", 0.5)]),
    ("linear_map", &[("size", 32.0), ("low", 0.5), ("high", 1.5)]),
];

/// Data to make: a task, how many examples of it, and the seed.
///
/// Text and value lead to each other; what is left out has its default, which is not printed for `train` (2000), `test`
/// (500) and `seed` (0).
///
/// ```
/// use seedbed_network::data::{Synthetic, Task};
///
/// let data = Synthetic::parse("adding(steps=100, seed=3)")?.ok_or("a made task")?;
/// assert_eq!((data.task, data.train, data.seed), (Task::Adding { steps: 100 }, 2000, 3));
/// assert_eq!(data.to_string(), "adding(steps=100, seed=3)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Synthetic {
    /// What is asked.
    pub task: Task,
    /// Examples to train on.
    pub train: usize,
    /// Examples to test on.
    pub test: usize,
    /// Where all randomness comes from.
    pub seed: u64,
}

/// What made data ask.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Task {
    /// See [`adding`].
    Adding {
        /// Steps of a sequence.
        steps: usize,
    },
    /// See [`copy`].
    Copy {
        /// Steps between the symbols and the answer.
        blanks: usize,
    },
    /// See [`prototypes`].
    Prototypes {
        /// Numbers of an example.
        features: usize,
        /// Classes.
        classes: usize,
        /// Standard deviation around a class's centre.
        noise: f64,
    },
    /// See [`linear_map`].
    LinearMap {
        /// Inputs, and outputs.
        size: usize,
        /// The smallest singular value.
        low: f64,
        /// The largest singular value.
        high: f64,
    },
}

impl Synthetic {
    /// Made data from their text; `None` for a text that names none.
    ///
    /// # Errors
    /// Arguments that are unknown, given twice, no numbers, or not whole where they count something.
    pub fn parse(text: &str) -> Result<Option<Synthetic>, DataError> {
        let trimmed = text.trim();
        let (name, rest) = trimmed.split_at(trimmed.find('(').unwrap_or(trimmed.len()));
        let Some((name, own)) = TASKS.into_iter().find(|(known, _)| *known == name.trim_end()) else {
            return Ok(None);
        };
        let arguments = Arguments { text: trimmed, name, own, given: Vec::new() }.read(rest)?;
        let (count, number) = (|name| arguments.count(name), |name| arguments.number(name));
        let size = |name| count(name).map(|value| value as usize);
        let task = match name {
            "adding" => Task::Adding { steps: size("steps")? },
            "copy" => Task::Copy { blanks: size("blanks")? },
            "prototypes" => {
                Task::Prototypes { features: size("features")?, classes: size("classes")?, noise: number("noise")? }
            }
            _ => Task::LinearMap { size: size("size")?, low: number("low")?, high: number("high")? },
        };
        Ok(Some(Synthetic { task, train: size("train")?, test: size("test")?, seed: count("seed")? }))
    }

    /// Makes the data, called by their text.
    ///
    /// # Errors
    /// Arguments out of the task's range, or more than 2³⁰ numbers in all.
    pub fn make(&self) -> Result<Dataset, DataError> {
        self.check_size()?;
        let (seed, train, test) = (self.seed, self.train, self.test);
        let made = match self.task {
            Task::Adding { steps } => adding(seed, steps, train, test),
            Task::Copy { blanks } => copy(seed, blanks, train, test),
            Task::Prototypes { features, classes, noise } => prototypes(seed, (features, classes), noise, train, test),
            Task::LinearMap { size, low, high } => linear_map(seed, size, (low, high), train, test),
        };
        made.map(|data| Dataset { name: self.to_string(), ..data })
    }

    fn check_size(&self) -> Result<(), DataError> {
        let example = match self.task {
            Task::Adding { steps } => 2 * steps as u128,
            Task::Copy { blanks } => 10 * (blanks as u128 + 20),
            Task::Prototypes { features, classes, .. } => (features as u128).max(classes as u128),
            Task::LinearMap { size, .. } => size as u128,
        };
        let numbers = example * (self.train as u128 + self.test as u128);
        if numbers <= MOST_NUMBERS {
            return Ok(());
        }
        let problem = format!("its inputs would be {numbers} numbers; {MOST_NUMBERS} is the most");
        Err(DataError::Argument { asked: self.to_string(), problem })
    }
}

impl fmt::Display for Synthetic {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.task {
            Task::Adding { steps } => write!(formatter, "adding(steps={steps}")?,
            Task::Copy { blanks } => write!(formatter, "copy(blanks={blanks}")?,
            Task::Prototypes { features, classes, noise } => {
                write!(formatter, "prototypes(features={features}, classes={classes}, noise={noise}")?;
            }
            Task::LinearMap { size, low, high } => {
                write!(formatter, "linear_map(size={size}, low={low}, high={high}")?;
            }
        }
        for ((name, default), value) in OF_ALL.into_iter().zip([self.train as u64, self.test as u64, self.seed]) {
            if value != default as u64 {
                write!(formatter, ", {name}={value}")?;
            }
        }
        formatter.write_str(")")
    }
}

/// The arguments of a text, read by the table.
struct Arguments<'t> {
    text: &'t str,
    name: &'static str,
    own: &'static [(&'static str, f64)],
    given: Vec<(&'static str, &'t str)>,
}

impl<'t> Arguments<'t> {
    fn read(mut self, rest: &'t str) -> Result<Self, DataError> {
        if rest.is_empty() {
            return Ok(self);
        }
        let Some(inside) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) else {
            return Err(self.refuse("the ')' at the end is missing".to_owned()));
        };
        for part in inside.split(',').map(str::trim).filter(|_| !inside.trim().is_empty()) {
            let named = part.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
            let known = self.known().find(|(name, _)| Some(*name) == named.map(|(name, _)| name));
            let (Some((name, _)), Some((_, value))) = (known, named) else {
                let takes: Vec<String> = self.known().map(|(name, default)| format!("{name}={default}")).collect();
                return Err(self.refuse(format!("{} takes {}, not '{part}'", self.name, takes.join(", "))));
            };
            if self.given.iter().any(|(other, _)| *other == name) {
                return Err(self.refuse(format!("'{name}' is given twice")));
            }
            self.given.push((name, value));
        }
        Ok(self)
    }

    fn known(&self) -> impl Iterator<Item = (&'static str, f64)> + use<> {
        self.own.iter().copied().chain(OF_ALL)
    }

    /// An argument as it was written, or its default.
    fn value<T: std::str::FromStr>(
        &self,
        name: &str,
        wanted: &str,
        of_default: impl Fn(f64) -> T,
    ) -> Result<T, DataError> {
        match self.given.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => {
                value.parse().map_err(|_| self.refuse(format!("{name} must be {wanted}, not '{value}'")))
            }
            None => Ok(of_default(self.known().find(|(known, _)| *known == name).map_or(0.0, |(_, default)| default))),
        }
    }

    fn number(&self, name: &str) -> Result<f64, DataError> {
        self.value(name, "a number", |default| default)
    }

    fn count(&self, name: &str) -> Result<u64, DataError> {
        self.value(name, "a whole number that is not negative", |default| default as u64)
    }

    fn refuse(&self, problem: String) -> DataError {
        DataError::Argument { asked: self.text.to_owned(), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{KINDS, Source, read};
    use super::*;

    fn parsed(text: &str) -> Synthetic {
        Synthetic::parse(text).unwrap().unwrap()
    }

    #[test]
    fn texts_print_as_they_parse() {
        for text in [
            "adding(steps=50)",
            "copy(blanks=3, train=7)",
            "prototypes(features=4, classes=3, noise=0.25, test=9)",
            "linear_map(size=8, low=0, high=2, train=10, test=11, seed=18446744073709551615)",
        ] {
            assert_eq!(parsed(text).to_string(), text);
        }
        assert_eq!(
            parsed(" linear_map ( seed = 2,size=3 ) ").to_string(),
            "linear_map(size=3, low=0.5, high=1.5, seed=2)"
        );
        assert_eq!(parsed("prototypes"), parsed("prototypes()"));
        assert_eq!(Synthetic::parse("digits").unwrap(), None);
        assert_eq!(Synthetic::parse("copy.csv").unwrap(), None);
    }

    #[test]
    fn every_task_is_listed_with_its_defaults() {
        for (name, _) in TASKS {
            let (written, _) = KINDS.iter().find(|(written, _)| written.starts_with(name)).unwrap();
            assert_eq!(parsed(name).to_string(), *written);
        }
    }

    #[test]
    fn a_source_reads_them() {
        let data = read(&Source::parse("prototypes(features=5, train=30, test=10, seed=4)", None).unwrap()).unwrap();
        assert_eq!(data.name, "prototypes(features=5, classes=10, noise=0.5, train=30, test=10, seed=4)");
        assert_eq!(data.train.inputs, prototypes(4, (5, 10), 0.5, 30, 10).unwrap().train.inputs);
        assert!(read(&Source::parse("linear_map(size=3)", None).unwrap()).unwrap().is_regression());
        assert_eq!(read(&Source::parse("copy", None).unwrap()).unwrap().example_shape.to_string(), "30x10");
        let sums = read(&Source::parse("adding(steps=4, train=3, test=2, seed=9)", None).unwrap()).unwrap();
        assert_eq!(sums.test.inputs, adding(9, 4, 3, 2).unwrap().test.inputs);
        let labelled = Source::parse("copy", Some("3")).unwrap_err().to_string();
        assert!(labelled.contains("made data fixes where the labels are"), "{labelled}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let message = |text: &str| Source::parse(text, None).and_then(|source| read(&source)).unwrap_err().to_string();
        assert_eq!(
            message("adding(length=5)"),
            "cannot make 'adding(length=5)': adding takes steps=50, train=2000, test=500, seed=0, not 'length=5'"
        );
        assert!(message("adding(5)").contains("not '5'"));
        assert!(message("adding(steps=5,)").contains("not ''"));
        assert!(message("copy(blanks=3, blanks=4)").contains("'blanks' is given twice"));
        assert!(message("copy(blanks=3").contains("the ')' at the end is missing"));
        assert!(message("copy(blanks=-3)").contains("blanks must be a whole number that is not negative, not '-3'"));
        assert!(message("prototypes(noise=much)").contains("noise must be a number, not 'much'"));
        assert!(message("copy(blanks=0)").contains("blanks is 0"));
        assert!(message("prototypes(features=1000000, train=1000000)").contains("1000500000000 numbers"));
        assert!(message("linear_map(size=18446744073709551615)").contains("is the most"));
        assert!(message("addding(steps=5)").contains("adding(steps=50) (the sum of two marked numbers"));
    }
}
