//! What can be wrong with data, in one enum.

use std::path::PathBuf;

use thiserror::Error;

/// Why data could not be read. Every message names the file, what was found and what would work.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// Neither `digits` nor a file or folder that can be read as data.
    #[error("cannot use '{asked}' as data: {problem}; data can be {known}", known = super::source::known())]
    Source {
        /// The text given.
        asked: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The text of a made task that cannot be read.
    #[error("cannot make '{asked}': {problem}")]
    Argument {
        /// The text given.
        asked: String,
        /// What is wrong with it, and what would work.
        problem: String,
    },
    /// A made task with a setting out of range.
    #[error("{task}: {setting} is {found}; it must be {wanted}")]
    Task {
        /// Which task: `adding`, `copy`, `prototypes` or `linear_map`.
        task: &'static str,
        /// Which setting.
        setting: &'static str,
        /// What was given.
        found: String,
        /// What would work.
        wanted: &'static str,
    },
    /// A label column was named for data that carry their labels in a fixed place.
    #[error(
        "{path}: the label column '{label}' was asked for, but {kind} fixes where the labels are; leave the label out"
    )]
    LabelNotTaken {
        /// The data.
        path: PathBuf,
        /// The label column asked for.
        label: String,
        /// What the data are.
        kind: &'static str,
    },
    /// A file that the system could not read.
    #[error("cannot read {path}: {source}; check that it is a whole file and that you may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A folder or container that lacks a part.
    #[error("{path}: no {part} in it, found {found}; it must hold {needed}")]
    Part {
        /// The folder or file.
        path: PathBuf,
        /// The part looked for.
        part: String,
        /// What there is.
        found: String,
        /// What would work.
        needed: String,
    },
    /// Contents that are not what this kind of file must hold.
    #[error("{path}: {what}: expected {expected}, found {found}")]
    Format {
        /// The file, for NPZ with the name of the array.
        path: PathBuf,
        /// What was looked at.
        what: &'static str,
        /// What would work.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A file that is shorter or longer than its header says.
    #[error("{path}: {expected} bytes expected from its header, {found} found{note}; fetch or write the file again")]
    Length {
        /// The file, for NPZ with the name of the array.
        path: PathBuf,
        /// Bytes that the header asks for, the header included, after unpacking.
        expected: u128,
        /// Bytes found.
        found: u128,
        /// Empty, or how the file ends.
        note: &'static str,
    },
    /// Features that hold no usable number.
    #[error(
        "{path}: {count} feature cells in {rows} examples hold no finite 32-bit number, the first is '{found}' at {place}; \
         remove or fill those rows or columns"
    )]
    Values {
        /// The file, for NPZ with the name of the array.
        path: PathBuf,
        /// How many cells are unusable.
        count: usize,
        /// How many examples hold one or more of them.
        rows: usize,
        /// What the first holds.
        found: String,
        /// Where the first is.
        place: String,
    },
    /// A feature whose test values lie so far from its training values that 32 bits cannot hold them.
    #[error(
        "{path}: standardizing feature {feature} by its training part leaves the range of 32-bit numbers; \
         expected test values comparable to the training values, rescale or drop the feature"
    )]
    Spread {
        /// The file.
        path: PathBuf,
        /// The feature, counted from 0 without the label.
        feature: usize,
    },
    /// A label column that does not exist.
    #[error("{path}: no label column '{asked}'; there are {columns}")]
    LabelColumn {
        /// The file.
        path: PathBuf,
        /// The column asked for.
        asked: String,
        /// The columns there are.
        columns: String,
    },
    /// A label that is no class.
    #[error("{path}: label out of range at {place}: found '{found}', expected {expected}")]
    Label {
        /// The file.
        path: PathBuf,
        /// Where the label is.
        place: String,
        /// The label.
        found: String,
        /// What would work.
        expected: String,
    },
    /// A class that is tested but never trained.
    #[error(
        "{path}: class {class} is in the test part (first at {place}) but not in the training part; \
         add training examples of it or remove it"
    )]
    UntrainedClass {
        /// The file or folder.
        path: PathBuf,
        /// The class.
        class: String,
        /// Where its first test example is.
        place: String,
    },
    /// Not enough of something.
    #[error("{path}: {found} {what} found, at least {needed} needed")]
    TooFew {
        /// The file or folder.
        path: PathBuf,
        /// Examples, features or classes.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        needed: usize,
    },
}
