//! The fold against a naive model, and against itself in other cuts.

mod doors;
mod lists;

use crate::{Context, Fold, Limits, Options, Summary, WANTED};
use arrow_array::RecordBatch;
use model::vocabulary::HealthKind;
use model::{FlowField as F, HealthField as H, Projection};
use proptest::prelude::*;
use std::collections::BTreeMap;
use table::{FlowColumns, HealthColumns};

/// 2026-03-02T00:00:00Z.
const DAY: i64 = 1_772_409_600;

/// A record as a test writes it: addresses as text, times in seconds of the day.
#[derive(Clone, Debug)]
struct Record {
    src: &'static str,
    dst: &'static str,
    ports: (i32, i32),
    proto: i32,
    flags: Option<i32>,
    bytes: i64,
    packets: i64,
    at: i64,
    lasts: i64,
    verdict: &'static str,
    /// `egress`, `ingress`, or empty where the source does not say.
    direction: &'static str,
}

impl Record {
    /// The interface: that of the sender or that of the receiver.
    fn interface(&self, at_sender: bool) -> String {
        format!("eni-of-{}", if at_sender { self.src } else { self.dst })
    }

    fn write(&self, flows: &mut FlowColumns) {
        flows.set_time(F::TimeStart, (DAY + self.at) * 1_000_000_000);
        flows.set_time(F::TimeEnd, (DAY + self.at + self.lasts) * 1_000_000_000);
        flows.set_address(F::SrcIp, self.src.parse().unwrap());
        flows.set_address(F::DstIp, self.dst.parse().unwrap());
        flows.set_int32(F::SrcPort, self.ports.0);
        flows.set_int32(F::DstPort, self.ports.1);
        flows.set_int32(F::IpProto, self.proto);
        if let Some(flags) = self.flags {
            flows.set_int32(F::TcpFlags, flags);
        }
        flows.set_int64(F::Bytes, self.bytes);
        flows.set_int64(F::Packets, self.packets);
        flows.set_text(F::Verdict, self.verdict);
        flows.set_text(F::Provider, "aws");
        flows.set_text(F::SourceKind, "aws_vpc");
        flows.set_text(F::AccountId, "123456789010");
        if !self.direction.is_empty() {
            flows.set_text(F::Direction, self.direction);
        }
    }
}

/// TCP from a client's port 40000 to a server.
fn tcp(src: &'static str, dst: &'static str, port: i32, bytes: i64, at: i64) -> Record {
    let (proto, flags, verdict, direction) = (6, Some(3), "allowed", "ingress");
    Record {
        src,
        dst,
        ports: (40_000 + at as i32 % 20_000, port),
        proto,
        flags,
        bytes,
        packets: 5,
        at,
        lasts: 5,
        verdict,
        direction,
    }
}

/// The answer to a record, seen at the same interface.
fn answer(record: &Record, bytes: i64) -> Record {
    let direction = match record.direction {
        "egress" => "ingress",
        "ingress" => "egress",
        _ => "",
    };
    let flags = record.flags.map(|_| 19);
    Record {
        src: record.dst,
        dst: record.src,
        ports: (record.ports.1, record.ports.0),
        flags,
        bytes,
        direction,
        ..record.clone()
    }
}

/// Each record with the interface it was made at: by its direction, else the given one.
fn batch(records: &[(Record, bool)]) -> RecordBatch {
    let mut flows = FlowColumns::new(Projection::of(WANTED.iter().copied()));
    for (record, at_sender) in records {
        record.write(&mut flows);
        flows.set_text(F::IfId, &record.interface(*at_sender));
        flows.end_row();
    }
    flows.take_batch()
}

fn at_its_end(records: &[Record]) -> Vec<(Record, bool)> {
    records.iter().map(|record| (record.clone(), record.direction == "egress")).collect()
}

fn report(records: &[Record]) -> Summary {
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(records)));
    fold.finish(&Context::default())
}

fn found<'a>(summary: &'a Summary, detector: &str) -> Vec<&'a str> {
    let of = summary.findings.iter().filter(|finding| finding.detector.starts_with(detector));
    of.map(|finding| finding.entity.as_str()).collect()
}

