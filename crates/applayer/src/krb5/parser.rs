//! One flow: messages in datagrams, or in records behind their length (section 7.2.2).

use super::message::{self, Kind};
use super::transaction::{Krb5Transaction, is_weak};
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::Sink;
use model::packet::Timestamp;

/// A longer record is none: tickets with many groups have some tens of thousand bytes.
const RECORD_BYTES_MAX: usize = 192 << 10;

pub(super) struct Krb5 {
    transport: Transport,
    /// The last request.
    asked: Option<(Kind, Timestamp)>,
    begun: u64,
    /// Bytes of the record that a gap cut.
    skips: [u64; 2],
    is_dark: [bool; 2],
}

impl Krb5 {
    pub(super) fn new(transport: Transport) -> Krb5 {
        Krb5 { transport, asked: None, begun: 0, skips: [0; 2], is_dark: [false; 2] }
    }

    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let Some(message) = message::parse(input.bytes) else {
            return sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1));
        };
        let request = match message.kind {
            Kind::AsRequest | Kind::TgsRequest => {
                self.asked = Some((message.kind, input.now));
                None
            }
            Kind::AsReply | Kind::TgsReply | Kind::Error => self.asked.take(),
            Kind::ApRequest => None,
            Kind::ApReply | Kind::Other(_) => return,
        };
        let id = self.begun;
        self.begun += 1;
        if message.encryption.is_some_and(is_weak) {
            sink.anomaly(input.now, "weak_encryption", Some(id));
        }
        sink.transaction(input.now, &Krb5Transaction::new(id, input.sender, message, request, input.now));
    }

    fn record(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        const LENGTH_BYTES: usize = 4;
        let Some(length) = input.bytes.first_chunk::<LENGTH_BYTES>() else {
            return Progress { consumed: 0, needed: LENGTH_BYTES };
        };
        let end = LENGTH_BYTES + u32::from_be_bytes(*length) as usize;
        if end > RECORD_BYTES_MAX {
            sink.anomaly(input.now, "malformed_data", self.begun.checked_sub(1));
            self.is_dark[input.sender.index()] = true;
            return Progress::all(input.bytes);
        }
        let Some(bytes) = input.bytes.get(LENGTH_BYTES..end) else { return Progress { consumed: 0, needed: end } };
        if !bytes.is_empty() {
            self.message(Input { bytes, ..input }, sink);
        }
        Progress { consumed: end, needed: 0 }
    }
}

impl Parser for Krb5 {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.transport == Transport::Udp {
            self.message(input, sink);
            return Progress::all(input.bytes);
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            let consumed = input.bytes.len().min(usize::try_from(self.skips[side]).unwrap_or(usize::MAX));
            self.skips[side] -= consumed as u64;
            return Progress { consumed, needed: 0 };
        }
        self.record(input, sink)
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let left = match gap.unparsed.first_chunk() {
            Some(length) => {
                let record_bytes = 4 + u64::from(u32::from_be_bytes(*length));
                record_bytes.checked_sub(gap.unparsed.len() as u64 + gap.bytes)
            }
            None => self.skips[side].checked_sub(gap.bytes).filter(|_| self.skips[side] > 0),
        };
        self.skips[side] = left.unwrap_or(0);
        // Nothing marks where a record begins.
        self.is_dark[side] |= left.is_none();
    }

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}
