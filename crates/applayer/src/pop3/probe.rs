//! Is it POP3?

use crate::named::look::{begins, begins_any, contains, line, weak};
use crate::protocol::Probe;
use model::packet::Side;

/// A line that is longer is none.
const LINE_BYTES_MAX: usize = 1024;

/// The server's greeting; what a client asks that no other protocol has.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    if sender == Side::Client {
        return match begins_any(head, &[b"CAPA\r\n", b"APOP ", b"STLS\r\n", b"AUTH\r\n", b"USER "]) {
            Probe::Yes if head.starts_with(b"USER ") || head.starts_with(b"AUTH") => Probe::Maybe,
            other => other,
        };
    }
    match (begins(head, b"+OK "), line(head, LINE_BYTES_MAX)) {
        (Probe::Yes, Ok(line)) => {
            let says_so =
                contains(line, b"POP") || contains(line, b"<") && contains(line, b"@") && contains(line, b">");
            if says_so { Probe::Yes } else { Probe::Maybe }
        }
        (Probe::Yes, Err(other)) => other,
        (Probe::No, _) => weak(begins(head, b"+OK\r\n")),
        (other, _) => other,
    }
}

/// Commands are too many, and made up too freely, to be held against a flow; responses are two.
pub(super) fn fits(head: &[u8], sender: Side) -> Probe {
    match sender {
        Side::Client => Probe::Maybe,
        Side::Server => begins_any(head, &[b"+OK", b"-ERR"]),
    }
}
