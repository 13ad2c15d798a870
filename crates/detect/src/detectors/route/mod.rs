//! Conversations of which one way is missing, although the log has both ways of others: what routes, second gateways and
//! lists without memory do.
//!
//! [`denied`](denied::answers): the answer was turned away. [`asymmetric`](asymmetric::paths): both spoke, and nobody recorded
//! both ways. [`oneway`](oneway::paths): requests leave, and no answer arrives. [`lost`](lost::paths): a router says that it lost
//! packets. All are about two networks, not about two
//! hosts: routes are.

pub(super) mod asymmetric;
pub(super) mod denied;
pub(super) mod lost;
pub(super) mod oneway;

use super::subnet::Subnet;
use crate::finding::{Finding, between, query, row};
use crate::ground::{Conversation, Estate, Record, Session, Sign};
use enrich::AddressClass;
use std::collections::BTreeMap;
use std::fmt;

/// The ways of a conversation that were recorded, at each vantage. `elsewhere` may be any: where a log does not say which way
/// a record went, and interfaces have several addresses, only some of their records are known to be theirs.
#[derive(Clone, Copy, Debug, Default)]
struct Ways {
    at_client: Way,
    at_server: Way,
    elsewhere: Way,
}

/// What one vantage recorded.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    /// The request passed.
    is_up: bool,
    /// The answer passed.
    is_down: bool,
    /// The request was turned away.
    is_up_denied: bool,
    /// Packets of answers that were turned away.
    down_denied: u64,
}

impl Way {
    fn add(&mut self, record: &Record) {
        let is_denied = record.signs.has(Sign::DENIED);
        let (is_up, is_down) = (record.up_packets > 0, record.down_packets > 0);
        self.is_up |= is_up && !is_denied;
        self.is_down |= is_down && !is_denied;
        self.is_up_denied |= is_denied && !is_down;
        if is_denied && is_down && !is_up {
            self.down_denied = self.down_denied.saturating_add(record.down_packets.into());
        }
    }

    /// What either of two recorded.
    fn or(self, other: Way) -> Way {
        Way {
            is_up: self.is_up || other.is_up,
            is_down: self.is_down || other.is_down,
            is_up_denied: self.is_up_denied || other.is_up_denied,
            down_denied: self.down_denied.saturating_add(other.down_denied),
        }
    }

    fn is_both(self) -> bool {
        self.is_up && self.is_down
    }
}

impl Ways {
    fn of(talk: &Conversation) -> Ways {
        let mut ways = Ways::default();
        talk.records.iter().for_each(|record| ways.add(record));
        ways
    }

    fn add(&mut self, record: &Record) {
        match record.signs {
            signs if signs.has(Sign::AT_CLIENT) => self.at_client.add(record),
            signs if signs.has(Sign::AT_SERVER) => self.at_server.add(record),
            _ => self.elsewhere.add(record),
        }
    }

    fn all(&self) -> [Way; 3] {
        [self.at_client, self.at_server, self.elsewhere]
    }

    /// Did one vantage record both ways?
    fn is_both(&self) -> bool {
        self.at_client.or(self.elsewhere).is_both() || self.at_server.or(self.elsewhere).is_both()
    }

    /// Was a request turned away anywhere?
    fn is_denied(&self) -> bool {
        self.all().into_iter().any(|way| way.is_up_denied)
    }

    /// Did the answer arrive? Where the client's own interface tells of the request, it would tell of the answer.
    fn is_answered(&self) -> bool {
        let is_seen_by_client = self.at_client.or(self.elsewhere).is_down;
        is_seen_by_client || !self.at_client.is_up && self.at_server.is_down
    }
}

/// One end of a path: a subnet of ours, or all that is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Subnet(Subnet),
    Internet { is_v6: bool },
}

impl Side {
    fn of(estate: &Estate, place: u32) -> Side {
        let host = estate.host(place);
        match host.is_inside {
            true => Side::Subnet(Subnet::of(host.address)),
            false => Side::Internet { is_v6: host.address.is_ipv6() },
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Side::Subnet(subnet) => subnet.fmt(f),
            Side::Internet { is_v6: false } => f.write_str("the internet"),
            Side::Internet { is_v6: true } => f.write_str("the internet (IPv6)"),
        }
    }
}

/// Client's side and server's side.
type Path = (Side, Side);

fn path(estate: &Estate, talk: &Conversation) -> Path {
    (Side::of(estate, talk.client), Side::of(estate, talk.server))
}

/// Both ends are hosts that can be routed to, and the log tells of every packet.
fn is_routed(estate: &Estate, talk: &Conversation) -> bool {
    let is_host = |place: u32| {
        use AddressClass as C;
        let class = AddressClass::of_ip(estate.host(place).address);
        matches!(class, C::Private | C::CarrierNat | C::UniqueLocal | C::Public)
    };
    talk.client != talk.server
        && !talk.signs.has_any(Sign::SAMPLED | Sign::NOTICE)
        && is_host(talk.client)
        && is_host(talk.server)
}

