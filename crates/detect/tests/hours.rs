//! An estate of a balancer, eight servers and a database, fifteen days long: what its hosts do hour by hour, and what of a
//! day departs from the fourteen days before.

mod traffic;

use detect::ground::Hour;
use detect::normal::Baseline;
use detect::{Estate, Finding, Fold, Limits, Severity};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::LazyLock;
use traffic::{Call, Family, START, Seen, by_cloud, by_sensor, dice, lines, many, tcp};

const HOUR_S: i64 = 3_600;
/// The first full hour of made traffic.
const MIDNIGHT: i64 = HOUR_S - START % HOUR_S;
const LAST_DAY: i64 = 14;
const BALANCER: &str = "10.0.0.10";
const DATABASE: &str = "10.0.3.1";
const SERVERS: i64 = 8;

fn server(n: i64) -> String {
    format!("10.0.2.{}", n + 1)
}

/// The second of an hour of a day.
fn at(day: i64, hour: i64) -> i64 {
    MIDNIGHT + (day * 24 + hour) * HOUR_S
}

/// The hour of the day of a call.
fn hour_of(call: &Call) -> i64 {
    (call.at_s - MIDNIGHT) / HOUR_S % 24
}

/// One hour: each server asks the database every five minutes, and visitors come to the balancer, by day more of them.
fn hour(day: i64, hour: i64) -> Vec<Call> {
    let begin = at(day, hour);
    let inside = Seen::At { client: true, server: true };
    let questions = many(SERVERS * 12, |n| {
        let noise = dice(begin + n);
        let (up, down) = ((10, 4_000 + noise % 4_000), (12, 20_000 + noise % 20_000));
        Call {
            seen: inside,
            ..tcp(begin + n / SERVERS * 300 + noise % 200, &server(n % SERVERS), DATABASE, 5_432, up, down)
        }
    });
    let outside = Seen::At { client: false, server: true };
    let count = if (7..22).contains(&hour) { 24 + dice(begin) % 12 } else { 4 + dice(begin) % 3 };
    let visits = many(count, |n| {
        let noise = dice(begin + 1_000 * n);
        let visitor = format!("82.1.{}.{}", noise % 40, noise / 40 % 200 + 1);
        let (up, down) = ((10, 2_000 + noise % 2_000), (30, 10_000 + noise % 40_000));
        Call { seen: outside, ..tcp(begin + noise % 3_500, &visitor, BALANCER, 443, up, down) }
    });
    [questions, visits].concat()
}

fn day(day: i64) -> Vec<Call> {
    (0..24).flat_map(|of_day| hour(day, of_day)).collect()
}

fn folded(calls: &[Call], limits: Limits) -> Estate {
    let mut fold = Fold::new(limits);
    calls.chunks(5_000).for_each(|calls| fold.push(&by_cloud(calls, Family::V4)));
    fold.finish()
}

fn estate(calls: &[Call]) -> Estate {
    folded(calls, Limits::default())
}

fn hours_of<'a>(estate: &'a Estate, host: &str) -> &'a [Hour] {
    let address: IpAddr = host.parse().expect("an address");
    &estate.hours[&address]
}

static HISTORY: LazyLock<Baseline> = LazyLock::new(|| {
    let calls: Vec<Call> = (0..LAST_DAY).flat_map(day).collect();
    let stored = serde_json::to_string(&Baseline::learn(&estate(&calls))).expect("JSON");
    serde_json::from_str(&stored).expect("the same")
});

/// What departs on the last day, above info.
fn departures(calls: &[Call]) -> Vec<Finding> {
    let mut found = HISTORY.departures(&estate(calls), &[]);
    found.retain(|finding| finding.severity != Severity::Info);
    found
}

#[track_caller]
fn check(calls: &[Call], expected: &[(&str, &str)]) {
    let found = departures(calls);
    let told: Vec<(&str, &str)> = found.iter().map(|one| (one.detector.as_str(), one.entity.as_str())).collect();
    assert_eq!(told, expected, "{:#?}", lines(&found));
}

#[test]
fn an_ordinary_day_is_nothing() {
    check(&day(LAST_DAY), &[]);
}

/// Each pair has more records than are kept of a conversation.
#[test]
fn a_pair_that_talks_for_weeks_has_no_hour_without_bytes() {
    let calls: Vec<Call> = (0..15).flat_map(day).collect();
    for limits in [Limits::default(), Limits { conversations_max: 30, records_max: 60, ..Limits::default() }] {
        let estate = folded(&calls, limits);
        let hours = hours_of(&estate, &server(0));
        assert_eq!(hours.len(), 15 * 24);
        assert!(hours.iter().all(|hour| (48_000..96_000).contains(&hour.sent)), "{hours:?}");
    }
}

