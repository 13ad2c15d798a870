//! What the client sends.

use super::exchange::{Exchange, Outlet};
use super::host::{self, Authority};
use super::lines::{Line, trimmed};
use super::start_line::{RequestLine, version};
use super::{Http1, Stage, Step};
use crate::http::content::Content;
use crate::http::headers::{Headers, Known, Span};
use crate::http::name;
use crate::protocol::Input;
use crate::sink::{Handover, Sink, Stage as Progressed};
use base64::Engine;
use model::packet::Side;

/// So many blanks may follow a request of HTTP/0.9; more, or anything else, and it is a request that forgot its protocol.
const SHORT_REQUEST_BLANKS_MAX: u8 = 16;

/// What clients of HTTP/2 begin with (RFC 9113, section 3.4).
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

impl Http1 {
    pub(super) fn request_step(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        match self.readers[Side::Client.index()].stage {
            Stage::Start => self.request_line(input, sink),
            Stage::ShortRequest(blanks) => self.behind_short_request(blanks, input, sink),
            Stage::Head | Stage::Trailers => self.head_line(input, sink),
            Stage::Body | Stage::Undecided => self.body(input, sink),
            Stage::Waiting => Step::Wait,
            Stage::Seeking => self.seek(input),
        }
    }

    fn request_line(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let reader = &mut self.readers[Side::Client.index()];
        reader.see(input.now);
        match reader.lines.next(input.bytes, self.limits.line_bytes_max) {
            Line::NeedMore => Step::NeedMore,
            Line::Rest(length) => Step::Consumed(length),
            Line::Whole { text, length } if trimmed(text).is_empty() => {
                reader.first_byte = None;
                Step::Consumed(length)
            }
            Line::Whole { text, length } => self.begin_request(text, length, input, sink),
            Line::Cut(text) => {
                let step = self.begin_request(text, text.len(), input, sink);
                self.anomaly_of_last("request_field_too_long", input, sink);
                step
            }
        }
    }

    /// A request line came; `length` bytes of the input are it.
    pub(super) fn begin_request(&mut self, text: &[u8], length: usize, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        let line = RequestLine::read(text);
        let preface = &HTTP2_PREFACE[..HTTP2_PREFACE.len().min(input.bytes.len())];
        if line.method == b"PRI" && input.bytes.starts_with(preface) {
            return match preface.len() == HTTP2_PREFACE.len() {
                true => self.hand_over("http2", b"", input, sink),
                false => Step::NeedMore,
            };
        }
        if !line.is_sound() {
            sink.anomaly(input.now, "request_line_invalid", None);
            self.readers[Side::Client.index()].restart(Stage::Seeking);
            return Step::Consumed(length);
        }
        let first_byte = self.readers[Side::Client.index()].first_byte.unwrap_or(input.now);
        let exchange = self.new_exchange(first_byte, input, sink);
        let message = &mut exchange.messages[Side::Client.index()];
        message.times.see(first_byte);
        message.times.see(input.now);
        let headers = &mut message.headers;
        exchange.request.is_seen = true;
        exchange.request.method = headers.keep(line.method);
        exchange.request.target = headers.keep(line.target);
        exchange.request.protocol = headers.keep(line.protocol);
        self.tell_odd_line(&line, input, sink);
        self.readers[Side::Client.index()].restart(match line.protocol {
            b"" => Stage::ShortRequest(0),
            _ => Stage::Head,
        });
        Step::Consumed(length)
    }

    fn tell_odd_line(&mut self, line: &RequestLine<'_>, input: Input<'_>, sink: &mut dyn Sink) {
        let is_version_odd = !line.protocol.is_empty() && version(line.protocol).is_none();
        let odd = [
            (line.has_leading_blanks, "request_line_leading_whitespace"),
            (line.has_odd_method_end, "method_delim_non_compliant"),
            (line.has_odd_target_end, "uri_delim_non_compliant"),
            (is_version_odd && !line.has_known_method(), "request_line_invalid"),
        ];
        for (_, name) in odd.iter().filter(|(is_so, _)| *is_so) {
            self.anomaly_of_last(name, input, sink);
        }
    }

