//! Ways that are missing: what is told of them, and what is not.

mod traffic;

use detect::ground::Outcome;
use detect::{Finding, Fold, Limits, findings};
use traffic::{Call, FAMILIES, Family, NONE, Seen, by_cloud, lines, many, tcp, told, udp};

const SYN: (i64, i64) = (1, 60);
const PAGE: (i64, i64) = (40, 50_000);
const LOAD: (i64, i64) = (60, 40_000);
const ASKED: (i64, i64) = (1, 70);

/// Two hours of an office: pages, a database and names, each seen at its client.
fn office() -> Vec<Call> {
    let pages = many(240, |n| tcp(n * 30, "10.0.0.5", &format!("52.1.{}.9", n % 40), 443, LOAD, PAGE));
    let rows = many(120, |n| tcp(n * 60, "10.0.0.6", "10.2.0.4", 5_432, LOAD, PAGE));
    let names = many(120, |n| udp(n * 60 + 1, &format!("10.0.0.{}", 5 + n % 2), "10.2.0.2", 53, ASKED, (1, 200)));
    [pages, rows, names].concat()
}

fn seen(calls: Vec<Call>, client: bool, server: bool) -> Vec<Call> {
    calls.into_iter().map(|call| Call { seen: Seen::At { client, server }, ..call }).collect()
}

fn with(office: Vec<Call>, more: Vec<Call>, family: Family) -> Vec<Finding> {
    told(&by_cloud(&[office, more].concat(), family))
}

/// Exactly one finding of the family, or none.
#[track_caller]
fn check(name: &str, office: &[Call], more: &[Call], expected: Option<(&str, &str)>) {
    for family in FAMILIES {
        let found = with(office.to_vec(), more.to_vec(), family);
        let routes: Vec<&Finding> = found.iter().filter(|one| one.detector.starts_with("route.")).collect();
        let told: Vec<&str> = routes.iter().map(|one| one.detector.as_str()).collect();
        let expected_told: Vec<&str> = expected.iter().map(|one| one.0).collect();
        assert_eq!(told, expected_told, "{name}, {family:?}: {:#?}", lines(&found));
        if let Some((_, says)) = expected {
            let (text, says) = (&routes[0].title, if family == Family::V6 { "" } else { says });
            assert!(text.contains(says), "{name}: {text}");
        }
    }
}

/// Tries of two clients at two servers of a network, five in an hour.
fn tries(server: &str, down: (i64, i64)) -> Vec<Call> {
    many(20, |n| {
        tcp(600 + n * 180, &format!("10.0.0.{}", 5 + n % 2), &format!("{server}{}", 1 + n / 2 % 2), 443, SYN, down)
            .on(30_000 + n as i32)
    })
}

#[test]
fn a_network_that_never_answers() {
    let office = seen(office(), true, false);
    let three = many(30, |n| {
        tcp(600 + n * 120, "10.0.0.5", &format!("10.9.0.{}", 1 + n % 3), 443, SYN, NONE).on(30_000 + n as i32)
    });
    check("three silent servers", &office, &seen(three.clone(), true, false), Some(("route.oneway", "10.9.0.0/24")));
    check("two silent servers may be dead", &office, &seen(tries("10.9.0.", NONE), true, false), None);
    let answered = many(30, |n| tcp(n * 150, "10.9.0.9", &format!("10.4.0.{}", 1 + n % 4), 443, LOAD, PAGE));
    let back = many(30, |n| {
        tcp(605 + n * 120, "10.9.0.9", &format!("10.0.0.{}", 20 + n % 3), 443, SYN, NONE).on(30_000 + n as i32)
    });
    let both = [three.clone(), answered, back].concat();
    check("nor the other way round", &office, &seen(both, true, false), Some(("route.oneway", "")));
    let mut one_answers = three.clone();
    one_answers[7].down = PAGE;
    check("the network is there", &office, &seen(one_answers, true, false), None);
    let denied: Vec<Call> = three.iter().cloned().map(|call| Call { is_denied: true, ..call }).collect();
    check("a firewall said no", &office, &seen(denied, true, false), None);
    let once = many(3, |n| tcp(600 + n, "10.0.0.5", &format!("10.9.0.{}", 1 + n), 443, SYN, NONE));
    check("tried once", &office, &seen(once, true, false), None);
}

#[test]
fn servers_that_answer_others() {
    let office = seen(office(), true, false);
    let others = many(40, |n| tcp(n * 90, "10.3.0.7", &format!("10.9.0.{}", 1 + n % 2), 443, LOAD, PAGE));
    let office = [office, seen(others, true, false)].concat();
    check(
        "not us",
        &office,
        &seen(tries("10.9.0.", NONE), true, false),
        Some(("route.oneway", "10.0.0.0/24 asks 10.9.0.0/24")),
    );
}

