//! A batch of rows being built, column by column.

use crate::address::AddressColumn;
use crate::column::{ListColumn, MapColumn, NumberColumn};
use crate::schema::schema;
use crate::text::TextColumn;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{ArrowError, SchemaRef};
use model::{FieldIndex, FieldType, FlowField, HealthField, Projection};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

/// The table `flows` being built.
pub type FlowColumns = Columns<FlowField>;
/// The table `health` being built.
pub type HealthColumns = Columns<HealthField>;

/// What a decoder writes to.
pub struct Tables {
    /// Flows.
    pub flows: FlowColumns,
    /// What is not a flow.
    pub health: HealthColumns,
}

impl Tables {
    /// Empty tables with these flow columns and every health column.
    pub fn new(projection: Projection<FlowField>) -> Tables {
        Tables { flows: FlowColumns::new(projection), health: HealthColumns::new(Projection::all()) }
    }
}

/// One column; `Unwanted` swallows every value.
pub(crate) enum Column {
    Unwanted,
    Text(TextColumn),
    Address(AddressColumn),
    Int32(NumberColumn<Int32Type>),
    Int64(NumberColumn<Int64Type>),
    Float64(NumberColumn<Float64Type>),
    Time(NumberColumn<TimestampNanosecondType>),
    Map(MapColumn),
    Int64List(ListColumn),
}

/// Runs the same expression on whatever column it is.
macro_rules! on_column {
    ($column:expr, $inner:ident => $body:expr, $unwanted:expr) => {
        match $column {
            Column::Unwanted => $unwanted,
            Column::Text($inner) => $body,
            Column::Address($inner) => $body,
            Column::Int32($inner) => $body,
            Column::Int64($inner) => $body,
            Column::Float64($inner) => $body,
            Column::Time($inner) => $body,
            Column::Map($inner) => $body,
            Column::Int64List($inner) => $body,
        }
    };
}

impl Column {
    pub(crate) fn new(field_type: FieldType) -> Column {
        match field_type {
            FieldType::Text => Column::Text(TextColumn::default()),
            FieldType::Address => Column::Address(AddressColumn::default()),
            FieldType::Int32 => Column::Int32(NumberColumn::default()),
            FieldType::Int64 => Column::Int64(NumberColumn::default()),
            FieldType::Float64 => Column::Float64(NumberColumn::default()),
            FieldType::Time => Column::Time(NumberColumn::default()),
            FieldType::Map => Column::Map(MapColumn::default()),
            FieldType::Int64List => Column::Int64List(ListColumn::default()),
        }
    }

    fn finish(&mut self, rows: usize) -> Result<Option<ArrayRef>, ArrowError> {
        Ok(Some(match self {
            Column::Unwanted => return Ok(None),
            Column::Text(column) => column.finish(rows)?,
            Column::Address(column) => column.finish(rows)?,
            Column::Int32(column) => Arc::new(column.finish(rows)?),
            Column::Int64(column) => Arc::new(column.finish(rows)?),
            Column::Float64(column) => Arc::new(column.finish(rows)?),
            Column::Time(column) => Arc::new(column.finish(rows)?.with_timezone("UTC")),
            Column::Map(column) => column.finish(rows)?,
            Column::Int64List(column) => column.finish(rows)?,
        }))
    }
}

/// A batch being built. Set the fields of a row in any order, then call [`Columns::end_row`].
///
/// A setter of another type than the field's is a mistake of the caller: nothing is stored, and
/// debug builds panic.
pub struct Columns<I> {
    projection: Projection<I>,
    schema: SchemaRef,
    columns: Vec<Column>,
    /// Per column: what it was in the last batch in which no row set it. Most columns of most logs
    /// are null or constant from end to end, and need not be built again.
    untouched: Vec<Option<ArrayRef>>,
    rows: usize,
}

impl<I: FieldIndex> Columns<I> {
    /// An empty batch of the wanted columns.
    pub fn new(projection: Projection<I>) -> Self {
        let column = |index: usize| match I::from_index(index) {
            Some(field) if projection.contains(field) => Column::new(field.field().field_type),
            _ => Column::Unwanted,
        };
        Columns {
            projection,
            schema: Arc::new(schema(&projection)),
            columns: (0..I::FIELDS.len()).map(column).collect(),
            untouched: vec![None; I::FIELDS.len()],
            rows: 0,
        }
    }

    /// The wanted columns.
    pub fn projection(&self) -> &Projection<I> {
        &self.projection
    }

    /// The schema of [`Columns::take_batch`].
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Is this column wanted? Ask before work that only it needs.
    #[inline]
    pub fn wants(&self, field: I) -> bool {
        self.projection.contains(field)
    }

