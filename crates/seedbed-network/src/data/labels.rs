//! From the labels in a file to classes 0, 1, ..., classes - 1.

use std::collections::BTreeSet;
use std::path::Path;

use super::DataError;

/// Labels of both parts as numbers, before they are checked.
pub(super) struct Labels<'a> {
    /// The file or folder, for messages.
    pub path: &'a Path,
    /// Labels of the training part.
    pub train: &'a [f64],
    /// Labels of the test part.
    pub test: &'a [f64],
}

/// Checked labels.
#[derive(Debug)]
pub(super) struct Classes {
    pub classes: usize,
    pub train: Vec<u32>,
    pub test: Vec<u32>,
}

/// One of the two parts, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Train,
    Test,
}

impl Labels<'_> {
    /// Classes, checked; `place` names where the label at an index of a part stands, `name` a class.
    ///
    /// # Errors
    /// A label that is negative, fractional or leaves a gap; a class in the test part alone; an empty
    /// part; fewer than two classes.
    pub fn check(
        &self,
        place: impl Fn(Part, usize) -> String,
        name: impl Fn(u32) -> String,
    ) -> Result<Classes, DataError> {
        self.enough("training examples", self.train.len(), 1)?;
        self.enough("test examples", self.test.len(), 1)?;
        let train = self.whole(Part::Train, self.train, &place)?;
        let test = self.whole(Part::Test, self.test, &place)?;
        let trained: BTreeSet<u32> = train.iter().copied().collect();
        let classes = trained.iter().chain(&test).collect::<BTreeSet<_>>().len();
        self.without_gaps(Part::Train, &train, classes, &place)?;
        self.without_gaps(Part::Test, &test, classes, &place)?;
        if let Some((index, &class)) = test.iter().enumerate().find(|(_, class)| !trained.contains(class)) {
            let place = place(Part::Test, index);
            return Err(DataError::UntrainedClass { path: self.path.to_owned(), class: name(class), place });
        }
        self.enough("classes", classes, 2)?;
        Ok(Classes { classes, train, test })
    }

    fn enough(&self, what: &'static str, found: usize, needed: usize) -> Result<(), DataError> {
        let error = || DataError::TooFew { path: self.path.to_owned(), what, found, needed };
        if found < needed { Err(error()) } else { Ok(()) }
    }

    fn whole(&self, part: Part, labels: &[f64], place: impl Fn(Part, usize) -> String) -> Result<Vec<u32>, DataError> {
        let whole = |(index, &label): (usize, &f64)| {
            // the cast saturates and NaN becomes 0, so only whole numbers that fit come back equal
            let class = label as u32;
            let expected = "a class: a whole number from 0".to_owned();
            if f64::from(class) == label { Ok(class) } else { Err(self.bad(place(part, index), label, expected)) }
        };
        labels.iter().enumerate().map(whole).collect()
    }

    fn without_gaps(
        &self,
        part: Part,
        labels: &[u32],
        classes: usize,
        place: impl Fn(Part, usize) -> String,
    ) -> Result<(), DataError> {
        let beyond = labels.iter().enumerate().find(|(_, label)| **label as usize >= classes);
        let expected = || {
            format!(
                "0 to {}, for there are {classes} different labels; number the classes without gaps",
                classes.saturating_sub(1)
            )
        };
        beyond.map_or(Ok(()), |(index, &label)| Err(self.bad(place(part, index), f64::from(label), expected())))
    }

    fn bad(&self, place: String, label: f64, expected: String) -> DataError {
        DataError::Label { path: self.path.to_owned(), place, found: label.to_string(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(train: &[f64], test: &[f64]) -> Result<Classes, String> {
        let labels = Labels { path: Path::new("file"), train, test };
        labels.check(|part, index| format!("{part:?} {index}"), |class| class.to_string()).map_err(|e| e.to_string())
    }

    #[test]
    fn good_labels_pass() {
        let classes = check(&[0.0, 2.0, 1.0], &[1.0]).unwrap();
        assert_eq!((classes.classes, classes.train, classes.test), (3, vec![0, 2, 1], vec![1]));
    }

    #[test]
    fn bad_labels_are_named() {
        for (train, test, part) in [
            (
                &[0.0, -1.0][..],
                &[0.0][..],
                "label out of range at Train 1: found '-1', expected a class: a whole number",
            ),
            (&[0.0, 1.0], &[1.5], "label out of range at Test 0: found '1.5', expected a class: a whole number"),
            (&[0.0, f64::NAN], &[0.0], "label out of range at Train 1: found 'NaN'"),
            (&[0.0, 1e300], &[0.0], "label out of range at Train 1"),
            (&[0.0, 2.0], &[0.0], "label out of range at Train 1: found '2', expected 0 to 1"),
            (&[0.0, 1.0], &[0.0, 2.0], "class 2 is in the test part (first at Test 1)"),
            (&[0.0, 0.0], &[0.0], "1 classes found, at least 2 needed"),
            (&[], &[0.0], "0 training examples found, at least 1"),
            (&[0.0, 1.0], &[], "0 test examples found, at least 1"),
        ] {
            let message = check(train, test).unwrap_err();
            assert!(message.contains(part), "{message}");
        }
    }
}
