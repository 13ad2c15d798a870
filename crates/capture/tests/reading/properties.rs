//! What must always hold.

use crate::events::{Events, read, read_chunks};
use capture::{Limits, PcapWriter, PcapngWriter};
use model::packet::{Frame, LinkType, Timestamp};
use proptest::prelude::*;

/// A frame to write.
#[derive(Clone, Debug)]
struct Written {
    timestamp_ns: i64,
    bytes: Vec<u8>,
    extra_length: u32,
    comment: String,
    interface: u32,
}

impl Written {
    fn frame(&self, number: u64) -> Frame<'_> {
        Frame {
            timestamp: Timestamp(self.timestamp_ns),
            link_type: LinkType::ETHERNET,
            interface: self.interface,
            number,
            bytes: &self.bytes,
            wire_length: self.bytes.len() as u32 + self.extra_length,
        }
    }
}

fn written() -> impl Strategy<Value = Written> {
    (0..4_000_000_000_000_000_000_i64, prop::collection::vec(any::<u8>(), 0..80), 0..2000_u32, "[a-z]{0,9}", 0..3_u32)
        .prop_map(|(timestamp_ns, bytes, extra_length, comment, interface)| Written {
            timestamp_ns,
            bytes,
            extra_length,
            comment,
            interface,
        })
}

fn pcap(frames: &[Written]) -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, 0).unwrap();
    for (frame, number) in frames.iter().zip(1..) {
        writer.write(&frame.frame(number)).unwrap();
    }
    writer.into_inner()
}

fn pcapng(frames: &[Written]) -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), "test").unwrap();
    for name in ["one", "two", "three"] {
        writer.interface(LinkType::ETHERNET, 0, name).unwrap();
    }
    writer.names(&[([10, 0, 0, 1].into(), "a.example"), ("fd00::1".parse().unwrap(), "b.example")]).unwrap();
    writer.secrets(0x544c_534b, b"CLIENT_RANDOM 00 11\n").unwrap();
    for (frame, number) in frames.iter().zip(1..) {
        writer.write(&frame.frame(number), Some(2), &frame.comment).unwrap();
    }
    writer.statistics(1, 5_000_000_000, 10, 3).unwrap();
    writer.into_inner()
}

/// What was written is what is read, but for the interface in a format that has none.
fn assert_same(events: &Events, frames: &[Written], has_interfaces: bool) {
    assert_eq!(events.frames.len(), frames.len());
    for (read, (written, number)) in events.frames.iter().zip(frames.iter().zip(1..)) {
        let interface = if has_interfaces { written.interface } else { 0 };
        assert_eq!((read.timestamp_ns, &read.bytes, read.number), (written.timestamp_ns, &written.bytes, number));
        assert_eq!((read.interface, read.wire_length), (interface, written.frame(number).wire_length));
    }
}

proptest! {
    #[test]
    fn written_is_read(frames in prop::collection::vec(written(), 0..12)) {
        assert_same(&read(&pcap(&frames)), &frames, false);
        let events = read(&pcapng(&frames));
        assert_same(&events, &frames, true);
        let comments = frames.iter().filter(|frame| !frame.comment.is_empty()).count();
        prop_assert_eq!(events.notes_of("Comment"), comments);
        prop_assert_eq!(events.notes_of("Name"), 2);
        prop_assert_eq!(events.notes_of("Secrets"), 1);
        prop_assert_eq!(events.notes_of("Statistics"), 1);
        prop_assert_eq!(events.notes_of("Damaged"), 0);
    }

    #[test]
    fn cut_anywhere(
        frames in prop::collection::vec(written(), 0..8),
        is_pcapng in any::<bool>(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        end in any::<prop::sample::Index>(),
        mut cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut bytes = if is_pcapng { pcapng(&frames) } else { pcap(&frames) };
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        bytes.truncate(end.index(bytes.len() + 1).max(bytes.len() / 2));
        let whole = read(&bytes);
        cuts.sort_by_key(|cut| cut.index(bytes.len() + 1));
        let mut chunks = Vec::new();
        let mut from = 0;
        for cut in &cuts {
            let to = cut.index(bytes.len() + 1);
            chunks.push(&bytes[from..to]);
            from = to;
        }
        chunks.push(&bytes[from..]);
        prop_assert_eq!(read_chunks(chunks, Limits::default()), whole);
        prop_assert_eq!(read_chunks(bytes.chunks(1), Limits::default()), read(&bytes));
    }

    #[test]
    fn any_bytes(mut bytes in prop::collection::vec(any::<u8>(), 0..400), magic in 0..4_usize) {
        let magics = [[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0], [0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4], [0xa, 0xd, 0xd, 0xa, 28, 0, 0, 0]];
        if let Some(magic) = magics.get(magic) {
            bytes.splice(0..0, *magic);
        }
        let limits = Limits { frame_bytes_max: 100, block_bytes_max: 200, interfaces_max: 2 };
        prop_assert_eq!(read_chunks(bytes.chunks(7), limits), read_chunks([&bytes[..]], limits));
    }
}
