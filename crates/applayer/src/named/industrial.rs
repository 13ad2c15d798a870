//! Fingerprints of industry, buildings and things.

use super::look::{ANY, be16, be32, begins, begins_any, both, either, hint, is, le32, proof, shape, weak};
use super::remote::behind_iso_transport;
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// A reserved word of zero, and a length.
pub(super) fn ads(head: &[u8], _: Side, _: Transport) -> Probe {
    let header = shape(head, &[is(0), is(0), ANY, ANY, (0, 1), is(0)]);
    both(header, hint(le32(head, 2).is_none_or(|length| length >= 32)))
}

/// Magic.
pub(super) fn art_net(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"Art-Net\0")
}

/// BACnet/IP, a function, the datagram's length, and version 1 where a network message follows.
pub(super) fn bacnet(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[is(0x81), (0, 0x0c), ANY, ANY]);
    let fits = be16(head, 2) == Some(head.len());
    let is_version = match head.get(1) {
        Some(9..=11) => head.get(4) == Some(&1),
        Some(4) => head.get(10) == Some(&1),
        _ => true,
    };
    both(begin, proof(fits && is_version))
}

/// A frame's kind, and its length.
pub(super) fn c37_118(head: &[u8], _: Side, transport: Transport) -> Probe {
    let begin = shape(head, &[is(0xaa), (1, 0x5f), ANY, ANY]);
    let fits = transport == Transport::Tcp || be16(head, 2) == Some(head.len());
    both(begin, hint(fits && be16(head, 2).is_none_or(|length| length >= 16)))
}

/// Version 1, a token, a code, and options up to the end or the payload's mark.
pub(super) fn coap(head: &[u8], _: Side, _: Transport) -> Probe {
    let &[first @ 0x40..=0x7f, code, _, _, ref rest @ ..] = head else { return Probe::No };
    let is_code = matches!(code, 0..=7 | 0x41..=0x45 | 0x5f | 0x80..=0x8f | 0xa0..=0xa5);
    let token_bytes = usize::from(first & 0x0f);
    let Some(options) = rest.get(token_bytes..).filter(|_| token_bytes <= 8 && is_code) else { return Probe::No };
    hint(are_coap_options(options) && (code > 0 || rest.is_empty()))
}

/// RFC 7252 section 3.1.
fn are_coap_options(mut bytes: &[u8]) -> bool {
    while let [first, rest @ ..] = bytes {
        if *first == 0xff {
            return !rest.is_empty();
        }
        let mut extended_bytes = 0;
        let mut value_bytes = 0;
        for (place, nibble) in [first >> 4, first & 0x0f].into_iter().enumerate() {
            let extra = match nibble {
                15 => return false,
                14 => 2,
                13 => 1,
                _ => 0,
            };
            let Some(extended) = rest.get(extended_bytes..extended_bytes + extra) else { return false };
            if place == 1 {
                let number = extended.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
                value_bytes = [usize::from(nibble), 13 + number, 269 + number][extra];
            }
            extended_bytes += extra;
        }
        let Some(behind) = rest.get(extended_bytes + value_bytes..) else { return false };
        bytes = behind;
    }
    true
}

/// Magic over TCP; a command's header over UDP.
pub(super) fn fins(head: &[u8], _: Side, transport: Transport) -> Probe {
    match transport {
        Transport::Tcp => begins(head, b"FINS\0\0"),
        Transport::Udp => {
            weak(shape(head, &[(0x80, 0xc1), is(0), (0, 7), ANY, ANY, ANY, ANY, ANY, ANY, ANY, (0, 0x26), (1, 0x40)]))
        }
    }
}

/// Version 1, a message's type and number, and its length.
pub(super) fn hart_ip(head: &[u8], _: Side, transport: Transport) -> Probe {
    let begin = shape(head, &[is(1), (0, 2), (0, 3), (0, 0x20), ANY, ANY, ANY, ANY]);
    match transport {
        Transport::Udp => both(begin, proof(be16(head, 6) == Some(head.len()))),
        Transport::Tcp => both(begin, hint(be16(head, 6).is_none_or(|length| length >= 8))),
    }
}

/// `HS`, a message that opens a channel, and a short length.
pub(super) fn hislip(head: &[u8], _: Side, _: Transport) -> Probe {
    let opens =
        [is(b'H'), is(b'S'), (0, 24), ANY, ANY, ANY, ANY, ANY, is(0), is(0), is(0), is(0), is(0), is(0), ANY, ANY];
    shape(head, &opens)
}

/// A control frame without numbers; numbered frames on the port only.
pub(super) fn iec104(head: &[u8], _: Side, _: Transport) -> Probe {
    let control = shape(head, &[is(0x68), is(4), ANY, is(0), is(0), is(0)]);
    let is_control = head.get(2).is_none_or(|kind| matches!(kind, 0x07 | 0x0b | 0x13 | 0x23 | 0x43 | 0x83));
    let is_acknowledgement = head.get(2) == Some(&1);
    let numbered = shape(head, &[is(0x68), (4, 253), ANY, ANY, ANY, ANY]);
    either(
        both(control, proof(is_control)),
        weak(both(numbered, proof(is_acknowledgement || head.get(2).is_none_or(|low| low & 1 == 0)))),
    )
}

/// A header's length, version 1.0, a service, the datagram's length.
pub(super) fn knxnet_ip(head: &[u8], _: Side, transport: Transport) -> Probe {
    match transport {
        Transport::Udp => both(shape(head, &[is(6), is(0x10), (2, 9), ANY]), proof(be16(head, 4) == Some(head.len()))),
        Transport::Tcp => shape(head, &[is(6), is(0x10), (2, 9), (0, 0x50), is(0), (6, 255)]),
    }
}

/// A session's begin behind the transport's.
pub(super) fn mms(head: &[u8], sender: Side, _: Transport) -> Probe {
    match behind_iso_transport(head, sender) {
        Ok(data) => proof(matches!(data.first(), Some(0x0d | 0x0e))),
        Err(other) => other,
    }
}

/// A message's type, and its last chunk.
pub(super) fn opcua(head: &[u8], _: Side, _: Transport) -> Probe {
    let length = shape(head, &[ANY, ANY, ANY, ANY, ANY, ANY, (0, 0x10), is(0)]);
    both(begins_any(head, &[b"HELF", b"ACKF", b"ERRF", b"OPNF"]), length)
}

/// Its own first byte behind the transport's begin.
pub(super) fn s7comm(head: &[u8], sender: Side, _: Transport) -> Probe {
    match behind_iso_transport(head, sender) {
        Ok(data) => proof(matches!(data.first(), Some(0x32 | 0x72))),
        Err(other) => other,
    }
}

/// A sequence, version 1, and two letters.
pub(super) fn trdp(head: &[u8], _: Side, transport: Transport) -> Probe {
    let begin = shape(head, &[ANY, ANY, ANY, ANY, is(1), (0, 1), (b'M', b'P'), (b'c', b'r')]);
    let fits = transport == Transport::Tcp || be32(head, 20).is_some_and(|length| length <= head.len());
    both(begin, proof(fits && head.get(6).is_none_or(|kind| matches!(kind, b'M' | b'P'))))
}
