//! NumPy files: one table (NPY), or named arrays (NPZ).
//!
//! An NPY table has a label column; an NPZ file has `x_train`, `y_train`, `x_test`, `y_test`, or `x` and
//! `y` (also `X`), of which a fixed fifth is the test part. Tables are standardized feature by feature;
//! images, inputs of rank 3 or more, by one mean and one std over all pixels.

mod array;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use self::array::{Array, decode, format};
use super::labels::{Labels, Part};
use super::source::name;
use super::standardize::{Scope, standardize};
use super::{DataError, Dataset, Split, split};

/// Inputs and labels, and how to say where one of them stands.
struct Examples {
    /// The file, for NPZ with the name of the array.
    inputs_path: PathBuf,
    labels_path: PathBuf,
    /// Shape of one example.
    shape: Vec<usize>,
    inputs: Vec<f64>,
    labels: Vec<f64>,
    /// The index of each label in its array.
    rows: Vec<usize>,
    /// The label's column, where there is one.
    column: Option<usize>,
}

/// Reads a table; `label` is the index of the label column from 0, the last where absent.
pub(super) fn read_npy(path: &Path, label: Option<&str>) -> Result<Dataset, DataError> {
    let bytes = std::fs::read(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let table = decode(path, &bytes)?;
    drop(bytes);
    let &[rows, columns] = table.shape.as_slice() else {
        let found = std::format!("{:?}", table.shape);
        return Err(format(path, "shape", "two dimensions, examples and columns", found));
    };
    if columns < 2 {
        return Err(DataError::TooFew { path: path.to_owned(), what: "columns", found: columns, needed: 2 });
    }
    let label = label_column(path, label, columns)?;
    check_finite(path, &table, Some(label))?;
    let (labels, inputs): (Vec<_>, Vec<_>) =
        table.values.into_iter().enumerate().partition(|(index, _)| index % columns == label);
    let values = |cells: Vec<(usize, f64)>| cells.into_iter().map(|(_, value)| value).collect();
    fifth_set_aside(
        path,
        Examples {
            inputs_path: path.to_owned(),
            labels_path: path.to_owned(),
            shape: vec![columns - 1],
            inputs: values(inputs),
            labels: values(labels),
            rows: (0..rows).collect(),
            column: Some(label),
        },
    )
}

fn label_column(path: &Path, label: Option<&str>, columns: usize) -> Result<usize, DataError> {
    let Some(asked) = label else { return Ok(columns - 1) };
    let index = asked.parse().ok().filter(|&index: &usize| index < columns);
    index.ok_or_else(|| DataError::LabelColumn {
        path: path.to_owned(),
        asked: asked.to_owned(),
        columns: std::format!("{columns} columns, numbered 0 to {}", columns - 1),
    })
}

/// Reads a container of named arrays.
pub(super) fn read_npz(path: &Path) -> Result<Dataset, DataError> {
    let file = File::open(path).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| unzip(path, error))?;
    let entries = archive.file_names().flatten();
    let mut names: Vec<String> = entries.filter_map(|name| Some(name.strip_suffix(".npy")?.to_owned())).collect();
    names.sort();
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if ["x_train", "y_train", "x_test", "y_test"].into_iter().all(has) {
        let train = examples(path, &mut archive, "x_train", "y_train")?;
        let test = examples(path, &mut archive, "x_test", "y_test")?;
        return dataset(path, train, test);
    }
    match ["x", "X"].into_iter().find(|name| has(name)) {
        Some(inputs) if has("y") => fifth_set_aside(path, examples(path, &mut archive, inputs, "y")?),
        _ => Err(DataError::Part {
            path: path.to_owned(),
            part: "full set of arrays".to_owned(),
            found: if names.is_empty() { "nothing".to_owned() } else { names.join(", ") },
            needed: "x_train, y_train, x_test and y_test, or x and y, or X and y".to_owned(),
        }),
    }
}

fn examples(
    path: &Path,
    archive: &mut ZipArchive<BufReader<File>>,
    inputs: &str,
    labels: &str,
) -> Result<Examples, DataError> {
    let inputs_path = PathBuf::from(std::format!("{}:{inputs}", path.display()));
    let labels_path = PathBuf::from(std::format!("{}:{labels}", path.display()));
    let inputs = unpack(&inputs_path, archive, inputs)?;
    let labels = unpack(&labels_path, archive, labels)?;
    let count = inputs.shape.first().copied().unwrap_or(0);
    if inputs.shape.len() < 2 {
        let found = std::format!("{:?}", inputs.shape);
        return Err(format(&inputs_path, "shape", "two or more dimensions, the first for examples", found));
    }
    if !matches!(labels.shape.as_slice(), [rows] | [rows, 1] if *rows == count) {
        let found = std::format!("{:?}", labels.shape);
        return Err(format(&labels_path, "shape", &std::format!("[{count}], one label for each example"), found));
    }
    check_finite(&inputs_path, &inputs, None)?;
    let shape = inputs.shape.get(1..).unwrap_or_default().to_vec();
    super::shape(&inputs_path, shape.clone())?; // its sizes multiply without overflow from here on
    let rows = (0..count).collect();
    Ok(Examples { inputs_path, labels_path, shape, inputs: inputs.values, labels: labels.values, rows, column: None })
}

