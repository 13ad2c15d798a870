//! Firewalls against flows: which rules nothing used, which allow more than was used, what a narrower one would refuse.

use super::proposal::Tightened;
use super::{Direction, Firewall, FirewallRule, Peer};
use crate::audit::{GroupEdge, service_text};
use crate::bits::Bits;
use crate::language::Action;
use crate::limits::Limits;
use crate::matcher::is_private_address;
use crate::per_host::PerHost;
use crate::prefixes::Prefixes;
use crate::traffic::{Edge, EdgeKey, Traffic};
use hashbrown::HashMap;
use serde::Serialize;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Peers and services of a rule that are remembered, at most.
const USAGE_MAX: usize = 10_000;
/// Stands for any port that a client draws.
const CLIENT_PORT: u16 = 49_152;

/// What flows make of firewalls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Review {
    /// Every rule that allows something: worst first.
    pub rules: Vec<RuleReview>,
    /// What could not be taken over or looked at, and what it means.
    pub notes: Vec<String>,
}

/// How well a rule fits what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It allows more than was used.
    TooWide,
    /// Nothing used it.
    Unused,
    /// It allows what was used.
    Fits,
    /// Its other end is not known here.
    Unknown,
}

/// What flows make of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleReview {
    /// The set: a security group, an ACL, an NSG, a network.
    pub set: String,
    /// The set's name for people.
    pub set_name: String,
    /// The rule's own name or number.
    pub name: String,
    /// The rule, such as `ingress allow tcp/22 from 0.0.0.0/0`.
    pub rule: String,
    /// How well it fits.
    pub verdict: Verdict,
    /// Does it let every address of the internet in?
    pub is_open: bool,
    /// Pairs of client and service that used it.
    pub pairs: u64,
    /// Records of them.
    pub records: u64,
    /// Other ends that used it.
    pub peers: u64,
    /// Services that were used, such as `tcp/443 (https)`.
    pub services: Vec<String>,
    /// The narrower rule, or empty where it fits; of an unused one: to take it away.
    pub proposal: String,
    /// What the proposal would have refused in the later period.
    pub denied_later: Option<DeniedLater>,
}

/// Traffic of the later period that a proposal refuses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeniedLater {
    /// Pairs of client and service.
    pub pairs: u64,
    /// Records of them.
    pub records: u64,
    /// Some of them.
    pub examples: Vec<GroupEdge>,
}

/// What used a rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Usage {
    pub(super) pairs: u64,
    pub(super) records: u64,
    pub(super) peers: BTreeSet<IpAddr>,
    pub(super) services: BTreeSet<(u8, u16)>,
    /// There were more peers or services than are remembered.
    pub(super) is_cut: bool,
}

impl Usage {
    fn add(&mut self, used: &Used) {
        self.pairs += 1;
        self.records += used.records;
        let has_room = self.peers.len() < USAGE_MAX && self.services.len() < USAGE_MAX;
        self.is_cut |= !has_room;
        if has_room {
            self.peers.insert(used.peer);
            self.services.insert(used.service);
        }
    }
}

/// One use of a rule: the other end, the service at it or at the guarded host, and where it was seen.
struct Used {
    peer: IpAddr,
    service: (u8, u16),
    records: u64,
    key: EdgeKey,
}

/// Holds firewalls against a period of traffic, and the proposals against a later one.
pub fn review(firewall: &Firewall, traffic: &Traffic, later: Option<&Traffic>, limits: &Limits) -> Review {
    let compiled = Compiled::new(firewall, traffic);
    let mut usages = vec![Usage::default(); firewall.rules.len()];
    compiled.each_use(traffic, |rule, used| usages[rule].add(used));
    let proposals: Vec<Option<Tightened>> =
        firewall.rules.iter().zip(&usages).map(|(rule, usage)| proposal(rule, usage)).collect();
    let mut denied: Vec<Option<DeniedLater>> = vec![None; firewall.rules.len()];
    if let Some(later) = later {
        let refuses = |rule: usize, used: &Used| match &proposals[rule] {
            Some(narrower) => !narrower.holds(used.peer, used.service.0, used.service.1),
            // What is taken away refuses everything.
            None => usages[rule].pairs == 0,
        };
        let compiled = Compiled::new(firewall, later);
        for (rule, place) in denied.iter_mut().enumerate() {
            *place = (proposals[rule].is_some() || usages[rule].pairs == 0).then(DeniedLater::default);
        }
        compiled.each_use(later, |rule, used| {
            if let Some(denied) = denied[rule].as_mut().filter(|_| refuses(rule, used)) {
                denied.pairs += 1;
                denied.records += used.records;
                if denied.examples.len() < limits.examples_max {
                    denied.examples.push(GroupEdge {
                        client: used.key.client,
                        server: used.key.server,
                        records: used.records,
                    });
                }
            }
        });
    }
    let mut notes = firewall.notes.clone();
    notes.extend(compiled.notes);
    let reviewed = firewall.rules.iter().enumerate().filter(|(_, rule)| rule.action == Action::Allow);
    let mut rules: Vec<RuleReview> = reviewed
        .map(|(number, rule)| rule_review(rule, &usages[number], proposals[number].as_ref(), denied[number].take()))
        .collect();
    rules.sort_by_key(|rule| (rule.verdict, !rule.is_open));
    Review { rules, notes }
}

