//! Fingerprints of watching, logging and printing.

use super::look::{ANY, be16, be32, begins, both, is, is_text, proof, shape};
use crate::protocol::{Probe, Transport};
use model::packet::Side;

/// Version 10, the datagram's length, a set.
pub(super) fn ipfix(head: &[u8], _: Side, _: Transport) -> Probe {
    let is_set = be16(head, 16).is_some_and(|set| set == 2 || set == 3 || set >= 256);
    proof(be16(head, 0) == Some(10) && be16(head, 2) == Some(head.len()) && is_set)
}

/// The server's greeting.
pub(super) fn munin(head: &[u8], sender: Side, _: Transport) -> Probe {
    match sender {
        Side::Server => begins(head, b"# munin node at "),
        Side::Client => Probe::No,
    }
}

/// Version 1, 5 or 7 and records that fill the datagram; version 9 and sets that do.
pub(super) fn netflow(head: &[u8], _: Side, _: Transport) -> Probe {
    let (Some(version), Some(count)) = (be16(head, 0), be16(head, 2)) else { return Probe::No };
    let fills = |header: usize, record: usize| count > 0 && header + count * record == head.len();
    proof(match version {
        1 => fills(16, 52),
        5 => fills(24, 48),
        7 => fills(24, 52),
        9 => count > 0 && do_sets_fill(head),
        _ => false,
    })
}

fn do_sets_fill(head: &[u8]) -> bool {
    let mut at = 20;
    while let (Some(set), Some(length)) = (be16(head, at), be16(head, at + 2)) {
        if length < 4 || !(set <= 1 || set >= 256) {
            return false;
        }
        at += length;
    }
    at > 20 && at == head.len()
}

/// A job's begin.
pub(super) fn pjl(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"\x1b%-12345X@PJL")
}

/// Version 5 or 4, the agent's address, samples.
pub(super) fn sflow(head: &[u8], _: Side, _: Transport) -> Probe {
    let header = shape(head, &[is(0), is(0), is(0), (4, 5), is(0), is(0), is(0), (1, 2)]);
    let at = if head.get(7) == Some(&1) { 12 } else { 24 };
    // Of the agent: a number, sequence, uptime; then how many samples.
    let has_samples = be32(head, at + 12).is_some_and(|samples| samples > 0 && samples * 8 <= head.len());
    both(header, proof(has_samples))
}

/// The forwarder's first words.
pub(super) fn splunk(head: &[u8], _: Side, _: Transport) -> Probe {
    begins(head, b"--splunk-cooked-mode-v")
}

/// A priority; then a version, or a month.
pub(super) fn syslog(head: &[u8], sender: Side, _: Transport) -> Probe {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let [b'<', rest @ ..] = head else { return if head.is_empty() { Probe::NeedMore } else { Probe::No } };
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let priority = rest[..digits].iter().fold(0_u32, |priority, digit| priority * 10 + u32::from(digit - b'0'));
    if digits > 3 || priority > 191 || sender == Side::Server {
        return Probe::No;
    }
    match &rest[digits..] {
        [] => Probe::NeedMore,
        [b'>', text @ ..] if digits > 0 => match text {
            [] | [_] | [_, _] => Probe::NeedMore,
            [b'1', b' ', b'0'..=b'9' | b'-', ..] => Probe::Yes,
            [a, b, c, ..] if MONTHS.chunks(3).any(|month| month == [*a, *b, *c]) => Probe::Yes,
            text if is_text(&text[..3]) => Probe::Maybe,
            _ => Probe::No,
        },
        _ => Probe::No,
    }
}

/// Magic and flags.
pub(super) fn zabbix(head: &[u8], _: Side, _: Transport) -> Probe {
    both(begins(head, b"ZBXD"), shape(head, &[ANY, ANY, ANY, ANY, (1, 7)]))
}
