//! Decodes objects and drops the batches: for `perf`, without the SQL engine around the decoder.
//!
//! `decode COLUMNS ROUNDS FILE...`, for example `decode src_ip,bytes 5 data/flows-gcp/*.json`.

use flowlog::{DecodeOptions, detect};
use model::{FieldIndex, FlowField, Projection};
use std::io::Read;
use table::Tables;

/// As large as the reader's chunks in the program.
const CHUNK_BYTES: usize = 256 << 10;
/// As many as in the program's batches.
const BATCH_ROWS: usize = 4096;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [columns, rounds, files @ ..] = arguments.as_slice() else {
        eprintln!("usage: decode COLUMNS ROUNDS FILE...");
        return Ok(());
    };
    let wanted = Projection::of(columns.split(',').filter_map(FlowField::from_name));
    let mut counts = [0; 2];
    for _ in 0..rounds.parse().unwrap_or(1) {
        for file in files {
            let [flows, health] = decode(file, wanted)?;
            counts = [counts[0] + flows, counts[1] + health];
        }
    }
    eprintln!("{} flows, {} rows of health", counts[0], counts[1]);
    Ok(())
}

/// Rows of `flows` and of `health` in a file.
fn decode(path: &str, wanted: Projection<FlowField>) -> std::io::Result<[usize; 2]> {
    let mut file = std::fs::File::open(path)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut length = file.read(&mut buffer)?;
    let Some(format) = detect(&buffer[..length.min(64 << 10)]) else { return Ok([0; 2]) };
    let mut decoder = format.decoder(&DecodeOptions::new(path));
    let mut tables = Tables::new(wanted);
    let mut flows = 0;
    while length > 0 {
        decoder.push(&buffer[..length], &mut tables);
        if tables.flows.len() >= BATCH_ROWS {
            flows += tables.flows.take_batch().num_rows();
        }
        length = file.read(&mut buffer)?;
    }
    decoder.finish(&mut tables);
    Ok([flows + tables.flows.take_batch().num_rows(), tables.health.len()])
}
