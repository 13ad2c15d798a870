//! What is taken off on the way in.

pub(crate) mod erspan;
pub(crate) mod geneve;
pub(crate) mod geneve_options;
pub(crate) mod gre;
pub(crate) mod gtp;
pub(crate) mod nsh;
pub(crate) mod policy;
pub(crate) mod teredo;
pub(crate) mod tzsp;
pub(crate) mod vxlan;

use crate::anomaly;
use crate::decoder::{Decoder, Next};
use crate::link::{self, ethernet};
use crate::network::{ipv4, ipv6};
use crate::packet::{Transport, TunnelKind};
use crate::transport::udp::Udp;

const IP_IN_IP: u8 = 4;
const IPV6: u8 = 41;
const GRE: u8 = 47;
const ETHER_IP: u8 = 97;
const MPLS_IN_IP: u8 = 137;
const ETHERNET_IN_IPV6: u8 = 143;

/// What an IP header carries that is neither a transport nor an extension header.
pub(crate) fn decode(decoder: &mut Decoder, protocol: u8) -> Next {
    match protocol {
        IP_IN_IP => in_ip(decoder, TunnelKind::IpInIp, TunnelKind::FourInSix, link::IPV4),
        IPV6 => in_ip(decoder, TunnelKind::SixInFour, TunnelKind::IpInIp, link::IPV6),
        GRE => gre::decode(decoder),
        MPLS_IN_IP => Next::Mpls,
        ETHER_IP if is_ether_ip(decoder.rest) => decoder.enter(TunnelKind::EtherIp, None, 2, Next::Ethernet),
        ETHERNET_IN_IPV6 if ethernet::is_plausible(decoder.rest) => {
            decoder.enter(TunnelKind::EtherIp, None, 0, Next::Ethernet)
        }
        _ => other(decoder, protocol),
    }
}

/// RFC 3378: version 3, and twelve bits of zero.
fn is_ether_ip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x30, 0x00])
}

/// Protocol numbers that IANA has not assigned.
const UNASSIGNED: std::ops::RangeInclusive<u8> = 149..=252;

fn other(decoder: &mut Decoder, protocol: u8) -> Next {
    if UNASSIGNED.contains(&protocol) && decoder.packet.network.is_some_and(|network| network.source.is_ipv6()) {
        decoder.flag(anomaly::IPV6_UNKNOWN_NEXT_HEADER);
    }
    decoder.packet.transport = Transport::Other;
    Next::Done
}

/// IP in IP of either version. Only IPv6 has names for what can be wrong here.
fn in_ip(decoder: &mut Decoder, over_v4: TunnelKind, over_v6: TunnelKind, ether_type: u16) -> Next {
    if decoder.packet.network.is_none_or(|network| network.source.is_ipv4()) {
        return decoder.enter(over_v4, None, 0, Next::EtherType(ether_type));
    }
    let is_v4 = ether_type == link::IPV4;
    let (too_small, wrong_version, header, version) = match is_v4 {
        true => (anomaly::IPV4_IN_IPV6_TOO_SMALL, anomaly::IPV4_IN_IPV6_WRONG_VERSION, ipv4::HEADER, 4),
        false => (anomaly::IPV6_IN_IPV6_TOO_SMALL, anomaly::IPV6_IN_IPV6_WRONG_VERSION, ipv6::HEADER, 6),
    };
    if decoder.rest.len() < header {
        return decoder.cut(too_small);
    }
    if decoder.rest.first().is_some_and(|first| first >> 4 != version) {
        return decoder.fail(wrong_version);
    }
    decoder.enter(over_v6, None, 0, Next::EtherType(ether_type))
}

/// What a UDP datagram carries, where its ports and its first bytes say that it is a tunnel. `rest` is its payload.
#[inline]
pub(crate) fn in_udp(decoder: &mut Decoder, udp: &Udp) -> Next {
    let ports = &decoder.config.ports;
    let to = |port: u16| port != 0 && udp.destination_port == port;
    let with = |port: u16| to(port) || port != 0 && udp.source_port == port;
    if ports.vxlan.iter().any(|port| to(*port)) {
        vxlan::decode(decoder)
    } else if to(ports.geneve) {
        geneve::decode(decoder)
    } else if to(ports.vxlan_gpe) {
        vxlan::decode_generic(decoder)
    } else if to(ports.gre) {
        gre::decode_in_udp(decoder)
    } else if to(ports.tzsp) {
        tzsp::decode(decoder)
    } else if with(ports.gtp) {
        gtp::decode(decoder)
    } else if with(ports.teredo) {
        teredo::decode(decoder)
    } else {
        Next::Done
    }
}
