//! Fingerprints of remote control.

use super::look::{ANY, be16, begins, begins_any, both, either, hint, is, shape, weak};
use crate::protocol::{Probe, Transport};
use crate::rdp::x224_connection;
use model::packet::Side;

/// CNXN and the version.
pub(super) fn adb(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"CNXN\0\0\0\x01", b"CNXN\x01\0\0\x01"])
}

/// The server's string, or the gateway's.
pub(super) fn ica(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"\x7f\x7fICA\0", b"\x1aCGP/01"])
}

/// The client's first packet.
pub(super) fn radmin(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => begins(head, &[1, 0, 0, 0, 1, 0, 0, 0, 8, 8]),
        Side::Server => Probe::No,
    }
}

/// Magic and version 2.
pub(super) fn spice(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"REDQ\x02\0\0\0")
}

/// Magic: of the first protocol, or of the second.
pub(super) fn teamviewer(head: &[u8], _: Side, _: Transport) -> Probe {
    weak(either(shape(head, &[is(0x17), is(0x24), ANY]), shape(head, &[is(0), is(0x17), is(0x24), ANY])))
}

/// Byte order, version 11.
pub(super) fn x11(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return weak(shape(head, &[(0, 2), ANY, (0, 11), (0, 11), is(0), is(0)]));
    }
    let little = shape(head, &[is(b'l'), ANY, is(11), is(0), is(0), is(0), (0, 64), is(0), (0, 64), is(0), ANY, ANY]);
    let big = shape(head, &[is(b'B'), ANY, is(0), is(11), is(0), is(0), is(0), (0, 64), is(0), (0, 64), ANY, ANY]);
    either(little, big)
}

/// Version 1, an operation, and the length of the rest.
pub(super) fn xdmcp(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[is(0), is(1), is(0), (1, 15), ANY, ANY]);
    both(begin, hint(be16(head, 4).is_some_and(|length| length + 6 == head.len())))
}

/// The first bytes of ISO transport (RFC 1006), for those above it: the connection, and what its first data begins with.
pub(super) fn behind_iso_transport(head: &[u8], sender: Side) -> Result<&[u8], Probe> {
    let kind = if sender == Side::Client { 0xe0 } else { 0xd0 };
    let parameters = x224_connection(head, kind)?;
    // Parameters of the transport itself: the size of its units, or an end's selector.
    if !matches!(parameters, [0xc0..=0xc2, ..]) {
        return Err(Probe::No);
    }
    let behind = &head[11 + parameters.len()..];
    let data = shape(behind, &[is(3), is(0), ANY, ANY, is(2), is(0xf0), is(0x80), ANY]);
    match data {
        Probe::Yes => Ok(&behind[7..]),
        other => Err(other),
    }
}
