//! Fingerprints of tunnels, and of what sets them up.

use super::look::{ANY, be16, be32, both, has_at, hint, is, line, proof, shape, weak};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Version 2 or 1, a type, and the length of what is behind it.
pub(super) fn gtp_c(head: &[u8], _: Side, _: Transport) -> Probe {
    let behind = match head {
        [0x40..=0x5f, 1..=255, ..] => 4,
        [0x30..=0x37, 1..=241, ..] => 8,
        _ => return Probe::No,
    };
    hint(be16(head, 2).is_some_and(|length| length + behind == head.len()))
}

/// A control message of version 2 and its length.
pub(super) fn l2tp(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[is(0xc8), is(2), ANY, ANY]);
    both(begin, proof(be16(head, 2) == Some(head.len())))
}

/// Resets of a connection: opcode and key, session, then the digests that there can be, and the first packet's number.
pub(super) fn openvpn(head: &[u8], sender: Side, transport: Transport) -> Probe {
    if transport == Transport::Udp {
        return openvpn_packet(head, sender);
    }
    let begin = shape(head, &[is(0), (14, 120), (0x38, 0x57)]);
    match (begin, be16(head, 0)) {
        (Probe::Yes, Some(length)) => match head.get(2..2 + length) {
            Some(packet) => openvpn_packet(packet, sender),
            None => Probe::NeedMore,
        },
        (other, _) => other,
    }
}

fn openvpn_packet(packet: &[u8], sender: Side) -> Probe {
    const CLIENT_RESET: [u8; 2] = [7 << 3, 10 << 3];
    const SERVER_RESET: [u8; 1] = [8 << 3];
    /// Of no digest, SHA-1, SHA-256, SHA-512: each is followed by a number and a time.
    const DIGEST_BYTES: [usize; 4] = [0, 20, 32, 64];
    let resets: &[u8] = if sender == Side::Client { &CLIENT_RESET } else { &SERVER_RESET };
    let Some(opcode) = packet.first().filter(|opcode| resets.contains(opcode)) else { return Probe::No };
    if *opcode == SERVER_RESET[0] {
        return hint(packet.len() >= 26);
    }
    let is_reset = DIGEST_BYTES.iter().any(|digest_bytes| {
        let replay_bytes = if *digest_bytes > 0 { 8 } else { 0 };
        let at = 9 + digest_bytes + replay_bytes;
        let is_first = *digest_bytes == 0 || be32(packet, 9 + digest_bytes) == Some(1);
        // Nothing is acknowledged; the first packet is number 0.
        packet.len() == at + 5 && packet[at..] == [0; 5] && is_first
    });
    // Wholly encrypted, its length and its number are left.
    let is_encrypted = packet.len() == 54 && matches!(be32(packet, 9), Some(1 | 0x0f00_0001));
    if is_reset || is_encrypted { Probe::Yes } else { hint((14..=120).contains(&packet.len())) }
}

/// Version 1, and the length of what is behind.
pub(super) fn pfcp(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[(0x20, 0x27), (1, 60), ANY, ANY]);
    both(begin, hint(be16(head, 2).is_some_and(|length| length + 4 == head.len())))
}

/// A control message's magic.
pub(super) fn pptp(head: &[u8], _: Side, _: Transport) -> Probe {
    both(shape(head, &[is(0), ANY, is(0), (1, 2)]), has_at(head, 4, &[0x1a, 0x2b, 0x3c, 0x4d]))
}

/// A line with a name and version 17.
pub(super) fn tinc(head: &[u8], _: Side, _: Transport) -> Probe {
    match line(head, 128) {
        Ok(line) => {
            let words: Vec<_> = line.split(|byte| *byte == b' ').collect();
            proof(matches!(words[..], [b"0", name, version] if !name.is_empty() && version.starts_with(b"17")))
        }
        Err(_) if head.first().is_some_and(|first| *first != b'0') => Probe::No,
        Err(other) => other,
    }
}

/// Each type has its length.
pub(super) fn wireguard(head: &[u8], _: Side, _: Transport) -> Probe {
    let begin = shape(head, &[(1, 4), is(0), is(0), is(0)]);
    match (begin, head.first(), head.len()) {
        (Probe::Yes, Some(1), 148) | (Probe::Yes, Some(2), 92) | (Probe::Yes, Some(3), 64) => Probe::Yes,
        (Probe::Yes, Some(4), length) => weak(proof(length >= 32 && length.is_multiple_of(16))),
        _ => Probe::No,
    }
}
