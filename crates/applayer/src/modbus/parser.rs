//! One connection.

use super::message::{LENGTH_ENDS, Message};
use super::transaction::ModbusTransaction;
use crate::frame::tell_frames;
use crate::protocol::{Gap, Input, Parser, Progress};
use crate::sink::{Sink, Stage};
use model::packet::{Side, Timestamp};

/// Requests that wait for their responses; beyond them the oldest is told without one.
const OPEN_MAX: usize = 500;

/// What a header's length can be: a unit and a function at least, and 253 bytes behind the unit at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=254;

#[derive(Default)]
pub(super) struct Modbus {
    open: Vec<ModbusTransaction>,
    begun: u64,
    /// A side's bytes are not understood any more.
    is_dark: [bool; 2],
}

impl Modbus {
    fn message(&mut self, input: Input<'_>, message: Message, sink: &mut dyn Sink) {
        match input.sender {
            Side::Client => self.request(input.now, message, sink),
            Side::Server => self.response(input.now, message, sink),
        }
    }

    fn begin(&mut self, now: Timestamp, request: Option<Message>) -> ModbusTransaction {
        let id = self.begun;
        self.begun += 1;
        ModbusTransaction { request, response: None, id, started: now, ended: now }
    }

    fn request(&mut self, now: Timestamp, message: Message, sink: &mut dyn Sink) {
        tell_errors(now, &message, self.begun, sink);
        let transaction = self.begin(now, Some(message));
        sink.progress(now, &transaction, Side::Client, Stage::Whole);
        self.open.push(transaction);
        if self.open.len() > OPEN_MAX {
            let oldest = self.open.remove(0);
            sink.anomaly(now, "flooded", Some(oldest.id));
            sink.transaction(now, &oldest);
        }
    }

    fn response(&mut self, now: Timestamp, message: Message, sink: &mut dyn Sink) {
        let is_asked = |open: &ModbusTransaction| {
            open.request.as_ref().is_some_and(|request| request.transaction == message.transaction)
        };
        let mut transaction = match self.open.iter().position(is_asked) {
            Some(place) => self.open.remove(place),
            None => {
                sink.anomaly(now, "unsolicited_response", Some(self.begun));
                self.begin(now, None)
            }
        };
        tell_errors(now, &message, transaction.id, sink);
        if let Some(name) = transaction.request.as_ref().and_then(|request| message.mismatch(request)) {
            sink.anomaly(now, name, Some(transaction.id));
        }
        transaction.response = Some(message);
        transaction.ended = now;
        sink.transaction(now, &transaction);
    }
}

fn tell_errors(now: Timestamp, message: &Message, id: u64, sink: &mut dyn Sink) {
    let errors = &message.errors;
    let names = [
        (errors.protocol, "invalid_protocol_id"),
        (errors.function, "invalid_function_code"),
        (errors.length, "invalid_length"),
        (errors.value, "invalid_value"),
        (errors.exception, "invalid_exception_code"),
    ];
    names.iter().filter(|(is_set, _)| *is_set).for_each(|(_, name)| sink.anomaly(now, name, Some(id)));
}

impl Parser for Modbus {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        if self.is_dark[input.sender.index()] {
            return Progress::all(input.bytes);
        }
        let Some(header) = input.bytes.first_chunk::<LENGTH_ENDS>() else {
            return Progress { consumed: 0, needed: LENGTH_ENDS };
        };
        let length = usize::from(u16::from_be_bytes([header[4], header[5]]));
        if !LENGTHS.contains(&length) {
            sink.anomaly(input.now, "invalid_length", self.begun.checked_sub(1));
            self.is_dark[input.sender.index()] = true;
            return Progress::all(input.bytes);
        }
        let end = LENGTH_ENDS + length;
        let Some(bytes) = input.bytes.get(..end) else { return Progress { consumed: 0, needed: end } };
        tell_frames(input, Some(self.begun), &[("pdu", bytes)], sink);
        if let Some(message) = Message::parse(bytes, input.sender) {
            self.message(input, message, sink);
        }
        Progress { consumed: end, needed: 0 }
    }

    /// Nothing marks where a message begins; but messages are short, and begin their segments.
    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, now: Timestamp, sink: &mut dyn Sink) {
        self.open.drain(..).for_each(|transaction| sink.transaction(now, &transaction));
    }
}
