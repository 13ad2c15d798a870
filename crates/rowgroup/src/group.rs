//! One row group: batches in, encoded column chunks out.

use crate::chunk::{Chunk, Codec, PageLevels, Scratch};
use crate::layout::Layout;
use crate::levels::Levels;
use crate::limits::Limits;
use crate::numbers::{NumberKind, NumberScratch, Numbers};
use crate::other::{Other, OtherChunks};
use crate::texts::{TextScratch, Texts};
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, TimeUnit};
use parquet::arrow::arrow_writer::ArrowColumnChunk;
use parquet::errors::{ParquetError, Result};
use parquet::schema::types::ColumnDescPtr;

/// A row group that is ready to be appended to a file.
pub struct EncodedGroup {
    pub(crate) chunks: Vec<GroupChunk>,
    rows: usize,
    bytes: usize,
}

pub(crate) enum GroupChunk {
    Own(Chunk),
    Arrow(ArrowColumnChunk),
}

impl GroupChunk {
    fn len(&self) -> usize {
        match self {
            GroupChunk::Own(chunk) => chunk.bytes.len(),
            GroupChunk::Arrow(chunk) => chunk.close().bytes_written as usize,
        }
    }
}

impl EncodedGroup {
    /// Its rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Its bytes in memory, about as many as in the file.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Collects batches of one schema until they are a row group.
///
/// Nothing of one group reaches the next: the same rows give the same bytes, whatever came before.
pub struct GroupBuilder {
    columns: Vec<Column>,
    limits: Limits,
    rows: usize,
    scratch: Scratch,
    numbers: NumberScratch,
    texts: TextScratch,
}

/// A field, its leaves and its values so far.
struct Column {
    data_type: DataType,
    leaves: Vec<ColumnDescPtr>,
    levels: Levels,
    values: Values,
}

enum Values {
    Numbers(Numbers),
    Texts(Texts),
    Other(Other),
}

impl GroupBuilder {
    /// An empty group.
    ///
    /// # Errors
    /// When the compressor cannot be made.
    pub fn new(layout: &Layout, limits: Limits) -> Result<GroupBuilder> {
        let mut leaves = (0..layout.columns.num_columns())
            .map(|leaf| (layout.columns.get_column_root_idx(leaf), layout.columns.column(leaf)))
            .peekable();
        let columns = layout.schema.fields().iter().enumerate().map(|(root, field)| {
            let own = std::iter::from_fn(|| leaves.next_if(|leaf| leaf.0 == root));
            let values =
                values_of(field).unwrap_or_else(|| Values::Other(Other::new(field.clone(), layout.properties.clone())));
            let data_type = field.data_type().clone();
            Column { data_type, leaves: own.map(|leaf| leaf.1).collect(), levels: Levels::default(), values }
        });
        Ok(GroupBuilder {
            columns: columns.collect(),
            limits,
            rows: 0,
            scratch: Scratch { codec: Codec::new()?, dictionary: Vec::new(), values: Vec::new() },
            numbers: NumberScratch::default(),
            texts: TextScratch::default(),
        })
    }

    /// Rows so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Is the group complete? [`GroupBuilder::finish`] it before the next batch.
    pub fn is_full(&self) -> bool {
        self.rows >= self.limits.rows_max.max(1) || self.held_bytes() >= self.limits.held_bytes_max
    }

    /// Appends a batch of the layout's schema, and gives back the rows that the group has no room for.
    ///
    /// # Errors
    /// When the batch has another schema, or a column cannot be encoded.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        self.check(batch)?;
        let room = self.limits.rows_max.max(1).saturating_sub(self.rows);
        if batch.num_rows() <= room {
            self.append(batch)?;
            return Ok(None);
        }
        self.append(&batch.slice(0, room))?;
        Ok(Some(batch.slice(room, batch.num_rows() - room)))
    }

    fn check(&self, batch: &RecordBatch) -> Result<()> {
        let own = self.columns.iter().map(|column| &column.data_type);
        if own.eq(batch.columns().iter().map(|array| array.data_type())) {
            return Ok(());
        }
        Err(ParquetError::General(format!("a batch has other columns than its file: {}", batch.schema())))
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows();
        self.columns.iter_mut().zip(batch.columns()).try_for_each(|(column, array)| column.push(array))
    }