#[test]
fn answers_that_leave_and_never_arrive() {
    let office = seen(office(), true, true);
    let lost: Vec<Call> = tries("10.9.0.", (3, 180))
        .into_iter()
        .flat_map(|call| {
            let asked = Call { down: NONE, seen: Seen::At { client: true, server: true }, ..call.clone() };
            let sent = Call { up: NONE, seen: Seen::At { client: false, server: true }, ..call };
            [asked, sent]
        })
        .collect();
    check("lost on the way back", &office, &lost, Some(("route.oneway", "leave and never arrive")));
}

#[test]
fn interfaces_whose_records_are_not_all_known() {
    let office = seen(office(), true, false);
    let others = many(40, |n| tcp(n * 90, "10.3.0.7", &format!("10.9.0.{}", 1 + n % 2), 443, LOAD, PAGE));
    let halves: Vec<Call> = (tries("10.9.0.", PAGE).into_iter())
        .flat_map(|call| {
            let asked = Call { down: NONE, seen: Seen::At { client: true, server: false }, ..call.clone() };
            [asked, Call { up: NONE, seen: Seen::Somewhere, ..call }]
        })
        .collect();
    check("the answer came somewhere", &[office, seen(others, true, false)].concat(), &halves, None);
}

#[test]
fn no_internet() {
    let inside: Vec<Call> = office().into_iter().filter(|call| call.server.starts_with("10.")).collect();
    let names = many(60, |n| udp(n * 90, "10.0.0.5", &format!("10.2.0.{}", 2 + n % 4), 53, ASKED, (1, 200)));
    let inside = seen([inside, names].concat(), true, false);
    let out = many(40, |n| {
        tcp(600 + n * 100, "10.0.0.5", &format!("52.1.{}.9", n % 5), 443, SYN, NONE).on(30_000 + n as i32)
    });
    check("no way out", &inside, &seen(out.clone(), true, false), Some(("route.oneway", "the internet")));
    check("others get out, and so does it", &seen(office(), true, false), &seen(out, true, false), None);
}

#[test]
fn what_needs_no_answer() {
    let office = seen(office(), true, false);
    let syslog = many(90, |n| udp(600 + n * 60, "10.0.0.5", &format!("10.9.0.{}", 1 + n % 3), 514, (5, 900), NONE));
    check("syslog", &office, &seen(syslog, true, false), None);
    let multicast = many(90, |n| udp(600 + n * 60, "10.0.0.5", "224.0.0.251", 53, (5, 900), NONE));
    check("multicast", &office, &seen(multicast, true, false), None);
    let names = many(90, |n| {
        udp(600 + n * 60, "10.0.0.5", &format!("10.9.0.{}", 1 + n % 3), 53, ASKED, NONE).on(40_000 + n as i32)
    });
    check("names need one", &office, &seen(names, true, false), Some(("route.oneway", "10.9.0.0/24")));
}

#[test]
fn one_way_of_a_connection() {
    let office = seen(office(), true, false);
    let half = |up, down| seen(many(6, |n| tcp(900 + n * 700, "10.0.0.6", "10.7.0.4", 5_432, up, down)), true, false);
    check("requests only", &office, &half(LOAD, NONE), Some(("route.asymmetric", "requests, no answers")));
    check("answers only", &office, &half(NONE, LOAD), Some(("route.asymmetric", "answers, no requests")));
    check("both", &office, &half(LOAD, LOAD), None);
    let apart: Vec<Call> = half(LOAD, LOAD).into_iter().map(|call| Call { seen: Seen::Apart, ..call }).collect();
    check("each way at another place", &office, &apart, Some(("route.asymmetric", "at one place")));
    let edges: Vec<Call> = half(LOAD, NONE).into_iter().map(|call| Call { at_s: call.at_s % 40, ..call }).collect();
    check("cut by the log", &office, &edges, None);
    let short = seen(many(6, |n| tcp(900 + n * 700, "10.0.0.6", "10.7.0.4", 5_432, (12, 900), NONE)), true, false);
    check("no dialogue", &office, &short, None);
}

#[test]
fn a_log_with_one_way_only() {
    for is_up in [true, false] {
        let half = |call: Call| if is_up { Call { down: NONE, ..call } } else { Call { up: NONE, ..call } };
        let office: Vec<Call> = seen(office(), true, false).into_iter().map(half).collect();
        let more: Vec<Call> = seen(tries("10.9.0.", PAGE), true, false).into_iter().map(half).collect();
        check("one-sided", &office, &more, None);
    }
    // Egress only, wherever there is an interface.
    let apart: Vec<Call> = office().into_iter().map(|call| Call { seen: Seen::Apart, ..call }).collect();
    check("each at its receiver", &apart, &[], None);
    // One direction in three is missing, here and there.
    let lossy: Vec<Call> = (seen(office(), true, false).into_iter().enumerate())
        .map(|(n, call)| if n % 3 == 0 { Call { down: NONE, ..call } } else { call })
        .collect();
    check("lossy", &lossy, &seen(tries("10.9.0.", NONE), true, false), None);
}

