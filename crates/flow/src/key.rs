//! What tells flows apart: the innermost five-tuple, the same for both directions, and the way the packets came.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use wire::{Icmp, Network, Packet, Transport};

/// ICMP's protocol number, and that of ICMPv6.
pub(crate) const ICMP: u8 = 1;
/// ICMPv6.
pub(crate) const ICMP_V6: u8 = 58;

/// An end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its address.
    pub address: IpAddr,
    /// Its port; for ICMP see [`Tuple`]; 0 where there are none.
    pub port: u16,
}

/// Sender, receiver and protocol of a packet.
///
/// ICMP messages that ask and those that answer are one flow: their types are the ports, as in Community ID, and their
/// identifier keeps several of them apart. For other ICMP messages the ports are type and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// IP protocol number.
    pub protocol: u8,
    /// Identifier of an ICMP question or answer.
    pub identifier: u16,
    /// ICMP without an answer: the other direction is another flow.
    pub is_one_way: bool,
}

/// ICMP questions and their answers (type, type), after the Community ID specification.
const ANSWERS: &[(u8, u8)] = &[(8, 0), (13, 14), (15, 16), (17, 18), (10, 9)];
/// The same of ICMPv6.
const ANSWERS_V6: &[(u8, u8)] = &[(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];

impl Tuple {
    /// That of a packet; `None` for what has no flow: no IP, or a fragment.
    pub fn of(packet: &Packet<'_>) -> Option<Tuple> {
        let network = packet.network.as_ref()?;
        if network.fragment.is_some() {
            return None;
        }
        Some(match &packet.transport {
            Transport::Tcp(tcp) => Tuple::new(network, tcp.source_port, tcp.destination_port),
            Transport::Udp(udp) => Tuple::new(network, udp.source_port, udp.destination_port),
            Transport::Sctp(sctp) => Tuple::new(network, sctp.source_port, sctp.destination_port),
            Transport::Icmp(icmp) => Tuple::of_icmp(network, icmp),
            _ => Tuple::new(network, 0, 0),
        })
    }

    fn new(network: &Network, source_port: u16, destination_port: u16) -> Tuple {
        Tuple {
            source: Endpoint { address: network.source, port: source_port },
            destination: Endpoint { address: network.destination, port: destination_port },
            protocol: network.protocol,
            identifier: 0,
            is_one_way: false,
        }
    }

    fn of_icmp(network: &Network, icmp: &Icmp<'_>) -> Tuple {
        let answers = if network.protocol == ICMP_V6 { ANSWERS_V6 } else { ANSWERS };
        let pair = answers.iter().find(|pair| pair.0 == icmp.kind || pair.1 == icmp.kind);
        let Some(&(question, answer)) = pair else {
            let tuple = Tuple::new(network, icmp.kind.into(), icmp.code.into());
            return Tuple { is_one_way: true, ..tuple };
        };
        let (source, destination) = if icmp.kind == question { (question, answer) } else { (answer, question) };
        let tuple = Tuple::new(network, source.into(), destination.into());
        let has_identifier = matches!(icmp.kind, 0 | 8 | 13..=18 | 128 | 129);
        let identifier = if has_identifier { u16::from_be_bytes([icmp.rest[0], icmp.rest[1]]) } else { 0 };
        Tuple { identifier, ..tuple }
    }

    /// The same with source and destination exchanged.
    pub(crate) fn reversed(self) -> Tuple {
        Tuple { source: self.destination, destination: self.source, ..self }
    }

    /// The key of both directions, and whether the sender is its lower end.
    pub(crate) fn key(&self, path: u32) -> (Key, bool) {
        let (source, destination) = (octets(self.source.address), octets(self.destination.address));
        let is_lower = self.is_one_way || (source, self.source.port) <= (destination, self.destination.port);
        let (low, high) = if is_lower { (self.source, self.destination) } else { (self.destination, self.source) };
        let (low_address, high_address) = if is_lower { (source, destination) } else { (destination, source) };
        let key = Key {
            low: low_address,
            high: high_address,
            ports: [low.port, high.port],
            path,
            identifier: self.identifier,
            protocol: self.protocol,
            is_v4: self.source.address.is_ipv4(),
        };
        (key, is_lower)
    }
}

/// A flow's key, the same for both directions. 44 bytes: addresses as bytes, to be aligned no more than they need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    low: [u8; 16],
    high: [u8; 16],
    ports: [u16; 2],
    path: u32,
    identifier: u16,
    protocol: u8,
    is_v4: bool,
}

