//! The state of one flow: which requests wait for their response.

use super::message::{HEADER_BYTES, Message, Section};
use super::name::Oddities;
use super::probe;
use super::transaction::{Answered, DnsTransaction, Variant};
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Start, Transport};
use crate::sink::Sink;
use model::packet::{Side, Timestamp};

/// Requests of one flow that wait for their response; beyond them the oldest is forgotten.
const WAITING_MAX: usize = 64;

/// A request without its response.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    asked: Timestamp,
    question_key: Option<u32>,
    transaction: u32,
    id: u16,
    retries: u16,
}

/// A flow's parser. 48 bytes where one request waits at most.
pub(super) struct DnsParser {
    variant: Variant,
    transport: Transport,
    /// Bytes of this side are not understood until a message begins again.
    is_lost: [bool; 2],
    /// Who asks.
    asker: Option<Side>,
    transactions: u32,
    /// Most flows have one request at a time: it needs no allocation.
    waiting: Option<Waiting>,
    more_waiting: Vec<Waiting>,
}

impl DnsParser {
    pub(super) fn new(variant: Variant, start: Start<'_>) -> DnsParser {
        DnsParser {
            variant,
            transport: start.transport,
            is_lost: [false; 2],
            asker: None,
            transactions: 0,
            waiting: None,
            more_waiting: Vec::new(),
        }
    }

    /// Goes on where [`Parser::rest`] left off.
    pub(super) fn resume(variant: Variant, start: Start<'_>, word: u32) -> DnsParser {
        let asker = match word & 3 {
            1 => Some(Side::Client),
            2 => Some(Side::Server),
            _ => None,
        };
        DnsParser { asker, transactions: word >> 2, ..DnsParser::new(variant, start) }
    }

    /// One whole message.
    fn message(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let message = Message::parse(input.bytes);
        let Some(message) = message.filter(|message| message.faults.broken != Some(Section::Questions)) else {
            return sink.anomaly(input.now, "malformed_data", self.transactions.checked_sub(1).map(u64::from));
        };
        let transaction = self.transactions;
        self.transactions = self.transactions.wrapping_add(1);
        tell_frames(input, Some(transaction.into()), &[("pdu", input.bytes)], sink);
        self.tell_anomalies(input, &message, transaction, sink);
        let answered = self.match_up(input.now, &message, transaction);
        let variant = self.variant;
        let transaction =
            DnsTransaction { variant, id: transaction.into(), now: input.now, sender: input.sender, message, answered };
        sink.transaction(input.now, &transaction);
    }

    fn tell_anomalies(&mut self, input: Input<'_>, message: &Message, transaction: u32, sink: &mut dyn Sink) {
        let mut tell = |name| sink.anomaly(input.now, name, Some(transaction.into()));
        if let Some(name) = self.direction_anomaly(input.sender, message) {
            tell(name);
        }
        let header = message.header();
        if self.variant == Variant::Dns && header.flags & 0x40 != 0 {
            tell("z_flag_set");
        }
        if header.opcode() >= 7 {
            tell("invalid_opcode");
        }
        let faults = &message.faults;
        let oddities = [
            (Oddities::TOO_LONG, "name_too_long"),
            (Oddities::LOOP, "infinite_loop"),
            (Oddities::TOO_MANY_LABELS, "too_many_labels"),
        ];
        oddities.into_iter().filter(|(oddity, _)| faults.oddities.has(*oddity)).for_each(|(_, name)| tell(name));
        match faults.broken {
            Some(Section::Authorities) => tell("invalid_authorities"),
            Some(Section::Additionals) => tell("invalid_additionals"),
            Some(_) => tell("malformed_data"),
            None if faults.has_malformed_data => tell("malformed_data"),
            None => {}
        }
    }

