//! Is it Redis?

use crate::named::look::{begins_any, weak};
use crate::protocol::Probe;
use model::packet::Side;

/// An array of strings; inline commands on the port only.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    if sender == Side::Server {
        return weak(begins_any(head, &[b"+OK\r\n", b"+PONG\r\n", b"-ERR ", b"-NOAUTH ", b"-DENIED "]));
    }
    if head.first().is_some_and(|first| *first != b'*') {
        return weak(begins_any(head, &[b"PING\r\n", b"INFO\r\n", b"AUTH ", b"QUIT\r\n"]));
    }
    let mut at = 1;
    for (begin, digits_max) in [(b'*', 7), (b'$', 9)] {
        if begin == b'$' {
            match head.get(at) {
                Some(b'$') => at += 1,
                Some(_) => return Probe::No,
                None => return Probe::NeedMore,
            }
        }
        let rest = head.get(at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match &rest[digits..] {
            [b'\r', b'\n', ..] if (1..=digits_max).contains(&digits) => at += digits + 2,
            [] | [b'\r'] if digits <= digits_max => return Probe::NeedMore,
            _ => return Probe::No,
        }
    }
    Probe::Yes
}
