//! Reads what the shared captures are in: pcap and pcapng, little-endian, as far as a test needs it.

use model::packet::{LinkType, Timestamp};
use std::path::{Path, PathBuf};

/// A frame: time, link type, bytes, length on the wire.
pub struct Frame {
    pub now: Timestamp,
    pub link_type: LinkType,
    pub bytes: Vec<u8>,
    pub wire_length: u32,
}

/// The folder of shared captures; `None`, with a note, where it is not there.
pub fn samples() -> Option<PathBuf> {
    let shared = match std::env::var_os("FATHOM_SHARED") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
    };
    let folders =
        [shared.join("data/pcaps"), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/data/pcaps")];
    let found = folders.into_iter().find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: no samples (set FATHOM_SHARED to the folder that holds data/pcaps)");
    }
    found
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The frames of a capture; none of one in a form that is not read here.
pub fn frames(path: &Path) -> Vec<Frame> {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match u32_at(&bytes, 0) {
        Some(0xa1b2_c3d4) => pcap(&bytes, 1_000),
        Some(0xa1b2_3c4d) => pcap(&bytes, 1),
        Some(0x0a0d_0d0a) => pcapng(&bytes),
        _ => Vec::new(),
    }
}

fn pcap(bytes: &[u8], tick_ns: i64) -> Vec<Frame> {
    let link_type = LinkType(u32_at(bytes, 20).unwrap_or(1) as u16);
    let (mut at, mut frames) = (24, Vec::new());
    while let (Some(s), Some(f), Some(kept), Some(wire_length)) =
        (u32_at(bytes, at), u32_at(bytes, at + 4), u32_at(bytes, at + 8), u32_at(bytes, at + 12))
    {
        let Some(frame) = bytes.get(at + 16..at + 16 + kept as usize) else { break };
        let now = Timestamp(i64::from(s) * 1_000_000_000 + i64::from(f) * tick_ns);
        frames.push(Frame { now, link_type, bytes: frame.to_vec(), wire_length });
        at += 16 + kept as usize;
    }
    frames
}

fn pcapng(bytes: &[u8]) -> Vec<Frame> {
    let (mut at, mut frames, mut interfaces) = (0, Vec::new(), Vec::new());
    while let (Some(kind), Some(length)) = (u32_at(bytes, at), u32_at(bytes, at + 4)) {
        let Some(block) = bytes.get(at..at + (length as usize).max(12)) else { break };
        match kind {
            1 => interfaces.push((LinkType(u32_at(block, 8).unwrap_or(1) as u16), tick_ns(&block[16..]))),
            6 => {
                let word = |place| u32_at(block, place).unwrap_or(0);
                let (link_type, tick_ns) = interfaces.get(word(8) as usize).copied().unwrap_or((LinkType(1), 1_000));
                let ticks = i64::from(word(12)) << 32 | i64::from(word(16));
                let frame = block.get(28..28 + word(20) as usize).unwrap_or(&[]);
                let now = Timestamp(ticks * tick_ns);
                frames.push(Frame { now, link_type, bytes: frame.to_vec(), wire_length: word(24) });
            }
            _ => {}
        }
        at += (length as usize).max(12);
    }
    frames
}

/// `if_tsresol` of an interface's options.
fn tick_ns(mut options: &[u8]) -> i64 {
    while let [a, b, c, d, rest @ ..] = options {
        let (kind, length) = (u16::from_le_bytes([*a, *b]), usize::from(u16::from_le_bytes([*c, *d])));
        if kind == 9 {
            return match rest.first() {
                Some(&power) if power <= 9 => 10_i64.pow(9 - u32::from(power)),
                _ => 1_000,
            };
        }
        options = rest.get(length.next_multiple_of(4)..).unwrap_or(&[]);
    }
    1_000
}
