//! One datagram in every link header and tunnel.

use crate::samples::Sample;
use model::packet::LinkType;
use wire::TunnelKind::{self, *};
use wire::{DecodeConfig, Packet};

/// IPv4, UDP to port 53, four bytes.
const DATAGRAM: [u8; 32] =
    [0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0xc0, 2, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4];
/// The same for IPv6.
const DATAGRAM_6: [u8; 52] = [
    0x60, 0, 0, 0, 0, 12, 17, 64, 0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 2, 0xc0, 2, 0, 53, 0, 12, 0, 0, 1, 2, 3, 4,
];

/// Ethernet with a datagram in it.
fn frame() -> Vec<u8> {
    [&[4; 12][..], &[8, 0], &DATAGRAM].concat()
}

/// IPv4 from 192.0.2.1 to 192.0.2.2.
fn ipv4(protocol: u8, inside: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + inside.len() as u16).to_be_bytes();
    let header = [0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2];
    [&header, inside].concat()
}

fn ipv6(protocol: u8, inside: &[u8]) -> Vec<u8> {
    let [high, low] = (inside.len() as u16).to_be_bytes();
    let header = [&[0x60, 0, 0, 0, high, low, protocol, 64][..], &[9; 16], &[8; 16]].concat();
    [header, inside.to_vec()].concat()
}

fn udp(port: u16, inside: &[u8]) -> Vec<u8> {
    let [high, low] = (8 + inside.len() as u16).to_be_bytes();
    let [port_high, port_low] = port.to_be_bytes();
    ipv4(17, &[&[0xc0, 1, port_high, port_low, high, low, 0, 0], inside].concat())
}

/// A header before something.
fn before(header: &[u8], inside: &[u8]) -> Vec<u8> {
    [header, inside].concat()
}

