//! For tests of the JSON formats: decoding into rows of text, and the samples in `../shared`.

use crate::format::{DecodeOptions, Decoder, Format};
use arrow_array::cast::{AsArray, as_string_array};
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef, RecordBatch};
use model::{FlowField, Projection};
use std::collections::BTreeMap;
use std::path::PathBuf;
use table::{Tables, format_address};

/// A row: its columns that are not null. `ext` and `tags` become `ext.key`.
pub(crate) type Row = BTreeMap<String, String>;

/// Flows and health rows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) flows: Vec<Row>,
    pub(crate) health: Vec<Row>,
}

impl Decoded {
    /// The values of one column of `flows`, `-` for null.
    pub(crate) fn column(&self, name: &str) -> Vec<&str> {
        self.flows.iter().map(|row| row.get(name).map_or("-", String::as_str)).collect()
    }

    /// `kind` of every row of `health`.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        self.health.iter().map(|row| row["kind"].as_str()).collect()
    }

    pub(crate) fn sum(&self, name: &str) -> i64 {
        self.column(name).iter().filter_map(|text| text.parse::<i64>().ok()).sum()
    }
}

/// Decodes everything at once.
pub(crate) fn decode(format: &dyn Format, bytes: &[u8]) -> Decoded {
    decode_chunks(format, &[bytes], Projection::all(), &DecodeOptions::new("test.json"))
}

/// Decodes in chunks.
pub(crate) fn decode_chunks(
    format: &dyn Format,
    chunks: &[&[u8]],
    projection: Projection<FlowField>,
    options: &DecodeOptions,
) -> Decoded {
    decode_with(&mut *format.decoder(options), chunks, projection)
}

/// Decodes in chunks with a decoder at its beginning.
pub(crate) fn decode_with(decoder: &mut dyn Decoder, chunks: &[&[u8]], projection: Projection<FlowField>) -> Decoded {
    let mut tables = Tables::new(projection);
    for chunk in chunks {
        decoder.push(chunk, &mut tables);
    }
    decoder.finish(&mut tables);
    Decoded { flows: rows(&tables.flows.take_batch()), health: rows(&tables.health.take_batch()) }
}

/// Decodes at once and in chunks of several sizes, and checks that it makes no difference.
#[track_caller]
pub(crate) fn decode_all_ways(format: &dyn Format, bytes: &[u8]) -> Decoded {
    let whole = decode(format, bytes);
    for size in [1, 2, 3, 7, 64, 1000] {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        let cut = decode_chunks(format, &chunks, Projection::all(), &DecodeOptions::new("test.json"));
        assert_eq!(cut, whole, "chunks of {size} bytes");
    }
    whole
}

pub(crate) fn rows(batch: &RecordBatch) -> Vec<Row> {
    let mut rows = vec![Row::new(); batch.num_rows()];
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        for (number, row) in rows.iter_mut().enumerate().filter(|(number, _)| column.is_valid(*number)) {
            if let Some(map) = column.as_map_opt() {
                let entries = map.value(number);
                let (keys, values) = (as_string_array(entries.column(0)), as_string_array(entries.column(1)));
                for (key, value) in keys.iter().zip(values) {
                    row.insert(format!("{}.{}", field.name(), key.expect("key")), value.expect("value").to_owned());
                }
            } else {
                row.insert(field.name().clone(), cell(column, number));
            }
        }
    }
    rows
}

fn cell(column: &ArrayRef, row: usize) -> String {
    if let Some(texts) = column.as_string_view_opt() {
        texts.value(row).to_owned()
    } else if let Some(addresses) = column.as_binary_view_opt() {
        format_address(addresses.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Int32Type>() {
        numbers.value(row).to_string()
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        numbers.value(row).to_string()
    } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        numbers.value(row).to_string()
    } else if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
        times.value(row).to_string()
    } else {
        let items = column.as_list::<i32>().value(row);
        let items: Vec<String> = items.as_primitive::<Int64Type>().values().iter().map(i64::to_string).collect();
        items.join(",")
    }
}

/// A sample of `../shared/data/flowlogs`, or `None` with a note where the samples are not there.
pub(crate) fn sample(path: &str) -> Option<Vec<u8>> {
    let folder = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let read = std::fs::read(folder.join("data/flowlogs").join(path));
    if read.is_err() {
        eprintln!("skipped: no sample {path} (set FATHOM_SHARED)");
    }
    read.ok()
}
