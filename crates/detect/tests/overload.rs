//! A day with far more conversations than are held: what stands out is found in any order.

use arrow_array::RecordBatch;
use detect::{Finding, Fold, Limits, findings};
use model::FlowField as F;
use std::net::{IpAddr, Ipv4Addr};
use table::FlowColumns;

const DAY: i64 = 1_700_000_000;
/// Held, of some 170,000 conversations.
const CONVERSATIONS_MAX: usize = 3_000;

/// One connection, as a sensor tells it.
#[derive(Clone, Copy, Debug)]
struct Call {
    at_s: i64,
    client: u32,
    server: u32,
    proto: i32,
    client_port: i32,
    port: i32,
    up: (i64, i64),
    down: (i64, i64),
}

/// A number like any other, but the same each time.
fn dice(n: u64) -> u64 {
    let mut state = n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^= state >> 27;
    state = state.wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

const OURS: u32 = 0x0a00_0000;
const OUTSIDE: u32 = 0x3400_0000;

fn call(n: u64, client: u32, server: u32, port: i32, up: (i64, i64), down: (i64, i64)) -> Call {
    let (at_s, client_port) = ((dice(n) % 86_400) as i64, 32_768 + (dice(n + 1) % 28_000) as i32);
    Call { at_s, client, server, proto: 6, client_port, port, up, down }
}

/// What everybody does: pages of many servers, and the internet that knocks.
fn noise() -> Vec<Call> {
    let pages = (0..80_000).map(|n| {
        let server = OUTSIDE + (dice(n + 7) % 2_000_000) as u32;
        call(n, OURS + 0x1000 + (dice(n) % 4_000) as u32, server, 443, (9, 1_400), (12, 15_000))
    });
    let knocks = (0..80_000).map(|n| {
        let port = [22, 23, 80, 3_389, 8_080, 9_000][(dice(n + 3) % 6) as usize];
        let source = OUTSIDE + 0x0100_0000 + (dice(n + 5) % 60_000) as u32;
        call(n, source, OURS + 0x1000 + (dice(n + 9) % 4_000) as u32, port, (1, 60), (0, 0))
    });
    pages.chain(knocks).collect()
}

fn attacks() -> Vec<Call> {
    let guesses = (0..40).map(|n| call(n, 0x2e01_0101, OURS + 1, 22, (14, 2_600), (15, 3_300)));
    let beacon = (0..200).map(|n| Call {
        at_s: 300 + 400 * n as i64 + (dice(n) % 40) as i64,
        ..call(n, OURS + 2, 0x2e01_0102, 4_444, (6, 700), (6, 900))
    });
    let upload = [call(1, OURS + 3, 0x2e01_0103, 443, (500_000, 700_000_000), (90_000, 5_000_000))];
    let scan = (0..4_000).map(|n| call(n, OURS + 4, OUTSIDE + 0x0200_0000 + n as u32 * 97, 2_323, (1, 60), (0, 0)));
    let inside = (0..30).map(|n| call(n, OURS + 5, OURS + 0x2000 + n as u32, 445, (1, 60), (0, 0)));
    let flood = (0..9_000).map(|n| Call {
        at_s: 40_000 + (dice(n) % 50) as i64,
        ..call(n, 0x5000_0000 + (dice(n) >> 8) as u32 % 9_000_000, OURS + 6, 443, (1, 60), (0, 0))
    });
    let datagrams = (0..3_000).map(|n| Call {
        proto: 17,
        at_s: 50_000 + n as i64 / 10,
        port: 1 + (dice(n) % 60_000) as i32,
        ..call(n, OURS + 7, 0x2e01_0107, 0, (1_900, 2_000_000), (0, 0))
    });
    let loops = (0..60).map(|n| call(n, OURS + 8, 0x2e01_0108, 5_888, (1, 60), (0, 0)));
    let quiet = guesses.chain(beacon).chain(upload).chain(scan).chain(inside);
    quiet.chain(flood).chain(datagrams).chain(loops).collect()
}

/// (family or detector, entity)
const MUST: &[(&str, &str)] = &[
    ("bruteforce.ssh", "46.1.1.1"),
    ("beacon.regular", "10.0.0.2"),
    ("exfiltration.volume", "10.0.0.3"),
    ("scan.horizontal", "10.0.0.4"),
    ("scan.horizontal", "10.0.0.5"),
    ("ddos.inbound", "10.0.0.6"),
    ("ddos.outbound", "10.0.0.7"),
    ("beacon.reconnect", "10.0.0.8"),
];

fn batch(calls: &[Call]) -> RecordBatch {
    let mut columns = FlowColumns::new(Fold::wanted());
    for call in calls {
        columns.set_address(F::SrcIp, IpAddr::V4(Ipv4Addr::from_bits(call.client)));
        columns.set_address(F::DstIp, IpAddr::V4(Ipv4Addr::from_bits(call.server)));
        columns.set_int32(F::SrcPort, call.client_port);
        columns.set_int32(F::DstPort, call.port);
        columns.set_int32(F::IpProto, call.proto);
        columns.set_time(F::TimeStart, (DAY + call.at_s) * 1_000_000_000);
        columns.set_time(F::TimeEnd, (DAY + call.at_s + 1) * 1_000_000_000);
        columns.set_int64(F::Packets, call.up.0);
        columns.set_int64(F::Bytes, call.up.1);
        columns.set_int64(F::RevPackets, call.down.0);
        columns.set_int64(F::RevBytes, call.down.1);
        if call.proto == 6 {
            columns.set_int32(F::TcpFlags, 0x02);
            columns.set_int32(F::RevTcpFlags, if call.down.0 > 0 { 0x12 } else { 0 });
        }
        columns.end_row();
    }
    columns.take_batch()
}

fn found(calls: &[Call], part: usize) -> Vec<Finding> {
    let limits =
        Limits { conversations_max: CONVERSATIONS_MAX, records_max: 4 * CONVERSATIONS_MAX, ..Limits::default() };
    let mut whole = Fold::new(limits);
    for calls in calls.chunks(part) {
        let mut fold = Fold::new(limits);
        fold.push(&batch(calls));
        whole.merge(&mut fold);
    }
    let estate = whole.finish();
    eprintln!("{} held, {:?}", estate.conversations.len(), estate.turned_away);
    findings(&estate)
}

#[test]
fn what_stands_out_is_found_among_too_many_in_any_order() {
    let mut calls: Vec<Call> = noise().into_iter().chain(attacks()).collect();
    for order in 0..3 {
        match order {
            0 => {}
            1 => calls.sort_by_key(|call| call.at_s),
            _ => calls.sort_by_key(|call| dice(u64::from(call.client) << 20 ^ call.at_s as u64)),
        }
        let found = found(&calls, 8_000);
        let is_told = |must: &(&str, &str)| found.iter().any(|one| one.detector == must.0 && one.entity == must.1);
        let missed: Vec<_> = MUST.iter().filter(|must| !is_told(must)).collect();
        let told: Vec<String> =
            found.iter().map(|one| format!("{:?} {} {}", one.severity, one.detector, one.title)).collect();
        assert!(missed.is_empty(), "order {order}: missed {missed:?}\n{}", told.join("\n"));
        let others = found.iter().filter(|one| {
            one.severity < detect::Severity::Low && !one.entity.starts_with("10.0.0.") && one.entity != "46.1.1.1"
        });
        assert!(others.clone().count() <= 4, "order {order}: {}", told.join("\n"));
    }
}
