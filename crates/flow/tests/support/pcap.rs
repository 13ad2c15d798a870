//! The shared captures.

use capture::{FrameDetails, FrameReader, FrameSink, Limits, Note};
use model::packet::{LinkType, Timestamp};
use std::path::{Path, PathBuf};

/// A frame: time, link type, bytes, length on the wire.
pub struct Frame {
    pub now: Timestamp,
    pub link_type: LinkType,
    pub bytes: Vec<u8>,
    pub wire_length: u32,
}

/// The folder of shared captures; `None`, with a note, where it is not there.
pub fn samples() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let folders =
        [shared.join("data/pcaps"), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/pcaps")];
    let found = folders.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no samples (set FATHOM_SHARED to the folder that holds data/pcaps)");
    }
    found
}

/// The frames of a capture.
pub fn frames(path: &Path) -> Vec<Frame> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut frames = Frames(Vec::new());
    let mut reader = FrameReader::new(Limits::default());
    reader.push(&bytes, &mut frames);
    reader.finish(&mut frames);
    frames.0
}

struct Frames(Vec<Frame>);

impl FrameSink for Frames {
    fn frame(&mut self, frame: model::packet::Frame<'_>, _: FrameDetails) {
        let model::packet::Frame { timestamp, link_type, bytes, wire_length, .. } = frame;
        self.0.push(Frame { now: timestamp, link_type, bytes: bytes.to_vec(), wire_length });
    }

    fn note(&mut self, _: Note<'_>) {}
}
