//! Fingerprints of naming, addressing, routing and directories.

use super::look::{ANY, be16, begins, begins_any, both, contains, either, hint, is, proof, shape, weak};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Version 1, and its own length.
pub(super) fn bfd(head: &[u8], _: Side, _: Transport) -> Probe {
    both(
        shape(head, &[(0x20, 0x3f), ANY, (1, 255), (24, 64)]),
        hint(head.get(3).map(|length| usize::from(*length)) == Some(head.len())),
    )
}

/// The marker, a length, a type.
pub(super) fn bgp(head: &[u8], _: Side, _: Transport) -> Probe {
    let header = [&[is(0xff); 16][..], &[(0, 0x10), ANY, (1, 5)]].concat();
    both(shape(head, &header), proof(be16(head, 16).is_none_or(|length| (19..=4096).contains(&length))))
}

/// Version 0: a preamble, a header's length, a radio.
pub(super) fn capwap(head: &[u8], _: Side, _: Transport) -> Probe {
    // The preamble in front of DTLS is one of the type, and the record behind it.
    let control = shape(head, &[is(0), (0x08, 0x28), ANY, ANY, ANY, ANY, is(0), ANY]);
    weak(either(control, shape(head, &[is(1), is(0), is(0), is(0), (20, 25), is(0xfe)])))
}

/// A type, and options that fill the message.
pub(super) fn dhcpv6(head: &[u8], _: Side, _: Transport) -> Probe {
    let mut at = match head {
        [1..=11 | 14 | 15, _, _, _, ..] => 4,
        [12 | 13, 0..=32, ..] if head.len() >= 34 => 34,
        _ => return Probe::No,
    };
    while let (Some(kind), Some(length)) = (be16(head, at), be16(head, at + 2)) {
        if kind == 0 || kind > 200 {
            return Probe::No;
        }
        at += 4 + length;
    }
    hint(at == head.len())
}

/// Version 1, flags, and the exchange of capabilities; other commands on the port only.
pub(super) fn diameter(head: &[u8], sender: Side, _: Transport) -> Probe {
    let flags = if sender == Side::Client { (0x80, 0xf0) } else { (0, 0x70) };
    let header = [is(1), is(0), ANY, ANY, flags, is(0), is(1), (1, 0x3f), is(0)];
    match shape(head, &header) {
        Probe::Yes if head[7] == 1 => proof(head[3].is_multiple_of(4)),
        other => weak(other),
    }
}

/// Magic.
pub(super) fn dlep(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"DLEP")
}

/// Version 0: operation, state, timers; version 2: a group's state in type, length, value.
pub(super) fn hsrp(head: &[u8], _: Side, _: Transport) -> Probe {
    let old = shape(head, &[is(0), (0, 3), (0, 16), ANY, ANY, ANY, ANY, is(0)]);
    weak(either(old, shape(head, &[is(1), is(40), is(2), (0, 3)])))
}

/// Version 1, the length of the rest, the router, a message of discovery or initialization.
pub(super) fn ldp(head: &[u8], _: Side, transport: Transport) -> Probe {
    let header = [is(0), is(1), ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, (1, 4), (0, 4), ANY, ANY];
    let fits = transport == Transport::Tcp || be16(head, 2).is_some_and(|length| length + 4 == head.len());
    both(shape(head, &header), proof(fits))
}

/// An operation of version 0, or of version 2.
pub(super) fn nat_pmp(head: &[u8], _: Side, _: Transport) -> Probe {
    let is_old = matches!(head, [0, 0] | [0, 1 | 2, 0, 0, ..]) && matches!(head.len(), 2 | 12);
    let is_answer = matches!(head, [0, 0x80..=0x82, 0, 0..=5, ..]) && matches!(head.len(), 8 | 12 | 16);
    let is_new = matches!(head, [2, 0..=3 | 0x80..=0x83, ..]) && head.len() >= 24 && head.len().is_multiple_of(4);
    hint(is_old || is_answer || is_new)
}

