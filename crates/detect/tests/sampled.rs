//! Logs that look at one packet of ten or thirty and keep half of the records, as Google's do: numbers are what the seen
//! ones stand for, bytes are payload, an interface at each end inside writes its own.

use detect::{Finding, Fold, Limits, Severity, findings};
use model::FlowField as F;
use table::FlowColumns;

const START: i64 = 1_700_000_000;
const BOT: &str = "192.168.2.12";
/// Logs of each case. Fewer where the build is slow.
const SEEDS: u64 = if cfg!(debug_assertions) { 1 } else { 10 };

/// Chance, the same each time.
struct Random(u64);

impl Random {
    fn of(seed: u64) -> Random {
        Random(88_172_645_463_325_252 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % end
    }
}

/// One connection: packets and payload bytes up, and down.
#[derive(Clone, Debug)]
struct Call {
    at_s: i64,
    client: String,
    client_port: Option<i32>,
    server: String,
    proto: i32,
    port: i32,
    up: (u64, u64),
    down: (u64, u64),
}

fn tcp(at_s: i64, client: &str, server: String, port: i32, up: (u64, u64), down: (u64, u64)) -> Call {
    Call { at_s, client: client.to_owned(), client_port: None, server, proto: 6, port, up, down }
}

fn is_inside(address: &str) -> bool {
    address.starts_with("192.168.") || address.starts_with("10.")
}

/// The findings in a log that looks at one packet of so many.
fn told(calls: &[Call], one_of: u64, seed: u64) -> Vec<Finding> {
    let (mut columns, mut random) = (FlowColumns::new(Fold::wanted()), Random::of(seed));
    for (number, call) in calls.iter().enumerate() {
        let client_port = call.client_port.unwrap_or(32_768 + (number * 7 % 28_000) as i32);
        let ends = [(&call.client, client_port), (&call.server, call.port)];
        for (is_up, (packets, bytes)) in [(true, call.up), (false, call.down)] {
            let [from, to] = if is_up { [ends[0], ends[1]] } else { [ends[1], ends[0]] };
            for (direction, at) in [("egress", from), ("ingress", to)] {
                // Every other packet carries data, or the only one.
                let seen: Vec<u64> = (0..packets).filter(|_| random.below(one_of) == 0).collect();
                let with_data = seen.iter().filter(|place| **place % 2 == 1 || packets == 1).count() as u64;
                if !is_inside(at.0) || seen.is_empty() || random.below(2) == 0 {
                    continue;
                }
                columns.set_address(F::SrcIp, from.0.parse().expect("an address"));
                columns.set_address(F::DstIp, to.0.parse().expect("an address"));
                columns.set_int32(F::SrcPort, from.1);
                columns.set_int32(F::DstPort, to.1);
                columns.set_int32(F::IpProto, call.proto);
                columns.set_time(F::TimeStart, (START + call.at_s) * 1_000_000_000);
                columns.set_time(F::TimeEnd, (START + call.at_s + 1) * 1_000_000_000);
                columns.set_int64(F::Packets, (seen.len() as u64 * one_of) as i64);
                columns.set_int64(F::Bytes, (bytes / (packets / 2).max(1) * with_data * one_of) as i64);
                columns.set_text(F::Provider, "gcp");
                columns.set_text(F::Direction, direction);
                columns.end_row();
            }
        }
    }
    let mut fold = Fold::new(Limits::default());
    fold.push(&columns.take_batch());
    findings(&fold.finish())
}

fn server(n: i64) -> String {
    format!("52.{}.{}.{}", n * 7 % 250, n * 13 % 250, n * 29 % 250 + 1)
}

fn many(count: i64, make: impl Fn(i64) -> Call) -> Vec<Call> {
    (0..count).map(make).collect()
}

/// A number like any other, but the same each time.
fn dice(n: i64) -> i64 {
    let mut state = (n as u64).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^= state >> 27;
    state = state.wrapping_mul(0x94d0_49bb_1331_11eb);
    ((state ^ state >> 31) >> 8) as i64
}

/// An office of sixty with ten servers inside: pages, names, mail, files.
fn office() -> Vec<Call> {
    let desk = |n: i64| format!("192.168.3.{}", n % 60 + 1);
    let page = |n: i64| {
        let (up, down) = (8 + dice(n) as u64 % 40, 8 + dice(n + 1) as u64 % 90);
        let site = server(dice(n * 3) % (20 + n % 2 * 2_000));
        tcp(dice(n * 5) % 3_600, &desk(n), site, 443, (up, up * 120), (down, down * 900))
    };
    let name = |n: i64| Call {
        proto: 17,
        ..tcp(dice(n * 11) % 3_600, &desk(n), "192.168.3.250".to_owned(), 53, (1, 40), (1, 150))
    };
    let file = |n: i64| {
        let share = format!("192.168.4.{}", n % 60 % 4 + dice(n * 13) % 3 * 3 + 1);
        tcp(dice(n * 17) % 3_600, &desk(n), share, 445, (40, 9_000), (60, 50_000))
    };
    [many(6_000, page), many(4_000, name), many(2_000, file)].concat()
}

/// Name and traffic of those who call many and are answered by all.
fn benign() -> Vec<(&'static str, Vec<Call>)> {
    let crawler = |n: i64| tcp(n * 4, "192.168.5.1", server(n), 443, (7, 700), (9, 9_000));
    let reader = |packets: u64, bytes: u64| {
        many(900, move |n| tcp(n * 40, "192.168.5.2", server(n), 443, (packets, bytes), (packets, 900 * packets)))
    };
    let device = |n: i64| format!("10.7.{}.{}", n % 500 / 250, n % 250 + 1);
    // The first port only is tried, or something is asked.
    let check = move |rounds: i64, up: (u64, u64), down: (u64, u64)| {
        many(500 * rounds, move |n| tcp(n / 500 * 60 + n % 500 / 10, "10.6.0.1", device(n), 9_100, up, down))
    };
    let snmp =
        |n: i64| Call { proto: 17, ..tcp(n / 500 * 60 + n % 50, "10.6.0.2", device(n), 161, (2, 160), (2, 300)) };
    let health = |n: i64| tcp(n / 40 * 5, "10.6.0.3", format!("10.8.0.{}", n % 40 + 1), 8_080, (5, 120), (5, 300));
    let mail = |n: i64| match n % 2 {
        0 => tcp(n * 9, "192.168.5.3", server(n * 3), 25, (18, 9_000), (16, 900)),
        _ => tcp(n * 9, &server(n * 5), "192.168.5.3".to_owned(), 25, (18, 9_000), (16, 900)),
    };
    let gateway = |n: i64| {
        let (up, down) = (3 + dice(n) as u64 % 20, 3 + dice(n) as u64 % 30);
        tcp(dice(n * 7) % 3_600, "203.0.113.7", format!("10.9.0.{}", n % 3 + 1), 443, (up, up * 90), (down, down * 700))
    };
    let out = |n: i64| {
        let (up, down) = (5 + dice(n) as u64 % 20, 5 + dice(n) as u64 % 30);
        tcp(dice(n * 7) % 3_600, "10.9.9.9", server(dice(n) % 3_000), 443, (up, up * 90), (down, down * 700))
    };
    let works = |n: i64| {
        let packets = 30 + dice(n) as u64 % 3_000;
        tcp(n * 240, &server(n % 5), "10.9.0.8".to_owned(), 22, (packets, packets * 40), (packets, packets * 90))
    };
    vec![
        ("an office", office()),
        ("people at work over SSH", many(60, works)),
        ("a crawler", many(900, crawler)),
        ("readers of 4 packets", reader(4, 600)),
        ("readers of 6 packets", reader(6, 600)),
        ("readers of 6 bare packets", reader(6, 0)),
        ("readers of 9 bare packets", reader(9, 0)),
        ("readers of 20 bare packets", reader(20, 0)),
        ("a monitor that asks, an hour", check(60, (5, 300), (4, 600))),
        ("a monitor that asks, ten minutes", check(10, (5, 300), (4, 600))),
        ("a monitor that asks, once", check(1, (5, 300), (4, 600))),
        ("a monitor that connects, an hour", check(60, (3, 0), (2, 0))),
        ("a monitor that connects, once", check(1, (3, 0), (3, 0))),
        ("SNMP", many(500 * 30, snmp)),
        ("health checks", many(40 * 700, health)),
        ("a mail server", many(800, mail)),
        ("a NAT gateway of somebody else", many(3_000, gateway)),
        ("a NAT gateway of ours", many(4_000, out)),
    ]
}

#[test]
fn who_is_answered_scans_nothing() {
    let mut false_alarms = Vec::new();
    for one_of in [10, 30] {
        for (name, calls) in benign() {
            for calls in [calls.clone(), [calls, office()].concat()] {
                for seed in 0..SEEDS.min(2) {
                    let told = told(&calls, one_of, seed);
                    let loud = told
                        .into_iter()
                        .filter(|one| one.severity < Severity::Low || one.detector.starts_with("scan."));
                    false_alarms.extend(loud.map(|one| (name, one_of, seed, one.severity, one.detector, one.title)));
                }
            }
        }
    }
    assert!(false_alarms.is_empty(), "{false_alarms:#?}");
}

/// How a scan is made.
#[derive(Clone, Copy, Debug)]
enum Scan {
    /// Into the internet, by a program's connections: a SYN and two more.
    Connect,
    /// ... by packets made by hand: one SYN each, from one port.
    OnePort,
    /// Inside, where a tenth of the addresses is in use: no interface tells of the others.
    Inside,
}

fn scan(kind: Scan, targets: i64) -> Vec<Call> {
    many(targets, |n| {
        let outside = server(n);
        match kind {
            Scan::Connect => tcp(n / 5, BOT, outside, 23, (3, 0), (0, 0)),
            Scan::OnePort => Call { client_port: Some(40_001), ..tcp(n / 5, BOT, outside, 23, (1, 0), (0, 0)) },
            Scan::Inside if n % 10 == 0 => {
                tcp(n / 5, BOT, format!("192.168.3.{}", n / 10 % 60 + 1), 23, (3, 0), (0, 0))
            }
            Scan::Inside => tcp(n / 5, BOT, format!("172.16.{}.{}", n / 250, n % 250 + 1), 23, (3, 0), (0, 0)),
        }
    })
}

#[test]
fn scans_of_which_few_packets_are_seen() {
    // One of so many packets, kind, and what share of the scans of so many targets must be found.
    type Row = (u64, Scan, [f64; 6]);
    const TARGETS: [i64; 6] = [50, 100, 200, 500, 1_000, 5_000];
    let rows: [Row; 6] = [
        (10, Scan::Connect, [0.0, 0.0, 0.9, 1.0, 1.0, 1.0]),
        (10, Scan::OnePort, [0.0, 0.0, 0.7, 1.0, 1.0, 1.0]),
        (10, Scan::Inside, [0.2, 0.8, 1.0, 1.0, 1.0, 1.0]),
        (30, Scan::Connect, [0.0, 0.0, 0.0, 0.7, 1.0, 1.0]),
        (30, Scan::OnePort, [0.0, 0.0, 0.0, 0.4, 0.9, 1.0]),
        (30, Scan::Inside, [0.0, 0.0, 0.6, 1.0, 1.0, 1.0]),
    ];
    let office = office();
    let mut missed = Vec::new();
    for (one_of, kind, leasts) in rows {
        for (targets, least) in TARGETS.into_iter().zip(leasts) {
            let is_found = |seed: &u64| {
                let told = told(&[scan(kind, targets), office.clone()].concat(), one_of, *seed);
                told.iter().any(|one| one.detector == "scan.horizontal" && one.entity == BOT)
            };
            let share = (0..SEEDS).filter(is_found).count() as f64 / SEEDS as f64;
            eprintln!("1 of {one_of}, {kind:?}, {targets} targets: {share:.2}, to reach {least:.1}");
            let is_enough = share >= least || cfg!(debug_assertions) && least < 1.0;
            missed.extend((!is_enough).then_some((one_of, kind, targets, share)));
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

#[test]
fn a_beacon_of_which_few_calls_are_seen() {
    let calls = many(400, |n| tcp(n * 300 + n * 37 % 25, BOT, "46.1.1.1".to_owned(), 4_444, (8, 700), (8, 900)));
    let told = told(&calls, 10, 0);
    assert!(told.iter().any(|one| one.detector == "beacon.regular" && one.entity == BOT), "{told:#?}");
}

/// Calls of six hours to one server outside, evenly but for chance.
fn calls_to(server: &str, every_s: i64, port: i32, up: (u64, u64), down: (u64, u64)) -> Vec<Call> {
    let spread = every_s * 9 / 10;
    many(21_600 / every_s, |n| tcp(n * every_s + dice(n) % spread, BOT, server.to_owned(), port, up, down))
}

#[test]
fn who_is_never_let_in() {
    // A reset for each of three tries, and nothing at all; then who is answered.
    let cases = [
        ("refused", calls_to("46.1.1.1", 30, 5_888, (3, 0), (3, 0)), true),
        ("unanswered", calls_to("46.1.1.1", 60, 5_888, (3, 0), (0, 0)), true),
        ("asks", calls_to("46.1.1.1", 10, 5_888, (5, 120), (4, 200)), false),
        ("is told much", calls_to("46.1.1.1", 10, 5_888, (9, 0), (9, 9_000)), false),
    ];
    for (name, calls, is_loop) in cases {
        for seed in 0..SEEDS {
            let told = told(&[calls.clone(), office()].concat(), 10, seed);
            let has_loop = told.iter().any(|one| one.detector == "beacon.reconnect" && one.entity == BOT);
            assert_eq!(has_loop, is_loop, "{name}, {seed}: {told:#?}");
        }
    }
}

/// Guesses of SSH: 22 packets up and 20 down, nearly alike.
fn guesses(client: &str, count: i64, every_s: i64) -> Vec<Call> {
    let guess = |n: i64| {
        let (up, down) = (20 + dice(n) as u64 % 5, 18 + dice(n + 1) as u64 % 5);
        tcp(n * every_s, client, "10.1.1.22".to_owned(), 22, (up, 2_000), (down, 2_700))
    };
    many(count, guess)
}

#[test]
fn guesses_of_which_few_packets_are_seen() {
    // One of so many packets, guesses, and what share of the guessers must be found.
    let cells = [
        (10, 10, 0.0),
        (10, 20, 0.8),
        (10, 40, 1.0),
        (10, 1_000, 1.0),
        (30, 20, 0.0),
        (30, 40, 0.8),
        (30, 100, 1.0),
        (30, 1_000, 1.0),
    ];
    let mut missed = Vec::new();
    for (one_of, count, least) in cells {
        let is_found = |seed: &u64| {
            let told = told(&[guesses("46.1.1.1", count, 5), office()].concat(), one_of, *seed);
            told.iter().any(|one| one.detector == "bruteforce.ssh" && one.entity == "46.1.1.1")
        };
        let share = (0..SEEDS).filter(is_found).count() as f64 / SEEDS as f64;
        eprintln!("1 of {one_of}, {count} guesses: {share:.2}, to reach {least:.1}");
        missed.extend((share < least && !cfg!(debug_assertions)).then_some((one_of, count, share)));
    }
    assert!(missed.is_empty(), "{missed:?}");
}
