//! Where data come from, and how that is written.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::{DataError, Synthetic};

/// How each kind of data is written, and what it is.
///
/// Made data take `train` (2000 examples), `test` (500) and `seed` (0) too, by name.
pub const KINDS: &[(&str, &str)] = &[
    ("digits", "1797 handwritten digits of 8x8 pixels, 10 classes, built in"),
    ("FOLDER", "a folder with the four IDX files of MNIST and its kin, plain or .gz"),
    ("FILE.csv", "a CSV file, plain or .csv.gz, with one label column (the last, or as named)"),
    ("FILE.npy", "a NumPy file with a two-dimensional array, with one label column (the last, or as numbered)"),
    ("FILE.npz", "a NumPy file with the arrays x_train, y_train, x_test, y_test, or with x, y"),
    ("adding(steps=50)", "the sum of two marked numbers of a sequence; a real target"),
    ("copy(blanks=10)", "ten symbols to write again after a pause; a class at each step"),
    ("prototypes(features=64, classes=10, noise=0.5)", "normal noise around one normal centre a class"),
    ("linear_map(size=32, low=0.5, high=1.5)", "white inputs through a matrix of these singular values; real targets"),
];

/// Where data come from; made by [`Source::parse`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Source {
    /// The embedded digits.
    Digits,
    /// A folder with four IDX files.
    Idx {
        /// The folder.
        folder: PathBuf,
    },
    /// A CSV file, plain or compressed with gzip.
    Csv {
        /// The file.
        file: PathBuf,
        /// Name of the label column or its index from 0; the last column where absent.
        label: Option<String>,
    },
    /// A file with one NumPy array.
    Npy {
        /// The file.
        file: PathBuf,
        /// Index of the label column from 0; the last column where absent.
        label: Option<String>,
    },
    /// A file with several named NumPy arrays.
    Npz {
        /// The file.
        file: PathBuf,
    },
    /// Data made from a seed.
    Synthetic(Synthetic),
}

impl Source {
    /// A source from its text: `digits`, a folder with IDX files, a file whose name ends in `.csv`,
    /// `.csv.gz`, `.npy` or `.npz`, or data to make such as `adding(steps=50, seed=3)`. `label` names the label column
    /// where there is one to choose. A folder that happens to be called `digits` or `copy` is written `./digits`.
    ///
    /// # Errors
    /// A path that does not exist, a file of another kind, a label for data that have no columns, arguments of made data
    /// that are unknown or out of range.
    ///
    /// ```
    /// use seedbed_network::data::Source;
    ///
    /// assert_eq!(Source::parse("digits", None)?, Source::Digits);
    /// assert!(matches!(Source::parse("prototypes(noise=0.25)", None)?, Source::Synthetic(_)));
    /// let error = Source::parse("digit", None).unwrap_err().to_string();
    /// assert!(error.starts_with("cannot use 'digit' as data: there is no such file or folder"));
    /// # Ok::<(), seedbed_network::data::DataError>(())
    /// ```
    pub fn parse(text: &str, label: Option<&str>) -> Result<Source, DataError> {
        let source = match Synthetic::parse(text)? {
            Some(synthetic) => Source::Synthetic(synthetic),
            None if text == "digits" => Source::Digits,
            None => of_path(text, label)?,
        };
        let kind = match source {
            Source::Digits => "digits",
            Source::Idx { .. } => "a folder with IDX files",
            Source::Npz { .. } => "an NPZ file",
            Source::Synthetic(_) => "made data",
            Source::Csv { .. } | Source::Npy { .. } => return Ok(source),
        };
        match label {
            Some(label) => Err(DataError::LabelNotTaken { path: text.into(), label: label.to_owned(), kind }),
            None => Ok(source),
        }
    }
}

fn of_path(text: &str, label: Option<&str>) -> Result<Source, DataError> {
    let path = PathBuf::from(text);
    let label = label.map(str::to_owned);
    let lower = text.to_ascii_lowercase();
    let wrong = |problem: &str| Err(DataError::Source { asked: text.to_owned(), problem: problem.to_owned() });
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => wrong("there is no such file or folder"),
        Err(source) => Err(DataError::Read { path, source }),
        Ok(metadata) if metadata.is_dir() => Ok(Source::Idx { folder: path }),
        Ok(_) if lower.ends_with(".csv") || lower.ends_with(".csv.gz") => Ok(Source::Csv { file: path, label }),
        Ok(_) if lower.ends_with(".npy") => Ok(Source::Npy { file: path, label }),
        Ok(_) if lower.ends_with(".npz") => Ok(Source::Npz { file: path }),
        Ok(_) => wrong("its name does not say what kind of file it is"),
    }
}

/// The kinds in one line, for messages.
pub(super) fn known() -> String {
    let kinds: Vec<String> = KINDS.iter().map(|(written, what)| format!("{written} ({what})")).collect();
    kinds.join(", ")
}

/// A reader of the file's contents, unpacked if its name ends in `.gz`.
///
/// # Errors
/// A file that cannot be opened.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    Ok(if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) })
}

/// The last part of a path, to name data by.
pub(super) fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
