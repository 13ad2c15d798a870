//! Mining and what resembles it, made by rule: packets of one connection, cut into the records a cloud writes.

use arrow_array::RecordBatch;
use detect::{Finding, Fold, Limits, Severity, findings};
use model::FlowField as F;
use proptest::prelude::*;
use std::collections::BTreeMap;
use table::FlowColumns;

const DAY: i64 = 1_700_000_000;
const CLIENT: &str = "10.0.0.5";
const SERVER: &str = "52.1.1.1";
/// A TCP packet without data.
const BARE: i64 = 52;

/// A number like any other, but the same each time.
struct Dice(u64);

impl Dice {
    /// From zero to one.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The pause until what comes by chance, so many seconds apart on average.
    fn pause(&mut self, mean_s: f64) -> f64 {
        -mean_s * (1.0 - self.next()).ln()
    }
}

/// One packet: when, to the server or back, bytes with headers.
type Packet = (f64, bool, i64);

/// Something that happens again and again: how far apart, by chance or by a clock with some jitter, and its packets.
#[derive(Clone, Debug)]
struct Habit {
    every_s: f64,
    by_chance: bool,
    jitter: f64,
    packets: Vec<(bool, i64)>,
}

fn by_chance(every_s: f64, packets: &[(bool, i64)]) -> Habit {
    Habit { every_s, by_chance: true, jitter: 0.0, packets: packets.to_vec() }
}

fn by_clock(every_s: f64, packets: &[(bool, i64)]) -> Habit {
    Habit { every_s, by_chance: false, jitter: 0.1, packets: packets.to_vec() }
}

const UP: bool = true;
const DOWN: bool = false;

fn packets(habits: &[Habit], lasts_s: f64, seed: u64) -> Vec<Packet> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut all: Vec<Packet> = vec![(0.0, UP, 60), (0.03, DOWN, 60), (0.05, UP, BARE)];
    for habit in habits {
        let mut at = dice.next() * habit.every_s;
        while at < lasts_s {
            all.extend(habit.packets.iter().zip(0u8..).map(|(&(up, bytes), n)| (at + f64::from(n) * 0.04, up, bytes)));
            at += match habit.by_chance {
                true => dice.pause(habit.every_s),
                false => habit.every_s * (1.0 + habit.jitter * (2.0 * dice.next() - 1.0)),
            };
        }
    }
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    all
}

