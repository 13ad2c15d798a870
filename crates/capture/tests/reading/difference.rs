//! Against another reader of captures, pcap-parser.

use crate::events::{Kept, read};
use crate::samples;
use pcap_parser::pcapng::Block;
use pcap_parser::traits::{PcapNGPacketBlock, PcapReaderIterator};
use pcap_parser::{LegacyPcapReader, PcapBlockOwned, PcapError, PcapNGReader};
use std::io::Cursor;

/// What both tell of a frame.
type Told = (Vec<u8>, u32);

fn told(frame: &Kept) -> Told {
    (frame.bytes.clone(), frame.wire_length)
}

/// The frames that pcap-parser finds, up to where it gives up; and whether it did.
fn other_reader(bytes: &[u8]) -> (Vec<Told>, bool) {
    let capacity = bytes.len().max(1 << 16) + 64;
    let reader: Result<Box<dyn PcapReaderIterator>, _> = match capture::sniff(bytes) {
        Some(capture::CaptureKind::Pcapng) => {
            PcapNGReader::new(capacity, Cursor::new(bytes)).map(|reader| Box::new(reader) as _)
        }
        _ => LegacyPcapReader::new(capacity, Cursor::new(bytes)).map(|reader| Box::new(reader) as _),
    };
    let Ok(mut reader) = reader else { return (Vec::new(), true) };
    let mut frames = Vec::new();
    let mut is_all_there = false;
    loop {
        match reader.next() {
            Ok((length, block)) => {
                frames.extend(frame(&block));
                reader.consume(length);
                continue;
            }
            Err(PcapError::Eof) => return (frames, false),
            Err(PcapError::Incomplete(_)) if !is_all_there => {}
            Err(_) => return (frames, true),
        }
        if reader.refill().is_err() {
            return (frames, true);
        }
        is_all_there = reader.reader_exhausted();
    }
}

fn frame(block: &PcapBlockOwned) -> Option<Told> {
    Some(match block {
        PcapBlockOwned::Legacy(packet) => (packet.data.to_vec(), packet.origlen.max(packet.caplen)),
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
            (packet.packet_data().to_vec(), packet.origlen.max(packet.caplen))
        }
        PcapBlockOwned::NG(Block::SimplePacket(packet)) => (packet.packet_data().to_vec(), packet.origlen),
        _ => return None,
    })
}

/// Files that the two read differently, and why. None of them is read less far here.
const KNOWN: &[(&str, &str)] = &[
    // The snap length is 315, the block has 316 bytes: pcap-parser hands out the padding too.
    ("gopacket/pcapgo__tests__be__test012.pcapng", "simple packets beyond the snap length"),
    ("gopacket/pcapgo__tests__le__test012.pcapng", "simple packets beyond the snap length"),
    // The second section is of version 2, which nobody knows: here it is told and passed over, as in Wireshark.
    ("gopacket/pcapgo__tests__be__test901.pcapng", "a section of an unknown version"),
    // pcap-parser knows no packet blocks of kind 2.
    ("scapy/test__pcaps__pfcp.pcap", "obsolete packet blocks"),
];

#[test]
fn same_frames_as_pcap_parser() {
    let mut differences = Vec::new();
    let mut given_up = 0;
    let captures = samples::captures();
    for (name, bytes) in &captures {
        let ours: Vec<_> = read(bytes).frames.iter().map(told).collect();
        let (theirs, gave_up) = other_reader(bytes);
        given_up += usize::from(gave_up);
        let is_same = if gave_up { ours.starts_with(&theirs) } else { ours == theirs };
        let is_known = KNOWN.iter().any(|(known, _)| known == name);
        if is_same == is_known {
            differences.push(format!("{name}: {} here, {} there, gave up: {gave_up}", ours.len(), theirs.len()));
        }
    }
    eprintln!("{} captures, {given_up} of them cut or damaged for pcap-parser", captures.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
