//! Totals, the timeline, vantages, talkers, pairs, services and zones.

use super::{Analysis, Talk, distinct_per_key};
use crate::fold;
use crate::summary::{Application, NamedHost, Pair, Service, Talker, Timeline, Traffic, VantageTotal, ZonePair};
use crate::{knowledge, time};
use hashbrown::HashMap;
use model::vocabulary::Verdict;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Owners told of one service.
const OWNERS_MAX: usize = 3;

const COUNTING_RULE: &str = "A conversation that several interfaces saw counts once: per direction the larger of what \
    its client's end and its server's end saw; gateways in between count only where no end was seen, and what a NAT \
    gateway sends on only where its client was not seen. Packets and the timeline, which is counted as it streams by, \
    take a record at its sender, or at its receiver if the sender is not ours.";

impl Analysis<'_> {
    /// What the network did.
    pub(crate) fn traffic(&self) -> Traffic {
        let rows_max = self.fold.options.limits.list_rows_max;
        let totals = &self.fold.totals;
        let (denied_sources, denied_ports) = (self.denied_sources(), self.denied_ports());
        Traffic {
            counting_rule: COUNTING_RULE,
            bytes: self.talks.iter().map(Talk::bytes).sum(),
            packets: totals.packets,
            conversations: self.singles().count() as u64 + totals.conversations_folded,
            conversations_folded: totals.conversations_folded,
            verdicts: Verdict::ALL
                .iter()
                .zip(totals.verdicts)
                .filter(|(_, records)| *records > 0)
                .map(|(verdict, records)| (verdict.name().to_owned(), records))
                .collect(),
            timeline: self.timeline(),
            vantages: self.vantages(rows_max),
            talkers: self.talkers(rows_max),
            conversations_top: self.pairs(rows_max),
            services: self.services(rows_max),
            zones: self.zones(),
            denied_sources,
            denied_ports,
            exposed: self.exposed_services(rows_max),
            applications: self.applications(rows_max),
        }
    }

    /// Applications by bytes; what packets show and logs do not.
    fn applications(&self, rows_max: usize) -> Vec<Application> {
        let told = |(name, application): (&str, &fold::applications::Application)| Application {
            name: name.to_owned(),
            sessions: application.sessions,
            bytes: application.bytes,
            packets: application.packets,
            retransmissions: application.retransmissions,
            zero_windows: application.zero_windows,
            capture_lost_bytes: application.capture_lost_bytes,
            client_rtt_median_us: application.client_rtt.median_us(),
            server_rtt_median_us: application.server_rtt.median_us(),
            response_median_us: application.response.median_us(),
            hosts: named_hosts(application),
        };
        let mut applications: Vec<Application> =
            self.fold.applications.by_name.iter().map(|(name, application)| told((&**name, application))).collect();
        applications.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
        applications.truncate(rows_max);
        applications
    }

    fn timeline(&self) -> Timeline {
        let timeline = &self.fold.timeline;
        let seconds = timeline.bucket_seconds();
        let start = u64::from(timeline.base) * seconds;
        Timeline {
            bucket_s: seconds,
            start: (!timeline.buckets.is_empty()).then(|| time::rfc3339(u32::try_from(start).unwrap_or(u32::MAX))),
            bytes: timeline.buckets.iter().map(|bucket| bucket.bytes).collect(),
            allowed: timeline.buckets.iter().map(|bucket| bucket.allowed).collect(),
            denied: timeline.buckets.iter().map(|bucket| bucket.denied).collect(),
        }
    }

    fn vantages(&self, rows_max: usize) -> Vec<VantageTotal> {
        let mut rows: BTreeMap<[&str; 4], (VantageTotal, BTreeSet<&str>)> = BTreeMap::new();
        for observer in &self.fold.observers.all {
            let names = &observer.names;
            let key = [&*names.provider, &*names.source_kind, &*names.account_id, &*names.vpc_id];
            let (row, interfaces) = rows.entry(key).or_default();
            let (bytes_in, bytes_out) = observer.bytes_in_out();
            row.records += observer.records;
            row.bytes_in += bytes_in;
            row.bytes_out += bytes_out;
            row.denied += observer.denied;
            row.bytes_semantics = names.bytes_semantics.to_string();
            let id = if names.if_id.is_empty() { &names.instance_id } else { &names.if_id };
            if !id.is_empty() {
                interfaces.insert(id);
            }
        }
        let mut totals: Vec<VantageTotal> = rows
            .into_iter()
            .map(|([provider, source_kind, account_id, network], (row, interfaces))| VantageTotal {
                provider: provider.to_owned(),
                source_kind: source_kind.to_owned(),
                account_id: account_id.to_owned(),
                network: network.to_owned(),
                interfaces: interfaces.len() as u64,
                ..row
            })
            .collect();
        totals.sort_by_key(|row| Reverse(row.records));
        totals.truncate(rows_max);
        totals
    }

    fn talkers(&self, rows_max: usize) -> Vec<Talker> {
        let mut sums = vec![(0_u64, 0_u64, 0_u64); self.hosts.len()];
        for talk in &self.talks {
            for (host, out, back) in
                [(talk.client, talk.to_server, talk.to_client), (talk.server, talk.to_client, talk.to_server)]
            {
                let sum = &mut sums[host as usize];
                *sum = (sum.0 + out, sum.1 + back, sum.2 + talk.records());
            }
        }
        let mut order: Vec<u32> = (0..self.hosts.len() as u32).filter(|&host| !self.host(host).is_many).collect();
        let moved = |host: u32| sums[host as usize].0 + sums[host as usize].1;
        top(&mut order, rows_max, |&host| (Reverse(moved(host)), self.host(host).ip));
        let peers = self.peers(&order);
        let talker = |(&number, peers): (&u32, u64)| {
            let (host, (bytes_out, bytes_in, records)) = (self.host(number), sums[number as usize]);
            Talker {
                address: host.ip.to_string(),
                class: knowledge::class_name(host.ip).to_owned(),
                name: host.name.clone(),
                owner: self.last_owner(number),
                bytes_out,
                bytes_in,
                records,
                peers,
            }
        };
        order.iter().zip(peers).map(talker).collect()
    }

    /// How many others each of these hosts talked to.
    fn peers(&self, hosts: &[u32]) -> Vec<u64> {
        let places: HashMap<u32, u32> = hosts.iter().copied().zip(0..).collect();
        let mut pairs = Vec::new();
        for talk in &self.talks {
            for (host, peer) in [(talk.client, talk.server), (talk.server, talk.client)] {
                if let Some(&place) = places.get(&host).filter(|_| !self.host(peer).is_many) {
                    pairs.push((place, peer));
                }
            }
        }
        distinct_per_key(pairs, hosts.len())
    }

    fn pairs(&self, rows_max: usize) -> Vec<Pair> {
        let mut order: Vec<&Talk> = self.singles().collect();
        let ip = |host: u32| self.host(host).ip;
        top(&mut order, rows_max, |talk| {
            (Reverse(talk.bytes()), ip(talk.client), ip(talk.server), talk.port, talk.proto)
        });
        let pair = |talk: &&Talk| Pair {
            client: self.text(talk.client),
            client_owner: self.owner(talk.client, talk.span().1),
            server: self.text(talk.server),
            server_owner: self.owner(talk.server, talk.span().1),
            protocol: knowledge::protocol_name(talk.proto),
            port: talk.port(),
            service: talk.service().to_owned(),
            bytes_to_server: talk.to_server,
            bytes_to_client: talk.to_client,
            records: talk.records(),
            denied: u64::from(talk.denied),
            first: moment(talk.span().0),
            last: moment(talk.span().1),
        };
        order.iter().map(pair).collect()
    }

    fn services(&self, rows_max: usize) -> Vec<Service> {
        let mut sums: HashMap<(u8, u16), (u64, u64, u64)> = HashMap::new();
        for talk in &self.talks {
            let sum = sums.entry((talk.proto, talk.port)).or_default();
            *sum = (sum.0 + talk.bytes(), sum.1 + talk.records(), sum.2 + u64::from(talk.denied));
        }
        let row = |((proto, port), (bytes, records, denied)): ((u8, u16), (u64, u64, u64))| {
            let port_if_any = knowledge::has_ports(proto).then_some(port);
            let (protocol, name) = (knowledge::protocol_name(proto), knowledge::service_name(port, proto).to_owned());
            let row = Service { protocol, port: port_if_any, name, bytes, records, denied, ..Service::default() };
            ((proto, port), row)
        };
        let mut rows: Vec<((u8, u16), Service)> = sums.into_iter().map(row).collect();
        top(&mut rows, rows_max, |(_, row)| (Reverse(row.bytes), Reverse(row.records), row.protocol.clone(), row.port));
        let chosen: Vec<(u8, u16)> = rows.iter().map(|row| row.0).collect();
        let (clients, servers) = self.ends_of(&chosen, self.talks.iter());
        let ends = clients.into_iter().zip(servers).zip(self.owners_of(&chosen));
        let row = |((_, row), ((clients, servers), owners))| Service { clients, servers, owners, ..row };
        rows.into_iter().zip(ends).map(row).collect()
    }

    /// What stands behind the servers of some services, by bytes.
    fn owners_of(&self, services: &[(u8, u16)]) -> Vec<Vec<String>> {
        let places: HashMap<(u8, u16), usize> = services.iter().copied().zip(0..).collect();
        let mut sums: Vec<BTreeMap<&str, u64>> = vec![BTreeMap::new(); services.len()];
        for talk in self.talks.iter().filter(|_| self.knows_owners()) {
            let Some(&place) = places.get(&(talk.proto, talk.port)) else { continue };
            if let Some(service) = self.owner_service(talk.server, talk.span().1) {
                *sums[place].entry(service).or_default() += talk.bytes();
            }
        }
        let most = |sums: BTreeMap<&str, u64>| {
            let mut order: Vec<(&str, u64)> = sums.into_iter().collect();
            top(&mut order, OWNERS_MAX, |&(service, bytes)| (Reverse(bytes), service.to_owned()));
            order.into_iter().map(|(service, _)| service.to_owned()).collect()
        };
        sums.into_iter().map(most).collect()
    }

    /// Distinct clients and servers of some services, in these conversations.
    pub(super) fn ends_of<'t>(
        &self,
        services: &[(u8, u16)],
        talks: impl Iterator<Item = &'t Talk>,
    ) -> (Vec<u64>, Vec<u64>) {
        let places: HashMap<(u8, u16), u32> = services.iter().copied().zip(0..).collect();
        let (mut clients, mut servers) = (Vec::new(), Vec::new());
        for talk in talks {
            let Some(&place) = places.get(&(talk.proto, talk.port)) else { continue };
            for (host, seen) in [(talk.client, &mut clients), (talk.server, &mut servers)] {
                if !self.host(host).is_many {
                    seen.push((place, host));
                }
            }
        }
        (distinct_per_key(clients, services.len()), distinct_per_key(servers, services.len()))
    }

    fn zones(&self) -> Vec<ZonePair> {
        let mut zones: BTreeMap<(&str, &str), ZonePair> = BTreeMap::new();
        for talk in &self.talks {
            let (client, server) = (self.host(talk.client).zone, self.host(talk.server).zone);
            let forward = zones.entry((client, server)).or_default();
            forward.bytes += talk.to_server;
            forward.allowed += u64::from(talk.allowed);
            forward.denied += u64::from(talk.denied);
            zones.entry((server, client)).or_default().bytes += talk.to_client;
        }
        let mut rows: Vec<ZonePair> = zones
            .into_iter()
            .map(|((from, to), row)| ZonePair { from: from.to_owned(), to: to.to_owned(), ..row })
            .collect();
        rows.sort_by_key(|row| Reverse(row.bytes));
        rows
    }
}

/// The first `rows_max` by a total order.
pub(crate) fn top<T, K: Ord>(rows: &mut Vec<T>, rows_max: usize, key: impl Fn(&T) -> K) {
    if rows.len() > rows_max && rows_max > 0 {
        rows.select_nth_unstable_by_key(rows_max - 1, &key);
    }
    rows.truncate(rows_max);
    rows.sort_by_key(key);
}

/// A second as text; empty where there is none.
pub(crate) fn moment(second: u32) -> String {
    match second {
        0 | u32::MAX => String::new(),
        second => time::rfc3339(second),
    }
}

/// Names of servers that are told of one application.
const HOSTS_TOLD: usize = 10;

fn named_hosts(application: &fold::applications::Application) -> Vec<NamedHost> {
    let hosts = application.hosts_top(HOSTS_TOLD).into_iter();
    hosts.map(|(name, sessions)| NamedHost { name: name.to_owned(), sessions }).collect()
}
