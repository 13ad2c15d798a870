//! Flows against a policy: accepted outside of it, refused inside of it, and rules that nothing used.

use crate::language::Policy;
use crate::limits::Limits;
use crate::matcher::{Matcher, Side};
use crate::per_host::PerHost;
use crate::traffic::{Edge, EdgeKey, Traffic};
use enrich::service::{protocol_name, service_name};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::rc::Rc;

/// What flows make of a policy.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Audit {
    /// Pairs of client and service that were looked at.
    pub edges: u64,
    /// Of them, those let through and inside the policy.
    pub inside: u64,
    /// Of them, those let through, though the policy does not allow it.
    pub outside_pairs: u64,
    /// Of them, those of which nothing was let through: refused, and the policy does not allow them either.
    pub refused: u64,
    /// Of them, those of which nothing was let through: refused, though the policy allows them.
    pub blocked_pairs: u64,
    /// Of them, those that were neither refused nor, as far as any record shows, let through.
    pub unanswered: u64,
    /// Let through, though the policy does not allow it; most records first.
    pub outside: Vec<Group>,
    /// Refused, though the policy allows it; most records first.
    pub blocked: Vec<Group>,
    /// Groups that were not listed.
    pub unlisted: u64,
    /// Every rule, and what it was used for.
    pub rules: Vec<RuleUse>,
    /// Records that a limit left out.
    pub turned_away: u64,
}

/// Flows between two segments on one service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Clients: their segments, `internet`, or the network they are in.
    pub from: String,
    /// Servers.
    pub to: String,
    /// The service, such as `tcp/443 (https)`.
    pub service: String,
    /// Why: no rule, or the rule that decides, as written.
    pub because: String,
    /// The line of that rule; 0 for none.
    pub line: u32,
    /// Records.
    pub records: u64,
    /// Bytes of both directions.
    pub bytes: u64,
    /// Pairs of hosts.
    pub pairs: u64,
    /// Begin of the first record, in nanoseconds since 1970.
    pub first_ns: i64,
    /// End of the last record.
    pub last_ns: i64,
    /// Pairs with the most records.
    pub examples: Vec<GroupEdge>,
}

/// One pair of hosts of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GroupEdge {
    /// Who opened the connections.
    pub client: IpAddr,
    /// To whom.
    pub server: IpAddr,
    /// Records.
    pub records: u64,
}

/// What a rule was used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleUse {
    /// The rule, as written.
    pub rule: String,
    /// Its line.
    pub line: u32,
    /// Pairs of client and service that it speaks of and that were seen.
    pub pairs: u64,
    /// Records of them.
    pub records: u64,
}

impl Audit {
    /// Rules that nothing used.
    pub fn unused(&self) -> impl Iterator<Item = &RuleUse> {
        self.rules.iter().filter(|rule| rule.pairs == 0)
    }
}

/// Holds traffic against a policy.
pub fn audit(policy: &Policy, traffic: &Traffic, limits: &Limits) -> Audit {
    let use_of = |rule: &crate::language::Rule| RuleUse {
        rule: policy.rule_text(rule),
        line: rule.place.line,
        pairs: 0,
        records: 0,
    };
    let mut auditor = Auditor {
        policy,
        matcher: Matcher::new(policy),
        traffic,
        sides: PerHost::default(),
        names: PerHost::default(),
        outside: BTreeMap::new(),
        blocked: BTreeMap::new(),
        examples_max: limits.examples_max,
        audit: Audit {
            rules: policy.rules.iter().map(use_of).collect(),
            turned_away: traffic.turned_away(),
            ..Audit::default()
        },
    };
    for (key, edge) in traffic.edges() {
        auditor.edge(&key, &edge);
    }
    auditor.finish(limits.groups_max)
}

/// From, to, service, deciding rule.
type GroupKey = (String, String, String, Option<usize>);

struct Auditor<'a> {
    policy: &'a Policy,
    matcher: Matcher,
    traffic: &'a Traffic,
    sides: PerHost<Side>,
    /// The names of each host's segments.
    names: PerHost<String>,
    outside: BTreeMap<GroupKey, Group>,
    blocked: BTreeMap<GroupKey, Group>,
    examples_max: usize,
    audit: Audit,
}

