//! Is it LDAP?

use crate::named::look::{ANY, ber, hint, is, shape};
use crate::protocol::Probe;
use model::packet::Side;

/// A sequence: the message's number, an operation.
pub(super) fn probe(head: &[u8], sender: Side) -> Probe {
    message(head, sender).unwrap_or_else(|other| other)
}

fn message(head: &[u8], sender: Side) -> Result<Probe, Probe> {
    let (tag, length, at) = ber(head, 0)?;
    if tag != 0x30 || length < 5 {
        return Err(Probe::No);
    }
    let (tag, number_bytes, at) = ber(head, at)?;
    if tag != 2 || !(1..=4).contains(&number_bytes) {
        return Err(Probe::No);
    }
    let (operation, length, content) = ber(head, at + number_bytes)?;
    let begin = head.get(content..).unwrap_or_default();
    let requests = sender == Side::Client;
    Ok(match operation {
        // A bind has a version, a search a base.
        0x60 if requests => shape(begin, &[is(2), is(1), (2, 3), is(4)]),
        0x63 if requests => shape(begin, &[is(4)]),
        0x77 if requests => shape(begin, &[is(0x80), ANY, (b'0', b'2'), is(b'.')]),
        0x42 | 0x50 if requests => hint(length <= 4),
        0x66 | 0x68 | 0x6c | 0x6e if requests => shape(begin, &[is(4)]),
        0x61 | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x78 if !requests => {
            shape(begin, &[is(10), is(1), (0, 0x7b), is(4)])
        }
        0x64 if !requests => shape(begin, &[is(4)]),
        _ => Probe::No,
    })
}
