//! What all detectors tell of logs, without what only the report has.
//!
//! `cargo run --release -p detect --example told [--only FAMILY] FILE...`

use detect::{Fold, Limits, findings};
use flowlog::DecodeOptions;
use std::io::Read;
use table::Tables;

fn read(path: &str) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_default();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut text = Vec::new();
    // What was read of a damaged file counts.
    let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut text);
    text
}

fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    let only = arguments.next_if(|argument| argument == "--only").and_then(|_| arguments.next()).unwrap_or_default();
    let mut fold = Fold::new(Limits::default());
    for path in arguments {
        let bytes = read(&path);
        let Some(format) = flowlog::detect(&bytes) else {
            eprintln!("{path}: no format");
            continue;
        };
        let mut decoder = format.decoder(&DecodeOptions::new(&path));
        let mut tables = Tables::new(Fold::wanted());
        decoder.push(&bytes, &mut tables);
        decoder.finish(&mut tables);
        fold.push(&tables.flows.take_batch());
    }
    let rows = fold.rows();
    let estate = fold.finish();
    eprintln!("{rows} rows, {} conversations, {} hosts", estate.conversations.len(), estate.hosts.len());
    for finding in findings(&estate).iter().filter(|finding| finding.detector.starts_with(&only)) {
        eprintln!("{} {} {:.2} {}", finding.severity.name(), finding.detector, finding.confidence, finding.title);
        if !only.is_empty() {
            finding.evidence.iter().for_each(|(name, value)| eprintln!("    {name}: {value}"));
            eprintln!("    {}", finding.next_step);
        }
    }
}
