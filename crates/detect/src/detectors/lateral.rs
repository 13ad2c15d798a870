//! Movement between machines of ours: administration of unusually many.

use super::{draft, service};
use crate::finding::{Finding, Severity, moment, row, some};
use crate::ground::{Conversation, Estate};
use std::collections::{BTreeMap, BTreeSet};

/// Ports of administration.
const ADMIN_PORTS: &[u16] = &[22, 23, 135, 139, 445, 3389, 5900, 5985, 5986];
/// Others within an hour, at least.
const TARGETS_MIN: usize = 5;
const HOUR_S: u32 = 3_600;
/// Who logs in says more than a check that reads the greeting (SSH: 750 B) and leaves.
const LOGIN_BYTES_MIN: u64 = 1_500;

/// Hosts of ours that administer many of ours within an hour, and are not administered so by themselves every hour.
pub(super) fn fanout(estate: &Estate) -> Vec<Finding> {
    estate
        .by_client()
        .filter(|talks| estate.host(talks[0].client).is_inside)
        .filter_map(|talks| of_host(estate, talks))
        .collect()
}

fn of_host(estate: &Estate, talks: &[Conversation]) -> Option<Finding> {
    let is_admin = |talk: &&Conversation| {
        talk.proto == 6
            && ADMIN_PORTS.contains(&talk.port)
            && estate.host(talk.server).is_inside
            && talk.is_attempt()
            && talk.best.is_success()
            && has_login(talk)
    };
    let mut reached: Vec<&Conversation> = talks.iter().filter(is_admin).collect();
    reached.sort_by_key(|talk| (talk.first, talk.server, talk.port));
    let (from, to) = densest_hour(&reached);
    let hour = &reached[from..to];
    let targets: BTreeSet<u32> = hour.iter().map(|talk| talk.server).collect();
    if targets.len() < TARGETS_MIN {
        return None;
    }
    // A bastion or a deployment server has always done so: its new targets come one by one.
    let everybody: BTreeSet<u32> = reached.iter().map(|talk| talk.server).collect();
    let client = estate.text(talks[0].client);
    let mut finding = draft(client.clone(), "", Severity::Medium, 0.6);
    let mut ports: BTreeMap<u16, usize> = BTreeMap::new();
    hour.iter().for_each(|talk| *ports.entry(talk.port).or_default() += 1);
    let told: Vec<String> = ports.iter().map(|(port, count)| format!("{} at {count}", service(6, *port))).collect();
    finding.title = format!("{client} logged in or reached for {} machines of ours within an hour", targets.len());
    finding.first_seen = hour[0].first;
    finding.last_seen = hour.iter().map(|talk| talk.last).max().unwrap_or(0);
    finding.peers = targets.iter().map(|place| estate.text(*place)).collect();
    finding.evidence = vec![
        row("ports", some(&told)),
        row("from", moment(finding.first_seen)),
        row("targets over the whole time", everybody.len()),
    ];
    finding.explain = vec![("distinct targets in the densest hour".to_owned(), targets.len() as f64)];
    finding.next_step = format!(
        "Ask whether somebody administers from {client}; look at what it did before {}.",
        moment(finding.first_seen)
    );
    finding.weight = targets.len() as u64;
    Some(finding)
}

/// Was it used, once at least? Bare packets are the scan detectors' business.
fn has_login(talk: &Conversation) -> bool {
    talk.sessions().iter().any(|session| session.totals.bytes() >= LOGIN_BYTES_MIN)
}

/// The hour with the most first contacts.
fn densest_hour(reached: &[&Conversation]) -> (usize, usize) {
    let (mut start, mut best) = (0, (0, 0));
    for end in 0..reached.len() {
        while reached[end].first - reached[start].first > HOUR_S {
            start += 1;
        }
        if end + 1 - start > best.1 - best.0 {
            best = (start, end + 1);
        }
    }
    best
}