#[test]
fn a_connection_of_a_day_sends_in_each_of_its_hours() {
    let call =
        Call { lasts_s: 24 * HOUR_S, ..tcp(at(0, 0), "10.0.2.1", DATABASE, 5_432, (9_000, 24_000_000), (9_000, 48)) };
    let mut fold = Fold::new(Limits::default());
    fold.push(&by_sensor(&[call], Family::V4));
    let estate = fold.finish();
    let hours = hours_of(&estate, "10.0.2.1");
    let sent: Vec<u64> = hours.iter().map(|hour| hour.sent).filter(|sent| *sent > 0).collect();
    assert_eq!(sent, [1_000_000; 24]);
}

#[test]
fn twenty_times_as_much_in_an_hour() {
    let mut calls = day(LAST_DAY);
    for call in calls.iter_mut().filter(|call| call.client.starts_with("10.0.2.") && hour_of(call) == 14) {
        call.up.1 *= 20;
    }
    let servers: Vec<String> = (0..SERVERS).map(server).collect();
    let expected: Vec<(&str, &str)> = servers.iter().map(|server| ("normal.volume_up", server.as_str())).collect();
    check(&calls, &expected);
}

#[test]
fn no_client_from_noon_on() {
    let mut calls = day(LAST_DAY);
    calls.retain(|call| call.server != BALANCER || hour_of(call) < 12);
    check(&calls, &[("normal.clients_down", BALANCER)]);
}

#[test]
fn a_visitor_less_for_an_hour_is_nothing() {
    let mut calls = day(LAST_DAY);
    calls.retain(|call| call.server != BALANCER || hour_of(call) != 12);
    check(&calls, &[]);
}

#[test]
fn one_refused_packet_is_no_spike_and_hundreds_are() {
    let refused = |count| {
        let tries = many(count, |n| {
            let seen = Seen::At { client: false, server: true };
            let call = tcp(at(LAST_DAY, 9) + n, "82.1.1.1", BALANCER, 8_443, (1, 44), (0, 0));
            Call { is_denied: true, seen, ..call }
        });
        [day(LAST_DAY), tries].concat()
    };
    check(&refused(1), &[]);
    check(&refused(600), &[("normal.reject_spike", BALANCER)]);
}

#[test]
fn a_log_that_stops_is_no_hosts_silence() {
    let mut calls = day(LAST_DAY);
    calls.retain(|call| !(10..13).contains(&hour_of(call)));
    check(&calls, &[]);
}

#[test]
fn an_hour_that_has_begun_is_not_less_than_usual() {
    let mut calls = day(LAST_DAY);
    calls.retain(|call| call.at_s < at(LAST_DAY, 14) + 400);
    check(&calls, &[]);
}

/// What hosts did, by address.
fn hours(folds: impl Iterator<Item = Fold>) -> BTreeMap<String, Vec<Hour>> {
    let whole = folds.reduce(|mut whole, mut part| {
        whole.merge(&mut part);
        whole
    });
    let estate = whole.expect("a part").finish();
    estate.hours.iter().map(|(address, hours)| (address.to_string(), hours.clone())).collect()
}

fn part(calls: &[Call], limits: Limits) -> Fold {
    let mut fold = Fold::new(limits);
    fold.push(&by_cloud(calls, Family::V4));
    fold
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn hours_are_the_same_in_any_order_cut_or_read_twice(
        by in 50_usize..400, seed in any::<i64>(), hours_max in prop_oneof![Just(4_000_000), 4_usize..60],
    ) {
        let limits = Limits { hours_max, ..Limits::default() };
        let calls: Vec<Call> = (0..5).flat_map(|of_day| hour(0, of_day)).collect();
        let expected = hours(std::iter::once(part(&calls, limits)));
        prop_assert!(expected.values().map(Vec::len).sum::<usize>() <= hours_max);
        let mut shuffled = calls.clone();
        shuffled.sort_by_cached_key(|call| (dice(call.at_s ^ seed ^ call.up.1), call.client.clone()));
        prop_assert_eq!(&hours(shuffled.chunks(by).map(|calls| part(calls, limits))), &expected);
        let twice = [&calls[..], &shuffled[..]];
        prop_assert_eq!(&hours(twice.into_iter().map(|calls| part(calls, limits))), &expected);
    }
}
