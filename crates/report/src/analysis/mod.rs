//! From the folded state to a summary: hosts and conversations as plain rows, then one list after the other.

mod alerts;
mod anonymizers;
mod denied;
mod exposed;
mod gap;
mod hits;
mod opened;
mod owners;
mod silence;
mod traffic;

pub(crate) use anonymizers::{Anonymizer, Hiding};
pub(crate) use hits::Listed;
pub(crate) use owners::Owners;
pub(crate) use traffic::{moment, top};

use crate::derived;
use crate::fold::address::{Address, stands_for_many};
use crate::fold::conversation::{ALLOWED, DENIED, Entry, Key, Marks};
use crate::fold::conversations::Conversations;
use crate::fold::health::is_loss;
use crate::fold::ways::Ways;
use crate::fold::{Fold, Totals};
use crate::summary::{FormatCount, Health, Inputs, IntelHit, Silence, Summary};
use crate::transfer::{Prices, Tally, is_nat};
use crate::{knowledge, profile, time};
use detect::normal::Baseline;
use enrich::geo::Geo;
use enrich::{Intel, Inventory};
use hashbrown::{HashMap, HashSet};
use opened::Opened;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// What is known beside the flows.
#[derive(Clone, Debug, Default)]
pub struct Context<'a> {
    /// The blacklists.
    pub intel: Option<&'a Intel>,
    /// Whose interfaces and addresses are.
    pub inventory: Option<&'a Inventory>,
    /// Findings that somebody does not want to see.
    pub suppressions: &'a [detect::suppress::Suppression],
    /// What is normal: what departs from it is told.
    pub baseline: Option<&'a Baseline>,
    /// In which countries and autonomous systems addresses are.
    pub geo: Option<&'a Geo>,
    /// A host of ours whose usual and present behaviour are to be shown.
    pub profiled: Option<IpAddr>,
    /// What a GB of each class of transfer costs.
    pub prices: Option<&'a Prices>,
    /// What was read; the fold adds the number of records, their times and their formats.
    pub inputs: Inputs,
}

/// One address.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) ip: IpAddr,
    /// On our side: by its class, or because an interface of ours has it.
    pub(crate) is_inside: bool,
    /// Stands for many that a limit folded together.
    pub(crate) is_many: bool,
    /// Translates the addresses of others.
    pub(crate) is_translator: bool,
    /// `aws`, `azure`, `gcp`, `private`, `internet`.
    pub(crate) zone: &'static str,
    /// From the records; may be empty.
    pub(crate) name: String,
}

/// One conversation: the best of what its ends saw.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub(crate) client: u32,
    pub(crate) server: u32,
    pub(crate) port: u16,
    pub(crate) proto: u8,
    pub(crate) marks: Marks,
    pub(crate) ways: Ways,
    pub(crate) to_server: u64,
    pub(crate) to_client: u64,
    pub(crate) allowed: u32,
    pub(crate) denied: u32,
    pub(crate) first_allowed: u32,
    pub(crate) last_allowed: u32,
    pub(crate) first_denied: u32,
    pub(crate) last_denied: u32,
}

impl Talk {
    /// Bytes in both directions.
    pub(crate) fn bytes(&self) -> u64 {
        self.to_server + self.to_client
    }
    /// Records, accepted and denied.
    pub(crate) fn records(&self) -> u64 {
        u64::from(self.allowed) + u64::from(self.denied)
    }
    /// First and last second.
    pub(crate) fn span(&self) -> (u32, u32) {
        (self.first_allowed.min(self.first_denied), self.last_allowed.max(self.last_denied))
    }
    /// Accepted, and the server answered.
    pub(crate) fn is_answered(&self) -> bool {
        self.allowed > 0 && self.marks.is_answered()
    }
    /// The port, where the protocol has one.
    pub(crate) fn port(&self) -> Option<u16> {
        knowledge::has_ports(self.proto).then_some(self.port)
    }
    /// The service's name, or empty.
    pub(crate) fn service(&self) -> &'static str {
        knowledge::service_name(self.port, self.proto)
    }
    /// The service, or protocol and port: `ssh`, `tcp/4444`.
    pub(crate) fn service_label(&self) -> String {
        knowledge::service_label(self.port, self.proto)
    }
}