#[test]
fn nothing_gives_an_empty_report() {
    let summary = Fold::new(&Options::default()).finish(&Context::default());
    assert_eq!((summary.traffic.bytes, summary.findings.len(), summary.inputs.first), (0, 0, None));
}

#[test]
fn both_ends_count_once() {
    for direction in ["egress", ""] {
        let at_client = Record { direction, ..tcp("10.0.0.1", "10.0.1.2", 443, 1000, 60) };
        let at_server =
            Record { direction: if direction.is_empty() { "" } else { "ingress" }, bytes: 900, ..at_client.clone() };
        let mut fold = Fold::new(&Options::default());
        fold.push_flows(&batch(&[(at_client.clone(), true), (at_server, false), (answer(&at_client, 50_000), false)]));
        let summary = fold.finish(&Context::default());
        assert_eq!((summary.traffic.bytes, summary.traffic.conversations), (51_000, 1), "{direction:?}");
        let pair = &summary.traffic.conversations_top[0];
        assert_eq!((pair.client.as_str(), pair.port, pair.bytes_to_client), ("10.0.0.1", Some(443), 50_000));
    }
}

/// What the server of a session of packets sent was missing over time.
#[test]
fn a_session_moves_both_ways_over_time() {
    let mut flows = FlowColumns::new(Projection::of(WANTED.iter().copied()));
    Record { direction: "", ..tcp("10.0.0.1", "10.0.1.2", 80, 1_000, 60) }.write(&mut flows);
    flows.set_int64(F::RevBytes, 50_000);
    flows.set_int64(F::RevPackets, 40);
    flows.set_text(F::Vantage, "both");
    flows.end_row();
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&flows.take_batch());
    let traffic = fold.finish(&Context::default()).traffic;
    assert_eq!((traffic.timeline.bytes.iter().sum::<u64>(), traffic.packets, traffic.bytes), (51_000, 45, 51_000));
}

#[test]
fn a_gateway_in_between_counts_only_alone() {
    let end = Record { direction: "egress", ..tcp("10.0.0.1", "10.9.0.2", 443, 700, 60) };
    let mut flows = FlowColumns::new(Projection::of(WANTED.iter().copied()));
    for direction in ["ingress", "egress"] {
        Record { direction, ..end.clone() }.write(&mut flows);
        flows.set_text(F::Vantage, "middle");
        flows.end_row();
    }
    let middle = flows.take_batch();
    for (with_end, bytes) in [(false, 700), (true, 650)] {
        let mut fold = Fold::new(&Options::default());
        fold.push_flows(&middle);
        if with_end {
            fold.push_flows(&batch(&[(Record { bytes: 650, ..end.clone() }, true)]));
        }
        assert_eq!(fold.finish(&Context::default()).traffic.bytes, bytes);
    }
}

#[test]
fn an_opened_door_and_who_came_in() {
    let mut records = Vec::new();
    for client in ["8.7.6.1", "8.7.6.2"] {
        for n in 0..3 {
            records.push(Record {
                verdict: "denied",
                flags: Some(2),
                ..tcp(client, "10.0.0.9", 22, 40, 1000 + n * 100)
            });
        }
        let visit = tcp(client, "10.0.0.9", 22, 2000, 9000);
        records.extend([visit.clone(), answer(&visit, 3000)]);
    }
    let summary = report(&records);
    assert_eq!(found(&summary, "exposure.opened"), ["10.0.0.9"]);
    let exposed = &summary.traffic.exposed[0];
    assert_eq!((exposed.clients, exposed.is_sensitive, exposed.denied_until.is_some()), (2, true, true));
    assert_eq!(summary.traffic.denied_sources[0].got_in[0].server, "10.0.0.9");
}

#[test]
fn guessed_logins_and_the_session_after_them() {
    let mut records = Vec::new();
    for n in 0..60 {
        let attempt = tcp("8.7.6.1", "10.0.0.9", 22, 2000 + n % 50, 1000 + n * 10);
        records.extend([attempt.clone(), answer(&attempt, 2500)]);
    }
    assert_eq!(report(&records).findings[0].severity, "medium");
    let session = tcp("8.7.6.1", "10.0.0.9", 22, 5_000_000, 3000);
    records.extend([session.clone(), answer(&session, 900_000)]);
    let summary = report(&records);
    assert_eq!((found(&summary, "bruteforce.ssh"), summary.findings[0].severity), (vec!["8.7.6.1"], "critical"));
}

