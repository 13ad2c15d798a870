//! ICMP (RFC 792) and ICMPv6 (RFC 4443).
//!
//! ```text
//! | type 1 | code 1 | checksum 2 | by type 4 | the datagram an error is about, or data |
//! ```

use crate::anomaly::{self, Malformed};
use crate::decoder::{Decoder, Next};
use crate::network::{ipv4, ipv6};
use crate::packet::Transport;
use crate::transport::ICMPV6;

const HEADER: usize = 8;

/// An ICMP or ICMPv6 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp<'a> {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// The four bytes behind the checksum: identifier and sequence of an echo, MTU, pointer.
    pub rest: [u8; 4],
    /// The datagram an error is about, from its IP header on; empty for others.
    pub about: &'a [u8],
}

impl<'a> Icmp<'a> {
    /// `None` if there are fewer bytes than a header has.
    fn parse(bytes: &'a [u8], is_error: fn(u8) -> bool) -> Option<Icmp<'a>> {
        let (header, behind) = bytes.split_first_chunk::<HEADER>()?;
        let [kind, code, _, _, rest @ ..] = *header;
        Some(Icmp { kind, code, rest, about: if is_error(kind) { behind } else { &[] } })
    }
}

pub(crate) fn decode(decoder: &mut Decoder, protocol: u8) -> Next {
    let is_v6 = protocol == ICMPV6;
    let over_v6 = decoder.packet.network.is_some_and(|network| network.source.is_ipv6());
    if is_v6 && !over_v6 {
        decoder.flag(anomaly::IPV4_ICMPV6);
    } else if !is_v6 && over_v6 {
        decoder.flag(anomaly::IPV6_ICMPV4);
    }
    let (is_error, too_small): (fn(u8) -> bool, _) = match is_v6 {
        true => (is_icmpv6_error, anomaly::ICMPV6_PKT_TOO_SMALL),
        false => (is_icmp_error, anomaly::ICMPV4_PKT_TOO_SMALL),
    };
    let Some(icmp) = Icmp::parse(decoder.rest, is_error) else { return decoder.cut(too_small) };
    let problem = if is_v6 { icmpv6_problem(decoder, &icmp) } else { icmp_problem(decoder, &icmp) };
    if let Some(malformed) = problem {
        decoder.flag(malformed);
    }
    decoder.packet.transport = Transport::Icmp(icmp);
    decoder.begin_payload(HEADER);
    Next::Done
}

/// Unreachable, source quench, redirect, time exceeded, parameter problem.
fn is_icmp_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 5 | 11 | 12)
}

/// Unreachable, too big, time exceeded, parameter problem.
fn is_icmpv6_error(kind: u8) -> bool {
    matches!(kind, 1..=4)
}

/// The largest code of each type that is assigned, by IANA's registry.
fn icmp_code_max(kind: u8) -> Option<u8> {
    Some(match kind {
        0 | 4 | 8 | 10 | 13..=18 | 42 => 0,
        3 => 15,
        5 => 3,
        9 => 16,
        11 => 1,
        12 => 2,
        40 => 5,
        43 => 4,
        30..=39 => 255,
        _ => return None,
    })
}

fn icmp_problem(decoder: &Decoder, icmp: &Icmp) -> Option<Malformed> {
    match icmp_code_max(icmp.kind) {
        None => return Some(anomaly::ICMPV4_UNKNOWN_TYPE),
        Some(most) if icmp.code > most => return Some(anomaly::ICMPV4_UNKNOWN_CODE),
        _ => {}
    }
    if !is_icmp_error(icmp.kind) || decoder.absent > 0 {
        return None;
    }
    match ipv4::Ipv4::parse(icmp.about) {
        Err(malformed) if malformed == anomaly::IPV4_PKT_TOO_SMALL => Some(anomaly::ICMPV4_IPV4_TRUNC_PKT),
        Err(malformed) if malformed == anomaly::IPV4_WRONG_IP_VERSION => Some(anomaly::ICMPV4_IPV4_UNKNOWN_VER),
        _ => None,
    }
}

/// As [`icmp_code_max`], for ICMPv6.
fn icmpv6_code_max(kind: u8) -> Option<u8> {
    Some(match kind {
        1 => 8,
        2 | 128..=137 | 141..=143 | 148..=153 | 155 => 0,
        3 => 1,
        4 => 10,
        138 => 255,
        139 | 140 => 2,
        144..=147 => 0,
        160 => 0,
        161 => 4,
        _ => return None,
    })
}

fn icmpv6_problem(decoder: &Decoder, icmp: &Icmp) -> Option<Malformed> {
    match icmp.kind {
        0 | 127 | 255 => return Some(anomaly::ICMPV6_UNKNOWN_TYPE),
        100 | 101 | 200 | 201 => return Some(anomaly::ICMPV6_EXPERIMENTATION_TYPE),
        5..=99 | 102..=126 | 162..=199 | 202..=254 => return Some(anomaly::ICMPV6_UNASSIGNED_TYPE),
        _ => {}
    }
    if icmpv6_code_max(icmp.kind).is_some_and(|most| icmp.code > most) {
        return Some(anomaly::ICMPV6_UNKNOWN_CODE);
    }
    let is_listener_discovery = matches!(icmp.kind, 130..=132 | 143);
    if is_listener_discovery && decoder.packet.network.is_some_and(|network| network.ttl != 1) {
        return Some(anomaly::ICMPV6_MLD_INVALID_HL);
    }
    if !is_icmpv6_error(icmp.kind) || decoder.absent > 0 {
        return None;
    }
    match ipv6::Ipv6::parse(icmp.about) {
        Err(malformed) if malformed == anomaly::IPV6_PKT_TOO_SMALL => Some(anomaly::ICMPV6_IPV6_TRUNC_PKT),
        Err(_) => Some(anomaly::ICMPV6_IPV6_UNKNOWN_VERSION),
        Ok(_) => None,
    }
}
