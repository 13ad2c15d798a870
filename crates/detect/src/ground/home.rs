//! Where the sensor is, if no address says it: universities and hosters watch public addresses.

use super::conversation::Conversation;
use super::estate::Host;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// Pairs of addresses of the internet that are needed for a verdict, and the part of all conversations that is between such.
const PAIRS_MIN: usize = 20;
const FOREIGN_PART: f64 = 0.5;
/// The network takes part in so many of them.
const COVERED_PART: f64 = 0.9;
/// A network that only knocks in vain is a scanner's, wherever the sensor is.
const ANSWERED_PART: f64 = 0.1;
/// Bits of a network: a host, a subnet, a site.
const LENGTHS: [(u32, u32); 4] = [(32, 128), (24, 64), (20, 56), (16, 48)];

/// How many pairs a network takes part in, and in how many of them somebody answered.
#[derive(Clone, Copy, Default)]
struct Part {
    all: usize,
    answered: usize,
}

fn network(address: IpAddr, (v4, v6): (u32, u32)) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits() >> (32 - v4)),
        // Apart from those of IPv4.
        IpAddr::V6(address) => !(address.to_bits() >> (128 - v6)),
    }
}

/// A site's IPv6 addresses are the internet's: who is in the same /56 (RFC 6177; an AWS VPC) as one that was observed at
/// its own interface is inside too, also one that never answers; and in the same /48, if two such /56 lie in it.
pub(super) fn learn_sites(hosts: &mut [Host]) {
    let bits = |host: &Host| match host.address {
        IpAddr::V6(address) => Some(address.to_bits()),
        IpAddr::V4(_) => None,
    };
    let sites: HashSet<u128> =
        hosts.iter().filter(|host| host.is_inside).filter_map(bits).map(|bits| bits >> 72).collect();
    let mut wide: HashMap<u128, usize> = HashMap::new();
    sites.iter().for_each(|site| *wide.entry(site >> 8).or_default() += 1);
    for host in hosts {
        let is_near =
            |bits: u128| sites.contains(&(bits >> 72)) || wide.get(&(bits >> 80)).is_some_and(|sites| *sites > 1);
        host.is_inside |= bits(host).is_some_and(is_near);
    }
}

/// Marks the hosts of the one network that takes part in nearly all pairs, if most conversations are between two addresses of
/// the internet: the smallest such network. Whoever is inside by his address stays so.
pub(super) fn learn(hosts: &mut [Host], conversations: &[Conversation]) {
    let is_outside = |place: u32| !hosts[place as usize].is_inside;
    let is_foreign = |talk: &&Conversation| is_outside(talk.client) && is_outside(talk.server);
    let foreign = conversations.iter().filter(is_foreign).count();
    if (foreign as f64) < conversations.len() as f64 * FOREIGN_PART {
        return;
    }
    // Many ports of one host are no more than one: conversations of a pair lie side by side.
    let runs = conversations.chunk_by(|a, b| (a.client, a.server) == (b.client, b.server));
    let pairs = runs.filter(|run| is_foreign(&&run[0])).map(|run| {
        let is_answered = run.iter().any(|talk| talk.best.is_success());
        (run[0].client, run[0].server, is_answered)
    });
    let pairs: Vec<(u32, u32, bool)> = pairs.collect();
    if pairs.len() < PAIRS_MIN {
        return;
    }
    let found = LENGTHS.iter().find_map(|length| Some((*length, home(hosts, &pairs, *length)?)));
    let Some((length, home)) = found else { return };
    for host in hosts {
        host.is_inside |= network(host.address, length) == home;
    }
}

/// The network of that length that takes part in nearly all.
fn home(hosts: &[Host], pairs: &[(u32, u32, bool)], length: (u32, u32)) -> Option<u128> {
    let mut parts: HashMap<u128, Part> = HashMap::new();
    for (client, server, is_answered) in pairs {
        let [client, server] = [*client, *server].map(|place| network(hosts[place as usize].address, length));
        for network in [client, server].into_iter().take(if client == server { 1 } else { 2 }) {
            let part = parts.entry(network).or_default();
            part.all += 1;
            part.answered += usize::from(*is_answered);
        }
    }
    let is_home = |part: &Part| {
        part.all as f64 >= pairs.len() as f64 * COVERED_PART && part.answered as f64 >= part.all as f64 * ANSWERED_PART
    };
    // Of two that take part in all, the one that is asked and answered more.
    let homes = parts.into_iter().filter(|(_, part)| is_home(part));
    homes.max_by_key(|(network, part)| (part.answered, part.all, *network)).map(|(network, _)| network)
}