    /// After a request line without protocol: if the client goes on, it forgot the protocol; if it waits, it means 0.9.
    fn behind_short_request(&mut self, blanks: u8, input: Input<'_>, sink: &mut dyn Sink) -> Step {
        if super::lines::is_blank(input.bytes[0]) && blanks < SHORT_REQUEST_BLANKS_MAX {
            self.readers[Side::Client.index()].stage = Stage::ShortRequest(blanks + 1);
            return Step::Consumed(1);
        }
        self.anomaly_of_last("request_line_missing_protocol", input, sink);
        self.readers[Side::Client.index()].restart(Stage::Head);
        Step::Consumed(0)
    }

    /// The server answers, or it is over: a request without protocol is one of HTTP/0.9.
    pub(super) fn settle_short_request(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        if matches!(self.readers[Side::Client.index()].stage, Stage::ShortRequest(_)) {
            self.end_message(Side::Client, true, input, sink);
        }
    }

    /// The head of a request is over.
    pub(super) fn end_request_head(&mut self, input: Input<'_>, sink: &mut dyn Sink) {
        let limits = self.limits;
        let server_port = self.server_port;
        let Some(exchange) = self.exchanges.back_mut() else { return };
        let mut outlet = Outlet { now: input.now, files: &mut self.files, sink };
        read_host(exchange, server_port, &mut outlet);
        read_authorization(exchange, &mut outlet);
        outlet.sink.progress(input.now, exchange.as_ref(), Side::Client, Progressed::Head);
        let is_connect = exchange.method() == b"CONNECT";
        let asks_upgrade = exchange.request().headers.get(Known::Upgrade).is_some();
        if !is_connect {
            super::body::begin(exchange, Side::Client, &mut outlet);
            name_request_content(exchange, &limits, &mut outlet);
        }
        if !exchange.request().framing.is_over() {
            self.readers[Side::Client.index()].restart(Stage::Body);
            return;
        }
        self.end_message(Side::Client, true, input, sink);
        if is_connect || asks_upgrade {
            self.readers[Side::Client.index()].stage = Stage::Waiting;
        }
    }

    /// Hands the rest of both sides to another protocol.
    pub(super) fn hand_over(&mut self, protocol: &str, about: &[u8], input: Input<'_>, sink: &mut dyn Sink) -> Step {
        self.is_handed_over = true;
        sink.hand_over(input.now, Handover::Upgrade { protocol, about });
        Step::Consumed(0)
    }
}

/// A request's body: a form with files, or a file of the target's name.
fn name_request_content(exchange: &mut Exchange, limits: &super::Limits, outlet: &mut Outlet<'_>) {
    let message = exchange.request();
    if message.framing.is_over() {
        return;
    }
    let content_type = message.headers.get(Known::ContentType).unwrap_or_default();
    let is_form = content_type.get(..19).is_some_and(|media| media.eq_ignore_ascii_case(b"multipart/form-data"));
    let content = match name::parameter(content_type, b"boundary").filter(|_| is_form) {
        Some(boundary) => Content::form(boundary),
        None => Content::file(name::of_target(exchange.target()), super::body::announced_bytes(message)),
    };
    super::body::set_content(exchange, Side::Client, content, limits, outlet);
}

