//! Batches to CSV, JSON, NDJSON, Parquet, and tables for people.

use crate::functions::ip_text_column;
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{JsonArray, LineDelimited, WriterBuilder};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use std::io::Write;
use std::sync::Arc;

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// Comma-separated values with a header line (RFC 4180).
    Csv,
    /// One JSON array of objects.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// Parquet with zstd; addresses stay bytes.
    Parquet,
}

impl OutputFormat {
    /// Every format, with its name on the command line.
    pub const ALL: &'static [(&'static str, OutputFormat)] = &[
        ("csv", OutputFormat::Csv),
        ("json", OutputFormat::Json),
        ("ndjson", OutputFormat::Ndjson),
        ("parquet", OutputFormat::Parquet),
    ];

    /// The format of that name, or of a file with that ending.
    pub fn from_name(name: &str) -> Option<OutputFormat> {
        let name = if name == "jsonl" { "ndjson" } else { name };
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, format)| *format)
    }
}

/// Why something could not be written.
#[derive(Debug)]
pub enum WriteError {
    /// The output does not take it: a full disk, a closed pipe.
    Io(std::io::Error),
    /// The data cannot be put into the format.
    Format(String),
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WriteError::Io(error) => write!(formatter, "cannot write: {error}"),
            WriteError::Format(message) => write!(formatter, "cannot write in this format: {message}"),
        }
    }
}

impl std::error::Error for WriteError {}

impl From<ArrowError> for WriteError {
    fn from(error: ArrowError) -> WriteError {
        match error {
            ArrowError::IoError(_, error) => WriteError::Io(error),
            other => WriteError::Format(other.to_string()),
        }
    }
}

impl From<ParquetError> for WriteError {
    fn from(error: ParquetError) -> WriteError {
        match error {
            ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
                Ok(error) => WriteError::Io(*error),
                Err(other) => WriteError::Format(other.to_string()),
            },
            other => WriteError::Format(other.to_string()),
        }
    }
}

impl From<std::io::Error> for WriteError {
    fn from(error: std::io::Error) -> WriteError {
        WriteError::Io(error)
    }
}

/// Writes batches in one format. Call [`BatchWriter::finish`] at the end.
pub enum BatchWriter<W: Write + Send> {
    /// See [`OutputFormat::Csv`].
    Csv(Box<arrow::csv::Writer<W>>),
    /// See [`OutputFormat::Json`].
    Json(Box<arrow::json::Writer<W, JsonArray>>),
    /// See [`OutputFormat::Ndjson`].
    Ndjson(Box<arrow::json::Writer<W, LineDelimited>>),
    /// See [`OutputFormat::Parquet`].
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> BatchWriter<W> {
    /// A writer for batches of this schema.
    ///
    /// # Errors
    /// When the schema cannot be put into the format.
    pub fn new(format: OutputFormat, schema: &SchemaRef, output: W) -> Result<Self, WriteError> {
        Ok(match format {
            OutputFormat::Csv => {
                let builder = arrow::csv::WriterBuilder::new().with_header(true);
                BatchWriter::Csv(Box::new(builder.build(output)))
            }
            OutputFormat::Json => BatchWriter::Json(Box::new(WriterBuilder::new().build(output))),
            OutputFormat::Ndjson => BatchWriter::Ndjson(Box::new(WriterBuilder::new().build(output))),
            OutputFormat::Parquet => {
                let writer = ArrowWriter::try_new(output, schema.clone(), Some(parquet_properties(schema)))?;
                BatchWriter::Parquet(Box::new(writer))
            }
        })
    }

    /// Appends a batch.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        match self {
            BatchWriter::Csv(writer) => writer.write(&flat_text(&readable(batch)?)?)?,
            BatchWriter::Json(writer) => writer.write(&readable(batch)?)?,
            BatchWriter::Ndjson(writer) => writer.write(&readable(batch)?)?,
            BatchWriter::Parquet(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    /// Writes what is left and gives back the output.
    ///
    /// # Errors
    /// When the output does not take it.
    pub fn finish(self) -> Result<W, WriteError> {
        Ok(match self {
            BatchWriter::Csv(writer) => writer.into_inner(),
            BatchWriter::Json(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            BatchWriter::Ndjson(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
            BatchWriter::Parquet(writer) => writer.into_inner()?,
        })
    }
}

/// Rows of a Parquet row group: large enough to compress, small enough to be held in memory.
const ROW_GROUP_ROWS: usize = 128 << 10;

fn parquet_properties(schema: &Schema) -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("fathom".to_owned());
    // Counters that only rise would fill a dictionary in vain. Times stay in one: there are 3,600 seconds
    // in an hour's object, and a dictionary that grows too large falls back to deltas by itself.
    for field in schema.fields().iter().filter(|field| DELTA_COLUMNS.contains(&field.name().as_str())) {
        let path = ColumnPath::from(field.name().as_str());
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    builder.build()
}

/// Columns that count upwards.
const DELTA_COLUMNS: &[&str] = &["record_no", "src_offset"];

/// The batch with addresses as text.
///
/// # Errors
/// Never for batches of Fathom's tables.
pub fn readable(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    map_columns(batch, |field, column| match field.data_type() {
        DataType::BinaryView | DataType::Binary => Some(ip_text_column(column)),
        _ => None,
    })
}

/// The batch with maps and lists as text, for formats that have neither.
fn flat_text(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    map_columns(batch, |field, column| match field.data_type() {
        DataType::Map(_, _) | DataType::List(_) | DataType::Struct(_) => Some(display_text(column)),
        _ => None,
    })
}

fn map_columns(
    batch: &RecordBatch,
    map: impl Fn(&Field, &ArrayRef) -> Option<Result<ArrayRef, ArrowError>>,
) -> Result<RecordBatch, ArrowError> {
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        match map(field, column) {
            None => {
                fields.push(field.clone());
                columns.push(column.clone());
            }
            Some(mapped) => {
                let mapped = mapped?;
                fields.push(Arc::new(Field::new(field.name(), mapped.data_type().clone(), true)));
                columns.push(mapped);
            }
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

fn display_text(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let options = FormatOptions::new();
    let formatter = ArrayFormatter::try_new(column.as_ref(), &options)?;
    let mut texts = StringViewBuilder::with_capacity(column.len());
    for row in 0..column.len() {
        texts.append_option((!column.is_null(row)).then(|| formatter.value(row).to_string()));
    }
    Ok(Arc::new(texts.finish()))
}

/// Cells of a table for people: a header, then rows; whether a column is to be aligned right.
pub struct Cells {
    /// Column names.
    pub names: Vec<String>,
    /// Numbers are aligned right.
    pub is_number: Vec<bool>,
    /// Rows of text; null is empty.
    pub rows: Vec<Vec<String>>,
}

/// The cells of a batch.
///
/// # Errors
/// Never for batches of Fathom's tables.
pub fn cells(batch: &RecordBatch) -> Result<Cells, ArrowError> {
    let batch = readable(batch)?;
    let schema = batch.schema();
    let options = FormatOptions::new().with_null("").with_timestamp_tz_format(Some("%Y-%m-%d %H:%M:%S%.f"));
    let columns: Result<Vec<ArrayFormatter<'_>>, ArrowError> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
    let columns = columns?;
    let row_cells = |row: usize| columns.iter().map(|column| column.value(row).to_string()).collect();
    Ok(Cells {
        names: schema.fields().iter().map(|field| field.name().clone()).collect(),
        is_number: schema.fields().iter().map(|field| field.data_type().is_numeric()).collect(),
        rows: (0..batch.num_rows()).map(row_cells).collect(),
    })
}
