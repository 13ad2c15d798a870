//! The decompressor on foreign bytes: no panic, no endless loop.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Read;

fuzz_target!(|bytes: &[u8]| {
    let mut out = Vec::new();
    let _ = source::Gzip::new(bytes).take(16 << 20).read_to_end(&mut out);
});
