//! The loop that walks from header to header.

use crate::anomaly::{self, Malformed};
use crate::packet::{Network, Packet, Transport, Tunnel, TunnelKind};
use crate::{DecodeConfig, link, network, transport, tunnel};
use model::packet::{Anomaly, LinkType};

/// What a frame's headers say.
///
/// `bytes` is what was captured of a frame of `wire_length` bytes. Never fails: what cannot be read is an anomaly.
pub fn decode<'a>(link_type: LinkType, bytes: &'a [u8], wire_length: u32, config: &DecodeConfig) -> Packet<'a> {
    let mut packet = Packet { wire_length, ..Packet::default() };
    let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let absent = wire_length.saturating_sub(captured);
    Decoder::new(&mut packet, bytes, absent, config).run(Next::Link(link_type));
    packet
}

/// The same for an IP datagram without a link header, such as one that was put together from fragments with its header made new.
///
/// `around` is the packet of one of its fragments: MACs, VLANs and tunnels are taken from it, since the datagram lay in them. Its GENEVE
/// options stay with it. The result's `wire_length` is that of the datagram.
pub fn decode_ip<'a>(bytes: &'a [u8], around: Option<&Packet<'_>>, config: &DecodeConfig) -> Packet<'a> {
    let mut packet = around.map(surroundings).unwrap_or_default();
    packet.wire_length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Decoder::new(&mut packet, bytes, 0, config).run(Next::Ip);
    packet
}

/// The same for what fragments were put together to: `payload` is what lies behind the IP header of `fragment`, which may be any
/// fragment of it with the `protocol` of the first one. The result's `datagram` is empty, unless another was found in the payload.
pub fn decode_reassembled<'a>(payload: &'a [u8], fragment: &Packet<'_>, config: &DecodeConfig) -> Packet<'a> {
    let mut packet = surroundings(fragment);
    let Some(outer) = fragment.network else { return packet };
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let total_length = length.saturating_add(u32::from(outer.header_length));
    packet.wire_length = total_length;
    packet.payload = payload;
    packet.network = Some(Network { fragment: None, total_length, ..outer });
    let first = if outer.source.is_ipv6() { Next::Ipv6Header(outer.protocol) } else { Next::Protocol(outer.protocol) };
    Decoder::new(&mut packet, payload, 0, config).run(first);
    packet
}

fn surroundings<'a>(around: &Packet<'_>) -> Packet<'a> {
    Packet {
        macs: around.macs,
        ether_type: around.ether_type,
        vlans: around.vlans,
        tunnels: around.tunnels,
        ..Packet::default()
    }
}

/// What the bytes that come next are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A frame of this type.
    Link(LinkType),
    /// An Ethernet frame.
    Ethernet,
    /// What this EtherType says.
    EtherType(u16),
    /// Logical link control.
    Llc,
    /// An 802.11 frame.
    WiFi,
    /// A PPP frame.
    Ppp,
    /// IP of either version.
    Ip,
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
    /// What an IPv6 header says comes next, which may be an extension header.
    Ipv6Header(u8),
    /// What an IP header carries.
    Protocol(u8),
    /// An MPLS label stack.
    Mpls,
    /// A network service header.
    Nsh,
    /// Nothing that is decoded.
    Done,
}

/// Where decoding stands.
pub(crate) struct Decoder<'p, 'a, 'c> {
    pub(crate) packet: &'p mut Packet<'a>,
    /// What is not decoded yet.
    pub(crate) rest: &'a [u8],
    /// Bytes that were behind `rest` on the wire and were not captured.
    pub(crate) absent: u32,
    pub(crate) config: &'c DecodeConfig,
    tunnels: u8,
    /// Bytes that there were to decode, without padding.
    captured: usize,
}

impl<'p, 'a, 'c> Decoder<'p, 'a, 'c> {
    fn new(packet: &'p mut Packet<'a>, rest: &'a [u8], absent: u32, config: &'c DecodeConfig) -> Self {
        packet.payload = rest;
        let tunnels = u8::try_from(packet.tunnels.len()).unwrap_or(u8::MAX);
        Decoder { packet, rest, absent, config, tunnels, captured: rest.len() }
    }

    fn run(&mut self, first: Next) {
        let mut next = first;
        for _ in 0..self.config.layers_max {
            next = self.step(next);
            if next == Next::Done {
                return;
            }
        }
        self.flag(anomaly::TOO_MANY_LAYERS);
    }

