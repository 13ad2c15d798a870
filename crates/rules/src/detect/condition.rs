//! Does a packet, or its flow, fulfil what a rule says besides bytes?

use super::rule::{Condition, Ends, FlagMode, Header, Number, VlanLayer, WhichApplication};
use super::sight::{End, Sight};
use crate::inspect::Range;
use model::packet::Side;
use std::net::IpAddr;

impl Header {
    /// Is the rule for this packet, by its ends and protocols?
    pub fn covers(&self, sight: &Sight<'_>) -> bool {
        self.covers_protocol(sight) && self.covers_sides(sight)
    }

    /// Is it for these addresses and ports?
    pub(super) fn covers_sides(&self, sight: &Sight<'_>) -> bool {
        let is_open = self.source.is_any() && self.destination.is_any();
        if is_open && self.source_ports.is_any() && self.destination_ports.is_any() && self.version.is_none() {
            return true;
        }
        let Some(ends) = sight.ends() else { return is_open };
        if self.version.is_some_and(|version| (version == 4) != ends[0].address.is_ipv4()) {
            return false;
        }
        self.covers_ends(ends) || self.is_bidirectional && self.covers_ends([ends[1], ends[0]])
    }

    fn covers_protocol(&self, sight: &Sight<'_>) -> bool {
        let is_ip =
            self.protocols.is_empty() || sight.ip_protocol().is_some_and(|protocol| self.protocols.contains(&protocol));
        // DNS over HTTP/2 is for rules that say so, not for those of what it began as.
        let before = sight.protocol_before.filter(|_| sight.protocol != Some("doh2"));
        let is_spoken = self.applications.is_empty()
            || [sight.protocol, before].into_iter().flatten().any(|protocol| self.applications.contains(&protocol));
        is_ip && is_spoken
    }

    fn covers_ends(&self, [source, destination]: [End; 2]) -> bool {
        self.source_ports.contains(source.port)
            && self.destination_ports.contains(destination.port)
            && self.source.contains(source.address)
            && self.destination.contains(destination.address)
    }
}

impl Condition {
    /// Is it so?
    pub fn holds(&self, sight: &Sight<'_>) -> bool {
        match self {
            Condition::Sender(side) => sight.flow.is_some() && sight.sender == *side,
            Condition::Established(is_so) => sight.flow.is_some() && sight.is_established == *is_so,
            Condition::Always(is_so) => *is_so,
            Condition::PayloadBytes(range) => {
                // Not to have some size is said of packets that have any.
                let is_it = |length: usize| range.contains(length as u64) && (length > 0 || !range.is_negated);
                sight.packet.is_some_and(|packet| is_it(packet.payload.len()))
            }
            Condition::TcpFlags { flags, ignored, mode } => {
                sight.tcp().is_some_and(|tcp| mode.holds(tcp.flags.0 & !ignored, flags & !ignored))
            }
            Condition::Number(number, range) => number.of(sight).is_some_and(|number| range.contains(number)),
            Condition::IpProtocol(range) => sight.ip_protocol().is_some_and(|number| range.contains(number.into())),
            Condition::SameIp => sight.ends().is_some_and(|[one, other]| one.address == other.address),
            Condition::FragmentBits { bits, mode } => {
                fragment_bits(sight).is_some_and(|present| mode.holds(present, *bits))
            }
            Condition::IpOption(kind) => has_ip_option(sight, *kind),
            Condition::Event(layer, name) => sight.has_anomaly(*layer, name),
            Condition::Application { name, is_negated, which } => is_application(sight, name, *which, *is_negated),
            Condition::StreamBytes { sender, both, range } => stream_bytes(sight, *sender, *both, *range),
            Condition::FlowCount { sender, either, bytes, range } => {
                flow_count(sight, *sender, *either, *bytes, *range)
            }
            Condition::FlowAge(range) => sight.flow.is_some_and(|flow| {
                let seconds = flow.end().since_ns(flow.start()).max(0) as u64 / 1_000_000_000;
                range.contains(seconds)
            }),
            Condition::VlanId { layer, range } => has_vlan(sight, *layer, *range),
            Condition::VlanLayers(range) => {
                sight.packet.is_some_and(|packet| range.contains(packet.vlans.iter().count() as u64))
            }
            Condition::RemoteCall { program, version, procedure } => {
                calls(sight, [Some(*program), *version, *procedure])
            }
            Condition::SourceOrDestination(addresses, ends) => sight.ends().is_some_and(|[source, destination]| {
                ends.of([source.address, destination.address], |address| addresses.contains(address))
            }),
        }
    }
}