fn unpack(path: &Path, archive: &mut ZipArchive<BufReader<File>>, array: &str) -> Result<Array, DataError> {
    let file_name = std::format!("{array}.npy");
    let mut entry = archive.by_name(&file_name).map_err(|error| unzip(path, error))?;
    // grows with what is unpacked, whatever size the container claims
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|source| DataError::Read { path: path.to_owned(), source })?;
    decode(path, &bytes)
}

fn unzip(path: &Path, error: ZipError) -> DataError {
    match error {
        ZipError::Io(source) => DataError::Read { path: path.to_owned(), source },
        other => format(path, "NPZ container", "a whole zip file as numpy.savez writes it", other.to_string()),
    }
}

/// Every feature must be a number that an f32 can hold; `label` is a column to pass over.
fn check_finite(path: &Path, array: &Array, label: Option<usize>) -> Result<(), DataError> {
    let columns = array.shape.last().copied().unwrap_or(1).max(1);
    let bad = |(index, value): &(usize, &f64)| !(label == Some(index % columns) || value.abs() <= f64::from(f32::MAX));
    let unusable: Vec<(usize, &f64)> = array.values.iter().enumerate().filter(bad).collect();
    let Some((index, value)) = unusable.first().copied() else { return Ok(()) };
    let example = array.values.len() / array.shape.first().copied().unwrap_or(1).max(1);
    let mut rows: Vec<usize> = unusable.iter().map(|(index, _)| index / example.max(1)).collect();
    rows.dedup();
    Err(DataError::Values {
        path: path.to_owned(),
        count: unusable.len(),
        rows: rows.len(),
        found: value.to_string(),
        place: std::format!("index {:?}", position(&array.shape, index)),
    })
}

/// The multi-index of a row-major position.
fn position(shape: &[usize], mut index: usize) -> Vec<usize> {
    let mut position: Vec<usize> = Vec::with_capacity(shape.len());
    for &size in shape.iter().rev() {
        position.push(index % size.max(1));
        index /= size.max(1);
    }
    position.reverse();
    position
}

fn fifth_set_aside(path: &Path, all: Examples) -> Result<Dataset, DataError> {
    let (train, test) = split::four_fifths(all.labels.len());
    let features = all.shape.iter().product();
    let part = |rows: Vec<usize>| Examples {
        inputs_path: all.inputs_path.clone(),
        labels_path: all.labels_path.clone(),
        shape: all.shape.clone(),
        inputs: split::rows(&all.inputs, features, &rows),
        labels: split::rows(&all.labels, 1, &rows),
        rows,
        column: all.column,
    };
    dataset(path, part(train), part(test))
}

fn dataset(path: &Path, train: Examples, test: Examples) -> Result<Dataset, DataError> {
    if train.shape != test.shape {
        let expected = std::format!("{:?}, as in training", train.shape);
        return Err(format(&test.inputs_path, "shape of one example", &expected, std::format!("{:?}", test.shape)));
    }
    let example_shape = super::shape(&train.inputs_path, image(&train.shape))?;
    let place = |part, index: usize| {
        let examples = if part == Part::Train { &train } else { &test };
        let row = examples.rows.get(index).copied().unwrap_or_default();
        let at = examples.column.map_or_else(|| vec![row], |column| vec![row, column]);
        std::format!("index {at:?} of {}", name(&examples.labels_path))
    };
    let labels = Labels { path, train: &train.labels, test: &test.labels };
    let checked = labels.check(place, |class| class.to_string())?;
    let scope = if train.shape.len() > 1 { Scope::Whole } else { Scope::Feature };
    let (train_inputs, test_inputs) = standardize(path, example_shape.elements(), scope, &train.inputs, &test.inputs)?;
    Ok(Dataset {
        name: name(path),
        example_shape,
        classes: checked.classes,
        train: Split::classes(train_inputs, checked.train),
        test: Split::classes(test_inputs, checked.test),
    })
}

/// Height and width alone get one channel in front, as the images of IDX files.
fn image(shape: &[usize]) -> Vec<usize> {
    match *shape {
        [height, width] => vec![1, height, width],
        _ => shape.to_vec(),
    }
}