impl Key {
    fn rest(&self) -> Rest {
        Rest { ports: self.ports, path: self.path, identifier: self.identifier, protocol: self.protocol }
    }

    /// A keyed hash: folded multiplications, as in wyhash, with words that only the seed tells.
    pub(crate) fn hash(&self, secret: &[u64; 4]) -> u64 {
        let rest = u64::from(self.ports[0]) << 48 | u64::from(self.ports[1]) << 32 | u64::from(self.path);
        let kind = u64::from(self.identifier) << 16 | u64::from(self.protocol) << 8 | u64::from(self.is_v4);
        let (low, high) = (u128::from_le_bytes(self.low), u128::from_le_bytes(self.high));
        let addresses = fold(low as u64 ^ secret[0], high as u64 ^ secret[1])
            ^ fold((low >> 64) as u64 ^ secret[1], (high >> 64) as u64 ^ secret[2]);
        fold(addresses ^ rest ^ secret[3], fold(rest ^ secret[0], kind ^ secret[2]) ^ secret[1])
    }
}

/// A key as a flow keeps it, 24 bytes: flows are many, and most of them IPv4, whose addresses need no more than 8. Addresses are the
/// lower end's and the higher end's.
#[derive(Debug)]
pub(crate) enum KeptKey {
    V4(Rest, [Ipv4Addr; 2]),
    V6(Rest, Box<[Ipv6Addr; 2]>),
}

/// A key without its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rest {
    ports: [u16; 2],
    path: u32,
    identifier: u16,
    protocol: u8,
}

impl From<&Key> for KeptKey {
    fn from(key: &Key) -> KeptKey {
        let ends = [key.low, key.high];
        if key.is_v4 {
            KeptKey::V4(key.rest(), ends.map(v4))
        } else {
            KeptKey::V6(key.rest(), Box::new(ends.map(Ipv6Addr::from)))
        }
    }
}

impl PartialEq<Key> for KeptKey {
    fn eq(&self, key: &Key) -> bool {
        let ends = [key.low, key.high];
        match self {
            KeptKey::V4(rest, addresses) => key.is_v4 && *rest == key.rest() && *addresses == ends.map(v4),
            KeptKey::V6(rest, addresses) => {
                !key.is_v4 && *rest == key.rest() && addresses.map(|address| address.octets()) == ends
            }
        }
    }
}

impl KeptKey {
    pub(crate) fn end(&self, is_lower: bool) -> Endpoint {
        let place = usize::from(!is_lower);
        let address = match self {
            KeptKey::V4(_, addresses) => IpAddr::V4(addresses[place]),
            KeptKey::V6(_, addresses) => IpAddr::V6(addresses[place]),
        };
        Endpoint { address, port: self.rest().ports[place] }
    }

    fn rest(&self) -> &Rest {
        let (KeptKey::V4(rest, _) | KeptKey::V6(rest, _)) = self;
        rest
    }

    pub(crate) fn protocol(&self) -> u8 {
        self.rest().protocol
    }

    pub(crate) fn path(&self) -> u32 {
        self.rest().path
    }

    pub(crate) fn is_icmp(&self) -> bool {
        matches!(self.protocol(), ICMP | ICMP_V6)
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Four words that only the seed tells (SplitMix64).
pub(crate) fn secret(seed: u64) -> [u64; 4] {
    let mut state = seed;
    [(); 4].map(|()| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

/// An address in network order; IPv4 lies at the end.
fn octets(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()).to_be_bytes(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// The address that [`octets`] was given.
fn v4(octets: [u8; 16]) -> Ipv4Addr {
    let [.., a, b, c, d] = octets;
    Ipv4Addr::new(a, b, c, d)
}
