//! Encapsulations of mirrors and clouds, down to the innermost TCP.

use crate::samples::{self, Sample};
use std::net::IpAddr;
use wire::TunnelKind::{self, *};
use wire::{DecodeConfig, GeneveOptions, Overlays, Packet};

/// Name of the frame in `encap.names`, and the tunnels that are taken off: kind, id, outer destination.
type Expected = (&'static str, &'static [(TunnelKind, Option<u32>, [u8; 4])]);

const STACKS: &[Expected] = &[
    ("aws_tm_vxlan", &[(Vxlan, Some(8_675_309), [172, 31, 9, 9])]),
    ("aws_gwlb_geneve", &[(Geneve, Some(0), [172, 31, 9, 9])]),
    ("aws_gwlb_geneve_vxlan", &[(Geneve, Some(0), [172, 31, 9, 9]), (Vxlan, Some(8_675_309), [172, 31, 9, 8])]),
    ("gcp_nsi_geneve", &[(Geneve, Some(0), [10, 9, 0, 9])]),
    ("azure_vtap_vxlan", &[(Vxlan, Some(0), [10, 1, 9, 4])]),
    ("l2gre_key", &[(EthernetInGre, Some(1234), [10, 3, 9, 4])]),
    ("nvgre_style_key", &[(EthernetInGre, Some(5000 << 8 | 7), [10, 3, 9, 4])]),
    ("erspan1", &[(ErspanI, None, [10, 3, 9, 4])]),
    ("erspan2", &[(ErspanII, Some(77), [10, 3, 9, 4])]),
    ("erspan3", &[(ErspanIII, Some(77), [10, 3, 9, 4])]),
    ("erspan3_sub", &[(ErspanIII, Some(77), [10, 3, 9, 4])]),
    ("erspan3_ip", &[(ErspanIII, Some(77), [10, 3, 9, 4])]),
];

fn stacks() -> Vec<(Sample, Expected)> {
    let Some(folder) = samples::folder() else { return Vec::new() };
    let bytes = std::fs::read(folder.join("fabric").join("encap.pcap")).unwrap();
    let frames = samples::frames(&bytes);
    assert_eq!(frames.len(), STACKS.len());
    frames.into_iter().zip(STACKS.iter().copied()).collect()
}

fn tunnels(packet: &Packet<'_>) -> Vec<(TunnelKind, Option<u32>, Option<IpAddr>)> {
    packet.tunnels.iter().map(|tunnel| (tunnel.kind, tunnel.id, tunnel.outer.map(|outer| outer.1))).collect()
}

#[test]
fn all_stacks_down_to_tcp() {
    for (frame, (name, expected)) in stacks() {
        let packet = frame.decode(&DecodeConfig::default());
        let expected: Vec<_> = expected.iter().map(|(kind, id, outer)| (*kind, *id, Some((*outer).into()))).collect();
        assert_eq!(tunnels(&packet), expected, "{name}");
        let network = packet.network.unwrap();
        let inner: (IpAddr, IpAddr) = ([10, 0, 1, 10].into(), [10, 0, 2, 20].into());
        assert_eq!(
            (network.source, network.destination, packet.ports()),
            (inner.0, inner.1, Some((40000, 443))),
            "{name}"
        );
        assert!(packet.anomalies.is_empty() && packet.missing_bytes == 0, "{name}");
        assert_eq!(packet.transport_checksum_is_right(), Some(true), "{name}");
    }
}

#[test]
fn options_of_clouds() {
    for (frame, (name, _)) in stacks() {
        let packet = frame.decode(&DecodeConfig::default());
        let options = GeneveOptions::read(packet.geneve_options);
        let is_aws = name.starts_with("aws_gwlb");
        assert_eq!(options.aws_endpoint, is_aws.then_some(0x0011_2233_4455_6677), "{name}");
        assert_eq!(options.aws_attachment, is_aws.then_some(0x8899_aabb_ccdd_eeff), "{name}");
        assert_eq!(options.aws_flow_cookie, is_aws.then_some(0xdead_beef), "{name}");
        let is_google = name.starts_with("gcp");
        assert_eq!(options.google_network, is_google.then_some(0x0123_4567), "{name}");
        assert_eq!(options.google_is_egress, is_google.then_some(true), "{name}");
    }
}

#[test]
fn overlays_are_left_on_where_told() {
    for (frame, (name, _)) in stacks() {
        let never = DecodeConfig { overlays: Overlays::Never, ..DecodeConfig::default() };
        let packet = frame.decode(&never);
        assert!(packet.tunnels.is_empty(), "{name}");
        assert_ne!(packet.ports(), Some((40000, 443)), "{name}");
        let elsewhere =
            DecodeConfig { overlays: Overlays::SentTo(vec![[192, 0, 2, 1].into()]), ..DecodeConfig::default() };
        assert!(frame.decode(&elsewhere).tunnels.is_empty(), "{name}");
        let outer = packet.network.unwrap().destination;
        let here = DecodeConfig { overlays: Overlays::SentTo(vec![outer]), ..DecodeConfig::default() };
        assert_eq!(frame.decode(&here), frame.decode(&DecodeConfig::default()), "{name}");
    }
}

