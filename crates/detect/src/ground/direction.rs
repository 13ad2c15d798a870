//! Who opened it: the sender of the record, or its receiver?
//!
//! The strongest evidence decides. A record that shows only the second half of a handshake (a SYN-ACK, a lone reset, an
//! ICMP answer) is a reply, whatever else says: most "outbound contacts with listed hosts" of an exposed machine are such.

use enrich::service::is_service;

pub(super) const ICMP: u8 = 1;
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
pub(super) const ICMP6: u8 = 58;

/// Protocols with ports: TCP, UDP, DCCP, SCTP, UDP-Lite.
pub(super) const PORTED: &[u8] = &[TCP, UDP, 33, 132, 136];

const FIN: u64 = 0x01;
const SYN: u64 = 0x02;
const RST: u64 = 0x04;
const PSH: u64 = 0x08;
const ACK: u64 = 0x10;
const SYN_ACK: u64 = SYN | ACK;

/// Where ephemeral ports begin: Linux 32768, IANA 49152.
const EPHEMERAL_PORT_MIN: u16 = 32_768;
/// A lone reset is no more than so many packets.
const LONE_PACKETS_MAX: u64 = 3;

/// ICMP answers and their questions: echo, timestamp, information, mask; then ICMPv6 echo.
const ANSWERS: &[(u8, u8, u8)] = &[(ICMP, 0, 8), (ICMP, 14, 13), (ICMP, 16, 15), (ICMP, 18, 17), (ICMP6, 129, 128)];
/// ICMP questions.
const QUESTIONS: &[(u8, u8)] = &[(ICMP, 8), (ICMP, 13), (ICMP, 15), (ICMP, 17), (ICMP6, 128)];

/// What a record says about its direction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clues<'a> {
    pub(super) proto: u8,
    pub(super) src_port: u16,
    pub(super) dst_port: u16,
    pub(super) icmp_type: Option<u8>,
    /// Flags of the sender, as far as the source records flags.
    pub(super) flags: Option<u64>,
    /// Flags of the receiver.
    pub(super) rev_flags: Option<u64>,
    /// An ACK alone is not recorded, so that one with a SYN is the server's.
    pub(super) ack_is_syn_ack: bool,
    /// Zeek's history.
    pub(super) history: &'a str,
    /// What the source itself says: true for the sender.
    pub(super) said: Option<bool>,
    pub(super) is_denied: bool,
    pub(super) packets: u64,
    pub(super) rev_packets: u64,
    /// Ports decide nothing: does the order of the addresses say the sender?
    pub(super) sender_by_address: bool,
}

/// Who opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opener {
    Sender,
    Receiver,
    /// Nobody: an error message, housekeeping of the network.
    Nobody,
}

impl Opener {
    fn sender_if(is_sender: bool) -> Opener {
        if is_sender { Opener::Sender } else { Opener::Receiver }
    }
}

/// Who opened it, and the ICMP type by which its question is known.
pub(super) fn opener(clues: &Clues<'_>) -> Opener {
    match clues.proto {
        ICMP | ICMP6 => of_icmp(clues),
        TCP => handshake(clues).or_else(|| said(clues)).unwrap_or_else(|| by_ports(clues)),
        proto if PORTED.contains(&proto) => said(clues).unwrap_or_else(|| by_ports(clues)),
        // Nothing tells the directions of an exchange apart; the estate decides when it has seen both.
        _ => said(clues).unwrap_or(Opener::Sender),
    }
}

/// The type of the question that an ICMP type belongs to.
pub(super) fn question(proto: u8, icmp_type: u8) -> u8 {
    let answer = ANSWERS.iter().find(|row| (row.0, row.1) == (proto, icmp_type));
    answer.map_or(icmp_type, |row| row.2)
}

fn of_icmp(clues: &Clues<'_>) -> Opener {
    let Some(kind) = clues.icmp_type else {
        // No type: AWS, Azure and GCP records. Both directions of an exchange look alike; the estate decides.
        return said(clues).unwrap_or(Opener::Sender);
    };
    if ANSWERS.iter().any(|row| (row.0, row.1) == (clues.proto, kind)) {
        return Opener::Receiver;
    }
    if QUESTIONS.contains(&(clues.proto, kind)) { Opener::Sender } else { Opener::Nobody }
}

