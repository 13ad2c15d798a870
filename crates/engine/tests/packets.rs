//! The packets of chosen sessions out of a few hand-made frames.

use engine::Config;
use engine::packets::{FlowSelector, PacketSink, SeenPacket, SessionReader, describe, ends};
use flow::Flow;
use model::packet::{Frame, LinkType, Side, Timestamp};

/// Writes everything down as lines.
#[derive(Default)]
struct Lines(Vec<String>);

impl PacketSink for Lines {
    fn packet(&mut self, seen: &SeenPacket<'_>) {
        self.0.push(format!("{} {} {}", seen.frame.number, ends(seen.packet), describe(seen)));
    }

    fn said(&mut self, _flow: &Flow, sender: Side, bytes: &[u8]) {
        self.0.push(format!("{sender:?} said {:?}", String::from_utf8_lossy(bytes)));
    }

    fn gap(&mut self, _flow: &Flow, sender: Side, bytes: u64) {
        self.0.push(format!("{sender:?} said {bytes} bytes more"));
    }
}

/// An IPv4 datagram between 10.0.0.`ends`; `fragment` is the field with flags and offset.
fn datagram(protocol: u8, ends: [u8; 2], identification: u8, fragment: u16, content: &[u8]) -> Vec<u8> {
    let length = (20 + content.len()) as u16;
    let mut bytes =
        vec![0x45, 0, 0, 0, 0, identification, 0, 0, 64, protocol, 0, 0, 10, 0, 0, ends[0], 10, 0, 0, ends[1]];
    bytes[2..4].copy_from_slice(&length.to_be_bytes());
    bytes[6..8].copy_from_slice(&fragment.to_be_bytes());
    bytes.extend_from_slice(content);
    bytes
}

fn udp(ports: [u16; 2], text: &str) -> Vec<u8> {
    let mut bytes: Vec<u8> = ports.iter().flat_map(|port| port.to_be_bytes()).collect();
    bytes.extend_from_slice(&((8 + text.len()) as u16).to_be_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn frames() -> Vec<Vec<u8>> {
    let whole = udp([9, 9], "in two pieces");
    vec![
        datagram(17, [1, 2], 1, 0, &udp([4000, 53], "who?")),
        datagram(17, [3, 2], 2, 0, &udp([4001, 53], "other")),
        datagram(17, [2, 1], 3, 0, &udp([53, 4000], "you")),
        datagram(17, [1, 4], 4, 0x2000, &whole[..16]),
        datagram(17, [1, 4], 4, 2, &whole[16..]),
    ]
}

#[track_caller]
fn check(selector: &str, expected: &[&str]) {
    let selector = if selector.is_empty() { FlowSelector::All } else { selector.parse().expect("a selector") };
    let mut reader = SessionReader::new(&Config::default(), selector);
    let mut lines = Lines::default();
    for (place, bytes) in frames().iter().enumerate() {
        let frame = Frame {
            timestamp: Timestamp(place as i64),
            link_type: LinkType::RAW,
            interface: 0,
            number: place as u64 + 1,
            bytes,
            wire_length: bytes.len() as u32,
        };
        reader.handle_frame(frame, &mut lines);
    }
    reader.finish(&mut lines);
    assert_eq!(lines.0, expected);
}

#[test]
fn a_session_is_picked_by_its_ends() {
    check(
        "10.0.0.2:53-10.0.0.1",
        &[
            "1 10.0.0.1:4000 → 10.0.0.2:53 udp 4 bytes",
            "Client said \"who?\"",
            "3 10.0.0.2:53 → 10.0.0.1:4000 udp 3 bytes",
            "Server said \"you\"",
        ],
    );
    check("tcp 10.0.0.2:53", &[]);
}

#[test]
fn all_frames_of_a_datagram_in_pieces_belong_to_its_session() {
    check(
        "10.0.0.4:9",
        &[
            "4 10.0.0.1 → 10.0.0.4 fragment of protocol 17, 16 bytes",
            "5 10.0.0.1:9 → 10.0.0.4:9 udp 13 bytes",
            "Client said \"in two pieces\"",
        ],
    );
}

#[test]
fn without_a_choice_every_packet_is_told() {
    let mut reader = SessionReader::new(&Config::default(), FlowSelector::All);
    let mut lines = Lines::default();
    let bytes = [0; 14];
    let frame = Frame {
        timestamp: Timestamp(0),
        link_type: LinkType::ETHERNET,
        interface: 0,
        number: 1,
        bytes: &bytes,
        wire_length: 14,
    };
    reader.handle_frame(frame, &mut lines);
    assert_eq!(lines.0.len(), 1, "{:?}", lines.0);
}
