//! Sources that cannot be: what is told of them, and what is legitimate.

mod traffic;

use detect::Finding;
use traffic::{Call, FAMILIES, NONE, Seen, by_cloud, by_sensor, dice, lines, many, tcp, told, udp};

const SYN: (i64, i64) = (1, 60);
const PAGE: (i64, i64) = (40, 50_000);

/// What a machine of ours does.
fn pages() -> Vec<Call> {
    many(120, |n| tcp(n * 30 + 7, "10.0.0.5", &format!("52.1.{}.9", n % 40), 443, PAGE, PAGE))
}

/// A web server of ours with a public address, and pages.
fn site() -> Vec<Call> {
    let visits = many(120, |n| tcp(n * 30, &format!("91.{}.7.9", n % 40), "198.1.7.20", 443, PAGE, PAGE));
    let visits = visits.into_iter().map(|call| Call { seen: Seen::At { client: false, server: true }, ..call });
    visits.chain(pages()).collect()
}

#[track_caller]
fn check(name: &str, more: &[Call], expected: Option<(&str, &str)>) {
    for family in FAMILIES {
        for batch in [by_cloud, by_sensor] {
            let found = told(&batch(&[pages(), more.to_vec()].concat(), family));
            let spoofed: Vec<&Finding> = found.iter().filter(|one| one.detector.starts_with("spoof.")).collect();
            let told: Vec<&str> = spoofed.iter().map(|one| one.detector.as_str()).collect();
            let expected_told: Vec<&str> = expected.iter().map(|one| one.0).collect();
            assert_eq!(told, expected_told, "{name}, {family:?}: {:#?}", lines(&found));
            let says = expected.map_or("", |one| one.1);
            assert!(spoofed.iter().all(|one| one.title.contains(says)), "{name}: {:#?}", lines(&found));
        }
    }
}

#[test]
fn sources_that_nobody_has() {
    let from = |source: &str| many(5, |n| tcp(n * 60, source, "10.0.0.5", 443, SYN, NONE));
    for source in ["240.1.2.3", "0.1.2.3", "192.0.2.9", "198.18.3.4"] {
        check(source, &from(source), Some(("spoof.bogon", "the address")));
    }
    check("loopback", &from("127.0.0.1"), Some(("spoof.bogon", "the address")));
    check("multicast", &from("224.0.0.9"), Some(("spoof.bogon", "the address")));
    let many_sources = many(90, |n| udp(n, &format!("240.{}.2.3", n), "10.0.0.5", 53, (1, 70), NONE));
    check("a flood", &many_sources, Some(("spoof.bogon", "90 addresses")));
    check("a stray packet", &from("240.1.2.3")[..1], None);
}

#[test]
fn private_sources_at_a_public_address() {
    let from = |source: &str, down| many(5, |n| tcp(n * 60, source, "198.1.7.20", 443, SYN, down));
    let at_server = |calls: Vec<Call>| -> Vec<Call> {
        calls.into_iter().map(|call| Call { seen: Seen::At { client: false, server: true }, ..call }).collect()
    };
    // A sensor does not say whose interface it was: there is no inside but private addresses.
    let cloud = |more: Vec<Call>| -> usize {
        let found = told(&by_cloud(&[site(), at_server(more)].concat(), traffic::Family::V4));
        found.iter().filter(|one| one.detector == "spoof.bogon").count()
    };
    assert_eq!(cloud(from("172.20.1.9", NONE)), 1, "nobody here has such a network");
    assert_eq!(cloud(from("172.20.1.9", PAGE)), 0, "it is answered");
    let known = many(9, |n| tcp(n * 60, "172.20.8.8", "10.0.0.5", 22, PAGE, PAGE));
    assert_eq!(cloud([from("172.20.1.9", NONE), known].concat()), 0, "its network is known");
}

#[test]
fn what_is_legitimate() {
    let in_use = many(9, |n| tcp(n * 60, "10.0.0.5", "203.0.113.7", 443, PAGE, PAGE));
    let scanner = many(9, |n| tcp(n * 60, "203.0.113.99", "10.0.0.5", 443, SYN, NONE));
    check("a laboratory's internet", &[in_use, scanner].concat(), None);
    check("DHCP", &many(9, |n| udp(n * 60, "0.0.0.0", "255.255.255.255", 67, (1, 300), NONE)), None);
    check("who has no address yet", &many(9, |n| udp(n * 60, "0.0.0.0", "10.0.0.2", 67, (1, 300), NONE)), None);
    check("mDNS", &many(9, |n| udp(n * 60, "10.0.0.5", "224.0.0.251", 5_353, (1, 300), NONE)), None);
    check("link-local", &many(9, |n| tcp(n * 60, "169.254.7.7", "10.0.0.5", 443, SYN, NONE)), None);
    check("metadata", &many(9, |n| tcp(n * 60, "10.0.0.5", "169.254.169.254", 80, PAGE, PAGE)), None);
    check("a host with itself", &many(9, |n| tcp(n * 60, "127.0.0.1", "127.0.0.1", 80, SYN, NONE)), None);
    let errors = many(9, |n| Call { proto: 1, ..tcp(n * 60, "240.1.2.3", "10.0.0.5", 0, (1, 70), NONE) });
    let found = told(&by_cloud(&[site(), errors].concat(), traffic::Family::V4));
    assert!(!found.iter().any(|one| one.detector == "spoof.bogon"), "errors of routers: {:#?}", lines(&found));
}

#[test]
fn its_own_address_and_port() {
    let land = many(9, |n| tcp(n * 60, "10.0.0.5", "10.0.0.5", 139, SYN, NONE).on(139));
    check("land", &land, Some(("spoof.bogon", "the address")));
    check("itself", &many(9, |n| tcp(n * 60, "10.0.0.5", "10.0.0.5", 139, SYN, NONE)), None);
}

#[test]
fn sources_that_are_not_ours() {
    let anyone = |n: i64| format!("{}.{}.{}.7", 20 + dice(n) % 70, dice(n + 1) % 250, dice(n + 2) % 250);
    let flood = many(900, |n| tcp(600 + n / 10, &anyone(n * 3), "45.1.2.3", 80, SYN, NONE));
    check("a flood", &flood, Some(("spoof.forged", "900 sources that are not ours flood")));
    let knocks = many(900, |n| tcp(n * 8, &anyone(n * 3), "45.1.2.3", 23, SYN, NONE));
    check("the noise of the internet", &knocks, None);
    let transit = many(40, |n| tcp(n * 50, &anyone(n * 7), "46.1.2.3", 443, PAGE, PAGE));
    check("traffic of others passes", &[flood.clone(), transit].concat(), None);
    let active = many(3, |n| tcp(n * 50, "10.0.0.5", "45.1.2.3", 443, PAGE, PAGE));
    check("a host that is here", &[flood, active].concat(), None);
}