    fn held_bytes(&self) -> usize {
        self.columns.iter().map(Column::held_bytes).sum()
    }

    /// Encodes the rows so far; the builder starts again empty.
    ///
    /// # Errors
    /// When a column cannot be encoded.
    pub fn finish(&mut self) -> Result<EncodedGroup> {
        let mut chunks = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            column.finish(&mut self.scratch, &mut self.numbers, &mut self.texts, &mut chunks)?;
        }
        let bytes = chunks.iter().map(GroupChunk::len).sum();
        Ok(EncodedGroup { chunks, rows: std::mem::take(&mut self.rows), bytes })
    }
}

fn values_of(field: &Field) -> Option<Values> {
    Some(match field.data_type() {
        DataType::Utf8View | DataType::BinaryView => Values::Texts(Texts::default()),
        DataType::Int32 => Values::Numbers(Numbers::new(NumberKind::Int32)),
        DataType::Int64 | DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            Values::Numbers(Numbers::new(NumberKind::Int64))
        }
        DataType::Float64 => Values::Numbers(Numbers::new(NumberKind::Float64)),
        _ => return None,
    })
}

impl Column {
    fn push(&mut self, array: &ArrayRef) -> Result<()> {
        self.levels.push(array);
        if self.levels.nulls() == self.levels.rows() && !matches!(self.values, Values::Other(_)) {
            return Ok(());
        }
        match &mut self.values {
            Values::Other(other) => other.push(array)?,
            Values::Texts(texts) => match array.data_type() {
                DataType::BinaryView => texts.push(array.as_binary_view()),
                _ => texts.push(array.as_string_view()),
            },
            Values::Numbers(numbers) => match array.data_type() {
                DataType::Int32 => push_numbers::<Int32Type>(array, numbers, i64::from),
                DataType::Int64 => push_numbers::<Int64Type>(array, numbers, |value| value),
                DataType::Float64 => push_numbers::<Float64Type>(array, numbers, |value| value.to_bits() as i64),
                _ => push_numbers::<TimestampNanosecondType>(array, numbers, |value| value),
            },
        }
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        match &self.values {
            Values::Numbers(numbers) => numbers.held_bytes(),
            Values::Texts(texts) => texts.held_bytes(),
            Values::Other(other) => other.held_bytes(),
        }
    }

    fn finish(
        &mut self,
        scratch: &mut Scratch,
        number_scratch: &mut NumberScratch,
        text_scratch: &mut TextScratch,
        out: &mut Vec<GroupChunk>,
    ) -> Result<()> {
        let levels = page_levels(&mut self.levels, &self.leaves);
        match &mut self.values {
            Values::Other(other) => match other.chunks(&self.leaves, &mut scratch.codec)? {
                OtherChunks::Null(chunks) => out.extend(chunks.into_iter().map(GroupChunk::Own)),
                OtherChunks::Written(chunks) => out.extend(chunks.into_iter().map(GroupChunk::Arrow)),
            },
            Values::Numbers(numbers) => {
                out.push(GroupChunk::Own(numbers.chunk(&self.leaves[0], &levels, number_scratch, scratch)?));
                numbers.clear();
            }
            Values::Texts(texts) => {
                out.push(GroupChunk::Own(texts.chunk(&self.leaves[0], &levels, text_scratch, scratch)?));
                texts.clear();
            }
        }
        Ok(())
    }
}

fn page_levels(levels: &mut Levels, leaves: &[ColumnDescPtr]) -> PageLevels {
    let mut page = PageLevels { rows: levels.rows(), nulls: levels.nulls(), ..PageLevels::default() };
    if leaves.first().is_some_and(|leaf| leaf.max_def_level() > 0) {
        levels.push_encoded(&mut page.bytes);
    }
    levels.clear();
    page
}

fn push_numbers<T: ArrowPrimitiveType>(array: &dyn Array, numbers: &mut Numbers, map: impl Fn(T::Native) -> i64) {
    let array = array.as_primitive::<T>();
    match array.nulls() {
        Some(nulls) if nulls.null_count() > 0 => nulls
            .valid_slices()
            .for_each(|(from, to)| numbers.extend(array.values()[from..to].iter().map(|value| map(*value)))),
        _ => numbers.extend(array.values().iter().map(|value| map(*value))),
    }
}
