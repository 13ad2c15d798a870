//! Is it SIP?

use crate::named::look::{begins, begins_any, either, hint, line, proof};
use crate::protocol::{Probe, Transport};

const METHODS: [&[u8]; 14] = [
    b"INVITE ",
    b"ACK ",
    b"BYE ",
    b"CANCEL ",
    b"REGISTER ",
    b"OPTIONS ",
    b"SUBSCRIBE ",
    b"NOTIFY ",
    b"REFER ",
    b"MESSAGE ",
    b"INFO ",
    b"UPDATE ",
    b"PRACK ",
    b"PUBLISH ",
];

/// A status line, or a method, a URI and the version.
pub(super) fn probe(head: &[u8], transport: Transport) -> Probe {
    let request = match begins_any(head, &METHODS) {
        Probe::Yes => match line(head, 1024) {
            Ok(line) => proof(line.ends_with(b" SIP/2.0")),
            Err(other) => other,
        },
        other => other,
    };
    // Two line ends keep the way open (RFC 5626 section 3.5.1).
    let keeps_alive = hint(transport == Transport::Udp && (head == b"\r\n\r\n" || head == b"\0\0\0\0"));
    either(either(begins(head, b"SIP/2.0 "), request), keeps_alive)
}