/// What a handshake, or half of one, shows.
fn handshake(clues: &Clues<'_>) -> Option<Opener> {
    if let Some(first) = clues.history.bytes().next() {
        // `^`: the sensor itself turned it around. `H`, `R`: it began with an answer of its sender.
        let has_syn = clues.history.contains('S');
        return match first {
            b'S' | b'^' => Some(Opener::Sender),
            b'H' => Some(Opener::Receiver),
            b'R' if !has_syn && clues.rev_packets == 0 => Some(Opener::Receiver),
            _ => None,
        };
    }
    let flags = clues.flags?;
    let is_alone = clues.rev_packets == 0;
    if flags & SYN != 0 && flags & ACK == 0 {
        return Some(Opener::Sender);
    }
    if clues.rev_flags.is_some_and(|rev| rev & SYN != 0 && rev & ACK == 0) {
        return Some(Opener::Receiver);
    }
    let is_bare_syn_ack = flags & (SYN_ACK | FIN | RST | PSH) == SYN_ACK;
    let is_half = is_bare_syn_ack && is_alone && clues.packets <= LONE_PACKETS_MAX;
    if flags & SYN_ACK == SYN_ACK && clues.ack_is_syn_ack || is_half {
        return Some(Opener::Receiver);
    }
    let is_lone_reset = flags & RST != 0 && flags & SYN == 0 && is_alone && clues.packets <= LONE_PACKETS_MAX;
    is_lone_reset.then(|| by_ports_of_reset(clues))
}

/// A lone reset answers a connection that was never there, or ends an old one: its sender is the server in the first case.
fn by_ports_of_reset(clues: &Clues<'_>) -> Opener {
    if clues.ack_is_syn_ack { by_ports(clues) } else { Opener::Receiver }
}

fn said(clues: &Clues<'_>) -> Option<Opener> {
    clues.said.map(Opener::sender_if)
}

/// How little a port looks like a service's: 0 is a system port.
fn strangeness(port: u16, proto: u8) -> u8 {
    match port {
        1..1_024 => 0,
        0 => 4,
        port if is_service(port, proto) => 1,
        1_024..EPHEMERAL_PORT_MIN => 2,
        _ => 3,
    }
}

/// UDP services that are asked with forged ends at web ports of a victim: memcached, SSDP, WS-Discovery, ARD, mDNS. Only there:
/// a NAT gateway asks from any port.
const REFLECTED: [u16; 5] = [11_211, 1_900, 3_702, 3_283, 5_353];

fn is_reflected(server: u16, client: u16, proto: u8) -> bool {
    proto == UDP && REFLECTED.contains(&server) && matches!(client, 80 | 443)
}

fn by_ports(clues: &Clues<'_>) -> Opener {
    let (src, dst) = (clues.src_port, clues.dst_port);
    if is_reflected(src, dst, clues.proto) || is_reflected(dst, src, clues.proto) {
        return Opener::sender_if(REFLECTED.contains(&dst));
    }
    let (src, dst) = (strangeness(clues.src_port, clues.proto), strangeness(clues.dst_port, clues.proto));
    if src != dst {
        return Opener::sender_if(dst < src);
    }
    // A firewall with memory lets replies pass: what it denies was opened by its sender.
    if clues.is_denied {
        return Opener::Sender;
    }
    if clues.src_port != clues.dst_port {
        return Opener::sender_if(clues.dst_port < clues.src_port);
    }
    Opener::sender_if(clues.sender_by_address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_that_asks_from_a_reflectors_port() {
        let check = |src_port: u16, dst_port: u16, expected: Opener| {
            let clues = Clues { proto: UDP, src_port, dst_port, ..Clues::default() };
            assert_eq!(opener(&clues), expected, "{src_port} to {dst_port}");
            let back = Clues { src_port: dst_port, dst_port: src_port, ..clues };
            assert_ne!(opener(&back), expected, "{dst_port} to {src_port}");
        };
        check(1_900, 53, Opener::Sender);
        check(40_000, 11_211, Opener::Sender);
        // A victim's port, forged.
        check(11_211, 443, Opener::Receiver);
        check(50_000, 443, Opener::Sender);
    }
}
