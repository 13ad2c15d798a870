//! What is written is what is read back, and the same as what Arrow's own writer says.

use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder};
use arrow_array::{
    Array, ArrayRef, BinaryViewArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampNanosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::metadata::ParquetMetaData;
use proptest::prelude::*;
use rowgroup::{BatchWriter, Layout, Limits};
use std::sync::Arc;

/// How the values of a column come.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Null,
    Constant,
    /// Few values, in runs.
    Runs,
    Few,
    Many,
    /// Neighbours lie near to each other.
    Rising,
}

const SHAPES: [Shape; 6] = [Shape::Null, Shape::Constant, Shape::Runs, Shape::Few, Shape::Many, Shape::Rising];

/// A number for a row: the same arguments always give the same one.
fn draw(shape: Shape, seed: u64, row: usize) -> Option<u64> {
    let mixed = |value: u64| (value ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ seed >> 7;
    Some(match shape {
        Shape::Null => return None,
        Shape::Constant => seed,
        Shape::Runs => mixed(row as u64 / 97) >> 62,
        Shape::Few => mixed(row as u64) >> 58,
        Shape::Many => mixed(row as u64),
        Shape::Rising => seed % 1_000_000 + row as u64 * 113 + (mixed(row as u64) >> 60),
    })
}

/// A text for a number, of many lengths: short ones lie in the view.
fn text(number: u64) -> String {
    match number % 5 {
        0 => String::new(),
        1 => format!("{}", number % 1000),
        2 => format!("eni-{number:017x}"),
        3 => format!("{number:x}ü"),
        _ => format!("arn:aws:ecs:eu-central-1:123456789012:task/{number:x}/{}", "long".repeat(number as usize % 90)),
    }
}

fn bytes(number: u64) -> Vec<u8> {
    match number % 9 {
        0 => u128::from(number).to_be_bytes().to_vec(),
        1 => Vec::new(),
        _ => (number as u32).to_be_bytes().to_vec(),
    }
}

/// A batch of `rows` rows from row `first` on, every type in every shape.
fn batch(first: usize, rows: usize, seed: u64, null_every: usize) -> RecordBatch {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    for (place, shape) in SHAPES.into_iter().enumerate() {
        let values: Vec<Option<u64>> = (first..first + rows)
            .map(|row| draw(shape, seed ^ place as u64, row).filter(|_| null_every == 0 || row % null_every != 1))
            .collect();
        let values = || values.iter().copied();
        let int32: Int32Array = values().map(|value| value.map(|value| value as i32)).collect();
        let int64: Int64Array = values().map(|value| value.map(|value| value as i64)).collect();
        let float: Float64Array = values().map(|value| value.map(|value| f64::from_bits(value) / 3.0)).collect();
        let time: TimestampNanosecondArray = values().map(|value| value.map(|value| (value >> 8) as i64)).collect();
        let texts: StringViewArray = values().map(|value| value.map(text)).collect();
        let addresses: BinaryViewArray = values().map(|value| value.map(bytes)).collect();
        let truth: BooleanArray = values().map(|value| value.map(|value| value % 3 == 0)).collect();
        let own: [(&str, ArrayRef); 9] = [
            ("int32", Arc::new(int32)),
            ("int64", Arc::new(int64)),
            ("float", Arc::new(float)),
            ("time", Arc::new(time.with_timezone("UTC"))),
            ("text", Arc::new(texts)),
            ("address", Arc::new(addresses)),
            ("truth", Arc::new(truth)),
            ("list", lists(values())),
            ("map", maps(values())),
        ];
        columns.extend(own.map(|(name, column)| (format!("{name}_{shape:?}"), column)));
    }
    let required: Int64Array = (first..first + rows).map(|row| Some(row as i64 * 7)).collect();
    let required_text: StringViewArray = (first..first + rows).map(|row| Some(text(row as u64 % 11))).collect();
    let mut fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(name, column.data_type().clone(), true)).collect();
    fields.push(Field::new("required", DataType::Int64, false));
    fields.push(Field::new("required_text", DataType::Utf8View, false));
    fields[5] = fields[5].clone().with_metadata([("fathom.type".to_owned(), "ip".to_owned())].into());
    let mut arrays: Vec<ArrayRef> = columns.into_iter().map(|(_, column)| column).collect();
    arrays.push(Arc::new(required));
    arrays.push(Arc::new(required_text));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns agree with their schema")
}

fn lists(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let mut lists = ListBuilder::new(Int64Builder::new());
    for value in values {
        let items = value.map(|value| (0..value % 4).map(move |item| (item != 2).then_some((value >> item) as i64)));
        lists.append_option(items);
    }
    Arc::new(lists.finish())
}

fn maps(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    let mut maps = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    for value in values {
        for entry in 0..value.unwrap_or_default() % 3 {
            maps.keys().append_value(format!("key-{entry}"));
            maps.values().append_option((entry != 1).then(|| text(value.unwrap_or_default())));
        }
        maps.append(value.is_some()).expect("as many keys as values");
    }
    Arc::new(maps.finish())
}

fn write_own(schema: &SchemaRef, batches: &[RecordBatch], limits: Limits) -> Vec<u8> {
    let layout = Layout::new(schema).expect("a layout");
    let mut writer = BatchWriter::new(&layout, limits, Vec::new()).expect("a writer");
    batches.iter().for_each(|batch| writer.write(batch).expect("written"));
    writer.finish().expect("finished")
}

