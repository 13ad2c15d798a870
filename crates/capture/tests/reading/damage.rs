//! Damaged files are read as far as they go, and what is wrong is told with its place.

use crate::events::{Events, read, read_chunks};
use capture::{Limits, PcapWriter, PcapngWriter};
use model::packet::{Frame, LinkType, Timestamp};

const FRAME: [u8; 60] = [7; 60];

fn frame(number: u64) -> Frame<'static> {
    let timestamp = Timestamp(1_700_000_000_000_000_000 + number as i64);
    Frame { timestamp, link_type: LinkType::ETHERNET, interface: 0, number, bytes: &FRAME, wire_length: 60 }
}

/// Ten frames of 76 bytes each behind 24.
fn pcap() -> Vec<u8> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, 65_535).unwrap();
    (1..=10).for_each(|number| writer.write(&frame(number)).unwrap());
    writer.into_inner()
}

/// Ten frames of 92 bytes each behind 60.
fn pcapng() -> Vec<u8> {
    let mut writer = PcapngWriter::new(Vec::new(), "").unwrap();
    writer.interface(LinkType::ETHERNET, 0, "").unwrap();
    (1..=10).for_each(|number| writer.write(&frame(number), None, "").unwrap());
    writer.into_inner()
}

/// Reads with these bytes put at a place; `expected` are the frames, and what the notes behind the first two say.
#[track_caller]
fn check(mut bytes: Vec<u8>, at: usize, damage: &[u8], frames: usize, expected: &[&str]) {
    bytes[at..at + damage.len()].copy_from_slice(damage);
    let events = read(&bytes);
    assert_eq!(notes(&events), expected);
    assert_eq!(events.frames.len(), frames);
}

fn notes(events: &Events) -> Vec<&str> {
    events.notes.iter().skip(2).map(|(_, note)| note.as_str()).collect()
}

#[test]
fn a_length_that_cannot_be() {
    let record = 24 + 3 * 76;
    let resumed = ["Damaged { offset: 252, damage: ImpossibleRecord }", "Resumed { offset: 328 }"];
    check(pcap(), record + 8, &[0xff; 4], 9, &resumed);
    let block = 60 + 3 * 92;
    let resumed = ["Damaged { offset: 336, damage: WrongBlockLength }", "Resumed { offset: 428 }"];
    check(pcapng(), block + 4, &[0xff; 4], 9, &resumed);
    check(pcapng(), block + 88, &[0xff; 4], 9, &resumed);
}

#[test]
fn a_frame_longer_than_its_block() {
    check(pcapng(), 60 + 20, &[200], 9, &["Damaged { offset: 60, damage: FrameBeyondBlock }"]);
}

/// The last 20 bytes of a frame of 60 become options, whose first claims 64 KiB. The frame is read all the same.
#[test]
fn an_option_longer_than_its_block() {
    let mut bytes = pcapng();
    bytes[60 + 20..60 + 28].copy_from_slice(&[40, 0, 0, 0, 40, 0, 0, 0]);
    check(bytes, 60 + 28 + 40, &[1, 0, 0xff, 0xff], 10, &["Damaged { offset: 60, damage: OptionBeyondBlock }"]);
}

#[test]
fn an_interface_that_was_not_described() {
    check(pcapng(), 60 + 8, &[1], 9, &["Damaged { offset: 60, damage: UnknownInterface }"]);
}

#[test]
fn an_unknown_block() {
    check(pcapng(), 60, &[0xee, 0xee], 9, &["UnknownBlock { offset: 60, kind: 61166, length: 92 }"]);
}

#[test]
fn a_file_that_is_cut() {
    let mut bytes = pcap();
    bytes.truncate(24 + 2 * 76 + 30);
    let events = read(&bytes);
    assert_eq!(events.frames.len(), 2);
    assert_eq!(notes(&events), ["Truncated { offset: 176, present: 30, needed: 76 }"]);
}

#[test]
fn frames_over_the_limit() {
    let limits = Limits { frame_bytes_max: 50, ..Limits::default() };
    for bytes in [pcap(), pcapng()] {
        let events = read_chunks(bytes.chunks(11), limits);
        assert_eq!((events.frames.len(), events.notes_of("OverLimit")), (0, 10));
    }
}

/// A writer that was stopped may leave zeroes behind. In pcap they are empty frames of 1970, as tcpdump has it.
#[test]
fn a_hole_at_the_end() {
    let bytes = [pcap(), vec![0; 160]].concat();
    assert_eq!(read(&bytes).frames.len(), 20);
    let bytes = [pcapng(), vec![0; 5000]].concat();
    let events = read(&bytes);
    assert_eq!((events.frames.len(), events.notes_of("Damaged"), events.notes.len()), (10, 1, 3));
}

/// What looks like a record behind damage, but would end behind the file, is none.
#[test]
fn no_record_beyond_the_end() {
    let mut bytes = pcap();
    bytes.truncate(24 + 4 * 76 + 60);
    check(bytes, 24 + 3 * 76 + 8, &[0xff; 4], 3, &["Damaged { offset: 252, damage: ImpossibleRecord }"]);
}

/// Bytes that look like the beginning of a record again and again must not be moved again and again.
#[test]
fn records_that_ask_for_ever_more() {
    let mut bytes = pcap();
    bytes.extend([0xff; 16]);
    let seconds = 1_700_000_000_u32.to_le_bytes();
    for _ in 0..20_000 {
        bytes.extend([seconds, [0; 4], 250_000_u32.to_le_bytes(), 250_000_u32.to_le_bytes()].concat());
    }
    let events = read_chunks(bytes.chunks(1000), Limits::default());
    assert_eq!(events, read(&bytes));
}

#[test]
fn something_else() {
    let events = read(b"version https://example.org/");
    assert_eq!(events.notes, [(0, "Damaged { offset: 0, damage: NotACapture }".to_owned())]);
    assert_eq!(read(b"ab").notes, [(0, "Truncated { offset: 0, present: 2, needed: 4 }".to_owned())]);
    assert_eq!(read(b"").notes, []);
}