#[test]
fn a_beacon_is_told_and_a_clock_is_not() {
    for (port, proto, bytes, expected) in [(443, 6, 120, vec!["10.0.0.5"]), (123, 17, 76, vec![])] {
        let mut records = Vec::new();
        for n in 0..50 {
            let call = Record {
                proto,
                direction: "egress",
                ..tcp("10.0.0.5", "8.7.6.1", port, 5 * bytes, 500 + n * 300 + n % 5)
            };
            records.extend([call.clone(), answer(&call, 5 * bytes)]);
        }
        assert_eq!(found(&report(&records), "beacon"), expected);
    }
}

#[test]
fn one_scanner_stands_out_of_the_noise() {
    const NOISE: [&str; 6] = ["8.1.1.1", "8.1.1.2", "8.1.1.3", "8.1.1.4", "8.1.1.5", "8.1.1.6"];
    const DOORS: [&str; 10] = [
        "10.0.0.1",
        "10.0.0.2",
        "10.0.0.3",
        "10.0.0.4",
        "10.0.0.5",
        "10.0.0.6",
        "10.0.0.7",
        "10.0.0.8",
        "10.0.0.9",
        "10.0.0.10",
    ];
    let knock = |src, dst, port, at| Record { verdict: "denied", flags: Some(2), ..tcp(src, dst, port, 40, at) };
    let mut records: Vec<Record> = Vec::new();
    for (n, source) in NOISE.into_iter().enumerate() {
        records.extend(DOORS.into_iter().take(4).map(|door| knock(source, door, 23, 100 + n as i64)));
    }
    assert_eq!(report(&records).findings.len(), 0);
    for port in [21, 22, 23, 445, 3389] {
        records.extend(DOORS.into_iter().map(|door| knock("8.2.2.2", door, port, 5000)));
    }
    assert_eq!(found(&report(&records), "scan"), ["8.2.2.2"]);
}

#[test]
fn a_silent_interface_that_its_peers_still_see() {
    let mut records = Vec::new();
    for n in 0..200 {
        let call = Record { direction: "egress", ..tcp("10.0.0.1", "10.0.0.2", 443, 500, n * 120) };
        records.push(call.clone());
        if n < 100 {
            records.push(Record { direction: "ingress", ..call });
        }
    }
    let summary = report(&records);
    assert_eq!(found(&summary, "loghealth.silent"), ["eni-of-10.0.0.2"]);
    assert_eq!(summary.health.silent[0].addresses, ["10.0.0.2"]);
}

#[test]
fn windows_without_data_are_a_sign_of_life() {
    let mut health = HealthColumns::new(Projection::all());
    for n in 0..75 {
        health.set_text(H::Kind, HealthKind::NoData.name());
        health.set_text(H::IfId, "eni-of-10.0.0.2");
        health.set_time(H::TimeStart, (DAY + n * 300) * 1_000_000_000);
        health.set_time(H::TimeEnd, (DAY + n * 300 + 240) * 1_000_000_000);
        health.end_row();
    }
    health.set_text(H::Kind, HealthKind::ParseError.name());
    health.set_text(H::SrcObject, "a.log");
    health.set_int64(H::RecordNo, 7);
    health.end_row();
    let mut records = Vec::new();
    for n in 0..200 {
        let call = Record { direction: "egress", ..tcp("10.0.0.1", "10.0.0.2", 443, 500, n * 120) };
        records.extend([call.clone()]);
        records.extend((n < 100).then_some(Record { direction: "ingress", ..call }));
    }
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(&records)));
    fold.push_health(&health.take_batch());
    let summary = fold.finish(&Context::default());
    assert!(summary.health.silent.is_empty() && summary.health.is_partial);
    assert_eq!(summary.health.counts["no_data"], 75);
    assert_eq!((summary.health.problems.len(), summary.health.problems[0].record_no), (1, Some(7)));
}

