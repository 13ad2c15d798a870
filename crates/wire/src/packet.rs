//! A frame decoded down to its innermost transport.

use model::packet::Anomaly;
use std::net::IpAddr;

/// Everything the headers of one frame say. Lives on the stack, borrows the frame.
#[derive(Clone, Debug, Default)]
pub struct Packet<'a> {
    /// Source and destination MAC of the innermost Ethernet header.
    pub macs: Option<[[u8; 6]; 2]>,
    /// The innermost EtherType, or the protocol that stands for one.
    pub ether_type: u16,
    /// VLAN ids, the outermost first, of the frame that `macs` are of.
    pub vlans: Stack<u16, 3>,
    /// What was taken off on the way in, the outermost first.
    pub tunnels: Stack<Tunnel, 6>,
    /// The innermost IP header.
    pub network: Option<Network>,
    /// What the innermost IP header carries.
    pub transport: Transport<'a>,
    /// What the transport carries, as far as it was captured and as long as the IP header says (no Ethernet padding). For a
    /// fragment: the fragment's bytes.
    pub payload: &'a [u8],
    /// Bytes of the payload that the IP header speaks of and the capture does not have.
    pub missing_bytes: u32,
    /// Bytes of the whole frame on the wire.
    pub wire_length: u32,
    /// What was wrong with it. Decoding goes on as far as it can.
    pub anomalies: Stack<Anomaly, 8>,
}

/// An encapsulation that was taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// Which.
    pub kind: TunnelKind,
    /// The outer addresses; `None` for what has no IP header of its own (MPLS, PPPoE).
    pub outer: Option<(IpAddr, IpAddr)>,
    /// VNI, GRE key, VSID, TEID, ERSPAN session, MPLS label, PPPoE session, by kind; `None` where it has none.
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
    /// ESP or AH: the security parameters index.
    Ipsec {
        /// Security parameters index.
        spi: u32,
    },
    /// Another protocol, see the network's protocol.
    Other,
}

/// A UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// As the header says.
    pub length: u16,
    /// As the header says.
    pub checksum: u16,
}

/// An SCTP common header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sctp {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Verification tag.
    pub verification_tag: u32,
}

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

/// A TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp<'a> {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Of the first byte, or of SYN.
    pub sequence: u32,
    /// The next byte the sender wants.
    pub acknowledgement: u32,
    /// The flags.
    pub flags: TcpFlags,
    /// As the header says, not scaled.
    pub window: u16,
    /// As the header says.
    pub checksum: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Bytes of the header with options.
    pub header_length: u8,
    /// The options' bytes; [`Tcp::options`] reads them.
    pub option_bytes: &'a [u8],
}

/// TCP's flags: CWR 0x80, ECE 0x40, URG 0x20, ACK 0x10, PSH 0x08, RST 0x04, SYN 0x02, FIN 0x01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

/// The options of a TCP header that mean something here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TcpOptions {
    /// Maximum segment size.
    pub mss: Option<u16>,
    /// Window scale, at most 14 (RFC 7323 section 2.3).
    pub window_scale: Option<u8>,
    /// SACK is permitted.
    pub sack_permitted: bool,
    /// SACK blocks, left and right edges; `sack_blocks` of them.
    pub sack: [(u32, u32); 4],
    /// How many.
    pub sack_blocks: u8,
    /// Timestamp value and echo.
    pub timestamps: Option<(u32, u32)>,
    /// Fast open cookie is there, and how long it is.
    pub fast_open_bytes: Option<u8>,
    /// An option lies about its length or is cut.
    pub is_malformed: bool,
}

/// A short list on the stack: what does not fit is counted, not kept.
#[derive(Clone, Copy, Debug)]
pub struct Stack<T, const N: usize> {
    items: [Option<T>; N],
    length: u8,
    dropped: u8,
}

impl<T: Copy, const N: usize> Default for Stack<T, N> {
    fn default() -> Self {
        Stack { items: [None; N], length: 0, dropped: 0 }
    }
}

impl<T: Copy, const N: usize> Stack<T, N> {
    /// Adds one; where there is no room it is counted only.
    pub fn push(&mut self, item: T) {
        match self.items.get_mut(self.length as usize) {
            Some(place) => {
                *place = Some(item);
                self.length += 1;
            }
            None => self.dropped = self.dropped.saturating_add(1),
        }
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = T> + '_ {
        self.items.iter().take(self.length as usize).filter_map(|item| *item)
    }

    /// How many are kept.
    pub const fn len(&self) -> usize {
        self.length as usize
    }

    /// Is there none?
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many found no room.
    pub const fn dropped(&self) -> u8 {
        self.dropped
    }
}