fn decode(link_type: LinkType, bytes: &[u8], check: impl FnOnce(&Packet<'_>)) {
    let sample = Sample { link_type, bytes: bytes.to_vec(), wire_length: bytes.len() as u32 };
    check(&sample.decode(&DecodeConfig::default()));
}

#[track_caller]
fn check(name: &str, link_type: LinkType, bytes: &[u8], tunnels: &[(TunnelKind, Option<u32>)]) {
    decode(link_type, bytes, |packet| {
        let found: Vec<_> = packet.tunnels.iter().map(|tunnel| (tunnel.kind, tunnel.id)).collect();
        assert_eq!(found, tunnels, "{name}");
        assert_eq!((packet.ports(), packet.payload), (Some((49154, 53)), &[1, 2, 3, 4][..]), "{name}");
        assert!(packet.anomalies.is_empty(), "{name}: {:?}", packet.anomalies);
    });
}

#[test]
fn link_headers() {
    check("raw", LinkType::RAW, &DATAGRAM, &[]);
    check("raw, IPv6", LinkType::RAW, &DATAGRAM_6, &[]);
    check("IPv4", LinkType::IPV4, &DATAGRAM, &[]);
    check("IPv6", LinkType::IPV6, &DATAGRAM_6, &[]);
    check("Ethernet", LinkType::ETHERNET, &frame(), &[]);
    check("null, little-endian", LinkType::NULL, &before(&[2, 0, 0, 0], &DATAGRAM), &[]);
    check("null, big-endian, macOS", LinkType::NULL, &before(&[0, 0, 0, 30], &DATAGRAM_6), &[]);
    check("loop", LinkType::LOOP, &before(&[0, 0, 0, 24], &DATAGRAM_6), &[]);
    check("cooked", LinkType::LINUX_SLL, &before(&[0, 0, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0, 8, 0], &DATAGRAM), &[]);
    let second = [8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 1, 2, 3, 4, 5, 6, 0, 0];
    check("cooked, version 2", LinkType::LINUX_SLL2, &before(&second, &DATAGRAM), &[]);
    check("PPP", LinkType::PPP, &before(&[0xff, 3, 0, 0x21], &DATAGRAM), &[]);
    check("PPP, compressed", LinkType::PPP, &before(&[0x57], &DATAGRAM_6), &[]);
    check("Cisco HDLC", LinkType::C_HDLC, &before(&[0x0f, 0, 8, 0], &DATAGRAM), &[]);
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let data = before(&[&[0x88, 0x01, 0, 0][..], &[1; 20], &[0, 0]].concat(), &before(&snap, &DATAGRAM));
    check("802.11", LinkType::IEEE802_11, &data, &[]);
    check("802.11 behind radiotap", LinkType::IEEE802_11_RADIOTAP, &before(&[0, 0, 8, 0, 0, 0, 0, 0], &data), &[]);
    let length = (snap.len() + DATAGRAM.len()) as u8;
    check("802.2", LinkType::ETHERNET, &[&[4; 12][..], &[0, length], &snap, &DATAGRAM].concat(), &[]);
}

#[test]
fn tags_and_labels() {
    let macs = [4; 12];
    let behind = |tags: &[u8]| [&macs[..], tags, &DATAGRAM].concat();
    check("VLAN", LinkType::ETHERNET, &behind(&[0x81, 0, 0, 7, 8, 0]), &[]);
    check("QinQ", LinkType::ETHERNET, &behind(&[0x88, 0xa8, 0, 7, 0x81, 0, 0, 8, 8, 0]), &[]);
    check("VN-Tag", LinkType::ETHERNET, &behind(&[0x89, 0x26, 0, 0, 0, 0, 8, 0]), &[]);
    check("Cisco metadata", LinkType::ETHERNET, &behind(&[0x89, 9, 1, 1, 0, 1, 0, 2, 8, 0]), &[]);
    check("MACsec in clear", LinkType::ETHERNET, &behind(&[0x88, 0xe5, 0, 0, 0, 0, 0, 1, 8, 0]), &[]);
    check("MPLS", LinkType::ETHERNET, &behind(&[0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64]), &[(Mpls, Some(32))]);
    check("explicit null", LinkType::ETHERNET, &behind(&[0x88, 0x47, 0, 0, 1, 64]), &[(Mpls, Some(0))]);
    let wire = |word: &[u8]| [&macs[..], &[0x88, 0x47, 0, 1, 1, 64], word, &frame()].concat();
    let expected = [(Mpls, Some(16)), (PseudoWire, Some(16))];
    check("pseudowire with control word", LinkType::ETHERNET, &wire(&[0, 0, 0, 1]), &expected);
    check("pseudowire without", LinkType::ETHERNET, &wire(&[]), &expected);
    let session = [0x88, 0x64, 0x11, 0, 0, 9, 0, 34, 0, 0x21];
    check("PPPoE", LinkType::ETHERNET, &behind(&session), &[(PppOe, Some(9))]);
    let service = [&macs[..], &[0x88, 0xe7, 0, 0, 0, 5], &frame()].concat();
    check("802.1ah", LinkType::ETHERNET, &service, &[(ProviderBackbone, Some(5))]);
    let path = [&macs[..], &[0x89, 0x4f, 0x0f, 0xc2, 2, 1, 0, 0, 3, 255], &DATAGRAM].concat();
    check("NSH", LinkType::ETHERNET, &path, &[(Nsh, Some(3))]);
}

#[test]
fn vlan_ids_are_those_of_the_innermost_frame() {
    let tagged = [&[4; 12][..], &[0x88, 0xa8, 0, 7, 0x81, 0, 0xe0, 8, 8, 0], &DATAGRAM].concat();
    decode(LinkType::ETHERNET, &tagged, |packet| assert_eq!(packet.vlans.iter().collect::<Vec<_>>(), [7, 8]));
    let outer = [&[6; 12][..], &[0x81, 0, 0, 9, 8, 0], &ipv4(47, &before(&[0, 0, 0x65, 0x58], &tagged))].concat();
    decode(LinkType::ETHERNET, &outer, |packet| {
        assert_eq!(packet.vlans.iter().collect::<Vec<_>>(), [7, 8]);
        assert_eq!(packet.macs, Some([[4; 6], [4; 6]]));
    });
    let many = [&[4; 12][..], &[0x81, 0, 0, 1].repeat(4), &[8, 0], &DATAGRAM].concat();
    decode(LinkType::ETHERNET, &many, |packet| {
        assert_eq!(packet.anomalies.iter().map(|anomaly| anomaly.name).collect::<Vec<_>>(), ["vlan.too_many_layers"]);
        assert_eq!((packet.vlans.len(), packet.ports()), (3, Some((49154, 53))));
    });
}

#[test]
fn tunnels_in_ip() {
    let raw = LinkType::RAW;
    check("IP in IP", raw, &ipv4(4, &DATAGRAM), &[(IpInIp, None)]);
    check("6in4", raw, &ipv4(41, &DATAGRAM_6), &[(SixInFour, None)]);
    check("4in6", raw, &ipv6(4, &DATAGRAM), &[(FourInSix, None)]);
    check("6in6", raw, &ipv6(41, &DATAGRAM_6), &[(IpInIp, None)]);
    check("GRE", raw, &ipv4(47, &before(&[0, 0, 8, 0], &DATAGRAM)), &[(Gre, None)]);
    let all = [0xb0, 0, 8, 0, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1];
    check("GRE with everything", raw, &ipv4(47, &before(&all, &DATAGRAM)), &[(Gre, Some(7))]);
    check("Ethernet in GRE", raw, &ipv4(47, &before(&[0, 0, 0x65, 0x58], &frame())), &[(EthernetInGre, None)]);
    let pptp = [0x30, 0x01, 0x88, 0x0b, 0, 36, 0, 5, 0, 0, 0, 1, 0xff, 3, 0, 0x21];
    check("PPTP", raw, &ipv4(47, &before(&pptp, &DATAGRAM)), &[(Gre, Some(5))]);
    check(
        "MPLS in GRE",
        raw,
        &ipv4(47, &before(&[0, 0, 0x88, 0x47, 0, 1, 1, 64], &DATAGRAM)),
        &[(Gre, None), (Mpls, Some(16))],
    );
    check("EtherIP", raw, &ipv4(97, &before(&[0x30, 0], &frame())), &[(EtherIp, None)]);
    let authenticated = [17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
    check("AH", raw, &ipv4(51, &before(&authenticated, &DATAGRAM[20..])), &[]);
}

#[test]
fn tunnels_in_udp() {
    let raw = LinkType::RAW;
    check("VXLAN", raw, &udp(4789, &before(&[8, 0, 0, 0, 0, 0, 5, 0], &frame())), &[(Vxlan, Some(5))]);
    check("VXLAN of old Linux", raw, &udp(8472, &before(&[8, 0, 0, 0, 0, 0, 5, 0], &frame())), &[(Vxlan, Some(5))]);
    check("VXLAN-GPE", raw, &udp(4790, &before(&[0x0c, 0, 0, 1, 0, 0, 5, 0], &DATAGRAM)), &[(VxlanGpe, Some(5))]);
    let service = [0x0c, 0, 0, 4, 0, 0, 5, 0, 0x0f, 0xc2, 2, 1, 0, 0, 3, 255];
    check("NSH in VXLAN-GPE", raw, &udp(4790, &before(&service, &DATAGRAM)), &[(VxlanGpe, Some(5)), (Nsh, Some(3))]);
    check("GENEVE", raw, &udp(6081, &before(&[0, 0, 0x65, 0x58, 0, 0, 5, 0], &frame())), &[(Geneve, Some(5))]);
    check("GRE in UDP", raw, &udp(4754, &before(&[0, 0, 8, 0], &DATAGRAM)), &[(GreInUdp, None)]);
    check("GTP-U", raw, &udp(2152, &before(&[0x30, 255, 0, 32, 0, 0, 0, 5], &DATAGRAM)), &[(Gtp, Some(5))]);
    check("Teredo", raw, &udp(3544, &DATAGRAM_6), &[(Teredo, None)]);
    check("Teredo with origin", raw, &udp(3544, &before(&[0, 0, 1, 2, 3, 4, 5, 6], &DATAGRAM_6)), &[(Teredo, None)]);
    check("TZSP", raw, &udp(37008, &before(&[1, 0, 0, 1, 1], &frame())), &[(Tzsp, None)]);
}

/// Lengths in the header against bytes that are there.
#[test]
fn padding_offload_and_cuts() {
    let padded = before(&frame(), &[0; 14]);
    check("padding", LinkType::ETHERNET, &padded, &[]);
    let mut offloaded = DATAGRAM;
    (offloaded[2], offloaded[3], offloaded[24], offloaded[25]) = (0, 0, 0, 0);
    check("segmentation offload", LinkType::RAW, &offloaded, &[]);
    let cut = Sample { link_type: LinkType::RAW, bytes: DATAGRAM[..30].to_vec(), wire_length: 32 };
    let packet = cut.decode(&DecodeConfig::default());
    assert_eq!((packet.payload, packet.missing_bytes, packet.anomalies.len()), (&[1, 2][..], 2, 0));
    let ports_only = Sample { bytes: DATAGRAM[..25].to_vec(), ..cut.clone() };
    let packet = ports_only.decode(&DecodeConfig::default());
    assert_eq!((packet.ports(), packet.missing_bytes), (Some((49154, 53)), 7));
    let lying = Sample { wire_length: 30, ..cut };
    let packet = lying.decode(&DecodeConfig::default());
    assert_eq!((packet.payload, packet.missing_bytes), (&[1, 2][..], 2));
    assert_eq!(packet.anomalies.first().map(|anomaly| anomaly.name), Some("ipv4.trunc_pkt"));
}

/// Fragments are handed out as they are, and decoded when someone has put them together.
#[test]
fn fragments() {
    let config = DecodeConfig::default();
    let whole = ipv4(47, &before(&[0, 0, 8, 0], &DATAGRAM));
    let mut first = whole[..36].to_vec();
    (first[3], first[6]) = (36, 0x20);
    let tagged = [&[4; 12][..], &[0x81, 0, 0, 7, 8, 0], &first].concat();
    let fragment = wire::decode(LinkType::ETHERNET, &tagged, tagged.len() as u32, &config);
    assert!(fragment.is_fragment() && fragment.tunnels.is_empty());
    assert_eq!(fragment.payload, &whole[20..36]);
    let from_payload = wire::decode_reassembled(&whole[20..], &fragment, &config);
    let from_datagram = wire::decode_ip(&whole, Some(&fragment), &config);
    for packet in [from_payload, from_datagram] {
        assert_eq!((packet.ports(), packet.payload), (Some((49154, 53)), &[1, 2, 3, 4][..]));
        assert_eq!(packet.tunnels.first().map(|tunnel| tunnel.kind), Some(Gre));
        assert_eq!((packet.vlans.first(), packet.macs), (Some(7), Some([[4; 6], [4; 6]])));
    }
}