#[test]
fn a_reply_to_a_listed_address_is_never_outbound() {
    let list = enrich::intel::load("c2.txt", b"8.7.6.1\n", &enrich::intel::Limits::default());
    let intel = enrich::Intel::build(vec![list]);
    let ping = Record { proto: 1, flags: None, ports: (0, 0), ..tcp("8.7.6.1", "10.0.0.5", 0, 84, 100) };
    let call = Record { direction: "egress", ..tcp("10.0.0.6", "8.7.6.1", 443, 900, 100) };
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(&[ping.clone(), answer(&ping, 84), call.clone(), answer(&call, 900)])));
    let summary = fold.finish(&Context { intel: Some(&intel), ..Context::default() });
    let hits: Vec<_> =
        summary.intel.hits.iter().map(|hit| (hit.direction.as_str(), hit.internal[0].as_str())).collect();
    assert_eq!(hits, [("outbound", "10.0.0.6"), ("inbound", "10.0.0.5")]);
    assert_eq!(found(&summary, "intel.contact"), ["10.0.0.6"]);
}

#[test]
fn owners_stand_beside_addresses_as_of_the_flow() {
    let table = "eni,ip,service,name,from,to\n\
        eni-of-10.0.0.9,,RDS,orders,,2026-03-02T01:00:00Z\n\
        eni-of-10.0.0.9,,RDS,orders-old,2030-01-01,\n\
        ,10.0.0.9,Lambda,not by its address,,\n\
        ,8.7.6.1,Somebody,outside,,2020-01-01\n";
    let file = enrich::inventory::load("own.csv", table.as_bytes(), &enrich::inventory::Limits::default()).unwrap();
    let inventory = enrich::Inventory::build(vec![file]);
    let mut records = Vec::new();
    for n in 0..60 {
        let attempt = tcp("8.7.6.1", "10.0.0.9", 22, 2000 + n % 50, 1000 + n * 10);
        records.extend([attempt.clone(), answer(&attempt, 2500)]);
    }
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(&records)));
    let summary = fold.finish(&Context { inventory: Some(&inventory), ..Context::default() });
    let traffic = &summary.traffic;
    let pair = &traffic.conversations_top[0];
    assert_eq!((pair.client_owner.as_str(), pair.server_owner.as_str()), ("", "RDS orders"));
    let talker = traffic.talkers.iter().find(|talker| talker.address == "10.0.0.9").unwrap();
    assert_eq!((talker.owner.as_str(), traffic.exposed[0].owner.as_str()), ("RDS orders", "RDS orders"));
    assert_eq!(traffic.services[0].owners, ["RDS"]);
    assert_eq!(summary.findings[0].owners["10.0.0.9"], "RDS orders");
    assert_eq!(summary.inventory[0].entries, 4);
    let text = crate::render::text(&summary, 140, false);
    assert!(text.contains("10.0.0.9 (RDS orders)") && text.contains("ssh tcp/22 (RDS)"), "{text}");
}

/// A session with a server outside, as the client's interface sees it.
fn outbound(server: &'static str, port: i32, at: i64) -> [Record; 2] {
    let request = Record { direction: "egress", ..tcp("10.0.0.5", server, port, 700, at) };
    let response = answer(&request, 900);
    [request, response]
}

/// A day and the day after it: what is usual, and what is not.
fn two_days(second: &[Record], context: &Context<'_>) -> Summary {
    let fold = |records: &[Record]| {
        let mut fold = Fold::new(&Options::default());
        fold.push_flows(&batch(&at_its_end(records)));
        fold
    };
    let baseline = fold(&outbound("93.184.216.34", 443, 60)).learn();
    fold(second).finish(&Context { baseline: Some(&baseline), ..context.clone() })
}

#[test]
fn a_profile_says_what_is_new_and_what_is_missing() {
    let (new, host) = (outbound("198.51.100.7", 8443, 3_600), "10.0.0.5".parse().ok());
    let summary = two_days(&new, &Context { profiled: host, ..Context::default() });
    let profile = summary.profile.unwrap();
    assert!(profile.is_seen && profile.history.is_some());
    let peers = &profile.habits[0];
    assert_eq!(
        (peers.new.as_slice(), peers.missing.as_slice()),
        (&["198.51.100.7".into()][..], &["93.184.216.34".into()][..])
    );
    assert_eq!((profile.hours[0].sent, profile.hours[0].sent_usual), (700, None));
    let stranger = Context { profiled: "192.0.2.1".parse().ok(), ..Context::default() };
    assert!(!two_days(&new, &stranger).profile.unwrap().is_seen);
}

