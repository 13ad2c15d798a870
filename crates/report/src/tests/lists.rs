//! What lists say of the other end: who calls whom decides what it means.

use super::{Record, answer, at_its_end, batch, tcp};
use crate::{Context, Fold, Options, Summary};
use enrich::Intel;
use enrich::intel::{Limits, load};

const EXIT: &str = "45.9.148.1";
const RELAY: &str = "45.9.148.2";
const VPN: &str = "45.9.148.3";
const PROXY: &str = "45.9.148.4";

fn intel() -> Intel {
    let list = |name: &str, text: &str| load(name, text.as_bytes(), &Limits::default());
    Intel::build(vec![
        list("exit-addresses", &format!("ExitNode A\nExitAddress {EXIT} 2026-03-01 20:08:06\n")),
        list("tor-nodes.lst", &format!("{EXIT}\n{RELAY}\n")),
        list("vpn.txt", &format!("{VPN}\n")),
        list("proxies.txt", &format!("{PROXY}:8000\n")),
        list("scanners.txt", &format!("{EXIT}\n")),
        list(
            "vpn-ipv4.json",
            r#"{"name":"vpn-ipv4 addresses","type":"cidr","version":20260811,"list":["45.9.149.0/24"]}"#,
        ),
    ])
}

fn summary(records: &[Record], intel: &Intel) -> Summary {
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(records)));
    fold.finish(&Context { intel: Some(intel), ..Context::default() })
}

/// Findings about the other end, as `detector severity entity`.
fn told(records: &[Record]) -> Vec<String> {
    let summary = summary(records, &intel());
    let ours = summary
        .findings
        .iter()
        .filter(|found| found.detector.starts_with("proxy.") || found.detector.starts_with("intel."));
    ours.map(|found| format!("{} {} {}", found.detector, found.severity, found.entity)).collect()
}

/// A connection of ours, and what it is answered.
fn call(server: &'static str, port: i32, received: i64) -> Vec<Record> {
    let request = Record { direction: "egress", ..tcp("10.0.0.5", server, port, 4_000, 600) };
    let response = answer(&request, received);
    vec![request, response]
}

/// A connection to ours.
fn visit(client: &'static str, port: i32, sent: i64) -> Vec<Record> {
    let request = tcp(client, "10.0.0.9", port, 2_500, 600);
    vec![request.clone(), answer(&request, sent)]
}

fn udp(record: Record) -> Record {
    Record { proto: 17, flags: None, ..record }
}

#[test]
fn who_calls_decides_what_it_means() {
    let nothing: [&str; 0] = [];
    assert_eq!(told(&call(RELAY, 9001, 90_000)), ["proxy.tor medium 10.0.0.5"]);
    assert_eq!(told(&call(EXIT, 443, 90_000)), ["proxy.tor medium 10.0.0.5"]);
    assert_eq!(told(&call(VPN, 1194, 90_000)), ["proxy.vpn low 10.0.0.5"]);
    // A web server at a VPN provider's address is none of its tunnels.
    assert_eq!(told(&call(VPN, 443, 90_000)), nothing);
    assert_eq!(told(&call(PROXY, 8000, 90_000)), ["proxy.open low 10.0.0.5"]);
    assert_eq!(told(&call(PROXY, 443, 90_000)), nothing);
    // A web page for everybody is open to those who hide; a login is not.
    assert_eq!(told(&visit(EXIT, 443, 9_000)), nothing);
    assert_eq!(told(&visit(EXIT, 22, 4_000)), ["proxy.visitor low 10.0.0.9"]);
    assert_eq!(told(&visit(EXIT, 22, 400_000)), ["proxy.visitor medium 10.0.0.9"]);
    assert_eq!(told(&visit(VPN, 3389, 400_000)), ["proxy.visitor medium 10.0.0.9"]);
    // In the ranges of providers and data centers is everybody's server; a tunnel to one is a tunnel.
    assert_eq!(told(&visit("45.9.149.7", 22, 400_000)), nothing);
    let wireguard: Vec<Record> = call("45.9.149.7", 51_820, 90_000).into_iter().map(udp).collect();
    assert_eq!(told(&wireguard), ["proxy.vpn low 10.0.0.5"]);
    // Nobody comes out of a relay that is no exit.
    assert_eq!(told(&visit(RELAY, 22, 400_000)), nothing);
}

#[test]
fn what_is_turned_away_or_a_reply_is_no_use_of_tor() {
    let refused = Record { verdict: "denied", ..call(RELAY, 9001, 0).remove(0) };
    assert_eq!(told(&[refused]), ["proxy.tor low 10.0.0.5"]);
    let turned_away = Record { verdict: "denied", ..visit(EXIT, 22, 0).remove(0) };
    let summary = summary(&[turned_away], &intel());
    assert_eq!(summary.intel.rejected_inbound, 1);
    assert!(summary.findings.is_empty() && summary.intel.hits.is_empty());
    let ping = Record { proto: 1, flags: None, ports: (0, 0), ..tcp(EXIT, "10.0.0.9", 0, 84, 100) };
    assert!(told(&[ping.clone(), answer(&ping, 84)]).is_empty());
    // An ICMP error answers somebody's forged packet.
    let error = Record { ports: (3, 10), ..ping };
    assert!(told(&[error]).is_empty());
}

