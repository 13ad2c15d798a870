//! What a reader told, kept for comparison.

use capture::{FrameDetails, FrameReader, FrameSink, Limits, Note};
use model::packet::Frame;

/// A frame, without its life time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) timestamp_ns: i64,
    pub(crate) link_type: u16,
    pub(crate) interface: u32,
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) wire_length: u32,
    pub(crate) details: FrameDetails,
}

/// Frames and notes in their order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Events {
    pub(crate) frames: Vec<Kept>,
    /// As `Debug` writes them, with the number of frames before.
    pub(crate) notes: Vec<(usize, String)>,
}

impl FrameSink for Events {
    fn frame(&mut self, frame: Frame<'_>, details: FrameDetails) {
        self.frames.push(Kept {
            timestamp_ns: frame.timestamp.0,
            link_type: frame.link_type.0,
            interface: frame.interface,
            number: frame.number,
            bytes: frame.bytes.to_vec(),
            wire_length: frame.wire_length,
            details,
        });
    }

    fn note(&mut self, note: Note<'_>) {
        self.notes.push((self.frames.len(), format!("{note:?}")));
    }
}

impl Events {
    /// Notes that begin so.
    pub(crate) fn notes_of(&self, kind: &str) -> usize {
        self.notes.iter().filter(|(_, note)| note.starts_with(kind)).count()
    }
}

/// Reads a file that comes in these chunks.
pub(crate) fn read_chunks<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, limits: Limits) -> Events {
    let mut events = Events::default();
    let mut reader = FrameReader::new(limits);
    for chunk in chunks {
        reader.push(chunk, &mut events);
    }
    reader.finish(&mut events);
    events
}

/// Reads a file that comes at once.
pub(crate) fn read(bytes: &[u8]) -> Events {
    read_chunks([bytes], Limits::default())
}
