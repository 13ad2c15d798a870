//! Firewalls by what hosts are to their rules: which rules let a connection through, as they are or changed.

use super::{Direction, Firewall, FirewallRule, Peer};
use crate::bits::Bits;
use crate::language::Action;
use crate::matcher::is_private_address;
use crate::per_host::PerHost;
use crate::prefixes::Prefixes;
use crate::traffic::{Edge, EdgeKey, Traffic};
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Stands for any port that a client draws.
const CLIENT_PORT: u16 = 49_152;

/// One use of a rule: the other end, the service at it or at the guarded host, and where it was seen.
pub(super) struct Used {
    pub(super) peer: IpAddr,
    pub(super) service: (u8, u16),
    pub(super) records: u64,
    pub(super) key: EdgeKey,
}

/// One of the ways in which a firewall sees a connection.
struct Way<'a> {
    direction: Direction,
    guarded: &'a HostRules,
    own: IpAddr,
    other: &'a HostRules,
    is_reply: bool,
    used: Used,
}

/// Rules by what hosts are: guarded by them, or their other end.
pub(super) struct Compiled<'a> {
    firewall: &'a Firewall,
    prefixes: Prefixes,
    /// Rules whose other end has this label, and rules that guard it.
    peers: HashMap<&'a str, Bits>,
    targets: HashMap<&'a str, Bits>,
    internet: Bits,
    private: Bits,
    /// Rules that no known host is guarded by: they are held against every host of this side.
    unattached: Bits,
    /// Rules that guard nothing.
    idle: Bits,
    /// What could not be looked at, and what it means.
    pub(super) notes: Vec<String>,
}

/// What a host is to the rules.
#[derive(PartialEq, Eq, Hash)]
struct HostRules {
    guards: Bits,
    peer: Bits,
}

