//! Measures reading and decoding: nanoseconds per frame, and megabytes per second, in CPU time.
//!
//! `cargo run --release -p wire --example frame_speed [capture [rounds]]`; without a capture, frames of Ethernet, IPv4 and TCP are made.

use capture::{FrameDetails, FrameReader, FrameSink, Limits, Note, PcapWriter};
use model::packet::{Frame, LinkType, Timestamp};
use std::hint::black_box;
use std::io::Write;
use wire::DecodeConfig;

/// Does nothing with frames, or decodes them.
struct Sink {
    config: Option<DecodeConfig>,
    frames: u64,
    found: u64,
}

impl FrameSink for Sink {
    fn frame(&mut self, frame: Frame<'_>, _: FrameDetails) {
        self.frames += 1;
        if let Some(config) = &self.config {
            let packet = wire::decode(frame.link_type, frame.bytes, frame.wire_length, config);
            self.found += u64::from(black_box(&packet).ports().is_some());
        }
    }
    fn note(&mut self, _: Note<'_>) {}
}

/// A million segments of 60 bytes of payload each.
fn made() -> std::io::Result<Vec<u8>> {
    let mut writer = PcapWriter::new(Vec::new(), LinkType::ETHERNET, 0)?;
    let mut bytes = vec![2; 12];
    bytes.extend([8, 0, 0x45, 0, 0, 112, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
    bytes.extend([0x30, 0x39, 1, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0x18, 1, 0, 0, 0, 0, 0]);
    bytes.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    bytes.extend([0x55; 60]);
    for number in 1..=1_000_000 {
        let timestamp = Timestamp(number as i64 * 1000);
        let wire_length = bytes.len() as u32;
        writer.write(&Frame {
            timestamp,
            link_type: LinkType::ETHERNET,
            interface: 0,
            number,
            bytes: &bytes,
            wire_length,
        })?;
    }
    Ok(writer.into_inner())
}

/// User and system time of this process so far.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/schedstat") else { return 0.0 };
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn measure(name: &str, bytes: &[u8], rounds: usize, config: Option<&DecodeConfig>) -> std::io::Result<()> {
    // The kernel counts a process's time now and then: a round has to be much longer than that.
    let repeats = (ROUND_BYTES / bytes.len().max(1)).max(1);
    let mut best = f64::MAX;
    let mut frames = 0;
    for _ in 0..rounds {
        let mut sink = Sink { config: config.cloned(), frames: 0, found: 0 };
        let before = cpu_seconds();
        for _ in 0..repeats {
            let mut reader = FrameReader::new(Limits::default());
            bytes.chunks(1 << 18).for_each(|chunk| reader.push(chunk, &mut sink));
            reader.finish(&mut sink);
        }
        best = best.min(cpu_seconds() - before);
        frames = sink.frames;
    }
    let (per_frame, rate) = (best * 1e9 / frames as f64, (bytes.len() * repeats) as f64 / best / 1e6);
    writeln!(std::io::stdout(), "{name}: {frames} frames, {per_frame:.1} ns per frame, {rate:.0} MB/s")
}

/// Bytes that a round reads at least.
const ROUND_BYTES: usize = 1 << 30;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let bytes = match arguments.next() {
        Some(path) => std::fs::read(path)?,
        None => made()?,
    };
    let rounds = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    measure("read", &bytes, rounds, None)?;
    measure("read and decode", &bytes, rounds, Some(&DecodeConfig::default()))
}