/// Everything the lists and findings are made from.
pub(crate) struct Analysis<'a> {
    pub(crate) fold: &'a Fold,
    pub(crate) hosts: Vec<Host>,
    /// In the order of client, server, port, protocol; hosts are numbered in the order of addresses. Second sights of translated traffic are left out.
    pub(crate) talks: Vec<Talk>,
    /// For each host outside, how many of ours used it.
    pub(crate) users: Vec<u64>,
    pub(crate) listed: HashMap<u32, Listed>,
    pub(crate) owners: Owners<'a>,
    /// Servers with port and protocol, to which NAT gateways sent on what clients of ours had begun.
    pub(crate) translated: HashSet<(u32, u16, u8)>,
    /// What moving bytes costs.
    pub(crate) transfer: Option<Tally<'a>>,
    pub(crate) baseline: Option<&'a Baseline>,
    pub(crate) prices: Option<&'a Prices>,
    /// Countries and autonomous systems that hosts of ours reach for the first time.
    pub(crate) first_origins: Vec<derived::FirstOrigin>,
    pub(crate) silent: Vec<Silence>,
    pub(crate) hits: Vec<IntelHit>,
    /// Conversations with Tor, VPN providers and open proxies.
    pub(crate) hiding: Vec<Hiding>,
    pub(crate) rejected_inbound: u64,
    /// Who opened what.
    opened: Opened,
}

/// Makes the report.
pub(crate) fn summarize(mut fold: Fold, context: &Context<'_>) -> Summary {
    let empty = detect::Fold::new(fold.options.limits.behaviour);
    let estate = std::mem::replace(&mut fold.behaviour, empty).finish();
    let mut behaviour = detect::findings(&estate);
    context.baseline.into_iter().for_each(|baseline| baseline.recognize(&mut behaviour));
    let departures = context.baseline.map(|baseline| baseline.departures(&estate, &behaviour));
    behaviour.extend(departures.into_iter().flatten());
    let turned_away = estate.turned_away;
    let opened = context.intel.map(|_| Opened::of(&estate)).unwrap_or_default();
    let profile = context.profiled.map(|address| profile::of(address, &estate, context.baseline));
    drop(estate);
    let mut analysis = Analysis::new(&fold, context.inventory);
    analysis.owners = Owners::of(&analysis, context.inventory, context.geo);
    analysis.baseline = context.baseline;
    analysis.prices = context.prices;
    analysis.opened = opened;
    analysis.find_hits(context.intel);
    analysis.find_anonymizers(context.intel);
    analysis.silent = analysis.silences();
    analysis.first_origins = derived::first_origins(&analysis);
    analysis.transfer = Tally::of(&analysis);
    let (findings, suppressed) = derived::findings(&analysis, behaviour, context.suppressions);
    let rows_max = fold.options.limits.list_rows_max;
    let health = Health {
        counts: fold.health.counts.clone(),
        problems: fold.health.problems(rows_max),
        silent: analysis.silent.iter().take(rows_max).cloned().collect(),
        is_partial: fold.health.counts.keys().any(|kind| is_loss(kind)),
    };
    let traffic = analysis.traffic();
    Summary {
        schema: "fathom.report/1",
        inputs: inputs(&fold, context),
        inventory: context.inventory.map(owners::files).unwrap_or_default(),
        health,
        traffic,
        transfer: analysis.transfer.as_ref().map(|tally| tally.told(&analysis)),
        intel: analysis.intel(context.intel),
        alerts: analysis.alerts(rows_max),
        behaviour: turned_away,
        findings,
        suppressed,
        profile,
    }
}

fn inputs(fold: &Fold, context: &Context<'_>) -> Inputs {
    let mut inputs = context.inputs.clone();
    let Totals { records, first, last, .. } = fold.totals;
    inputs.records = records;
    inputs.first = (first > 0).then(|| time::rfc3339(first));
    inputs.last = (last > 0).then(|| time::rfc3339(last));
    let mut per_kind: BTreeMap<&str, u64> = BTreeMap::new();
    for observer in &fold.observers.all {
        *per_kind.entry(&observer.names.source_kind).or_default() += observer.records;
    }
    for (kind, records) in per_kind {
        match inputs.formats.iter_mut().find(|format| format.source_kind == kind) {
            Some(format) => format.records = records,
            None => inputs.formats.push(FormatCount { source_kind: kind.to_owned(), objects: 0, records }),
        }
    }
    let listed = fold.options.limits.objects_listed_max.min(inputs.objects.len());
    inputs.objects_unlisted += (inputs.objects.len() - listed) as u64;
    inputs.objects.truncate(listed);
    inputs
}