impl<'a> Compiled<'a> {
    pub(super) fn new(firewall: &'a Firewall, traffic: &Traffic) -> Compiled<'a> {
        let size = firewall.rules.len();
        let empty = || Bits::new(size);
        let mut compiled = Compiled {
            firewall,
            prefixes: Prefixes::new(&[]),
            peers: HashMap::new(),
            targets: HashMap::new(),
            internet: empty(),
            private: empty(),
            unattached: empty(),
            idle: empty(),
            notes: Vec::new(),
        };
        let mut prefixes = Vec::new();
        for (number, rule) in firewall.rules.iter().enumerate() {
            for peer in &rule.peers {
                match peer {
                    Peer::Prefix(prefix) => prefixes.push((*prefix, number)),
                    Peer::Internet => compiled.internet.insert(number),
                    Peer::Private => compiled.private.insert(number),
                    Peer::Label(label) => compiled.peers.entry(label).or_insert_with(empty).insert(number),
                    Peer::Unknown(_) => {}
                }
            }
            rule.targets.iter().for_each(|target| compiled.targets.entry(target).or_insert_with(empty).insert(number));
        }
        compiled.prefixes = Prefixes::new(&prefixes);
        compiled.find_unattached(traffic);
        compiled
    }

    /// Does the rule guard nothing?
    pub(super) fn is_idle(&self, rule: usize) -> bool {
        self.idle.contains(rule)
    }

    fn find_unattached(&mut self, traffic: &Traffic) {
        let labels: BTreeSet<&str> = self.firewall.labels.values().flatten().map(String::as_str).collect();
        let mut known = labels.clone();
        known.extend(traffic.hosts().flat_map(|host| [host.subnet.as_deref(), host.vpc.as_deref()]).flatten());
        let (mut unknown, mut idle) = (BTreeSet::new(), BTreeSet::new());
        for (number, rule) in self.firewall.rules.iter().enumerate() {
            if rule.targets.iter().any(|target| known.contains(target.as_str())) {
                continue;
            }
            if rule.targets.is_empty() || labels.contains(rule.scope.as_str()) {
                self.idle.insert(number);
                idle.insert(guard_text(rule));
            } else {
                self.unattached.insert(number);
                unknown.insert(guard_text(rule));
            }
        }
        let is_idle = |set: &String| format!("{set}: attached to nothing that the files name, so it guards nothing");
        let is_unknown = |set: &String| {
            format!("{set}: no file says which hosts it guards, so it is held against every host of this side")
        };
        self.notes.extend(unknown.iter().map(is_unknown).chain(idle.iter().map(is_idle)));
    }

    fn host(&self, address: IpAddr, traffic: &Traffic) -> HostRules {
        let size = self.firewall.rules.len();
        let mut rules = HostRules { guards: Bits::new(size), peer: Bits::new(size) };
        self.prefixes.add(address, &mut rules.peer);
        if is_private_address(address) {
            rules.peer.add_all(&self.private);
        } else if crate::exposure::is_public(address) {
            rules.peer.add_all(&self.internet);
        }
        let attributes = traffic.host(address).map(|host| [host.subnet.as_deref(), host.vpc.as_deref()]);
        let labels = self.firewall.labels.get(&address).into_iter().flatten().map(String::as_str);
        for label in labels.chain(attributes.into_iter().flatten().flatten()) {
            self.peers.get(label).into_iter().for_each(|own| rules.peer.add_all(own));
            self.targets.get(label).into_iter().for_each(|own| rules.guards.add_all(own));
        }
        if traffic.is_own(address) {
            rules.guards.add_all(&self.unattached);
        }
        rules
    }

    /// Calls `visit` with every rule that let something through, and what.
    pub(super) fn each_use(&self, traffic: &Traffic, mut visit: impl FnMut(usize, &Used)) {
        self.each_way(traffic, |way| {
            self.allowing(way, |_| true).into_iter().for_each(|rule| visit(rule, &way.used));
        });
    }

    /// Calls `visit` with every rule that let something through, if the rules would not, of which only those hold that
    /// `holds` says: what the rule was for is then refused.
    pub(super) fn each_refusal(
        &self,
        traffic: &Traffic,
        holds: impl Fn(usize, &Used) -> bool,
        mut visit: impl FnMut(usize, &Used),
    ) {
        self.each_way(traffic, |way| {
            let after = self.allowing(way, |rule| holds(rule, &way.used));
            for rule in self.allowing(way, |_| true) {
                if !after.iter().any(|other| self.is_one_decision(rule, *other)) {
                    visit(rule, &way.used);
                }
            }
        });
    }

    /// Is it enough that one of the two rules allows? Sets with an order decide each for itself, others all together.
    fn is_one_decision(&self, one: usize, other: usize) -> bool {
        let [one, other] = [one, other].map(|number| &self.firewall.rules[number]);
        match (one.priority, other.priority) {
            (Some(_), Some(_)) => one.set == other.set,
            (None, None) => true,
            _ => false,
        }
    }

    fn each_way(&self, traffic: &Traffic, mut visit: impl FnMut(&Way<'_>)) {
        let mut hosts: PerHost<HostRules> = PerHost::default();
        for (key, edge) in traffic.edges() {
            if edge.accepted() == 0 {
                continue;
            }
            let ends = [key.client, key.server].map(|address| hosts.get(address, || self.host(address, traffic)));
            ways(key, &edge, &ends[0], &ends[1]).iter().for_each(&mut visit);
        }
    }

    /// The rules that let something through, if only those hold that `holds` says. Of an ordered set it is the first.
    fn allowing(&self, way: &Way<'_>, holds: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut decided: Option<&str> = None;
        let mut allowing = Vec::new();
        for number in way.guarded.guards.common(&way.other.peer) {
            let rule = &self.firewall.rules[number];
            let is_decided = rule.priority.is_some() && decided == Some(&rule.set);
            if is_decided || !way.is_of(rule) || !holds(number) {
                continue;
            }
            decided = Some(&rule.set);
            if rule.action == Action::Allow {
                allowing.push(number);
            }
        }
        allowing
    }
}

/// Into the server and out of the client; where replies are seen too, into the client and out of the server.
fn ways<'a>(key: EdgeKey, edge: &Edge, client: &'a HostRules, server: &'a HostRules) -> [Way<'a>; 4] {
    let service = (key.protocol, key.port);
    let answer = (key.protocol, if key.port == 0 { 0 } else { CLIENT_PORT });
    let at_server = |direction, service, is_reply| {
        let used = Used { peer: key.client, service, records: edge.accepted(), key };
        Way { direction, guarded: server, own: key.server, other: client, is_reply, used }
    };
    let at_client = |direction, service, is_reply| {
        let used = Used { peer: key.server, service, records: edge.accepted(), key };
        Way { direction, guarded: client, own: key.client, other: server, is_reply, used }
    };
    [
        at_server(Direction::Ingress, service, false),
        at_client(Direction::Egress, service, false),
        at_client(Direction::Ingress, answer, true),
        at_server(Direction::Egress, answer, true),
    ]
}

impl Way<'_> {
    /// Does the rule, whose ends fit, speak of it?
    fn is_of(&self, rule: &FirewallRule) -> bool {
        let (protocol, port) = self.used.service;
        let is_local = rule.local.is_empty() || rule.local.iter().any(|prefix| prefix.contains(&self.own));
        let has_port = rule.ports.is_empty() || rule.ports.iter().any(|ports| ports.hold(protocol, port));
        rule.direction == self.direction && (!self.is_reply || rule.is_stateless) && has_port && is_local
    }
}

/// The set, and what it guards where that is less than the set says.
fn guard_text(rule: &FirewallRule) -> String {
    match rule.targets.is_empty() || rule.targets.contains(&rule.set) {
        true => rule.set.clone(),
        false => format!("{} ({})", rule.set, rule.targets.join(", ")),
    }
}
