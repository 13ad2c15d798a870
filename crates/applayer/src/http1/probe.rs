//! Is it HTTP/1?

use super::lines::is_blank;
use super::start_line::METHODS;
use crate::protocol::Probe;
use model::packet::Side;

/// A target that is longer before its protocol comes is not waited for.
const LINE_BYTES_MAX: usize = 4 << 10;

/// Methods that other protocols have too (SIP, RTSP, ICAP): the protocol behind the target decides.
const SHARED: [&[u8]; 4] = [b"OPTIONS", b"SUBSCRIBE", b"NOTIFY", b"REPORT"];

pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    let start = head.iter().position(|byte| !is_blank(*byte)).unwrap_or(head.len());
    let text = &head[start.min(16)..];
    match sender {
        Side::Client => request(text),
        Side::Server => response(text),
    }
}

fn response(text: &[u8]) -> Probe {
    const BEGIN: &[u8] = b"HTTP/";
    let length = text.len().min(BEGIN.len());
    if !text[..length].eq_ignore_ascii_case(&BEGIN[..length]) {
        return Probe::No;
    }
    match text.get(BEGIN.len()) {
        None => Probe::NeedMore,
        Some(b'0' | b'1') => Probe::Yes,
        Some(_) => Probe::Maybe,
    }
}

fn request(text: &[u8]) -> Probe {
    let Some(end) = text.iter().take(32).position(|byte| is_blank(*byte)) else {
        let can_become = METHODS.iter().any(|method| method.starts_with(text));
        return if can_become { Probe::NeedMore } else { Probe::No };
    };
    let method = &text[..end];
    if !METHODS.contains(&method) {
        return unknown_method(text);
    }
    if method == b"PRI" {
        return Probe::No;
    }
    if SHARED.contains(&method) { by_protocol(text) } else { by_target(&text[end..]) }
}

/// A method that only HTTP has, and a target.
fn by_target(rest: &[u8]) -> Probe {
    let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
    match rest.get(blanks) {
        None => Probe::NeedMore,
        Some(first) if first.is_ascii_graphic() => Probe::Yes,
        Some(_) => Probe::Maybe,
    }
}

/// `HTTP/` at the end of the line proves it, another protocol there (SIP/2.0, RTSP/1.0, ICAP/1.0) excludes it.
fn by_protocol(text: &[u8]) -> Probe {
    let Some(end) = memchr::memchr(b'\n', text) else {
        return if text.len() < LINE_BYTES_MAX { Probe::NeedMore } else { Probe::No };
    };
    let line = text[..end].trim_ascii_end();
    let last = line.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let is_http = last.get(..5).is_some_and(|begin| begin.eq_ignore_ascii_case(b"HTTP/"));
    if is_http { Probe::Yes } else { Probe::No }
}

/// A word that is no method, but a line that ends as a request does.
fn unknown_method(text: &[u8]) -> Probe {
    let end = text.iter().position(|byte| is_blank(*byte)).unwrap_or(text.len());
    let is_word = end > 0 && text[..end].iter().all(u8::is_ascii_uppercase);
    if is_word { by_protocol(text) } else { Probe::No }
}
