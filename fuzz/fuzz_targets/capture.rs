//! The readers of capture files on foreign bytes: no panic, and the same frames however they are cut.
#![no_main]

use capture::{FrameDetails, FrameReader, FrameSink, Limits, Note};
use libfuzzer_sys::fuzz_target;
use model::packet::Frame;

/// What was told, as text.
#[derive(Default, PartialEq)]
struct Told(Vec<String>);

impl FrameSink for Told {
    fn frame(&mut self, frame: Frame<'_>, details: FrameDetails) {
        self.0.push(format!("{frame:?} {details:?}"));
    }
    fn note(&mut self, note: Note<'_>) {
        self.0.push(format!("{note:?}"));
    }
}

fn read(bytes: &[u8], size: usize) -> Told {
    let mut told = Told::default();
    let mut reader = FrameReader::new(Limits { frame_bytes_max: 1 << 14, block_bytes_max: 1 << 14, interfaces_max: 8 });
    bytes.chunks(size).for_each(|chunk| reader.push(chunk, &mut told));
    reader.finish(&mut told);
    told
}

fuzz_target!(|bytes: &[u8]| {
    let [size, file @ ..] = bytes else { return };
    assert!(read(file, usize::MAX) == read(file, usize::from(*size) + 1));
});
