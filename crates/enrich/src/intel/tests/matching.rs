//! Lists compiled and asked.

use std::net::IpAddr;

use proptest::prelude::*;

use super::super::*;
use crate::prefix::{address_bytes, parse_prefix};

/// A list that matches, annotates or suppresses.
fn list(name: &str, role: Role, tier: Tier, text: &str) -> List {
    let mut list = load(name, text.as_bytes(), &Limits::default());
    (list.role, list.tier) = (role, tier);
    list
}

#[test]
fn a_hit_tells_the_best_entry_and_all_lists() {
    let intel = Intel::build(vec![
        list("wide", Role::Match, Tier::Medium, "45.1.0.0/16 # net\n"),
        list("c2", Role::Match, Tier::High, "45.1.2.3 # bot\n45.1.2.4:3333\n"),
        list("tor", Role::Match, Tier::Context, "45.1.2.3\n46.0.0.1\n2a00:1:2::/48\n"),
        list("cloud", Role::Annotate, Tier::Context, "45.0.0.0/9\n"),
        list("resolvers", Role::Suppress, Tier::Context, "45.1.9.9\n"),
    ]);
    let hit = intel.lookup(&[45, 1, 2, 3]).unwrap();
    assert_eq!(hit.lists().collect::<Vec<_>>(), ["wide", "c2", "tor"]);
    assert_eq!((hit.label(), hit.tier(), hit.prefix().to_string().as_str()), (Some("bot"), Tier::High, "45.1.2.3/32"));
    assert!(!hit.is_context() && hit.is_valid_at(0));
    // A port entry matches its port only; the prefix around it matches always.
    assert_eq!(intel.lookup(&[45, 1, 2, 4]).unwrap().lists().collect::<Vec<_>>(), ["wide"]);
    assert_eq!(intel.lookup_port(&[45, 1, 2, 4], 80).unwrap().port(), None);
    assert_eq!(intel.lookup_port(&[45, 1, 2, 4], 3333).unwrap().port(), Some(3333));
    assert!(intel.lookup(&[46, 0, 0, 1]).unwrap().is_context());
    assert!(intel.lookup(&address_bytes("2a00:1:2:3::1".parse().unwrap())).is_some());
    assert!(intel.lookup(&address_bytes("64:ff9b::2d01:203".parse().unwrap())).is_some());
    assert!(intel.lookup(&[45, 1, 9, 9]).is_none());
    assert_eq!(intel.suppressed_by(&[45, 1, 9, 9]).unwrap().name, "resolvers");
    assert_eq!(intel.annotations(&[45, 1, 2, 3]).map(|list| list.name.as_str()).collect::<Vec<_>>(), ["cloud"]);
    assert_eq!(intel.lists()[0].report.suppressed_in_part, 1);
    assert!(intel.lookup(&[1]).is_none() && Intel::default().lookup(&[1, 2, 3, 4]).is_none());
}

#[test]
fn special_space_and_resolvers_never_hit() {
    let intel = Intel::build(vec![list(
        "l",
        Role::Match,
        Tier::High,
        "8.8.8.0/24\n192.0.0.0/8\n172.0.0.0/8\n10.0.0.0/8\n198.51.100.7\n2001:4860:4860::/48\n",
    )]);
    for text in ["8.8.8.8", "192.168.1.1", "172.16.0.1", "10.1.1.1", "192.0.2.1", "2001:4860:4860::8888"] {
        let expected = text == "192.0.2.1"; // documentation, inside of a wide prefix
        assert_eq!(intel.lookup(&address_bytes(text.parse().unwrap())).is_some(), expected, "{text}");
    }
    for text in ["8.8.8.9", "192.1.1.1", "172.15.0.1", "198.51.100.7", "2001:4860:4860::1"] {
        assert!(intel.lookup(&address_bytes(text.parse().unwrap())).is_some(), "{text}");
    }
}

/// Prefixes and addresses crowded into a few places, so that they meet.
fn place() -> impl Strategy<Value = IpNet> {
    let v4 = (prop::sample::select(vec![8u32, 9, 10, 45]), 0u32..3, 0u32..3, 0u32..12, 8u8..=32).prop_map(
        |(a, b, c, d, length)| IpNet::new(IpAddr::V4((a << 24 | b << 16 | c << 8 | d).into()), length).unwrap(),
    );
    let v6 = (0u128..3, 0u128..3, 0u128..4, 19u8..=128).prop_map(|(a, b, c, length)| {
        IpNet::new(IpAddr::V6(((0x2a00 + a) << 112 | b << 80 | c).into()), length).unwrap()
    });
    prop_oneof![3 => v4, 1 => v6]
}

