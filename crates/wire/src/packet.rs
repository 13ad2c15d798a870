//! A frame decoded down to its innermost transport.

use crate::{Arp, Icmp, Sctp, Stack, Tcp, Udp};
use model::packet::Anomaly;
use std::net::IpAddr;

/// Everything the headers of one frame say. Lives on the stack, borrows the frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packet<'a> {
    /// Source and destination MAC of the innermost Ethernet or 802.11 header.
    pub macs: Option<[[u8; 6]; 2]>,
    /// EtherType or length of the Ethernet header that `macs` are of: a VLAN's, where there is one.
    pub frame_type: u16,
    /// The innermost EtherType, or the protocol that stands for one.
    pub ether_type: u16,
    /// VLAN ids, the outermost first, of the frame that `macs` are of.
    pub vlans: Stack<u16, 3>,
    /// What was taken off on the way in, the outermost first.
    pub tunnels: Stack<Tunnel, 6>,
    /// The option bytes of the outermost GENEVE header that was taken off: what a load balancer or a mirror says of itself.
    /// [`GeneveOptions`](crate::GeneveOptions) reads them.
    pub geneve_options: &'a [u8],
    /// The innermost message, where it is ARP.
    pub arp: Option<Arp>,
    /// The innermost IP header.
    pub network: Option<Network>,
    /// What the innermost IP header carries.
    pub transport: Transport<'a>,
    /// The innermost IP datagram from its header on, as far as it was captured and as long as its header says.
    pub datagram: &'a [u8],
    /// What the transport carries, as far as it was captured and as long as the IP header says (no Ethernet padding). For a
    /// fragment: the fragment's bytes.
    pub payload: &'a [u8],
    /// Bytes of the payload that the IP header speaks of and the capture does not have.
    pub missing_bytes: u32,
    /// Bytes of the whole frame on the wire.
    pub wire_length: u32,
    /// Bytes of it in front of what lies in the innermost tunnel that has an IP header of its own; 0 without one.
    pub outer_length: u32,
    /// What was wrong with it, each kind once. Decoding goes on as far as it can.
    pub anomalies: Stack<Anomaly, 8>,
}

impl Packet<'_> {
    /// Source and destination port of TCP, UDP and SCTP.
    pub const fn ports(&self) -> Option<(u16, u16)> {
        match &self.transport {
            Transport::Tcp(tcp) => Some((tcp.source_port, tcp.destination_port)),
            Transport::Udp(udp) => Some((udp.source_port, udp.destination_port)),
            Transport::Sctp(sctp) => Some((sctp.source_port, sctp.destination_port)),
            Transport::Cut { source_port, destination_port } => Some((*source_port, *destination_port)),
            _ => None,
        }
    }

    /// Is it a piece of a datagram?
    pub fn is_fragment(&self) -> bool {
        self.network.is_some_and(|network| network.fragment.is_some())
    }
}

/// An encapsulation that was taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// Which.
    pub kind: TunnelKind,
    /// The outer addresses; `None` for what has no IP header of its own (MPLS, PPPoE).
    pub outer: Option<(IpAddr, IpAddr)>,
    /// VNI, GRE key, VSID, TEID, ERSPAN session, bottom MPLS label, service path, PPPoE session, by kind; `None` where it has none.
    pub id: Option<u32>,
}

/// The kinds of encapsulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is named as its specification is")]
pub enum TunnelKind {
    Vxlan,
    VxlanGpe,
    Geneve,
    Gre,
    EthernetInGre,
    Nvgre,
    ErspanI,
    ErspanII,
    ErspanIII,
    GreInUdp,
    Gtp,
    IpInIp,
    SixInFour,
    FourInSix,
    Teredo,
    Nsh,
    Tzsp,
    Mpls,
    PseudoWire,
    PppOe,
    ProviderBackbone,
    EtherIp,
}

impl TunnelKind {
    /// The name in records and tables.
    pub const fn name(self) -> &'static str {
        match self {
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::VxlanGpe => "vxlan-gpe",
            TunnelKind::Geneve => "geneve",
            TunnelKind::Gre => "gre",
            TunnelKind::EthernetInGre => "l2gre",
            TunnelKind::Nvgre => "nvgre",
            TunnelKind::ErspanI => "erspan-i",
            TunnelKind::ErspanII => "erspan-ii",
            TunnelKind::ErspanIII => "erspan-iii",
            TunnelKind::GreInUdp => "gre-in-udp",
            TunnelKind::Gtp => "gtp-u",
            TunnelKind::IpInIp => "ip-in-ip",
            TunnelKind::SixInFour => "6in4",
            TunnelKind::FourInSix => "4in6",
            TunnelKind::Teredo => "teredo",
            TunnelKind::Nsh => "nsh",
            TunnelKind::Tzsp => "tzsp",
            TunnelKind::Mpls => "mpls",
            TunnelKind::PseudoWire => "pseudowire",
            TunnelKind::PppOe => "pppoe",
            TunnelKind::ProviderBackbone => "802.1ah",
            TunnelKind::EtherIp => "etherip",
        }
    }

    /// Does it carry another network's frames or packets, as mirrors and virtual networks do? See
    /// [`DecodeConfig`](crate::DecodeConfig).
    pub const fn is_overlay(self) -> bool {
        use TunnelKind::{ErspanI, ErspanII, ErspanIII, EthernetInGre, Geneve, GreInUdp, Nvgre, Tzsp, Vxlan, VxlanGpe};
        matches!(
            self,
            Vxlan | VxlanGpe | Geneve | EthernetInGre | Nvgre | ErspanI | ErspanII | ErspanIII | GreInUdp | Tzsp
        )
    }
}

/// An IP header of either version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Who sent it.
    pub source: IpAddr,
    /// To whom.
    pub destination: IpAddr,
    /// What it carries, behind IPv6 extension headers.
    pub protocol: u8,
    /// Time to live, hop limit.
    pub ttl: u8,
    /// Traffic class: DSCP and ECN.
    pub traffic_class: u8,
    /// Bytes of the datagram with its headers, as the header says (0 of segmentation offload is replaced by what was captured).
    pub total_length: u32,
    /// Bytes of the header with options and extension headers.
    pub header_length: u16,
    /// IPv4 identification, or that of an IPv6 fragment header.
    pub identification: u32,
    /// IPv6 flow label.
    pub flow_label: u32,
    /// Set where this is a fragment.
    pub fragment: Option<Fragment>,
    /// IPv4: do not fragment.
    pub is_unfragmentable: bool,
}

/// A piece of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Where it belongs, in bytes.
    pub offset: u32,
    /// Do others come behind it?
    pub more: bool,
}

/// What IP carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport<'a> {
    /// Nothing that could be read: no IP, cut, or a fragment.
    #[default]
    None,
    /// TCP.
    Tcp(Tcp<'a>),
    /// UDP.
    Udp(Udp),
    /// ICMP or ICMPv6, told apart by the network's protocol.
    Icmp(Icmp<'a>),
    /// SCTP.
    Sctp(Sctp),
    /// ESP: the security parameters index. What AH protects can be read, so that AH is passed over like an extension header.
    Ipsec {
        /// Security parameters index.
        spi: u32,
    },
    /// TCP, UDP or SCTP of whose header the capture kept the ports, and not all of the rest. See the network's protocol.
    Cut {
        /// Sender's port.
        source_port: u16,
        /// Receiver's port.
        destination_port: u16,
    },
    /// Another protocol, see the network's protocol.
    Other,
}
