//! Flows folded into who talked to whom on what: bounded, mergeable, the same in any order.

mod host;
mod rows;

pub use host::Host;
pub use rows::WANTED;

use crate::limits::Limits;
use arrow_array::RecordBatch;
use hashbrown::HashMap;
use rows::{Observed, Rows};
use std::net::IpAddr;

/// A client, a server and a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EdgeKey {
    /// Who opened the connections.
    pub client: IpAddr,
    /// To whom.
    pub server: IpAddr,
    /// The IANA protocol number.
    pub protocol: u8,
    /// The server's port; 0 where the protocol has none.
    pub port: u16,
}

impl EdgeKey {
    /// Has the protocol ports, so that the server's tells the service? (TCP, UDP, DCCP, SCTP, UDP-Lite)
    pub fn has_port(&self) -> bool {
        matches!(self.protocol, 6 | 17 | 33 | 132 | 136)
    }

    fn turned(self) -> EdgeKey {
        EdgeKey { client: self.server, server: self.client, ..self }
    }
}

/// What was seen between a client and a service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Records from the client that were let through: the source says so, or an answer does.
    pub allowed: u64,
    /// Records from the client of which neither says so.
    pub tried: u64,
    /// Records from the client that were refused.
    pub denied: u64,
    /// Records that show an answer of the server.
    pub answers: u64,
    /// Bytes of both directions.
    pub bytes: u64,
    /// Begin of the first record, in nanoseconds since 1970.
    pub first_ns: i64,
    /// End of the last record.
    pub last_ns: i64,
    /// Records that tell who the client is; of others it was guessed, or the protocol has no ports.
    pub oriented: u64,
    /// Records whose two ports differ: the same port the other way round is then another connection.
    pub two_ports: u64,
}

impl Edge {
    /// Records of connections that were let through. What looks like an answer to a connection that nobody opened
    /// (backscatter of forged addresses) is none.
    pub fn accepted(&self) -> u64 {
        if self.allowed == 0 { 0 } else { self.allowed.max(self.answers) }
    }

    /// Do its records tell who the client is, by what they say or by their ports?
    fn tells_client(&self) -> bool {
        self.oriented > 0 || self.two_ports > 0
    }

    fn add(&mut self, other: &Edge) {
        let is_new = *self == Edge::default();
        self.allowed += other.allowed;
        self.tried += other.tried;
        self.denied += other.denied;
        self.answers += other.answers;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.oriented += other.oriented;
        self.two_ports += other.two_ports;
        self.first_ns = if is_new { other.first_ns } else { self.first_ns.min(other.first_ns) };
        self.last_ns = if is_new { other.last_ns } else { self.last_ns.max(other.last_ns) };
    }
}

/// Who talked to whom on what.
#[derive(Clone, Debug, Default)]
pub struct Traffic {
    limits: Limits,
    edges: HashMap<EdgeKey, Edge>,
    hosts: HashMap<IpAddr, Host>,
    turned_away: u64,
}

impl Traffic {
    /// Nothing seen yet.
    pub fn new(limits: Limits) -> Traffic {
        Traffic { limits, ..Traffic::default() }
    }

    /// Adds a batch of `flows` that has at least the columns [`WANTED`]; others are looked over.
    pub fn push(&mut self, flows: &RecordBatch) {
        let rows = Rows::of(flows);
        for row in 0..flows.num_rows() {
            if let Some(Observed { key, edge, own }) = rows.at(row) {
                self.add(key, &edge);
                if let Some(address) = own {
                    self.learn_host(address, |host, limits| rows.describe(row, host, limits.tags_max));
                }
            }
        }
    }

    /// Adds what another part of the input has shown.
    pub fn merge(&mut self, other: Traffic) {
        other.edges.iter().for_each(|(key, edge)| self.add(*key, edge));
        for (address, other) in other.hosts {
            self.learn_host(address, |host, limits| host.add(other, limits.tags_max));
        }
        self.turned_away += other.turned_away;
    }

    fn add(&mut self, key: EdgeKey, edge: &Edge) {
        let is_full = self.edges.len() >= self.limits.edges_max;
        match self.edges.get_mut(&key) {
            Some(known) => known.add(edge),
            None if is_full => self.turned_away += edge.allowed + edge.tried + edge.denied + edge.answers,
            None => {
                self.edges.insert(key, *edge);
            }
        }
    }

    fn learn_host(&mut self, address: IpAddr, learn: impl FnOnce(&mut Host, &Limits)) {
        let is_full = self.hosts.len() >= self.limits.hosts_max;
        if !is_full || self.hosts.contains_key(&address) {
            learn(self.hosts.entry(address).or_default(), &self.limits);
        }
    }

    /// Every pair, in order.
    ///
    /// Records that do not tell who the client is are counted where the others tell it, if they tell it one way, and if
    /// both ends use the same port or none: of two ports the server's is the one that is no client's, so that two mail
    /// servers that call each other are two services. Of sources that do not say what was let through, what was answered
    /// was; where there is no answer at all, everything.
    pub fn edges(&self) -> Vec<(EdgeKey, Edge)> {
        let mut edges: HashMap<EdgeKey, Edge> = HashMap::with_capacity(self.edges.len());
        for (key, edge) in &self.edges {
            let turned = self.edges.get(&key.turned());
            let is_guess = edge.oriented == 0 && edge.two_ports == 0;
            let is_reply = is_guess && turned.is_some_and(Edge::tells_client);
            // Where both directions look alike the lower address stands for the client.
            let is_twin = is_guess && turned.is_some_and(|turned| !turned.tells_client()) && key.server < key.client;
            if is_reply || is_twin {
                let answers = edge.answers + edge.allowed + edge.tried;
                edges.entry(key.turned()).or_default().add(&Edge { answers, allowed: 0, tried: 0, ..*edge });
            } else {
                edges.entry(*key).or_default().add(edge);
            }
        }
        let has_answers = self.has_answers();
        for edge in edges.values_mut().filter(|edge| edge.answers > 0 || !has_answers) {
            edge.allowed += std::mem::take(&mut edge.tried);
        }
        let mut edges: Vec<(EdgeKey, Edge)> = edges.into_iter().collect();
        edges.sort_unstable_by_key(|(key, _)| *key);
        edges
    }

    /// What is known of a host, if its own records were seen.
    pub fn host(&self, address: IpAddr) -> Option<&Host> {
        self.hosts.get(&address)
    }

    /// What is known of hosts, in no order.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }

    /// Does any record show an answer? Where none does, silence means nothing.
    pub fn has_answers(&self) -> bool {
        self.edges.values().any(|edge| edge.answers > 0)
    }

    /// How many pairs are kept apart.
    pub fn len(&self) -> usize {
        self.edges.len()
    }

    /// Was nothing seen?
    pub fn is_empty(&self) -> bool {
        self.edges.is_empty()
    }

    /// Records that a limit left out.
    pub fn turned_away(&self) -> u64 {
        self.turned_away
    }

    /// Is it a host on this side: private, or with records of its own?
    pub fn is_own(&self, address: IpAddr) -> bool {
        crate::matcher::is_private_address(address) || self.hosts.contains_key(&address)
    }
}
