//! One connection.

use super::answer::{self, Answer, Authentication};
use super::request::{self, Asked, Request};
use super::transaction::PgsqlTransaction;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Handover, Sink, Stage};
use model::packet::{Side, Timestamp};
use std::collections::VecDeque;
use std::sync::Arc;

/// A message is held until it is whole, if it is not longer than this.
const HELD_BYTES_MAX: u32 = 192 << 10;

/// Requests that wait for the end of their answer; beyond them the oldest is told as it is.
const OPEN_MAX: usize = 64;

#[derive(Default)]
pub(super) struct Pgsql {
    open: VecDeque<PgsqlTransaction>,
    begun: u64,
    database: Arc<[u8]>,
    asked: Asked,
    /// Errors end a transaction: the client has not come in yet.
    is_logged_in: bool,
    skips: [u64; 2],
    is_dark: [bool; 2],
    is_handed_over: bool,
}

/// A message's header.
struct Header {
    kind: u8,
    bytes: usize,
    /// Bytes behind the header.
    remaining: u32,
}

impl Header {
    /// A type, and a length that counts itself; at the begin of a connection no type. `None` where it lies.
    fn parse(bytes: &[u8]) -> Option<Header> {
        let (kind, bytes) = if bytes.first() == Some(&0) { (0, bytes) } else { (bytes[0], &bytes[1..]) };
        let length = u32::from_be_bytes(*bytes.first_chunk()?);
        let header_bytes = if kind == 0 { 4 } else { 5 };
        Some(Header { kind, bytes: header_bytes, remaining: length.checked_sub(4)? })
    }
}

impl Pgsql {
    fn begin(&mut self, now: Timestamp, request: Option<Request>, sink: &mut dyn Sink) {
        let (id, database) = (self.begun, self.database.clone());
        let transaction = PgsqlTransaction { request, answers: Vec::new(), database, id, started: now, ended: now };
        self.begun += u64::from(!transaction.is_prepared());
        if transaction.request.is_some() && !transaction.is_prepared() {
            sink.progress(now, &transaction, Side::Client, Stage::Whole);
        }
        self.open.push_back(transaction);
        if self.open.len() > OPEN_MAX {
            sink.anomaly(now, "too_many_transactions", Some(id));
            self.end_first(now, sink);
        }
    }

    fn end_first(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        if let Some(transaction) = self.open.pop_front() {
            sink.transaction(now, &transaction);
        }
    }

    fn request(&mut self, now: Timestamp, request: Request, sink: &mut dyn Sink) {
        let last = self.open.back_mut().and_then(|last| last.request.as_mut());
        match (&request, last) {
            (Request::CopyIn(messages, bytes, end), Some(Request::CopyIn(all, all_bytes, last_end))) => {
                *all += messages;
                *all_bytes += bytes;
                *last_end = *end;
                return;
            }
            (Request::Extended(query), Some(Request::Extended(known))) => {
                if known.is_none() {
                    known.clone_from(query);
                }
                return;
            }
            (Request::Startup(_, _, parameters), _) => {
                let database = parameters.iter().find(|(name, _)| name == b"database");
                self.database = database.map(|(_, value)| value.as_slice().into()).unwrap_or_default();
            }
            _ => {}
        }
        let is_unanswered = matches!(request, Request::Terminate | Request::Cancel(..));
        if let Some(unasked) = self.unasked(&request) {
            unasked.request = Some(request);
            sink.progress(now, unasked, Side::Client, Stage::Whole);
        } else {
            self.begin(now, Some(request), sink);
        }
        if is_unanswered && let Some(transaction) = self.open.pop_back() {
            sink.transaction(now, &transaction);
        }
    }

    /// What the server said unasked (a notification) belongs to the request that comes next, as in Suricata.
    fn unasked(&mut self, request: &Request) -> Option<&mut PgsqlTransaction> {
        let is_counted = !matches!(request, Request::Extended(_));
        self.open.back_mut().filter(|last| is_counted && last.request.is_none())
    }

    fn answer(&mut self, now: Timestamp, answer: Answer, sink: &mut dyn Sink) {
        if self.open.is_empty() {
            if matches!(answer, Answer::Ready | Answer::Other) {
                return;
            }
            self.begin(now, None, sink);
        }
        let is_last = self.is_last(&answer);
        if let Some(transaction) = self.open.front_mut() {
            transaction.add(answer);
            transaction.ended = now;
        }
        if is_last {
            self.end_first(now, sink);
        }
    }

    /// Is it the client's turn behind it?
    fn is_last(&mut self, answer: &Answer) -> bool {
        match answer {
            Answer::Authentication(step, _) => {
                self.asked = match step {
                    Authentication::Sasl => Asked::SaslBegin,
                    Authentication::SaslContinue => Asked::Sasl,
                    _ => Asked::Password,
                };
                self.is_logged_in = *step == Authentication::Ok;
                !matches!(step, Authentication::Ok | Authentication::SaslFinal)
            }
            Answer::Error(_) => !self.is_logged_in,
            Answer::Ready => {
                self.is_logged_in = true;
                true
            }
            Answer::CopyIn(_) | Answer::Encryption(_) => true,
            _ => false,
        }
    }

