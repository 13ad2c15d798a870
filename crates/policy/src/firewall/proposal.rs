//! The narrowest rule that allows what was seen of a rule, and no narrower than can be kept up.

use super::review::Usage;
use super::{Direction, FirewallRule, Peer, ports_text};
use crate::language::Ports;
use crate::learn::cover;
use ipnet::IpNet;
use std::net::IpAddr;

/// Public peers that are named one by one, at most: more are the internet.
const PUBLIC_PEERS_NAMED: usize = 16;
/// Ports that are named one by one, at most: more become the range they lie in.
const PORTS_NAMED: usize = 16;
/// Prefixes in a proposal, at most.
const PREFIXES_MAX: usize = 32;

/// A rule made narrower.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tightened {
    /// Services; empty is every one.
    pub ports: Vec<Ports>,
    /// Other ends, if they are to be narrower than the rule's own.
    pub prefixes: Option<Vec<IpNet>>,
}

impl Tightened {
    /// What a used rule could be; `None` if it fits as it is.
    pub(super) fn of(rule: &FirewallRule, usage: &Usage) -> Option<Tightened> {
        let ports = narrower_ports(rule, usage);
        let prefixes = narrower_prefixes(rule, usage);
        if ports.is_none() && prefixes.is_none() {
            return None;
        }
        Some(Tightened { ports: ports.unwrap_or_else(|| rule.ports.clone()), prefixes })
    }

    /// Does it still allow this peer and service, which the rule itself allows?
    pub(super) fn holds(&self, peer: IpAddr, protocol: u8, port: u16) -> bool {
        let has_port = self.ports.is_empty() || self.ports.iter().any(|ports| ports.hold(protocol, port));
        has_port && self.prefixes.as_ref().is_none_or(|prefixes| prefixes.iter().any(|prefix| prefix.contains(&peer)))
    }

    /// The narrower rule as text: `ingress allow tcp/443 from 10.0.1.0/28`.
    pub fn text(&self, rule: &FirewallRule) -> String {
        let preposition =
            if rule.direction == Direction::Ingress { "ingress allow {} from" } else { "egress allow {} to" };
        let peers: Vec<String> = match &self.prefixes {
            Some(prefixes) => prefixes.iter().map(IpNet::to_string).collect(),
            None => rule.peers.iter().map(Peer::to_string).collect(),
        };
        format!("{} {}", preposition.replace("{}", &ports_text(&self.ports)), peers.join(", "))
    }
}

/// The ports in use, if the rule allows more of them.
fn narrower_ports(rule: &FirewallRule, usage: &Usage) -> Option<Vec<Ports>> {
    let mut used: Vec<Ports> = Vec::new();
    let protocols: std::collections::BTreeSet<u8> = usage.services.iter().map(|service| service.0).collect();
    for protocol in protocols {
        let ports: Vec<u16> =
            usage.services.iter().filter(|service| service.0 == protocol).map(|service| service.1).collect();
        let (first, last) = (ports.first().copied()?, ports.last().copied()?);
        match ports.len() {
            1 if first == 0 => used.push(Ports::all(protocol)),
            count if count <= PORTS_NAMED => used.extend(ports.into_iter().map(|port| Ports::one(protocol, port))),
            _ => used.push(Ports { protocol, first, last }),
        }
    }
    // Every port of the rule is in use, or an identifier stands for the whole of it.
    let is_all_used = !rule.ports.is_empty() && rule.ports.iter().all(|ports| is_covered(ports, &used));
    (!is_all_used && !usage.is_cut).then_some(used)
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
fn narrower_prefixes(rule: &FirewallRule, usage: &Usage) -> Option<Vec<IpNet>> {
    let is_wide = |peer: &Peer| match peer {
        Peer::Prefix(IpNet::V4(prefix)) => prefix.prefix_len() < 24,
        Peer::Prefix(IpNet::V6(prefix)) => prefix.prefix_len() < 64,
        Peer::Internet | Peer::Private => true,
        Peer::Label(_) | Peer::Unknown(_) => false,
    };
    let public = usage.peers.iter().filter(|peer| crate::exposure::is_public(**peer)).count();
    if !rule.peers.iter().any(is_wide) || public > PUBLIC_PEERS_NAMED || usage.is_cut {
        return None;
    }
    let prefixes = cover(&usage.peers, &usage.peers.iter().copied().collect::<Vec<_>>());
    (prefixes.len() <= PREFIXES_MAX).then_some(prefixes)
}
