//! What each detector finds, and the harmless twin that it must not: made by hand, records of one direction as clouds
//! write them.

mod traffic;

use detect::{DETECTORS, Finding, Fold, Limits, Severity, findings};
use traffic::{Call, FAMILIES, Family, LASTING_PORT, NONE, Seen, by_cloud, dice, lasting, lines, many, tcp, told, udp};

const SYN: (i64, i64) = (1, 60);
const GUESS: (i64, i64) = (14, 2_600);
const ANSWER: (i64, i64) = (15, 3_300);
const PAGE: (i64, i64) = (40, 50_000);

/// What is wrong, if anything.
fn check(detector: &str, calls: &[Call], is_expected: bool, family: Family) -> Option<String> {
    let found = told(&by_cloud(calls, family));
    let is_found = found.iter().any(|finding| finding.detector == detector);
    (is_found != is_expected).then(|| format!("{detector}, {family:?}, expected {is_expected}: {:#?}", lines(&found)))
}

/// A detector, what it finds, and the harmless twin.
type Case = (&'static str, Vec<Call>, Vec<Call>);

fn to(n: i64) -> String {
    format!("10.0.1.{n}")
}

fn out(n: i64) -> String {
    format!("52.1.{}.{}", n / 200, n % 200 + 1)
}

/// Ten hours of the same few calls, and more of them in the seventh: all to one server that refuses, or to one each.
fn in_hours(more: i64, server: &str, down: (i64, i64)) -> Vec<Call> {
    let usual = many(10 * 250, |n| tcp(n / 250 * 3_600 + n % 250 * 14, "10.0.0.5", &out(n % 5), 443, GUESS, ANSWER));
    let to_all = |n: i64| if server.is_empty() { out(n) } else { server.to_owned() };
    let surge = many(more, |n| {
        let call = tcp(6 * 3_600 + n, "10.0.0.5", &to_all(n), 443, SYN, down);
        Call { is_denied: down == NONE, ..call }.on(30_000 + n as i32)
    });
    usual.into_iter().chain(surge).collect()
}

/// A host that was reached by one that reached others, and then tries many itself.
fn worm() -> Vec<Call> {
    let mut worm = many(8, |n| tcp(n, "10.0.0.5", &to(n), 445, (8, 2_000), if n == 0 { ANSWER } else { NONE }));
    worm.iter_mut().skip(1).for_each(|call| call.up = SYN);
    worm.extend(many(8, |n| tcp(600 + n, &to(0), &to(n + 40), 445, SYN, NONE)));
    worm
}

/// Some hosts that ask our own resolver, and more.
fn with_names(more: Vec<Call>) -> Vec<Call> {
    let names = many(4, |n| udp(n, &to(n + 10), "10.0.0.2", 53, (3, 210), (3, 600)));
    names.into_iter().chain(more).collect()
}

fn cases() -> Vec<Case> {
    [scans(), ways_in(), calls_home(), ways_out(), floods(), routes(), sources(), logs()].concat()
}

fn scans() -> Vec<Case> {
    vec![
        (
            "scan.horizontal",
            many(12, |n| tcp(n * 700, "10.0.0.5", &out(n), 23, SYN, NONE)),
            many(30, |n| tcp(n * 700, "10.0.0.5", &out(n), 443, GUESS, if n % 6 == 0 { NONE } else { PAGE })),
        ),
        (
            "scan.vertical",
            many(20, |n| tcp(n, "52.1.1.1", "10.0.0.5", 20 + n as i32, SYN, NONE)),
            many(6, |n| tcp(n, "52.1.1.1", "10.0.0.5", 20 + n as i32, SYN, NONE)),
        ),
        (
            "scan.protocols",
            many(6, |n| Call { proto: 40 + n as i32, ..tcp(n, "52.1.1.1", "10.0.0.5", 0, SYN, NONE) }),
            many(2, |n| Call { proto: 47 + 3 * n as i32, ..tcp(n, "52.1.1.1", "10.0.0.5", 0, PAGE, PAGE) }),
        ),
        (
            "scan.block",
            many(49, |n| tcp(n * 3, "10.0.0.5", &to(n % 7), 8_000 + (n / 7) as i32 * 11, SYN, NONE))
                .into_iter()
                .filter(|e| (e.at_s / 3) % 3 == 0)
                .collect(),
            many(9, |n| tcp(n * 3, "10.0.0.5", &to(n % 3), 8_000 + n as i32, GUESS, PAGE)),
        ),
        (
            "scan.distributed",
            many(40, |n| tcp(n * 60, &format!("52.1.1.{}", n % 10 + 1), "10.0.0.5", 100 + n as i32, SYN, NONE)),
            many(40, |n| tcp(n * 60, &format!("52.1.1.{}", n % 10 + 1), "10.0.0.5", 443, GUESS, PAGE)),
        ),
    ]
}

fn ways_in() -> Vec<Case> {
    vec![
        (
            "bruteforce.ssh",
            many(12, |n| tcp(n * 1_000, "52.1.1.1", "10.0.0.5", 22, GUESS, ANSWER)),
            many(5, |n| tcp(n * 1_000, "52.1.1.1", "10.0.0.5", 22, GUESS, PAGE)),
        ),
        (
            "bruteforce.login",
            many(40, |n| tcp(n * 100, "52.1.1.1", "10.0.0.5", 4_022, GUESS, ANSWER)),
            many(40, |n| tcp(n * 100, "52.1.1.1", "10.0.0.5", 4_022, GUESS, (15, 1_000 * n))),
        ),
        (
            "lateral.fanout",
            many(7, |n| tcp(n * 60, "10.0.0.5", &to(n), 3_389, PAGE, PAGE)),
            many(7, |n| tcp(n * 7_200, "10.0.0.5", &to(n), 3_389, PAGE, PAGE)),
        ),
        ("lateral.worm", worm(), many(8, |n| tcp(n, "10.0.0.5", &to(n), 445, SYN, NONE))),
        (
            "metadata.abuse",
            many(9, |n| tcp(n, "10.0.0.5", "169.254.169.254", 80, GUESS, (900, 900_000))),
            many(9, |n| tcp(n, "10.0.0.5", "169.254.169.254", 80, GUESS, ANSWER)),
        ),
        (
            "connection.long",
            many(90, |n| Call {
                client_port: LASTING_PORT,
                lasts_s: 59,
                ..tcp(n * 60, "52.1.1.1", "10.0.0.5", 3_389, PAGE, PAGE)
            }),
            many(9, |n| tcp(n * 60, "52.1.1.1", "10.0.0.5", 3_389, PAGE, PAGE)),
        ),
    ]
}

fn calls_home() -> Vec<Case> {
    vec![
        (
            "beacon.regular",
            many(60, |n| tcp(n * 600 + n % 7 * 9, "10.0.0.5", "52.1.1.1", 4_444, GUESS, ANSWER)),
            many(60, |n| tcp(n * n * 17 % 40_000, "10.0.0.5", "52.1.1.1", 4_444, GUESS, PAGE)),
        ),
        (
            "beacon.proxied",
            many(60, |n| tcp(n * 300 + n % 7 * 9, "10.0.0.5", "10.0.0.8", 3_128, GUESS, ANSWER))
                .into_iter()
                .chain(many(60, |n| tcp(n * n * 5 % 18_000, "10.0.0.5", "10.0.0.8", 3_128, (20, 4_000 + 97 * n), PAGE)))
                .collect(),
            many(120, |n| tcp(n * n * 5 % 18_000, "10.0.0.5", "10.0.0.8", 3_128, (20, 4_000 + 97 * n), PAGE)),
        ),
        (
            "beacon.strobe",
            many(400, |n| tcp(n / 2, "10.0.0.5", "52.1.1.1", 8_443, GUESS, ANSWER).on(40_000 + n as i32)),
            many(400, |n| tcp(n / 4, "10.0.0.5", "52.1.1.1", 8_443, GUESS, ANSWER).on(40_000 + n as i32)),
        ),
        (
            "connection.idle",
            lasting(120, |n| tcp(n * 60, "10.0.0.5", "52.1.1.1", 6_667, (2, 130), (2, 140))),
            lasting(120, |n| tcp(n * 60, "10.0.0.5", "52.1.1.1", 6_667, PAGE, PAGE)),
        ),
    ]
}

fn ways_out() -> Vec<Case> {
    vec![
        (
            "protocol.rare",
            many(9, |n| Call { proto: 47, ..tcp(n * 60, "10.0.0.5", "52.1.1.1", 0, PAGE, PAGE) }),
            many(9, |n| Call { proto: 47, ..tcp(n * 60, "10.0.0.5", "10.0.0.6", 0, PAGE, PAGE) }),
        ),
        (
            "dns.https",
            with_names(many(3, |n| tcp(n * 60, "10.0.0.5", "1.1.1.1", 443, GUESS, ANSWER))),
            many(3, |n| tcp(n * 60, "10.0.0.5", "1.1.1.1", 443, GUESS, ANSWER)),
        ),
        (
            "beacon.reconnect",
            many(40, |n| tcp(n * 10, "10.0.0.5", "52.1.1.1", 5_888, SYN, NONE)),
            many(5, |n| tcp(n * 10, "10.0.0.5", "52.1.1.1", 5_888, SYN, NONE)),
        ),
        (
            "exfiltration.volume",
            (many(8, |n| tcp(n, "10.0.0.5", &out(n), 443, GUESS, PAGE)).into_iter())
                .chain([tcp(99, "10.0.0.5", "52.9.9.9", 443, (500_000, 700_000_000), (90_000, 5_000_000))])
                .collect(),
            many(8, |n| tcp(n, "10.0.0.5", &out(n), 443, (9_000, 9_000_000), (90_000, 900_000_000))),
        ),
        (
            "exfiltration.staging",
            vec![
                tcp(99, "10.0.0.5", &to(1), 5_432, (90_000, 5_000_000), (500_000, 650_000_000)),
                tcp(900, "10.0.0.5", "52.9.9.9", 443, (500_000, 700_000_000), (90_000, 5_000_000)),
            ],
            vec![
                tcp(99, "10.0.0.5", "52.9.9.9", 443, (500_000, 700_000_000), (90_000, 5_000_000)),
                tcp(900, "10.0.0.5", &to(1), 5_432, (90_000, 5_000_000), (500_000, 650_000_000)),
            ],
        ),
        (
            "dns.tunnel",
            many(50, |n| udp(n * 60, "10.0.0.5", "52.1.1.1", 53, (200, 40_000), (200, 60_000))),
            many(50, |n| udp(n * 60, "10.0.0.5", "52.1.1.1", 53, (200, 14_000), (200, 60_000))),
        ),
        (
            "beacon.fleet",
            (0..12)
                .flat_map(|host| {
                    many(60, move |n| tcp(n * 300 + dice(n) % 20, &to(host), "52.1.1.1", 4_444, GUESS, ANSWER))
                })
                .chain((0..40).map(|host| tcp(host, &to(100 + host), "52.2.2.2", 443, PAGE, PAGE)))
                .collect(),
            (0..12)
                .flat_map(|host| {
                    many(60, move |n| tcp(dice(n * 31 + host) % 18_000, &to(host), "52.1.1.1", 4_444, GUESS, ANSWER))
                })
                .chain((0..40).map(|host| tcp(host, &to(100 + host), "52.2.2.2", 443, PAGE, PAGE)))
                .collect(),
        ),
        (
            "dns.bypass",
            with_names(many(3, |n| udp(n * 60, "10.0.0.5", "52.1.1.1", 53, (9, 600), (9, 900)))),
            many(3, |n| udp(n * 60, "10.0.0.5", "52.1.1.1", 53, (9, 600), (9, 900))),
        ),
        (
            "icmp.tunnel",
            many(9, |n| Call { proto: 1, ..tcp(n * 60, "10.0.0.5", "52.1.1.1", 0, (90, 90_000), (90, 90_000)) }),
            many(9, |n| Call { proto: 1, ..tcp(n * 60, "10.0.0.5", "52.1.1.1", 0, (900, 75_600), (900, 75_600)) }),
        ),
    ]
}

fn floods() -> Vec<Case> {
    vec![
        (
            "ddos.outbound",
            many(3, |n| Call { lasts_s: 30, ..udp(n * 60, "10.0.0.5", "52.1.1.1", 80, (900_000, 50_000_000), NONE) }),
            many(3, |n| udp(n * 60, "10.0.0.5", "52.1.1.1", 443, (90_000, 90_000_000), (80_000, 9_000_000))),
        ),
        (
            "ddos.inbound",
            many(900, |n| tcp(7_200 + n % 30, &out(n), "10.0.0.5", 443, SYN, NONE)),
            many(900, |n| tcp(n * 60, &out(n), "10.0.0.5", 443, GUESS, PAGE)),
        ),
        (
            "ddos.inbound",
            (0..8_000)
                .map(|n| udp(20_000 + n % 240, &out(n % 4_000), "10.0.0.5", 1_024 + n as i32 * 7, (40, 40_000), NONE))
                .chain([tcp(0, "10.0.0.9", "52.1.1.1", 443, PAGE, PAGE)])
                .collect(),
            // One source at a thousand ports is a scan.
            many(1_000, |n| udp(20_000 + n % 50, "52.1.1.1", "10.0.0.5", 1_024 + n as i32, (1, 60), NONE)),
        ),
        (
            "ddos.connections",
            many(3_000, |n| Call {
                client_port: 20_000 + n as i32,
                lasts_s: 0,
                ..tcp(7_200 + n / 200, "52.1.1.1", "10.0.0.5", 443, (2, 100), (1, 52))
            }),
            many(3_000, |n| Call {
                client_port: 20_000 + n as i32,
                lasts_s: 0,
                ..tcp(7_200 + n / 200, "52.1.1.1", "10.0.0.5", 443, GUESS, PAGE)
            }),
        ),
        (
            "ddos.amplification",
            many(2, |n| udp(n * 60, "52.1.1.1", "10.0.0.5", 11_211, (90, 9_000), (9_000, 9_000_000))),
            many(2, |n| udp(n * 60, "52.1.1.1", "10.0.0.5", 53, (900, 90_000), (900, 200_000))),
        ),
        (
            "mining.pool",
            many(60, |n| Call {
                client_port: LASTING_PORT,
                lasts_s: 59,
                ..tcp(n * 60, "10.0.0.5", "52.1.1.1", 3_333, (5, 600), (5, 700))
            }),
            many(4, |n| tcp(n * 60, "10.0.0.5", "52.1.1.1", 3_333, PAGE, PAGE)),
        ),
        ("rejects.spike", in_hours(400, "52.1.1.1", NONE), in_hours(30, "52.1.1.1", NONE)),
        ("spread.shift", in_hours(2_000, "", ANSWER), in_hours(30, "", ANSWER)),
        (
            "spam.delivery",
            many(25, |n| tcp(n, "10.0.0.5", &out(n), 25, GUESS, ANSWER)),
            (many(25, |n| tcp(n, "10.0.0.5", &out(n), 25, GUESS, ANSWER)).into_iter())
                .chain([tcp(99, "52.9.9.9", "10.0.0.5", 25, PAGE, ANSWER)])
                .collect(),
        ),
    ]
}

/// Two hours of pages and names that are answered, and more.
fn with_pages(more: Vec<Call>) -> Vec<Call> {
    let pages = many(240, |n| tcp(n * 30, "10.0.0.5", &out(n % 40), 443, PAGE, PAGE));
    pages.into_iter().chain(more).collect()
}

fn routes() -> Vec<Case> {
    let silent = |n: i64| tcp(600 + n * 120, "10.0.0.5", &format!("10.9.0.{}", n % 3), 443, SYN, NONE);
    let half = |n: i64| tcp(600 + n * 700, "10.0.0.5", "10.7.0.4", 5_432, PAGE, NONE);
    let refused = |n: i64| Call { is_answer_denied: true, ..tcp(600 + n * 60, "10.0.0.5", "10.7.0.4", 443, SYN, SYN) };
    vec![
        (
            "route.oneway",
            with_pages(many(30, silent)),
            with_pages(many(30, |n| tcp(n, "10.0.0.5", &to(n), 443, SYN, NONE))),
        ),
        ("route.asymmetric", with_pages(many(6, half)), many(6, half)),
        ("route.lost", many(3, |n| Call { lost: 1, ..silent(n) }), many(3, silent)),
        ("route.denied_answer", with_pages(many(6, refused)), with_pages(many(6, |n| Call { up: NONE, ..refused(n) }))),
    ]
}

fn sources() -> Vec<Case> {
    let flood = |n: i64| tcp(600 + n / 9, &out(n), "45.1.2.3", 80, SYN, NONE);
    vec![
        (
            "spoof.bogon",
            many(9, |n| tcp(n * 60, "240.1.2.3", "10.0.0.5", 443, SYN, NONE)),
            many(9, |n| tcp(n * 60, "240.1.2.3", "10.0.0.5", 443, PAGE, PAGE)),
        ),
        ("spoof.forged", with_pages(many(400, flood)), many(400, flood)),
    ]
}

fn logs() -> Vec<Case> {
    let pages = |lasts_s: fn(i64) -> i64| {
        many(800, |n| Call { lasts_s: lasts_s(n), ..tcp(n * 30, "10.0.0.5", &out(n % 90), 443, PAGE, PAGE) })
    };
    let at_client = || -> Vec<Call> {
        let seen = Seen::At { client: true, server: false };
        pages(|_| 5).into_iter().map(|call| Call { seen, ..call }).collect()
    };
    let sampled = |rate: fn(i64) -> f64| {
        let rated = pages(|_| 5).into_iter().zip(0..);
        rated.map(|(call, n)| Call { one_of: Some(rate(n)), ..call }).collect::<Vec<Call>>()
    };
    let later = |by_s: i64| many(4, |n| tcp(by_s + n * 40, "10.0.0.5", &out(7), 443, PAGE, PAGE));
    vec![
        ("loghealth.clock", [pages(|_| 5), later(99 * 86_400)].concat(), [pages(|_| 5), later(86_400)].concat()),
        ("loghealth.repeated", [at_client(), at_client()].concat(), at_client()),
        (
            "loghealth.sampling",
            sampled(|n| if n < 400 { 10.0 } else { 100.0 }),
            sampled(|n| if n % 2 == 0 { 10.0 } else { 100.0 }),
        ),
        ("loghealth.window", pages(|n| if n < 400 { 50 } else { 500 }), pages(|_| 500)),
    ]
}

#[test]
fn each_detector_finds_its_case_and_not_the_twin() {
    let wrong: Vec<String> = cases()
        .into_iter()
        .flat_map(|(detector, case, twin)| {
            FAMILIES.map(|family| [check(detector, &case, true, family), check(detector, &twin, false, family)])
        })
        .flatten()
        .flatten()
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_detector_has_a_case() {
    let cases = cases();
    for detector in DETECTORS {
        assert!(cases.iter().any(|case| case.0 == detector.id), "{} has no case", detector.id);
    }
}

#[test]
fn the_family_of_addresses_changes_nothing() {
    let detectors = |calls: &[Call], family: Family| -> Vec<(String, Severity)> {
        let mut told: Vec<_> =
            told(&by_cloud(calls, family)).into_iter().map(|finding| (finding.detector, finding.severity)).collect();
        told.sort();
        told
    };
    for (detector, case, twin) in cases() {
        for calls in [case, twin] {
            assert_eq!(detectors(&calls, Family::V6), detectors(&calls, Family::V4), "{detector}");
        }
    }
}

/// Each case in another order, in parts, and read twice.
#[test]
fn order_cut_and_repetition_change_nothing() {
    let about_traffic = |fold: Fold| -> Vec<Finding> {
        findings(&fold.finish()).into_iter().filter(|finding| finding.detector != "loghealth.repeated").collect()
    };
    let in_parts = |calls: &[Call]| {
        let mut whole = Fold::new(Limits::default());
        for calls in calls.chunks(97) {
            let mut part = Fold::new(Limits::default());
            part.push(&by_cloud(calls, Family::V4));
            whole.merge(&mut part);
        }
        about_traffic(whole)
    };
    for (detector, case, _) in cases() {
        let mut shuffled = [case.clone(), case.clone()].concat();
        shuffled.sort_by_key(|call| dice(call.at_s ^ i64::from(call.client_port)));
        assert_eq!(in_parts(&shuffled), in_parts(&case), "{detector}");
    }
}
