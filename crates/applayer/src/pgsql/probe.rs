//! Is it PostgreSQL?

use crate::protocol::Probe;
use model::packet::Side;

/// What a client may begin with: SSLRequest, GSSENCRequest, CancelRequest.
const REQUESTS: [&[u8]; 3] =
    [b"\0\0\0\x08\x04\xd2\x16\x2f", b"\0\0\0\x08\x04\xd2\x16\x30", b"\0\0\0\x10\x04\xd2\x16\x2e"];

pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    match sender {
        Side::Client => client(head),
        Side::Server => server(head),
    }
}

/// What answers a client that is known.
pub(super) fn fits(head: &[u8], sender: Side) -> Probe {
    match (sender, head) {
        // One byte answers SSLRequest.
        (Side::Server, [b'S' | b'N' | b'G', ..]) => Probe::Maybe,
        _ => probe(head, sender),
    }
}

fn client(head: &[u8]) -> Probe {
    let begins = |request: &&[u8]| {
        let length = head.len().min(request.len());
        head[..length] == request[..length]
    };
    match REQUESTS.iter().find(|request| begins(request)) {
        Some(request) if head.len() >= request.len() => Probe::Yes,
        Some(_) => Probe::NeedMore,
        None => match head {
            // A request that is nothing but its code, of which none is known.
            [0, 0, 0, 8, _, _, _, _] => Probe::Maybe,
            _ => startup(head),
        },
    }
}

/// A length below 10,000, version 3, and the name of a parameter.
fn startup(head: &[u8]) -> Probe {
    let is = |place: usize, from: u8, to: u8| head.get(place).is_none_or(|byte| (from..=to).contains(byte));
    let fits = is(0, 0, 0) && is(1, 0, 0) && is(2, 0, 0x27) && is(4, 0, 0) && is(5, 3, 3) && is(6, 0, 0) && is(7, 0, 2);
    match fits && is(8, b'_', b'z') && is(9, b'_', b'z') {
        true if head.len() >= 10 => Probe::Yes,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}

/// A request for authentication, or an error.
fn server(head: &[u8]) -> Probe {
    let is = |place: usize, from: u8, to: u8| head.get(place).is_none_or(|byte| (from..=to).contains(byte));
    let is_short = is(1, 0, 0) && is(2, 0, 0);
    let is_authentication = is(0, b'R', b'R') && is(3, 0, 0) && is(4, 8, 64);
    let is_kind = is(5, 0, 0) && is(6, 0, 0) && is(7, 0, 0) && is(8, 0, 12);
    let is_error = is(0, b'E', b'E') && is(5, b'S', b'S');
    match is_short && (is_authentication && is_kind || is_error) {
        true if head.len() >= 9 => Probe::Maybe,
        true => Probe::NeedMore,
        false => Probe::No,
    }
}
