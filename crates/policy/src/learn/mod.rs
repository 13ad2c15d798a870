//! A first policy from a period of flows: what was let through and answered, generalised as little as can be read.
//!
//! Hosts of one network that offer the same services become a segment, and those that offer none become the network's
//! clients. A segment's prefixes hold its members and no host of another segment. A rule names a segment where a third
//! of it or more did what the rule allows, and the hosts themselves where fewer did. Public peers are named as long as
//! they are few. What was refused or never answered teaches nothing.

mod cover;
mod names;

pub(crate) use cover::{cover, network_of};

use crate::language::{Action, Party, Place, Policy, Ports, Rule, Segment, Selector};
use crate::traffic::{Edge, EdgeKey, Traffic};
use names::Names;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// How far a learned policy goes beyond what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnOptions {
    /// A service with so many public clients, or a host with so many public servers of one service, has the internet.
    pub internet_peers_min: usize,
    /// Two segments that use so many ports of one protocol above 1023 may use all of them.
    pub high_ports_max: usize,
    /// A pair that fewer records tell of is left out.
    pub records_min: u64,
}

impl Default for LearnOptions {
    fn default() -> Self {
        LearnOptions { internet_peers_min: 16, high_ports_max: 16, records_min: 1 }
    }
}

/// A service: protocol and port.
type Service = (u8, u16);
/// Segments of client and server; `None` is outside of all.
type Ends = [Option<usize>; 2];

/// Of a segment's hosts, one in so many has to do something for a rule to name the segment.
const SHARE: usize = 3;

/// A policy that allows what the traffic shows, in an order that depends on nothing else.
pub fn learn(traffic: &Traffic, options: &LearnOptions) -> Policy {
    let has_answers = traffic.has_answers();
    let teaches = |key: &EdgeKey, edge: &Edge| {
        // Of a protocol without ports it is not known who asked and who answered.
        let is_answered = edge.answers > 0 || !has_answers || !key.has_port();
        edge.accepted() >= options.records_min.max(1) && is_answered
    };
    let edges: Vec<EdgeKey> =
        traffic.edges().into_iter().filter(|(key, edge)| teaches(key, edge)).map(|(key, _)| key).collect();
    let groups = Groups::of(&edges, traffic);
    Policy { segments: groups.segments(), rules: groups.rules(&edges, options) }
}

/// Own hosts, sorted into segments.
struct Groups {
    /// Members of each segment, in the order of the policy.
    members: Vec<BTreeSet<IpAddr>>,
    names: Vec<String>,
    segment_of: BTreeMap<IpAddr, usize>,
    /// Every address seen, sorted.
    addresses: Vec<IpAddr>,
}

impl Groups {
    fn of(edges: &[EdgeKey], traffic: &Traffic) -> Groups {
        let mut offers: BTreeMap<IpAddr, BTreeSet<Service>> = BTreeMap::new();
        let mut addresses = BTreeSet::new();
        for key in edges {
            addresses.extend([key.client, key.server]);
            for address in [key.client, key.server].into_iter().filter(|address| traffic.is_own(*address)) {
                let offered = offers.entry(address).or_default();
                // Who is asked on a protocol without ports offers no service by it.
                if address == key.server && key.port != 0 {
                    offered.insert((key.protocol, key.port));
                }
            }
        }
        let mut groups: BTreeMap<_, BTreeSet<IpAddr>> = BTreeMap::new();
        for (address, offered) in offers {
            groups.entry((network_of(address), offered)).or_default().insert(address);
        }
        let mut names = Names::default();
        let named: Vec<String> = groups.keys().map(|(network, offered)| names.segment(network, offered)).collect();
        let members: Vec<BTreeSet<IpAddr>> = groups.into_values().collect();
        let numbered =
            members.iter().enumerate().flat_map(|(number, members)| members.iter().map(move |host| (*host, number)));
        Groups { segment_of: numbered.collect(), names: named, addresses: addresses.into_iter().collect(), members }
    }

    fn segments(&self) -> Vec<Segment> {
        let segment = |(name, members): (&String, &BTreeSet<IpAddr>)| Segment {
            name: name.clone(),
            selectors: cover(members, &self.addresses).into_iter().map(Selector::Prefix).collect(),
            place: Place::default(),
        };
        self.names.iter().zip(&self.members).map(segment).collect()
    }

    /// Rules for all edges: per server party and service the clients, then what is alike put together.
    fn rules(&self, edges: &[EdgeKey], options: &LearnOptions) -> Vec<Rule> {
        let mut uses: BTreeMap<(Ends, Service), [BTreeSet<IpAddr>; 2]> = BTreeMap::new();
        for key in edges {
            let ends = [key.client, key.server].map(|address| self.segment_of.get(&address).copied());
            let [clients, servers] = uses.entry((ends, (key.protocol, key.port))).or_default();
            clients.insert(key.client);
            servers.insert(key.server);
        }
        let mut ports: BTreeMap<(Vec<Party>, Vec<Party>), BTreeSet<Service>> = BTreeMap::new();
        for (([from, to], service), [clients, servers]) in uses {
            let ends = (self.parties(from, &clients, options), self.parties(to, &servers, options));
            ports.entry(ends).or_default().insert(service);
        }
        let mut servers: BTreeMap<(Vec<Party>, Vec<Ports>), BTreeSet<Party>> = BTreeMap::new();
        for ((from, to), services) in ports {
            servers.entry((from, joined(&services, options))).or_default().extend(to);
        }
        let rule = |((from, ports), to): ((Vec<Party>, Vec<Ports>), BTreeSet<Party>)| Rule {
            action: Action::Allow,
            from,
            to: to.into_iter().collect(),
            ports,
            place: Place::default(),
        };
        servers.into_iter().map(rule).collect()
    }

    /// Hosts of one segment, or from outside, as parties of a rule.
    fn parties(&self, segment: Option<usize>, hosts: &BTreeSet<IpAddr>, options: &LearnOptions) -> Vec<Party> {
        match segment {
            Some(segment) if hosts.len() * SHARE >= self.members[segment].len() => vec![Party::Segment(segment)],
            Some(_) => cover(hosts, &self.addresses).into_iter().map(Party::Prefix).collect(),
            None => {
                let (public, others): (BTreeSet<IpAddr>, BTreeSet<IpAddr>) =
                    hosts.iter().partition(|address| crate::exposure::is_public(**address));
                let named = if public.len() >= options.internet_peers_min { others } else { hosts.clone() };
                let internet = (named.len() < hosts.len()).then_some(Party::Internet);
                internet.into_iter().chain(cover(&named, &self.addresses).into_iter().map(Party::Prefix)).collect()
            }
        }
    }
}

/// Services as ports, many high ones of a protocol as all of them.
fn joined(services: &BTreeSet<Service>, options: &LearnOptions) -> Vec<Ports> {
    const FIRST_HIGH: u16 = 1024;
    let high_of =
        |protocol: u8| services.iter().filter(|service| service.0 == protocol && service.1 >= FIRST_HIGH).count();
    let ports = services.iter().map(|(protocol, port)| match port {
        0 if !matches!(protocol, 6 | 17) => Ports::all(*protocol),
        port if *port >= FIRST_HIGH && high_of(*protocol) > options.high_ports_max => {
            Ports { protocol: *protocol, first: FIRST_HIGH, last: u16::MAX }
        }
        port => Ports::one(*protocol, *port),
    });
    let mut ports: Vec<Ports> = ports.collect();
    ports.dedup();
    ports
}
