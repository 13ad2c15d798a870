//! What every host of ours usually does, and what it does for the first time.

use super::bands::{Bands, Departure, departures};
use super::told::{Told, told};
use crate::finding::{Finding, Severity, bytes, id, moment, row, some};
use crate::ground::{Conversation, Estate};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Peers remembered of one entity; beyond it a new peer is nothing new.
const PEERS_MAX: usize = 10_000;
/// Findings of one kind about one entity name so many.
const NAMED_MAX: usize = 20;
const HOUR_S: u32 = 3_600;

/// What one host usually does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EntityBaseline {
    /// Bytes sent by hour of the week.
    pub sent: Bands,
    /// Denied and rejected tries, of it and at it, by hour of the week.
    pub refused: Bands,
    /// Servers outside that it talked to.
    pub peers: BTreeSet<String>,
    /// Services that it offered and that were used: `tcp/443`.
    pub offered: BTreeSet<String>,
    /// Services that it used: `tcp/443`.
    pub used: BTreeSet<String>,
}

/// What every host of ours usually does. Stored as JSON or any other form of serde's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// By address.
    pub entities: BTreeMap<String, EntityBaseline>,
    /// Ways between accounts, regions and networks that were used: `client's -> server's`.
    #[serde(default)]
    pub paths: BTreeSet<String>,
    /// Accounts, regions and networks whose interfaces were recorded.
    #[serde(default)]
    pub networks: BTreeSet<String>,
    /// What was found in the history, by the finding's id.
    #[serde(default)]
    pub told: BTreeMap<String, Told>,
    /// First and last second of the history.
    pub span: (u32, u32),
}

/// What one host does in a period.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Bytes sent by hour since 1970.
    pub sent: BTreeMap<u32, f64>,
    /// Denied and rejected tries, of it and at it, by hour since 1970.
    pub refused: BTreeMap<u32, f64>,
    /// Its peers and services; without bands.
    pub habits: EntityBaseline,
}

fn service(talk: &Conversation) -> String {
    match talk.proto {
        6 => format!("tcp/{}", talk.port),
        17 => format!("udp/{}", talk.port),
        proto => format!("ip/{proto}"),
    }
}

/// What each host of ours does, by address.
fn activities(estate: &Estate) -> BTreeMap<String, Activity> {
    let mut all: BTreeMap<String, Activity> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(|talk| talk.is_attempt()) {
        for (place, is_client) in [(talk.client, true), (talk.server, false)] {
            if estate.host(place).is_inside {
                let activity = all.entry(estate.text(place)).or_default();
                activity.add(estate, talk, is_client);
            }
        }
    }
    all
}

impl Activity {
    /// What the host of this address does; `None` where it is none of ours or did nothing.
    pub fn of(estate: &Estate, address: &str) -> Option<Activity> {
        activities(estate).remove(address)
    }

    fn add(&mut self, estate: &Estate, talk: &Conversation, is_client: bool) {
        for session in talk.sessions() {
            let hour = session.start / HOUR_S;
            let sent = if is_client { session.totals.up_bytes } else { session.totals.down_bytes };
            *self.sent.entry(hour).or_default() += sent as f64;
            *self.refused.entry(hour).or_default() += f64::from(u8::from(session.outcome.is_failure()));
        }
        if !talk.best.is_success() {
            return;
        }
        let habits = &mut self.habits;
        if is_client {
            habits.used.insert(service(talk));
            if !estate.host(talk.server).is_inside && habits.peers.len() < PEERS_MAX {
                habits.peers.insert(estate.text(talk.server));
            }
        } else {
            habits.offered.insert(service(talk));
        }
    }

    fn series(values: &BTreeMap<u32, f64>, span: (u32, u32)) -> (u32, Vec<f64>) {
        let (first, last) = (span.0 / HOUR_S, span.1 / HOUR_S);
        // A clock that jumped by years makes no series of years.
        let last = last.min(first.saturating_add(24 * 366));
        (first, (first..=last).map(|hour| values.get(&hour).copied().unwrap_or(0.0)).collect())
    }
}

impl Baseline {
    /// Learned from a period.
    pub fn learn(estate: &Estate) -> Baseline {
        let learn = |activity: Activity| {
            let bands = |values: &BTreeMap<u32, f64>| {
                let (first, values) = Activity::series(values, estate.span);
                Bands::learn(first, &values)
            };
            EntityBaseline { sent: bands(&activity.sent), refused: bands(&activity.refused), ..activity.habits }
        };
        let entities = activities(estate).into_iter().map(|(name, activity)| (name, learn(activity)));
        Baseline {
            entities: entities.collect(),
            networks: networks(estate),
            paths: paths(estate).into_keys().collect(),
            told: told(estate),
            span: estate.span,
        }
    }

