//! Fingerprints of messaging between programs.

use super::look::{ANY, be16, be32, begins, begins_any, both, either, has_at, hint, is, is_text, proof, shape, weak};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Magic, length, and the type: a forwarded request, a ping.
pub(super) fn ajp(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => either(
            shape(head, &[is(0x12), is(0x34), ANY, ANY, is(2), (1, 27), is(0)]),
            shape(head, &[is(0x12), is(0x34), is(0), is(1), (7, 10)]),
        ),
        Side::Server => weak(shape(head, &[is(b'A'), is(b'B'), ANY, ANY, (3, 9)])),
    }
}

/// `AMQP`, protocol id, version.
pub(super) fn amqp(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(b'A'), is(b'M'), is(b'Q'), is(b'P'), (0, 3), (0, 1), (0, 10)])
}

/// The begin of a request in a role.
pub(super) fn fastcgi(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(1), is(1), ANY, ANY, is(0), is(8), is(0), ANY, is(0), (1, 3), (0, 1), is(0), is(0), is(0)])
}

/// The first field.
pub(super) fn fix(head: &[u8], _: Side, _: Transport) -> Probe {
    begins_any(head, &[b"8=FIX.4.", b"8=FIX.5.", b"8=FIXT.1.", b"8=FIX.2.", b"8=FIX.3."])
}

/// Magic, type, length.
pub(super) fn gearman(head: &[u8], _: Side, _: Transport) -> Probe {
    let kinds = [is(0), is(0), is(0), (1, 42), is(0)];
    let request = [&[is(0), is(b'R'), is(b'E'), is(b'Q')][..], &kinds].concat();
    let response = [&[is(0), is(b'R'), is(b'E'), is(b'S')][..], &kinds].concat();
    either(shape(head, &request), shape(head, &response))
}

/// Magic and version.
pub(super) fn giop(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(b'G'), is(b'I'), is(b'O'), is(b'P'), is(1), (0, 3), (0, 3), (0, 7)])
}

/// Both sides say the same words.
pub(super) fn jdwp(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"JDWP-Handshake")
}

const KAFKA_API_VERSIONS: usize = 18;

/// Length, API, its version, correlation, and the client's name as printable text.
pub(super) fn kafka(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return Probe::No;
    }
    let begin =
        shape(head, &[is(0), (0, 0x0f), ANY, ANY, is(0), (0, 80), is(0), (0, 18), ANY, ANY, ANY, ANY, is(0), (1, 200)]);
    let (Probe::Yes, Some(api), Some(length)) = (begin, be16(head, 4), be16(head, 12)) else { return begin };
    let Some(name) = head.get(14..14 + length) else { return Probe::NeedMore };
    let is_name = is_text(name) && be32(head, 0).is_some_and(|bytes| bytes >= 10 + length);
    match api == KAFKA_API_VERSIONS && length >= 3 {
        true => proof(is_name),
        false => hint(is_name),
    }
}

/// A window's size, and the first frame of it.
pub(super) fn lumberjack(head: &[u8], _: Side, _: Transport) -> Probe {
    let window = [(b'1', b'2'), is(b'W'), is(0), is(0), ANY, ANY, (b'1', b'2')];
    let behind = head.get(7).is_none_or(|kind| matches!(kind, b'C' | b'D' | b'J'));
    match shape(head, &window) {
        Probe::Yes if head.len() == window.len() => Probe::NeedMore,
        Probe::Yes => proof(behind),
        other => other,
    }
}

/// JSON behind a word.
pub(super) fn nats(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Server => begins(head, b"INFO {\""),
        Side::Client => begins_any(head, &[b"CONNECT {\"", b"CONNECT {}"]),
    }
}

/// Version 1.0, a mode, and how the address is written.
pub(super) fn nmf(head: &[u8], _: Side, _: Transport) -> Probe {
    both(shape(head, &[is(0), is(1), is(0), is(1), (1, 4), is(2), ANY]), has_at(head, 7, b"net."))
}

