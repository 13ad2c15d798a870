//! Rows as text, and records: what became of each record of a log, in the log's order.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A row: the columns that are not null, as text. An entry of `ext` or `tags` is named `ext.key`, `tags.key`.
///
/// Addresses, numbers and times (RFC 3339, UTC, no more digits than needed) have one spelling each, so that
/// texts can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(BTreeMap<String, String>);

impl Row {
    /// The value of a column; `None` for null.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.0.get(column).map(String::as_str)
    }

    /// Every column that is not null, and its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(column, value)| (column.as_str(), value.as_str()))
    }

    /// Only the columns of these names.
    pub fn only(&self, columns: &[&str]) -> Row {
        let wanted = |name: &str| columns.iter().any(|column| name.split('.').next() == Some(column));
        Row(self.0.iter().filter(|(name, _)| wanted(name)).map(|(name, value)| (name.clone(), value.clone())).collect())
    }
}

/// The table a record went to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// A row of `flows`.
    Flows,
    /// A row of `health`.
    Health,
}

/// What became of one record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it went.
    pub table: Table,
    /// Its columns.
    pub row: Row,
}

impl Record {
    /// The value of a column; `None` for null.
    pub fn get(&self, column: &str) -> Option<&str> {
        self.row.get(column)
    }

    /// The number in a column; 0 for null.
    pub fn number(&self, column: &str) -> i64 {
        self.get(column).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

/// The rows of a batch.
///
/// # Panics
/// If a map has a key twice: Arrow does not allow it, and one of the values would be lost.
pub fn rows(batch: &RecordBatch) -> Vec<Row> {
    let mut rows = vec![Row::default(); batch.num_rows()];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        for (number, row) in rows.iter_mut().enumerate().filter(|(number, _)| column.is_valid(*number)) {
            if column.as_map_opt().is_none() {
                row.0.insert(field.name().clone(), cell(column, number));
                continue;
            }
            for (key, value) in entries(column, number) {
                let name = format!("{}.{key}", field.name());
                assert!(row.0.insert(name, value).is_none(), "{} has the key {key} twice", field.name());
            }
        }
    }
    rows
}

fn entries(column: &ArrayRef, row: usize) -> Vec<(String, String)> {
    let entries = column.as_map().value(row);
    let (keys, values) = (entries.column(0).as_string::<i32>(), entries.column(1).as_string::<i32>());
    let text = |text: Option<&str>| text.unwrap_or("(null)").to_owned();
    keys.iter().zip(values).map(|(key, value)| (text(key), text(value))).collect()
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if let Some(texts) = column.as_string_view_opt() {
        texts.value(row).to_owned()
    } else if let Some(addresses) = column.as_binary_view_opt() {
        table::format_address(addresses.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Int32Type>() {
        numbers.value(row).to_string()
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        numbers.value(row).to_string()
    } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        numbers.value(row).to_string()
    } else if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
        time_text(times.value(row))
    } else {
        let items = column.as_list::<i32>().value(row);
        let items: Vec<String> = items.as_primitive::<Int64Type>().values().iter().map(i64::to_string).collect();
        items.join(",")
    }
}

fn time_text(nanoseconds: i64) -> String {
    match Timestamp::from_nanosecond(i128::from(nanoseconds)) {
        Ok(time) => time.to_string(),
        Err(_) => format!("{nanoseconds} ns"),
    }
}
