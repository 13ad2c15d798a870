//! The nouns of packets: what every crate between a capture and a report means by a frame, a side, an anomaly.

/// Nanoseconds since 1970-01-01 UTC, as the capture says. Nothing but the outermost layer reads a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Nanoseconds from `earlier` to this moment; negative if this one is before it.
    pub const fn since_ns(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment so many nanoseconds later.
    pub const fn plus_ns(self, ns: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(ns))
    }
}

/// What a frame begins with, as numbered by tcpdump.org's LINKTYPE registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD loopback: four bytes of address family in the capturing machine's byte order.
    pub const NULL: LinkType = LinkType(0);
    /// IEEE 802.3 Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP in HDLC-like framing, or without it.
    pub const PPP: LinkType = LinkType(9);
    /// Cisco HDLC.
    pub const C_HDLC: LinkType = LinkType(104);
    /// IEEE 802.11 without a radio header.
    pub const IEEE802_11: LinkType = LinkType(105);
    /// OpenBSD loopback: four bytes of address family, big-endian.
    pub const LOOP: LinkType = LinkType(108);
    /// Raw IPv4 or IPv6.
    pub const RAW: LinkType = LinkType(101);
    /// Linux "cooked" capture, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// IEEE 802.11 behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
    /// Raw IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// Raw IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux "cooked" capture, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// One frame as it was captured.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// When.
    pub timestamp: Timestamp,
    /// What the bytes begin with.
    pub link_type: LinkType,
    /// Which interface of the capture, from 0.
    pub interface: u32,
    /// The frame's place in the capture, from 1: Wireshark's `frame.number`.
    pub number: u64,
    /// What was captured of it.
    pub bytes: &'a [u8],
    /// How long it was on the wire; more than `bytes` where a snap length cut it.
    pub wire_length: u32,
}

/// Which end of a flow sent something. The client is the one that opened it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The opener: what it sends goes to the server.
    Client,
    /// The opened: what it sends goes to the client.
    Server,
}

impl Side {
    /// Both sides, the client first.
    pub const BOTH: [Side; 2] = [Side::Client, Side::Server];

    /// The other side.
    pub const fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// 0 for the client, 1 for the server: the place in a pair.
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Where in the stack traffic departed from its specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AnomalyLayer {
    /// Headers of frames, tunnels, network and transport.
    Decode,
    /// The TCP conversation.
    Stream,
    /// An application's messages.
    Application,
}

impl AnomalyLayer {
    /// The `anomaly.type` of EVE.
    pub const fn name(self) -> &'static str {
        match self {
            AnomalyLayer::Decode => "decode",
            AnomalyLayer::Stream => "stream",
            AnomalyLayer::Application => "applayer",
        }
    }
}

/// Malformed or odd traffic: data, never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Anomaly {
    /// Where.
    pub layer: AnomalyLayer,
    /// What, by Suricata's name of the event where it has one (without `decoder.`, `stream.`): `ipv4.trunc_pkt`,
    /// `3whs_synack_flood`, `unable_to_match_response_to_request`.
    pub name: &'static str,
}
