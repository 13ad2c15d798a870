//! The narrowest rule that allows what was seen of a rule, and no narrower than can be kept up.

use super::review::Usage;
use super::{Direction, FirewallRule, Peer, ports_text};
use crate::language::Ports;
use crate::learn::cover;
use ipnet::IpNet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Public peers that are named one by one, at most: more are the internet.
const PUBLIC_PEERS_NAMED: usize = 16;
/// Ports that are named one by one, at most: more become the range they lie in.
const PORTS_NAMED: usize = 16;
/// Prefixes in a proposal, at most.
const PREFIXES_MAX: usize = 32;

/// Narrower rules that stand for one rule, at most: more become one.
const PARTS_MAX: usize = 16;

/// A rule made narrower: one rule for the services that have the same other ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tightened {
    /// What is still allowed: any of these.
    pub parts: Vec<Part>,
}

/// Services and their other ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Services; empty is every one.
    pub ports: Vec<Ports>,
    /// Other ends, if they are to be narrower than the rule's own.
    pub prefixes: Option<Vec<IpNet>>,
}

impl Tightened {
    /// What a used rule could be; `None` if it fits as it is.
    pub(super) fn of(rule: &FirewallRule, usage: &Usage) -> Option<Tightened> {
        if usage.is_cut {
            return None;
        }
        let used = services(usage.services.keys());
        // Every port of the rule is in use, or an identifier stands for the whole of it.
        let is_all_used = !rule.ports.is_empty() && rule.ports.iter().all(|ports| is_covered(ports, &used));
        let parts = parts(rule, usage);
        match &parts[..] {
            [part] if part.prefixes.is_none() && is_all_used => None,
            [part] if is_all_used => {
                Some(Tightened { parts: vec![Part { ports: rule.ports.clone(), ..part.clone() }] })
            }
            _ => Some(Tightened { parts }),
        }
    }

    /// Does it still allow this peer and service, which the rule itself allows?
    pub(super) fn holds(&self, peer: IpAddr, protocol: u8, port: u16) -> bool {
        self.parts.iter().any(|part| part.holds(peer, protocol, port))
    }

    /// The narrower rules as text: `ingress allow tcp/443 from 10.0.1.0/28`.
    pub fn texts(&self, rule: &FirewallRule) -> Vec<String> {
        self.parts.iter().map(|part| part.text(rule)).collect()
    }
}

impl Part {
    fn holds(&self, peer: IpAddr, protocol: u8, port: u16) -> bool {
        let has_port = self.ports.is_empty() || self.ports.iter().any(|ports| ports.hold(protocol, port));
        has_port && self.prefixes.as_ref().is_none_or(|prefixes| prefixes.iter().any(|prefix| prefix.contains(&peer)))
    }

    fn text(&self, rule: &FirewallRule) -> String {
        let preposition =
            if rule.direction == Direction::Ingress { "ingress allow {} from" } else { "egress allow {} to" };
        let peers: Vec<String> = match &self.prefixes {
            Some(prefixes) => prefixes.iter().map(IpNet::to_string).collect(),
            None => rule.peers.iter().map(Peer::to_string).collect(),
        };
        format!("{} {}", preposition.replace("{}", &ports_text(&self.ports)), peers.join(", "))
    }
}

/// Services with the same other ends together; all as one if that would be too many rules.
fn parts(rule: &FirewallRule, usage: &Usage) -> Vec<Part> {
    let mut groups: BTreeMap<Option<Vec<IpNet>>, Vec<(u8, u16)>> = BTreeMap::new();
    for (service, peers) in &usage.services {
        groups.entry(narrower_prefixes(rule, peers)).or_default().push(*service);
    }
    if groups.len() > PARTS_MAX {
        let all = usage.services.keys().copied().collect();
        groups = BTreeMap::from([(narrower_prefixes(rule, &usage.peers), all)]);
    }
    let mut parts: Vec<Part> =
        groups.into_iter().map(|(prefixes, own)| Part { ports: services(own.iter()), prefixes }).collect();
    parts.sort_by(|one, other| one.ports.cmp(&other.ports));
    parts
}

/// Services, in order, as ports; many of one protocol as the range they lie in.
fn services<'a>(services: impl Iterator<Item = &'a (u8, u16)> + Clone) -> Vec<Ports> {
    let mut used: Vec<Ports> = Vec::new();
    let protocols: BTreeSet<u8> = services.clone().map(|service| service.0).collect();
    for protocol in protocols {
        let ports: Vec<u16> =
            services.clone().filter(|service| service.0 == protocol).map(|service| service.1).collect();
        let (Some(&first), Some(&last)) = (ports.first(), ports.last()) else { continue };
        match ports.len() {
            1 if first == 0 => used.push(Ports::all(protocol)),
            count if count <= PORTS_NAMED => used.extend(ports.into_iter().map(|port| Ports::one(protocol, port))),
            _ => used.push(Ports { protocol, first, last }),
        }
    }
    used
}

/// Do these, some of which may be neighbours, hold all of that range?
fn is_covered(range: &Ports, used: &[Ports]) -> bool {
    let mut next = u32::from(range.first);
    for ports in used.iter().filter(|ports| ports.protocol == range.protocol) {
        if u32::from(ports.first) <= next && next <= u32::from(ports.last) {
            next = u32::from(ports.last) + 1;
        }
    }
    next > u32::from(range.last)
}

/// Prefixes for the peers that were seen, if the rule allows many more.
fn narrower_prefixes(rule: &FirewallRule, peers: &BTreeSet<IpAddr>) -> Option<Vec<IpNet>> {
    let is_wide = |peer: &Peer| match peer {
        Peer::Prefix(IpNet::V4(prefix)) => prefix.prefix_len() < 24,
        Peer::Prefix(IpNet::V6(prefix)) => prefix.prefix_len() < 64,
        Peer::Internet | Peer::Private => true,
        Peer::Label(_) | Peer::Unknown(_) => false,
    };
    let public = peers.iter().filter(|peer| crate::exposure::is_public(**peer)).count();
    if !rule.peers.iter().any(is_wide) || public > PUBLIC_PEERS_NAMED {
        return None;
    }
    let prefixes = cover(peers, &peers.iter().copied().collect::<Vec<_>>());
    (prefixes.len() <= PREFIXES_MAX).then_some(prefixes)
}
