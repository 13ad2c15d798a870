//! How many flows of a made-up estate all detectors together take in a second of one core.
//!
//! `cargo run --release -p detect --example detect_speed [millions of flows]`

use detect::{Fold, Limits, findings};
use model::FlowField as F;
use std::net::{IpAddr, Ipv4Addr};
use table::FlowColumns;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 4_096;

/// A batch of records: clients of ours to servers outside, most of them to few, one of a hundred a probe.
fn batch(state: &mut u64, at_s: i64) -> arrow_array::RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for _ in 0..BATCH {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let dice = *state;
        let client = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + (dice as u32 & 0xfff)));
        let is_rare = dice >> 32 & 0xff == 0;
        let server = if is_rare { dice >> 20 & 0xff_ffff } else { (dice >> 20 & 0x1f) * 97 };
        let server = IpAddr::V4(Ipv4Addr::from_bits(0x3400_0000 + server as u32));
        let is_reply = dice >> 48 & 1 == 1;
        let (source, target) = if is_reply { (server, client) } else { (client, server) };
        let client_port = 32_768 + (dice >> 50 & 0x3fff) as i32;
        let (source_port, target_port) = if is_reply { (443, client_port) } else { (client_port, 443) };
        columns.set_address(F::SrcIp, source);
        columns.set_address(F::DstIp, target);
        columns.set_int32(F::SrcPort, source_port);
        columns.set_int32(F::DstPort, target_port);
        columns.set_int32(F::IpProto, 6);
        columns.set_time(F::TimeStart, at_s * 1_000_000_000);
        columns.set_time(F::TimeEnd, (at_s + 60) * 1_000_000_000);
        columns.set_int64(F::Packets, 12);
        columns.set_int64(F::Bytes, 4_000 + (dice >> 30 & 0xfff) as i64);
        columns.set_text(F::Verdict, "allowed");
        columns.set_text(F::Provider, "aws");
        columns.end_row();
    }
    columns.take_batch()
}

/// Processor time of this program in seconds, where the system tells it (user and system time, in ticks of 10 ms).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |place: usize| fields.get(place).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn main() {
    let millions: usize = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(8);
    let batches = millions * 1_000_000 / BATCH;
    let (mut state, mut fold, mut spent) = (88_172_645_463_325_252, Fold::new(Limits::default()), 0.0);
    for number in 0..batches {
        let batch = batch(&mut state, 1_700_000_000 + (number * 86_400 / batches) as i64);
        let before = cpu_seconds();
        fold.push(&batch);
        spent += cpu_seconds() - before;
    }
    let flows = (batches * BATCH) as f64;
    let before = cpu_seconds();
    let estate = fold.finish();
    let found = findings(&estate);
    let ending = cpu_seconds() - before;
    eprintln!("{} conversations, {} findings", estate.conversations.len(), found.len());
    eprintln!("fold {:.2} M flows per CPU second; end {ending:.2} s", flows / spent / 1e6);
    eprintln!("all detectors {:.2} M flows per CPU second", flows / (spent + ending) / 1e6);
}
