//! Columns as comma-separated text with a header.

use csv::Writer;

use super::{Column, Values};
use crate::ReportError;

/// The table as a file.
pub fn write(columns: &[Column]) -> Result<Vec<u8>, ReportError> {
    let failed = |error: csv::Error| ReportError::Export { format: "CSV", problem: error.to_string() };
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| &column.name)).map_err(failed)?;
    let rows = columns.first().map_or(0, |column| column.values.len());
    for row in 0..rows {
        writer.write_record(columns.iter().map(|column| column.values.cell(row))).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| ReportError::Export { format: "CSV", problem: error.to_string() })
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Texts(values) => values.len(),
            Values::MaybeTexts(values) => values.len(),
            Values::Counts(values) => values.len(),
            Values::MaybeCounts(values) => values.len(),
            Values::Numbers(values) => values.len(),
        }
    }

    /// Numbers in the fewest digits that give the same bits when read.
    fn cell(&self, row: usize) -> String {
        match self {
            Values::Texts(values) => values[row].clone(),
            Values::MaybeTexts(values) => values[row].clone().unwrap_or_default(),
            Values::Counts(values) => values[row].to_string(),
            Values::MaybeCounts(values) => values[row].map_or_else(String::new, |value| value.to_string()),
            Values::Numbers(values) => values[row].map_or_else(String::new, |value| value.to_string()),
        }
    }
}