    /// What a later period does differently.
    pub fn departures(&self, estate: &Estate) -> Vec<Finding> {
        let mut found = Vec::new();
        for (name, activity) in activities(estate) {
            let Some(usual) = self.entities.get(&name) else { continue };
            found.extend(firsts(&name, usual, &activity.habits, estate.span));
            found.extend(calls_out(&name, usual, &activity.habits, self, estate.span));
            found.extend(unusual_hours(&name, usual, &activity, estate.span));
        }
        // A history without networks says nothing of ways between them.
        if !self.networks.is_empty() {
            let new = paths(estate).into_iter().filter(|(path, _)| !self.paths.contains(path));
            found.extend(new.map(|(path, talk)| new_path(estate, &path, talk)));
        }
        found.sort_by_cached_key(|finding| (finding.severity, finding.detector.clone(), finding.entity.clone()));
        found
    }
}

/// Ways between accounts, regions and networks by which somebody was answered, each with the first that took it.
fn paths(estate: &Estate) -> BTreeMap<String, &Conversation> {
    let mut all: BTreeMap<String, &Conversation> = BTreeMap::new();
    for talk in estate.conversations.iter().filter(|talk| talk.is_attempt() && talk.best.is_success()) {
        let networks = (&estate.host(talk.client).network, &estate.host(talk.server).network);
        let (Some(from), Some(to)) = networks else { continue };
        if from == to {
            continue;
        }
        let first = all.entry(format!("{from} -> {to}")).or_insert(talk);
        if talk.first < first.first {
            *first = talk;
        }
    }
    all
}

fn networks(estate: &Estate) -> BTreeSet<String> {
    estate.hosts.iter().filter_map(|host| host.network.clone()).collect()
}

fn new_path(estate: &Estate, path: &str, talk: &Conversation) -> Finding {
    let (client, server, name) = (estate.text(talk.client), estate.text(talk.server), service(talk));
    let mut finding = blank(path, "normal.new_path", Severity::Medium, "T1021.007", (talk.first, talk.last));
    finding.title = format!("a way that was never used: {path}, first by {client} to {server} {name}");
    finding.evidence =
        vec![row("first", moment(talk.first)), row("service", name), row("bytes", bytes(talk.totals.bytes()))];
    finding.explain = vec![("new way between networks".to_owned(), 1.0)];
    finding.next_step = format!("Ask whether somebody connected the two networks; if not, look at what {client} does.");
    finding.weight = talk.totals.bytes();
    finding.peers = vec![client, server];
    finding.peers_total = 2;
    finding
}

/// A history of so long tells what a host never does.
const ROLE_SPAN_S: u32 = 86_400;

/// A host that only served until now and calls the internet.
fn calls_out(
    name: &str,
    usual: &EntityBaseline,
    now: &EntityBaseline,
    baseline: &Baseline,
    span: (u32, u32),
) -> Option<Finding> {
    let is_long = baseline.span.1.saturating_sub(baseline.span.0) >= ROLE_SPAN_S;
    let only_served = usual.peers.is_empty() && !usual.offered.is_empty();
    if !is_long || !only_served || now.peers.is_empty() {
        return None;
    }
    let peers: Vec<String> = now.peers.iter().cloned().collect();
    let mut finding = blank(name, "normal.role", Severity::Medium, "T1078", span);
    finding.title = format!("{name} only served until now and calls the internet: {}", some(&peers));
    let offered: Vec<String> = usual.offered.iter().cloned().collect();
    finding.evidence = vec![row("served", some(&offered)), row("servers outside", peers.len())];
    finding.explain = vec![("servers outside, never before".to_owned(), peers.len() as f64)];
    finding.next_step =
        format!("Find the program on {name} that calls out: a server that was taken over fetches its tools.");
    finding.weight = peers.len() as u64;
    finding.peers_total = peers.len() as u64;
    finding.peers = peers.into_iter().take(NAMED_MAX).collect();
    Some(finding)
}

