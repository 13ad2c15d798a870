//! Parquet objects: AWS flow logs as AWS writes them, and tables that Fathom wrote itself.
//!
//! An AWS file's rows become AWS text records and go through the same decoder: one meaning per
//! field, whatever the container. A file with Fathom's own columns is taken as it is.

use crate::scan::Wanted;
use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use flowlog::DecodeOptions;
use flowlog::aws::{AWS_FIELDS, RecordDecoder};
use model::FlowField;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use source::Object;
use std::fmt::Write;
use std::fs::File;
use table::{Tables, schema};

/// One Parquet file being read.
pub(crate) struct ParquetObject {
    batches: ParquetRecordBatchReader,
    kind: Kind,
    rows_total: u64,
    rows_read: u64,
    bytes_total: u64,
}

enum Kind {
    /// AWS's own columns, with their names.
    Aws { decoder: Box<RecordDecoder>, line: String },
    /// Fathom's columns.
    Own { schema: SchemaRef },
}

impl ParquetObject {
    pub(crate) fn open(
        object: &Object,
        options: &DecodeOptions,
        wanted: &Wanted,
        batch_rows: usize,
    ) -> Result<ParquetObject, ParquetError> {
        let path =
            object.path().ok_or_else(|| ParquetError::General("it must be a file on disk, not a stream".into()))?;
        let file = File::open(path).map_err(|error| ParquetError::External(error.into()))?;
        let bytes_total = file.metadata().map_or(0, |metadata| metadata.len());
        let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(batch_rows);
        let names: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let rows_total = builder.metadata().file_metadata().num_rows().max(0) as u64;
        let is_own = names.iter().any(|name| name == "source_kind") && names.iter().any(|name| name == "src_ip");
        if is_own {
            let kind = Kind::Own { schema: schema(&wanted.columns).into() };
            let wanted_names: Vec<&str> = wanted.columns.iter().map(|field| field_name(field)).collect();
            let roots = (0..names.len()).filter(|root| wanted_names.contains(&names[*root].as_str()));
            let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
            let batches = builder.with_projection(mask).build()?;
            return Ok(ParquetObject { batches, kind, rows_total, rows_read: 0, bytes_total });
        }
        let known = names.iter().filter(|name| AWS_FIELDS.iter().any(|field| same_name(field.name, name))).count();
        if known < 2 {
            let message = format!("its columns are neither AWS's nor Fathom's: {}", names.join(", "));
            return Err(ParquetError::General(message));
        }
        let kind = Kind::Aws { decoder: Box::new(RecordDecoder::new(options)), line: names.join(" ") };
        Ok(ParquetObject { batches: builder.build()?, kind, rows_total, rows_read: 0, bytes_total })
    }

    pub(crate) fn format(&self) -> &'static str {
        match self.kind {
            Kind::Aws { .. } => "aws_parquet",
            Kind::Own { .. } => "fathom_parquet",
        }
    }

    pub(crate) fn bytes_total(&self) -> u64 {
        self.bytes_total
    }

    /// Bytes read so far, estimated by rows.
    pub(crate) fn bytes_read(&self) -> u64 {
        let share = self.rows_read as f64 / self.rows_total.max(1) as f64;
        (self.bytes_total as f64 * share) as u64
    }

    /// Decodes the next rows: into `tables`, or as a ready batch. `None` at the end of the file.
    pub(crate) fn next_batch(&mut self, tables: &mut Tables) -> Result<Option<Option<RecordBatch>>, ArrowError> {
        let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
        let first_row = self.rows_read;
        self.rows_read += batch.num_rows() as u64;
        match &mut self.kind {
            Kind::Own { schema } => own_batch(&batch, schema).map(|ready| Some(Some(ready))),
            Kind::Aws { decoder, line } => {
                if first_row == 0 {
                    decoder.push_line(line.as_bytes(), 0, 0, tables);
                }
                push_rows(&batch, first_row, decoder, line, tables)?;
                Ok(Some(None))
            }
        }
    }
}

fn field_name(field: FlowField) -> &'static str {
    use model::FieldIndex;
    field.field().name
}

fn same_name(hyphens: &str, other: &str) -> bool {
    hyphens.len() == other.len()
        && hyphens.bytes().zip(other.bytes()).all(|(ours, theirs)| ours == theirs || (ours == b'-' && theirs == b'_'))
}

/// Rows as text records: a space between columns, `-` for null.
fn push_rows(
    batch: &RecordBatch,
    first_row: u64,
    decoder: &mut RecordDecoder,
    line: &mut String,
    tables: &mut Tables,
) -> Result<(), ArrowError> {
    let options = FormatOptions::new().with_null("-");
    let columns: Result<Vec<ArrayFormatter<'_>>, ArrowError> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column.as_ref(), &options)).collect();
    let columns = columns?;
    for row in 0..batch.num_rows() {
        line.clear();
        for column in &columns {
            if !line.is_empty() {
                line.push(' ');
            }
            let start = line.len();
            // Writing to a String cannot fail; a value that cannot be shown stays empty.
            let _ = write!(line, "{}", column.value(row));
            if line.len() == start || line[start..].contains(char::is_whitespace) {
                let tidy: String = line[start..].split_whitespace().collect::<Vec<_>>().join("_");
                line.truncate(start);
                line.push_str(if tidy.is_empty() { "-" } else { &tidy });
            }
        }
        let record_no = first_row + row as u64 + 1;
        decoder.push_line(line.as_bytes(), record_no, record_no, tables);
    }
    Ok(())
}

/// The wanted columns of a file that Fathom wrote; what it does not have is null.
fn own_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let column = |field: &arrow::datatypes::FieldRef| -> Result<ArrayRef, ArrowError> {
        match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(column.clone()),
            Some(column) => cast_with_options(column, field.data_type(), &options),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        }
    };
    let columns = schema.fields().iter().map(column).collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}