/// Takes the host from the target, or from the Host field, and says where they disagree.
fn read_host(exchange: &mut Exchange, server_port: u16, outlet: &mut Outlet<'_>) {
    let is_connect = exchange.method() == b"CONNECT";
    let target_place = match is_connect {
        true => {
            Some(0..exchange.target().iter().position(|b| matches!(b, b' ' | b'/')).unwrap_or(exchange.target().len()))
        }
        false => host::in_target(exchange.target()),
    };
    let in_target = target_place.map(|place| {
        let mut authority = Authority::read(&exchange.target()[place.clone()]);
        authority.host = place.start + authority.host.start..place.start + authority.host.end;
        authority
    });
    let in_field = exchange.request().headers.get(Known::Host).map(Authority::read);
    let version = version(exchange.request_protocol()).unwrap_or((1, 0));
    for anomaly in host_anomalies(exchange, in_target.as_ref(), in_field.as_ref(), version) {
        exchange.anomaly(anomaly, outlet);
    }
    let field_span = exchange.request().headers.span(Known::Host).unwrap_or_default();
    let chosen = match (in_target, in_field) {
        (Some(authority), _) => Some((exchange.request.target, authority)),
        (None, field) => field.map(|authority| (field_span, authority)),
    };
    if let Some((span, authority)) = chosen {
        let headers = &mut exchange.messages[Side::Client.index()].headers;
        exchange.request.hostname = headers.keep_part_lower_case(span, authority.host);
        exchange.request.port = authority.port;
        if authority.port.is_some_and(|port| port != server_port) && !is_connect {
            exchange.anomaly("request_server_port_tcp_port_mismatch", outlet);
        }
    }
}

fn host_anomalies(
    exchange: &Exchange,
    in_target: Option<&Authority>,
    in_field: Option<&Authority>,
    version: (u8, u8),
) -> impl Iterator<Item = &'static str> + use<> {
    let target_host = in_target.map(|authority| &exchange.target()[authority.host.clone()]);
    let field_text = exchange.request().headers.get(Known::Host).unwrap_or_default();
    let field_host = in_field.map(|authority| &field_text[authority.host.clone()]);
    let is_ambiguous = match (target_host, field_host) {
        (Some(one), Some(other)) => {
            let ports = in_target.and_then(|a| a.port).zip(in_field.and_then(|a| a.port));
            !one.eq_ignore_ascii_case(other) || ports.is_some_and(|(one, other)| one != other)
        }
        _ => false,
    };
    let is_port_invalid = in_target.or(in_field).is_some_and(|authority| authority.is_port_invalid);
    [
        (in_field.is_none() && version >= (1, 1), "missing_host_header"),
        (is_ambiguous, "host_header_ambiguous"),
        (target_host.is_some_and(|host| !host::is_valid(host)), "request_uri_host_invalid"),
        (field_host.is_some_and(|host| !host::is_valid(host)), "request_header_host_invalid"),
        (is_port_invalid, "invalid_authority_port"),
    ]
    .into_iter()
    .filter_map(|(is_so, name)| is_so.then_some(name))
}

/// Keeps the user of basic and digest authentication (RFC 7617, RFC 7616). The password is forgotten at once.
fn read_authorization(exchange: &mut Exchange, outlet: &mut Outlet<'_>) {
    let Some(value) = exchange.request().headers.get(Known::Authorization) else { return };
    let (scheme, _, credentials) = super::lines::split_blank(value);
    let username = if scheme.eq_ignore_ascii_case(b"basic") {
        let decoded = base64::engine::general_purpose::STANDARD.decode(credentials).unwrap_or_default();
        memchr::memchr(b':', &decoded).map(|colon| decoded[..colon].to_vec())
    } else if scheme.eq_ignore_ascii_case(b"digest") {
        digest_username(credentials).map(<[u8]>::to_vec)
    } else {
        if !scheme.eq_ignore_ascii_case(b"bearer") {
            exchange.anomaly("request_auth_unrecognized", outlet);
        }
        None
    };
    exchange.request.username = username.map_or(Span::default(), |name| headers_of(exchange).keep(&name));
}

fn headers_of(exchange: &mut Exchange) -> &mut Headers {
    &mut exchange.messages[Side::Client.index()].headers
}

fn digest_username(credentials: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"username=\"";
    let start = memchr::memmem::find(credentials, NAME)? + NAME.len();
    let length = memchr::memchr(b'"', &credentials[start..])?;
    Some(&credentials[start..start + length])
}