    /// In one flow one side asks and the other one answers; who, says the first message.
    fn direction_anomaly(&mut self, sender: Side, message: &Message) -> Option<&'static str> {
        if self.variant != Variant::Dns {
            return None;
        }
        let is_response = message.header().is_response();
        let asker = *self.asker.get_or_insert(if is_response { sender.other() } else { sender });
        match (sender == asker, is_response) {
            (true, true) => Some("not_request"),
            (false, false) => Some("not_response"),
            _ => None,
        }
    }

    /// A request waits from here on; a response finds its request.
    fn match_up(&mut self, now: Timestamp, message: &Message, transaction: u32) -> Answered {
        if self.variant != Variant::Dns {
            // Who asks many is answered in other flows.
            return Answered::Untold;
        }
        let (id, question_key) = (message.header().id, message.question_key());
        if message.header().is_response() {
            return self.take(id, question_key).map_or(Answered::Unsolicited, |waiting| Answered::Response {
                request: waiting.transaction.into(),
                latency_ns: now.since_ns(waiting.asked),
                retries: waiting.retries.into(),
            });
        }
        let same = |waiting: &&mut Waiting| waiting.id == id && waiting.question_key == question_key;
        if let Some(waiting) = self.waiting.iter_mut().chain(&mut self.more_waiting).find(same) {
            waiting.retries = waiting.retries.saturating_add(1);
            return Answered::Retry { request: waiting.transaction.into(), retry: waiting.retries.into() };
        }
        self.wait(Waiting { asked: now, question_key, transaction, id, retries: 0 });
        Answered::Untold
    }

    fn wait(&mut self, waiting: Waiting) {
        if self.waiting.is_none() {
            self.waiting = Some(waiting);
            return;
        }
        if self.more_waiting.len() + 1 >= WAITING_MAX {
            self.waiting = Some(self.more_waiting.remove(0));
        }
        self.more_waiting.push(waiting);
    }

    fn take(&mut self, id: u16, question_key: Option<u32>) -> Option<Waiting> {
        // An error may come without the question.
        let fits =
            |waiting: &Waiting| waiting.id == id && (question_key.is_none() || waiting.question_key == question_key);
        if self.waiting.as_ref().is_some_and(fits) {
            let next = (!self.more_waiting.is_empty()).then(|| self.more_waiting.remove(0));
            return std::mem::replace(&mut self.waiting, next);
        }
        let place = self.more_waiting.iter().position(fits)?;
        Some(self.more_waiting.remove(place))
    }

    /// Behind a gap: how many bytes cannot be the begin of a message; `Err` where none may begin yet.
    fn find_begin(&mut self, input: Input<'_>) -> Result<usize, usize> {
        let mut passed = 0;
        loop {
            match probe::probe(&input.bytes[passed..], Transport::Tcp) {
                Probe::Yes => break,
                Probe::NeedMore => return Err(passed),
                Probe::Maybe | Probe::No => passed += 1,
            }
        }
        self.is_lost[input.sender.index()] = false;
        Ok(passed)
    }

    /// Messages with their lengths in front (RFC 1035 section 4.2.2).
    fn stream(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let passed = match self.is_lost[input.sender.index()] {
            true => match self.find_begin(input) {
                Ok(passed) => passed,
                Err(consumed) => return Progress { consumed, needed: 0 },
            },
            false => 0,
        };
        let Some((prefix, rest)) = input.bytes[passed..].split_first_chunk::<2>() else {
            return Progress { consumed: passed, needed: 2 };
        };
        let length = usize::from(u16::from_be_bytes(*prefix));
        let Some(bytes) = rest.get(..length) else { return Progress { consumed: passed, needed: 2 + length } };
        if length < HEADER_BYTES {
            sink.anomaly(input.now, "malformed_data", self.transactions.checked_sub(1).map(u64::from));
        } else {
            self.message(Input { bytes, ..input }, sink);
        }
        Progress { consumed: passed + 2 + length, needed: 0 }
    }
}

impl Parser for DnsParser {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        match self.transport {
            Transport::Tcp => self.stream(input, sink),
            Transport::Udp => {
                self.message(input, sink);
                Progress::all(input.bytes)
            }
        }
    }

    fn gap(&mut self, gap: Gap<'_>, sink: &mut dyn Sink) {
        if !gap.unparsed.is_empty() && !self.is_lost[gap.sender.index()] {
            sink.anomaly(gap.now, "malformed_data", self.transactions.checked_sub(1).map(u64::from));
        }
        self.is_lost[gap.sender.index()] = true;
    }

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}

    fn rest(&self) -> Option<u32> {
        let is_idle = self.waiting.is_none() && self.more_waiting.is_empty() && self.is_lost == [false; 2];
        let asker = self.asker.map_or(0, |side| 1 + side.index() as u32);
        is_idle.then(|| self.transactions.checked_mul(4).map(|word| word | asker)).flatten()
    }
}