/// The records of capture windows, one for each direction; times are those of the first and last packet in it.
fn windowed(packets: &[Packet], port: i32, proto: i32, window_s: i64) -> RecordBatch {
    let mut records: BTreeMap<(i64, bool), (i64, i64, i64, i64)> = BTreeMap::new();
    for &(at, up, bytes) in packets {
        let second = at as i64;
        let record = records.entry((second / window_s, up)).or_insert((second, second, 0, 0));
        *record = (record.0, second, record.2 + 1, record.3 + bytes);
    }
    let mut columns = FlowColumns::new(Fold::wanted());
    for ((_, up), (first, last, packets, bytes)) in records {
        let (from, to) = if up { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let (from_port, to_port) = if up { (45_000, port) } else { (port, 45_000) };
        columns.set_address(F::SrcIp, from.parse().expect("an address"));
        columns.set_address(F::DstIp, to.parse().expect("an address"));
        columns.set_int32(F::SrcPort, from_port);
        columns.set_int32(F::DstPort, to_port);
        columns.set_int32(F::IpProto, proto);
        columns.set_time(F::TimeStart, (DAY + first) * 1_000_000_000);
        columns.set_time(F::TimeEnd, (DAY + last) * 1_000_000_000);
        columns.set_int64(F::Packets, packets);
        columns.set_int64(F::Bytes, bytes);
        columns.set_text(F::Verdict, "allowed");
        columns.set_text(F::SourceKind, "aws_vpc");
        columns.set_text(F::Direction, if up { "egress" } else { "ingress" });
        columns.end_row();
    }
    columns.take_batch()
}

fn told(batch: &RecordBatch) -> Vec<Finding> {
    let mut fold = Fold::new(Limits::default());
    fold.push(batch);
    findings(&fold.finish())
}

fn mining(findings: &[Finding]) -> Option<Severity> {
    findings.iter().find(|finding| finding.detector == "mining.pool").map(|finding| finding.severity)
}

/// Shares go up and are answered, jobs come down and are acknowledged. (seconds between shares, between jobs, bytes of
/// a share, of a job)
fn miner(share_s: f64, job_s: f64, share: i64, job: i64) -> Vec<Habit> {
    vec![
        by_chance(share_s, &[(UP, BARE + share), (DOWN, BARE + 70), (UP, BARE)]),
        by_clock(job_s, &[(DOWN, BARE + job), (UP, BARE)]),
    ]
}

#[test]
fn miners_are_found_at_any_port() {
    let miners = [
        ("Monero", miner(15.0, 45.0, 240, 420)),
        ("Monero, a slow machine", miner(30.0, 60.0, 240, 420)),
        ("Bitcoin", miner(10.0, 30.0, 120, 1_100)),
        ("Ethereum Classic", miner(8.0, 14.0, 160, 260)),
        ("a proxy of several machines", miner(4.0, 30.0, 240, 420)),
    ];
    for (name, habits) in miners {
        for (port, severity) in [(12_345, Severity::Medium), (3_333, Severity::High), (2_020, Severity::Medium)] {
            let found: usize = (0..10)
                .filter(|&seed| {
                    let packets = packets(&habits, 6.0 * 3_600.0, seed);
                    mining(&told(&windowed(&packets, port, 6, 60))) == Some(severity)
                })
                .count();
            assert!(found >= 9, "{name} at {port}: {found} of 10");
        }
    }
    // Ten minutes a window: eight hours have as many windows as are needed.
    let packets = packets(&miner(15.0, 45.0, 240, 420), 8.0 * 3_600.0, 1);
    assert_eq!(mining(&told(&windowed(&packets, 12_345, 6, 600))), Some(Severity::Medium));
}

/// Name, protocol, port, what it does.
fn resembling() -> Vec<(&'static str, i32, i32, Vec<Habit>)> {
    let ping = |every_s: f64, bytes: i64| by_clock(every_s, &[(UP, BARE + bytes), (DOWN, BARE + bytes), (UP, BARE)]);
    vec![
        ("push, Apple", 6, 5_223, vec![ping(900.0, 40), by_chance(1_200.0, &[(DOWN, 700), (UP, BARE)])]),
        ("push, Google", 6, 5_228, vec![ping(1_680.0, 30), by_chance(600.0, &[(DOWN, 900), (UP, BARE)])]),
        ("websocket, keepalive", 6, 8_444, vec![ping(25.0, 6)]),
        ("websocket, heartbeat in JSON", 6, 8_444, vec![ping(41.25, 60)]),
        ("websocket, a busy heartbeat", 6, 8_444, vec![ping(10.0, 90)]),
        ("MQTT, a sensor", 6, 8_883, vec![by_clock(10.0, &[(UP, 180), (DOWN, BARE + 4), (UP, BARE)]), ping(60.0, 2)]),
        ("MQTT at a port of its own", 6, 18_830, vec![by_clock(10.0, &[(UP, 180), (DOWN, BARE + 4), (UP, BARE)])]),
        ("telemetry, polled", 6, 7_001, vec![by_clock(5.0, &[(DOWN, BARE + 40), (UP, BARE + 200), (DOWN, BARE)])]),
        ("SSH, keepalive", 6, 22, vec![ping(30.0, 64)]),
        ("SSH, keepalive, a port of its own", 6, 2_222, vec![ping(30.0, 64)]),
        ("a pool of database connections", 6, 5_432, vec![by_chance(6.0, &[(UP, 180), (DOWN, 400), (UP, BARE)])]),
        ("database, keepalive", 6, 15_432, vec![ping(30.0, 40)]),
        ("VPN by TCP, keepalive", 6, 1_194, vec![ping(10.0, 80)]),
        ("WireGuard", 17, 51_820, vec![by_clock(25.0, &[(UP, 60)]), by_clock(120.0, &[(UP, 176), (DOWN, 120)])]),
        ("IRC, a busy channel", 6, 6_697, vec![by_chance(6.0, &[(DOWN, 190), (UP, BARE)]), ping(90.0, 30)]),
        ("XMPP", 6, 5_222, vec![by_chance(20.0, &[(DOWN, 300), (UP, BARE)]), ping(60.0, 30)]),
        ("XMPP at a port of its own", 6, 15_222, vec![by_chance(20.0, &[(DOWN, 300), (UP, BARE)]), ping(60.0, 30)]),
        ("monitoring agent", 6, 10_051, vec![by_clock(15.0, &[(UP, 900), (DOWN, 140), (UP, BARE)])]),
        ("monitoring agent, a port of its own", 6, 8_126, vec![by_clock(15.0, &[(UP, 300), (DOWN, 140), (UP, BARE)])]),
        ("log shipper", 6, 24_224, vec![by_chance(4.0, &[(UP, 1_400), (UP, 1_400), (DOWN, BARE)])]),
        ("quotes of a stock exchange", 6, 9_500, vec![by_chance(0.3, &[(DOWN, 220), (UP, BARE)])]),
        ("keepalive at a pool's port", 6, 9_999, vec![ping(30.0, 4)]),
    ]
}

#[test]
fn what_resembles_a_miner_is_silent() {
    for (name, proto, port, habits) in resembling() {
        for (window_s, seeds) in [(60, 6), (600, 2)] {
            for seed in 0..seeds {
                let packets = packets(&habits, 8.0 * 3_600.0, seed);
                let found = told(&windowed(&packets, port, proto, window_s));
                assert_eq!(mining(&found), None, "{name}, windows of {window_s} s, {seed}: {found:#?}");
            }
        }
    }
}

/// Somebody who writes and reads for a while, and does something else then.
#[test]
fn people_are_no_miners() {
    for seed in 0..10 {
        let mut dice = Dice(seed * 2 + 1);
        let (mut all, mut at) = (Vec::new(), 0.0);
        while at < 8.0 * 3_600.0 {
            let busy_s = dice.pause(400.0);
            let burst = packets(&[by_chance(3.0, &[(UP, 120), (DOWN, 180), (UP, BARE)])], busy_s, seed);
            all.extend(burst.into_iter().map(|(when, up, bytes)| (at + when, up, bytes)));
            at += busy_s + dice.pause(300.0);
        }
        assert_eq!(mining(&told(&windowed(&all, 12_345, 6, 60))), None, "{seed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Whatever a clock sends, at whatever pace, is no miner's outside of a pool's port.
    #[test]
    fn a_clock_is_no_miner(every_s in 2.0f64..120.0, up in 0i64..300, down in 0i64..600, seed in any::<u32>()) {
        let habit = by_clock(every_s, &[(UP, BARE + up), (DOWN, BARE + down), (UP, BARE)]);
        let packets = packets(&[habit], 4.0 * 3_600.0, u64::from(seed));
        prop_assert_eq!(mining(&told(&windowed(&packets, 12_345, 6, 60))), None);
    }
}
