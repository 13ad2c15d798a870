//! What a frame begins with, up to an IP header.

pub(crate) mod arp;
pub(crate) mod cooked;
pub(crate) mod ethernet;
pub(crate) mod hdlc;
pub(crate) mod llc;
pub(crate) mod loopback;
pub(crate) mod mpls;
pub(crate) mod nflog;
pub(crate) mod ppp;
pub(crate) mod pppoe;
pub(crate) mod tags;
pub(crate) mod vlan;
pub(crate) mod wifi;

use crate::anomaly;
use crate::decoder::{Decoder, Next};
use model::packet::LinkType;

pub(crate) const IPV4: u16 = 0x0800;
pub(crate) const ARP: u16 = 0x0806;
pub(crate) const VLAN: u16 = 0x8100;
pub(crate) const IPV6: u16 = 0x86dd;
pub(crate) const MPLS_UNICAST: u16 = 0x8847;
pub(crate) const MPLS_MULTICAST: u16 = 0x8848;
pub(crate) const PPPOE_DISCOVERY: u16 = 0x8863;
pub(crate) const PPPOE_SESSION: u16 = 0x8864;
pub(crate) const PROVIDER_VLAN: u16 = 0x88a8;
pub(crate) const OLD_PROVIDER_VLANS: [u16; 2] = [0x9100, 0x9200];
pub(crate) const NSH: u16 = 0x894f;
pub(crate) const ETHERNET_BRIDGING: u16 = 0x6558;
pub(crate) const PPP: u16 = 0x880b;

/// Numbers of tcpdump.org's registry that `model` does not name.
const RAW_OF_BSD: LinkType = LinkType(12);
const RAW_OF_OPENBSD: LinkType = LinkType(14);
const PPP_HDLC: LinkType = LinkType(50);
const PPP_OE: LinkType = LinkType(51);
const PPP_WITH_DIRECTION: LinkType = LinkType(204);
const NFLOG: LinkType = LinkType(239);

/// Frames other than Ethernet.
pub(crate) fn decode(decoder: &mut Decoder, link_type: LinkType) -> Next {
    match link_type {
        LinkType::RAW | RAW_OF_BSD | RAW_OF_OPENBSD => Next::Ip,
        LinkType::IPV4 => Next::Ipv4,
        LinkType::IPV6 => Next::Ipv6,
        LinkType::NULL | LinkType::LOOP => loopback::decode(decoder),
        LinkType::LINUX_SLL => cooked::decode(decoder),
        LinkType::LINUX_SLL2 => cooked::decode_second(decoder),
        LinkType::PPP | PPP_HDLC => Next::Ppp,
        PPP_WITH_DIRECTION => ppp::decode_with_direction(decoder),
        PPP_OE => pppoe::decode_session(decoder),
        NFLOG => nflog::decode(decoder),
        LinkType::C_HDLC => hdlc::decode(decoder),
        LinkType::IEEE802_11 => Next::WiFi,
        LinkType::IEEE802_11_RADIOTAP => wifi::decode_radiotap(decoder),
        _ => decoder.fail(anomaly::LINK_UNSUPPORTED),
    }
}

/// What an EtherType announces.
#[inline]
pub(crate) fn ether_type(decoder: &mut Decoder, ether_type: u16) -> Next {
    decoder.packet.ether_type = ether_type;
    match ether_type {
        IPV4 => Next::Ipv4,
        IPV6 => Next::Ipv6,
        VLAN | PROVIDER_VLAN => vlan::decode(decoder),
        _ => rare_ether_type(decoder, ether_type),
    }
}

fn rare_ether_type(decoder: &mut Decoder, ether_type: u16) -> Next {
    match ether_type {
        ARP => arp::decode(decoder),
        MPLS_UNICAST | MPLS_MULTICAST => Next::Mpls,
        PPPOE_SESSION => pppoe::decode_session(decoder),
        PPPOE_DISCOVERY => pppoe::decode_discovery(decoder),
        NSH => Next::Nsh,
        ETHERNET_BRIDGING => Next::Ethernet,
        PPP => Next::Ppp,
        _ if OLD_PROVIDER_VLANS.contains(&ether_type) => vlan::decode(decoder),
        _ => tags::decode(decoder, ether_type),
    }
}

/// Is this an EtherType that is decoded, or one of those that every network has?
pub(crate) fn is_known(ether_type: u16) -> bool {
    const LLDP: u16 = 0x88cc;
    const EAPOL: u16 = 0x888e;
    const SLOW_PROTOCOLS: u16 = 0x8809;
    matches!(
        ether_type,
        IPV4 | ARP
            | VLAN
            | IPV6
            | MPLS_UNICAST
            | MPLS_MULTICAST
            | PPPOE_DISCOVERY
            | PPPOE_SESSION
            | PROVIDER_VLAN
            | NSH
            | LLDP
            | EAPOL
            | SLOW_PROTOCOLS
    ) || OLD_PROVIDER_VLANS.contains(&ether_type)
        || tags::is_tag(ether_type)
}