#[test]
fn one_finding_for_all_relays_of_a_host_and_all_visitors_of_a_service() {
    let mut records = [call(RELAY, 9001, 90_000), call(EXIT, 443, 90_000)].concat();
    records.extend([visit(EXIT, 22, 4_000), visit(VPN, 22, 4_000)].concat());
    let summary = summary(&records, &intel());
    let found = |detector: &str| summary.findings.iter().filter(|found| found.detector == detector).collect::<Vec<_>>();
    assert_eq!(found("proxy.tor").len(), 1);
    assert_eq!(found("proxy.tor")[0].peers, [EXIT, RELAY]);
    assert_eq!(found("proxy.tor")[0].attack, "T1090.003");
    assert!(found("proxy.tor")[0].evidence[0].1.contains("Tor relay (tor-nodes.lst)"));
    assert_eq!(found("proxy.visitor")[0].peers, [EXIT, VPN]);
}

#[test]
fn an_entry_that_ended_before_the_flow_hits_nothing() {
    let list = |until: &str| {
        let text = format!(
            r#"{{"type":"bundle","objects":[{{"type":"indicator","id":"indicator--1","pattern":"[ipv4-addr:value = '45.9.148.9']","valid_until":"{until}"}}]}}"#
        );
        Intel::build(vec![load("c2.json", text.as_bytes(), &Limits::default())])
    };
    let records = call("45.9.148.9", 443, 90_000);
    let hits = |until: &str| summary(&records, &list(until)).intel.hits.len();
    assert_eq!((hits("2026-03-01T00:00:00Z"), hits("2026-03-03T00:00:00Z")), (0, 1));
}

#[test]
fn setting_the_clock_at_a_listed_machine_is_no_contact_with_malware() {
    let intel = Intel::build(vec![load("malware.txt", b"45.9.148.9\n", &Limits::default())]);
    let asks = |bytes: i64| {
        let question = Record { packets: 1, bytes, ..call("45.9.148.9", 123, 0).remove(0) };
        summary(&[udp(question.clone()), udp(answer(&question, bytes))], &intel)
    };
    let told = |summary: &Summary| summary.findings.iter().any(|found| found.detector == "intel.contact");
    assert!(!told(&asks(76)) && asks(76).intel.hits.len() == 1);
    assert!(told(&asks(9_000)));
}

#[test]
fn a_listed_system_is_matched_where_a_database_names_it() {
    // One node: addresses below 128.0.0.0 are of AS 64500, of the others nothing is known.
    let data: &[u8] = b"\xe1\x58autonomous_system_number\xc2\xfb\xf4\xe0";
    let metadata: &[u8] =
        b"\xab\xcd\xefMaxMind.com\xe3\x4anode_count\xc1\x01\x4brecord_size\xa1\x18\x4aip_version\xa1\x04";
    let bytes = [&[0, 0, 17, 0, 0, 17 + 29], &[0; 16][..], data, metadata].concat();
    let geo = enrich::geo::Geo::new(vec![enrich::geo::Database::read(bytes).expect("a database")]);
    let list = |asn: u32| {
        Intel::build(vec![load("asn_drop.json", format!("{{\"asn\":{asn}}}\n").as_bytes(), &Limits::default())])
    };
    let hits = |server: &'static str, asn: u32| {
        let mut fold = Fold::new(&Options::default());
        fold.push_flows(&batch(&at_its_end(&call(server, 443, 90_000))));
        let intel = list(asn);
        fold.finish(&Context { intel: Some(&intel), geo: Some(&geo), ..Context::default() }).intel.hits.len()
    };
    assert_eq!((hits("45.9.148.9", 64_500), hits("45.9.148.9", 64_501), hits("188.9.148.9", 64_500)), (1, 0, 0));
}

#[test]
fn a_peer_that_is_only_something_does_not_make_a_beacon_critical() {
    let calls: Vec<Record> = (0..200)
        .flat_map(|n| {
            let request = Record { direction: "egress", ..tcp("10.0.0.5", EXIT, 8443, 700, n * 60) };
            [request.clone(), answer(&request, 900)]
        })
        .collect();
    let severity = |name: &str| {
        let intel = Intel::build(vec![load(name, format!("{EXIT}\n").as_bytes(), &Limits::default())]);
        let summary = summary(&calls, &intel);
        let beacon = summary.findings.iter().find(|found| found.detector == "beacon.regular").expect("a beacon");
        (beacon.severity, beacon.evidence.iter().any(|row| row.0 == "on blacklists"))
    };
    assert_eq!(severity("c2.txt"), ("critical", true));
    let (context, told) = severity("vpn.txt");
    assert!(context != "critical" && told, "{context}");
}
