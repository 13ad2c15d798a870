//! Fingerprints of voice and pictures.

use super::look::{
    ANY, be16, begins, begins_any, both, contains, either, has_at, hint, is, le32, line, proof, shape, weak,
};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Q.931 in TPKT: a call reference of two bytes, SETUP.
pub(super) fn h323(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(3), is(0), ANY, ANY, is(8), is(2), ANY, ANY, (1, 0x7d)])
}

/// A full frame that begins a call: numbers, no sequence yet, type 6.
pub(super) fn iax2(head: &[u8], _: Side, _: Transport) -> Probe {
    let full = shape(head, &[(0x80, 0xff), ANY, (0, 0x7f), ANY, ANY, ANY, ANY, ANY, ANY, ANY, is(6), (1, 0x28)]);
    weak(full)
}

const MGCP_VERBS: [&[u8]; 9] =
    [b"AUEP ", b"AUCX ", b"CRCX ", b"DLCX ", b"EPCF ", b"MDCX ", b"NTFY ", b"RQNT ", b"RSIP "];

/// A verb, and the version in the first line.
pub(super) fn mgcp(head: &[u8], _: Side, _: Transport) -> Probe {
    let first = |head: &[u8]| contains(head.split(|byte| *byte == b'\n').next().unwrap_or_default(), b" MGCP ");
    proof(MGCP_VERBS.iter().any(|verb| head.starts_with(verb)) && first(head))
}

/// The version, long or short.
pub(super) fn megaco(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"MEGACO/", b"!/1 [", b"!/2 [", b"!/3 ["])
}

/// Reports one behind the other to the end of the datagram (RFC 3550 section 6.1).
pub(super) fn rtcp(head: &[u8], _: Side, _: Transport) -> Probe {
    let Some([first, kind, ..]) = head.get(..8) else { return Probe::No };
    if first & 0xc0 != 0x80 || !matches!(kind, 200..=207) {
        return Probe::No;
    }
    let mut at = 0;
    while let Some(length) = be16(head, at + 2) {
        if head[at] & 0xc0 != 0x80 || !matches!(head[at + 1], 192..=213) {
            break;
        }
        at += (length + 1) * 4;
    }
    // Encrypted ones have an index and a tag behind (RFC 3711 section 3.4).
    let is_whole = at == head.len() || at < head.len() && at + 14 >= head.len() && matches!(kind, 200 | 201);
    proof(is_whole)
}

/// A handshake of version 3 whose second number is zero.
pub(super) fn rtmp(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => weak(shape(head, &[is(3), ANY, ANY, ANY, ANY, is(0), is(0), is(0), is(0)])),
        Side::Server => weak(shape(head, &[is(3), ANY, ANY, ANY, ANY])),
    }
}

/// Version 2 and a payload type whose packets have one of few lengths (RFC 3551 section 4.5). Types that are agreed on
/// elsewhere say nothing.
pub(super) fn rtp(head: &[u8], _: Side, _: Transport) -> Probe {
    let [0x80, kind, ..] = head else { return Probe::No };
    let Some(payload) = head.len().checked_sub(12).filter(|payload| *payload > 0) else { return Probe::No };
    let fits = match kind & 0x7f {
        // G.711: 8 bytes a millisecond.
        0 | 8 => matches!(payload, 80 | 160 | 240 | 320),
        // GSM.
        3 => matches!(payload, 33 | 66 | 99),
        // G.723.1.
        4 => matches!(payload, 20 | 24 | 48),
        // G.722.
        9 => matches!(payload, 80 | 160 | 320),
        // G.729.
        18 => matches!(payload, 10 | 20 | 30 | 40 | 60),
        _ => false,
    };
    proof(fits && head[8..12] != [0; 4])
}

const RTSP_METHODS: [&[u8]; 10] = [
    b"OPTIONS rtsp",
    b"DESCRIBE rtsp",
    b"ANNOUNCE rtsp",
    b"SETUP rtsp",
    b"PLAY rtsp",
    b"PAUSE rtsp",
    b"TEARDOWN rtsp",
    b"GET_PARAMETER rtsp",
    b"SET_PARAMETER rtsp",
    b"RECORD rtsp",
];

/// A method and a URL, or `*`; the version.
pub(super) fn rtsp(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return begins(head, b"RTSP/");
    }
    let any = match begins(head, b"OPTIONS *") {
        Probe::Yes => line(head, 64).map_or_else(|other| other, |line| proof(contains(line, b" RTSP/"))),
        other => other,
    };
    either(begins_any(head, &RTSP_METHODS), any)
}

/// Length, version, and a registration with the telephone's name.
pub(super) fn skinny(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return Probe::No;
    }
    let register = [
        ANY,
        (0, 1),
        is(0),
        is(0),
        (0, 22),
        is(0),
        is(0),
        is(0),
        is(1),
        is(0),
        is(0),
        is(0),
        (b'A', b'Z'),
        (b'A', b'Z'),
        (b'A', b'Z'),
    ];
    let others = shape(head, &[(4, 255), is(0), is(0), is(0), (0, 22), is(0), is(0), is(0), ANY, (0, 1), is(0), is(0)]);
    either(shape(head, &register), weak(both(others, proof(le32(head, 0).is_some_and(|length| length >= 4)))))
}

/// The cookie, or attributes that fill the message (RFC 3489 had no cookie).
pub(super) fn stun(head: &[u8], _: Side, transport: Transport) -> Probe {
    let begin = shape(head, &[(0, 0x3f), ANY, ANY, ANY]);
    let is_aligned = be16(head, 2).is_none_or(|length| length.is_multiple_of(4));
    let cookie = both(both(begin, proof(is_aligned)), has_at(head, 4, &[0x21, 0x12, 0xa4, 0x42]));
    // Of TCP a length may come first (RFC 4571).
    let framed =
        both(shape(head, &[is(0), (20, 255), (0, 0x3f), ANY, ANY, ANY]), has_at(head, 6, &[0x21, 0x12, 0xa4, 0x42]));
    match (transport, cookie) {
        (Transport::Tcp, cookie) => either(cookie, framed),
        (Transport::Udp, Probe::Yes) => proof(be16(head, 2).is_some_and(|length| length + 20 <= head.len())),
        (Transport::Udp, Probe::No) => classic_stun(head),
        (_, other) => other,
    }
}

fn classic_stun(head: &[u8]) -> Probe {
    let is_kind = matches!(head, [0, 1 | 2, ..] | [1, 1 | 2 | 0x11 | 0x12, ..]);
    if !is_kind || be16(head, 2).is_none_or(|length| length + 20 != head.len()) {
        return Probe::No;
    }
    let mut at = 20;
    while let (Some(kind), Some(length)) = (be16(head, at), be16(head, at + 2)) {
        if kind == 0 || kind > 0x30 && !(0x8000..=0x8fff).contains(&kind) {
            return Probe::No;
        }
        at += 4 + length.next_multiple_of(4);
    }
    if at == head.len() && at > 20 { Probe::Yes } else { hint(at == head.len()) }
}
