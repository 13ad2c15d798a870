//! Is it Kerberos?

use crate::named::look::{ber, both, is, proof, shape};
use crate::protocol::{Probe, Transport};

/// A message of the application's own tags, and version 5 in it.
pub(super) fn probe(head: &[u8], transport: Transport) -> Probe {
    let at = if transport == Transport::Tcp { 4 } else { 0 };
    match message(head, at) {
        Ok(()) => both(proof(at == 0 || head[..2] == [0, 0]), Probe::Yes),
        Err(other) => other,
    }
}

fn message(head: &[u8], at: usize) -> Result<(), Probe> {
    let (tag, _, content) = ber(head, at)?;
    if !matches!(tag, 0x6a..=0x6f | 0x74..=0x76 | 0x7e) {
        return Err(Probe::No);
    }
    let (sequence, _, field) = ber(head, content)?;
    // Its version, in field 0 of replies and 1 of requests.
    match (sequence, shape(head.get(field..).unwrap_or_default(), &[(0xa0, 0xa1), is(3), is(2), is(1), is(5)])) {
        (0x30, Probe::Yes) => Ok(()),
        (0x30, other) => Err(other),
        _ => Err(Probe::No),
    }
}