/// (detector, what is new, severity, ATT&CK technique)
type New = (&'static str, &'static str, Severity, &'static str);
const SERVICE: New = ("normal.first_service", "offers for the first time", Severity::Medium, "T1543");
const USED: New = ("normal.rare_port", "uses for the first time", Severity::Low, "T1571");
const PEER: New = ("normal.new_peer", "talks for the first time to", Severity::Info, "T1071");

fn firsts(name: &str, usual: &EntityBaseline, now: &EntityBaseline, span: (u32, u32)) -> Vec<Finding> {
    let new = |now: &BTreeSet<String>, usual: &BTreeSet<String>| now.difference(usual).cloned().collect::<Vec<_>>();
    let kinds = [
        (SERVICE, new(&now.offered, &usual.offered)),
        (USED, new(&now.used, &usual.used)),
        (PEER, new(&now.peers, &usual.peers)),
    ];
    kinds.into_iter().filter(|(_, what)| !what.is_empty()).map(|(kind, what)| first(name, kind, what, span)).collect()
}

fn first(name: &str, (detector, does, severity, attack): New, what: Vec<String>, span: (u32, u32)) -> Finding {
    let mut finding = blank(name, detector, severity, attack, span);
    finding.title = format!("{name} {does} {}", some(&what));
    finding.evidence = vec![row("new", what.len())];
    finding.explain = vec![("new".to_owned(), what.len() as f64)];
    finding.next_step = format!("Ask whether something was changed or installed on {name}.");
    finding.weight = what.len() as u64;
    finding.peers_total = what.len() as u64;
    finding.peers = what.into_iter().take(NAMED_MAX).collect();
    finding
}

fn unusual_hours(name: &str, usual: &EntityBaseline, activity: &Activity, span: (u32, u32)) -> Vec<Finding> {
    let departures_of = |bands: &Bands, values: &BTreeMap<u32, f64>| {
        let (first, values) = Activity::series(values, span);
        if bands.is_known() { departures(bands, first, &values) } else { Vec::new() }
    };
    let (sent, refused) =
        (departures_of(&usual.sent, &activity.sent), departures_of(&usual.refused, &activity.refused));
    let of = |hours: &[Departure], is_up: bool| -> Vec<Departure> {
        hours.iter().filter(|departure| (departure.distance > 0.0) == is_up).copied().collect()
    };
    let kinds = [
        ("normal.volume_up", "sent more than usual", "T1048", of(&sent, true), true),
        ("normal.volume_down", "sent less than usual", "T1489", of(&sent, false), true),
        ("normal.reject_spike", "saw more refused than usual", "T1046", of(&refused, true), false),
    ];
    let kinds = kinds.into_iter().filter(|kind| !kind.3.is_empty());
    kinds
        .map(|(detector, does, attack, hours, is_bytes)| {
            unusual(name, (detector, does, attack), &hours, is_bytes, span)
        })
        .collect()
}

fn unusual(
    name: &str,
    (detector, does, attack): (&'static str, &str, &'static str),
    hours: &[Departure],
    is_bytes: bool,
    span: (u32, u32),
) -> Finding {
    let mut finding = blank(name, detector, Severity::Low, attack, span);
    let amount = |value: f64| if is_bytes { bytes(value as u64) } else { format!("{value:.0}") };
    let farthest = hours.iter().copied().max_by(|a, b| a.distance.abs().total_cmp(&b.distance.abs()));
    finding.title = format!("{name} {does} in {} hours", hours.len());
    if let Some(far) = farthest {
        finding.evidence = vec![
            row("farthest hour", moment(far.hour.saturating_mul(HOUR_S))),
            row("value", amount(far.value)),
            row("usual", amount(far.expected)),
        ];
        finding.explain = vec![("spreads from the usual value".to_owned(), far.distance)];
        finding.weight = far.distance.abs() as u64;
    }
    finding.first_seen = hours.first().map_or(span.0, |hour| hour.hour.saturating_mul(HOUR_S));
    finding.last_seen = hours.last().map_or(span.1, |hour| hour.hour.saturating_mul(HOUR_S).saturating_add(HOUR_S - 1));
    finding.next_step = format!("Compare the peers of {name} in that hour with those of the same hour a week before.");
    finding
}

fn blank(name: &str, detector: &str, severity: Severity, attack: &str, span: (u32, u32)) -> Finding {
    Finding {
        id: id(detector, name, ""),
        detector: detector.to_owned(),
        title: String::new(),
        severity,
        confidence: 0.5,
        entity: name.to_owned(),
        peers: Vec::new(),
        peers_total: 0,
        first_seen: span.0,
        last_seen: span.1,
        evidence: Vec::new(),
        explain: Vec::new(),
        attack: attack.to_owned(),
        next_step: String::new(),
        weight: 0,
        campaign: String::new(),
    }
}
