//! What records say about the log itself.

mod traffic;

use arrow_array::RecordBatch;
use detect::{Fold, Limits, findings};
use traffic::{Call, FAMILIES, Family, Seen, by_cloud, dice, lines, many, tcp};

const PAGE: (i64, i64) = (40, 50_000);

/// Ten hours of an office.
fn office() -> Vec<Call> {
    at_clients(many(1_200, |n| {
        tcp(n * 30, &format!("10.0.0.{}", 5 + n % 4), &format!("52.1.{}.9", n % 97), 443, PAGE, PAGE)
    }))
}

fn at_clients(calls: Vec<Call>) -> Vec<Call> {
    calls.into_iter().map(|call| Call { seen: Seen::At { client: true, server: false }, ..call }).collect()
}

#[track_caller]
fn check(name: &str, batches: &[RecordBatch], expected: &[&str]) {
    let mut fold = Fold::new(Limits::default());
    batches.iter().for_each(|batch| fold.push(batch));
    let found = findings(&fold.finish());
    let told: Vec<&str> =
        found.iter().map(|one| one.detector.as_str()).filter(|id| id.starts_with("loghealth.")).collect();
    assert_eq!(told, expected, "{name}: {:#?}", lines(&found));
}

#[test]
fn clocks() {
    for family in FAMILIES {
        let jumped = |by_s: i64, count| many(count, |n| tcp(by_s + n * 40, "10.0.0.5", "52.1.7.9", 443, PAGE, PAGE));
        let with = |calls: Vec<Call>| [by_cloud(&office(), family), by_cloud(&calls, family)];
        check("a year ahead", &with(jumped(365 * 86_400, 5)), &["loghealth.clock"]);
        check("in 1970", &with(jumped(-1_699_999_000, 5)), &["loghealth.clock"]);
        check("the night before", &with(jumped(-14 * 3_600, 5)), &[]);
        check("another day", &with(jumped(-30 * 86_400, 300)), &[]);
    }
}

#[test]
fn objects_read_twice() {
    for family in FAMILIES {
        let day = by_cloud(&office(), family);
        let tenth = by_cloud(&office()[..120], family);
        let twenty = at_clients(many(20, |n| tcp(n * 30, "10.0.0.5", "52.1.7.9", 443, PAGE, PAGE)));
        let somewhere: Vec<Call> = office().into_iter().map(|call| Call { seen: Seen::Somewhere, ..call }).collect();
        let somewhere = by_cloud(&somewhere, family);
        check("two interfaces without a name", &[somewhere.clone(), somewhere], &[]);
        check("once", std::slice::from_ref(&day), &[]);
        check("twice", &[day.clone(), day.clone()], &["loghealth.repeated"]);
        check("one object of ten", &[day.clone(), tenth], &["loghealth.repeated"]);
        check("chance", &[day, by_cloud(&twenty, family), by_cloud(&twenty, family)], &[]);
    }
}

/// Calls of which each lasts as long as a window of so many seconds lets it.
fn windows(window_s: impl Fn(i64) -> i64) -> Vec<Call> {
    let lasts = |n: i64| window_s(n) - 1 - dice(n) % (window_s(n) / 2);
    office().into_iter().zip(0..).map(|(call, n)| Call { lasts_s: lasts(n), ..call }).collect()
}

#[test]
fn windows_that_change() {
    for family in FAMILIES {
        let log = |window_s: &dyn Fn(i64) -> i64| [by_cloud(&windows(window_s), family)];
        check("a minute", &log(&|_| 60), &[]);
        check("ten minutes", &log(&|_| 600), &[]);
        check("longer", &log(&|n| if n < 600 { 60 } else { 600 }), &["loghealth.window"]);
        check("shorter", &log(&|n| if n < 600 { 600 } else { 60 }), &["loghealth.window"]);
        check("some are always longer", &log(&|n| if n % 3 == 0 { 600 } else { 60 }), &[]);
        check("a long one at last", &log(&|n| if n < 1_190 { 60 } else { 600 }), &[]);
        let others: Vec<Call> = windows(|n| if n < 600 { 60 } else { 600 })
            .into_iter()
            .enumerate()
            .map(|(n, call)| if n < 600 { call } else { Call { client: format!("10.7.0.{}", n % 9), ..call } })
            .collect();
        check("other interfaces", &[by_cloud(&others, family)], &[]);
    }
}

/// Flows with a rate of sampling.
fn sampled(family: Family, rate: impl Fn(i64) -> Option<f64>) -> [RecordBatch; 1] {
    let calls: Vec<Call> = office().into_iter().zip(0..).map(|(call, n)| Call { one_of: rate(n), ..call }).collect();
    [by_cloud(&calls, family)]
}

#[test]
fn sampling_that_changes() {
    for family in FAMILIES {
        check("always the same", &sampled(family, |_| Some(100.0)), &[]);
        check("unknown", &sampled(family, |_| None), &[]);
        check("sparser", &sampled(family, |n| Some(if n < 500 { 100.0 } else { 1_000.0 })), &["loghealth.sampling"]);
        check("it begins", &sampled(family, |n| Some(if n < 500 { 1.0 } else { 100.0 })), &["loghealth.sampling"]);
        check("two exporters", &sampled(family, |n| Some(if n % 2 == 0 { 100.0 } else { 1_000.0 })), &[]);
    }
}
