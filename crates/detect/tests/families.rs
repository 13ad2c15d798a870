//! What known families of malware do, as a sensor of connections tells it: made by rule, numbers never the same twice.
//! Addresses of a university without private ones where the family was recorded in such a place.

mod traffic;

use detect::{Finding, Severity};
use traffic::{Call, FAMILIES, Family, NONE, address, by_sensor, dice, lines, many};

fn tcp(n: i64, at_s: i64, client: &str, server: &str, port: i32, up: (i64, i64), down: (i64, i64)) -> Call {
    let call = traffic::tcp(at_s, client, server, port, up, down);
    Call { lasts_s: 2, ..call }.on(1_025 + (dice(n) % 60_000) as i32)
}

fn udp(n: i64, at_s: i64, client: &str, server: &str, port: i32, up: (i64, i64), down: (i64, i64)) -> Call {
    Call { proto: 17, ..tcp(n, at_s, client, server, port, up, down) }
}

fn anywhere(n: i64) -> String {
    format!("{}.{}.{}.{}", 20 + dice(n) % 180, dice(n + 1) % 250, dice(n + 2) % 250, 1 + dice(n + 3) % 250)
}

fn told(calls: &[Call], family: Family) -> Vec<Finding> {
    traffic::told(&by_sensor(calls, family))
}

const SYN: (i64, i64) = (2, 120);
const BOT: &str = "192.168.1.195";
const STUDENT: &str = "147.32.84.165";

/// Pages that somebody reads between other things, and names that are asked for.
fn pages(client: &str, count: i64) -> Vec<Call> {
    let page = |n: i64| {
        let at_s = dice(n * 7) % 40_000;
        let server = anywhere(dice(n) % 60 * 11);
        let name = udp(n, at_s, client, "147.32.80.9", 53, (1, 70), (1, 200));
        [
            name,
            tcp(n, at_s + 1, client, &server, 443, (12, 1_500 + dice(n + 5) % 4_000), (20, 9_000 + dice(n) % 90_000)),
        ]
    };
    (0..count).flat_map(page).collect()
}

