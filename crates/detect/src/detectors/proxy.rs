//! Regular calls through a proxy: the record names the proxy, so that a beacon hides among all that its client reads.
//!
//! What a program says to its server weighs the same each time. So the calls of one client to a proxy are taken apart by
//! the bytes to the proxy, and each size is asked for a clock.

use super::beacon::beacon_score;
use super::{draft, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate, Session};
use std::collections::BTreeSet;

/// Where proxies listen (Squid, SOCKS, Privoxy, Polipo, Tor).
const PROXY_PORTS: &[u16] = &[3128, 1080, 8118, 8123, 9050];
/// ... and where other services of the web listen too: there it has to be seen that the server calls so many outside, and so
/// often for each call of the client (it keeps connections).
const PERHAPS_PROXY_PORTS: &[u16] = &[8080, 8888, 8000, 8081];
const CALLED_OUTSIDE_MIN: usize = 3;
const PASSED_ON_MIN: f64 = 0.3;
/// ... within so many seconds, so much more often than calls at any time would be.
const PASSED_ON_S: u32 = 2;
const FOLLOWED_BEYOND_CHANCE: f64 = 0.4;
/// Who has so many clients itself is a balancer that checks its servers.
const CLIENTS_OF_CLIENT_MAX: u32 = 3;
/// Calls of one size, at least.
const CALLS_MIN: usize = 20;
/// ... and so many are no updates.
const CALLS_MANY: usize = 100;
/// Sizes are alike up to this part.
const ALIKE: f64 = 0.01;
/// The ratio of a clock, in nats: higher than of a pair, since each of several sizes is asked.
const RATIO_MIN: f64 = 12.0;
/// It goes on for so long: an hour, and this part of the client's time at the proxy.
const SPAN_MIN_S: u32 = 3_600;
const PART_MIN: f64 = 0.3;

/// Beacons through proxies of ours.
pub(super) fn beacons(estate: &Estate) -> Vec<Finding> {
    let is_proxied = |talk: &&Conversation| {
        talk.proto == 6
            && talk.sessions_total >= CALLS_MIN as u64
            && estate.host(talk.client).is_inside
            && estate.host(talk.server).is_inside
            && is_proxy(estate, talk)
    };
    estate.conversations.iter().filter(is_proxied).filter_map(|talk| beacon(estate, talk)).collect()
}

/// Is the server a proxy, by its port and by what it does?
fn is_proxy(estate: &Estate, talk: &Conversation) -> bool {
    let calls_outside = || {
        let outside = || estate.of_client(talk.server).iter().filter(|call| !estate.host(call.server).is_inside);
        let servers: BTreeSet<u32> = outside().map(|call| call.server).collect();
        let calls: u64 = outside().map(|call| call.sessions_total).sum();
        let is_enough = calls as f64 >= talk.sessions_total as f64 * PASSED_ON_MIN;
        servers.len() >= CALLED_OUTSIDE_MIN && is_enough && is_followed(talk, outside())
    };
    PROXY_PORTS.contains(&talk.port)
        || PERHAPS_PROXY_PORTS.contains(&talk.port)
            && estate.host(talk.client).clients <= CLIENTS_OF_CLIENT_MAX
            && calls_outside()
}

/// Does the server call outside right after the client called it, more often than by chance?
fn is_followed<'a>(talk: &Conversation, outside: impl Iterator<Item = &'a Conversation>) -> bool {
    let mut calls: Vec<u32> = outside.flat_map(|call| call.sessions()).map(|session| session.start).collect();
    calls.sort_unstable();
    let at = |second: u32| {
        let next = calls.partition_point(|call| *call < second);
        calls.get(next).is_some_and(|call| *call - second <= PASSED_ON_S)
    };
    let (asked, window) = (talk.sessions(), f64::from(PASSED_ON_S + 1));
    let followed = asked.iter().filter(|session| at(session.start)).count() as f64 / asked.len().max(1) as f64;
    let by_chance = 1.0 - (-(calls.len() as f64) * window / f64::from(talk.span_s().max(1))).exp();
    followed >= by_chance + FOLLOWED_BEYOND_CHANCE
}

/// The most regular of the sizes.
fn beacon(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let mut sessions: Vec<&Session> = talk.sessions().iter().filter(|session| session.totals.up_bytes > 0).collect();
    sessions.sort_by_key(|session| (session.totals.up_bytes, session.start));
    let is_alike = |a: &&Session, b: &&Session| b.totals.up_bytes as f64 <= a.totals.up_bytes as f64 * (1.0 + ALIKE);
    let scored = sessions.chunk_by(is_alike).filter(|calls| calls.len() >= CALLS_MIN).filter_map(|calls| {
        let mut starts: Vec<u32> = calls.iter().map(|call| call.start).collect();
        starts.sort_unstable();
        starts.dedup();
        let score = beacon_score(&starts);
        let span = starts[starts.len() - 1] - starts[0];
        let goes_on = span >= SPAN_MIN_S && f64::from(span) >= f64::from(talk.span_s()) * PART_MIN;
        (score.ratio >= RATIO_MIN && goes_on).then_some((score, starts, calls[0].totals.up_bytes))
    });
    let (score, starts, size) = scored.max_by(|a, b| a.0.ratio.total_cmp(&b.0.ratio))?;
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let mut finding = draft(client.clone(), format!("{server} {name}"), Severity::Low, 0.5);
    if starts.len() >= CALLS_MANY {
        (finding.severity, finding.confidence) = (Severity::Medium, 0.6);
    }
    let period = duration(score.period_s.round() as u64);
    finding.title = format!("{client} asked the proxy {server} {name} the same every {period}, {} times", starts.len());
    finding.first_seen = starts[0];
    finding.last_seen = starts[starts.len() - 1];
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("calls of one size", starts.len()),
        row("bytes each", bytes(size)),
        row("period", period),
        row("jitter", format!("{:.0} %", score.jitter * 100.0)),
        row("calls of the client in all", talk.sessions_total),
    ];
    finding.explain = vec![("log-likelihood ratio of a clock".to_owned(), score.ratio)];
    finding.next_step = format!(
        "Look in the log of the proxy {server} for what {client} asks for every {}.",
        duration(score.period_s.round() as u64)
    );
    finding.weight = score.ratio.max(0.0) as u64;
    Some(finding)
}
