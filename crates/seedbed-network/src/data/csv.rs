//! CSV files: one example to a row, one column of labels, every other column a feature.
//!
//! The first row is a header if one of its feature cells is no number. Labels are classes 0, 1, ... or
//! names, numbered in sorted order. A fixed fifth of the rows is the test part. Features are standardized
//! one by one.

use std::path::Path;

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord, Trim};

use super::labels::{Labels, Part};
use super::source::{name, open};
use super::standardize::{Scope, standardize};
use super::{DataError, Dataset, Split, split};

/// How a missing cell is written, in lower case.
const MISSING: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "?", "-"];

/// The columns of a file.
struct Columns {
    count: usize,
    label: usize,
    /// The header, where there is one.
    names: Option<Vec<String>>,
}

/// The cells of a file, features checked.
struct Cells {
    features: Vec<f64>,
    labels: Vec<String>,
    /// The line of the file that each row begins on, from 1.
    lines: Vec<u64>,
}

/// Unusable feature cells: how many, in how many rows, and the first.
#[derive(Default)]
struct Unusable {
    count: usize,
    /// How many rows hold one or more of them.
    rows: usize,
    first: Option<(String, String)>,
}

/// Reads a file; `label` is a column's name or its index from 0, the last column where absent.
pub(super) fn read(path: &Path, label: Option<&str>) -> Result<Dataset, DataError> {
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(open(path)?);
    let mut first = StringRecord::new();
    reader.read_record(&mut first).map_err(|error| broken(path, error))?;
    let columns = Columns::find(path, &first, label)?;
    let cells = read_cells(path, &mut reader, &columns, first)?;
    dataset(path, &columns, &cells)
}

impl Columns {
    fn find(path: &Path, first: &StringRecord, label: Option<&str>) -> Result<Columns, DataError> {
        let count = first.len();
        if count < 2 {
            let what = "comma-separated columns";
            return Err(DataError::TooFew { path: path.to_owned(), what, found: count, needed: 2 });
        }
        let index = label.map(str::parse::<usize>).and_then(Result::ok).or(label.is_none().then_some(count - 1));
        let named = label.and_then(|label| first.iter().position(|cell| cell == label));
        // an infinite or huge number is a bad cell of an example, not a word of a header
        let word = |cell: &str| !is_missing(cell) && cell.parse::<f64>().is_err();
        let text = |(column, cell): (usize, &str)| Some(column) != index && word(cell);
        let header = first.iter().enumerate().any(text);
        let chosen = if header { named.or(index) } else { index };
        let columns = || if header { first.iter().collect::<Vec<_>>().join(", ") } else { no_header(count) };
        let missing = || DataError::LabelColumn {
            path: path.to_owned(),
            asked: label.unwrap_or_default().to_owned(),
            columns: columns(),
        };
        let label = chosen.filter(|&label| label < count).ok_or_else(missing)?;
        let names = header.then(|| first.iter().map(str::to_owned).collect());
        Ok(Columns { count, label, names })
    }

    /// A column for messages: its name, or its index where there is no header.
    fn describe(&self, column: usize) -> String {
        let name = self.names.as_ref().and_then(|names| names.get(column));
        name.map_or_else(|| format!("column {column} (from 0)"), |name| format!("column '{name}'"))
    }
}

fn no_header(count: usize) -> String {
    format!("{count} columns without a header, numbered 0 to {}", count - 1)
}

fn read_cells(
    path: &Path,
    reader: &mut Reader<impl std::io::Read>,
    columns: &Columns,
    first: StringRecord,
) -> Result<Cells, DataError> {
    let mut cells = Cells { features: Vec::new(), labels: Vec::new(), lines: Vec::new() };
    let mut unusable = Unusable::default();
    let mut record = first;
    let mut more = if columns.names.is_some() { next(path, reader, &mut record)? } else { true };
    while more {
        add(path, columns, &record, &mut cells, &mut unusable)?;
        more = next(path, reader, &mut record)?;
    }
    match unusable.first {
        Some((found, place)) => {
            let Unusable { count, rows, .. } = unusable;
            Err(DataError::Values { path: path.to_owned(), count, rows, found, place })
        }
        None => Ok(cells),
    }
}

fn next(path: &Path, reader: &mut Reader<impl std::io::Read>, record: &mut StringRecord) -> Result<bool, DataError> {
    reader.read_record(record).map_err(|error| broken(path, error))
}

