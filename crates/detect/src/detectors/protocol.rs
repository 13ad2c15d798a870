//! IP protocols that hardly anybody speaks with the internet: tunnels without ports.

use super::draft;
use crate::finding::{Finding, Severity, bytes, row};
use crate::ground::{Conversation, Estate};
use std::collections::BTreeMap;

/// What is everyday, or speaks with neighbours only: ICMP, IGMP, TCP, UDP, ICMPv6, OSPF, PIM, VRRP; 0 and 255 are no
/// protocol's number in a record.
const USUAL: &[u8] = &[0, 1, 2, 6, 17, 58, 88, 89, 103, 112, 255];
/// Names of those that are seen (IANA protocol numbers).
const NAMES: &[(u8, &str)] = &[
    (4, "IP in IP"),
    (33, "DCCP"),
    (41, "IPv6 in IPv4"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (94, "IP in IP"),
    (97, "EtherIP"),
    (108, "IPComp"),
    (115, "L2TP"),
    (132, "SCTP"),
    (136, "UDP-Lite"),
    (137, "MPLS in IP"),
];
/// Less is a probe.
const BYTES_MIN: u64 = 5_000;
/// What more of our hosts speak is how this network works.
const HOSTS_MAX: usize = 2;

/// Hosts of ours that speak such a protocol with the internet, both ways.
pub(super) fn rare(estate: &Estate) -> Vec<Finding> {
    let mut by_protocol: BTreeMap<u8, Vec<&Conversation>> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(|talk| !USUAL.contains(&talk.proto)) {
        let crosses = estate.host(talk.client).is_inside != estate.host(talk.server).is_inside;
        if crosses && talk.best.is_success() && talk.totals.bytes() >= BYTES_MIN {
            by_protocol.entry(talk.proto).or_default().push(talk);
        }
    }
    let told = by_protocol.into_iter().flat_map(|(proto, talks)| {
        let ours = |talk: &&Conversation| if estate.host(talk.client).is_inside { talk.client } else { talk.server };
        let mut hosts: BTreeMap<u32, Vec<&Conversation>> = BTreeMap::new();
        talks.iter().for_each(|talk| hosts.entry(ours(talk)).or_default().push(talk));
        let is_rare = hosts.len() <= HOSTS_MAX;
        hosts.into_iter().filter(move |_| is_rare).map(move |(host, talks)| told(estate, proto, host, &talks))
    });
    told.collect()
}

fn told(estate: &Estate, proto: u8, host: u32, talks: &[&Conversation]) -> Finding {
    let name = NAMES.iter().find(|row| row.0 == proto).map_or(format!("IP protocol {proto}"), |row| row.1.to_owned());
    let client = estate.text(host);
    let moved = talks.iter().fold(0, |sum: u64, talk| sum.saturating_add(talk.totals.bytes()));
    let mut finding = draft(client.clone(), proto, Severity::Low, 0.5);
    finding.title = format!("{client} speaks {name} with the internet, {} in all", bytes(moved));
    finding.first_seen = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    finding.last_seen = talks.iter().map(|talk| talk.last).max().unwrap_or(0);
    let other = |talk: &&Conversation| estate.text(if talk.client == host { talk.server } else { talk.client });
    finding.peers = talks.iter().map(other).collect();
    finding.peers.dedup();
    finding.evidence = vec![row("IP protocol", proto), row("moved", bytes(moved))];
    finding.explain = vec![("bytes moved".to_owned(), moved as f64)];
    finding.next_step = format!("Ask who set up a tunnel or an association with {} on {client}.", finding.peers[0]);
    finding.weight = moved;
    finding
}