/// Does the payload begin with a call of this program, version and procedure (RFC 5531, section 9)? Over TCP a record's length
/// stands in front.
fn calls(sight: &Sight<'_>, wanted: [Option<u32>; 3]) -> bool {
    const CALL: u32 = 0;
    const VERSION: u32 = 2;
    let Some(packet) = sight.packet else { return false };
    let begin = if sight.tcp().is_some() { 4 } else { 0 };
    let words = packet.payload.get(begin..).and_then(|payload| payload.first_chunk::<24>());
    let Some(words) = words else { return false };
    let word = |place: usize| {
        words
            .chunks_exact(4)
            .nth(place)
            .map_or(0, |word| word.iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte)))
    };
    let is_call = word(1) == CALL && word(2) == VERSION;
    is_call && wanted.iter().zip(3..).all(|(wanted, place)| wanted.is_none_or(|wanted| wanted == word(place)))
}

impl Ends {
    /// Is it so of these ends of a packet, the sender before the receiver?
    pub(super) fn of(self, [source, destination]: [IpAddr; 2], is_so: impl Fn(IpAddr) -> bool) -> bool {
        match self {
            Ends::Source => is_so(source),
            Ends::Destination => is_so(destination),
            Ends::Any => is_so(source) || is_so(destination),
            Ends::Both => is_so(source) && is_so(destination),
        }
    }
}

impl FlagMode {
    const fn holds(self, present: u8, wanted: u8) -> bool {
        match self {
            FlagMode::Exactly => present == wanted,
            FlagMode::All => present & wanted == wanted,
            FlagMode::Any => present & wanted != 0,
            FlagMode::None => present & wanted == 0,
        }
    }
}

impl Number {
    fn of(self, sight: &Sight<'_>) -> Option<u64> {
        let network = sight.packet?.network.as_ref();
        let word = |bytes: [u8; 2]| u64::from(u16::from_be_bytes(bytes));
        match self {
            Number::Ttl => network.map(|network| network.ttl.into()),
            Number::Tos => network.map(|network| network.traffic_class.into()),
            Number::Identification => network.map(|network| network.identification.into()),
            Number::FragmentOffset => {
                network.map(|network| network.fragment.map_or(0, |fragment| u64::from(fragment.offset / 8)))
            }
            Number::Sequence => sight.tcp().map(|tcp| tcp.sequence.into()),
            Number::Acknowledgement => sight.tcp().map(|tcp| tcp.acknowledgement.into()),
            Number::Window => sight.tcp().map(|tcp| tcp.window.into()),
            Number::Mss => sight.tcp()?.options().mss.map(u64::from),
            Number::WindowScale => sight.tcp()?.options().window_scale.map(u64::from),
            Number::IcmpType => sight.icmp().map(|icmp| icmp.kind.into()),
            Number::IcmpCode => sight.icmp().map(|icmp| icmp.code.into()),
            Number::IcmpId => sight.icmp().map(|icmp| word([icmp.rest[0], icmp.rest[1]])),
            Number::IcmpSequence => sight.icmp().map(|icmp| word([icmp.rest[2], icmp.rest[3]])),
            Number::IcmpV6Mtu => sight
                .icmp()
                .filter(|icmp| icmp.kind == 2 && sight.ip_protocol() == Some(58))
                .map(|icmp| u32::from_be_bytes(icmp.rest).into()),
        }
    }
}

