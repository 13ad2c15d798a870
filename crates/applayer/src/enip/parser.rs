//! One flow.

use super::message::{self, HEADER_BYTES, Message, command};
use super::transaction::EnipTransaction;
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::{Sink, Stage};
use model::packet::{Side, Timestamp};

/// Requests that wait for their responses; beyond them the oldest is told without one.
const OPEN_MAX: usize = 256;

pub(super) struct Enip {
    transport: Transport,
    open: Vec<EnipTransaction>,
    begun: u64,
    skips: [u64; 2],
}

impl Enip {
    pub(super) fn new(transport: Transport) -> Enip {
        Enip { transport, open: Vec::new(), begun: 0, skips: [0; 2] }
    }

    fn begin(&mut self, now: Timestamp) -> EnipTransaction {
        let id = self.begun;
        self.begun += 1;
        EnipTransaction { request: None, response: None, id, started: now }
    }

    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let Some((message, is_read)) = message::parse(input.bytes) else {
            return sink.anomaly(input.now, "invalid_pdu", self.begun.checked_sub(1));
        };
        let id = self
            .place(&message)
            .filter(|_| input.sender == Side::Server)
            .map_or(self.begun, |place| self.open[place].id);
        tell_frames(input, Some(id), &message::frames(input.bytes), sink);
        match input.sender {
            Side::Client => self.request(input.now, message, is_read, sink),
            Side::Server => self.response(input.now, message, is_read, sink),
        }
    }

    fn request(&mut self, now: Timestamp, message: Message, is_read: bool, sink: &mut dyn Sink) {
        let mut transaction = self.begin(now);
        if !is_read {
            sink.anomaly(now, "invalid_pdu", Some(transaction.id));
        }
        let is_answered = is_answered(&message);
        transaction.request = Some(message);
        if !is_answered {
            return sink.transaction(now, &transaction);
        }
        sink.progress(now, &transaction, Side::Client, Stage::Whole);
        self.open.push(transaction);
        if self.open.len() > OPEN_MAX {
            let oldest = self.open.remove(0);
            sink.anomaly(now, "too_many_transactions", Some(oldest.id));
            sink.transaction(now, &oldest);
        }
    }

    /// The request that a message can be the answer to.
    fn place(&self, message: &Message) -> Option<usize> {
        let asks = |open: &EnipTransaction| open.request.as_ref().is_some_and(|request| answers(message, request));
        self.open.iter().position(asks)
    }

    fn response(&mut self, now: Timestamp, message: Message, is_read: bool, sink: &mut dyn Sink) {
        let mut transaction = match self.place(&message) {
            Some(place) => self.open.remove(place),
            None => self.begin(now),
        };
        if !is_read {
            sink.anomaly(now, "invalid_pdu", Some(transaction.id));
        }
        transaction.response = Some(message);
        sink.transaction(now, &transaction);
    }
}

/// Is there an answer to it?
fn is_answered(message: &Message) -> bool {
    const NOP: u16 = 0;
    const UNREGISTER_SESSION: u16 = 0x66;
    !matches!(message.command, NOP | UNREGISTER_SESSION)
}

/// Can this be the answer to that request?
fn answers(message: &Message, request: &Message) -> bool {
    let is_new = request.command == command::REGISTER_SESSION;
    message.command == request.command
        && message.context == request.context
        && (is_new || message.session == request.session)
}

impl Parser for Enip {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if self.transport == Transport::Udp {
            self.message(input, sink);
            return Progress::all(input.bytes);
        }
        let skip = &mut self.skips[input.sender.index()];
        if *skip > 0 {
            let consumed = input.bytes.len().min(usize::try_from(*skip).unwrap_or(usize::MAX));
            *skip -= consumed as u64;
            return Progress { consumed, needed: 0 };
        }
        let Some(end) = end(input.bytes) else { return Progress { consumed: 0, needed: HEADER_BYTES } };
        let Some(bytes) = input.bytes.get(..end) else { return Progress { consumed: 0, needed: end } };
        self.message(Input { bytes, ..input }, sink);
        Progress { consumed: end, needed: 0 }
    }

    /// What is left of a message that has begun is passed over.
    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let missing = gap.unparsed.len() as u64 + gap.bytes;
        let left = end(gap.unparsed).map_or(0, |end| (end as u64).saturating_sub(missing));
        self.skips[side] = if self.skips[side] > 0 { self.skips[side].saturating_sub(gap.bytes) } else { left };
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}

/// Where a message ends, once its header is there.
fn end(bytes: &[u8]) -> Option<usize> {
    let header = bytes.first_chunk::<HEADER_BYTES>()?;
    Some(HEADER_BYTES + usize::from(u16::from_le_bytes([header[2], header[3]])))
}