fn write_arrow(schema: &SchemaRef, batches: &[RecordBatch]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, schema.clone(), None).expect("a writer");
    batches.iter().for_each(|batch| writer.write(batch).expect("written"));
    writer.close().expect("finished");
    bytes
}

fn read(bytes: Vec<u8>) -> (SchemaRef, Arc<ParquetMetaData>, Vec<RecordBatch>) {
    let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(bytes)).expect("a Parquet file");
    let (schema, metadata) = (builder.schema().clone(), builder.metadata().clone());
    let batches = builder.with_batch_size(1 << 20).build().expect("a reader");
    (schema, metadata, batches.collect::<Result<_, _>>().expect("readable"))
}

/// Rows of all batches, column by column, in one array each.
fn joined(schema: &SchemaRef, batches: &[RecordBatch]) -> RecordBatch {
    arrow_select::concat::concat_batches(schema, batches).expect("batches of one schema")
}

fn check(batches: &[RecordBatch], limits: Limits) {
    let schema = batches[0].schema();
    let (own_schema, own_metadata, own) = read(write_own(&schema, batches, limits));
    let (arrow_schema, arrow_metadata, arrow) = read(write_arrow(&schema, batches));
    assert_eq!(own_schema, arrow_schema);
    let (own, arrow, given) = (joined(&schema, &own), joined(&schema, &arrow), joined(&schema, batches));
    for (place, field) in schema.fields().iter().enumerate() {
        assert!(own.column(place) == given.column(place), "{} is read back otherwise", field.name());
        assert!(own.column(place) == arrow.column(place), "{} differs from Arrow's", field.name());
    }
    if own_metadata.num_row_groups() == 1 {
        check_statistics(&own_metadata, &arrow_metadata);
    }
}

/// Arrow cuts long values; nulls and shorter values must be the same.
fn check_statistics(own: &ParquetMetaData, arrow: &ParquetMetaData) {
    for (own, arrow) in own.row_group(0).columns().iter().zip(arrow.row_group(0).columns()) {
        let path = own.column_path();
        let (own, arrow) = (own.statistics().expect("statistics"), arrow.statistics().expect("statistics"));
        assert_eq!(own.null_count_opt(), arrow.null_count_opt(), "{path}");
        if arrow.min_is_exact() {
            assert_eq!(own.min_bytes_opt(), arrow.min_bytes_opt(), "{path}");
        }
        if arrow.max_is_exact() {
            assert_eq!(own.max_bytes_opt(), arrow.max_bytes_opt(), "{path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn reads_back_the_same(
        sizes in prop::collection::vec(0_usize..700, 1..5),
        seed in any::<u64>(),
        null_every in 0_usize..7,
        rows_max in 1_usize..2_000,
    ) {
        let mut first = 0;
        let batches: Vec<RecordBatch> = sizes.iter().map(|rows| {
            first += rows;
            batch(first - rows, *rows, seed, null_every)
        }).collect();
        check(&batches, Limits { rows_max: rows_max.max(first / 20 + 1), ..Limits::default() });
        check(&batches, Limits::default());
    }
}

#[test]
fn large_groups_agree() {
    let batches: Vec<RecordBatch> = (0..6).map(|part| batch(part * 5_000, 5_000, 42, [0, 3, 0][part % 3])).collect();
    check(&batches, Limits::default());
}

#[test]
fn nulls_that_come_late_and_early_agree() {
    let order = [(0, 1), (1, 0), (0, 0), (2, 1)];
    let batches: Vec<RecordBatch> = order.map(|(first, null_every)| batch(first * 300, 300, 9, null_every)).into();
    check(&batches, Limits::default());
}

#[test]
fn one_row_and_no_row_agree() {
    check(&[batch(0, 1, 5, 0)], Limits::default());
    check(&[batch(0, 0, 5, 0)], Limits::default());
}

#[test]
fn extreme_numbers_agree() {
    let int64 = Int64Array::from(vec![i64::MIN, i64::MAX, 0, -1, i64::MIN + 1, i64::MAX - 1]);
    let int32 = Int32Array::from(vec![i32::MIN, i32::MAX, 0, -1, 1, i32::MAX / 2]);
    let float = Float64Array::from(vec![f64::NAN, -0.0, 0.0, f64::INFINITY, f64::MIN, f64::MAX]);
    let columns: [(&str, ArrayRef); 3] = [("a", Arc::new(int64)), ("b", Arc::new(int32)), ("c", Arc::new(float))];
    check(
        &[RecordBatch::try_from_iter_with_nullable(columns.map(|(a, b)| (a, b, true))).expect("a batch")],
        Limits::default(),
    );
}

#[test]
fn a_group_ends_at_its_limits() {
    let batches: Vec<RecordBatch> = (0..4).map(|part| batch(part * 500, 500, 3, 0)).collect();
    let groups = |limits| read(write_own(&batches[0].schema(), &batches, limits)).1.num_row_groups();
    assert_eq!(groups(Limits { rows_max: 300, ..Limits::default() }), 7);
    assert_eq!(groups(Limits { held_bytes_max: 1, ..Limits::default() }), 4);
    assert_eq!(groups(Limits::default()), 1);
}

#[test]
fn another_schema_is_an_error() {
    let layout = Layout::new(&batch(0, 1, 1, 0).schema()).expect("a layout");
    let mut writer = BatchWriter::new(&layout, Limits::default(), Vec::new()).expect("a writer");
    let other = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).expect("a batch");
    assert!(writer.write(&other).is_err());
}