fn proposal(rule: &FirewallRule, usage: &Usage) -> Option<Tightened> {
    Tightened::of(rule, usage).filter(|_| usage.pairs > 0 && !rule.is_stateless)
}

fn rule_review(
    rule: &FirewallRule,
    usage: &Usage,
    narrower: Option<&Tightened>,
    denied_later: Option<DeniedLater>,
) -> RuleReview {
    let is_unknown = rule.peers.iter().all(|peer| matches!(peer, Peer::Unknown(_)));
    let verdict = match (usage.pairs, narrower) {
        (0, _) if is_unknown => Verdict::Unknown,
        (0, _) => Verdict::Unused,
        (_, Some(_)) => Verdict::TooWide,
        (_, None) => Verdict::Fits,
    };
    let is_everywhere = |peer: &Peer| match peer {
        Peer::Prefix(prefix) => prefix.prefix_len() == 0,
        other => *other == Peer::Internet,
    };
    const SERVICES_SHOWN: usize = 16;
    RuleReview {
        set: rule.set.clone(),
        set_name: rule.set_name.clone(),
        name: rule.name.clone(),
        rule: rule.to_string(),
        verdict,
        is_open: rule.direction == Direction::Ingress && rule.peers.iter().any(is_everywhere),
        pairs: usage.pairs,
        records: usage.records,
        peers: usage.peers.len() as u64,
        services: usage
            .services
            .iter()
            .take(SERVICES_SHOWN)
            .map(|(protocol, port)| service_text(*protocol, *port))
            .collect(),
        proposal: match verdict {
            Verdict::Unused => "take it away".to_owned(),
            _ => narrower.map(|narrower| narrower.text(rule)).unwrap_or_default(),
        },
        denied_later: denied_later.filter(|_| verdict != Verdict::Unknown),
    }
}

/// Rules by what hosts are: guarded by them, or their other end.
struct Compiled<'a> {
    firewall: &'a Firewall,
    prefixes: Prefixes,
    /// Rules whose other end has this label, and rules that guard it.
    peers: HashMap<&'a str, Bits>,
    targets: HashMap<&'a str, Bits>,
    internet: Bits,
    private: Bits,
    /// Rules that no known host is guarded by: they are held against every host of this side.
    unattached: Bits,
    notes: Vec<String>,
}

/// What a host is to the rules.
#[derive(PartialEq, Eq, Hash)]
struct HostRules {
    guards: Bits,
    peer: Bits,
}

impl<'a> Compiled<'a> {
    fn new(firewall: &'a Firewall, traffic: &Traffic) -> Compiled<'a> {
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

    fn find_unattached(&mut self, traffic: &Traffic) {
        let mut known: BTreeSet<&str> = self.firewall.labels.values().flatten().map(String::as_str).collect();
        known.extend(traffic.hosts().flat_map(|host| [host.subnet.as_deref(), host.vpc.as_deref()]).flatten());
        let mut sets = BTreeSet::new();
        for (number, rule) in self.firewall.rules.iter().enumerate() {
            if !rule.targets.iter().any(|target| known.contains(target.as_str())) {
                self.unattached.insert(number);
                sets.insert(rule.set.as_str());
            }
        }
        let told = |set: &&str| {
            format!("{set}: no file says which hosts it guards, so it is held against every host of this side")
        };
        self.notes.extend(sets.iter().map(told));
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
    fn each_use(&self, traffic: &Traffic, mut visit: impl FnMut(usize, &Used)) {
        let mut hosts: PerHost<HostRules> = PerHost::default();
        for (key, edge) in traffic.edges() {
            if edge.accepted() == 0 {
                continue;
            }
            let ends = [key.client, key.server].map(|address| hosts.get(address, || self.host(address, traffic)));
            self.uses_of(&key, &edge, &ends[0], &ends[1], &mut visit);
        }
    }

    fn uses_of(
        &self,
        key: &EdgeKey,
        edge: &Edge,
        client: &HostRules,
        server: &HostRules,
        visit: &mut impl FnMut(usize, &Used),
    ) {
        let records = edge.accepted();
        let service = (key.protocol, key.port);
        let answer = (key.protocol, if key.port == 0 { 0 } else { CLIENT_PORT });
        // Into the server and out of the client; where replies are seen too, into the client and out of the server.
        let ways = [
            (Direction::Ingress, server, key.server, client, key.client, service, false),
            (Direction::Egress, client, key.client, server, key.server, service, false),
            (Direction::Ingress, client, key.client, server, key.server, answer, true),
            (Direction::Egress, server, key.server, client, key.client, answer, true),
        ];
        for (direction, guarded, own, other, peer, service, is_reply) in ways {
            let mut decided: Option<&str> = None;
            for number in guarded.guards.common(&other.peer) {
                let rule = &self.firewall.rules[number];
                let is_local = rule.local.is_empty() || rule.local.iter().any(|prefix| prefix.contains(&own));
                let holds = rule.ports.is_empty() || rule.ports.iter().any(|ports| ports.hold(service.0, service.1));
                let is_due = rule.direction == direction && (!is_reply || rule.is_stateless);
                if !is_due || !holds || !is_local || (rule.priority.is_some() && decided == Some(&rule.set)) {
                    continue;
                }
                decided = Some(&rule.set);
                if rule.action == Action::Allow {
                    visit(number, &Used { peer, service, records, key: *key });
                }
            }
        }
    }
}
