//! What each host of ours does in a period: hour by hour, and with whom.

use super::bands::Bands;
use super::baseline::{Baseline, EntityBaseline, Late};
use crate::ground::{Conversation, Estate, Hour, Sign};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const HOUR_S: u32 = 3_600;
/// Servers outside that are remembered of one host; beyond it a new one is nothing new.
pub(super) const PEERS_MAX: usize = 10_000;
/// Clients of ours that are remembered of one service; one with more is everybody's.
const CLIENTS_MAX: usize = 256;
/// Clients of services that are remembered of all hosts together.
const EDGES_MAX: usize = 1_000_000;
/// The log was on in an hour if so many of the usual number of hosts sent anything.
const AWAKE_PART: usize = 10;
/// In an estate of few hosts a hole of so many hours is a quiet time.
const QUIET_HOURS_MAX: u32 = 24;
/// An hour of which the log has all but so much is whole.
const EDGE_S: u32 = 360;

/// What one host does in a period.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Bytes sent by hour since 1970.
    pub sent: BTreeMap<u32, f64>,
    /// Denied, reset and unanswered tries, of it and at it, by hour since 1970.
    pub refused: BTreeMap<u32, f64>,
    /// Clients that it sent data to, by hour since 1970.
    pub clients: BTreeMap<u32, f64>,
    /// Its peers and services; without bands.
    pub habits: EntityBaseline,
}

/// The service of a conversation: `tcp/443`.
pub(super) fn service(talk: &Conversation) -> String {
    match talk.proto {
        6 => format!("tcp/{}", talk.port),
        17 => format!("udp/{}", talk.port),
        proto => format!("ip/{proto}"),
    }
}

/// Ports from here on are clients' as well (Linux): where neither a handshake nor the source says who asked, such a port is no
/// service that could be new.
const EPHEMERAL_PORT_MIN: u16 = 32_768;

/// Conversations in which somebody wanted something and got it, and it is known who.
pub(super) fn answered(estate: &Estate) -> impl Iterator<Item = &Conversation> {
    let is_known = |talk: &Conversation| {
        talk.port < EPHEMERAL_PORT_MIN || talk.signs.has_any(Sign::SYN | Sign::SYN_ACK | Sign::HAS_HISTORY | Sign::BOTH)
    };
    estate.conversations.iter().filter(move |talk| talk.is_attempt() && talk.best.is_success() && is_known(talk))
}

impl Activity {
    /// What the host of this address does; `None` where it is none of ours or did nothing.
    pub fn of(estate: &Estate, address: &str) -> Option<Activity> {
        activities(estate).remove(address)
    }

    fn count(&mut self, hours: &[Hour]) {
        for Hour { hour, refused, sent, clients } in hours.iter().copied() {
            self.sent.insert(hour, sent as f64);
            self.refused.insert(hour, f64::from(refused));
            self.clients.insert(hour, f64::from(clients));
        }
    }
}

/// What each host of ours does, by address.
pub(super) fn activities(estate: &Estate) -> BTreeMap<String, Activity> {
    let mut all: BTreeMap<String, Activity> = BTreeMap::new();
    for host in estate.hosts.iter().filter(|host| host.is_inside) {
        if let Some(hours) = estate.hours.get(&host.address) {
            all.entry(host.address.to_string()).or_default().count(hours);
        }
    }
    for (name, firsts) in firsts(estate) {
        all.entry(name).or_default().habits = firsts.habits(estate.span);
    }
    let mut edges: usize = 0;
    for (name, served) in served(estate) {
        let activity = all.entry(name).or_default();
        for (service, clients) in served {
            edges += clients.len();
            // What is everybody's has no list of clients.
            let is_listed = clients.len() <= CLIENTS_MAX && edges <= EDGES_MAX;
            activity.habits.served.insert(service, if is_listed { clients } else { BTreeSet::new() });
        }
    }
    all
}

/// Since when a host has had its peers and services.
#[derive(Default)]
struct Firsts {
    peers: BTreeMap<String, u32>,
    offered: BTreeMap<String, u32>,
    used: BTreeMap<String, u32>,
}

fn firsts(estate: &Estate) -> BTreeMap<String, Firsts> {
    let mut all: BTreeMap<String, Firsts> = BTreeMap::new();
    let note = |seen: &mut BTreeMap<String, u32>, name: String, at: u32| {
        if seen.len() < PEERS_MAX || seen.contains_key(&name) {
            let first = seen.entry(name).or_insert(at);
            *first = at.min(*first);
        }
    };
    for talk in answered(estate) {
        if estate.host(talk.client).is_inside {
            let firsts = all.entry(estate.text(talk.client)).or_default();
            note(&mut firsts.used, service(talk), talk.first);
            if !estate.host(talk.server).is_inside {
                note(&mut firsts.peers, estate.text(talk.server), talk.first);
            }
        }
        if estate.host(talk.server).is_inside {
            note(&mut all.entry(estate.text(talk.server)).or_default().offered, service(talk), talk.first);
        }
    }
    all
}