    /// One byte answers the question whether to encrypt.
    fn encryption(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Option<Progress> {
        let question = self.open.front().and_then(|open| open.request.as_ref());
        let is_tls = match question {
            Some(Request::Ssl) => true,
            Some(Request::Gss) => false,
            _ => return None,
        };
        let is_accepted = match input.bytes.first()? {
            b'S' if is_tls => true,
            b'G' if !is_tls => true,
            b'N' => false,
            _ => return None,
        };
        self.answer(input.now, Answer::Encryption(is_accepted), sink);
        if is_accepted {
            self.is_handed_over = is_tls;
            self.is_dark = [!is_tls; 2];
        }
        if self.is_handed_over {
            sink.hand_over(input.now, Handover::Upgrade { protocol: "tls", about: b"" });
        }
        Some(Progress { consumed: 1, needed: 0 })
    }

    fn skip(&mut self, input: Input<'_>) -> Progress {
        let skip = &mut self.skips[input.sender.index()];
        let consumed = input.bytes.len().min(usize::try_from(*skip).unwrap_or(usize::MAX));
        *skip -= consumed as u64;
        Progress { consumed, needed: 0 }
    }

    fn whole(&mut self, input: Input<'_>, header: &Header, sink: &mut dyn Sink) -> Progress {
        let length = header.bytes + header.remaining as usize;
        let Some(body) = input.bytes.get(header.bytes..length) else { return Progress { consumed: 0, needed: length } };
        match input.sender {
            Side::Client => {
                let request = match header.kind {
                    0 => request::untyped(body),
                    kind => request::typed(kind, body, self.asked),
                };
                match request {
                    Some(request) => self.request(input.now, request, sink),
                    None => sink.anomaly(input.now, "malformed_request", self.begun.checked_sub(1)),
                }
            }
            Side::Server => match answer::parse(header.kind, body) {
                Some(answer) => self.answer(input.now, answer, sink),
                None => sink.anomaly(input.now, "malformed_response", self.begun.checked_sub(1)),
            },
        }
        Progress { consumed: length, needed: 0 }
    }

    /// A message that is too long to be held is counted, if it is data.
    fn long(&mut self, input: Input<'_>, header: &Header, sink: &mut dyn Sink) -> Progress {
        let bytes = u64::from(header.remaining);
        match (input.sender, header.kind) {
            (Side::Server, b'D') => self.answer(input.now, Answer::Rows(1, bytes), sink),
            (Side::Server, b'd') => self.answer(input.now, Answer::CopiedOut(1, bytes), sink),
            (Side::Client, b'd') => self.request(input.now, Request::CopyIn(1, bytes, None), sink),
            _ => sink.anomaly(input.now, "message_too_long", self.begun.checked_sub(1)),
        }
        self.skips[input.sender.index()] = header.bytes as u64 + bytes;
        self.skip(input)
    }

    fn fail(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let name = if input.sender == Side::Client { "malformed_request" } else { "malformed_response" };
        sink.anomaly(input.now, name, self.begun.checked_sub(1));
        self.is_dark[input.sender.index()] = true;
        Progress::all(input.bytes)
    }
}

/// Types of messages of each side.
fn is_known(kind: u8, sender: Side) -> bool {
    match sender {
        Side::Client => matches!(kind, 0 | b'p' | b'Q' | b'P' | b'B'..=b'F' | b'H' | b'S' | b'X' | b'c' | b'd' | b'f'),
        Side::Server => b"RSKTDCENAGHWdZ123cInstvV".contains(&kind),
    }
}

impl Parser for Pgsql {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let side = input.sender.index();
        if self.is_handed_over {
            return Progress { consumed: 0, needed: 0 };
        }
        if self.is_dark[side] {
            return Progress::all(input.bytes);
        }
        if self.skips[side] > 0 {
            return self.skip(input);
        }
        if input.sender == Side::Server
            && let Some(progress) = self.encryption(input, sink)
        {
            return progress;
        }
        let header_bytes = if input.bytes.first() == Some(&0) { 4 } else { 5 };
        match Header::parse(input.bytes) {
            Some(header) if !is_known(header.kind, input.sender) => self.fail(input, sink),
            Some(header) if header.remaining <= HELD_BYTES_MAX => self.whole(input, &header, sink),
            Some(header) => self.long(input, &header, sink),
            None if input.bytes.len() < header_bytes => Progress { consumed: 0, needed: header_bytes },
            None => self.fail(input, sink),
        }
    }

    fn gap(&mut self, gap: Gap<'_>, _sink: &mut dyn Sink) {
        let side = gap.sender.index();
        let left = match gap.unparsed {
            [] => self.skips[side].checked_sub(gap.bytes).filter(|_| self.skips[side] > 0),
            unparsed => Header::parse(unparsed).and_then(|header| {
                let length = header.bytes as u64 + u64::from(header.remaining);
                length.checked_sub(unparsed.len() as u64 + gap.bytes)
            }),
        };
        self.skips[side] = left.unwrap_or(0);
        // Nothing marks where a message begins.
        self.is_dark[side] |= left.is_none();
    }

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        while !self.open.is_empty() {
            self.end_first(now, sink);
        }
    }
}
