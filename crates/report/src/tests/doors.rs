//! Services that the internet really used, and holes in whole logs.

use super::{DAY, Record, answer, at_its_end, batch, found, report, tcp};
use crate::{Context, Fold, Options};
use detect::suppress;

/// `times` connections of a client from outside, a minute apart, each answered with so many bytes.
fn visits(client: &'static str, server: &'static str, port: i32, times: i64, bytes: i64) -> Vec<Record> {
    let visit = |n| tcp(client, server, port, 900, 20_000 + n * 60);
    (0..times).map(visit).flat_map(|visit| [visit.clone(), answer(&visit, bytes)]).collect()
}

#[track_caller]
fn check(records: &[Record], expected: &[(&str, &str)]) {
    let summary = report(records);
    let reached = summary.findings.iter().filter(|finding| finding.detector == "exposure.reached");
    let told: Vec<(&str, &str)> = reached.map(|finding| (finding.severity, finding.attack.as_str())).collect();
    assert_eq!(told, expected, "{:?}", summary.findings);
}

#[test]
fn what_the_internet_used_is_told_once_for_each_service() {
    let two = |port, bytes| {
        [visits("8.7.6.1", "10.0.0.9", port, 3, bytes), visits("8.7.6.2", "10.0.0.9", port, 3, bytes)].concat()
    };
    check(&two(3389, 300_000), &[("medium", "T1133")]);
    check(&two(445, 300_000), &[("medium", "T1133")]);
    check(&two(5432, 20_000), &[("medium", "T1190")]);
    check(&two(22, 300_000), &[("low", "T1133")]);
    // Telnet is told as a door that is used, not as clear text beside it.
    check(&two(23, 300_000), &[("medium", "T1133")]);
    assert_eq!(report(&two(23, 300_000)).findings.len(), 1);
}

#[test]
fn who_only_knocks_has_used_nothing() {
    for (port, bytes) in [(3389, 1_800), (22, 2_500), (5432, 350), (443, 300_000), (8080, 300_000)] {
        check(&visits("8.7.6.1", "10.0.0.9", port, 3, bytes), &[]);
    }
    // Not from outside, and not answered.
    check(&visits("10.0.7.1", "10.0.0.9", 3389, 3, 300_000), &[]);
    let refused = Record { verdict: "denied", flags: Some(2), ..tcp("8.7.6.1", "10.0.0.9", 3389, 60, 100) };
    check(&[refused], &[]);
}

#[test]
fn another_story_of_the_service_takes_it_in() {
    let mut guesses = visits("8.7.6.1", "10.0.0.9", 22, 60, 2_500);
    guesses.extend(visits("8.7.6.2", "10.0.0.9", 22, 1, 900_000));
    let summary = report(&guesses);
    assert_eq!((found(&summary, "bruteforce.ssh").len(), found(&summary, "exposure.reached").len()), (1, 0));
    let knock =
        |n: i64| Record { verdict: "denied", flags: Some(2), ..tcp("8.7.6.1", "10.0.0.9", 5432, 60, 1_000 + n * 60) };
    let mut opened: Vec<Record> = (0..10).map(knock).collect();
    opened.extend(visits("8.7.6.1", "10.0.0.9", 5432, 3, 20_000));
    let summary = report(&opened);
    assert_eq!((found(&summary, "exposure.opened").len(), found(&summary, "exposure.reached").len()), (1, 0));
}

#[test]
fn a_line_of_the_suppressions_hides_it_and_others_are_told_idle() {
    let names = crate::detector_names();
    let text = "exposure.reached 10.0.0.9 2026-12-31 the partner's desktop\nexposure.* 10.0.0.8 2026-12-31 gone\nscan.* * 2026-01-01 old\n";
    let (suppressions, unread) = suppress::parse(text, &names);
    assert_eq!(unread, []);
    let mut fold = Fold::new(&Options::default());
    fold.push_flows(&batch(&at_its_end(&visits("8.7.6.1", "10.0.0.9", 3389, 3, 300_000))));
    let summary = fold.finish(&Context { suppressions: &suppressions, ..Context::default() });
    assert_eq!(found(&summary, "exposure.reached").len(), 0);
    let hid: Vec<(usize, bool)> = summary.suppressed.iter().map(|one| (one.findings.len(), one.is_expired)).collect();
    assert_eq!(hid, [(1, false), (0, false), (0, true)]);
    let text = crate::render::text(&summary, 120, false);
    assert!(text.contains("of the suppressions line 2 hid nothing, line 3 expired before the last record"), "{text}");
}

const OURS: [&str; 8] =
    ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7", "10.0.0.8"];

/// Calls of all hosts of ours every five minutes of a day, where `is_on` says so: host and second.
fn day(is_on: impl Fn(usize, i64) -> bool) -> Vec<Record> {
    let calls = |host: usize| (0..86_400).step_by(300).map(move |at| (host, at));
    let logged = (0..OURS.len()).flat_map(calls).filter(|(host, at)| is_on(*host, *at));
    let call = |(host, at): (usize, i64)| Record { direction: "egress", ..tcp(OURS[host], "10.0.9.9", 443, 500, at) };
    logged.map(call).collect()
}

#[test]
fn a_hole_in_the_whole_log() {
    let is_logged = |at: i64| !(43_200..54_000).contains(&at);
    let summary = report(&day(|_, at| is_logged(at)));
    let gap = summary.findings.iter().find(|finding| finding.detector == "loghealth.gap").expect("the gap");
    assert_eq!((gap.severity, gap.entity.as_str(), gap.attack.as_str()), ("medium", "aws", "T1562.008"));
    let hours = (crate::time::seconds(&gap.last_seen) - crate::time::seconds(&gap.first_seen)) as f64 / 3_600.0;
    assert!((2.9..3.2).contains(&hours) && crate::time::seconds(&gap.first_seen) as i64 > DAY + 42_000, "{gap:?}");
    assert_eq!(summary.health.silent.len(), 0, "none of them fell silent while others went on");
    // One of them was silent for longer than the log.
    let summary = report(&day(|host, at| is_logged(at) && !(host == 3 && (43_200..68_000).contains(&at))));
    assert_eq!((found(&summary, "loghealth.gap").len(), summary.health.silent.len()), (1, 1));
    // One went on: the others fell silent.
    let summary = report(&day(|host, at| host == 3 || is_logged(at)));
    assert_eq!((found(&summary, "loghealth.gap").len(), summary.health.silent.len()), (0, 7));
}
