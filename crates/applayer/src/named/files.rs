//! Fingerprints of file systems and sources.

use super::look::{ANY, Byte, be32, begins, both, either, has_at, is, proof, shape, weak};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// A DSI header: request, open session or get status, first request.
pub(super) fn afp(head: &[u8], sender: Side, _: Transport) -> Probe {
    let direction = if sender == Side::Client { is(0) } else { is(1) };
    let header = [
        direction,
        (3, 4),
        is(0),
        (0, 1),
        is(0),
        is(0),
        is(0),
        is(0),
        is(0),
        is(0),
        ANY,
        ANY,
        is(0),
        is(0),
        is(0),
        is(0),
    ];
    weak(shape(head, &header))
}

/// Both sides say it.
pub(super) fn ceph(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"ceph v")
}

/// A length of four digits, and a service.
pub(super) fn git(head: &[u8], _: Side, _: Transport) -> Probe {
    let length = shape(head, &[(b'0', b'f'), (b'0', b'f'), (b'0', b'f'), (b'0', b'f')]);
    both(length, either(has_at(head, 4, b"git-upload-"), has_at(head, 4, b"git-receive-pack ")))
}

/// A login request with its keys behind the header of 48 bytes.
pub(super) fn iscsi(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => both(shape(head, &[is(0x43), ANY, is(0), is(0), is(0), is(0)]), has_at(head, 48, b"Initiator")),
        Side::Server => weak(shape(head, &[is(0x23), ANY, is(0), is(0), is(0), is(0)])),
    }
}

/// The server's magic.
pub(super) fn nbd(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Server => begins(head, b"NBDMAGIC"),
        Side::Client => Probe::No,
    }
}

/// A call of any other program.
pub(super) fn rpc(head: &[u8], _: Side, transport: Transport) -> Probe {
    rpc_call(head, transport, |program| program != crate::nfs::PROGRAM && (100_000..0x6000_0000).contains(&program))
}

/// Transaction, call, version 2 of RPC, a program, its version. Of TCP a record's length comes first.
pub(crate) fn rpc_call(head: &[u8], transport: Transport, is_wanted: impl Fn(usize) -> bool) -> Probe {
    const CALL: [Byte; 12] = [ANY, ANY, ANY, ANY, is(0), is(0), is(0), is(0), is(0), is(0), is(0), is(2)];
    let (begin, at) = match transport {
        Transport::Tcp => (shape(head, &[is(0x80), is(0), ANY, ANY]), 4),
        Transport::Udp => (Probe::Yes, 0),
    };
    let call = head.get(at..).map_or(Probe::NeedMore, |call| shape(call, &CALL));
    let program = match (be32(head, at + 12), be32(head, at + 16)) {
        (Some(program), Some(version)) => proof(is_wanted(program) && (1..=8).contains(&version)),
        _ => Probe::NeedMore,
    };
    both(both(begin, call), program)
}

/// Both sides say it.
pub(super) fn rsync(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"@RSYNCD: ")
}
