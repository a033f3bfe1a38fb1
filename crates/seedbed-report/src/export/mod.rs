//! A study's trials as tables for other programs: CSV and Parquet.
//!
//! | table | one row | columns |
//! |---|---|---|
//! | `trials` | a trial | `trial` (from 1), `task`, `start`, `phase`, `seed`, `learning_rate`, `ended`, `stall` (its kind, where it was asked), `steps`, `steps_to_target`, `test_accuracy`, `test_loss`, `wall_seconds`, and each measure that some trial has |
//! | `steps` | a step that was run | `trial`, `step` (from 1), `loss` |
//!
//! Rows follow the design: its tasks, the search before the pairs, its starts, rates and seeds ascending. They do not depend on
//! threads or interruptions, `wall_seconds` apart.

mod csv;
mod parquet;

use std::collections::BTreeSet;

use seedbed_feasibility::study::record::StudyResult;
use seedbed_feasibility::study::store::TrialRecord;
use seedbed_feasibility::trial::Measure;
use serde::Serialize;

use crate::ReportError;

/// A file format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text with a header. An absent value is an empty cell; NaN is `NaN`, infinity `inf`.
    Csv,
    /// Apache Parquet, compressed by Snappy. An absent value is null; NaN and infinity stay what they are.
    Parquet,
}

impl Format {
    /// The ending of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Parquet => "parquet",
        }
    }
}

/// Names of the tables.
pub const TABLES: [&str; 2] = ["trials", "steps"];

/// The bytes of [`TABLES`], in their order.
///
/// # Errors
/// [`ReportError::Export`] if a table cannot be written.
pub fn study(
    record: &StudyResult,
    trials: &[(String, TrialRecord)],
    format: Format,
) -> Result<[Vec<u8>; 2], ReportError> {
    let trials = in_order(record, trials);
    let write = |columns: Vec<Column>| match format {
        Format::Csv => csv::write(&columns),
        Format::Parquet => parquet::write(&columns),
    };
    Ok([write(trial_columns(&trials)?)?, write(step_columns(&trials))?])
}

/// A named column; all columns of a table are equally long.
struct Column {
    name: String,
    values: Values,
}

impl Column {
    fn new(name: impl Into<String>, values: Values) -> Column {
        Column { name: name.into(), values }
    }
}

enum Values {
    Texts(Vec<String>),
    MaybeTexts(Vec<Option<String>>),
    Counts(Vec<u64>),
    MaybeCounts(Vec<Option<u64>>),
    Numbers(Vec<Option<f64>>),
}

type Row<'r> = &'r (String, TrialRecord);

fn in_order<'r>(record: &StudyResult, trials: &'r [(String, TrialRecord)]) -> Vec<Row<'r>> {
    let task = |name: &String| record.tasks.iter().position(|task| task.task == *name);
    let start = |name: &String| record.design.starts.iter().position(|start| start == name);
    let mut rows: Vec<Row> = trials.iter().collect();
    let place = |(name, trial): Row| (task(name), trial.key.phase, start(&trial.key.prior));
    rows.sort_by(|one, other| {
        let (a, b) = (&one.1.key, &other.1.key);
        let by_rate = a.learning_rate.total_cmp(&b.learning_rate);
        place(one).cmp(&place(other)).then(by_rate).then(a.seed.cmp(&b.seed))
    });
    rows
}

fn trial_columns(rows: &[Row]) -> Result<Vec<Column>, ReportError> {
    let counts = |of: &dyn Fn(&TrialRecord) -> u64| Values::Counts(rows.iter().map(|row| of(&row.1)).collect());
    let numbers =
        |of: &dyn Fn(&TrialRecord) -> Option<f64>| Values::Numbers(rows.iter().map(|row| of(&row.1)).collect());
    let texts = |of: &dyn Fn(Row) -> Result<String, ReportError>| {
        Ok::<_, ReportError>(Values::Texts(rows.iter().map(|row| of(row)).collect::<Result<_, _>>()?))
    };
    let stall = |row: &Row| row.1.stall.map(name_of).transpose();
    let stalls = rows.iter().map(stall).collect::<Result<_, _>>()?;
    let to_target = rows.iter().map(|row| row.1.steps_to_target.map(|steps| steps as u64)).collect();
    let mut columns = vec![
        Column::new("trial", Values::Counts((1..=rows.len() as u64).collect())),
        Column::new("task", texts(&|row| Ok(row.0.clone()))?),
        Column::new("start", texts(&|row| Ok(row.1.key.prior.clone()))?),
        Column::new("phase", texts(&|row| name_of(row.1.key.phase))?),
        Column::new("seed", counts(&|trial| trial.key.seed)),
        Column::new("learning_rate", numbers(&|trial| Some(trial.key.learning_rate))),
        Column::new("ended", texts(&|row| name_of(row.1.ended))?),
        Column::new("stall", Values::MaybeTexts(stalls)),
        Column::new("steps", counts(&|trial| trial.steps as u64)),
        Column::new("steps_to_target", Values::MaybeCounts(to_target)),
        Column::new("test_accuracy", numbers(&|trial| Some(trial.test_accuracy))),
        Column::new("test_loss", numbers(&|trial| Some(trial.test_loss))),
        Column::new("wall_seconds", numbers(&|trial| Some(trial.wall_seconds))),
    ];
    let measures: BTreeSet<Measure> = rows.iter().flat_map(|row| row.1.measures.keys()).copied().collect();
    for measure in measures {
        columns.push(Column::new(name_of(measure)?, numbers(&|trial| trial.measures.get(&measure).copied())));
    }
    Ok(columns)
}

