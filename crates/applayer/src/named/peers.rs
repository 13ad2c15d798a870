//! Fingerprints of peer to peer, and of programs with protocols of their own.

use super::look::{ANY, begins, begins_any, both, contains, either, has_at, is, proof, shape};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// The network's magic, and the first command.
pub(super) fn bitcoin(head: &[u8], _: Side, _: Transport) -> Probe {
    const MAGICS: [&[u8]; 3] = [&[0xf9, 0xbe, 0xb4, 0xd9], &[0x0b, 0x11, 0x09, 0x07], &[0xfa, 0xbf, 0xb5, 0xda]];
    both(begins_any(head, &MAGICS), has_at(head, 4, b"version\0"))
}

/// A handshake; of UDP the tracker's magic, or the begin of a connection.
pub(super) fn bittorrent(head: &[u8], _: Side, transport: Transport) -> Probe {
    match transport {
        Transport::Tcp => begins(head, b"\x13BitTorrent protocol"),
        Transport::Udp => {
            either(begins(head, &[0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0]), micro_transport(head))
        }
    }
}

/// SYN of version 1: no delay measured, nothing acknowledged.
fn micro_transport(head: &[u8]) -> Probe {
    let is_length = matches!((head.get(1), head.len()), (Some(0), 20) | (Some(1 | 2), 24..=40));
    let is_first = head.get(8..12) == Some(&[0; 4]) && head.get(18..20) == Some(&[0; 2]);
    both(begins(head, &[0x41]), proof(is_length && is_first))
}

/// JSON with the host's number first.
pub(super) fn dropbox(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"{\"host_int\": ", b"{\"version\": [2, 0]", b"{\"displayname\": \"\""])
}

/// A hello: protocol, length, opcode, the size of the hash.
pub(super) fn edonkey(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => shape(head, &[is(0xe3), ANY, (0, 4), is(0), is(0), is(1), is(0x10)]),
        Side::Server => Probe::No,
    }
}

/// Hash, signature, type, and a list that fills the rest.
pub(super) fn ethereum(head: &[u8], _: Side, _: Transport) -> Probe {
    let Some((signed, data)) = head.split_at_checked(97) else { return Probe::No };
    let Some((&[kind, list], content)) = data.split_first_chunk() else { return Probe::No };
    let length = match (list, content) {
        (0xc0..=0xf7, content) => usize::from(list - 0xc0) == content.len(),
        (0xf8, [length, content @ ..]) => usize::from(*length) == content.len(),
        (0xf9, [high, low, content @ ..]) => usize::from(u16::from_be_bytes([*high, *low])) == content.len(),
        _ => false,
    };
    proof(length && (1..=6).contains(&kind) && signed[96] <= 1)
}

/// The words of its handshake.
pub(super) fn gnutella(head: &[u8], _: Side, transport: Transport) -> Probe {
    match transport {
        Transport::Tcp => begins_any(head, &[b"GNUTELLA CONNECT/0.", b"GNUTELLA/0."]),
        // A header of 23 bytes: id, type, hops, payload's length.
        Transport::Udp => begins(head, b"GND\x02"),
    }
}

/// Magic; of earlier drafts a list of tags, a nonce and padding among them.
pub(super) fn roughtime(head: &[u8], _: Side, _: Transport) -> Probe {
    let list = shape(head, &[(2, 9), is(0), is(0), is(0), ANY, ANY, is(0), is(0)]);
    let has = |tag: &[u8]| contains(&head[..head.len().min(64)], tag);
    let is_list = list == Probe::Yes && (has(b"NONC") && has(b"PAD") || has(b"SREP") && has(b"CERT"));
    proof(is_list || head.starts_with(b"ROUGHTIM"))
}

/// Magic.
pub(super) fn spotify(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"SpotUdp")
}

/// JSON with a miner's method.
pub(super) fn stratum(head: &[u8], sender: Side, _: Transport) -> Probe {
    const BYTES_MAX: usize = 256;
    const METHODS: [&[u8]; 4] =
        [b"\"mining.", b"\"eth_submitLogin\"", b"\"eth_getWork\"", b"\"method\":\"login\",\"params\":{\"login\""];
    if sender == Side::Server {
        return Probe::No;
    }
    let head = &head[..head.len().min(BYTES_MAX)];
    let is_mining = METHODS.iter().any(|method| contains(head, method));
    match begins(head, b"{") {
        Probe::Yes if is_mining => Probe::Yes,
        Probe::Yes if head.len() < BYTES_MAX && !head.contains(&b'\n') => Probe::NeedMore,
        Probe::Yes => Probe::No,
        other => other,
    }
}

/// Magic.
pub(super) fn syncthing(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, &[0x2e, 0xa7, 0xd9, 0x0b])
}

/// `{"` behind the well-known key, with a name that all begin with.
pub(super) fn tplink_shp(head: &[u8], _: Side, transport: Transport) -> Probe {
    const SYSTEM: &[u8] = &[0xd0, 0xf2, 0x81, 0xf8, 0x8b, 0xff, 0x9a, 0xf7];
    match transport {
        Transport::Udp => begins(head, SYSTEM),
        Transport::Tcp => both(begins(head, &[0, 0]), has_at(head, 4, SYSTEM)),
    }
}
