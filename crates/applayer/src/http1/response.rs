//! What the server sends.

use super::exchange::{Exchange, Outlet};
use super::field::list_has;
use super::framing::Framing;
use super::lines::{Line, Lines, trimmed};
use super::start_line::{StatusLine, is_version, split_status_line};
use super::{Http1, Stage, Step};
use crate::http::Times;
use crate::http::content::Content;
use crate::http::headers::Known;
use crate::http::name;
use crate::protocol::Input;
use crate::sink::{Sink, Stage as Progressed};
use model::packet::Side;

const SERVER: usize = Side::Server as usize;

/// What a response begins with.
const BEGIN: &[u8] = b"HTTP/";

impl Http1 {
    pub(super) fn response_step(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        match self.readers[SERVER].stage {
            Stage::Start => self.status_line(input, sink),
            Stage::Head | Stage::Trailers => self.head_line(input, sink),
            Stage::Body => self.body(input, sink),
            Stage::Undecided => self.undecided_body(input, sink),
            Stage::Seeking => self.seek(input),
            Stage::ShortRequest(_) | Stage::Waiting => Step::Wait,
        }
    }

    fn status_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        self.settle_short_request(input, sink);
        self.readers[SERVER].see(input.now);
        if self.is_short_answer(input.bytes) {
            return self.begin_bare_body(input, sink);
        }
        let (text, length) = match self.readers[SERVER].lines.next(input.bytes, self.limits.line_bytes_max) {
            Line::NeedMore => return Step::NeedMore,
            Line::Rest(length) => return Step::Consumed(length),
            Line::Cut(text) => (text, text.len()),
            Line::Whole { text, length } => (text, length),
        };
        let (first, fields) = split_status_line(text);
        if let Some(line) = StatusLine::read(first) {
            self.begin_response(&line, input, sink);
            self.add_fields(fields, input, sink);
            return Step::Consumed(length);
        }
        if trimmed(text).len() <= 2 {
            self.readers[SERVER].first_byte = None;
            return Step::Consumed(length);
        }
        match input.bytes.get(length) {
            None => Step::NeedMore,
            // Rubbish before a status line: browsers skip it.
            Some(b'H') => Step::Consumed(length),
            Some(_) => self.begin_bare_body(input, sink),
        }
    }

    /// Is it an answer to a request of HTTP/0.9, which has no head?
    fn is_short_answer(&self, bytes: &[u8]) -> bool {
        let length = bytes.len().min(BEGIN.len());
        let exchange = self.exchanges.get(self.answered()).filter(|exchange| exchange.request.is_seen);
        exchange.is_some_and(|exchange| exchange.request_protocol().is_empty()) && bytes[..length] != BEGIN[..length]
    }

    /// What comes is no status line: browsers take it for content.
    fn begin_bare_body(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let place = self.answered();
        let first_byte = self.readers[SERVER].first_byte.unwrap_or(input.now);
        let limits = self.limits;
        let Some(exchange) = self.exchanges.get_mut(place) else {
            sink.anomaly(input.now, "unable_to_match_response_to_request", None);
            self.readers[SERVER].restart(Stage::Seeking);
            return Step::Consumed(0);
        };
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        if !exchange.request_protocol().is_empty() {
            exchange.anomaly("response_invalid_protocol", &mut outlet);
        }
        exchange.messages[SERVER].times.see(first_byte);
        exchange.messages[SERVER].framing = Framing::UntilClose;
        let content = Content::file(name::of_target(exchange.target()), None);
        super::body::set_content(exchange, Side::Server, content, &limits, &mut outlet);
        self.readers[SERVER].restart(Stage::Body);
        Step::Consumed(0)
    }

    pub(super) fn begin_response(&mut self, line: &StatusLine<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        let place = self.answered();
        let first_byte = self.readers[SERVER].first_byte.unwrap_or(input.now);
        let is_matched = place < self.exchanges.len();
        if !is_matched {
            self.new_exchange(first_byte, input, sink).messages[Side::Client.index()].is_over = true;
        }
        let place = self.answered();
        let exchange = &mut self.exchanges[place];
        let message = &mut exchange.messages[SERVER];
        message.times.see(first_byte);
        message.times.see(input.now);
        exchange.response.is_seen = true;
        exchange.response.protocol = message.headers.keep(line.protocol);
        exchange.response.status_text = message.headers.keep(line.status);
        exchange.response.reason = message.headers.keep(line.reason);
        exchange.response.status = line.number();
        let odd = [
            (!is_matched, "unable_to_match_response_to_request"),
            (!is_version(line.protocol), "response_invalid_protocol"),
            (line.number().is_none(), "response_invalid_status"),
        ];
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        for (_, name) in odd.iter().filter(|(is_so, _)| *is_so) {
            exchange.anomaly(name, &mut outlet);
        }
        self.readers[SERVER].restart(Stage::Head);
    }

    /// The head of a response is over.
    pub(super) fn end_response_head(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let place = self.answered();
        let Some(exchange) = self.exchanges.get_mut(place) else { return };
        let status = exchange.response.status.unwrap_or(0);
        let headers = &exchange.response().headers;
        let announces_body = headers.get(Known::ContentLength).is_some_and(|length| trimmed(length) != b"0")
            || headers.get(Known::TransferEncoding).is_some();
        match status {
            101 if !announces_body => return self.switch_protocols(place, input, sink),
            100..=199 if !announces_body => return self.end_interim(place, input, sink),
            200..=299 if exchange.method() == b"CONNECT" => {
                self.end_message(Side::Server, true, input, sink);
                self.hand_over("", b"", input, sink);
                return;
            }
            _ => {}
        }
        self.go_on_with_requests(place, status, input, sink);
        self.begin_response_body(place, announces_body, input, sink);
    }

    fn begin_response_body(&mut self, place: usize, announces_body: bool, input: Input<'_>, sink: &mut dyn Sink) {
        let limits = self.limits;
        let exchange = &mut self.exchanges[place];
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        outlet.sink.progress(input.now, exchange.as_ref(), Side::Server, Progressed::Head);
        let has_no_body = matches!(exchange.response.status, Some(100..=199 | 204 | 304));
        if exchange.method() != b"HEAD" && (announces_body || !has_no_body) {
            super::body::begin(exchange, Side::Server, &mut outlet);
            name_response_content(exchange, &limits, &mut outlet);
        }
        let stage = if has_no_body { Stage::Undecided } else { Stage::Body };
        if self.exchanges[place].response().framing.is_over() {
            self.end_message(Side::Server, true, input, sink);
        } else {
            self.readers[SERVER].restart(stage);
        }
    }

    /// An interim response: the final one follows (RFC 9110, section 15.2).
    fn end_interim(&mut self, place: usize, input: Input<'_>, sink: &mut dyn Sink) {
        let exchange = &mut self.exchanges[place];
        let status = exchange.response.status.take();
        if status == Some(100) && exchange.response.informational_status == Some(100) {
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            exchange.anomaly("100_continue_already_seen", &mut outlet);
        }
        exchange.response.informational_status = status;
        let message = &mut exchange.messages[SERVER];
        message.headers.clear();
        message.times = Times::default();
        let keep = exchange.response.informational_status;
        exchange.response = super::exchange::ResponseHead { informational_status: keep, ..Default::default() };
        self.readers[SERVER].restart(Stage::Start);
    }

    /// 101: what follows is another protocol's.
    fn switch_protocols(&mut self, place: usize, input: Input<'_>, sink: &mut dyn Sink) {
        let exchange = &self.exchanges[place];
        let protocol = upgrade_protocol(exchange.response().headers.get(Known::Upgrade).unwrap_or_default());
        let about = if protocol == "http2" { about_http2(exchange) } else { Vec::new() };
        self.end_message(Side::Server, true, input, sink);
        self.hand_over(protocol, &about, input, sink);
    }

    /// The answer is known: a client that waited for it goes on with HTTP.
    fn go_on_with_requests(&mut self, place: usize, status: u16, input: Input<'_>, sink: &mut dyn Sink) {
        let client = &mut self.readers[Side::Client.index()];
        if client.stage == Stage::Waiting {
            client.stage = Stage::Start;
            self.is_clients_turn = true;
        }
        // A refused `Expect: 100-continue`: the body does not come.
        let message = self.exchanges[place].request();
        let expects =
            message.headers.get(Known::Expect).is_some_and(|value| value.eq_ignore_ascii_case(b"100-continue"));
        let is_body_awaited = client.stage == Stage::Body && message.body_bytes_sent == 0 && !message.is_over;
        if (400..=499).contains(&status) && expects && is_body_awaited {
            self.end_message(Side::Client, true, input, sink);
        }
    }

    /// A status that has no body, and fields that announce one: what comes next decides.
    fn undecided_body(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let length = input.bytes.len().min(BEGIN.len());
        if input.bytes[..length] != BEGIN[..length] {
            let place = self.answered();
            let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
            self.exchanges[place].anomaly("response_body_unexpected", &mut outlet);
            self.readers[SERVER].restart(Stage::Body);
            return Step::Consumed(0);
        }
        if length < BEGIN.len() {
            return Step::NeedMore;
        }
        self.end_message(Side::Server, true, input, sink);
        Step::Consumed(0)
    }

    /// Rubbish at the end of what a server sent.
    pub(super) fn last_status_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        self.readers[SERVER].lines = Lines::default();
        match StatusLine::read(super::lines::without_end(input.bytes)) {
            Some(line) => self.begin_response(&line, input, sink),
            None if self.answered() < self.exchanges.len() => {
                self.begin_bare_body(input, sink);
                self.body(input, sink);
            }
            None => {}
        }
    }
}

