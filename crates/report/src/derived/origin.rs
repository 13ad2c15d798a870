//! Countries and autonomous systems that a host of ours reaches for the first time, by its baseline.

use crate::analysis::{Analysis, Talk};
use detect::finding::{query, row, some};
use detect::{Finding, Severity};
use enrich::geo::Origin;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What is looked at of an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Country,
    Network,
}

/// A country or autonomous system, in words.
type Origins = [(Part, String); 2];

/// A host's first conversations with a country or an autonomous system.
pub(crate) struct FirstOrigin {
    client: String,
    part: Part,
    place: String,
    talks: Vec<Talk>,
}

/// What every host of ours reaches that it never reached in the baseline.
pub(crate) fn first_origins(analysis: &Analysis<'_>) -> Vec<FirstOrigin> {
    let Some(baseline) = analysis.baseline.filter(|_| analysis.owners.knows_origins()) else { return Vec::new() };
    let mut found = Vec::new();
    for (client, talks) in answered(analysis) {
        let client = analysis.text(client);
        // A host without peers outside may have been seen for too short a time.
        let Some(usual) = baseline.entities.get(&client).filter(|usual| !usual.peers.is_empty()) else { continue };
        let peers = usual.peers.iter().filter_map(|peer| peer.parse().ok());
        let known: BTreeSet<(Part, String)> = peers.flat_map(|peer| origins(analysis, peer)).collect();
        let mut firsts: BTreeMap<(Part, String), Vec<Talk>> = BTreeMap::new();
        for talk in talks {
            for origin in origins(analysis, analysis.host(talk.server).ip) {
                if !origin.1.is_empty() && !known.contains(&origin) {
                    firsts.entry(origin).or_default().push(*talk);
                }
            }
        }
        let first = |((part, place), talks)| FirstOrigin { client: client.clone(), part, place, talks };
        found.extend(firsts.into_iter().map(first));
    }
    found
}

/// Country and autonomous system of an address; empty where they are not known.
fn origins(analysis: &Analysis<'_>, address: IpAddr) -> Origins {
    let Origin { country, asn, organisation } = analysis.owners.origin(address);
    let network = if asn == 0 { String::new() } else { format!("AS{asn} {organisation}").trim_end().to_owned() };
    [(Part::Country, country.to_owned()), (Part::Network, network)]
}

/// New countries: one finding per host and country.
pub(super) fn new_countries(analysis: &Analysis<'_>) -> Vec<Finding> {
    told_of(analysis, Part::Country)
}

/// New autonomous systems.
pub(super) fn new_networks(analysis: &Analysis<'_>) -> Vec<Finding> {
    told_of(analysis, Part::Network)
}

fn told_of(analysis: &Analysis<'_>, part: Part) -> Vec<Finding> {
    let firsts = analysis.first_origins.iter().filter(|first| first.part == part);
    firsts.map(|first| told(analysis, first)).collect()
}

/// Conversations of each of our hosts with servers outside that answered.
fn answered<'a>(analysis: &'a Analysis<'_>) -> BTreeMap<u32, Vec<&'a Talk>> {
    let mut by_client: BTreeMap<u32, Vec<&Talk>> = BTreeMap::new();
    for talk in analysis.singles().filter(|talk| talk.is_answered() && analysis.is_outbound(talk)) {
        by_client.entry(talk.client).or_default().push(talk);
    }
    by_client
}

fn told(analysis: &Analysis<'_>, FirstOrigin { client, part, place, talks }: &FirstOrigin) -> Finding {
    let (detector, where_, severity) = match part {
        Part::Country => ("normal.new_country", "in", Severity::Low),
        Part::Network => ("normal.new_network", "of", Severity::Info),
    };
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
        ..Finding::about(detector, client.clone(), place)
    }
}
