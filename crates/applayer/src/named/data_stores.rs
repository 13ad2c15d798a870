//! Fingerprints of data stores.

use super::look::{ANY, begins, begins_any, both, either, has_at, hint, is, is_text, le32, line, proof, shape, weak};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Magic and four versions.
pub(super) fn bolt(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, &[0x60, 0x60, 0xb0, 0x17])
}

/// STARTUP (1) with its map, or OPTIONS (5); the answer SUPPORTED (6).
pub(super) fn cassandra(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => {
            let header = [(3, 5), (0, 0x1f), ANY, ANY, is(1), is(0), is(0), ANY, ANY];
            let first_key = [is(0), (1, 9), is(0), (5, 40), (b'A', b'Z'), (b'A', b'Z'), (b'A', b'_')];
            let startup = shape(head, &[&header[..], &first_key].concat());
            let options = shape(head, &[(3, 5), (0, 0x1f), ANY, ANY, is(5), is(0), is(0), is(0), is(0)]);
            either(startup, weak(options))
        }
        Side::Server => weak(shape(head, &[(0x83, 0x85), (0, 0x1f), ANY, ANY, (2, 6), is(0)])),
    }
}

/// Packet 0 and the client's name.
pub(super) fn clickhouse(head: &[u8], _: Side, _: Transport) -> Probe {
    both(shape(head, &[is(0), (10, 40)]), has_at(head, 2, b"ClickHouse"))
}

/// A DSS header whose object is EXCSAT.
pub(super) fn drda(head: &[u8], _: Side, _: Transport) -> Probe {
    shape(head, &[ANY, ANY, is(0xd0), (1, 0x7f), ANY, ANY, ANY, ANY, is(0x10), is(0x41)])
}

/// `ES`, length, request, status, version.
pub(super) fn elasticsearch(head: &[u8], _: Side, _: Transport) -> Probe {
    let header =
        [is(b'E'), is(b'S'), (0, 0x7f), ANY, ANY, ANY, is(0), is(0), ANY, ANY, ANY, ANY, ANY, ANY, (0, 0x0f), is(0)];
    shape(head, &header)
}

const MEMCACHED_STORES: &[&[u8]] = &[b"set ", b"add ", b"replace ", b"append ", b"prepend ", b"cas "];
const MEMCACHED_OTHERS: &[&[u8]] =
    &[b"get ", b"gets ", b"delete ", b"incr ", b"decr ", b"stats", b"version\r\n", b"flush_all"];

/// Storing has a line that nothing else has: key, flags, time, bytes. Of UDP a frame's header comes first.
pub(super) fn memcached(head: &[u8], sender: Side, transport: Transport) -> Probe {
    if transport == Transport::Udp {
        let header = shape(head, &[ANY, ANY, ANY, ANY, is(0), (1, 255), is(0), is(0)]);
        let commands = [MEMCACHED_STORES, MEMCACHED_OTHERS].concat();
        return both(header, begins_any(head.get(8..).unwrap_or_default(), &commands));
    }
    if sender == Side::Server {
        return weak(begins_any(head, &[b"STORED\r\n", b"VALUE ", b"END\r\n", b"STAT ", b"VERSION "]));
    }
    let binary = shape(head, &[is(0x80), (0, 0x48), ANY, ANY, (0, 20), is(0), is(0), is(0), is(0), is(0)]);
    let text = match begins_any(head, MEMCACHED_STORES) {
        Probe::Yes => line(head, 512).map_or_else(|probe| probe, |line| proof(is_store(line))),
        other => other,
    };
    either(text, weak(either(begins_any(head, MEMCACHED_OTHERS), binary)))
}

/// `set key 0 0 5`.
fn is_store(line: &[u8]) -> bool {
    let words: Vec<_> = line.split(|byte| *byte == b' ').collect();
    let is_number = |word: &&[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
    (5..=7).contains(&words.len()) && words[2..5].iter().all(is_number)
}

const MONGODB_BYTES_MAX: usize = 48_000_000;

/// Length, request, the request that is answered, opcode; OP_QUERY's collection, OP_MSG's flags and section.
pub(super) fn mongodb(head: &[u8], sender: Side, _: Transport) -> Probe {
    let Some(opcode) = le32(head, 12) else {
        // The length's highest byte and the opcode's are small.
        let is_possible = le32(head, 0).is_none_or(|length| (16..=MONGODB_BYTES_MAX).contains(&length));
        return if is_possible { Probe::NeedMore } else { Probe::No };
    };
    let is_length = le32(head, 0).is_some_and(|length| (16..=MONGODB_BYTES_MAX).contains(&length));
    // Some clients say that they answer to -1.
    let is_request = matches!(le32(head, 8), Some(0 | 0xffff_ffff));
    match (is_length, sender, opcode) {
        (true, Side::Server, 1 | 2013) if !is_request => hint(true),
        (true, Side::Client, 2004) if is_request => match line_of_zero(head, 20) {
            Some(collection) => proof(collection.contains(&b'.') && is_text(collection)),
            None => Probe::NeedMore,
        },
        (true, Side::Client, 2013) if is_request => match (le32(head, 16), head.get(20)) {
            (Some(flags), Some(section)) => proof(flags & !0x1_0003 == 0 && *section <= 1),
            _ => Probe::NeedMore,
        },
        (true, Side::Client, 2001 | 2002 | 2005 | 2006 | 2007 | 2010 | 2011 | 2012) => hint(is_request),
        _ => Probe::No,
    }
}

/// What stands in front of the first zero; a long one is none.
fn line_of_zero(head: &[u8], at: usize) -> Option<&[u8]> {
    let rest = head.get(at..)?;
    let end = rest.iter().take(256).position(|byte| *byte == 0);
    end.map(|end| &rest[..end]).or((rest.len() >= 256).then_some(b""))
}

/// PRELOGIN with its list of options, or LOGIN7; the server's answer on the port only.
pub(super) fn tds(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return weak(shape(head, &[is(4), (0, 1), ANY, ANY, ANY, ANY, ANY, is(0)]));
    }
    let prelogin = [is(0x12), (0, 1), ANY, ANY, is(0), is(0), ANY, is(0), is(0), is(0), ANY, is(0), is(6), (1, 0xff)];
    let login =
        [is(0x10), (0, 1), ANY, ANY, is(0), is(0), ANY, is(0), ANY, ANY, is(0), is(0), ANY, ANY, ANY, (0x70, 0x74)];
    either(shape(head, &prelogin), shape(head, &login))
}

/// Length, checksums of zero, CONNECT, versions.
pub(super) fn tns(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Client => {
            shape(head, &[ANY, ANY, is(0), is(0), is(1), ANY, is(0), is(0), is(1), (0x34, 0x40), is(1), (0x2c, 0x40)])
        }
        Side::Server => weak(shape(head, &[ANY, ANY, is(0), is(0), (2, 11), ANY, is(0), is(0)])),
    }
}

/// A ConnectRequest: version 0, and a password of 16 bytes behind fixed fields.
pub(super) fn zookeeper(head: &[u8], sender: Side, _: Transport) -> Probe {
    if sender == Side::Server {
        return Probe::No;
    }
    let begin = shape(head, &[is(0), is(0), is(0), (44, 45), is(0), is(0), is(0), is(0)]);
    both(begin, has_at(head, 28, &[0, 0, 0, 16]))
}