proptest! {
    #[test]
    fn lookup_equals_a_linear_scan(
        lists in prop::collection::vec(prop::collection::vec((place(), any::<bool>()), 0..20), 1..4),
        suppressed in prop::collection::vec(place(), 0..3),
        asked in prop::collection::vec(place(), 20),
        port in 1u16..3,
    ) {
        let lines = |nets: &[(IpNet, bool)]| nets.iter().map(|(net, ported)| match net {
            IpNet::V4(v4) if *ported => format!("{}:1\n", v4.addr()),
            net => format!("{net}\n"),
        }).collect::<String>();
        let lists: Vec<List> = lists.iter().zip(["a", "b", "c"])
            .map(|(nets, name)| list(name, Role::Match, Tier::Medium, &lines(nets))).collect();
        let entries: Vec<(String, Vec<Entry>)> = lists.iter().map(|l| (l.name.clone(), l.entries.clone())).collect();
        let mut warning = list("w", Role::Suppress, Tier::Context, "");
        warning.entries = suppressed.iter().map(|net| Entry { prefix: net.trunc(), port: None, port_only: false, label: None, score: None, valid_until: None, line: 0 }).collect();
        let intel = Intel::build(lists.into_iter().chain([warning]).collect());
        for address in asked.iter().chain(&suppressed).map(|net| net.addr()) {
            let bytes = address_bytes(address);
            let hidden = suppressed.iter().any(|net| net.contains(&address))
                || hygiene::judge(address.into()) != hygiene::Verdict::Match;
            let expected: Vec<&str> = entries.iter().filter(|(_, entries)| !hidden && entries.iter().any(|entry| {
                entry.prefix.contains(&address) && (!entry.port_only || entry.port == Some(port))
            })).map(|(name, _)| name.as_str()).collect();
            let found: Vec<&str> = intel.lookup_port(&bytes, port).map(|hit| hit.lists().collect()).unwrap_or_default();
            prop_assert_eq!(&found, &expected, "{}", address);
        }
    }

    #[test]
    fn loading_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        load("x", &bytes, &Limits::default());
    }

    #[test]
    fn loading_near_misses_never_panics(text in "([0-9]{1,3}[.:/\\-#;, \\t\\[\\]{}\"<>éa]{1,2}){0,12}\n") {
        let heads = ["", "{\"a\":", "[\"", "<", "# maltrail\n", "45.0.0.0/8\n!", "-A INPUT -s ", "allow ", "ExitAddress ",
            "network-status-version 3\nr a b c d e ", "start,end\n", "#fields\tip\n"];
        for prefix in heads {
            let list = load("x", format!("{prefix}{text}").as_bytes(), &Limits::default());
            let report = &list.report;
            let left_out = report.duplicates + report.private_or_special + report.public_dns + report.too_wide;
            prop_assert_eq!(report.addresses, report.entries + left_out, "{}{}", prefix, text);
        }
    }

    #[test]
    fn every_written_prefix_is_read(net in place()) {
        prop_assert_eq!(parse_prefix(&net.to_string()).unwrap(), net.trunc());
    }
}

#[test]
fn entries_that_have_ended_are_left_out_when_the_time_is_known() {
    let decisions = r#"[
        {"scope":"Ip","type":"ban","value":"45.1.2.3","scenario":"ssh","created_at":"2024-01-01T00:00:00Z","duration":"4h0m0s"},
        {"scope":"Range","type":"ban","value":"45.1.0.0/16","scenario":"http","until":"2024-01-02T00:00:00Z"},
        {"scope":"Ip","type":"ban","value":"45.1.2.4","scenario":"no begin","duration":"4h"}]"#;
    let intel = Intel::build(vec![list("crowdsec", Role::Match, Tier::Low, decisions)]);
    let at = |address: [u8; 4], seconds: i64| {
        let hit = intel.lookup_at(&address, None, seconds);
        hit.map(|hit| hit.entries().map(|entry| format!("{} {:?}", entry.prefix, entry.label)).collect::<Vec<_>>())
    };
    const NEW_YEAR: i64 = 1_704_067_200;
    let (ssh, http) = ("45.1.2.3/32 Some(\"ssh\")".to_owned(), "45.1.0.0/16 Some(\"http\")".to_owned());
    assert_eq!(at([45, 1, 2, 3], NEW_YEAR), Some(vec![http.clone(), ssh]));
    assert_eq!(at([45, 1, 2, 3], NEW_YEAR + 14_400), Some(vec![http]));
    assert_eq!(at([45, 1, 2, 3], NEW_YEAR + 86_400), None);
    assert!(at([45, 1, 2, 4], NEW_YEAR + 86_400 * 365).is_some(), "no beginning, no end");
    assert_eq!(intel.expired_at(NEW_YEAR + 86_400), [2]);
}

#[test]
fn how_clean_a_list_is() {
    let lists = vec![
        list("clean", Role::Match, Tier::High, "# Last updated: 2024-01-01\n45.1.2.3\n45.1.2.4\n"),
        list("careless", Role::Match, Tier::High, "45.1.2.3\n10.0.0.1\n8.8.8.8\n46.1.1.1\nnonsense!\n"),
        list("useless", Role::Match, Tier::High, "10.0.0.1\n"),
        list("resolvers", Role::Suppress, Tier::Context, "46.1.1.1\n"),
    ];
    const DAY: i64 = 86_400;
    let now = 1_704_067_200 + 10 * DAY;
    let found = Intel::build(lists.clone()).cleanliness(now);
    let grades: Vec<&str> = found.iter().map(|one| one.grade.name()).collect();
    assert_eq!(grades, ["clean", "careless", "useless", "clean"]);
    assert_eq!((found[0].age_days, found[0].effective, found[1].effective), (Some(10), 2, 1));
    let expected = [
        "3 of 4 addresses should be on no blacklist",
        "1 are held by the warning list resolvers",
        "1 line or value could not be read",
    ];
    assert_eq!(found[1].remarks, expected);
    let later = Intel::build(lists).cleanliness(now + 90 * DAY);
    assert_eq!(
        (later[0].grade, later[0].remarks.as_slice()),
        (Grade::Usable, ["it was made 100 days ago: addresses change hands".to_owned()].as_slice())
    );
}
