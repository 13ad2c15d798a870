//! What a later day does that the days before did not.

use detect::normal::Baseline;
use detect::{Estate, Fold, Limits};
use model::FlowField as F;
use table::FlowColumns;

const DAY_S: i64 = 86_400;
const START: i64 = 1_700_000_000;

/// Both halves of a connection as GCP writes them: no flags, and nothing says who asked.
fn without_flags(calls: &[(i64, &str, i32, &str, i32)]) -> Estate {
    let mut columns = FlowColumns::new(Fold::wanted());
    for (at_s, client, client_port, server, port) in calls {
        let ends = [(client, client_port), (server, port)];
        for (from, to) in [(0, 1), (1, 0)] {
            columns.set_text(F::Provider, "gcp");
            columns.set_address(F::SrcIp, ends[from].0.parse().expect("an address"));
            columns.set_address(F::DstIp, ends[to].0.parse().expect("an address"));
            columns.set_int32(F::SrcPort, *ends[from].1);
            columns.set_int32(F::DstPort, *ends[to].1);
            columns.set_int32(F::IpProto, 6);
            columns.set_time(F::TimeStart, (START + at_s) * 1_000_000_000);
            columns.set_time(F::TimeEnd, (START + at_s + 9) * 1_000_000_000);
            columns.set_int64(F::Packets, 20);
            columns.set_int64(F::Bytes, 9_000);
            columns.end_row();
        }
    }
    let mut fold = Fold::new(Limits::default());
    fold.push(&columns.take_batch());
    fold.finish()
}

/// A service at a port above the ephemeral ones: each client's port, lower than that, looked like a service of its own.
#[test]
fn the_ports_of_clients_are_no_new_services() {
    let day = |day: i64| {
        let calls: Vec<_> = (0..40)
            .map(|n| (day * DAY_S + n * 60, "10.0.0.5", 33_000 + (day * 40 + n) as i32, "10.0.0.9", 50_051))
            .collect();
        without_flags(&calls)
    };
    let told = Baseline::learn(&day(0)).departures(&day(1), &[]);
    assert!(told.is_empty(), "{told:#?}");
}

