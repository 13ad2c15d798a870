//! Frames on their way to workers.

use model::packet::{Frame, LinkType, Timestamp};

/// Bytes of frames after which a batch is sent off.
pub(crate) const BATCH_BYTES: usize = 1 << 20;

/// Frames, and the bytes of all of them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    frames: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    timestamp: Timestamp,
    number: u64,
    end: usize,
    wire_length: u32,
    interface: u32,
    link_type: LinkType,
    shard: u8,
    /// Is only the packet meant around which so many tunnels lie?
    level: Option<u8>,
}

impl Batch {
    pub(crate) fn with_capacity() -> Batch {
        Batch { bytes: Vec::with_capacity(BATCH_BYTES + (64 << 10)), frames: Vec::with_capacity(4_096) }
    }

    pub(crate) fn push(&mut self, frame: &Frame<'_>, shard: usize, level: Option<u8>) {
        self.bytes.extend_from_slice(frame.bytes);
        self.frames.push(Place {
            timestamp: frame.timestamp,
            number: frame.number,
            end: self.bytes.len(),
            wire_length: frame.wire_length,
            interface: frame.interface,
            link_type: frame.link_type,
            shard: shard as u8,
            level,
        });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Every frame with its shard, and the level if only the packet there is meant.
    pub(crate) fn frames(&self) -> impl Iterator<Item = (usize, Option<u8>, Frame<'_>)> {
        let mut start = 0;
        self.frames.iter().map(move |place| {
            let bytes = &self.bytes[std::mem::replace(&mut start, place.end)..place.end];
            let frame = Frame {
                timestamp: place.timestamp,
                link_type: place.link_type,
                interface: place.interface,
                number: place.number,
                bytes,
                wire_length: place.wire_length,
            };
            (usize::from(place.shard), place.level, frame)
        })
    }
}