/// The protocol that an Upgrade field names; empty where the bytes have to say it.
fn upgrade_protocol(value: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 2] = [(b"h2c", "http2"), (b"websocket", "websocket")];
    KNOWN.iter().find(|(name, _)| list_has(value, name)).map_or("", |(_, protocol)| protocol)
}

fn name_response_content(exchange: &mut Exchange, limits: &super::Limits, outlet: &mut Outlet<'_>) {
    let message = exchange.response();
    let disposition = message.headers.get(Known::ContentDisposition).and_then(name::of_disposition);
    let name = disposition.unwrap_or_else(|| name::of_target(exchange.target()));
    let content = Content::file(name, super::body::announced_bytes(message));
    let content = content.of_range(message.headers.get(Known::ContentRange));
    super::body::set_content(exchange, Side::Server, content, limits, outlet);
}

/// What HTTP/2 has to know of the request that it will answer (RFC 7540, section 3.2): a line of settings, then a line
/// per field.
fn about_http2(exchange: &Exchange) -> Vec<u8> {
    let headers = &exchange.request().headers;
    let mut about = Vec::new();
    let mut line = |name: &[u8], value: &[u8]| {
        about.extend_from_slice(name);
        about.extend_from_slice(b": ");
        about.extend_from_slice(value);
        about.push(b'\n');
    };
    line(b"http2-settings", headers.get(Known::Http2Settings).unwrap_or_default());
    line(b":method", exchange.method());
    line(b":path", exchange.target());
    for (name, value) in headers.iter().filter(|(_, value)| !value.contains(&b'\n')) {
        let is_host = name.eq_ignore_ascii_case(b"host");
        line(if is_host { b":authority" } else { name }, value);
    }
    about
}