/// One record of an interface: second, its network, client, server, port, IP protocol.
type Row = (i64, &'static str, &'static str, &'static str, i32, i32);

fn estate(rows: &[Row]) -> Estate {
    let mut columns = FlowColumns::new(Fold::wanted());
    for (at_s, network, client, server, port, proto) in rows {
        let (account, vpc) = network.split_once('/').expect("account/vpc");
        columns.set_text(F::AccountId, account);
        columns.set_text(F::VpcId, vpc);
        columns.set_address(F::SrcIp, client.parse().expect("an address"));
        columns.set_address(F::DstIp, server.parse().expect("an address"));
        columns.set_int32(F::SrcPort, 40_000);
        columns.set_int32(F::DstPort, *port);
        columns.set_int32(F::IpProto, *proto);
        columns.set_text(F::Direction, "egress");
        columns.set_text(F::Initiator, "src");
        columns.set_time(F::TimeStart, (START + at_s) * 1_000_000_000);
        columns.set_time(F::TimeEnd, (START + at_s + 9) * 1_000_000_000);
        columns.set_int64(F::Packets, 20);
        columns.set_int64(F::Bytes, 9_000);
        columns.set_int64(F::RevPackets, 20);
        columns.set_int64(F::RevBytes, 9_000);
        columns.end_row();
    }
    let mut fold = Fold::new(Limits::default());
    fold.push(&columns.take_batch());
    fold.finish()
}

const A: &str = "111111111111/vpc-a";
const B: &str = "222222222222/vpc-b";

fn history() -> Vec<Row> {
    vec![
        (0, A, "10.0.0.5", "10.0.0.9", 5_432, 6),
        (9, A, "10.0.0.5", "52.1.1.1", 443, 6),
        (20, B, "10.1.0.5", "10.1.0.9", 443, 6),
        (2 * DAY_S, A, "10.0.0.5", "10.0.0.9", 5_432, 6),
    ]
}

#[track_caller]
fn check(day: &[Row], expected: &[(&str, &str)]) {
    let baseline = Baseline::learn(&estate(&history()));
    let stored = serde_json::to_string(&baseline).expect("JSON");
    let baseline: Baseline = serde_json::from_str(&stored).expect("the same");
    let told = baseline.departures(&estate(day), &[]);
    let told: Vec<(&str, &str)> = told.iter().map(|one| (one.detector.as_str(), one.entity.as_str())).collect();
    for one in expected {
        assert!(told.contains(one), "{one:?} in {told:?}");
    }
    assert!(!expected.is_empty() || told.is_empty(), "{told:?}");
}

#[test]
fn the_same_again_is_nothing() {
    check(&history(), &[]);
}

#[test]
fn a_new_way_between_networks() {
    let home = (0, B, "10.1.0.9", "10.1.0.5", 22, 6);
    check(
        &[home, (5, A, "10.0.0.5", "10.1.0.9", 22, 6)],
        &[("normal.new_path", "111111111111/vpc-a -> 222222222222/vpc-b")],
    );
}

#[test]
fn a_server_that_calls_out() {
    check(&[(5, A, "10.0.0.9", "46.1.1.1", 443, 6)], &[("normal.role", "10.0.0.9")]);
}

#[test]
fn a_client_that_serves_and_a_protocol_never_used() {
    check(&[(5, B, "10.1.0.9", "10.0.0.5", 8_080, 6)], &[("normal.first_service", "10.0.0.5")]);
    check(&[(5, A, "10.0.0.5", "46.1.1.1", 0, 47)], &[("normal.rare_port", "10.0.0.5")]);
}

/// Eighteen of ours use one server in the history.
const OURS: [&str; 18] = [
    "10.0.4.1",
    "10.0.4.2",
    "10.0.4.3",
    "10.0.4.4",
    "10.0.4.5",
    "10.0.4.6",
    "10.0.4.7",
    "10.0.4.8",
    "10.0.4.9",
    "10.0.4.10",
    "10.0.4.11",
    "10.0.4.12",
    "10.0.4.13",
    "10.0.4.14",
    "10.0.4.15",
    "10.0.4.16",
    "10.0.4.17",
    "10.0.4.18",
];

fn history_of_many() -> Vec<Row> {
    let web = OURS.iter().zip(0..).map(|(client, n)| (n * 60, A, *client, "10.0.0.9", 80, 6));
    history().into_iter().chain(web).collect()
}

/// What is told above info, as detector and entity.
fn told_beside(history: &[Row], day: &[Row]) -> Vec<(String, String)> {
    let estate_of_day = estate(day);
    let told = detect::findings(&estate_of_day);
    let mut departures = Baseline::learn(&estate(history)).departures(&estate_of_day, &told);
    departures.retain(|one| one.severity != detect::Severity::Info);
    departures.into_iter().map(|one| (one.detector, one.entity)).collect()
}

#[track_caller]
fn check_many(day: &[Row], expected: &[(&str, &str)]) {
    let told = told_beside(&history_of_many(), day);
    let told: Vec<(&str, &str)> = told.iter().map(|(detector, entity)| (detector.as_str(), entity.as_str())).collect();
    assert_eq!(told, expected);
}

#[test]
fn a_service_that_eighteen_begin_to_use_is_one_finding() {
    let day: Vec<Row> = OURS.iter().zip(0..).map(|(client, n)| (n * 600, A, *client, "10.0.0.9", 4_444, 6)).collect();
    check_many(&day, &[("normal.first_service", "10.0.0.9")]);
}

#[test]
fn a_client_that_begins_to_use_a_service_of_many_is_one_finding() {
    let day: Vec<Row> = OURS[1..].iter().map(|server| (0, A, "10.0.0.5", *server, 9_100, 6)).collect();
    check_many(&day, &[("normal.first_service", "10.0.0.5")]);
}

/// What a fan-out tells needs no first services.
#[test]
fn what_is_told_as_a_fan_out_is_not_told_again() {
    let day: Vec<Row> = OURS.iter().zip(0..).map(|(server, n)| (n * 30, A, "10.0.0.5", *server, 3_389, 6)).collect();
    check_many(&day, &[]);
}

#[test]
fn a_known_host_that_begins_to_use_a_known_database() {
    let day = [(5, A, "10.0.4.3", "10.0.0.9", 5_432, 6)];
    check_many(&day, &[("normal.new_edge", "10.0.4.3")]);
    let day = [(5, A, "10.0.4.3", "10.0.0.9", 5_432, 6), (9, A, "10.0.4.4", "10.0.0.9", 5_432, 6)];
    check_many(&day, &[("normal.new_edge", "10.0.0.9")]);
}

#[test]
fn a_history_without_clients_has_no_new_ones() {
    let learned = serde_json::to_value(Baseline::learn(&estate(&history_of_many()))).expect("JSON");
    let mut old = learned;
    old.as_object_mut().expect("an object").remove("has_clients");
    for entity in old["entities"].as_object_mut().expect("an object").values_mut() {
        let entity = entity.as_object_mut().expect("an object");
        for added in ["clients", "served", "late"] {
            entity.remove(added);
        }
        let bands = serde_json::json!({"usual": [1.5, 2.5], "spread": 0.5, "hours": 336});
        entity.insert("sent".to_owned(), bands);
    }
    let old: Baseline = serde_json::from_value(old).expect("a file of an older version is read");
    let day = estate(&[(5, A, "10.0.4.3", "10.0.0.9", 5_432, 6)]);
    assert!(old.departures(&day, &[]).iter().all(|one| one.severity == detect::Severity::Info));
}

/// A host that logs in to machines of ours on a day of the history, and to others later.
#[test]
fn what_was_found_in_the_normal_time_is_lowered() {
    const TARGETS: [&str; 9] =
        ["10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.1.4", "10.0.1.5", "10.0.1.6", "10.0.1.7", "10.0.1.8", "10.0.1.9"];
    const OTHERS: [&str; 9] =
        ["10.0.2.1", "10.0.2.2", "10.0.2.3", "10.0.2.4", "10.0.2.5", "10.0.2.6", "10.0.2.7", "10.0.2.8", "10.0.2.9"];
    let run = |day: i64, targets: [&'static str; 9]| -> Vec<Row> {
        (0..9).map(|n| (day * DAY_S + n * 30, A, "10.0.0.5", targets[n as usize], 22, 6)).collect()
    };
    let baseline = Baseline::learn(&estate(&run(0, TARGETS)));
    let later = |targets| {
        let mut found = detect::findings(&estate(&run(3, targets)));
        baseline.recognize(&mut found);
        found.iter().find(|finding| finding.detector == "lateral.fanout").expect("it is told").severity
    };
    assert_eq!(later(TARGETS), detect::Severity::Low, "the same machines");
    assert_eq!(later(OTHERS), detect::Severity::Medium, "others");
}
