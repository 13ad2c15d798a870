//! A batch of rows whose columns are known only when the program runs: the tables that protocols fill.

use crate::columns::{Column, finish_all};
use crate::schema::named_field;
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use model::FieldType;
use std::net::IpAddr;
use std::sync::Arc;

/// A batch being built. Set the values of a row in any order, then call [`Rows::end_row`]; what is not set is null.
///
/// Columns are named by their place. A setter of another type than the column's stores nothing.
pub struct Rows {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

impl Rows {
    /// An empty batch of these columns.
    pub fn new(columns: impl IntoIterator<Item = (&'static str, FieldType)>) -> Rows {
        let (fields, columns) = columns
            .into_iter()
            .map(|(name, field_type)| (named_field(name, field_type), Column::new(field_type)))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Rows { schema: Arc::new(Schema::new(fields)), columns, rows: 0 }
    }

    /// The schema of [`Rows::take_batch`].
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Rows ended so far.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Has no row been ended yet?
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Sets text; what is no UTF-8 is replaced by U+FFFD.
    pub fn set_text(&mut self, place: usize, text: &[u8]) {
        if let Some(Column::Text(column)) = self.columns.get_mut(place) {
            column.set_bytes(self.rows, text);
        }
    }

    /// Sets a number, whatever the width of the column; one that does not fit is left out.
    pub fn set_number(&mut self, place: usize, value: i64) {
        match self.columns.get_mut(place) {
            Some(Column::Int64(column)) => column.set(self.rows, value),
            Some(Column::Int32(column)) => {
                if let Ok(value) = i32::try_from(value) {
                    column.set(self.rows, value);
                }
            }
            Some(Column::Time(column)) => column.set(self.rows, value),
            Some(Column::Float64(column)) => column.set(self.rows, value as f64),
            Some(Column::Text(column)) => column.set(self.rows, &value.to_string()),
            _ => {}
        }
    }

    /// Sets a float.
    pub fn set_float(&mut self, place: usize, value: f64) {
        if let Some(Column::Float64(column)) = self.columns.get_mut(place) {
            column.set(self.rows, value);
        }
    }

    /// Sets an address.
    pub fn set_address(&mut self, place: usize, address: IpAddr) {
        match (self.columns.get_mut(place), address) {
            (Some(Column::Address(column)), IpAddr::V4(v4)) => column.set_v4(self.rows, u32::from(v4)),
            (Some(Column::Address(column)), IpAddr::V6(v6)) => column.set_v6(self.rows, v6),
            _ => {}
        }
    }

    /// Ends the row.
    pub fn end_row(&mut self) {
        self.rows += 1;
    }

    /// The rows ended so far as an Arrow batch; the columns start again empty.
    pub fn take_batch(&mut self) -> RecordBatch {
        let rows = std::mem::take(&mut self.rows);
        finish_all(&mut self.columns, rows, &self.schema)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;

    #[test]
    fn what_is_not_set_is_null() {
        let mut rows = Rows::new([("name", FieldType::Text), ("port", FieldType::Int32), ("ip", FieldType::Address)]);
        rows.set_text(0, b"a name of more than twelve bytes");
        rows.end_row();
        rows.set_number(1, 443);
        rows.set_address(2, IpAddr::from([10, 0, 0, 1]));
        rows.set_text(9, b"no such column");
        rows.set_float(0, 1.0);
        rows.end_row();
        let batch = rows.take_batch();
        let names: Vec<Option<&str>> = batch.column(0).as_string_view().iter().collect();
        assert_eq!(names, [Some("a name of more than twelve bytes"), None]);
        assert_eq!((batch.num_rows(), batch.column(1).null_count(), batch.column(2).null_count()), (2, 1, 1));
        assert!(rows.is_empty());
    }
}
