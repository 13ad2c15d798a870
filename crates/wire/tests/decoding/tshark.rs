//! Against tshark: in how many frames of a capture it finds TCP and UDP.

use crate::samples;
use std::collections::BTreeMap;
use wire::TunnelKind::{Geneve, GreInUdp, Gtp, Teredo, Tzsp, Vxlan, VxlanGpe};
use wire::{DecodeConfig, Packet};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Headers of TCP and of UDP, those of tunnels too: tshark counts every one.
fn headers(packet: &Packet<'_>) -> (u64, u64) {
    let in_udp = [Vxlan, VxlanGpe, Geneve, GreInUdp, Gtp, Teredo, Tzsp];
    let outer = packet.tunnels.iter().filter(|tunnel| in_udp.contains(&tunnel.kind)).count() as u64;
    let inner = packet.network.filter(|_| packet.ports().is_some()).map(|network| network.protocol);
    (u64::from(inner == Some(TCP)), outer + u64::from(inner == Some(UDP)))
}

/// Captures of which tshark finds something else, and why.
const KNOWN: &[(&str, &str)] = &[
    (
        "gopacket/pcapgo__tests__be__test901.pcapng",
        "tshark ends at a section of an unknown version, here the next one is read",
    ),
    ("maltrail/fragments.pcap", "tshark counts fragments as what they are put together to"),
    ("maltrail/truncated.pcap", "a TCP header that was sent cut is an anomaly here, and malformed TCP there"),
];

#[test]
fn as_many_headers_as_tshark() {
    let Some(folder) = samples::folder() else { return };
    let text = std::fs::read_to_string(folder.join("oracle-tshark.jsonl")).unwrap();
    let mut expected = BTreeMap::new();
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let count = |protocol: &str| -> u64 {
            let levels = row["phs"].as_array().into_iter().flatten();
            levels.filter(|level| level[1] == protocol).filter_map(|level| level[2].as_u64()).sum()
        };
        let name = format!("{}/{}", row["set"].as_str().unwrap(), row["path"].as_str().unwrap());
        expected.insert(name, (count("tcp"), count("udp")));
    }
    let (mut compared, mut differences) = (0, Vec::new());
    for (name, bytes) in samples::captures() {
        let Some(expected) = expected.get(&name) else { continue };
        compared += 1;
        let config = DecodeConfig::every_overlay();
        let frames = samples::frames(&bytes);
        let found = frames.iter().map(|frame| headers(&frame.decode(&config)));
        let found = found.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if (found == *expected) == KNOWN.iter().any(|(known, _)| *known == name) {
            differences.push(format!("{name}: {found:?}, tshark {expected:?}"));
        }
    }
    assert!(compared > 300, "{compared}");
    assert!(differences.is_empty(), "{}\n{compared} compared", differences.join("\n"));
}
