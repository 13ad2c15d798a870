//! Ways between accounts, regions and networks.

use super::activity::{answered, service};
use super::baseline::{Baseline, blank};
use crate::finding::{Finding, Severity, bytes, moment, row};
use crate::ground::{Conversation, Estate};
use std::collections::{BTreeMap, BTreeSet};

/// Ways by which somebody was answered, each with the first that took it.
pub(super) fn paths(estate: &Estate) -> BTreeMap<String, &Conversation> {
    let mut all: BTreeMap<String, &Conversation> = BTreeMap::new();
    for talk in answered(estate) {
        let networks = (&estate.host(talk.client).network, &estate.host(talk.server).network);
        let (Some(from), Some(to)) = networks else { continue };
        if from == to {
            continue;
        }
        let first = all.entry(format!("{from} -> {to}")).or_insert(talk);
        if talk.first < first.first {
            *first = talk;
        }
    }
    all
}

/// The networks whose interfaces were recorded.
pub(super) fn networks(estate: &Estate) -> BTreeSet<String> {
    estate.hosts.iter().filter_map(|host| host.network.clone()).collect()
}

/// Ways that nobody took in the history.
pub(super) fn new(baseline: &Baseline, estate: &Estate) -> Vec<Finding> {
    // A history without networks says nothing of ways between them.
    if baseline.networks.is_empty() {
        return Vec::new();
    }
    let new = paths(estate).into_iter().filter(|(path, _)| !baseline.paths.contains(path));
    new.map(|(path, talk)| told(estate, &path, talk)).collect()
}

fn told(estate: &Estate, path: &str, talk: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk));
    let mut finding = blank(path, "normal.new_path", Severity::Medium, "T1021.007", (talk.first, talk.last));
    finding.title = format!("a way that was never used: {path}, first by {client} to {server} {name}");
    finding.evidence =
        vec![row("first", moment(talk.first)), row("service", name), row("bytes", bytes(talk.totals.bytes()))];
    finding.explain = vec![("new way between networks".to_owned(), 1.0)];
    finding.next_step = format!("Ask whether somebody connected the two networks; if not, look at what {client} does.");
    finding.weight = talk.totals.bytes();
    finding.peers = vec![client, server];
    finding.peers_total = 2;
    finding
}