/// Reserved 4, do not fragment 2, more fragments 1, as in IPv4's header.
fn fragment_bits(sight: &Sight<'_>) -> Option<u8> {
    let packet = sight.packet?;
    let network = packet.network.as_ref().filter(|network| network.source.is_ipv4())?;
    let reserved = packet.datagram.get(6).map_or(0, |byte| byte >> 7);
    let more = network.fragment.is_some_and(|fragment| fragment.more);
    Some(reserved << 2 | u8::from(network.is_unfragmentable) << 1 | u8::from(more))
}

/// Options of IPv4 (RFC 791, section 3.1).
fn has_ip_option(sight: &Sight<'_>, wanted: Option<u8>) -> bool {
    let Some(packet) = sight.packet else { return false };
    let Some(header) = packet.datagram.first().filter(|byte| **byte >> 4 == 4) else { return false };
    let length = usize::from(header & 0xf) * 4;
    let mut rest = packet.datagram.get(20..length).unwrap_or_default();
    while let [kind, behind @ ..] = rest {
        if wanted.is_none_or(|wanted| wanted == *kind) {
            return true;
        }
        rest = match (kind, behind) {
            (0, _) => return false,
            (1, _) => behind,
            (_, [length, ..]) if *length >= 2 => rest.get(usize::from(*length)..).unwrap_or_default(),
            _ => return false,
        };
    }
    false
}

fn is_application(sight: &Sight<'_>, name: &str, which: WhichApplication, is_negated: bool) -> bool {
    if sight.flow.is_none() {
        return false;
    }
    let is_it = |known: Option<&str>| match known {
        None => name == "unknown" && !is_negated,
        Some(known) => (known == name) != is_negated,
    };
    match which {
        WhichApplication::Sender => is_it(sight.protocol_of(sight.sender)),
        WhichApplication::Final => is_it(sight.protocol),
        WhichApplication::Side(side) => is_it(sight.protocol_of(side)),
        WhichApplication::Either => Side::BOTH.into_iter().any(|side| is_it(sight.protocol_of(side))),
        WhichApplication::Original => is_it(sight.protocol_before.or(sight.protocol)),
    }
}

fn stream_bytes(sight: &Sight<'_>, sender: Option<Side>, both: bool, range: Range) -> bool {
    let Some(tcp) = sight.flow.and_then(|flow| flow.tcp.as_ref()) else { return false };
    let sent = |side: Side| {
        let peer = tcp.connection.peers[side.index()];
        u64::from(peer.next.0.wrapping_sub(peer.initial.0).saturating_sub(1))
    };
    match sender {
        Some(side) => range.contains(sent(side)),
        None if both => Side::BOTH.into_iter().all(|side| range.contains(sent(side))),
        None => Side::BOTH.into_iter().any(|side| range.contains(sent(side))),
    }
}

fn flow_count(sight: &Sight<'_>, sender: Option<Side>, either: bool, bytes: bool, range: Range) -> bool {
    let Some(flow) = sight.flow else { return false };
    let count = |side: Side| if bytes { flow.side(side).wire_bytes } else { flow.side(side).packets };
    match sender {
        Some(side) => range.contains(count(side)),
        None if either => Side::BOTH.into_iter().any(|side| range.contains(count(side))),
        None => range.contains(Side::BOTH.into_iter().map(count).sum()),
    }
}

fn has_vlan(sight: &Sight<'_>, layer: VlanLayer, range: Range) -> bool {
    let Some(packet) = sight.packet else { return false };
    let ids: Vec<u64> = packet.vlans.iter().map(u64::from).collect();
    match layer {
        VlanLayer::Any => ids.iter().any(|id| range.contains(*id)),
        VlanLayer::All => !ids.is_empty() && ids.iter().all(|id| range.contains(*id)),
        VlanLayer::At(layer) => {
            let place = if layer < 0 { ids.len() as i64 + i64::from(layer) } else { layer.into() };
            usize::try_from(place).ok().and_then(|place| ids.get(place)).is_some_and(|id| range.contains(*id))
        }
    }
}
