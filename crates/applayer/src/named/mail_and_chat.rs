//! Fingerprints of mail, news and chat.

use super::look::{
    ANY, begins, begins_any, begins_word, both, contains, either, hint, is, is_text, line, proof, shape,
};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Lines that are longer are none of these protocols.
const LINE_BYTES_MAX: usize = 1024;

/// Who somebody is, in lines that only this protocol has.
pub(super) fn irc(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return match line(head, LINE_BYTES_MAX) {
            Ok(line) => proof(is_irc_greeting(line)),
            Err(other) => other,
        };
    }
    match begins_any(head, &[b"CAP LS", b"CAP REQ", b"NICK ", b"USER ", b"PASS "]) {
        Probe::Yes if head.starts_with(b"CAP ") => Probe::Yes,
        Probe::Yes => match line(head, LINE_BYTES_MAX) {
            // FTP has these words too, but no such arguments.
            Ok(line) if line.starts_with(b"USER ") => proof(line.split(|byte| *byte == b' ').count() >= 5),
            Ok(line) if line.starts_with(b"NICK ") => proof(line.len() > 5),
            Ok(_) => Probe::Maybe,
            Err(other) => other,
        },
        other => other,
    }
}

/// `:irc.example NOTICE * :*** Looking up your hostname`, `:irc.example 001 me :Welcome`.
fn is_irc_greeting(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    let first = words.next().unwrap_or_default();
    let word = if first.starts_with(b":") { words.next().unwrap_or_default() } else { first };
    let is_notice = word == b"NOTICE" && contains(line, b" :");
    is_notice || first.starts_with(b":") && matches!(word, b"001" | b"020" | b"PING" | b"CAP" | b"433")
}

/// A reader's first command; the server's greeting says what it is.
pub(super) fn nntp(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Client {
        return begins_word(head, b"MODE READER\r\n");
    }
    let greeting = begins_any(head, &[b"200 ", b"201 "]);
    match (greeting, line(head, LINE_BYTES_MAX)) {
        (Probe::Yes, Ok(line)) => {
            let line = line.to_ascii_lowercase();
            let says_so = [&b"nntp"[..], b"news server", b"posting", b"inn "].iter().any(|word| contains(&line, word));
            if says_so { Probe::Yes } else { Probe::Maybe }
        }
        (Probe::Yes, Err(other)) => other,
        (other, _) => other,
    }
}

/// A frame that signs on, with its version.
pub(super) fn oscar(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(b'*'), is(1), ANY, ANY, is(0), ANY, is(0), is(0), is(0), is(1)])
}

/// One line with a name.
pub(super) fn whois(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return Probe::No;
    }
    match line(head, 256) {
        Ok(line) => hint(!line.is_empty() && is_text(line)),
        Err(other) => other,
    }
}

/// A stream's begin, with or without XML's declaration.
pub(super) fn xmpp(head: &[u8], _: Side, _: Transport) -> Probe {
    const STREAM: &[u8] = b"<stream:stream";
    const BYTES_MAX: usize = 512;
    let begin = either(begins(head, b"<?xml"), begins(head, STREAM));
    let head = &head[..head.len().min(BYTES_MAX)];
    match begin {
        Probe::Yes if contains(head, STREAM) => Probe::Yes,
        Probe::Yes if head.len() < BYTES_MAX && is_text(head) => Probe::NeedMore,
        Probe::Yes => Probe::No,
        other => other,
    }
}

/// Magic and version.
pub(super) fn ymsg(head: &[u8], _: Side, _: Transport) -> Probe {
    both(begins(head, b"YMSG"), shape(head, &[ANY, ANY, ANY, ANY, is(0), (9, 0x20)]))
}