fn add(
    path: &Path,
    columns: &Columns,
    record: &StringRecord,
    cells: &mut Cells,
    unusable: &mut Unusable,
) -> Result<(), DataError> {
    let line = record.position().map_or(0, csv::Position::line);
    let row = place(cells.labels.len(), line);
    if record.len() != columns.count {
        let expected = format!("{}, as in the first row", columns.count);
        return Err(format_error(path, "number of cells", expected, format!("{} at {row}", record.len())));
    }
    let before = unusable.count;
    for (column, cell) in record.iter().enumerate() {
        if column == columns.label {
            cells.labels.push(cell.to_owned());
        } else if let Some(number) = number(cell) {
            cells.features.push(number);
        } else {
            unusable.count += 1;
            unusable.first.get_or_insert_with(|| (cell.to_owned(), format!("{row}, {}", columns.describe(column))));
        }
    }
    unusable.rows += usize::from(unusable.count > before);
    cells.lines.push(line);
    Ok(())
}

fn dataset(path: &Path, columns: &Columns, cells: &Cells) -> Result<Dataset, DataError> {
    let features = columns.count - 1;
    let (train, test) = split::four_fifths(cells.labels.len());
    let label_place = |row: usize| {
        let line = cells.lines.get(row).copied().unwrap_or_default();
        format!("{}, {}", place(row, line), columns.describe(columns.label))
    };
    let (numbers, names) = numbered(path, &cells.labels, label_place)?;
    let (train_labels, test_labels) = (split::rows(&numbers, 1, &train), split::rows(&numbers, 1, &test));
    let labels = Labels { path, train: &train_labels, test: &test_labels };
    let row = |part, index: usize| {
        let rows = if part == Part::Train { &train } else { &test };
        label_place(rows.get(index).copied().unwrap_or_default())
    };
    let class_name = |class: u32| names.get(class as usize).map_or(class.to_string(), |name| format!("'{name}'"));
    let checked = labels.check(row, class_name)?;
    let part = |rows: &[usize]| split::rows(&cells.features, features, rows);
    let (train_inputs, test_inputs) = standardize(path, features, Scope::Feature, &part(&train), &part(&test))?;
    Ok(Dataset {
        name: name(path),
        example_shape: super::shape(path, vec![features])?,
        classes: checked.classes,
        train: Split::classes(train_inputs, checked.train),
        test: Split::classes(test_inputs, checked.test),
    })
}

/// Labels as numbers; where they are names, by their place in the sorted list, which is given too.
fn numbered<'a>(
    path: &Path,
    labels: &'a [String],
    place: impl Fn(usize) -> String,
) -> Result<(Vec<f64>, Vec<&'a str>), DataError> {
    if let Some(row) = labels.iter().position(|label| is_missing(label)) {
        let (found, expected) = (labels[row].clone(), "a class: a whole number from 0 or a name".to_owned());
        return Err(DataError::Label { path: path.to_owned(), place: place(row), found, expected });
    }
    if let Some(numbers) = labels.iter().map(|label| label.parse::<f64>().ok()).collect() {
        return Ok((numbers, Vec::new()));
    }
    let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let numbers = labels.iter().map(|label| names.partition_point(|name| *name < label.as_str()) as f64).collect();
    Ok((numbers, names))
}

/// A number that an f32 can hold.
fn number(cell: &str) -> Option<f64> {
    cell.parse::<f64>().ok().filter(|number| number.abs() <= f64::from(f32::MAX))
}

fn is_missing(cell: &str) -> bool {
    MISSING.iter().any(|missing| cell.eq_ignore_ascii_case(missing))
}

/// A row for messages, counted from 1 without the header.
fn place(row: usize, line: u64) -> String {
    format!("row {} (line {line} of the file)", row + 1)
}

fn broken(path: &Path, error: csv::Error) -> DataError {
    let text = error.to_string();
    match error.into_kind() {
        ErrorKind::Io(source) => DataError::Read { path: path.to_owned(), source },
        _ => format_error(path, "CSV", "UTF-8 text separated by commas".to_owned(), text),
    }
}

fn format_error(path: &Path, what: &'static str, expected: String, found: String) -> DataError {
    DataError::Format { path: path.to_owned(), what, expected, found }
}
