//! A service that is kept busy with connections that nobody uses: SYN floods, answered or not.

use super::{draft, service};
use crate::finding::{Finding, Severity, row, some};
use crate::ground::{Conversation, Estate, Session};
use std::collections::BTreeSet;

/// New connections without data within so many seconds: a hundred a second. Checks of health make a few.
const DENSE_S: u32 = 10;
const DENSE_MIN: usize = 1_000;
/// Nearly all of what these clients open is never used.
const UNUSED_PART: f64 = 0.9;
/// With so many sources it is a flood of sources (`ddos.inbound`).
const SOURCES_MAX: usize = 500;

/// Services of ours that are flooded so, and those elsewhere that hosts of ours flood.
pub(super) fn floods(estate: &Estate) -> Vec<Finding> {
    let is_busy = |talks: &Vec<&Conversation>| {
        talks[0].proto == 6
            && talks.len() < SOURCES_MAX
            && talks.iter().map(|talk| talk.sessions_total).sum::<u64>() >= DENSE_MIN as u64
    };
    estate.by_service().filter(is_busy).flat_map(|talks| flooded(estate, &talks)).collect()
}

/// The flood out of hosts of ours, and the one into a host of ours.
fn flooded(estate: &Estate, talks: &[&Conversation]) -> Vec<Finding> {
    let of =
        |is_inside: bool| talks.iter().copied().filter(move |talk| estate.host(talk.client).is_inside == is_inside);
    let outward = of(true).filter_map(|talk| flood(estate, &[talk], true));
    let inward = of(false).collect::<Vec<_>>();
    outward.chain(flood(estate, &inward, false)).collect()
}

fn flood(estate: &Estate, talks: &[&Conversation], is_ours: bool) -> Option<Finding> {
    let sessions = || talks.iter().flat_map(|talk| talk.sessions());
    let mut unused: Vec<u32> = sessions().filter(|session| is_unused(session)).map(|session| session.start).collect();
    unused.sort_unstable();
    let densest = (0..unused.len()).map(|from| unused[from..].partition_point(|start| start - unused[from] < DENSE_S));
    let densest = densest.max().unwrap_or(0);
    if densest < DENSE_MIN || (unused.len() as f64) < sessions().count() as f64 * UNUSED_PART {
        return None;
    }
    let (server, name) = (estate.text(talks[0].server), service(talks[0].proto, talks[0].port));
    let sources: BTreeSet<String> = talks.iter().map(|talk| estate.text(talk.client)).collect();
    let sources: Vec<String> = sources.into_iter().collect();
    let entity = if is_ours { sources[0].clone() } else { server.clone() };
    let mut finding = draft(entity, format!("{server} {name}"), Severity::High, 0.75);
    let total: u64 = talks.iter().map(|talk| talk.sessions_total).sum();
    let least = if talks.iter().any(|talk| talk.is_cut) { "at least " } else { "" };
    finding.title =
        format!("{} opened {least}{total} connections to {server} {name} and used none of them", some(&sources));
    finding.first_seen = unused[0];
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.evidence = vec![
        row("connections without data", unused.len()),
        row("most in ten seconds", densest),
        row("answered", sessions().filter(|session| session.outcome.is_success()).count()),
        row("sources", sources.len()),
    ];
    finding.explain = vec![("connections a second".to_owned(), densest as f64 / f64::from(DENSE_S))];
    finding.next_step = match is_ours {
        true => format!("Take {} off the network: it attacks others.", sources[0]),
        false => {
            format!("See whether {server} {name} still answers; turn SYN cookies on, and have the sources filtered.")
        }
    };
    finding.peers_total = sources.len() as u64;
    finding.peers = if is_ours { vec![server] } else { sources };
    finding.attack = if is_ours { "T1498.001" } else { "T1499.001" }.to_owned();
    finding.weight = total;
    Some(finding)
}

/// Tried, or shaken hands on, and no more.
fn is_unused(session: &Session) -> bool {
    use crate::ground::Outcome as O;
    matches!(session.outcome, O::Unanswered | O::Rejected | O::Denied | O::Probed)
}
