//! What an engine counts of frames.

use model::packet::{Frame, LinkType};
use wire::{Packet, Transport, TunnelKind};

/// What an engine has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames.
    pub frames: u64,
    /// Bytes of frames on the wire.
    pub bytes: u64,
    /// The longest frame.
    pub frame_bytes_max: u32,
    /// Bytes of frames that were captured.
    pub captured_bytes: u64,
    /// Those of the frame with most.
    pub captured_bytes_max: u64,
    /// Frames with IPv4, innermost.
    pub ipv4: u64,
    /// Frames with IPv6, innermost.
    pub ipv6: u64,
    /// TCP.
    pub tcp: u64,
    /// UDP.
    pub udp: u64,
    /// ICMP.
    pub icmp: u64,
    /// ICMPv6.
    pub icmp_v6: u64,
    /// SCTP.
    pub sctp: u64,
    /// Frames in which something was wrong.
    pub malformed: u64,
    /// Fragments.
    pub fragments: u64,
    /// Datagrams put together from them.
    pub reassembled: u64,
    /// IPv4 in IPv4.
    pub ipv4_in_ipv4: u64,
    /// IPv6 in IPv4.
    pub ipv6_in_ipv4: u64,
    /// Headers and flags, see [`Counters::header`].
    pub(crate) headers: [u64; HEADERS.len()],
}

/// Headers and flags that are counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// Ethernet, where a frame begins with it.
    Ethernet,
    /// ARP over Ethernet.
    Arp,
    /// IP without a link's header.
    Raw,
    /// The loopback of BSD.
    Null,
    /// Linux's cooked capture.
    Cooked,
    /// Its second version.
    CookedSecond,
    /// PPP.
    Ppp,
    /// PPPoE.
    PppOe,
    /// One VLAN.
    Vlan,
    /// Two.
    VlanTwice,
    /// Three.
    VlanThrice,
    /// MPLS.
    Mpls,
    /// GRE.
    Gre,
    /// VXLAN.
    Vxlan,
    /// GENEVE.
    Geneve,
    /// Teredo.
    Teredo,
    /// ERSPAN.
    Erspan,
    /// Network service header.
    Nsh,
    /// Provider backbone bridges.
    ProviderBackbone,
    /// IPv4 in IPv6.
    FourInSix,
    /// ESP.
    Esp,
    /// A TCP connection is asked for.
    Syn,
    /// It is granted.
    SynAck,
    /// It is cut off.
    Rst,
    /// Urgent data.
    Urgent,
    /// Fragments of IPv6.
    FragmentOfSix,
    /// Datagrams of IPv6 put together.
    ReassembledOfSix,
}

/// What `stats` calls them.
pub(crate) const HEADERS: [&str; 27] = [
    "decoder.ethernet",
    "decoder.arp",
    "decoder.raw",
    "decoder.null",
    "decoder.sll",
    "decoder.sll2",
    "decoder.ppp",
    "decoder.pppoe",
    "decoder.vlan",
    "decoder.vlan_qinq",
    "decoder.vlan_qinqinq",
    "decoder.mpls",
    "decoder.gre",
    "decoder.vxlan",
    "decoder.geneve",
    "decoder.teredo",
    "decoder.erspan",
    "decoder.nsh",
    "decoder.ieee8021ah",
    "decoder.ipv4_in_ipv6",
    "decoder.esp",
    "tcp.syn",
    "tcp.synack",
    "tcp.rst",
    "tcp.urg",
    "defrag.ipv6.fragments",
    "defrag.ipv6.reassembled",
];

impl Header {
    const fn of_link(link_type: LinkType) -> Option<Header> {
        Some(match link_type {
            LinkType::ETHERNET => Header::Ethernet,
            LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => Header::Raw,
            LinkType::NULL => Header::Null,
            LinkType::LINUX_SLL => Header::Cooked,
            LinkType::PPP => Header::Ppp,
            _ => return None,
        })
    }

    const fn of_tunnel(kind: TunnelKind) -> Option<Header> {
        Some(match kind {
            TunnelKind::Mpls => Header::Mpls,
            TunnelKind::PppOe => Header::PppOe,
            TunnelKind::Gre | TunnelKind::EthernetInGre | TunnelKind::Nvgre | TunnelKind::GreInUdp => Header::Gre,
            TunnelKind::ErspanI | TunnelKind::ErspanII | TunnelKind::ErspanIII => Header::Erspan,
            TunnelKind::Vxlan | TunnelKind::VxlanGpe => Header::Vxlan,
            TunnelKind::Geneve => Header::Geneve,
            TunnelKind::Teredo => Header::Teredo,
            TunnelKind::Nsh => Header::Nsh,
            TunnelKind::ProviderBackbone => Header::ProviderBackbone,
            TunnelKind::FourInSix => Header::FourInSix,
            _ => return None,
        })
    }
}

impl Counters {
    /// Two engines' counts together.
    #[must_use]
    pub fn plus(self, other: Counters) -> Counters {
        Counters {
            frames: self.frames + other.frames,
            bytes: self.bytes + other.bytes,
            frame_bytes_max: self.frame_bytes_max.max(other.frame_bytes_max),
            captured_bytes: self.captured_bytes + other.captured_bytes,
            captured_bytes_max: self.captured_bytes_max.max(other.captured_bytes_max),
            ipv4: self.ipv4 + other.ipv4,
            ipv6: self.ipv6 + other.ipv6,
            tcp: self.tcp + other.tcp,
            udp: self.udp + other.udp,
            icmp: self.icmp + other.icmp,
            icmp_v6: self.icmp_v6 + other.icmp_v6,
            sctp: self.sctp + other.sctp,
            malformed: self.malformed + other.malformed,
            fragments: self.fragments + other.fragments,
            reassembled: self.reassembled + other.reassembled,
            ipv4_in_ipv4: self.ipv4_in_ipv4 + other.ipv4_in_ipv4,
            ipv6_in_ipv4: self.ipv6_in_ipv4 + other.ipv6_in_ipv4,
            headers: std::array::from_fn(|place| self.headers[place] + other.headers[place]),
        }
    }