/// Where only a share of all pairs of hosts is held, so many of a path: the one that works may not be among them.
const PAIRS_OF_SHARE_MIN: usize = 8;

/// Candidates by path. A path on which any conversation works both ways is none that is broken: it is left out.
fn broken<'a>(
    estate: &'a Estate,
    candidates: impl Iterator<Item = &'a Conversation>,
    works: impl Fn(&Conversation) -> bool,
) -> BTreeMap<Path, Vec<&'a Conversation>> {
    let mut paths: BTreeMap<Path, Vec<&Conversation>> = BTreeMap::new();
    let is_share = estate.turned_away.conversation_halvings.iter().any(|halvings| *halvings > 0);
    let candidates = candidates.filter(|talk| !is_share || talk.stands_for > 0);
    candidates.for_each(|talk| paths.entry(path(estate, talk)).or_default().push(talk));
    if is_share {
        // By client, then by server.
        let pairs =
            |talks: &[&Conversation]| talks.chunk_by(|a, b| (a.client, a.server) == (b.client, b.server)).count();
        paths.retain(|_, talks| pairs(talks) >= PAIRS_OF_SHARE_MIN);
    }
    if paths.is_empty() {
        return paths;
    }
    for talk in &estate.conversations {
        let (near, far) = path(estate, talk);
        // Records of an unlucky port may be taken for the other way round.
        let is_known = paths.contains_key(&(near, far)) || paths.contains_key(&(far, near));
        if is_known && works(talk) {
            paths.remove(&(near, far));
            paths.remove(&(far, near));
        }
    }
    paths
}

/// One finding for each two sides, whoever of them asks: the one with more to tell.
fn one_each(mut found: BTreeMap<Path, Finding>) -> Vec<Finding> {
    let paths: Vec<Path> = found.keys().copied().filter(|(near, far)| near < far).collect();
    for (near, far) in paths {
        let (Some(one), Some(other)) = (found.get(&(near, far)), found.get(&(far, near))) else { continue };
        let is_less = one.weight < other.weight;
        let (less, more) = if is_less { ((near, far), (far, near)) } else { ((far, near), (near, far)) };
        let (Some(less), Some(more)) = (found.remove(&less), found.get_mut(&more)) else { continue };
        more.first_seen = more.first_seen.min(less.first_seen);
        more.last_seen = more.last_seen.max(less.last_seen);
        more.evidence.push(row("the other way round as well", less.title));
    }
    found.into_values().collect()
}

/// Connections that begin or end with the log may have lost a way to it: two windows, or a minute.
const EDGE_S: u32 = 60;

fn is_within(estate: &Estate, session: &Session) -> bool {
    let edge = EDGE_S.max(estate.window_s.saturating_mul(2));
    session.start >= estate.span.0.saturating_add(edge) && session.end.saturating_add(edge) <= estate.span.1
}

/// The different hosts at one end, as text, in order.
fn hosts(estate: &Estate, talks: &[&Conversation], end: fn(&Conversation) -> u32) -> Vec<String> {
    let mut places: Vec<u32> = talks.iter().map(|talk| end(talk)).collect();
    places.sort_unstable();
    places.dedup();
    places.into_iter().map(|place| estate.text(place)).collect()
}

/// The one host, or the side that they are all of.
fn name(hosts: &[String], side: Side) -> String {
    match hosts {
        [one] => one.clone(),
        _ => side.to_string(),
    }
}

/// Services asked for, each once.
fn services(talks: &[&Conversation]) -> Vec<String> {
    let mut names: Vec<(u8, u16)> = talks.iter().map(|talk| (talk.proto, talk.port)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|(proto, port)| super::service(proto, port)).collect()
}

/// The records of the conversation with most of them, as a query.
fn records_of(estate: &Estate, talks: &[&Conversation]) -> String {
    let Some(most) = talks.iter().max_by_key(|talk| (talk.records.len(), talk.client, talk.server)) else {
        return String::new();
    };
    let (client, server) = (estate.text(most.client), estate.text(most.server));
    query(&format!(
        "SELECT time_start, if_id, src_ip, src_port, dst_ip, dst_port, verdict, packets, bytes FROM flows WHERE {} ORDER BY time_start",
        between(&client, &server)
    ))
}

/// First and last moment.
fn span(talks: &[&Conversation]) -> (u32, u32) {
    let first = talks.iter().map(|talk| talk.first).min().unwrap_or(0);
    (first, talks.iter().map(|talk| talk.last).max().unwrap_or(first))
}
