//! One flow: link frames, put together to application messages.

use super::link::{self, HEADER_BYTES, Link, START};
use super::object;
use super::transaction::{self, Dnp3Transaction};
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::Sink;
use model::packet::Timestamp;

/// Bytes of one application message.
const MESSAGE_BYTES_MAX: usize = 64 << 10;

pub(super) struct Dnp3 {
    transport: Transport,
    begun: u64,
    sides: [Segments; 2],
}

/// The segments of a message that came so far (IEEE 1815, clause 8).
#[derive(Default)]
struct Segments {
    bytes: Vec<u8>,
    next: Option<u8>,
    started: Timestamp,
}

impl Dnp3 {
    pub(super) fn new(transport: Transport) -> Dnp3 {
        Dnp3 { transport, begun: 0, sides: Default::default() }
    }

    fn frame(&mut self, input: Input<'_>, link: Link, blocks: &[u8], sink: &mut dyn Sink) {
        if !link.has_user_data() {
            return;
        }
        let mut data = Vec::with_capacity(blocks.len());
        if !link::take_blocks(blocks, &mut data) {
            return sink.anomaly(input.now, "bad_transport_crc", self.begun.checked_sub(1));
        }
        match data.split_first() {
            Some((transport, segment)) => self.segment(input, link, *transport, segment, sink),
            None => sink.anomaly(input.now, "len_too_small", self.begun.checked_sub(1)),
        }
    }

    fn segment(&mut self, input: Input<'_>, link: Link, transport: u8, segment: &[u8], sink: &mut dyn Sink) {
        let (is_last, is_first, sequence) = (transport & 0x80 != 0, transport & 0x40 != 0, transport & 0x3f);
        let side = &mut self.sides[input.sender.index()];
        if is_first {
            *side = Segments { started: input.now, ..Segments::default() };
        } else if side.next != Some(sequence) {
            *side = Segments::default();
            return;
        }
        if side.bytes.len() + segment.len() > MESSAGE_BYTES_MAX {
            *side = Segments::default();
            return sink.anomaly(input.now, "too_long_reassembly", self.begun.checked_sub(1));
        }
        side.bytes.extend_from_slice(segment);
        side.next = Some((sequence + 1) & 0x3f);
        if is_last {
            let Segments { bytes, started, .. } = std::mem::take(side);
            self.message(input, link, (bytes, started), sink);
        }
    }

    fn message(&mut self, input: Input<'_>, link: Link, (data, started): (Vec<u8>, Timestamp), sink: &mut dyn Sink) {
        let is_response = data.get(1).is_some_and(|function| *function >= transaction::RESPONSE);
        let (control, function, indicators) = match data[..] {
            [control, function, high, low, ..] if is_response => {
                (control, function, Some(u16::from_be_bytes([high, low])))
            }
            [control, function, ..] if !is_response => (control, function, None),
            _ => return sink.anomaly(input.now, "len_too_small", self.begun.checked_sub(1)),
        };
        let at = if is_response { 4 } else { 2 };
        let (objects, oddity) = object::read_all(&data, at, has_values(function));
        if let Some(name) = oddity {
            sink.anomaly(input.now, name, Some(self.begun));
        }
        let transaction = Dnp3Transaction {
            link,
            data,
            control,
            function,
            indicators,
            objects,
            is_complete: oddity.is_none(),
            sender: input.sender,
            id: self.begun,
            started,
        };
        self.begun += 1;
        sink.transaction(input.now, &transaction);
    }
}

/// Do values follow the points that a message names? Reads, freezes, and the choice of classes name them only, but where
/// their size is said.
fn has_values(function: u8) -> bool {
    !matches!(function, 1 | 7..=12 | 20..=22)
}

impl Parser for Dnp3 {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if self.transport == Transport::Tcp {
            return self.next(input, sink);
        }
        let mut rest = input.bytes;
        while !rest.is_empty() {
            let consumed = self.next(Input { bytes: rest, ..input }, sink).consumed;
            if consumed == 0 {
                break;
            }
            rest = rest.get(consumed..).unwrap_or_default();
        }
        Progress::all(input.bytes)
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        self.sides[gap.sender.index()] = Segments::default();
    }

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}

impl Dnp3 {
    /// The next frame, or what is none.
    fn next(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Some(header) = input.bytes.first_chunk::<HEADER_BYTES>() else {
            return match input.bytes.starts_with(&START[..input.bytes.len().min(2)]) {
                true => Progress { consumed: 0, needed: HEADER_BYTES },
                false => self.search(input, sink),
            };
        };
        if header[..2] != START || !link::has_checksum(header) {
            return self.search(input, sink);
        }
        let link = Link::read(header);
        if link.data_bytes().is_none() {
            sink.anomaly(input.now, "len_too_small", self.begun.checked_sub(1));
            return Progress { consumed: HEADER_BYTES, needed: 0 };
        }
        let Some(blocks) = input.bytes.get(HEADER_BYTES..link.frame_bytes()) else {
            return Progress { consumed: 0, needed: link.frame_bytes() };
        };
        self.frame(input, link, blocks, sink);
        Progress { consumed: link.frame_bytes(), needed: 0 }
    }

    /// No frame begins here: goes on where the next one may. What looks like one but for its checksum is told.
    fn search(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if input.bytes.starts_with(&START) {
            sink.anomaly(input.now, "bad_link_crc", self.begun.checked_sub(1));
        }
        let behind = &input.bytes[1..];
        let next = memchr::memchr(START[0], behind).unwrap_or(behind.len());
        Progress { consumed: 1 + next, needed: 0 }
    }
}