    /// Rows ended so far.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Has no row been ended yet?
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Sets text.
    #[inline]
    pub fn set_text(&mut self, field: I, text: &str) {
        match &mut self.columns[field.index()] {
            Column::Text(column) => column.set(self.rows, text),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets text that may not be UTF-8; what is not is replaced by U+FFFD.
    #[inline]
    pub fn set_text_bytes(&mut self, field: I, text: &[u8]) {
        match &mut self.columns[field.index()] {
            Column::Text(column) => column.set_bytes(self.rows, text),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// What rows from here on have where this field is not set, instead of null. It costs nothing
    /// per row, and stays until it is set again.
    pub fn set_default_text(&mut self, field: I, text: Option<&str>) {
        self.untouched[field.index()] = None;
        match &mut self.columns[field.index()] {
            Column::Text(column) => column.set_default(self.rows, text),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// The same for a float.
    pub fn set_default_float64(&mut self, field: I, value: Option<f64>) {
        self.untouched[field.index()] = None;
        match &mut self.columns[field.index()] {
            Column::Float64(column) => column.set_default(self.rows, value),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets an IPv4 address from its big-endian value: 10.0.0.1 is 0x0a000001.
    #[inline]
    pub fn set_ipv4(&mut self, field: I, address: u32) {
        match &mut self.columns[field.index()] {
            Column::Address(column) => column.set_v4(self.rows, address),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets an IPv6 address; a v4-mapped one is stored as IPv4.
    #[inline]
    pub fn set_ipv6(&mut self, field: I, address: Ipv6Addr) {
        match &mut self.columns[field.index()] {
            Column::Address(column) => column.set_v6(self.rows, address),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets an address of either kind.
    #[inline]
    pub fn set_address(&mut self, field: I, address: IpAddr) {
        match address {
            IpAddr::V4(v4) => self.set_ipv4(field, u32::from(v4)),
            IpAddr::V6(v6) => self.set_ipv6(field, v6),
        }
    }

    /// Sets a 32-bit number.
    #[inline]
    pub fn set_int32(&mut self, field: I, value: i32) {
        match &mut self.columns[field.index()] {
            Column::Int32(column) => column.set(self.rows, value),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets a 64-bit number.
    #[inline]
    pub fn set_int64(&mut self, field: I, value: i64) {
        match &mut self.columns[field.index()] {
            Column::Int64(column) => column.set(self.rows, value),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets a float.
    #[inline]
    pub fn set_float64(&mut self, field: I, value: f64) {
        match &mut self.columns[field.index()] {
            Column::Float64(column) => column.set(self.rows, value),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Sets a time, in nanoseconds since 1970 UTC.
    #[inline]
    pub fn set_time(&mut self, field: I, nanoseconds: i64) {
        match &mut self.columns[field.index()] {
            Column::Time(column) => column.set(self.rows, nanoseconds),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Adds an entry to a map.
    pub fn insert(&mut self, field: I, key: &str, value: &str) {
        match &mut self.columns[field.index()] {
            Column::Map(column) => column.insert(self.rows, key, value),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Adds an item to a list.
    pub fn push_item(&mut self, field: I, item: i64) {
        match &mut self.columns[field.index()] {
            Column::Int64List(column) => column.push(self.rows, item),
            Column::Unwanted => {}
            _ => mismatch(),
        }
    }

    /// Ends the row: fields that were not set are null.
    #[inline]
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// Forgets what was set of the row that was not ended. Visits every column.
    pub fn abort_row(&mut self) {
        let rows = self.rows;
        for column in &mut self.columns {
            on_column!(column, inner => if inner.len() > rows { inner.truncate(rows) }, ());
        }
    }

    /// The rows ended so far as an Arrow batch; the columns start again empty.
    ///
    /// A row that was begun and not ended is forgotten.
    pub fn take_batch(&mut self) -> RecordBatch {
        self.abort_row();
        let rows = std::mem::take(&mut self.rows);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let arrays: Result<Vec<_>, ArrowError> = self
            .columns
            .iter_mut()
            .zip(&mut self.untouched)
            .filter_map(|(column, untouched)| finish(column, untouched, rows).transpose())
            .collect();
        // INVARIANT: every column was padded to `rows` and has the type the schema was made from;
        // text came in as `&str` and views are built here, so Arrow's own checks cannot fail.
        #[expect(clippy::expect_used, reason = "see INVARIANT")]
        arrays
            .and_then(|arrays| RecordBatch::try_new_with_options(self.schema.clone(), arrays, &options))
            .expect("columns agree with their schema")
    }
}

/// The column as an array. One that no row has set is cut from the last such array.
fn finish(column: &mut Column, untouched: &mut Option<ArrayRef>, rows: usize) -> Result<Option<ArrayRef>, ArrowError> {
    if !on_column!(column, inner => inner.len() == 0, false) {
        return column.finish(rows);
    }
    if untouched.as_ref().is_none_or(|array| array.len() < rows) {
        *untouched = column.finish(rows)?;
    }
    Ok(untouched.as_ref().map(|array| array.slice(0, rows)))
}

/// Columns that are all wanted, as a batch; a row that was begun and not ended is forgotten.
pub(crate) fn finish_all(columns: &mut [Column], rows: usize, schema: &SchemaRef) -> RecordBatch {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    let arrays: Result<Vec<_>, ArrowError> = columns
        .iter_mut()
        .filter_map(|column| {
            on_column!(column, inner => if inner.len() > rows { inner.truncate(rows) }, ());
            column.finish(rows).transpose()
        })
        .collect();
    // INVARIANT: every column was padded to `rows` and has the type the schema was made from.
    #[expect(clippy::expect_used, reason = "see INVARIANT")]
    arrays
        .and_then(|arrays| RecordBatch::try_new_with_options(schema.clone(), arrays, &options))
        .expect("columns agree with their schema")
}

#[cold]
fn mismatch() {
    debug_assert!(false, "setter of another type than the field's");
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use arrow_array::{Array, types::Int64Type};

    #[test]
    fn unset_fields_are_null_before_between_and_after() {
        let mut flows = FlowColumns::new(Projection::of([FlowField::Bytes, FlowField::IfId, FlowField::Ext]));
        flows.end_row();
        flows.set_int64(FlowField::Bytes, 7);
        flows.set_text(FlowField::IfId, "eni-0123456789abcdef0");
        flows.insert(FlowField::Ext, "a", "1");
        flows.insert(FlowField::Ext, "b", "2");
        flows.end_row();
        flows.end_row();
        let batch = flows.take_batch();
        let bytes = batch.column_by_name("bytes").expect("bytes").as_primitive::<Int64Type>();
        assert_eq!(bytes.iter().collect::<Vec<_>>(), [None, Some(7), None]);
        let interface = batch.column_by_name("if_id").expect("if_id").as_string_view();
        assert_eq!(interface.iter().collect::<Vec<_>>(), [None, Some("eni-0123456789abcdef0"), None]);
        let ext = batch.column_by_name("ext").expect("ext").as_map();
        assert_eq!((ext.value_length(0), ext.value_length(1), ext.is_null(2)), (0, 2, true));
    }

    #[test]
    fn an_aborted_row_leaves_nothing() {
        let mut flows = FlowColumns::new(Projection::all());
        flows.set_int64(FlowField::Bytes, 1);
        flows.insert(FlowField::Ext, "gone", "1");
        flows.abort_row();
        flows.set_int64(FlowField::Packets, 2);
        flows.end_row();
        let batch = flows.take_batch();
        assert!(batch.column_by_name("bytes").expect("bytes").is_null(0));
        assert!(batch.column_by_name("ext").expect("ext").is_null(0));
        assert_eq!(batch.num_rows(), 1);
    }

    #[test]
    fn a_batch_without_columns_still_counts_rows() {
        let mut flows = FlowColumns::new(Projection::none());
        flows.end_row();
        flows.end_row();
        assert_eq!(flows.take_batch().num_rows(), 2);
    }

    #[test]
    fn a_default_holds_from_where_it_is_set() {
        let mut flows = FlowColumns::new(Projection::of([FlowField::Provider, FlowField::SamplingRate]));
        flows.end_row();
        flows.set_default_text(FlowField::Provider, Some("a name of more than twelve bytes"));
        flows.set_default_float64(FlowField::SamplingRate, Some(1.0));
        flows.end_row();
        flows.set_text(FlowField::Provider, "own");
        flows.end_row();
        let first = flows.take_batch();
        flows.end_row();
        let second = flows.take_batch();
        let texts = |batch: &RecordBatch| {
            let column = batch.column_by_name("provider").expect("provider").as_string_view().clone();
            column.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
        };
        let long = Some("a name of more than twelve bytes".to_owned());
        assert_eq!(texts(&first), [None, long.clone(), Some("own".to_owned())]);
        assert_eq!(texts(&second), [long]);
        assert!(first.column_by_name("sampling_rate").expect("sampling_rate").is_null(0));
        assert!(second.column_by_name("sampling_rate").expect("sampling_rate").is_valid(0));
    }

    #[test]
    fn setting_a_field_twice_keeps_the_last() {
        let mut flows = FlowColumns::new(Projection::of([FlowField::Bytes, FlowField::SrcIp]));
        flows.end_row();
        flows.set_int64(FlowField::Bytes, 1);
        flows.set_int64(FlowField::Bytes, 2);
        flows.set_ipv4(FlowField::SrcIp, 1);
        flows.set_ipv6(FlowField::SrcIp, Ipv6Addr::LOCALHOST);
        flows.end_row();
        let batch = flows.take_batch();
        assert_eq!(batch.column_by_name("bytes").expect("bytes").as_primitive::<Int64Type>().value(1), 2);
        assert_eq!(batch.column_by_name("src_ip").expect("src_ip").as_binary_view().value(1).len(), 16);
    }
}
