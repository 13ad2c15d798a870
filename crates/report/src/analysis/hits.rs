//! Hits on blacklists, weighed: what a list is worth, who began, was it answered, how much went over.

use super::traffic::moment;
use super::{Analysis, Talk};
use crate::knowledge;
use crate::summary::{Intel as IntelSummary, IntelHit, IntelList};
use enrich::Intel;
use enrich::intel::{Hit, List, Role, Tier, Topic};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Addresses of ours listed with one hit.
const INTERNAL_MAX: usize = 10;

/// What the lists say of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) lists: Vec<String>,
    pub(crate) label: String,
    /// What its best list says that its addresses are.
    pub(crate) topic: Topic,
    /// What a hit on it is worth by the list alone, 0 to 100.
    pub(crate) worth: u32,
    /// Lists that say what it is beside that: a cloud's range, a VPN provider's.
    pub(crate) beside: Vec<String>,
}

/// One row of hits: the listed address, whether we began, what came of it, and the service.
type HitKey = (IpAddr, bool, Outcome, u16, u8);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Answered,
    Unanswered,
    Rejected,
}

#[derive(Default)]
struct Sum {
    internal: BTreeSet<IpAddr>,
    records: u64,
    sent: u64,
    received: u64,
    first: u32,
    last: u32,
    is_certain: bool,
}

impl<'a> Analysis<'a> {
    /// Looks up every address outside.
    pub(super) fn find_hits(&mut self, intel: Option<&Intel>) {
        let Some(intel) = intel else { return };
        let systems = listed_systems(intel);
        if intel.is_empty() && systems.is_empty() {
            return;
        }
        let mut rows: BTreeMap<HitKey, (Sum, Listed)> = BTreeMap::new();
        for talk in self.singles() {
            let outbound = self.is_outbound(talk);
            if !outbound && !self.is_inbound(talk) {
                continue;
            }
            let (ours, theirs) = if outbound { (talk.client, talk.server) } else { (talk.server, talk.client) };
            let ip = self.host(theirs).ip;
            let port = talk.port().filter(|_| outbound);
            let listed = look_up(intel, ip, port, talk.span().0).or_else(|| self.look_up_system(intel, &systems, ip));
            let Some(listed) = listed else { continue };
            // Without ports nothing tells who began, and a reply must never count as outbound. An ICMP error that
            // comes in answers something, but to whom ours said nothing, ours has opened nothing.
            let outbound = outbound
                && (talk.port().is_some() || talk.marks.is_certain() && talk.to_server > 0)
                && !self.opened.never(self.host(ours).ip, ip);
            let (sum, _) = rows
                .entry((ip, outbound, outcome(talk), talk.port, talk.proto))
                .or_insert_with(|| (Sum { first: u32::MAX, ..Sum::default() }, listed));
            sum.internal.insert(self.host(ours).ip);
            sum.records += talk.records();
            sum.sent += if self.is_outbound(talk) { talk.to_server } else { talk.to_client };
            sum.received += if self.is_outbound(talk) { talk.to_client } else { talk.to_server };
            sum.first = sum.first.min(talk.span().0);
            sum.last = sum.last.max(talk.span().1);
            sum.is_certain |= talk.marks.is_certain();
        }
        self.keep_hits(rows);
    }

    /// What lists of autonomous systems say of an address, where a database names its system.
    fn look_up_system(&self, intel: &Intel, systems: &BTreeMap<u32, &List>, ip: IpAddr) -> Option<Listed> {
        let list = systems.get(&self.owners.origin(ip).asn).filter(|_| !systems.is_empty())?;
        if intel.suppressed_by(&enrich::prefix::address_bytes(ip)).is_some() {
            return None;
        }
        Some(Listed {
            lists: vec![list.name.clone()],
            label: self.owners.origin(ip).to_string(),
            topic: list.topic,
            worth: worth(list.tier),
            beside: Vec::new(),
        })
    }

    fn keep_hits(&mut self, rows: BTreeMap<HitKey, (Sum, Listed)>) {
        for ((ip, outbound, outcome, port, proto), (sum, listed)) in rows {
            if let Some(number) = self.host_number(ip) {
                self.listed.entry(number as u32).or_insert_with(|| listed.clone());
            }
            if !outbound && outcome == Outcome::Rejected {
                self.rejected_inbound += sum.records;
                continue;
            }
            self.hits.push(IntelHit {
                address: ip.to_string(),
                score: score(&listed, outbound, outcome, &sum, is_clock(port, proto, &sum)),
                lists: listed.lists,
                label: listed.label,
                direction: if outbound { "outbound" } else { "inbound" }.to_owned(),
                outcome: match outcome {
                    Outcome::Answered => "answered",
                    Outcome::Unanswered => "unanswered",
                    Outcome::Rejected => "rejected",
                }
                .to_owned(),
                internal: sum.internal.iter().take(INTERNAL_MAX).map(IpAddr::to_string).collect(),
                service: knowledge::service_name(port, proto).to_owned(),
                port: knowledge::has_ports(proto).then_some(port),
                records: sum.records,
                bytes_sent: sum.sent,
                bytes_received: sum.received,
                first: moment(sum.first),
                last: moment(sum.last),
            });
        }
        self.hits.sort_by_key(|hit| (Reverse(hit.score), Reverse(hit.bytes_sent + hit.bytes_received)));
    }