impl Firsts {
    fn habits(self, span: (u32, u32)) -> EntityBaseline {
        let middle = span.0 + (span.1 - span.0) / 2;
        let late = |seen: &BTreeMap<String, u32>| seen.values().filter(|first| **first > middle).count() as u32;
        let late = Late { peers: late(&self.peers), used: late(&self.used) };
        let names = |seen: BTreeMap<String, u32>| seen.into_keys().collect();
        EntityBaseline {
            late,
            peers: names(self.peers),
            offered: names(self.offered),
            used: names(self.used),
            ..EntityBaseline::default()
        }
    }
}

/// Clients of ours by service, by server of ours.
fn served(estate: &Estate) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut all: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let is_ours = |talk: &&Conversation| estate.host(talk.client).is_inside && estate.host(talk.server).is_inside;
    for talk in answered(estate).filter(is_ours) {
        let services = all.entry(estate.text(talk.server)).or_default();
        let clients = services.entry(service(talk)).or_default();
        // One more shows that they are too many.
        if clients.len() <= CLIENTS_MAX {
            clients.insert(estate.text(talk.client));
        }
    }
    all
}

/// Hours in which the log was on.
pub(super) struct Calendar {
    /// In order.
    pub(super) hours: Vec<u32>,
    /// The first and the last of them that the log has whole.
    pub(super) whole: (u32, u32),
}

impl Calendar {
    pub(super) fn of(estate: &Estate) -> Calendar {
        let mut awake: BTreeMap<u32, usize> = BTreeMap::new();
        let ours = estate.hosts.iter().filter(|host| host.is_inside);
        for hour in ours.filter_map(|host| estate.hours.get(&host.address)).flatten() {
            *awake.entry(hour.hour).or_default() += usize::from(hour.sent > 0);
        }
        let mut counts: Vec<usize> = awake.values().copied().collect();
        counts.sort_unstable();
        let usual = counts.get(counts.len() / 2).copied().unwrap_or(0);
        let is_on = |awake: &usize| *awake * AWAKE_PART >= usual.max(1);
        let on: Vec<u32> = awake.iter().filter(|(_, awake)| is_on(awake)).map(|(hour, _)| *hour).collect();
        let hours = if usual < AWAKE_PART { with_quiet_hours(&on) } else { on };
        let (first, last) = (hours.first().copied().unwrap_or(0), hours.last().copied().unwrap_or(0));
        let is_cut_first = estate.span.0 > first.saturating_mul(HOUR_S).saturating_add(EDGE_S);
        let is_cut_last = estate.span.1 < last.saturating_add(1).saturating_mul(HOUR_S).saturating_sub(EDGE_S);
        let whole = (first + u32::from(is_cut_first), last.saturating_sub(u32::from(is_cut_last)));
        Calendar { hours, whole }
    }

    /// A value for each hour of the log.
    pub(super) fn series(&self, values: &BTreeMap<u32, f64>) -> Vec<(u32, f64)> {
        self.hours.iter().map(|hour| (*hour, values.get(hour).copied().unwrap_or(0.0))).collect()
    }

    pub(super) fn is_whole(&self, hour: u32) -> bool {
        (self.whole.0..=self.whole.1).contains(&hour)
    }

    /// What is usual, of the whole hours.
    pub(super) fn bands(&self, values: &BTreeMap<u32, f64>) -> Bands {
        let mut values = self.series(values);
        values.retain(|(hour, _)| self.is_whole(*hour));
        Bands::learn(&values)
    }
}

/// Nobody is awake at night where there are few.
fn with_quiet_hours(on: &[u32]) -> Vec<u32> {
    let mut all: Vec<u32> = Vec::with_capacity(on.len());
    for hour in on.iter().copied() {
        let next = all.last().map_or(hour, |last| last + 1);
        all.extend(if hour - next < QUIET_HOURS_MAX { next..=hour } else { hour..=hour });
    }
    all
}

impl Baseline {
    /// Learned from a period.
    pub fn learn(estate: &Estate) -> Baseline {
        let calendar = Calendar::of(estate);
        let learn = |(name, activity): (String, Activity)| {
            let (sent, refused) = (calendar.bands(&activity.sent), calendar.bands(&activity.refused));
            let clients = calendar.bands(&activity.clients);
            (name, EntityBaseline { sent, refused, clients, ..activity.habits })
        };
        Baseline {
            entities: activities(estate).into_iter().map(learn).collect(),
            has_clients: true,
            networks: super::ways::networks(estate),
            paths: super::ways::paths(estate).into_keys().collect(),
            told: super::told::told(estate),
            span: estate.span,
        }
    }
}