#[test]
fn a_key_may_be_a_subnet() {
    let config = DecodeConfig { gre_key_is_nvgre_subnet: true, ..DecodeConfig::default() };
    for (frame, (name, _)) in stacks().into_iter().filter(|(_, (name, _))| *name == "nvgre_style_key") {
        let packet = frame.decode(&config);
        assert_eq!(packet.tunnels.first().map(|tunnel| (tunnel.kind, tunnel.id)), Some((Nvgre, Some(5000))), "{name}");
    }
}

/// Puts a frame into VXLAN in UDP in IPv4 in Ethernet.
fn in_vxlan(frame: &[u8], network_id: u8) -> Vec<u8> {
    let length = frame.len() as u16;
    let [total_high, total_low] = (length + 36).to_be_bytes();
    let [udp_high, udp_low] = (length + 16).to_be_bytes();
    let mut bytes = vec![2; 12];
    bytes.extend([8, 0, 0x45, 0, total_high, total_low, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 9, 1, 10, 9, 9, network_id]);
    bytes.extend([0xc0, 1, 0x12, 0xb5, udp_high, udp_low, 0, 0, 8, 0, 0, 0, 0, 0, network_id, 0]);
    bytes.extend(frame);
    bytes
}

/// Ethernet, IPv4, UDP to port 53 with four bytes.
fn innermost() -> Vec<u8> {
    let mut bytes = vec![4; 12];
    bytes.extend([8, 0, 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend([0xc0, 2, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4]);
    bytes
}

#[track_caller]
fn check(bytes: Vec<u8>, config: &DecodeConfig, tunnels: usize, destination_port: u16, anomalies: &[&str]) {
    let wire_length = bytes.len() as u32;
    let frame = Sample { link_type: model::packet::LinkType::ETHERNET, bytes, wire_length };
    let packet = frame.decode(config);
    assert_eq!((packet.tunnels.len(), packet.ports().map(|ports| ports.1)), (tunnels, Some(destination_port)));
    assert_eq!(packet.anomalies.iter().map(|anomaly| anomaly.name).collect::<Vec<_>>(), anomalies);
}

#[test]
fn a_customers_overlay_in_a_mirror_stays() {
    let nested = in_vxlan(&in_vxlan(&innermost(), 1), 2);
    check(nested.clone(), &DecodeConfig::default(), 1, 4789, &[]);
    check(nested.clone(), &DecodeConfig::every_overlay(), 2, 53, &[]);
    let told =
        |last| DecodeConfig { overlays: Overlays::SentTo(vec![[10, 9, 9, last].into()]), ..DecodeConfig::default() };
    check(nested.clone(), &told(2), 1, 4789, &[]);
    // The outer one is not ours, so that what lies in it is not looked at.
    check(nested, &told(1), 0, 4789, &[]);
}

#[test]
fn tunnels_in_tunnels_have_an_end() {
    let mut bytes = innermost();
    (0..40).for_each(|level| bytes = in_vxlan(&bytes, level));
    let frame = Sample { link_type: model::packet::LinkType::ETHERNET, wire_length: bytes.len() as u32, bytes };
    let packet = frame.decode(&DecodeConfig::every_overlay());
    assert!(packet.anomalies.iter().any(|anomaly| anomaly.name == "too_many_layers"));
    assert!(packet.tunnels.len() <= 6);
}

/// Datagrams that came to a tunnel's port by chance, and stay what they are.
#[test]
fn ports_prove_nothing() {
    let dns_answer =
        [0x08, 0x81, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, b'w', b'w', b'w', 7, b'e', b'x', b'a', 0, 0, 1, 0, 1];
    let quic_short =
        [0x4c, 0x08, 0x91, 0x22, 0x8a, 0xfe, 0x00, 0x10, 0x55, 0x61, 0x9b, 0x3c, 0x88, 0x0f, 0x45, 0x12, 0x99];
    let text = *b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
    for port in [4789, 8472, 6081, 4790, 4754, 2152, 3544, 37008_u16] {
        for payload in [&dns_answer[..], &quic_short, &text] {
            let [port_high, port_low] = port.to_be_bytes();
            let total = 28 + payload.len() as u8;
            let mut bytes = vec![2; 12];
            bytes.extend([8, 0, 0x45, 0, 0, total, 0, 0, 0, 0, 64, 17, 0, 0, 10, 9, 9, 1, 10, 9, 9, 2]);
            bytes.extend([0, 53, port_high, port_low, 0, total - 20, 0, 0]);
            bytes.extend(payload);
            check(bytes, &DecodeConfig::every_overlay(), 0, port, &[]);
        }
    }
}
