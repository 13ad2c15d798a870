//! The first look at a flow.

use super::transaction::message;
use crate::protocol::Probe;
use model::packet::Side;

/// A record that holds the right hello is proof; other records only look like TLS. A server may speak first where the
/// capture has lost the client's side.
pub(crate) fn probe(head: &[u8], sender: Side) -> Probe {
    match *head {
        [] => Probe::NeedMore,
        [HANDSHAKE, ref rest @ ..] => handshake(rest, sender),
        [CHANGE_CIPHER_SPEC..=HEARTBEAT, ref rest @ ..] => record(rest),
        [high, ref rest @ ..] if high & 0x80 != 0 => ssl2(usize::from(high & 0x7f), rest, sender),
        _ => Probe::No,
    }
}

/// Version, length, type of the message, and its length.
fn handshake(rest: &[u8], sender: Side) -> Probe {
    let hello = if sender == Side::Client { message::CLIENT_HELLO } else { message::SERVER_HELLO };
    match *rest {
        [3, 0..=4, high, low, kind, ..] => {
            let is_long_enough = u16::from_be_bytes([high, low]) >= MESSAGE_HEADER_BYTES && high <= 0x48;
            match is_long_enough {
                true if kind == hello => Probe::Yes,
                true if message::is_known(kind) => Probe::Maybe,
                _ => Probe::No,
            }
        }
        [] | [3] | [3, 0..=4] | [3, 0..=4, _] | [3, 0..=4, _, _] => Probe::NeedMore,
        _ => Probe::No,
    }
}

fn record(rest: &[u8]) -> Probe {
    match *rest {
        [3, 0..=4, high, low, ..] if high <= 0x48 && (high, low) != (0, 0) => Probe::Maybe,
        [] | [3] | [3, 0..=4] | [3, 0..=4, _] => Probe::NeedMore,
        _ => Probe::No,
    }
}

/// A hello in SSL 2.0's form: length, type, version, and for the client three lengths that fill the message.
fn ssl2(length_high: usize, rest: &[u8], sender: Side) -> Probe {
    let &[length_low, kind, ref rest @ ..] = rest else { return Probe::NeedMore };
    let length = length_high << 8 | usize::from(length_low);
    match (sender, kind) {
        (Side::Client, super::ssl2::CLIENT_HELLO) => match *rest {
            [0, 2, a, b, c, d, e, f, ..] | [3, 0..=3, a, b, c, d, e, f, ..] => {
                let lengths = [[a, b], [c, d], [e, f]].map(|pair| usize::from(u16::from_be_bytes(pair)));
                let fits = lengths.iter().sum::<usize>() + 9 == length && lengths[0].is_multiple_of(3);
                if fits { Probe::Yes } else { Probe::No }
            }
            [first, ..] if !matches!(first, 0 | 3) => Probe::No,
            _ if rest.len() < 8 => Probe::NeedMore,
            _ => Probe::No,
        },
        (Side::Server, super::ssl2::SERVER_HELLO) => match *rest {
            [0 | 1, 0 | 1, 0, 2, ..] => Probe::Maybe,
            _ if rest.len() < 4 => Probe::NeedMore,
            _ => Probe::No,
        },
        _ => Probe::No,
    }
}

const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const HEARTBEAT: u8 = 24;
const MESSAGE_HEADER_BYTES: u16 = 4;
