//! Frames on their way to workers.

use crate::shards::SHARDS;
use model::packet::{Frame, LinkType, Timestamp};

/// Bytes of frames after which a batch is sent off.
pub(crate) const BATCH_BYTES: usize = 1 << 20;

/// Frames, by shard, and the bytes of all of them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    shards: [Vec<Place>; SHARDS],
}

#[derive(Clone, Copy, Debug)]
struct Place {
    timestamp: Timestamp,
    number: u64,
    start: usize,
    end: usize,
    wire_length: u32,
    interface: u32,
    link_type: LinkType,
    /// Is only the packet meant around which so many tunnels lie?
    level: Option<u8>,
}

impl Batch {
    pub(crate) fn with_capacity() -> Batch {
        Batch { bytes: Vec::with_capacity(BATCH_BYTES + (64 << 10)), shards: Default::default() }
    }

    /// Without its frames, but with the memory for others.
    pub(crate) fn cleared(mut self) -> Batch {
        self.bytes.clear();
        self.shards.iter_mut().for_each(Vec::clear);
        self
    }

    pub(crate) fn push(&mut self, frame: &Frame<'_>, shard: usize, level: Option<u8>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame.bytes);
        self.shards[shard].push(Place {
            timestamp: frame.timestamp,
            number: frame.number,
            start,
            end: self.bytes.len(),
            wire_length: frame.wire_length,
            interface: frame.interface,
            link_type: frame.link_type,
            level,
        });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.bytes.len() >= BATCH_BYTES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shards.iter().all(Vec::is_empty)
    }

    /// Are there frames of this shard?
    pub(crate) fn has(&self, shard: usize) -> bool {
        !self.shards[shard].is_empty()
    }

    /// The frames of a shard, and the level where only the packet there is meant.
    pub(crate) fn frames(&self, shard: usize) -> impl Iterator<Item = (Option<u8>, Frame<'_>)> {
        self.shards[shard].iter().map(|place| {
            (
                place.level,
                Frame {
                    timestamp: place.timestamp,
                    link_type: place.link_type,
                    interface: place.interface,
                    number: place.number,
                    bytes: &self.bytes[place.start..place.end],
                    wire_length: place.wire_length,
                },
            )
        })
    }
}