fn step_columns(rows: &[Row]) -> Vec<Column> {
    let numbered = || (1u64..).zip(rows.iter().map(|row| &row.1.losses));
    let trial = numbered().flat_map(|(place, losses)| std::iter::repeat_n(place, losses.len())).collect();
    let step = numbered().flat_map(|(_, losses)| 1..=losses.len() as u64).collect();
    let loss = numbered().flat_map(|(_, losses)| losses.iter().map(|loss| Some(f64::from(*loss)))).collect();
    vec![
        Column::new("trial", Values::Counts(trial)),
        Column::new("step", Values::Counts(step)),
        Column::new("loss", Values::Numbers(loss)),
    ]
}

/// The name that an enum without fields has in records: `still_falling`.
fn name_of(value: impl Serialize) -> Result<String, ReportError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(name) => Ok(name),
        other => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::{Field, Row};

    use super::*;

    fn table() -> Vec<Column> {
        vec![
            Column::new("name", Values::Texts(vec!["sparse(nonzeros=3, \"x\")".to_owned(), "é".to_owned()])),
            Column::new("seed", Values::Counts(vec![u64::MAX, 0])),
            Column::new("to_target", Values::MaybeCounts(vec![None, Some(7)])),
            Column::new("stall", Values::MaybeTexts(vec![Some("saddle".to_owned()), None])),
            Column::new("loss", Values::Numbers(vec![Some(0.1 + 0.2), None])),
            Column::new("odd", Values::Numbers(vec![Some(f64::NAN), Some(f64::NEG_INFINITY)])),
        ]
    }

    #[test]
    fn csv_comes_back_bit_by_bit() {
        let bytes = csv::write(&table()).unwrap();
        let mut reader = ::csv::Reader::from_reader(&bytes[..]);
        assert_eq!(reader.headers().unwrap(), vec!["name", "seed", "to_target", "stall", "loss", "odd"]);
        let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(
            rows[0],
            vec!["sparse(nonzeros=3, \"x\")", "18446744073709551615", "", "saddle", "0.30000000000000004", "NaN"]
        );
        assert_eq!(rows[1], vec!["é", "0", "7", "", "", "-inf"]);
    }

    #[test]
    fn parquet_comes_back_bit_by_bit() {
        let reader = SerializedFileReader::new(bytes::Bytes::from(parquet::write(&table()).unwrap())).unwrap();
        let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let fields = |row: &Row| row.get_column_iter().map(|(_, field)| field.clone()).collect::<Vec<Field>>();
        let (first, second) = (fields(&rows[0]), fields(&rows[1]));
        assert_eq!(
            first[..3],
            [Field::Str("sparse(nonzeros=3, \"x\")".to_owned()), Field::ULong(u64::MAX), Field::Null]
        );
        assert_eq!(first[3..5], [Field::Str("saddle".to_owned()), Field::Double(0.1 + 0.2)]);
        assert!(matches!(first[5], Field::Double(number) if number.is_nan()));
        let infinite = Field::Double(f64::NEG_INFINITY);
        assert_eq!(
            second,
            [Field::Str("é".to_owned()), Field::ULong(0), Field::ULong(7), Field::Null, Field::Null, infinite]
        );
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let none = vec![Column::new("trial", Values::Counts(vec![])), Column::new("loss", Values::Numbers(vec![]))];
        assert_eq!(csv::write(&none).unwrap(), b"trial,loss\n");
        let reader = SerializedFileReader::new(bytes::Bytes::from(parquet::write(&none).unwrap())).unwrap();
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
    }
}
