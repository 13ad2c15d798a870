//! One flow's bytes through one parser: keeps what the parser could not consume yet.

use crate::protocol::{Gap, Input, Parser, ParserSettings, Progress};
use crate::protocol_set::ProtocolSet;
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// What a conversation may hold, and which protocols are read at all.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of one side that wait for the rest of their message.
    pub carry_bytes_max: usize,
    /// Protocols that are not recognised.
    pub ignored: ProtocolSet,
    /// Protocols that are recognised, and not read.
    pub unread: ProtocolSet,
    /// What parsers are asked for.
    pub parsers: ParserSettings,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            carry_bytes_max: 256 << 10,
            ignored: ProtocolSet::default(),
            unread: ProtocolSet::default(),
            parsers: ParserSettings::DEFAULT,
        }
    }
}

/// A parser and, for each side, the bytes it has not consumed.
pub struct Conversation {
    parser: Box<dyn Parser>,
    sides: [Carry; 2],
    limits: Limits,
}

#[derive(Default)]
struct Carry {
    bytes: Vec<u8>,
    /// The next call makes no sense before so many bytes are here.
    needed: usize,
}

impl Conversation {
    /// A conversation that begins.
    pub fn new(parser: Box<dyn Parser>, limits: Limits) -> Conversation {
        Conversation { parser, sides: Default::default(), limits }
    }

    /// The next bytes of a stream. In order and whole messages, they are parsed in place.
    pub fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.push_one_side(input, sink);
        self.let_waiting_sides_go_on(input, sink);
    }

    /// Each side may have waited for the other one, in turns.
    fn let_waiting_sides_go_on(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let (mut sender, mut idle_turns) = (input.sender.other(), 0);
        while idle_turns < 2 {
            idle_turns += 1;
            let side = &mut self.sides[sender.index()];
            if side.needed == usize::MAX {
                side.needed = 0;
                let waiting = side.bytes.len();
                self.push_one_side(Input { sender, bytes: b"", ..input }, sink);
                if self.sides[sender.index()].bytes.len() != waiting {
                    idle_turns = 0;
                }
            }
            sender = sender.other();
        }
    }

    fn push_one_side(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let carry = &mut self.sides[input.sender.index()];
        if carry.bytes.is_empty() {
            let rest = run(self.parser.as_mut(), input, input.bytes, carry, sink);
            carry.bytes.extend_from_slice(rest);
        } else {
            carry.bytes.extend_from_slice(input.bytes);
            if carry.bytes.len() >= carry.needed {
                let mut bytes = std::mem::take(&mut carry.bytes);
                let rest = run(self.parser.as_mut(), input, &bytes, carry, sink).len();
                bytes.drain(..bytes.len() - rest);
                carry.bytes = bytes;
            }
        }
        self.enforce_limit(input, sink);
    }

    fn enforce_limit(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let carry = &mut self.sides[input.sender.index()];
        if carry.bytes.len() > self.limits.carry_bytes_max {
            sink.anomaly(input.now, "message_too_long", None);
            self.gap(input.now, input.sender, 0, sink);
        }
    }

    /// One datagram: a message of its own, whatever of it is consumed.
    pub fn push_datagram(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.parser.push(input, sink);
    }

    /// Bytes of a side are missing.
    pub fn gap(&mut self, now: Timestamp, sender: Side, bytes: u64, sink: &mut dyn Sink) {
        let unparsed = std::mem::take(&mut self.sides[sender.index()]).bytes;
        self.parser.gap(Gap { now, sender, bytes, unparsed: &unparsed }, sink);
        self.let_waiting_sides_go_on(Input { now, sender, bytes: b"" }, sink);
    }

    /// The flow is over. What waits is presented as before a gap of no bytes.
    pub fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        for sender in Side::BOTH {
            if !self.sides[sender.index()].bytes.is_empty() {
                self.gap(now, sender, 0, sink);
            }
        }
        self.parser.finish(now, sink);
    }

    /// Takes out the bytes that wait, when another protocol goes on with them.
    pub fn take_unconsumed(&mut self, sender: Side) -> Vec<u8> {
        std::mem::take(&mut self.sides[sender.index()]).bytes
    }

    /// What the parser needs to go on later, if nothing is outstanding and no bytes wait ([`Parser::rest`]).
    pub fn rest(&self) -> Option<u32> {
        let is_waiting = self.sides.iter().any(|side| !side.bytes.is_empty());
        if is_waiting { None } else { self.parser.rest() }
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> usize {
        self.sides.iter().map(|side| side.bytes.capacity()).sum()
    }
}

/// Calls the parser until it consumes no more; returns what is left.
fn run<'a>(
    parser: &mut dyn Parser,
    input: Input<'_>,
    mut bytes: &'a [u8],
    carry: &mut Carry,
    sink: &mut dyn Sink,
) -> &'a [u8] {
    while !bytes.is_empty() {
        let Progress { consumed, needed } = parser.push(Input { bytes, ..input }, sink);
        carry.needed = needed;
        if consumed == 0 {
            break;
        }
        bytes = &bytes[consumed.min(bytes.len())..];
    }
    bytes
}
