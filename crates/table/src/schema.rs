//! From the model's fields to an Arrow schema.

use crate::address::ADDRESS_METADATA_KEY;
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
use model::{FieldIndex, FieldType, Projection};
use std::sync::Arc;

/// The Arrow type that holds a field. Integers are signed, for Delta and Spark.
pub fn arrow_type(field_type: FieldType) -> DataType {
    match field_type {
        FieldType::Text => DataType::Utf8View,
        FieldType::Address => DataType::BinaryView,
        FieldType::Int32 => DataType::Int32,
        FieldType::Int64 => DataType::Int64,
        FieldType::Float64 => DataType::Float64,
        FieldType::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        FieldType::Map => DataType::Map(map_entries_field(), false),
        FieldType::Int64List => DataType::List(list_item_field()),
    }
}

/// The entries of a text to text map.
pub(crate) fn map_entries_field() -> Arc<Field> {
    Arc::new(Field::new("entries", DataType::Struct(map_entry_fields()), false))
}

/// Key and value of an entry.
pub(crate) fn map_entry_fields() -> Fields {
    Fields::from(vec![Field::new("keys", DataType::Utf8, false), Field::new("values", DataType::Utf8, true)])
}

/// The items of a list of numbers.
pub(crate) fn list_item_field() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Int64, true))
}

/// The Arrow schema of the wanted columns, in the table's order.
pub fn schema<I: FieldIndex>(projection: &Projection<I>) -> Schema {
    Schema::new(projection.iter().map(|index| arrow_field(index.field())).collect::<Vec<_>>())
}

fn arrow_field(field: &model::Field) -> Field {
    named_field(field.name, field.field_type)
}

/// A column of that name and type.
pub(crate) fn named_field(name: &str, field_type: FieldType) -> Field {
    let arrow = Field::new(name, arrow_type(field_type), true);
    match field_type {
        FieldType::Address => arrow.with_metadata([(ADDRESS_METADATA_KEY.to_owned(), "ip".to_owned())].into()),
        _ => arrow,
    }
}
