//! Is it IKE?

use crate::named::look::{be32, begins, both, either, proof};
use crate::protocol::Probe;

/// Two indices, a version, an exchange, and the message's length. Behind NAT four zeros stand in front.
pub(super) fn probe(head: &[u8]) -> Probe {
    either(message(head), both(begins(head, &[0; 4]), message(head.get(4..).unwrap_or_default())))
}

fn message(head: &[u8]) -> Probe {
    let Some(length) = be32(head, 24) else { return Probe::No };
    let is_exchange = match head[17] {
        0x10 => matches!(head[18], 1..=6 | 32..=34),
        0x20..=0x2f => matches!(head[18], 34..=44),
        _ => false,
    };
    let is_flags = head[19] & 0xc0 == 0;
    proof(is_exchange && is_flags && head[..8] != [0; 8] && length == head.len())
}
