//! One flow.

use super::message::{Message, Role};
use super::transaction::LdapTransaction;
use crate::der;
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Progress, Transport};
use crate::sink::{Handover, Sink, Stage};
use model::packet::{Side, Timestamp};

/// A message is held until it is whole, if it is not longer than this.
const HELD_BYTES_MAX: usize = 192 << 10;

/// Requests that wait for the end of their answer; beyond them the oldest is told as it is.
const OPEN_MAX: usize = 256;

/// Tag and length of a message are never longer.
const HEADER_BYTES_MAX: usize = 6;

pub(super) struct Ldap {
    transport: Transport,
    open: Vec<LdapTransaction>,
    begun: u64,
    skips: [u64; 2],
    is_dark: [bool; 2],
    is_handed_over: bool,
}

/// Where a message ends.
enum End {
    At(usize),
    NeedMore,
    /// It is encrypted (RFC 4752, section 3.3), or none.
    Opaque,
    Malformed,
}

fn end(bytes: &[u8]) -> End {
    match (bytes.first(), der::header(bytes)) {
        (Some(0x30), Some((_, length, rest))) => End::At(bytes.len() - rest.len() + length),
        (Some(0x30), None) if bytes.len() < HEADER_BYTES_MAX => End::NeedMore,
        (Some(0), _) => End::Opaque,
        _ => End::Malformed,
    }
}

impl Ldap {
    pub(super) fn new(transport: Transport) -> Ldap {
        Ldap { transport, open: Vec::new(), begun: 0, skips: [0; 2], is_dark: [false; 2], is_handed_over: false }
    }

    fn begin(&mut self, now: Timestamp, request: Option<Message>) -> LdapTransaction {
        let id = self.begun;
        self.begun += 1;
        LdapTransaction { request, responses: Vec::new(), response_count: 0, id, started: now, ended: now }
    }

    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let now = input.now;
        let Some(message) = Message::parse(input.bytes) else {
            return sink.anomaly(now, "invalid_data", self.begun.checked_sub(1));
        };
        tell_frames(input, Some(self.begun), &[("pdu", input.bytes)], sink);
        match (message.role(), input.sender) {
            (Role::Request, Side::Client) => self.wait(now, message, sink),
            (Role::Unanswered, Side::Client) => {
                let transaction = self.begin(now, Some(message));
                sink.transaction(now, &transaction);
            }
            (Role::Part | Role::Last, Side::Server) => self.answer(now, message, sink),
            _ => sink.anomaly(now, "invalid_data", self.begun.checked_sub(1)),
        }
    }

    fn wait(&mut self, now: Timestamp, message: Message, sink: &mut dyn Sink) {
        let transaction = self.begin(now, Some(message));
        sink.progress(now, &transaction, Side::Client, Stage::Whole);
        self.open.push(transaction);
        if self.open.len() > OPEN_MAX {
            sink.anomaly(now, "too_many_transactions", self.begun.checked_sub(1));
            let oldest = self.open.remove(0);
            sink.transaction(now, &oldest);
        }
    }

    fn answer(&mut self, now: Timestamp, message: Message, sink: &mut dyn Sink) {
        let of_request = |open: &LdapTransaction| open.request.as_ref().is_some_and(|it| it.id == message.id);
        let Some(place) = self.open.iter().position(of_request) else {
            return self.unasked(now, message, sink);
        };
        let (is_last, is_success) = (message.role() == Role::Last, message.is_success());
        let open = &mut self.open[place];
        open.add(message);
        open.ended = now;
        sink.part(now, open, Side::Server);
        if is_last {
            let transaction = self.open.remove(place);
            sink.transaction(now, &transaction);
            if is_success && transaction.request.is_some_and(|request| request.is_start_tls()) {
                self.is_handed_over = true;
                sink.hand_over(now, Handover::Upgrade { protocol: "tls", about: b"" });
            }
        }
    }

    /// A server may speak unasked (section 4.4), under the number 0.
    fn unasked(&mut self, now: Timestamp, message: Message, sink: &mut dyn Sink) {
        if message.id != 0 {
            sink.anomaly(now, "request_not_found", Some(self.begun));
        }
        let mut transaction = self.begin(now, None);
        transaction.add(message);
        sink.transaction(now, &transaction);
    }

    fn skip(&mut self, input: Input<'_>) -> Progress {
        let skip = &mut self.skips[input.sender.index()];
        let consumed = input.bytes.len().min(usize::try_from(*skip).unwrap_or(usize::MAX));
        *skip -= consumed as u64;
        Progress { consumed, needed: 0 }
    }
}

impl Parser for Ldap {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.transport == Transport::Udp {
            self.message(input, sink);
            return Progress::all(input.bytes);
        }
        if self.is_handed_over {
            return Progress { consumed: 0, needed: 0 };
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            return self.skip(input);
        }
        match end(input.bytes) {
            End::At(end) if end > HELD_BYTES_MAX => {
                sink.anomaly(input.now, "message_too_long", self.begun.checked_sub(1));
                self.skips[side] = end as u64;
                self.skip(input)
            }
            End::At(end) => match input.bytes.get(..end) {
                Some(bytes) => {
                    self.message(Input { bytes, ..input }, sink);
                    Progress { consumed: end, needed: 0 }
                }
                None => Progress { consumed: 0, needed: end },
            },
            End::NeedMore => Progress { consumed: 0, needed: input.bytes.len() + 1 },
            End::Opaque => {
                self.is_dark[side] = true;
                Progress::all(input.bytes)
            }
            End::Malformed => {
                sink.anomaly(input.now, "invalid_data", self.begun.checked_sub(1));
                self.is_dark[side] = true;
                Progress::all(input.bytes)
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let left = match end(gap.unparsed) {
            _ if gap.unparsed.is_empty() => self.skips[side].checked_sub(gap.bytes).filter(|_| self.skips[side] > 0),
            End::At(end) => (end as u64).checked_sub(gap.unparsed.len() as u64 + gap.bytes),
            _ => None,
        };
        self.skips[side] = left.unwrap_or(0);
        // Nothing marks where a message begins.
        self.is_dark[side] |= left.is_none();
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
