//! Firewalls against flows: which rules nothing used, which allow more than was used, what a narrower one would refuse.

use super::compiled::{Compiled, Used};
use super::covered::covering;
use super::proposal::Tightened;
use super::{Direction, Firewall, FirewallRule, Peer};
use crate::audit::{GroupEdge, service_text};
use crate::language::Action;
use crate::limits::Limits;
use crate::traffic::Traffic;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Pairs of service and peer of a rule that are remembered, at most.
const USAGE_MAX: usize = 20_000;

/// What flows make of firewalls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Review {
    /// Every rule that allows something, and those that can never hold: worst first.
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
    /// It can never hold: an earlier rule covers it.
    Covered,
    /// Its set guards no host.
    Unattached,
    /// It allows what was used.
    Fits,
    /// It is the cloud's own and was used: only a rule before it can narrow it.
    Default,
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
    /// Its priority or number, where rules are asked in order.
    pub priority: Option<i64>,
    /// The rule, such as `ingress allow tcp/22 from 0.0.0.0/0`.
    pub rule: String,
    /// Of one that can never hold, the earlier rule that covers it: `deny-ssh (115): ingress deny tcp/22 from 0.0.0.0/0`.
    pub covered_by: String,
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
    /// The narrower rules that stand for it, none where it fits; of an unused one: to take it away.
    pub proposal: Vec<String>,
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
    /// Services, and the peers of each.
    pub(super) services: BTreeMap<(u8, u16), BTreeSet<IpAddr>>,
    /// There were more peers or services than are remembered.
    pub(super) is_cut: bool,
    /// Pairs of service and peer that are remembered.
    held: usize,
}

impl Usage {
    fn add(&mut self, used: &Used) {
        self.pairs += 1;
        self.records += used.records;
        let has_room = self.held < USAGE_MAX;
        self.is_cut |= !has_room;
        if has_room {
            self.peers.insert(used.peer);
            self.held += usize::from(self.services.entry(used.service).or_default().insert(used.peer));
        }
    }
}

/// What becomes of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Change {
    None,
    Narrower(Tightened),
    TakenAway,
}

impl Change {
    /// Does the rule still hold for that?
    fn holds(&self, used: &Used) -> bool {
        match self {
            Change::None => true,
            Change::Narrower(narrower) => narrower.holds(used.peer, used.service.0, used.service.1),
            Change::TakenAway => false,
        }
    }
}

/// Holds firewalls against a period of traffic, and all proposals together against a later one.
pub fn review(firewall: &Firewall, traffic: &Traffic, later: Option<&Traffic>, limits: &Limits) -> Review {
    let compiled = Compiled::new(firewall, traffic);
    let mut usages = vec![Usage::default(); firewall.rules.len()];
    compiled.each_use(traffic, |rule, used| usages[rule].add(used));
    let covering = covering(&firewall.rules);
    let verdict =
        |number: usize| verdict(&firewall.rules[number], &usages[number], covering[number], compiled.is_idle(number));
    let judged: Vec<(Verdict, Change)> = (0..firewall.rules.len()).map(verdict).collect();
    let mut denied = later.map(|later| denied_later(firewall, later, &judged, limits.examples_max)).unwrap_or_default();
    let is_told = |number: &usize| {
        let (rule, verdict) = (&firewall.rules[*number], judged[*number].0);
        let is_used_default = rule.is_default && verdict == Verdict::Default;
        (rule.action == Action::Allow && !rule.is_default) || is_used_default || verdict == Verdict::Covered
    };
    let told = |number: usize| {
        let by = covering[number].map(|by| place_text(&firewall.rules[by])).unwrap_or_default();
        rule_review(&firewall.rules[number], &usages[number], &judged[number], by, denied.remove(&number))
    };
    let mut rules: Vec<RuleReview> = (0..firewall.rules.len()).filter(is_told).map(told).collect();
    rules.sort_by_key(|rule| (rule.verdict, !rule.is_open));
    Review { rules, notes: firewall.notes.iter().cloned().chain(compiled.notes).collect() }
}

