//! Rules that can never hold: an earlier one of the same set covers all that they speak of.

use super::{FirewallRule, Peer};
use crate::exposure::is_public;
use crate::language::Ports;
use crate::matcher::is_private_address;
use ipnet::IpNet;

/// Rules of one set that are held against each other, at most: it takes the square of them.
const COMPARED_MAX: usize = 3_000;

/// For each rule, the earlier one that covers it. Rules are in the order in which they are asked.
pub(super) fn covering(rules: &[FirewallRule]) -> Vec<Option<usize>> {
    let mut covering = vec![None; rules.len()];
    let mut first = 0;
    for set in rules.chunk_by(|one, other| one.set == other.set && one.direction == other.direction) {
        for (place, rule) in set.iter().enumerate().take(COMPARED_MAX) {
            let earlier = set[..place].iter().position(|other| is_covered(rule, other));
            covering[first + place] = earlier.map(|other| first + other);
        }
        first += set.len();
    }
    covering
}

/// Is there nothing that the rule decides, where the other one is asked before it? Of rules without priority all decide,
/// and what is the cloud's own stands for the rest.
fn is_covered(rule: &FirewallRule, other: &FirewallRule) -> bool {
    let is_ordered = rule.priority.is_some() && other.priority.is_some() && !rule.is_default;
    // Unless some target is named, a rule of GCP guards its whole network.
    let guards = |target: &String| other.targets.contains(target) || other.targets.contains(&other.set);
    let has_ports = |ports: &Ports| other.ports.iter().any(|wider| ports.within(wider));
    let has_peer = |peer: &Peer| is_peer_covered(peer, &other.peers);
    let is_local = |prefix: &IpNet| other.local.iter().any(|wider| wider.contains(prefix));
    is_ordered
        && !rule.peers.is_empty()
        && rule.targets.iter().all(guards)
        && (other.ports.is_empty() || (!rule.ports.is_empty() && rule.ports.iter().all(has_ports)))
        && rule.peers.iter().all(has_peer)
        && (other.local.is_empty() || (!rule.local.is_empty() && rule.local.iter().all(is_local)))
}

fn is_peer_covered(peer: &Peer, others: &[Peer]) -> bool {
    let has_all = |is_v4: bool| {
        others.iter().any(
            |other| matches!(other, Peer::Prefix(wide) if wide.prefix_len() == 0 && wide.addr().is_ipv4() == is_v4),
        )
    };
    let is_everywhere = has_all(true) && has_all(false);
    let is_in_prefix =
        |prefix: &IpNet| others.iter().any(|other| matches!(other, Peer::Prefix(wide) if wide.contains(prefix)));
    match peer {
        Peer::Prefix(prefix) => {
            let is_within = is_in_prefix(prefix);
            is_within
                || others.contains(&Peer::Private) && is_private(prefix)
                || others.contains(&Peer::Internet) && is_internet(prefix)
        }
        peer => is_everywhere || others.contains(peer),
    }
}

/// No private block touches another, so both ends in one are all in one.
fn is_private(prefix: &IpNet) -> bool {
    is_private_address(prefix.network()) && is_private_address(prefix.broadcast()) && prefix.prefix_len() >= 7
}

/// No special block is smaller than a /24 or a /48 and lies within public space beside its ends.
fn is_internet(prefix: &IpNet) -> bool {
    let is_short = prefix.prefix_len() >= if matches!(prefix, IpNet::V4(_)) { 24 } else { 48 };
    is_short && is_public(prefix.network()) && is_public(prefix.broadcast())
}
