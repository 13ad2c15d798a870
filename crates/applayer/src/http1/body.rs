//! Bodies of both sides.

use super::exchange::{Exchange, Message, Outlet};
use super::field;
use super::framing::{Chunk, Framing, Step as BodyStep};
use super::lines::{Line, trimmed};
use super::names::{self, Names};
use super::start_line::version;
use super::{Http1, Limits, Stage, Step};
use crate::http::content::{Content, Report};
use crate::http::headers::{Known, decimal};
use crate::protocol::Input;
use crate::sink::Sink;
use model::packet::Side;

impl Http1 {
    /// A line of a head, or of trailers behind the last chunk.
    pub(super) fn head_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let place = self.place(input.sender);
        let reader = &mut self.readers[input.sender.index()];
        let Some(exchange) = self.exchanges.get_mut(place) else {
            reader.restart(Stage::Seeking);
            return Step::Consumed(0);
        };
        let names = names_of(input.sender);
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        let (message, mut report) = exchange.part(input.sender, &mut outlet);
        message.times.see(input.now);
        match reader.lines.next(input.bytes, self.limits.line_bytes_max) {
            Line::NeedMore => Step::NeedMore,
            Line::Rest(length) => Step::Consumed(length),
            Line::Cut(text) => {
                report.anomaly(names.field_too_long);
                field::add(text, &mut message.headers, &self.limits.headers, names, &mut report);
                Step::Consumed(text.len())
            }
            Line::Whole { text: b"", length } => {
                self.end_head(input, sink);
                Step::Consumed(length)
            }
            Line::Whole { text, length } if is_blank_end(text, input.sender, message) => {
                self.end_head(input, sink);
                Step::Consumed(length)
            }
            Line::Whole { text, length } => {
                self.add_fields(text, input, sink);
                Step::Consumed(length)
            }
        }
    }

    /// Adds a line of a head; of a response's, what bare carriage returns separate.
    pub(super) fn add_fields(&mut self, text: &[u8], input: Input<'_>, sink: &mut dyn Sink) {
        let place = self.place(input.sender);
        let Some(exchange) = self.exchanges.get_mut(place) else { return };
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        let (message, mut report) = exchange.part(input.sender, &mut outlet);
        let (limits, names) = (&self.limits.headers, names_of(input.sender));
        if input.sender == Side::Client || memchr::memchr(b'\r', text).is_none() {
            return match text {
                b"" => {}
                line => field::add(line, &mut message.headers, limits, names, &mut report),
            };
        }
        for line in text.split(|byte| *byte == b'\r').filter(|line| !line.is_empty()) {
            field::add(line, &mut message.headers, limits, names, &mut report);
        }
    }

    fn end_head(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        match (self.readers[input.sender.index()].stage, input.sender) {
            (Stage::Trailers, _) => self.end_message(input.sender, true, input, sink),
            (_, Side::Client) => self.end_request_head(input, sink),
            (_, Side::Server) => self.end_response_head(input, sink),
        }
    }

    /// The next bytes of a body.
    pub(super) fn body(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let place = self.place(input.sender);
        let reader = &mut self.readers[input.sender.index()];
        let Some(exchange) = self.exchanges.get_mut(place) else {
            reader.restart(Stage::Seeking);
            return Step::Consumed(0);
        };
        let names = names_of(input.sender);
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        let (message, mut report) = exchange.part(input.sender, &mut outlet);
        message.times.see(input.now);
        let step = message.framing.step(input.bytes, &mut reader.lines);
        let (length, has_extension) = match step {
            BodyStep::Content(content) => {
                message.content.push(content, &mut report);
                (content.len(), false)
            }
            BodyStep::Framing { length, has_extension } => (length, has_extension),
            BodyStep::LastChunk { length, has_extension } => {
                reader.restart(Stage::Trailers);
                (length, has_extension)
            }
            BodyStep::NeedMore => return Step::NeedMore,
            BodyStep::InvalidChunk => {
                report.anomaly(names.invalid_chunk_length);
                return self.invalid_chunk(place, input, sink);
            }
        };
        message.body_bytes_sent += length as u64;
        if has_extension {
            report.anomaly(names.chunk_extension);
        }
        if message.framing.is_over() {
            self.end_message(input.sender, true, input, sink);
        }
        Step::Consumed(length)
    }

    /// A response goes on without chunks, as browsers have it; a request has lost its end.
    fn invalid_chunk(&mut self, place: usize, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        match input.sender {
            Side::Server => {
                self.exchanges[place].messages[Side::Server.index()].framing = Framing::UntilClose;
                self.readers[Side::Server.index()].restart(Stage::Body);
            }
            Side::Client => {
                self.end_message(Side::Client, false, input, sink);
                self.readers[Side::Client.index()].restart(Stage::Seeking);
            }
        }
        Step::Consumed(0)
    }
}

