//! A new connection every second, and on and on: a program that asks for orders without a pause.

use super::{draft, is_foreign, service};
use crate::finding::{Finding, Severity, bytes, duration, row};
use crate::ground::{Conversation, Estate};

/// One connection a second, sustained for three minutes (RITA's strobe: one a second over a day).
const PER_SECOND_MIN: f64 = 1.0;
const SPAN_MIN_S: u32 = 180;
/// A server that more of ours call is a service.
const CLIENTS_MAX: u32 = 2;
/// Services that programs of ours ask so often by design: names, directories, databases, queues, caches, metrics.
const SERVED: &[u16] =
    &[53, 88, 389, 636, 1433, 1521, 2379, 3306, 5432, 5672, 6379, 8086, 9042, 9090, 9092, 9100, 9200, 11211, 27017];
/// Nobody stays away for so long, and most of the time far less.
const PAUSE_MAX_S: u32 = 60;

/// Strobes from inside to servers outside, or in a private range of others.
pub(super) fn strobes(estate: &Estate) -> Vec<Finding> {
    estate.conversations.iter().filter_map(|talk| strobe(estate, talk)).collect()
}

fn strobe(estate: &Estate, talk: &Conversation) -> Option<Finding> {
    let least = (f64::from(SPAN_MIN_S) * PER_SECOND_MIN) as u64;
    let is_candidate = talk.proto == 6
        && !SERVED.contains(&talk.port)
        && talk.sessions_total >= least
        && is_foreign(estate, talk)
        && estate.host(talk.server).clients <= CLIENTS_MAX;
    if !is_candidate {
        return None;
    }
    let starts: Vec<u32> = talk.sessions().iter().map(|session| session.start).collect();
    let (from, to) = longest_run(&starts);
    let (count, span) = (to - from, starts[to - 1] - starts[from]);
    let pace = count as f64 / f64::from(span.max(1));
    (span >= SPAN_MIN_S && pace >= PER_SECOND_MIN).then(|| told(estate, talk, count, span))
}

/// The longest run of sessions without a pause, as places.
fn longest_run(starts: &[u32]) -> (usize, usize) {
    let (mut from, mut best) = (0, (0, 1));
    for to in 1..=starts.len() {
        let is_end = to == starts.len() || starts[to] - starts[to - 1] > PAUSE_MAX_S;
        if is_end {
            best = if to - from > best.1 - best.0 { (from, to) } else { best };
            from = to;
        }
    }
    best
}

fn told(estate: &Estate, talk: &Conversation, count: usize, span: u32) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk.proto, talk.port));
    let is_web = matches!(talk.port, 80 | 443);
    let mut finding = draft(
        client.clone(),
        format!("{server} {name}"),
        if is_web { Severity::Low } else { Severity::Medium },
        if is_web { 0.4 } else { 0.6 },
    );
    finding.title = format!("{client} called {server} {name} {count} times in {}", duration(span.into()));
    finding.first_seen = talk.first;
    finding.last_seen = talk.last;
    finding.peers = vec![server.clone()];
    finding.evidence = vec![
        row("calls without a pause", count),
        row("in", duration(span.into())),
        row("to the server", bytes(talk.totals.up_bytes)),
        row("to the client", bytes(talk.totals.down_bytes)),
    ];
    finding.explain = vec![("calls a second".to_owned(), count as f64 / f64::from(span.max(1)))];
    finding.next_step = format!("Find the program on {client} that calls {server} {name} all the time.");
    finding.weight = count as u64;
    finding
}
