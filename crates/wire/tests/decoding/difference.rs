//! Against another decoder, etherparse.

use crate::samples::{self, Sample};
use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
use model::packet::LinkType;
use std::collections::BTreeMap;
use std::net::IpAddr;
use wire::{DecodeConfig, Overlays, Packet, Transport};

/// What both say of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    addresses: (IpAddr, IpAddr),
    is_fragment: bool,
    protocol: u8,
    ports: Option<(u16, u16)>,
    payload_length: Option<usize>,
}

fn ours(packet: &Packet<'_>) -> Option<Said> {
    let network = packet.network?;
    let has_payload = matches!(packet.transport, Transport::Tcp(_) | Transport::Udp(_));
    Some(Said {
        addresses: (network.source, network.destination),
        is_fragment: packet.is_fragment(),
        protocol: network.protocol,
        ports: packet.ports().filter(|_| has_payload),
        payload_length: has_payload.then_some(packet.payload.len()),
    })
}

fn theirs(sliced: &LaxSlicedPacket<'_>) -> Option<Said> {
    let (addresses, payload): ((IpAddr, IpAddr), _) = match sliced.net.as_ref()? {
        LaxNetSlice::Ipv4(ipv4) => {
            let header = ipv4.header();
            ((header.source_addr().into(), header.destination_addr().into()), ipv4.payload())
        }
        LaxNetSlice::Ipv6(ipv6) => {
            let header = ipv6.header();
            ((header.source_addr().into(), header.destination_addr().into()), ipv6.payload())
        }
        LaxNetSlice::Arp(_) => return None,
    };
    let (ports, payload_length) = match &sliced.transport {
        Some(TransportSlice::Tcp(tcp)) => {
            (Some((tcp.source_port(), tcp.destination_port())), Some(tcp.payload().len()))
        }
        Some(TransportSlice::Udp(udp)) => {
            (Some((udp.source_port(), udp.destination_port())), Some(udp.payload().len()))
        }
        _ => (None, None),
    };
    Some(Said { addresses, is_fragment: payload.fragmented, protocol: payload.ip_number.0, ports, payload_length })
}

fn slice(frame: &Sample) -> Option<LaxSlicedPacket<'_>> {
    match frame.link_type {
        LinkType::ETHERNET => LaxSlicedPacket::from_ethernet(&frame.bytes).ok(),
        LinkType::RAW | LinkType::IPV4 | LinkType::IPV6 => LaxSlicedPacket::from_ip(&frame.bytes).ok(),
        _ => None,
    }
}

/// Why the two may differ. Each is a rule that says yes where it applies.
type Reason = (&'static str, fn(&Packet<'_>, &Said, &Said) -> bool);

const REASONS: &[Reason] = &[
    (
        "TCP options that the snap length cut: etherparse gives up the header, here ports and flags are kept",
        |packet, _, theirs| {
            let Transport::Tcp(tcp) = packet.transport else { return false };
            packet.missing_bytes > 0
                && theirs.ports.is_none()
                && tcp.option_bytes.len() + 20 < usize::from(tcp.header_length)
        },
    ),
    (
        "a hop-by-hop header that is not the first: etherparse stops before it, here it is told and passed",
        |packet, _, theirs| {
            theirs.protocol == 0 && packet.anomalies.iter().any(|anomaly| anomaly.name == "ipv6.exthdr_dupl_hh")
        },
    ),
];

#[test]
fn same_as_etherparse() {
    let config = DecodeConfig { overlays: Overlays::Never, ..DecodeConfig::default() };
    let (mut compared, mut known, mut unknown) = (0_u64, BTreeMap::<&str, u64>::new(), BTreeMap::<String, u64>::new());
    for (name, bytes) in samples::captures() {
        for (frame, number) in samples::frames(&bytes).iter().zip(1..) {
            let packet = frame.decode(&config);
            // etherparse takes off no tunnels.
            let Some(sliced) = slice(frame).filter(|_| packet.tunnels.is_empty()) else { continue };
            let (Some(ours), Some(theirs)) = (ours(&packet), theirs(&sliced)) else { continue };
            compared += 1;
            if ours == theirs {
                continue;
            }
            match REASONS.iter().find(|(_, applies)| applies(&packet, &ours, &theirs)) {
                Some((reason, _)) => *known.entry(reason).or_default() += 1,
                None => {
                    unknown.insert(format!("{name} {number}: {ours:?}\n    {theirs:?}\n   {:?}", packet.anomalies), 1);
                }
            }
        }
    }
    eprintln!("{compared} frames compared; differences that are explained: {known:#?}");
    eprintln!("{}", unknown.len());
    assert!(unknown.is_empty(), "{}", unknown.keys().take(40).cloned().collect::<Vec<_>>().join("\n"));
}
