//! How many flows of a made-up estate all detectors together take in a second of one core.
//!
//! `cargo run --release -p detect --example detect_speed [millions of flows] [one of so many is to a rare server [conversations held]]`
//!
//! With `1` every flow is: about as many conversations as flows.

use detect::{Fold, Limits, findings};
use model::FlowField as F;
use std::net::{IpAddr, Ipv4Addr};
use table::FlowColumns;

/// The program's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 4_096;

/// A batch of records: clients of ours to servers outside, most of them to few, one of `rare` to any.
fn batch(state: &mut u64, at_s: i64, rare: u64) -> arrow_array::RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for _ in 0..BATCH {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        let dice = *state;
        let client = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + (dice as u32 & 0xfff)));
        let is_rare = (dice >> 32).is_multiple_of(rare);
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

/// The most memory that was held, where the system tells it.
fn peak_memory() -> String {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("unknown").trim().to_owned()
}

fn main() {
    let number = |place: usize| std::env::args().nth(place).and_then(|text| text.parse::<u64>().ok());
    let (millions, rare) = (number(1).unwrap_or(8) as usize, number(2).unwrap_or(256).max(1));
    let batches = millions * 1_000_000 / BATCH;
    let held = number(3).map_or(Limits::default().conversations_max, |held| held as usize);
    let limits = Limits { conversations_max: held, ..Limits::default() };
    let (mut state, mut fold, mut spent) = (88_172_645_463_325_252, Fold::new(limits), 0.0);
    for number in 0..batches {
        let batch = batch(&mut state, 1_700_000_000 + (number * 86_400 / batches) as i64, rare);
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
    eprintln!("at most {}", peak_memory());
    eprintln!("all detectors {:.2} M flows per CPU second", flows / (spent + ending) / 1e6);
}