#[test]
fn answers_turned_away() {
    let office = seen(office(), true, true);
    let refused = |client, server| {
        let calls =
            seen(many(6, |n| tcp(900 + n * 60, "10.0.0.6", "10.7.0.4", 443, (3, 180), (3, 180))), client, server);
        calls.into_iter().map(|call| Call { is_answer_denied: true, ..call }).collect::<Vec<Call>>()
    };
    check("at the client", &office, &refused(true, false), Some(("route.denied_answer", "turned away at 10.0.0.6")));
    check("at the server", &office, &refused(false, true), Some(("route.denied_answer", "turned away at 10.7.0.4")));
    let late = refused(true, false).into_iter().flat_map(|call| {
        let before = Call { at_s: call.at_s - 10, is_answer_denied: false, ..call.clone() };
        [before, Call { up: NONE, down: (1, 40), ..call }]
    });
    check("late packets", &office, &late.collect::<Vec<Call>>(), None);
    let unasked: Vec<Call> = refused(true, false).into_iter().map(|call| Call { up: NONE, ..call }).collect();
    check("nobody asked", &office, &unasked, None);
}

#[test]
fn an_answer_that_was_turned_away_is_none() {
    let call = Call { is_answer_denied: true, ..tcp(900, "10.0.0.6", "10.7.0.4", 443, (3, 180), (3, 180)) };
    let outcome = |calls: &[Call]| {
        let mut fold = Fold::new(Limits::default());
        fold.push(&by_cloud(calls, Family::V4));
        fold.finish().conversations[0].best
    };
    assert_eq!(outcome(std::slice::from_ref(&call)), Outcome::Unanswered);
    assert_eq!(outcome(&[Call { is_answer_denied: false, ..call.clone() }]), Outcome::Probed);
    assert_eq!(outcome(&[Call { up: NONE, ..call }]), Outcome::ReplyOnly, "nobody asked, as far as was recorded");
}

/// Where only a share of the pairs of hosts is held, the ones that work may not be among them.
#[test]
fn more_conversations_than_are_held() {
    let limits = Limits { conversations_max: 200, records_max: 4_000, ..Limits::default() };
    let pages =
        many(2_000, |n| tcp(n * 3, &format!("10.0.1.{}", n % 50), &format!("52.{}.1.9", n % 199), 443, LOAD, PAGE));
    let three = many(30, |n| {
        tcp(600 + n * 120, "10.0.0.5", &format!("10.9.0.{}", 1 + n % 3), 443, SYN, NONE).on(30_000 + n as i32)
    });
    let answered = many(40, |n| tcp(n * 100, "10.0.0.5", &format!("10.9.0.{}", 10 + n), 443, LOAD, PAGE));
    let mut fold = Fold::new(limits);
    fold.push(&by_cloud(&seen([office(), pages, three, answered].concat(), true, false), Family::V4));
    let found = findings(&fold.finish());
    assert!(!found.iter().any(|one| one.detector.starts_with("route.")), "{:#?}", lines(&found));
}

#[test]
fn a_ping_whose_answer_is_turned_away() {
    // As the documentation of AWS shows it: a security group lets the ping in, a network ACL does not let the answer out.
    let ping = |at_s, client: &str, server: &str, is_denied| Call {
        proto: 1,
        is_denied,
        seen: Seen::Somewhere,
        ..tcp(at_s, client, server, 0, (4, 336), NONE)
    };
    let asked =
        [ping(2_000, "203.1.113.12", "172.31.16.139", false), ping(2_003, "172.31.16.139", "203.1.113.12", true)];
    let office = seen(office(), true, true);
    check("the documentation's", &office, &asked, Some(("route.denied_answer", "172.31.16.139")));
    let pings = many(40, |n| ping(900 + n * 60, "10.0.0.5", "10.9.0.1", false));
    let answers = many(40, |n| ping(900 + n * 60, "10.9.0.1", "10.0.0.5", false));
    check("pings and their answers", &office, &[pings, answers].concat(), None);
    let two = [ping(2_000, "203.1.113.12", "172.31.16.139", true), ping(2_003, "172.31.16.139", "203.1.113.12", true)];
    check("both turned away", &office, &two, None);
}