#[test]
fn passwords_in_clear_text_on_the_internet() {
    for (server, port, is_told) in
        [("198.51.100.7", 23, true), ("198.51.100.7", 22, false), ("10.0.0.9", 23, false), ("198.51.100.7", 21, true)]
    {
        let summary = report(&outbound(server, port, 60));
        assert_eq!(found(&summary, "exposure.cleartext").len(), usize::from(is_told), "{server}:{port}");
    }
}

#[test]
fn a_country_is_reached_for_the_first_time() {
    // One node: addresses below 128.0.0.0 are of DE, the others of FR.
    let data: &[u8] = b"\xe1\x47country\xe1\x48iso_code\x42DE\xe1\x47country\xe1\x48iso_code\x42FR";
    let metadata: &[u8] =
        b"\xab\xcd\xefMaxMind.com\xe3\x4anode_count\xc1\x01\x4brecord_size\xa1\x18\x4aip_version\xa1\x04";
    let bytes = [&[0, 0, 17, 0, 0, 17 + 22], &[0; 16][..], data, metadata].concat();
    let geo = enrich::geo::Geo::new(vec![enrich::geo::Database::read(bytes).unwrap()]);
    let context = Context { geo: Some(&geo), ..Context::default() };
    for (server, is_new) in [("93.1.2.3", false), ("198.51.100.7", true)] {
        let summary = two_days(&outbound(server, 443, 60), &context);
        let told = found(&summary, "normal.new_country");
        assert_eq!(told.len(), usize::from(is_new), "{server}: {told:?}");
        assert!(summary.findings.iter().all(|finding| finding.owners.contains_key(server)));
    }
}

#[test]
fn beyond_the_limit_totals_still_hold() {
    let limits = Limits { conversations_max: 40, ..Limits::default() };
    let mut fold = Fold::new(&Options { limits });
    let mut bytes = 0;
    for n in 0..400_i64 {
        let client = ["8.0.0.1", "8.0.0.2", "8.0.0.3", "2a00::1", "10.7.0.1"][n as usize % 5];
        let server = if client.contains(':') { "fd00::9" } else { "10.0.0.9" };
        let record = tcp(client, server, 100 + n as i32, 10 + n, n);
        bytes += record.bytes as u64;
        fold.push_flows(&batch(&at_its_end(&[record])));
    }
    let summary = fold.finish(&Context::default());
    assert_eq!((summary.traffic.bytes, summary.inputs.records), (bytes, 400));
    assert!(summary.traffic.conversations_folded >= 360);
    assert_eq!(summary.traffic.conversations, 400);
}

const INSIDE: [&str; 4] = ["10.0.0.1", "10.0.1.2", "fd00::3", "192.168.7.7"];
const OUTSIDE: [&str; 4] = ["8.8.4.4", "93.184.216.34", "2a00::5", "45.9.148.20"];

/// A world small enough that everything meets.
fn record() -> impl Strategy<Value = Record> {
    let ends = (0..4_usize, 0..4_usize, 0..3_u8, any::<bool>());
    let ports = prop::sample::select(vec![22, 53, 443, 445, 5432, 50_000]);
    let rest = (0..86_400_i64, 0..700_i64, 0..100_000_i64, 1..20_i64);
    let proto = prop::sample::select(vec![(6, Some(2)), (6, Some(18)), (6, Some(0)), (6, None), (17, None), (1, None)]);
    let verdict = prop::sample::select(vec!["allowed", "allowed", "allowed", "denied", "dropped"]);
    (ends, ports, rest, proto, verdict, any::<bool>(), 40_000..40_010_i32).prop_map(
        |((a, b, way, reverse), port, (at, lasts, bytes, packets), (proto, flags), verdict, egress, ephemeral)| {
            let same_family =
                |names: [&'static str; 4], like: &str, n: usize| match (names[n].contains(':'), like.contains(':')) {
                    (x, y) if x == y => names[n],
                    (_, true) => names[2],
                    _ => names[0],
                };
            let (client, server) = match way {
                0 => (INSIDE[a], same_family(OUTSIDE, INSIDE[a], b)),
                1 => (same_family(OUTSIDE, INSIDE[a], b), INSIDE[a]),
                _ => (INSIDE[a], same_family(INSIDE, INSIDE[a], b)),
            };
            let (src, dst, ports) =
                if reverse { (server, client, (port, ephemeral)) } else { (client, server, (ephemeral, port)) };
            let direction = if egress { "egress" } else { "ingress" };
            Record { src, dst, ports, proto, flags, bytes, packets, at, lasts, verdict, direction }
        },
    )
}

