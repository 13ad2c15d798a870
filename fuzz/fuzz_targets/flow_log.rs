//! Every log format on foreign bytes: no panic, and cutting changes nothing.
#![no_main]

use flowlog::{DecodeOptions, FORMATS};
use libfuzzer_sys::fuzz_target;
use model::Projection;
use table::Tables;

/// Rows of flows and health when the object comes in pieces of this size.
fn rows(format: &dyn flowlog::Format, bytes: &[u8], piece: usize) -> (usize, usize) {
    let mut tables = Tables::new(Projection::all());
    let mut decoder = format.decoder(&DecodeOptions::new("fuzz"));
    for piece in bytes.chunks(piece.max(1)) {
        decoder.push(piece, &mut tables);
    }
    decoder.finish(&mut tables);
    let health = tables.health.take_batch().num_rows();
    (tables.flows.take_batch().num_rows(), health)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    for format in FORMATS {
        format.sniff(bytes);
        assert_eq!(rows(*format, bytes, bytes.len()), rows(*format, bytes, usize::from(*first)), "{}", format.name());
    }
});