/// Is it a line of blanks behind the fields of a response? Browsers take it for the end of the head.
fn is_blank_end(text: &[u8], sender: Side, message: &Message) -> bool {
    sender == Side::Server && !message.headers.is_empty() && trimmed(text).is_empty()
}

/// Finds out how a body is framed.
pub(super) fn begin(exchange: &mut Exchange, sender: Side, outlet: &mut Outlet<'_>) {
    let protocol = match sender {
        Side::Client => exchange.request_protocol(),
        Side::Server => exchange.response().headers.text(exchange.response.protocol),
    };
    let is_old = version(protocol).is_some_and(|version| version < (1, 1));
    let (message, mut report) = exchange.part(sender, outlet);
    message.framing = framing(message, sender, is_old, &mut report);
}

fn framing(message: &Message, sender: Side, is_old: bool, report: &mut Report<'_>) -> Framing {
    let names = names_of(sender);
    let length = message.headers.get(Known::ContentLength);
    if let Some(encoding) = message.headers.get(Known::TransferEncoding) {
        let is_chunked = contains_chunked(encoding);
        tell_odd_encoding(encoding, is_chunked, sender, is_old, report);
        if is_chunked {
            if length.is_some() {
                report.anomaly(names.length_and_transfer_encoding);
            }
            return Framing::Chunked(Chunk::Size);
        }
    }
    match length {
        Some(length) => {
            let known = decimal(length);
            if known.is_none() || !trimmed(length).iter().all(u8::is_ascii_digit) {
                report.anomaly(names.invalid_content_length);
            }
            known.map_or(without_length(sender), Framing::Length)
        }
        None => without_length(sender),
    }
}

fn without_length(sender: Side) -> Framing {
    if sender == Side::Client { Framing::None } else { Framing::UntilClose }
}

fn contains_chunked(encoding: &[u8]) -> bool {
    encoding.windows(7).any(|window| window.eq_ignore_ascii_case(b"chunked"))
}

fn tell_odd_encoding(encoding: &[u8], is_chunked: bool, sender: Side, is_old: bool, report: &mut Report<'_>) {
    let is_plain = trimmed(encoding).eq_ignore_ascii_case(b"chunked");
    match sender {
        Side::Client if !is_plain || is_old => report.anomaly("invalid_transfer_encoding_value_in_request"),
        Side::Server if !is_chunked => report.anomaly("invalid_transfer_encoding_value_in_response"),
        Side::Server if !is_plain => report.anomaly("response_abnormal_transfer_encoding"),
        _ => {}
    }
    if sender == Side::Server && is_chunked && is_old {
        report.anomaly("response_chunked_old_proto");
    }
}

/// The body begins: what it is, and the codings that its fields say.
pub(super) fn set_content(
    exchange: &mut Exchange,
    sender: Side,
    content: Content,
    limits: &Limits,
    outlet: &mut Outlet<'_>,
) {
    let (message, mut report) = exchange.part(sender, outlet);
    message.content = content.up_to(limits.body_bytes_max[sender.index()]);
    if let Some(encoding) = message.headers.get(Known::ContentEncoding) {
        message.content.decode(encoding, limits.decompress, DAMAGED_COMPRESSION, &mut report);
    }
}

/// The name that Suricata has for every coding.
const DAMAGED_COMPRESSION: &str = "gzip_decompression_failed";

/// The size of the body, if it is known before it comes.
pub(super) fn announced_bytes(message: &Message) -> Option<u64> {
    match message.framing {
        Framing::Length(bytes) => Some(bytes),
        _ => None,
    }
}

pub(super) fn names_of(sender: Side) -> &'static Names {
    match sender {
        Side::Client => &names::REQUEST,
        Side::Server => &names::RESPONSE,
    }
}
