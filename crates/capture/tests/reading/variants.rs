//! The variants of pcap: one frame of four bytes in each.

use crate::events::read;

const FRAME: [u8; 4] = [9, 8, 7, 6];

/// A file by its parts; numbers are written by `put`.
struct File {
    magic: u32,
    minor: u16,
    extra_file: usize,
    lengths: [u32; 2],
    extra_record: usize,
}

const USUAL: File = File { magic: 0xa1b2_c3d4, minor: 4, extra_file: 0, lengths: [4, 60], extra_record: 0 };

impl File {
    fn bytes(&self, is_big_endian: bool) -> Vec<u8> {
        let put = |value: u32| if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let half = |value: u16| if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut bytes = put(self.magic).to_vec();
        bytes.extend([half(2), half(self.minor)].concat());
        bytes.extend([put(0), put(0), put(65_535), put(1)].concat());
        bytes.extend(vec![0xee; self.extra_file]);
        bytes.extend([put(100), put(7)].concat());
        bytes.extend(self.lengths.map(put).concat());
        bytes.extend(vec![0xee; self.extra_record]);
        bytes.extend(FRAME);
        bytes
    }
}

#[track_caller]
fn check(name: &str, file: &File, timestamp_ns: i64) {
    for is_big_endian in [false, true] {
        let events = read(&file.bytes(is_big_endian));
        let frames: Vec<_> =
            events.frames.iter().map(|frame| (frame.timestamp_ns, &frame.bytes[..], frame.wire_length)).collect();
        assert_eq!(frames, [(timestamp_ns, &FRAME[..], 60)], "{name}");
        assert_eq!((events.notes.len(), events.notes_of("Damaged")), (2, 0), "{name}");
    }
}

#[test]
fn magic_numbers() {
    check("microseconds", &USUAL, 100_000_007_000);
    check("nanoseconds", &File { magic: 0xa1b2_3c4d, ..USUAL }, 100_000_000_007);
    check("Kuznetzov", &File { magic: 0xa1b2_cd34, extra_record: 8, ..USUAL }, 100_000_007_000);
    check("Navtel", &File { magic: 0xa12b_3c4d, ..USUAL }, 100_000_007_000);
    check("IXIA", &File { magic: 0x1c00_01ac, extra_file: 4, ..USUAL }, 100_000_000_007);
}

#[test]
fn old_versions_swapped_the_lengths() {
    check("2.2", &File { minor: 2, lengths: [60, 4], ..USUAL }, 100_000_007_000);
    check("2.3, written by one who did not know", &File { minor: 3, lengths: [60, 4], ..USUAL }, 100_000_007_000);
    check("2.3", &File { minor: 3, ..USUAL }, 100_000_007_000);
}

#[test]
fn another_version_is_told() {
    let mut bytes = USUAL.bytes(false);
    bytes[4] = 3;
    assert_eq!(read(&bytes).notes, [(0, "Damaged { offset: 0, damage: UnknownVersion }".to_owned())]);
}
