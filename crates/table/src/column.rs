//! Columns of numbers, maps and lists being built, and the nulls of every column.
//!
//! Every column is sparse while it is built: a row that is not set costs nothing until a later one
//! is, or until the batch ends; then the missing rows become null.

use crate::schema::{list_item_field, map_entries_field, map_entry_fields};
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{ArrayRef, Int64Array, ListArray, MapArray, PrimitiveArray, StringArray, StructArray};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;
use std::sync::Arc;

/// Which rows are null, as ranges: a row that is set costs nothing.
#[derive(Default)]
pub(crate) struct Nulls {
    /// Begin and end of each range, in order, with valid rows between them.
    ranges: Vec<(usize, usize)>,
}

impl Nulls {
    /// Rows `from..to` are null; no later row was set yet.
    pub(crate) fn pad(&mut self, from: usize, to: usize) {
        match self.ranges.last_mut() {
            Some((_, end)) if *end == from => *end = to,
            _ => self.ranges.push((from, to)),
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        while self.ranges.pop_if(|(start, _)| *start >= rows).is_some() {}
        if let Some((_, end)) = self.ranges.last_mut() {
            *end = rows.min(*end);
        }
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Option<NullBuffer> {
        if self.ranges.is_empty() {
            return None;
        }
        let mut valid = BooleanBufferBuilder::new(rows);
        for (start, end) in self.ranges.drain(..) {
            valid.append_n(start - valid.len(), true);
            valid.append_n(end - start, false);
        }
        valid.append_n(rows - valid.len(), true);
        Some(NullBuffer::new(valid.finish()))
    }
}

/// A column of numbers being built.
pub(crate) struct NumberColumn<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    nulls: Nulls,
    /// What rows have that are not set, instead of null.
    default: Option<T::Native>,
}

impl<T: ArrowPrimitiveType> Default for NumberColumn<T> {
    fn default() -> Self {
        NumberColumn { values: Vec::new(), nulls: Nulls::default(), default: None }
    }
}

impl<T: ArrowPrimitiveType> NumberColumn<T> {
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    pub(crate) fn set(&mut self, row: usize, value: T::Native) {
        if self.values.len() != row {
            self.pad(row);
            self.values.truncate(row);
        }
        self.values.push(value);
    }

    #[cold]
    pub(crate) fn pad(&mut self, rows: usize) {
        if self.values.len() < rows {
            if self.default.is_none() {
                self.nulls.pad(self.values.len(), rows);
            }
            self.values.resize(rows, self.default.unwrap_or_default());
        }
    }

    pub(crate) fn set_default(&mut self, rows: usize, default: Option<T::Native>) {
        self.pad(rows);
        self.default = default;
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.nulls.truncate(rows);
    }

    /// `with_type` puts the data type right where it has parameters (time zones).
    pub(crate) fn finish(&mut self, rows: usize) -> Result<PrimitiveArray<T>, ArrowError> {
        self.pad(rows);
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(rows));
        PrimitiveArray::try_new(ScalarBuffer::from(values), self.nulls.finish(rows))
    }
}

/// Text in one buffer with offsets, for the keys and values of a map.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Strings {
    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        // INVARIANT: a batch is bounded by its rows and a record by its limit, far below 2 GiB.
        self.ends.push(self.bytes.len() as i32);
    }

    fn truncate(&mut self, count: usize) {
        self.ends.truncate(count);
        self.bytes.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    fn finish(&mut self) -> Result<StringArray, ArrowError> {
        let offsets = OffsetBuffer::new(std::iter::once(0).chain(self.ends.drain(..)).collect());
        StringArray::try_new(offsets, Buffer::from(std::mem::take(&mut self.bytes)), None)
    }
}

/// A column of text to text maps being built.
#[derive(Default)]
pub(crate) struct MapColumn {
    keys: Strings,
    values: Strings,
    /// End of each finished row's entries.
    ends: Vec<i32>,
    nulls: Nulls,
}

impl MapColumn {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds an entry to the row's map.
    pub(crate) fn insert(&mut self, row: usize, key: &str, value: &str) {
        self.pad(row);
        self.keys.push(key);
        self.values.push(value);
        let end = self.keys.ends.len() as i32;
        if self.ends.len() == row {
            self.ends.push(end);
        } else {
            self.ends[row] = end;
        }
    }

    pub(crate) fn pad(&mut self, rows: usize) {
        if self.ends.len() < rows {
            self.nulls.pad(self.ends.len(), rows);
            self.ends.resize(rows, self.keys.ends.len() as i32);
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        if self.ends.len() > rows {
            self.ends.truncate(rows);
            self.nulls.truncate(rows);
            let entries = self.ends.last().map_or(0, |end| *end as usize);
            self.keys.truncate(entries);
            self.values.truncate(entries);
        }
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let offsets = OffsetBuffer::new(std::iter::once(0).chain(self.ends.drain(..)).collect());
        let keys = Arc::new(self.keys.finish()?);
        let values = Arc::new(self.values.finish()?);
        let entries = StructArray::try_new(map_entry_fields(), vec![keys, values], None)?;
        Ok(Arc::new(MapArray::try_new(map_entries_field(), offsets, entries, self.nulls.finish(rows), false)?))
    }
}

/// A column of lists of numbers being built.
#[derive(Default)]
pub(crate) struct ListColumn {
    items: Vec<i64>,
    ends: Vec<i32>,
    nulls: Nulls,
}

impl ListColumn {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Adds an item to the row's list.
    pub(crate) fn push(&mut self, row: usize, item: i64) {
        self.pad(row);
        self.items.push(item);
        let end = self.items.len() as i32;
        if self.ends.len() == row {
            self.ends.push(end);
        } else {
            self.ends[row] = end;
        }
    }

    pub(crate) fn pad(&mut self, rows: usize) {
        if self.ends.len() < rows {
            self.nulls.pad(self.ends.len(), rows);
            self.ends.resize(rows, self.items.len() as i32);
        }
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.nulls.truncate(rows);
        self.items.truncate(self.ends.last().map_or(0, |end| *end as usize));
    }

    pub(crate) fn finish(&mut self, rows: usize) -> Result<ArrayRef, ArrowError> {
        self.pad(rows);
        let offsets = OffsetBuffer::new(std::iter::once(0).chain(self.ends.drain(..)).collect());
        let items = Arc::new(Int64Array::from(std::mem::take(&mut self.items)));
        Ok(Arc::new(ListArray::try_new(list_item_field(), offsets, items, self.nulls.finish(rows))?))
    }
}