impl Auditor<'_> {
    fn side(&mut self, address: IpAddr) -> Rc<Side> {
        self.sides.get(address, || self.matcher.side(address, self.traffic.host(address)))
    }

    fn edge(&mut self, key: &EdgeKey, edge: &Edge) {
        let (client, server) = (self.side(key.client), self.side(key.server));
        self.audit.edges += 1;
        for rule in self.matcher.rules(&client, &server, key.protocol, key.port) {
            self.audit.rules[rule].pairs += 1;
            self.audit.rules[rule].records += edge.allowed + edge.tried + edge.denied + edge.answers;
        }
        let mut decision = self.matcher.decide(&client, &server, key.protocol, key.port);
        if edge.oriented == 0 && !decision.is_inside() {
            // Who opened it was guessed: it is inside if either way is.
            let turned = self.matcher.decide(&server, &client, key.protocol, key.port);
            decision = if turned.is_inside() { turned } else { decision };
        }
        let accepted = edge.accepted();
        *self.tally(accepted > 0, edge.denied > 0, decision.is_inside()) += 1;
        if accepted > 0 && !decision.is_inside() {
            let names = [self.name(key.client, &client), self.name(key.server, &server)];
            self.add(true, names, key, edge, accepted, decision.deny);
        }
        if edge.denied > 0 && decision.is_inside() {
            let names = [self.name(key.client, &client), self.name(key.server, &server)];
            self.add(false, names, key, edge, edge.denied, decision.allow);
        }
    }

    /// Where a pair is counted: every pair in one place.
    fn tally(&mut self, is_accepted: bool, is_denied: bool, is_inside: bool) -> &mut u64 {
        match (is_accepted, is_denied, is_inside) {
            (true, _, true) => &mut self.audit.inside,
            (true, _, false) => &mut self.audit.outside_pairs,
            (false, true, true) => &mut self.audit.blocked_pairs,
            (false, true, false) => &mut self.audit.refused,
            (false, false, _) => &mut self.audit.unanswered,
        }
    }

    /// What a host is called in a group: by its segments, but not by one that holds another of them whole.
    fn name(&mut self, address: IpAddr, side: &Side) -> String {
        let policy = self.policy;
        let find = || {
            let own: Vec<usize> = side.segments().collect();
            let is_wide = |wide: usize| own.iter().any(|one| *one != wide && policy.is_part(*one, wide));
            let narrow = own.iter().filter(|segment| !is_wide(**segment));
            narrow.map(|number| policy.segments[*number].name.as_str()).collect::<Vec<_>>().join(" + ")
        };
        match self.names.get(address, find).as_str() {
            "" if side.is_internet => "internet".to_owned(),
            "" => crate::learn::network_of(address).to_string(),
            segments => segments.to_owned(),
        }
    }

    fn add(
        &mut self,
        is_outside: bool,
        [from, to]: [String; 2],
        key: &EdgeKey,
        edge: &Edge,
        records: u64,
        rule: Option<usize>,
    ) {
        let service = service_text(key.protocol, key.port);
        let because = match rule {
            Some(rule) => self.policy.rule_text(&self.policy.rules[rule]),
            None => "no rule allows it".to_owned(),
        };
        let line = rule.map_or(0, |rule| self.policy.rules[rule].place.line);
        let groups = if is_outside { &mut self.outside } else { &mut self.blocked };
        let group = groups.entry((from.clone(), to.clone(), service.clone(), rule)).or_insert_with(|| Group {
            from,
            to,
            service,
            because,
            line,
            records: 0,
            bytes: 0,
            pairs: 0,
            first_ns: edge.first_ns,
            last_ns: edge.last_ns,
            examples: Vec::new(),
        });
        group.records += records;
        group.bytes = group.bytes.saturating_add(edge.bytes);
        group.pairs += 1;
        group.first_ns = group.first_ns.min(edge.first_ns);
        group.last_ns = group.last_ns.max(edge.last_ns);
        let example = GroupEdge { client: key.client, server: key.server, records };
        let place = group.examples.partition_point(|other| other.records >= records);
        group.examples.insert(place, example);
        group.examples.truncate(self.examples_max);
    }

    fn finish(mut self, groups_max: usize) -> Audit {
        let mut listed = |groups: BTreeMap<GroupKey, Group>| {
            let mut groups: Vec<Group> = groups.into_values().collect();
            // Equal ones stay in the order of their names.
            groups.sort_by_key(|group| std::cmp::Reverse(group.records));
            self.audit.unlisted += groups.len().saturating_sub(groups_max) as u64;
            groups.truncate(groups_max);
            groups
        };
        let (outside, blocked) = (listed(self.outside), listed(self.blocked));
        Audit { outside, blocked, ..self.audit }
    }
}

/// `tcp/443 (https)`, `icmp`.
pub(crate) fn service_text(protocol: u8, port: u16) -> String {
    let name = protocol_name(protocol).map_or_else(|| format!("proto{protocol}"), str::to_owned);
    match (port, service_name(port, protocol)) {
        (0, _) => name,
        (port, Some(service)) => format!("{name}/{port} ({service})"),
        (port, None) => format!("{name}/{port}"),
    }
}
