//! Columns of every other type, by Arrow's own writer; but a column that is null throughout is not.

use crate::chunk::{Chunk, Codec, Encoded, PageLevels, finish_chunk};
use crate::hybrid::push_run;
use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::{FieldRef, Schema};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Encoding, Type};
use parquet::errors::Result;
use parquet::file::properties::WriterPropertiesPtr;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnDescPtr;
use std::sync::Arc;

/// One field with all of its leaves.
pub(crate) struct Other {
    field: FieldRef,
    properties: WriterPropertiesPtr,
    /// Rows so far, while all are null.
    nulls: usize,
    writers: Option<Vec<ArrowColumnWriter>>,
}

/// The finished leaves of a field.
pub(crate) enum OtherChunks {
    Null(Vec<Chunk>),
    Written(Vec<ArrowColumnChunk>),
}

impl Other {
    pub(crate) fn new(field: FieldRef, properties: WriterPropertiesPtr) -> Other {
        Other { field, properties, nulls: 0, writers: None }
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.writers.iter().flatten().map(ArrowColumnWriter::memory_size).sum()
    }

    pub(crate) fn push(&mut self, array: &ArrayRef) -> Result<()> {
        if self.writers.is_none() {
            if self.field.is_nullable() && array.null_count() == array.len() {
                self.nulls += array.len();
                return Ok(());
            }
            self.writers = Some(self.begin()?);
            let nulls = std::mem::take(&mut self.nulls);
            if nulls > 0 {
                self.write(&new_null_array(self.field.data_type(), nulls))?;
            }
        }
        self.write(array)
    }

    fn write(&mut self, array: &ArrayRef) -> Result<()> {
        let leaves = compute_leaves(&self.field, array)?;
        for (writer, leaf) in self.writers.iter_mut().flatten().zip(leaves) {
            writer.write(&leaf)?;
        }
        Ok(())
    }

    /// Writers of this field alone, as a file with no other would have them.
    fn begin(&self) -> Result<Vec<ArrowColumnWriter>> {
        let schema = Arc::new(Schema::new(vec![self.field.clone()]));
        let columns = ArrowSchemaConverter::new().convert(&schema)?;
        let file = SerializedFileWriter::new(Vec::new(), columns.root_schema_ptr(), self.properties.clone())?;
        ArrowRowGroupWriterFactory::new(&file, schema).create_column_writers(0)
    }

    pub(crate) fn chunks(&mut self, leaves: &[ColumnDescPtr], codec: &mut Codec) -> Result<OtherChunks> {
        if let Some(writers) = self.writers.take() {
            let written = writers.into_iter().map(ArrowColumnWriter::close).collect::<Result<_>>()?;
            return Ok(OtherChunks::Written(written));
        }
        let rows = std::mem::take(&mut self.nulls);
        let chunks = leaves.iter().map(|leaf| null_chunk(leaf, rows, codec)).collect::<Result<_>>()?;
        Ok(OtherChunks::Null(chunks))
    }
}

/// A leaf of a field that is null in every row.
fn null_chunk(leaf: &ColumnDescPtr, rows: usize, codec: &mut Codec) -> Result<Chunk> {
    let mut levels = PageLevels { rows, nulls: rows, ..PageLevels::default() };
    let width = |level: i16| u16::BITS - (level as u16).leading_zeros();
    if leaf.max_rep_level() > 0 {
        push_run(0, rows, width(leaf.max_rep_level()), &mut levels.bytes);
        levels.repetition_bytes = levels.bytes.len();
    }
    push_run(0, rows, width(leaf.max_def_level()), &mut levels.bytes);
    let encoded = Encoded { dictionary: None, encoding: Encoding::PLAIN, values: &[] };
    finish_chunk(leaf, &levels, &encoded, null_statistics(leaf.physical_type(), rows), codec)
}

fn null_statistics(physical_type: Type, rows: usize) -> Statistics {
    let nulls = Some(rows as u64);
    match physical_type {
        Type::BOOLEAN => Statistics::boolean(None, None, None, nulls, false),
        Type::INT32 => Statistics::int32(None, None, None, nulls, false),
        Type::INT64 => Statistics::int64(None, None, None, nulls, false),
        Type::INT96 => Statistics::int96(None, None, None, nulls, false),
        Type::FLOAT => Statistics::float(None, None, None, nulls, false),
        Type::DOUBLE => Statistics::double(None, None, None, nulls, false),
        Type::BYTE_ARRAY => Statistics::byte_array(None, None, None, nulls, false),
        Type::FIXED_LEN_BYTE_ARRAY => Statistics::fixed_len_byte_array(None, None, None, nulls, false),
    }
}