/// A length, WireFormatInfo, and the magic.
pub(super) fn openwire(head: &[u8], _: Side, _: Transport) -> Probe {
    both(shape(head, &[is(0), is(0), ANY, ANY, is(1)]), has_at(head, 5, b"ActiveMQ"))
}

/// Magic, version, how it goes on.
pub(super) fn rmi(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => shape(head, &[is(b'J'), is(b'R'), is(b'M'), is(b'I'), is(0), (1, 2), (b'K', b'M')]),
        Side::Server => weak(shape(head, &[is(b'N'), is(0), (4, 64)])),
    }
}

/// Magic and version 1 or 2.
pub(super) fn rtps(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[is(b'R'), is(b'T'), is(b'P'), is(b'S'), (1, 2), (0, 9), ANY, ANY])
}

/// A bind: length, command, no status.
pub(super) fn smpp(head: &[u8], sender: Side, _: Transport) -> Probe {
    let first = if sender == Side::Client { 0 } else { 0x80 };
    let header = [is(0), is(0), (0, 1), ANY, is(first), is(0), is(0), (1, 9), is(0), is(0), is(0), (0, 0x0f), is(0)];
    let is_bind = head.get(7).is_none_or(|command| matches!(command, 1 | 2 | 9));
    let is_long_enough = be32(head, 0).is_none_or(|length| length >= 16);
    both(shape(head, &header), proof(is_bind && is_long_enough))
}

/// Service, method, a length that fits, client, session, version 1, interface, type, return code.
pub(super) fn someip(head: &[u8], _: Side, transport: Transport) -> Probe {
    let header = [ANY, ANY, ANY, ANY, is(0), is(0), ANY, ANY, ANY, ANY, ANY, ANY, is(1), ANY, (0, 0xa4), (0, 0x5e)];
    let begin = shape(head, &header);
    let (Probe::Yes, Some(length)) = (begin, be32(head, 4)) else { return begin };
    let is_kind = matches!(head[14] & !0x20, 0 | 1 | 2 | 0x80 | 0x81);
    let is_discovery = head[..4] == [0xff, 0xff, 0x81, 0];
    let fits = length >= 8 && (transport == Transport::Tcp || length + 8 <= head.len());
    match is_discovery {
        true => proof(is_kind && fits),
        // Of messages in one datagram the first is enough, but then it has to be the only one.
        false if transport == Transport::Udp && length + 8 == head.len() => proof(is_kind && head[13] > 0),
        false => hint(is_kind && fits),
    }
}

/// A command alone in its line: HTTP's CONNECT has a target behind it.
pub(super) fn stomp(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => begins_any(head, &[b"CONNECT\n", b"CONNECT\r\n", b"STOMP\n", b"STOMP\r\n"]),
        Side::Server => begins_any(head, &[b"CONNECTED\nversion:", b"CONNECTED\nsession:", b"CONNECTED\nserver:"]),
    }
}

/// The strict binary protocol, with or without a frame: version, type, a method's name. In datagrams the compact one too.
pub(super) fn thrift(head: &[u8], _: Side, transport: Transport) -> Probe {
    if transport == Transport::Udp {
        let begin = shape(head, &[is(0x82), (0x21, 0x81), (0, 0x7f), (1, 0x7f)]);
        let name = head.get(3).and_then(|length| head.get(4..4 + usize::from(*length)));
        return either(both(begin, proof(name.is_some_and(is_method))), strict_thrift(head, 0));
    }
    let framed = shape(head, &[is(0), (0, 0x0f), ANY, ANY, is(0x80), is(1), is(0), (1, 4)]);
    either(strict_thrift(head, 0), both(framed, strict_thrift(head, 4)))
}

fn strict_thrift(head: &[u8], at: usize) -> Probe {
    let Some(head) = head.get(at..) else { return Probe::NeedMore };
    let begin = shape(head, &[is(0x80), is(1), is(0), (1, 4), is(0), is(0), is(0), (1, 128)]);
    let (Probe::Yes, Some(length)) = (begin, be32(head, 4)) else { return begin };
    match head.get(8..8 + length) {
        Some(name) => proof(is_method(name)),
        None => Probe::NeedMore,
    }
}

fn is_method(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(byte))
}