impl<'a> Analysis<'a> {
    fn new(fold: &'a Fold, inventory: Option<&Inventory>) -> Analysis<'a> {
        let mut analysis = Analysis {
            fold,
            hosts: Vec::new(),
            talks: Vec::with_capacity(fold.v4.len() + fold.v6.len()),
            users: Vec::new(),
            listed: HashMap::new(),
            owners: Owners::default(),
            translated: HashSet::new(),
            transfer: None,
            baseline: None,
            opened: Opened::default(),
            prices: None,
            first_origins: Vec::new(),
            silent: Vec::new(),
            hits: Vec::new(),
            hiding: Vec::new(),
            rejected_inbound: 0,
        };
        analysis.add(&fold.v4);
        analysis.add(&fold.v6);
        analysis.place_hosts();
        analysis.find_translators(inventory);
        analysis.leave_out_translations();
        analysis.count_users();
        analysis
    }

    /// Counts for each server outside how many of ours use it. One that only passes on what others send does not count.
    fn count_users(&mut self) {
        let uses = |talk: &&Talk| self.is_outbound(talk) && !self.host(talk.client).is_translator;
        let mut users = vec![0; self.hosts.len()];
        let mut last = None;
        // One client's conversations with one server follow each other.
        for talk in self.singles().filter(uses) {
            if last.replace((talk.client, talk.server)) != Some((talk.client, talk.server)) {
                users[talk.server as usize] += 1;
            }
        }
        self.users = users;
    }

    /// Adds the conversations of a family whose addresses are higher than those of the one before.
    fn add<A: Address>(&mut self, conversations: &'a Conversations<A>) {
        let rows: Vec<&Entry<A>> = conversations.iter().collect();
        let mut order: Vec<(Key<A>, u32)> = rows.iter().zip(0..).map(|(entry, row)| (entry.key(), row)).collect();
        order.sort_unstable();
        let mut addresses: Vec<A> = order.iter().flat_map(|(key, _)| [key.client, key.server]).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let numbers: HashMap<A, u32> = addresses.iter().copied().zip(self.hosts.len() as u32..).collect();
        self.hosts.extend(addresses.into_iter().map(|address| host(address.ip())));
        let talk = |(key, row): (Key<A>, u32)| {
            let entry = rows[row as usize];
            let counters = &entry.counters;
            Talk {
                client: numbers[&key.client],
                server: numbers[&key.server],
                port: entry.port,
                proto: entry.proto,
                marks: entry.marks,
                ways: entry.ways,
                to_server: counters.to_server(),
                to_client: counters.to_client(),
                allowed: counters.records[ALLOWED],
                denied: counters.records[DENIED],
                first_allowed: counters.first[ALLOWED],
                last_allowed: counters.last[ALLOWED],
                first_denied: counters.first[DENIED],
                last_denied: counters.last[DENIED],
            }
        };
        self.talks.extend(order.into_iter().map(talk));
    }

    /// The number of the host with an address. Hosts are in the order of their addresses.
    pub(crate) fn host_number(&self, address: IpAddr) -> Option<usize> {
        self.hosts.binary_search_by_key(&address, |host| host.ip).ok()
    }

    /// Names hosts and says in which cloud they are: where an interface has their address, or one of their /24.
    fn place_hosts(&mut self) {
        let mut zone_of_subnet: BTreeMap<Vec<u8>, &'static str> = BTreeMap::new();
        for observer in &self.fold.observers.all {
            let zone = zone_name(&observer.names.provider);
            for address in observer.addresses() {
                zone_of_subnet.entry(subnet(address)).or_insert(zone);
                let Some(number) = self.host_number(address) else { continue };
                let host = &mut self.hosts[number];
                host.is_inside = true;
                host.zone = zone;
                host.is_translator |= observer.is_middle;
                let names = [&observer.names.instance_id, &observer.names.if_id];
                let name = names.into_iter().find(|name| !name.is_empty());
                let is_better = host.name.is_empty() || !observer.names.instance_id.is_empty();
                if let (Some(name), true) = (name, is_better) {
                    host.name = name.to_string();
                }
            }
        }
        for host in self.hosts.iter_mut().filter(|host| host.is_inside) {
            if host.zone == "private" {
                host.zone = zone_of_subnet.get(&subnet(host.ip)).copied().unwrap_or("private");
            }
            if let Some(name) = self.fold.names.get(host.ip) {
                host.name = name.to_owned();
            }
        }
    }

    /// An inventory knows NAT gateways whose records do not say what they are.
    fn find_translators(&mut self, inventory: Option<&Inventory>) {
        let Some(inventory) = inventory else { return };
        let at = i64::from(self.fold.totals.last);
        for host in self.hosts.iter_mut().filter(|host| host.is_inside) {
            host.is_translator |= inventory.address(host.ip, at).is_some_and(|owner| is_nat(&owner.service));
        }
    }

    /// What a NAT gateway sends on is the traffic of a client that has been counted, if another client talked to the
    /// same service.
    fn leave_out_translations(&mut self) {
        let Analysis { hosts, talks, .. } = self;
        if !hosts.iter().any(|host| host.is_translator) {
            return;
        }
        let inside = |talk: &Talk| (&hosts[talk.client as usize], &hosts[talk.server as usize]);
        let own: HashSet<(u32, u16, u8)> = talks
            .iter()
            .filter(|talk| matches!(inside(talk), (c, s) if c.is_inside && !c.is_translator && !s.is_inside))
            .map(|talk| (talk.server, talk.port, talk.proto))
            .collect();
        let is_second = |talk: &Talk| {
            let (client, server) = inside(talk);
            client.is_translator && !server.is_inside && own.contains(&(talk.server, talk.port, talk.proto))
        };
        let second: Vec<bool> = talks.iter().map(is_second).collect();
        let repeated = talks.iter().zip(&second).filter(|(_, is_second)| **is_second);
        self.translated = repeated.map(|(talk, _)| (talk.server, talk.port, talk.proto)).collect();
        let mut keep = second.iter().map(|second| !second);
        talks.retain(|_| keep.next().unwrap_or(true));
    }

    /// A host.
    pub(crate) fn host(&self, number: u32) -> &Host {
        &self.hosts[number as usize]
    }

    /// The address of a host as text.
    pub(crate) fn text(&self, number: u32) -> String {
        self.host(number).ip.to_string()
    }

    /// Does a conversation go from outside to inside?
    pub(crate) fn is_inbound(&self, talk: &Talk) -> bool {
        !self.host(talk.client).is_inside && self.host(talk.server).is_inside
    }

    /// Does a conversation go from inside to outside?
    pub(crate) fn is_outbound(&self, talk: &Talk) -> bool {
        self.host(talk.client).is_inside && !self.host(talk.server).is_inside
    }

    /// Seconds from the first to the last record.
    pub(crate) fn period_s(&self) -> u64 {
        u64::from(self.fold.totals.last.saturating_sub(self.fold.totals.first))
    }

    /// Single conversations: not those that stand for many.
    pub(crate) fn singles(&self) -> impl Iterator<Item = &Talk> {
        self.talks.iter().filter(|talk| !talk.marks.is_folded())
    }
}

fn host(ip: IpAddr) -> Host {
    let is_many = stands_for_many(ip);
    let is_inside = if is_many { is_any_internal(ip) } else { knowledge::is_internal(ip) };
    let zone = if is_inside || !knowledge::is_host(ip) && !is_many { "private" } else { "internet" };
    // Multicast and broadcast stay on our side of the internet.
    let is_inside = is_inside || zone == "private";
    Host { ip, is_inside, is_many, is_translator: false, zone, name: String::new() }
}

fn is_any_internal(ip: IpAddr) -> bool {
    [<u32 as Address>::ANY_INTERNAL.ip(), <crate::fold::address::V6 as Address>::ANY_INTERNAL.ip()].contains(&ip)
}

/// The zone of a provider's interfaces.
fn zone_name(provider: &str) -> &'static str {
    match provider {
        "aws" => "aws",
        "azure" => "azure",
        "gcp" => "gcp",
        _ => "private",
    }
}

/// The /24 or /64 of an address.
fn subnet(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(v4) => v4.octets()[..3].to_vec(),
        IpAddr::V6(v6) => v6.octets()[..8].to_vec(),
    }
}

/// Distinct values per key, of (key, value) pairs; keys are below `keys`.
pub(crate) fn distinct_per_key(mut pairs: Vec<(u32, u32)>, keys: usize) -> Vec<u64> {
    pairs.sort_unstable();
    pairs.dedup();
    let mut counts = vec![0; keys];
    pairs.iter().for_each(|&(key, _)| counts[key as usize] += 1);
    counts
}
