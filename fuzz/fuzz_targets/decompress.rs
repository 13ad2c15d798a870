//! Bodies in every coding from foreign bytes: no panic, limits hold, and cutting changes nothing.
#![no_main]

use applayer::decompress::{Coding, Decompressor, Limits};
use libfuzzer_sys::fuzz_target;

const CODINGS: [Coding; 4] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd];

fn decompressed(codings: &[Coding], bytes: &[u8], piece: usize) -> Vec<u8> {
    let limits = Limits { output_bytes_max: 1 << 20, ratio_from_bytes: 1 << 20, ..Limits::default() };
    let Some(mut decompressor) = Decompressor::new(codings, limits) else { return Vec::new() };
    let mut output = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        let _failure = decompressor.push(piece, &mut |bytes| output.extend_from_slice(bytes));
    }
    decompressor.finish(&mut |bytes| output.extend_from_slice(bytes));
    assert!(output.len() <= 1 << 20);
    output
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let outer = CODINGS[usize::from(choice & 3)];
    let inner = CODINGS[usize::from(choice >> 2 & 3)];
    let codings = if choice & 0x80 == 0 { vec![outer] } else { vec![inner, outer] };
    assert_eq!(decompressed(&codings, bytes, bytes.len()), decompressed(&codings, bytes, 7));
});