fn json(summary: &Summary) -> String {
    serde_json::to_string(summary).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_cut_gives_the_same_report(
        records in prop::collection::vec((record(), any::<bool>()), 1..220),
        with_direction in any::<bool>(),
        batches in prop::collection::vec(1..40_usize, 1..12),
        parts in prop::collection::vec(1..5_usize, 1..6),
    ) {
        let records: Vec<(Record, bool)> = records
            .into_iter()
            .map(|(record, at_sender)| match with_direction {
                true => { let egress = record.direction == "egress"; (record, egress) }
                false => (Record { direction: "", ..record }, at_sender),
            })
            .collect();
        let mut whole = Fold::new(&Options::default());
        whole.push_flows(&batch(&records));
        let expected = json(&whole.finish(&Context::default()));

        let (mut merged, mut part) = (Fold::new(&Options::default()), Fold::new(&Options::default()));
        let (mut rest, mut sizes, mut turns) = (&records[..], batches.iter().cycle(), parts.iter().cycle());
        let mut left = *turns.next().unwrap();
        while !rest.is_empty() {
            let (head, tail) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
            part.push_flows(&batch(head));
            rest = tail;
            left -= 1;
            if left == 0 {
                merged.merge(&mut part);
                left = *turns.next().unwrap();
            }
        }
        merged.merge(&mut part);
        prop_assert_eq!(json(&merged.finish(&Context::default())), expected);
    }

    #[test]
    fn totals_equal_a_naive_model(records in prop::collection::vec(record(), 1..200)) {
        let summary = report(&records);
        // Per client, server, service and way: bytes at the sender and at the receiver.
        let mut sums: BTreeMap<(&str, &str, i32, i32, bool), [u64; 2]> = BTreeMap::new();
        let mut verdicts: BTreeMap<String, u64> = BTreeMap::new();
        for record in &records {
            let forward = (record.src, record.dst, record.ports.1, record.proto, true);
            let key = match orientation(record) {
                true => forward,
                false => (record.dst, record.src, record.ports.0, record.proto, false),
            };
            let key = if record.proto == 1 { (key.0, key.1, 0, 1, key.4) } else { key };
            sums.entry(key).or_default()[usize::from(record.direction == "ingress")] += record.bytes as u64;
            *verdicts.entry(record.verdict.to_owned()).or_default() += 1;
        }
        let bytes: u64 = sums.values().map(|sides| sides[0].max(sides[1])).sum();
        prop_assert_eq!(summary.traffic.bytes, bytes);
        prop_assert_eq!(summary.traffic.verdicts, verdicts);
        let records_told: u64 = summary.traffic.timeline.allowed.iter().chain(&summary.traffic.timeline.denied).sum();
        prop_assert_eq!(records_told, records.len() as u64);
    }
}

/// Is the source the client? Flags, then ports, then who is inside.
fn orientation(record: &Record) -> bool {
    let ip = |text: &str| text.parse::<std::net::IpAddr>().unwrap();
    let inside = |text: &str| INSIDE.contains(&text);
    match (record.flags, record.proto) {
        (Some(2), 6) => return true,
        (Some(18), 6) => return false,
        (_, 1) => {}
        (_, proto) => {
            let side = enrich::service::server_port(record.ports.0 as u16, record.ports.1 as u16, proto as u8);
            if let Some(side) = side {
                return side == enrich::service::Side::Destination;
            }
        }
    }
    match (inside(record.src), inside(record.dst)) {
        (true, false) => false,
        (false, true) => true,
        _ => ip(record.src) < ip(record.dst),
    }
}