/// How well a rule fits, and what is to become of it.
fn verdict(rule: &FirewallRule, usage: &Usage, covering: Option<usize>, is_idle: bool) -> (Verdict, Change) {
    let is_unknown = rule.peers.iter().all(|peer| matches!(peer, Peer::Unknown(_)));
    match usage.pairs {
        _ if covering.is_some() => (Verdict::Covered, Change::TakenAway),
        _ if rule.is_default && rule.action == Action::Allow && usage.pairs > 0 => (Verdict::Default, Change::None),
        _ if rule.is_default || rule.action == Action::Deny => (Verdict::Fits, Change::None),
        0 if is_idle => (Verdict::Unattached, Change::TakenAway),
        0 if is_unknown => (Verdict::Unknown, Change::None),
        0 => (Verdict::Unused, Change::TakenAway),
        _ => match Tightened::of(rule, usage).filter(|_| !rule.is_stateless) {
            Some(narrower) => (Verdict::TooWide, Change::Narrower(narrower)),
            None => (Verdict::Fits, Change::None),
        },
    }
}

/// What each changed rule let through, and what the changed rules together refuse: another rule may let it through.
fn denied_later(
    firewall: &Firewall,
    later: &Traffic,
    judged: &[(Verdict, Change)],
    examples_max: usize,
) -> BTreeMap<usize, DeniedLater> {
    let changed = (0..judged.len()).filter(|number| judged[*number].1 != Change::None);
    let mut denied: BTreeMap<usize, DeniedLater> = changed.map(|number| (number, DeniedLater::default())).collect();
    let compiled = Compiled::new(firewall, later);
    compiled.each_refusal(
        later,
        |rule, used| judged[rule].1.holds(used),
        |rule, used| {
            let Some(denied) = denied.get_mut(&rule) else { return };
            denied.pairs += 1;
            denied.records += used.records;
            if denied.examples.len() < examples_max {
                let (client, server) = (used.key.client, used.key.server);
                denied.examples.push(GroupEdge { client, server, records: used.records });
            }
        },
    );
    denied
}

/// Where a rule stands, and what it says: `deny-ssh (115): ingress deny tcp/22 from 0.0.0.0/0`.
fn place_text(rule: &FirewallRule) -> String {
    let priority = rule.priority.map(|priority| priority.to_string()).unwrap_or_default();
    match rule.name == priority {
        true => format!("{priority}: {rule}"),
        false => format!("{} ({priority}): {rule}", rule.name),
    }
}

fn rule_review(
    rule: &FirewallRule,
    usage: &Usage,
    (verdict, change): &(Verdict, Change),
    covered_by: String,
    denied_later: Option<DeniedLater>,
) -> RuleReview {
    let is_everywhere = |peer: &Peer| match peer {
        Peer::Prefix(prefix) => prefix.prefix_len() == 0,
        other => *other == Peer::Internet,
    };
    const SERVICES_SHOWN: usize = 16;
    let shown = usage.services.keys().take(SERVICES_SHOWN);
    RuleReview {
        set: rule.set.clone(),
        set_name: rule.set_name.clone(),
        name: rule.name.clone(),
        priority: rule.priority,
        rule: rule.to_string(),
        covered_by,
        verdict: *verdict,
        is_open: rule.direction == Direction::Ingress && rule.peers.iter().any(is_everywhere),
        pairs: usage.pairs,
        records: usage.records,
        peers: usage.peers.len() as u64,
        services: shown.map(|(protocol, port)| service_text(*protocol, *port)).collect(),
        proposal: match change {
            Change::None => Vec::new(),
            Change::TakenAway => vec!["take it away".to_owned()],
            Change::Narrower(narrower) => narrower.texts(rule),
        },
        denied_later,
    }
}
