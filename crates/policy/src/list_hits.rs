//! What blacklists would hit in traffic: who opened the connection decides what a hit is worth.
//!
//! Being knocked at by listed hosts is the weather of the internet and only counted; a host of ours that opens a
//! connection to one is what a list is for.

use crate::audit::{GroupEdge, service_text};
use crate::limits::Limits;
use crate::traffic::{Edge, EdgeKey, Traffic};
use enrich::Intel;
use enrich::intel::Hit;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What one list would hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListHits {
    /// The list's name.
    pub list: String,
    /// Listed addresses that were seen.
    pub addresses: u64,
    /// Listed addresses that were refused, or got no answer.
    pub inbound_turned_away: u64,
    /// Listed addresses that reached a service here and were answered.
    pub inbound_answered: u64,
    /// Listed addresses that a host here opened a connection to, and that answered.
    pub outbound_answered: u64,
    /// Listed addresses that a host here tried to reach.
    pub outbound_tried: u64,
    /// Bytes of connections that hosts here opened to listed addresses.
    pub outbound_bytes: u64,
    /// Connections that hosts here opened, with their services; those with the most records.
    pub outbound: Vec<ListedEdge>,
}

/// A connection that a host here opened to a listed address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedEdge {
    /// The ends, and how many records.
    #[serde(flatten)]
    pub edge: GroupEdge,
    /// The service, such as `tcp/443 (https)`.
    pub service: String,
    /// What the list calls the address.
    pub label: String,
}

/// Addresses of each kind of one list.
#[derive(Default)]
struct Seen {
    all: BTreeSet<IpAddr>,
    inbound_answered: BTreeSet<IpAddr>,
    outbound_answered: BTreeSet<IpAddr>,
    outbound_tried: BTreeSet<IpAddr>,
}

/// What each list would hit, in the order of the lists. Expiry is held against the time of the traffic itself.
pub fn list_hits(intel: &Intel, traffic: &Traffic, limits: &Limits) -> Vec<ListHits> {
    let named = intel.lists().iter().map(|list| ListHits { list: list.name.clone(), ..ListHits::default() });
    let mut hits: Vec<ListHits> = named.collect();
    let mut seen: Vec<Seen> = hits.iter().map(|_| Seen::default()).collect();
    let has_answers = traffic.has_answers();
    for (key, edge) in traffic.edges() {
        let is_answered = edge.accepted() > 0 && (edge.answers > 0 || !has_answers);
        for (peer, is_outbound, port) in [(key.server, true, Some(key.port)), (key.client, false, None)] {
            let bytes = enrich::prefix::address_bytes(peer);
            let Some(hit) = intel.lookup_at(&bytes, port, edge.first_ns / 1_000_000_000) else { continue };
            for place in places(intel, &hit) {
                seen[place].add(peer, is_outbound && edge.oriented > 0, is_answered);
                if is_outbound && edge.oriented > 0 {
                    hits[place].add_outbound(&key, &edge, &hit, limits.examples_max);
                }
            }
        }
    }
    for (hits, seen) in hits.iter_mut().zip(seen) {
        hits.addresses = seen.all.len() as u64;
        hits.inbound_answered = seen.inbound_answered.len() as u64;
        hits.outbound_answered = seen.outbound_answered.len() as u64;
        hits.outbound_tried = seen.outbound_tried.len() as u64;
        let reached = seen.inbound_answered.union(&seen.outbound_tried).count();
        hits.inbound_turned_away = (seen.all.len() - reached) as u64;
    }
    hits
}

/// Numbers of the lists that a hit is on.
fn places(intel: &Intel, hit: &Hit<'_>) -> Vec<usize> {
    let mut places: Vec<usize> =
        hit.lists().filter_map(|name| intel.lists().iter().position(|list| list.name == name)).collect();
    places.dedup();
    places
}

impl Seen {
    fn add(&mut self, peer: IpAddr, is_outbound: bool, is_answered: bool) {
        self.all.insert(peer);
        if is_outbound {
            self.outbound_tried.insert(peer);
        }
        match (is_outbound, is_answered) {
            (true, true) => drop(self.outbound_answered.insert(peer)),
            (false, true) => drop(self.inbound_answered.insert(peer)),
            _ => {}
        }
    }
}

impl ListHits {
    fn add_outbound(&mut self, key: &EdgeKey, edge: &Edge, hit: &Hit<'_>, examples_max: usize) {
        self.outbound_bytes = self.outbound_bytes.saturating_add(edge.bytes);
        let records = edge.allowed + edge.tried + edge.denied;
        let place = self.outbound.partition_point(|other| other.edge.records >= records);
        let edge = GroupEdge { client: key.client, server: key.server, records };
        let label = hit.label().unwrap_or_default().to_owned();
        self.outbound.insert(place, ListedEdge { edge, service: service_text(key.protocol, key.port), label });
        self.outbound.truncate(examples_max);
    }
}
