//! Is it SNMP?

use crate::named::look::{ber, proof};
use crate::protocol::Probe;

/// A sequence: version, and a community with a request, or the header of version 3.
pub(super) fn probe(head: &[u8]) -> Probe {
    proof(is_snmp(head).unwrap_or(false))
}

fn is_snmp(head: &[u8]) -> Result<bool, Probe> {
    let (tag, length, at) = ber(head, 0)?;
    let is_whole = tag == 0x30 && at + length <= head.len();
    let (version_tag, bytes, at) = ber(head, at)?;
    if !is_whole || version_tag != 2 || bytes != 1 {
        return Ok(false);
    }
    let version = *head.get(at).ok_or(Probe::NeedMore)?;
    let (next, length, content) = ber(head, at + 1)?;
    match (version, next) {
        (0 | 1, 4) => Ok(matches!(ber(head, content + length)?.0, 0xa0..=0xa8)),
        (3, 0x30) => Ok(ber(head, content)?.0 == 2),
        _ => Ok(false),
    }
}