/// Type, flags, an address, and the port 138 in it.
pub(super) fn nbdgm(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[(0x10, 0x16), (0, 0x0f), ANY, ANY, ANY, ANY, ANY, ANY, is(0), is(138)])
}

/// A name of 32 letters from A to P in a message of DNS, and a type of its own.
pub(super) fn nbns(head: &[u8], _: Side, _: Transport) -> Probe {
    let Some(name) = head.get(13..45) else { return Probe::No };
    let is_name = head[12] == 32 && name.iter().all(|letter| (b'A'..=b'P').contains(letter));
    let is_one = matches!(head[4..8], [0, 1, 0, 0] | [0, 0, 0, 1]);
    proof(is_name && is_one)
}

/// A type, version 2, and the message's length.
pub(super) fn ptp(head: &[u8], _: Side, _: Transport) -> Probe {
    let header = shape(head, &[ANY, (1, 0x22), ANY, ANY, ANY, is(0)]);
    let is_version = head.get(1).is_some_and(|version| version & 0x0f == 2);
    let fits = be16(head, 2).is_some_and(|length| (34..=head.len()).contains(&length) && length + 4 >= head.len());
    both(header, hint(is_version && fits))
}

/// A code, the datagram's length, and attributes that fill it.
pub(super) fn radius(head: &[u8], _: Side, _: Transport) -> Probe {
    let is_code = matches!(head.first(), Some(1..=5 | 11 | 12 | 13 | 40..=45));
    let Some(length) = be16(head, 2).filter(|length| is_code && (20..=head.len()).contains(length)) else {
        return Probe::No;
    };
    let mut rest = &head[20..length];
    while let [kind, bytes, ..] = rest {
        let Some(behind) = rest.get(usize::from(*bytes)..).filter(|_| *kind > 0 && *bytes >= 2) else {
            return Probe::No;
        };
        rest = behind;
    }
    // Without attributes the length is all there is.
    if length > 20 { proof(rest.is_empty() && length == head.len()) } else { hint(length == head.len()) }
}

/// A command, a version, and entries of 20 bytes.
pub(super) fn rip(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[(1, 2), (1, 2), is(0), is(0)]);
    both(begin, hint(head.len() > 4 && (head.len() - 4).is_multiple_of(20)))
}

/// Version 2 or 1: function, the message's length, a language.
pub(super) fn slp(head: &[u8], _: Side, transport: Transport) -> Probe {
    let second = [
        is(2),
        (1, 11),
        is(0),
        ANY,
        ANY,
        ANY,
        is(0),
        ANY,
        ANY,
        ANY,
        ANY,
        ANY,
        is(0),
        (2, 8),
        (b'a', b'z'),
        (b'a', b'z'),
    ];
    let first = [is(1), (1, 10), ANY, ANY, ANY, is(0), (b'a', b'z'), (b'a', b'z'), is(0)];
    let fits = |at: usize| transport == Transport::Tcp || be16(head, at).is_some_and(|length| length <= head.len());
    either(both(shape(head, &second), proof(fits(3))), both(shape(head, &first), proof(fits(2))))
}

/// HTTP in datagrams, with methods of its own.
pub(super) fn ssdp(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"M-SEARCH * HTTP/1.", b"NOTIFY * HTTP/1.", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n"])
}

/// Version 12, a type, the first of its session.
pub(super) fn tacacs(head: &[u8], sender: Side, _: Transport) -> Probe {
    let sequence = if sender == Side::Client { 1 } else { 2 };
    shape(head, &[(0xc0, 0xc1), (1, 3), is(sequence), (0, 5), ANY, ANY, ANY, ANY, is(0), is(0), ANY, ANY])
}

/// SOAP with the discovery's own namespace.
pub(super) fn ws_discovery(head: &[u8], _: Side, _: Transport) -> Probe {
    let has = |namespace: &[u8]| contains(head, namespace);
    proof(head.starts_with(b"<") && (has(b"/ws/2005/04/discovery") || has(b"/ws-dd/ns/discovery/")))
}
