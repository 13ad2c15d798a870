//! A first policy from a period of flows: what was let through and answered, generalised as little as can be read.
//!
//! Hosts of one network that offer the same services become a segment, and those that offer none become the network's
//! clients; what hosts of all kinds offer (a login for administration, an agent) tells them apart no more than it names
//! them. A segment's prefixes hold its members and no host of another segment. A rule names the segment where a third of
//! it or more did what the rule allows, and the hosts themselves where fewer did. What hosts of all kinds do (names, time,
//! updates) is one rule of the segment `all`. Public peers are named as long as they are few, and no rule lists more than
//! can be read. What was refused or never answered teaches nothing.

mod cover;
mod few;
mod names;

pub(crate) use cover::{cover, network_of};

use crate::language::{Action, Party, Place, Policy, Ports, Rule, Segment, Selector};
use crate::traffic::{Edge, EdgeKey, Traffic};
use few::Few;
use names::Names;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
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

/// Of a segment's hosts, one in so many has to do something for a rule to name the segment; of all hosts, to be what hosts
/// of all kinds do.
const SHARE: usize = 3;
/// What hosts of all kinds do is seen in so many networks.
const NETWORKS_MIN: usize = 3;
/// The segment of all hosts of this side, and its name.
const ALL: usize = 0;
const ALL_NAME: &str = "all";

/// A learned policy, and what a reader has to know of how it was put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The policy.
    pub policy: Policy,
    /// Where it allows more than was seen, so that it can be read.
    pub remarks: Vec<String>,
}

impl fmt::Display for Learned {
    /// The policy as text, the remarks as comments before it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.remarks.iter().try_for_each(|remark| writeln!(f, "# {remark}"))?;
        self.policy.fmt(f)
    }
}

/// A policy that allows what the traffic shows, in an order that depends on nothing else.
pub fn learn(traffic: &Traffic, options: &LearnOptions) -> Learned {
    let has_answers = traffic.has_answers();
    let teaches = |key: &EdgeKey, edge: &Edge| {
        // Of a protocol without ports it is not known who asked and who answered.
        let is_answered = edge.answers > 0 || !has_answers || !key.has_port();
        edge.accepted() >= options.records_min.max(1) && is_answered
    };
    let edges: Vec<EdgeKey> =
        traffic.edges().into_iter().filter(|(key, edge)| teaches(key, edge)).map(|(key, _)| key).collect();
    let groups = Groups::of(&edges, traffic);
    let mut few = Few::default();
    let rules = groups.rules(&edges, options, &mut few);
    let segments = groups.segments(&mut few);
    Learned { policy: without_unused(Policy { segments, rules }), remarks: few.remarks }
}

/// Takes away the segments that no rule names: of all hosts, or of hosts of which `all` says everything.
fn without_unused(mut policy: Policy) -> Policy {
    let parties = policy.rules.iter_mut().flat_map(|rule| rule.from.iter_mut().chain(&mut rule.to));
    let named: Vec<&mut usize> =
        parties.filter_map(|party| if let Party::Segment(number) = party { Some(number) } else { None }).collect();
    let used: BTreeSet<usize> = named.iter().map(|number| **number).collect();
    for number in named {
        *number = used.range(..*number).count();
    }
    let mut numbers = 0..;
    policy.segments.retain(|_| numbers.next().is_some_and(|number| used.contains(&number)));
    policy
}

/// One end of a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    /// Outside of all segments.
    Outside,
    /// In that segment of the policy.
    Segment(usize),
}

/// Segments of client and server.
type Ends = [End; 2];
/// What was used of a service: the clients and the servers.
type Uses = BTreeMap<(Ends, Service), [BTreeSet<IpAddr>; 2]>;

/// Own hosts, sorted into segments.
struct Groups {
    /// Members of each segment, in the order of the policy. The first has all hosts.
    members: Vec<BTreeSet<IpAddr>>,
    names: Vec<String>,
    segment_of: BTreeMap<IpAddr, usize>,
    /// Every address seen, sorted.
    addresses: Vec<IpAddr>,
}

/// Services of each own host, also of those that offer none.
fn offers(edges: &[EdgeKey], traffic: &Traffic) -> BTreeMap<IpAddr, BTreeSet<Service>> {
    let mut offers: BTreeMap<IpAddr, BTreeSet<Service>> = BTreeMap::new();
    for key in edges {
        for address in [key.client, key.server].into_iter().filter(|address| traffic.is_own(*address)) {
            let offered = offers.entry(address).or_default();
            // Who is asked on a protocol without ports offers no service by it.
            if address == key.server && key.port != 0 {
                offered.insert((key.protocol, key.port));
            }
        }
    }
    offers
}

/// Did hosts of all kinds do it: a third of them or more, in several networks?
fn is_of_all_kinds(hosts: &BTreeSet<IpAddr>, all: usize) -> bool {
    let networks = || hosts.iter().map(|host| network_of(*host)).collect::<BTreeSet<_>>().len();
    hosts.len() * SHARE >= all && networks() >= NETWORKS_MIN
}

/// Those keys that hosts of all kinds have.
fn shared<K: Ord + Copy>(pairs: impl Iterator<Item = (K, IpAddr)>, all: usize) -> BTreeSet<K> {
    let mut hosts: BTreeMap<K, BTreeSet<IpAddr>> = BTreeMap::new();
    for (key, host) in pairs {
        hosts.entry(key).or_default().insert(host);
    }
    hosts.iter().filter(|(_, hosts)| is_of_all_kinds(hosts, all)).map(|(key, _)| *key).collect()
}

