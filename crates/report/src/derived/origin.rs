//! Countries and autonomous systems that a host of ours reaches for the first time, by its baseline.

use crate::analysis::{Analysis, Talk};
use detect::finding::{query, row, some};
use detect::{Finding, Severity};
use enrich::geo::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// What is looked at of an origin; empty where that is not known.
type Part = fn(&Origin<'_>) -> String;

/// Finds new countries: one finding per host and country.
pub(super) fn new_countries(analysis: &Analysis<'_>) -> Vec<Finding> {
    new(analysis, |origin| origin.country.to_owned(), ("normal.new_country", "in", Severity::Low))
}

/// Finds new autonomous systems.
pub(super) fn new_networks(analysis: &Analysis<'_>) -> Vec<Finding> {
    let network = |origin: &Origin<'_>| match origin.asn {
        0 => String::new(),
        asn => format!("AS{asn} {}", origin.organisation).trim_end().to_owned(),
    };
    new(analysis, network, ("normal.new_network", "of", Severity::Info))
}

fn new(analysis: &Analysis<'_>, part: Part, kind: (&str, &str, Severity)) -> Vec<Finding> {
    let Some(baseline) = analysis.baseline.filter(|_| analysis.owners.knows_origins()) else { return Vec::new() };
    let part_of = |text: &str| text.parse().map_or_else(|_| String::new(), |ip| part(&analysis.owners.origin(ip)));
    let mut found = Vec::new();
    for (client, talks) in answered(analysis) {
        let client = analysis.text(client);
        // A host without peers outside may have been seen for too short a time.
        let Some(usual) = baseline.entities.get(&client).filter(|usual| !usual.peers.is_empty()) else { continue };
        let known: BTreeSet<String> = usual.peers.iter().map(|peer| part_of(peer)).collect();
        let mut firsts: BTreeMap<String, Vec<&Talk>> = BTreeMap::new();
        for talk in talks {
            let place = part_of(&analysis.text(talk.server));
            if !place.is_empty() && !known.contains(&place) {
                firsts.entry(place).or_default().push(talk);
            }
        }
        found.extend(firsts.into_iter().map(|(place, talks)| told(analysis, &client, &place, &talks, kind)));
    }
    found
}

/// Conversations of each of our hosts with servers outside that answered.
fn answered<'a>(analysis: &'a Analysis<'_>) -> BTreeMap<u32, Vec<&'a Talk>> {
    let mut by_client: BTreeMap<u32, Vec<&Talk>> = BTreeMap::new();
    for talk in analysis.singles().filter(|talk| talk.is_answered() && analysis.is_outbound(talk)) {
        by_client.entry(talk.client).or_default().push(talk);
    }
    by_client
}

fn told(
    analysis: &Analysis<'_>,
    client: &str,
    place: &str,
    talks: &[&Talk],
    (detector, where_, severity): (&str, &str, Severity),
) -> Finding {
    let servers: BTreeSet<String> = talks.iter().map(|talk| analysis.text(talk.server)).collect();
    let servers: Vec<String> = servers.into_iter().collect();
    let bytes: u64 = talks.iter().map(|talk| talk.bytes()).sum();
    Finding {
        title: format!("{client} talks for the first time to servers {where_} {place}: {}", some(&servers)),
        severity,
        first_seen: talks.iter().map(|talk| talk.first_allowed).min().unwrap_or(0),
        last_seen: talks.iter().map(|talk| talk.last_allowed).max().unwrap_or(0),
        evidence: vec![row("new", place), row("servers", servers.len()), row("bytes in both directions", bytes)],
        explain: vec![("servers there".to_owned(), servers.len() as f64)],
        attack: "T1071".to_owned(),
        next_step: format!(
            "See what it exchanged with them: {}",
            query(&format!(
                "SELECT dst_ip, dst_port, min(time_start) AS first, sum(bytes) AS bytes FROM flows WHERE src_ip = '{client}' AND dst_ip = '{}' GROUP BY 1, 2 ORDER BY first",
                servers.first().map_or("", String::as_str)
            ))
        ),
        weight: bytes,
        peers_total: servers.len() as u64,
        peers: servers.into_iter().take(20).collect(),
        ..Finding::about(detector, client.to_owned(), place)
    }
}
