//! Columns of a batch, row by row as plain numbers. A missing column is null in every row.
//!
//! Text of up to 12 bytes lies in its Arrow view, so a word of a vocabulary is compared as one 128-bit number.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, BinaryViewArray, PrimitiveArray, RecordBatch, StringViewArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;
use model::{FieldIndex, FlowField};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The column of a field, unless it is missing or wholly null.
fn column(batch: &RecordBatch, field: FlowField) -> Option<&ArrayRef> {
    batch.column_by_name(field.field().name).filter(|column| column.null_count() < column.len())
}

/// The view of text of up to 12 bytes.
pub(crate) const fn inline_view(text: &str) -> u128 {
    let text = text.as_bytes();
    assert!(text.len() <= 12, "longer text does not lie in its view");
    let mut bytes = [0; 16];
    bytes[0] = text.len() as u8;
    let mut n = 0;
    while n < text.len() {
        bytes[4 + n] = text[n];
        n += 1;
    }
    u128::from_le_bytes(bytes)
}

/// A column of whole numbers.
pub(crate) struct Numbers {
    values: Vec<i64>,
}

impl Numbers {
    /// Stands for null: no counter, port or time of a record is negative.
    pub(crate) const ABSENT: i64 = -1;

    /// The column of a field.
    pub(crate) fn of(batch: &RecordBatch, field: FlowField) -> Numbers {
        let Some(column) = column(batch, field) else { return Numbers { values: Vec::new() } };
        let narrow = column.as_primitive_opt::<Int32Type>().map(whole);
        let wide = column.as_primitive_opt::<Int64Type>().map(whole);
        let time = column.as_primitive_opt::<TimestampNanosecondType>().map(whole);
        Numbers { values: narrow.or(wide).or(time).unwrap_or_default() }
    }

    /// The value of a row, if it is there and no nonsense.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Option<u64> {
        self.values.get(row).and_then(|value| u64::try_from(*value).ok())
    }
}

/// The values of an array; a null is absent.
fn whole<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> Vec<i64>
where
    T::Native: Into<i64>,
{
    let values = array.values().iter().map(|value| (*value).into());
    match array.nulls() {
        Some(nulls) => values.zip(nulls).map(|(value, valid)| if valid { value } else { Numbers::ABSENT }).collect(),
        None => values.collect(),
    }
}

/// A column of text.
pub(crate) struct Texts<'a> {
    views: ScalarBuffer<u128>,
    array: Option<&'a StringViewArray>,
}

impl<'a> Texts<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: FlowField) -> Texts<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::Utf8View);
        let array = array.map(|array| array.as_string_view());
        let views = array.map_or_else(|| Vec::new().into(), |array| array.views().clone());
        Texts { views, array }
    }

    /// The view of a row; 0, the view of empty text, if it is null.
    #[inline]
    pub(crate) fn view(&self, row: usize) -> u128 {
        match self.array {
            Some(array) if array.is_valid(row) => self.views.get(row).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// The text of a row; empty if it is null.
    #[inline]
    pub(crate) fn text(&self, row: usize) -> &'a str {
        match self.array {
            Some(array) if row < array.len() && array.is_valid(row) => array.value(row),
            _ => "",
        }
    }
}

/// A column of addresses.
pub(crate) struct Addresses<'a> {
    array: Option<&'a BinaryViewArray>,
}

impl<'a> Addresses<'a> {
    /// The column of a field.
    pub(crate) fn of(batch: &'a RecordBatch, field: FlowField) -> Addresses<'a> {
        let array = column(batch, field).filter(|column| *column.data_type() == DataType::BinaryView);
        Addresses { array: array.map(|array| array.as_binary_view()) }
    }

    /// The address of a row.
    #[inline]
    pub(crate) fn at(&self, row: usize) -> Option<IpAddr> {
        let array = self.array.filter(|array| row < array.len() && array.is_valid(row))?;
        let bytes = array.value(row);
        if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
            return Some(IpAddr::V4(Ipv4Addr::from(bytes)));
        }
        <[u8; 16]>::try_from(bytes).ok().map(|bytes| IpAddr::V6(Ipv6Addr::from(bytes)).to_canonical())
    }
}