impl Groups {
    fn of(edges: &[EdgeKey], traffic: &Traffic) -> Groups {
        let offers = offers(edges, traffic);
        let everywhere = offers.iter().flat_map(|(host, offered)| offered.iter().map(|service| (*service, *host)));
        let everywhere = shared(everywhere, offers.len());
        let mut groups: BTreeMap<_, BTreeSet<IpAddr>> = BTreeMap::new();
        for (address, offered) in &offers {
            let own: BTreeSet<Service> = offered.difference(&everywhere).copied().collect();
            groups.entry((network_of(*address), own)).or_default().insert(*address);
        }
        let mut names = Names::default();
        let is_server = |members: &BTreeSet<IpAddr>| members.iter().any(|host| !offers[host].is_empty());
        let named = groups.iter().map(|((network, own), members)| names.segment(network, own, is_server(members)));
        let names: Vec<String> = std::iter::once(ALL_NAME.to_owned()).chain(named).collect();
        let all: BTreeSet<IpAddr> = offers.keys().copied().collect();
        let members: Vec<BTreeSet<IpAddr>> = std::iter::once(all).chain(groups.into_values()).collect();
        let numbered = members.iter().enumerate().skip(1);
        let numbered = numbered.flat_map(|(number, members)| members.iter().map(move |host| (*host, number)));
        let segment_of = numbered.collect();
        let addresses: BTreeSet<IpAddr> = edges.iter().flat_map(|key| [key.client, key.server]).collect();
        Groups { segment_of, names, addresses: addresses.into_iter().collect(), members }
    }

    fn segments(&self, few: &mut Few) -> Vec<Segment> {
        let named = self.names.iter().zip(&self.members).filter(|(_, members)| !members.is_empty());
        let segment = |(name, members): (&String, &BTreeSet<IpAddr>)| Segment {
            name: name.clone(),
            selectors: few.own(name, cover(members, &self.addresses)).into_iter().map(Selector::Prefix).collect(),
            place: Place::default(),
        };
        named.map(segment).collect()
    }

    /// Rules for all edges: per server party and service the clients, then what is alike put together.
    fn rules(&self, edges: &[EdgeKey], options: &LearnOptions, few: &mut Few) -> Vec<Rule> {
        let mut ports: BTreeMap<(Vec<Party>, Vec<Party>), BTreeSet<Service>> = BTreeMap::new();
        for ((ends, service), [clients, servers]) in self.uses(edges) {
            let parties = (self.parties(ends, 0, &clients, options), self.parties(ends, 1, &servers, options));
            ports.entry(parties).or_default().insert(service);
        }
        let mut servers: BTreeMap<(Vec<Party>, Vec<Ports>), BTreeSet<Party>> = BTreeMap::new();
        for ((from, to), services) in ports {
            servers.entry((from, joined(&services, options))).or_default().extend(to);
        }
        let mut rule = |((from, ports), to): ((Vec<Party>, Vec<Ports>), BTreeSet<Party>)| Rule {
            action: Action::Allow,
            from: few.parties(&ports, from),
            to: few.parties(&ports, to.into_iter().collect()),
            ports,
            place: Place::default(),
        };
        servers.into_iter().map(&mut rule).collect()
    }

    /// Who used what. Clients of all kinds of one server are `all`, and so are servers of all kinds of one client.
    fn uses(&self, edges: &[EdgeKey]) -> Uses {
        let service = |key: &EdgeKey| (key.protocol, key.port);
        let end = |address: IpAddr| self.segment_of.get(&address).map_or(End::Outside, |number| End::Segment(*number));
        let own = |address: IpAddr| self.segment_of.contains_key(&address);
        let (from_own, to_own) = (|key: &&EdgeKey| own(key.client), |key: &&EdgeKey| own(key.server));
        let all = self.members[ALL].len();
        let served = edges.iter().filter(from_own).map(|key| ((key.server, service(key)), key.client));
        let served = shared(served, all);
        let reached = edges.iter().filter(to_own).map(|key| ((key.client, service(key)), key.server));
        let reached = shared(reached, all);
        let mut uses = Uses::new();
        for key in edges {
            let mut ends = [end(key.client), end(key.server)];
            if own(key.client) && served.contains(&(key.server, service(key))) {
                ends[0] = End::Segment(ALL);
            } else if own(key.server) && reached.contains(&(key.client, service(key))) {
                ends[1] = End::Segment(ALL);
            }
            let [clients, servers] = uses.entry((ends, service(key))).or_default();
            clients.insert(key.client);
            servers.insert(key.server);
        }
        uses
    }

    /// Hosts of one end of a use, as parties of a rule.
    fn parties(&self, ends: Ends, place: usize, hosts: &BTreeSet<IpAddr>, options: &LearnOptions) -> Vec<Party> {
        match ends[place] {
            End::Segment(ALL) => vec![Party::Segment(ALL)],
            End::Segment(segment) if hosts.len() * SHARE >= self.members[segment].len() => {
                vec![Party::Segment(segment)]
            }
            End::Segment(_) => self.named(hosts),
            End::Outside => {
                // What hosts of all kinds use is named, however much it is: not everybody may have the whole internet.
                let is_named = ends.contains(&End::Segment(ALL));
                let peers_min = if is_named { usize::MAX } else { options.internet_peers_min };
                let is_public = |address: &&IpAddr| crate::exposure::is_public(**address);
                let (public, others): (BTreeSet<IpAddr>, BTreeSet<IpAddr>) = hosts.iter().partition(is_public);
                let named = if public.len() >= peers_min { others } else { hosts.clone() };
                let internet = (named.len() < hosts.len()).then_some(Party::Internet);
                internet.into_iter().chain(self.named(&named)).collect()
            }
        }
    }

    fn named(&self, hosts: &BTreeSet<IpAddr>) -> Vec<Party> {
        cover(hosts, &self.addresses).into_iter().map(Party::Prefix).collect()
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