    /// The lists and what they hit.
    pub(super) fn intel(&self, intel: Option<&Intel>) -> IntelSummary {
        let rows_max = self.fold.options.limits.list_rows_max;
        IntelSummary {
            lists: intel.map(|intel| intel.lists().iter().map(list_row).collect()).unwrap_or_default(),
            hits: self.hits.iter().take(rows_max).cloned().collect(),
            rejected_inbound: self.rejected_inbound,
        }
    }
}

fn list_row(list: &List) -> IntelList {
    let report = &list.report;
    let example = |reason: &str| {
        let skipped = report.skipped.iter().find(|skipped| skipped.reason.text() == reason);
        skipped.and_then(|skipped| skipped.first.first()).map(|first| first.1.clone()).unwrap_or_default()
    };
    let skipped = report.not_matched_by_reason().map(|(reason, count)| (reason.to_owned(), count, example(reason)));
    IntelList {
        name: list.name.clone(),
        format: list.format.name().to_owned(),
        entries: list.report.entries,
        skipped: skipped.collect(),
    }
}

/// What lists say of an address, of entries that had not ended when it was first seen.
fn look_up(intel: &Intel, ip: IpAddr, port: Option<u16>, second: u32) -> Option<Listed> {
    let mut bytes = Vec::with_capacity(16);
    table::push_address(ip, &mut bytes);
    let hit: Hit<'_> = intel.lookup_at(&bytes, port, i64::from(second))?;
    let worth = worth(hit.tier());
    let topic = match hit.list().topic {
        Topic::Unknown => "listed",
        topic => topic.name(),
    };
    let label = hit.label().unwrap_or(topic).to_owned();
    let title = |list: &List| list.title.clone().unwrap_or_else(|| list.name.clone());
    let beside = intel.annotations(&bytes).map(title).collect();
    Some(Listed { lists: hit.lists().map(str::to_owned).collect(), label, topic: hit.topic(), worth, beside })
}

/// Autonomous systems that lists name, each with the best of them. Zero stands for one that is not known.
fn listed_systems(intel: &Intel) -> BTreeMap<u32, &List> {
    let mut systems: BTreeMap<u32, &List> = BTreeMap::new();
    for list in intel.lists().iter().filter(|list| list.role == Role::Match) {
        for &asn in list.asns.iter().filter(|asn| **asn != 0) {
            let best = systems.entry(asn).or_insert(list);
            if list.tier > best.tier {
                *best = list;
            }
        }
    }
    systems
}

fn worth(tier: Tier) -> u32 {
    match tier {
        Tier::High => 95,
        Tier::Medium => 65,
        Tier::Low => 35,
        Tier::Context => 10,
    }
}

fn outcome(talk: &Talk) -> Outcome {
    match (talk.allowed, talk.is_answered()) {
        (0, _) => Outcome::Rejected,
        (_, true) => Outcome::Answered,
        _ => Outcome::Unanswered,
    }
}

/// Is it the time alone that was asked for? The servers of the public pool are anybody's machines, listed ones among
/// them, and whoever sets his clock has not chosen them. A question is 76 bytes with its headers, and so is an answer.
fn is_clock(port: u16, proto: u8, sum: &Sum) -> bool {
    (port, proto) == (123, 17) && sum.sent + sum.received <= CLOCK_BYTES_PER_RECORD_MAX.saturating_mul(sum.records)
}

/// A capture window of a minute has two questions at most, one of ten minutes ten at the usual pace.
const CLOCK_BYTES_PER_RECORD_MAX: u64 = 800;

/// 0 to 100: what the list is worth, times who began, times what came of it, times how much went over.
fn score(listed: &Listed, outbound: bool, outcome: Outcome, sum: &Sum, is_clock: bool) -> u32 {
    let direction = match (outbound, sum.is_certain) {
        (true, true) => 1.0,
        (true, false) => 0.9,
        (false, _) => 0.35,
    };
    let came_of_it = match outcome {
        Outcome::Answered => 1.0,
        Outcome::Unanswered => 0.5,
        Outcome::Rejected => 0.25,
    };
    let volume = match sum.sent + sum.received {
        _ if is_clock => 0.4,
        0..1_000 => 0.8,
        1_000..10_000_000 => 1.0,
        _ => 1.1,
    };
    ((f64::from(listed.worth) * direction * came_of_it * volume) as u32).min(100)
}
