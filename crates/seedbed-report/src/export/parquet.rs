//! Columns as an Apache Parquet file: one row group, optional columns where a value may be absent.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{Column, Values};
use crate::ReportError;

/// The table as a file.
pub fn write(columns: &[Column]) -> Result<Vec<u8>, ReportError> {
    bytes(columns).map_err(|error| ReportError::Export { format: "Parquet", problem: error.to_string() })
}

fn bytes(columns: &[Column]) -> Result<Vec<u8>, ParquetError> {
    let fields = columns.iter().map(field).collect::<Result<Vec<TypePtr>, _>>()?;
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?);
    let created_by = concat!("seedbed ", env!("CARGO_PKG_VERSION")).to_owned();
    let properties =
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_created_by(created_by).build();
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = file.next_row_group()?;
    for column in columns {
        if let Some(writer) = group.next_column()? {
            column.values.write(writer)?;
        }
    }
    group.close()?;
    file.into_inner()
}

fn field(column: &Column) -> Result<TypePtr, ParquetError> {
    let unsigned = LogicalType::integer(64, false);
    let (physical, logical, repetition) = match &column.values {
        Values::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::REQUIRED),
        Values::MaybeTexts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String), Repetition::OPTIONAL),
        Values::Counts(_) => (Physical::INT64, Some(unsigned), Repetition::REQUIRED),
        Values::MaybeCounts(_) => (Physical::INT64, Some(unsigned), Repetition::OPTIONAL),
        Values::Numbers(_) => (Physical::DOUBLE, None, Repetition::OPTIONAL),
    };
    let builder = Type::primitive_type_builder(&column.name, physical);
    builder.with_logical_type(logical).with_repetition(repetition).build().map(Arc::new)
}

impl Values {
    fn write(&self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Values::Texts(texts) => {
                let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_str().into()).collect();
                writer.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
            }
            Values::MaybeTexts(texts) => {
                let there: Vec<ByteArray> = texts.iter().flatten().map(|text| text.as_str().into()).collect();
                writer.typed::<ByteArrayType>().write_batch(&there, Some(&present(texts)), None)?;
            }
            Values::Counts(counts) => {
                let counts: Vec<i64> = counts.iter().map(|count| count.cast_signed()).collect();
                writer.typed::<Int64Type>().write_batch(&counts, None, None)?;
            }
            Values::MaybeCounts(counts) => {
                let there: Vec<i64> = counts.iter().flatten().map(|count| count.cast_signed()).collect();
                writer.typed::<Int64Type>().write_batch(&there, Some(&present(counts)), None)?;
            }
            Values::Numbers(numbers) => {
                let there: Vec<f64> = numbers.iter().flatten().copied().collect();
                writer.typed::<DoubleType>().write_batch(&there, Some(&present(numbers)), None)?;
            }
        }
        writer.close()
    }
}

/// Definition levels: 1 where there is a value.
fn present<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}
