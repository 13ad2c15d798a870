//! Rules over frames.

use super::detector::Detector;
use super::evaluate::{Around, FrameBytes, Material};
use super::flow_memory::FlowMemory;
use super::sight::Sight;
use applayer::FrameEvent;
use model::packet::Side;
use std::sync::Arc;

/// Frames of one flow that are open at a time.
const OPEN_MAX: usize = 8;
/// Bytes of an open frame that rules look into.
const FRAME_BYTES_MAX: usize = 256 << 10;

/// A frame in which a rule has matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameFacts {
    /// Its name.
    pub name: &'static str,
    /// Its place among the frames of its sender, from 1.
    pub id: u64,
    /// How long it is, as far as it came.
    pub length: u64,
    /// Did all of it come?
    pub is_complete: bool,
    /// Its bytes, as far as rules looked into them.
    pub bytes: Vec<u8>,
}

/// Frames of one flow.
#[derive(Debug, Default)]
pub struct Frames {
    counts: [u64; 2],
    open: Vec<Open>,
}

/// A frame on its way.
#[derive(Debug)]
struct Open {
    name: &'static str,
    sender: Side,
    transaction: Option<u64>,
    id: u64,
    length: u64,
    bytes: Vec<u8>,
}

/// A frame that is looked at.
struct Frame<'a> {
    name: &'static str,
    transaction: Option<u64>,
    id: u64,
    length: u64,
    is_complete: bool,
    bytes: &'a [u8],
}

impl Frames {
    fn next_id(&mut self, sender: Side) -> u64 {
        let count = &mut self.counts[sender.index()];
        *count += 1;
        *count
    }

    /// A frame begins; false where too many are open.
    fn open(&mut self, name: &'static str, sender: Side, transaction: Option<u64>) -> bool {
        let id = self.next_id(sender);
        let has_room = self.open.len() < OPEN_MAX;
        if has_room {
            self.open.push(Open { name, sender, transaction, id, length: 0, bytes: Vec::new() });
        }
        has_room
    }

    fn data(&mut self, sender: Side, bytes: &[u8]) {
        for open in self.open.iter_mut().filter(|open| open.sender == sender) {
            open.length += bytes.len() as u64;
            let room = FRAME_BYTES_MAX - open.bytes.len();
            open.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
    }

    fn close(&mut self, name: &'static str, sender: Side) -> Option<Open> {
        let place = self.open.iter().position(|open| open.name == name && open.sender == sender)?;
        Some(self.open.remove(place))
    }
}

impl Detector {
    /// What a parser says of frames.
    pub fn frame(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory, event: &FrameEvent<'_>) {
        if self.ruleset.wants.frames == [false; 2] || memory.is_passed {
            return;
        }
        match *event {
            FrameEvent::Whole { name, sender, transaction, bytes } => {
                let id = memory.frames.next_id(sender);
                let frame = Frame { name, transaction, id, length: bytes.len() as u64, is_complete: true, bytes };
                self.inspect_frame(&Sight { sender, ..*sight }, memory, &frame);
            }
            FrameEvent::Open { name, sender, transaction } => {
                memory.turned_away += u64::from(!memory.frames.open(name, sender, transaction));
            }
            FrameEvent::Data { sender, bytes } => memory.frames.data(sender, bytes),
            FrameEvent::Close { name, sender, is_complete } => {
                let Some(open) = memory.frames.close(name, sender) else { return };
                let Open { name, transaction, id, length, bytes, .. } = open;
                let frame = Frame { name, transaction, id, length, is_complete, bytes: &bytes };
                self.inspect_frame(&Sight { sender, ..*sight }, memory, &frame);
            }
        }
    }

    fn inspect_frame(&mut self, sight: &Sight<'_>, memory: &mut FlowMemory, frame: &Frame<'_>) {
        let ruleset = self.ruleset.clone();
        let Some(part) = ruleset.frames[sight.sender.index()].get(frame.name) else { return };
        self.candidates.clear();
        let Frame { name, transaction, bytes, .. } = *frame;
        let is_complete = frame.is_complete && frame.length == bytes.len() as u64;
        let seen = FrameBytes { name, bytes, is_complete };
        self.search_buffers(part, &Around { sight, memory: None, transaction: None, frame: Some(seen) });
        self.candidates.extend(part.always_for(sight));
        self.sort_candidates();
        let candidates = std::mem::take(&mut self.candidates);
        let material = Material::Frame { frame: seen, transaction };
        let before = self.hits.len();
        for rule in &candidates {
            self.inspect_one(&ruleset, *rule, sight, Some(memory), &material);
        }
        self.candidates = candidates;
        if self.hits.len() > before {
            let facts = Arc::new(frame.facts());
            self.hits[before..].iter_mut().for_each(|hit| hit.frame = Some(facts.clone()));
        }
    }
}

impl Frame<'_> {
    fn facts(&self) -> FrameFacts {
        let Frame { name, id, length, is_complete, bytes, .. } = *self;
        FrameFacts { name, id, length, is_complete, bytes: bytes.to_vec() }
    }
}