/// Name, family of detectors, entity, traffic.
type Case = (&'static str, &'static str, &'static str, Vec<Call>);

fn families() -> Vec<Case> {
    [devices(), computers(), ways_in()].concat()
}

fn devices() -> Vec<Case> {
    let (mirai, irc) = (|n: i64| tcp(n, n / 20, BOT, &anywhere(n * 5), 23, (1, 60), NONE), "185.244.25.235");
    vec![
        ("Mirai: telnet", "scan.", BOT, many(2_000, mirai)),
        (
            "Hide and Seek: peers by UDP at any port",
            "scan.",
            BOT,
            many(120, |n| udp(n, n * 30, BOT, &anywhere(n * 5), 1_000 + (dice(n) % 60_000) as i32, (1, 60), NONE)),
        ),
        (
            "Torii: small calls to a web port",
            "beacon.",
            BOT,
            many(300, |n| tcp(n, n * 120 + dice(n) % 12, BOT, "66.85.157.90", 443, (6, 480), (5, 420))),
        ),
        (
            "Muhstik: waits on IRC",
            "connection.idle",
            BOT,
            vec![Call { lasts_s: 20_000, ..tcp(1, 60, BOT, irc, 6_667, (250, 14_000), (230, 15_000)) }],
        ),
        (
            "Gagfyt: floods by UDP",
            "ddos.outbound",
            BOT,
            vec![Call { lasts_s: 20, ..udp(1, 9, BOT, "66.67.61.168", 80, (200_000, 9_000_000), NONE) }],
        ),
        (
            "Kenjiro: tries one device port after port",
            "scan.",
            BOT,
            many(60, |n| tcp(n, n, BOT, &anywhere(n * 9), [37_215, 52_869, 8_080][n as usize % 3], SYN, NONE)),
        ),
    ]
}

fn computers() -> Vec<Case> {
    vec![
        ("Neris: spam", "spam.delivery", STUDENT, {
            let mail = |n: i64| {
                tcp(n, n * 20, STUDENT, &anywhere(n * 3), 25, (9, 900), if n % 3 == 0 { (8, 700) } else { NONE })
            };
            [pages(STUDENT, 300), many(200, mail)].concat()
        }),
        ("Rbot: pings one target to death, each ping a record", "ddos.outbound", STUDENT, {
            let ping = |n: i64| Call {
                proto: 1,
                lasts_s: 0,
                ..udp(n, 5_000 + n / 900, STUDENT, "147.33.96.69", 0, (10, 10_660), (9, 9_594))
            };
            [pages(STUDENT, 300), many(4_000, ping)].concat()
        }),
        ("Rbot: floods by UDP at any port", "ddos.outbound", STUDENT, {
            let datagram = |n: i64| {
                udp(n, 5_000 + n / 100, STUDENT, "212.117.171.138", (dice(n) % 60_000) as i32, (300, 320_000), NONE)
            };
            [pages(STUDENT, 300), many(4_000, datagram)].concat()
        }),
        ("Menti, Murlo: sweep", "scan.", STUDENT, {
            [pages(STUDENT, 300), many(300, |n| tcp(n, n, STUDENT, &anywhere(n * 3), 443, SYN, NONE))].concat()
        }),
        ("Virut: command and control that is gone", "beacon.", STUDENT, {
            [pages(STUDENT, 300), many(120, |n| tcp(n, n * 60, STUDENT, "60.190.222.139", 65_500, (3, 186), NONE))]
                .concat()
        }),
        ("Sogou: keeps asking a server", "beacon.", STUDENT, {
            let call = |n: i64| tcp(n, n * 300 + dice(n) % 20, STUDENT, "220.181.111.83", 80, (6, 600), (6, 900));
            [pages(STUDENT, 300), many(90, call)].concat()
        }),
    ]
}

fn ways_in() -> Vec<Case> {
    vec![
        ("RDP guesses at a port of its own", "bruteforce.", "82.202.226.189", {
            many(90, |n| tcp(n, n * 40, "82.202.226.189", STUDENT, 33_899, (14, 1_900), (12, 2_100)))
        }),
        ("telnet guesses from one of ours", "bruteforce.", BOT, {
            many(150, |n| tcp(n, n * 20, BOT, "10.9.9.9", 23, (20, 1_200), (20, 1_500)))
        }),
        ("a tunnel by GRE", "protocol.rare", BOT, {
            many(30, |n| Call { proto: 47, ..udp(n, n * 60, BOT, "66.67.61.168", 0, (20, 9_000), (20, 9_000)) })
        }),
        ("a web shell that polls every second", "beacon.", BOT, {
            many(600, |n| tcp(n, n / 2, BOT, "66.67.61.168", 8_443, (7, 997), (6, 1_823)))
        }),
    ]
}

#[test]
fn what_families_do_is_found() {
    let missed = |family: Family, (name, detector, entity, calls): (&str, &str, &str, Vec<Call>)| {
        let told = told(&calls, family);
        let entity = address(entity, family).to_string();
        let is_it = |one: &Finding| one.detector.starts_with(detector) && one.entity == entity;
        (!told.iter().any(is_it)).then(|| format!("{name}, {family:?}: {:#?}", lines(&told)))
    };
    let missed: Vec<String> =
        FAMILIES.iter().flat_map(|family| families().into_iter().filter_map(|case| missed(*family, case))).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn the_family_of_addresses_changes_nothing() {
    let detectors = |calls: &[Call], family: Family| -> Vec<(String, Severity)> {
        let mut told: Vec<_> =
            told(calls, family).into_iter().map(|finding| (finding.detector, finding.severity)).collect();
        told.sort();
        told
    };
    for (name, _, _, calls) in families() {
        assert_eq!(detectors(&calls, Family::V6), detectors(&calls, Family::V4), "{name}");
    }
}

#[test]
fn a_pair_is_told_once() {
    for (name, detector, entity, calls) in families() {
        let told = told(&calls, Family::V4);
        let of_family: Vec<&String> = told
            .iter()
            .filter(|one| one.entity == entity && one.detector.starts_with(detector))
            .map(|one| &one.title)
            .collect();
        assert!(of_family.len() <= 2, "{name}: {of_family:#?}");
    }
}

/// What everybody does on a working day, in a house and at a university.
#[test]
fn a_working_day_is_quiet() {
    let home = |client: &str| {
        let push = Call { lasts_s: 30_000, ..tcp(1, 60, client, "17.57.146.20", 5_223, (300, 30_000), (290, 40_000)) };
        let clock =
            many(600, |n| Call { client_port: 123, ..udp(n, n * 64, client, "162.159.200.1", 123, (1, 76), (1, 76)) });
        let update =
            many(20, |n| tcp(n, n * 1_800, client, "91.189.91.42", 443, (12, 1_900), (14, 9_000 + dice(n) % 900)));
        let call = Call {
            lasts_s: 3_000,
            ..udp(9, 9_000, client, "52.112.100.1", 3_478, (90_000, 20_000_000), (95_000, 60_000_000))
        };
        let mail = many(60, |n| {
            tcp(n, n * 600 + dice(n) % 9, client, "142.250.1.108", 993, (20, 2_000), (20, 3_000 + dice(n) % 900))
        });
        [pages(client, 500), vec![push, call], clock, update, mail].concat()
    };
    for client in ["192.168.7.20", STUDENT] {
        for family in FAMILIES {
            let loud: Vec<Finding> =
                told(&home(client), family).into_iter().filter(|one| one.severity < Severity::Low).collect();
            assert!(loud.is_empty(), "{client}, {family:?}: {:#?}", lines(&loud));
        }
    }
}
