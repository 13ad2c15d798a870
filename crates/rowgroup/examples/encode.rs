//! Measures writing: decodes objects into batches, then writes them with Arrow's writer and with ours.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use arrow_array::RecordBatch;
use model::Projection;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use std::fs::File;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Other programs disturb; the least of some rounds is nearest to the truth.
const ROUNDS: usize = 5;

fn cpu_ns() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

fn decode(path: &str, out: &mut Vec<RecordBatch>) {
    let file = File::open(path).unwrap();
    let mut reader = source::Reader::new(path, Box::new(file), source::Limits::default());
    let head = reader.peek(64 << 10).unwrap().to_vec();
    let format = flowlog::detect(&head).unwrap();
    let mut decoder = format.decoder(&flowlog::DecodeOptions::new(path));
    let mut tables = table::Tables::new(Projection::all());
    while let Some(chunk) = reader.next_chunk().unwrap() {
        decoder.push(chunk, &mut tables);
        if tables.flows.len() >= 4096 {
            out.push(tables.flows.take_batch());
        }
    }
    decoder.finish(&mut tables);
    out.push(tables.flows.take_batch());
}

fn properties() -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
        .set_max_row_group_row_count(Some(128 << 10));
    for name in ["record_no", "src_offset"] {
        let path = ColumnPath::from(name);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    builder.build()
}

fn write_arrow(batches: &[RecordBatch], file: File) {
    let mut writer = ArrowWriter::try_new(file, batches[0].schema(), Some(properties())).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
}

fn write_own(batches: &[RecordBatch], file: File) {
    let layout = rowgroup::Layout::new(&batches[0].schema()).unwrap();
    let mut writer = rowgroup::BatchWriter::new(&layout, rowgroup::Limits::default(), file).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
}

type WriteAll = fn(&[RecordBatch], File);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [sides, out, objects @ ..] = arguments.as_slice() else { panic!("encode arrow,own OUT OBJECT...") };
    let mut batches = Vec::new();
    let start = cpu_ns();
    objects.iter().for_each(|path| decode(path, &mut batches));
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    println!("decoding: {} ns/row, {rows} rows", (cpu_ns() - start) / rows as u64);
    for (side, write) in [("arrow", write_arrow as WriteAll), ("own", write_own)] {
        if !sides.contains(side) {
            continue;
        }
        let path = format!("{out}.{side}.parquet");
        let round = |_| {
            let start = cpu_ns();
            write(&batches, File::create(&path).unwrap());
            (cpu_ns() - start) / rows as u64
        };
        let least = (0..ROUNDS).map(round).min().unwrap_or_default();
        let bytes = std::fs::metadata(&path).unwrap().len() as f64;
        println!("{side}: {least} ns/row, {:.2} bytes/row", bytes / rows as f64);
    }
}