    #[inline]
    fn step(&mut self, next: Next) -> Next {
        match next {
            Next::Link(LinkType::ETHERNET) | Next::Ethernet => link::ethernet::decode(self),
            Next::EtherType(ether_type) => link::ether_type(self, ether_type),
            Next::Ipv4 => network::ipv4::decode(self),
            Next::Protocol(protocol) => self.protocol(protocol),
            Next::Ipv6 => network::ipv6::decode(self),
            Next::Ipv6Header(header) => network::ipv6_extensions::decode(self, header),
            Next::Ip => network::decode(self),
            Next::Link(link_type) => link::decode(self, link_type),
            Next::Llc => link::llc::decode(self),
            Next::WiFi => link::wifi::decode(self),
            Next::Ppp => link::ppp::decode(self),
            Next::Mpls => link::mpls::decode(self),
            Next::Nsh => tunnel::nsh::decode(self),
            Next::Done => Next::Done,
        }
    }

    #[inline]
    fn protocol(&mut self, protocol: u8) -> Next {
        match protocol {
            transport::TCP => transport::tcp::decode(self),
            transport::UDP => transport::udp::decode(self),
            transport::ICMP | transport::ICMPV6 => transport::icmp::decode(self, protocol),
            transport::SCTP => transport::sctp::decode(self),
            transport::ESP => transport::ipsec::decode_esp(self),
            transport::AH => transport::ipsec::decode_ah(self),
            _ => tunnel::decode(self, protocol),
        }
    }

    /// Notes an anomaly, once however often it is found.
    #[cold]
    pub(crate) fn flag(&mut self, malformed: Malformed) {
        let anomaly: Anomaly = malformed.into();
        if self.packet.anomalies.iter().all(|noted| noted != anomaly) {
            self.packet.anomalies.push(anomaly);
        }
    }

    /// Notes an anomaly and ends.
    #[cold]
    pub(crate) fn fail(&mut self, malformed: Malformed) -> Next {
        self.flag(malformed);
        Next::Done
    }

    /// Ends because there are too few bytes. That is an anomaly only if the sender sent no more.
    #[cold]
    pub(crate) fn cut(&mut self, malformed: Malformed) -> Next {
        if self.absent == 0 {
            self.flag(malformed);
        }
        Next::Done
    }

    /// Goes past a header of this many bytes, of which some may be absent.
    #[inline]
    pub(crate) fn skip(&mut self, bytes: usize) {
        if let Some(behind) = self.rest.get(bytes..) {
            self.rest = behind;
        } else {
            let beyond = u32::try_from(bytes - self.rest.len()).unwrap_or(u32::MAX);
            self.absent = self.absent.saturating_sub(beyond);
            self.rest = &[];
        }
    }

    /// Goes past a header of an IP datagram: what is behind it is payload, until another header is found in it.
    #[inline]
    pub(crate) fn begin_payload(&mut self, header: usize) {
        self.skip(header);
        self.packet.payload = self.rest;
        self.packet.missing_bytes = self.absent;
    }

    /// Says that the message at hand has `length` bytes: what is behind them is padding, and what is not there is absent.
    /// `false` if the wire cannot have had so many.
    #[inline]
    pub(crate) fn limit(&mut self, length: usize) -> bool {
        if let Some(kept) = self.rest.get(..length) {
            self.captured -= self.rest.len() - length;
            self.rest = kept;
            self.absent = 0;
            return true;
        }
        let missing = u32::try_from(length - self.rest.len()).unwrap_or(u32::MAX);
        let was_sent = missing <= self.absent;
        self.absent = missing;
        was_sent
    }

    /// Takes off an encapsulation: what was found so far is its outside. `header` is its length in bytes.
    pub(crate) fn enter(&mut self, kind: TunnelKind, id: Option<u32>, header: usize, inside: Next) -> Next {
        if self.tunnels >= self.config.tunnels_max {
            return self.fail(anomaly::TOO_MANY_LAYERS);
        }
        self.tunnels += 1;
        let outer = self.packet.network.map(|network| (network.source, network.destination));
        self.packet.tunnels.push(Tunnel { kind, outer, id });
        self.skip(header);
        if outer.is_some() {
            self.packet.outer_length = u32::try_from(self.captured - self.rest.len()).unwrap_or(u32::MAX);
        }
        self.packet.network = None;
        self.packet.transport = Transport::None;
        self.packet.datagram = &[];
        self.packet.payload = self.rest;
        self.packet.missing_bytes = self.absent;
        inside
    }
}