    pub(crate) fn count(&mut self, frame: &Frame<'_>, packet: &Packet<'_>) {
        self.frames += 1;
        self.count_link(frame.link_type, packet);
        self.captured_bytes += frame.bytes.len() as u64;
        self.captured_bytes_max = self.captured_bytes_max.max(frame.bytes.len() as u64);
        self.bytes += u64::from(packet.wire_length);
        self.frame_bytes_max = self.frame_bytes_max.max(packet.wire_length);
        self.malformed += u64::from(!packet.anomalies.is_empty());
        for tunnel in packet.tunnels.iter() {
            let is_over_v4 = tunnel.outer.is_some_and(|(source, _)| source.is_ipv4());
            self.ipv4_in_ipv4 += u64::from(tunnel.kind == TunnelKind::IpInIp && is_over_v4);
            self.ipv6_in_ipv4 += u64::from(tunnel.kind == TunnelKind::SixInFour);
            Header::of_tunnel(tunnel.kind).into_iter().for_each(|header| self.add(header));
        }
        let Some(network) = &packet.network else { return };
        *(if network.source.is_ipv4() { &mut self.ipv4 } else { &mut self.ipv6 }) += 1;
        self.fragments += u64::from(network.fragment.is_some());
        if network.fragment.is_some() && network.source.is_ipv6() {
            self.add(Header::FragmentOfSix);
        }
        match (&packet.transport, network.protocol) {
            (Transport::Tcp(tcp), _) => {
                self.tcp += 1;
                self.count_flags(tcp.flags.0);
            }
            (Transport::Udp(_), _) => self.udp += 1,
            (Transport::Icmp(_), 1) => self.icmp += 1,
            (Transport::Icmp(_), _) => self.icmp_v6 += 1,
            (Transport::Sctp(_), _) => self.sctp += 1,
            (_, 50) => self.add(Header::Esp),
            _ => {}
        }
    }

    /// How many there were.
    pub fn header(&self, header: Header) -> u64 {
        self.headers[header as usize]
    }

    /// A datagram was put together.
    pub(crate) fn count_reassembled(&mut self, packet: &Packet<'_>) {
        self.reassembled += 1;
        if packet.network.is_some_and(|network| network.source.is_ipv6()) {
            self.add(Header::ReassembledOfSix);
        }
    }

    fn add(&mut self, header: Header) {
        self.headers[header as usize] += 1;
    }

    fn count_link(&mut self, link_type: LinkType, packet: &Packet<'_>) {
        Header::of_link(link_type).into_iter().for_each(|header| self.add(header));
        match packet.vlans.iter().count() {
            0 => {}
            1 => self.add(Header::Vlan),
            2 => self.add(Header::VlanTwice),
            _ => self.add(Header::VlanThrice),
        }
        if packet.arp.is_some() {
            self.add(Header::Arp);
        }
    }

    fn count_flags(&mut self, flags: u8) {
        const SYN: u8 = 0x02;
        const RST: u8 = 0x04;
        const ACK: u8 = 0x10;
        const URG: u8 = 0x20;
        match flags & (SYN | ACK) {
            SYN => self.add(Header::Syn),
            both if both == SYN | ACK => self.add(Header::SynAck),
            _ => {}
        }
        if flags & RST != 0 {
            self.add(Header::Rst);
        }
        if flags & URG != 0 {
            self.add(Header::Urgent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::packet::Timestamp;

    #[test]
    fn every_header_has_its_name() {
        assert_eq!(HEADERS[Header::Ethernet as usize], "decoder.ethernet");
        assert_eq!(HEADERS[Header::FourInSix as usize], "decoder.ipv4_in_ipv6");
        assert_eq!(HEADERS[Header::Syn as usize], "tcp.syn");
        assert_eq!(HEADERS[Header::ReassembledOfSix as usize], "defrag.ipv6.reassembled");
    }

    #[test]
    fn vlans_and_flags_are_counted_apart() {
        let frame = Frame {
            number: 1,
            timestamp: Timestamp(0),
            interface: 0,
            link_type: LinkType::ETHERNET,
            wire_length: 90,
            bytes: &[0; 60],
        };
        let mut counters = Counters::default();
        let mut packet = Packet::default();
        packet.vlans.push(5);
        packet.vlans.push(6);
        counters.count(&frame, &packet);
        counters.count_flags(0x12);
        counters.count_flags(0x02);
        counters.count_flags(0x24);
        let counted = [
            (Header::Ethernet, 1),
            (Header::Vlan, 0),
            (Header::VlanTwice, 1),
            (Header::Syn, 1),
            (Header::SynAck, 1),
            (Header::Rst, 1),
            (Header::Urgent, 1),
        ];
        counted.into_iter().for_each(|(header, count)| assert_eq!(counters.header(header), count, "{header:?}"));
        assert_eq!((counters.captured_bytes, counters.plus(counters).captured_bytes), (60, 120));
    }
}
