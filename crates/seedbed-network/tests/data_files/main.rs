//! Data files: what is read from files that NumPy and Python wrote, and what is refused.
//!
//! The files and the expected numbers come from `tests/data/make.py`.

#![allow(clippy::unwrap_used)] // in tests, a panic is the report

mod csv;
mod idx;
mod numpy;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, write::GzEncoder};
use seedbed_network::data::{self, DataError, Dataset, KINDS, Source};
use tempfile::TempDir;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn read(path: &Path, label: Option<&str>) -> Result<Dataset, DataError> {
    data::read(&Source::parse(path.to_str().unwrap(), label)?)
}

/// The message of the error, which must name the file or folder and hold `parts`.
#[track_caller]
fn refused(path: &Path, label: Option<&str>, parts: &[&str]) {
    let message = read(path, label).unwrap_err().to_string();
    let named = message.contains(path.file_name().unwrap().to_str().unwrap());
    assert!(named && parts.iter().all(|part| message.contains(part)), "{message}");
}

#[track_caller]
fn close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-5), "{found:?} {expected:?}");
}

fn written(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn cut(bytes: &[u8], missing: usize) -> &[u8] {
    &bytes[..bytes.len() - missing]
}

// sources

#[test]
fn a_source_is_built_in_a_folder_or_a_file() {
    assert_eq!(Source::parse("digits", None).unwrap(), Source::Digits);
    let parse = |name: &str, label| Source::parse(fixture(name).to_str().unwrap(), label).unwrap();
    assert_eq!(parse("idx", None), Source::Idx { folder: fixture("idx") });
    assert_eq!(parse("images.npz", None), Source::Npz { file: fixture("images.npz") });
    assert_eq!(
        parse("penguins_whole.csv.gz", Some("0")),
        Source::Csv { file: fixture("penguins_whole.csv.gz"), label: Some("0".to_owned()) }
    );
    assert_eq!(parse("table_u1.npy", None), Source::Npy { file: fixture("table_u1.npy"), label: None });
}

#[test]
fn other_sources_are_refused_with_what_works() {
    let missing = Source::parse("nowhere.csv", None).unwrap_err().to_string();
    assert!(missing.starts_with("cannot use 'nowhere.csv' as data: there is no such file or folder"), "{missing}");
    let path = fixture("make.py");
    let other = Source::parse(path.to_str().unwrap(), None).unwrap_err().to_string();
    assert!(other.contains("make.py' as data: its name does not say what kind of file"), "{other}");
    assert!(KINDS.iter().all(|(written, _)| missing.contains(written) && other.contains(written)), "{other}");
}

#[test]
fn a_label_is_refused_where_there_are_no_columns() {
    for name in ["idx", "images.npz"] {
        refused(&fixture(name), Some("species"), &["the label column 'species' was asked for", "leave the label out"]);
    }
    let error = Source::parse("digits", Some("3")).unwrap_err();
    assert!(matches!(error, DataError::LabelNotTaken { .. }), "{error}");
}

// the embedded digits

#[test]
fn digits_agree_with_numpy() {
    let digits = data::digits();
    assert_eq!(digits.train.labels()[..8], [1, 9, 5, 3, 5, 6, 6, 6]);
    assert_eq!(digits.test.labels()[352..], [3, 9, 3, 5, 6, 7, 1, 3]);
    close(&digits.train.inputs[10..14], &[-0.24905452, 1.01189278, -1.34409579, -1.36147325]);
    close(&digits.test.inputs[359 * 64 + 10..][..4], &[0.66346802, -1.51607997, 1.19619222, -0.86600548]);
}
