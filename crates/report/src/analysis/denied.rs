//! Who was turned away, where, and who got in afterwards.

use super::traffic::{moment, top};
use super::{Analysis, Talk, distinct_per_key};
use crate::knowledge;
use crate::summary::{DeniedPort, DeniedSource, GotIn};
use hashbrown::HashMap;
use std::cmp::Reverse;
use std::net::IpAddr;

/// Places listed where one source got in.
const GOT_IN_MAX: usize = 10;

/// What is denied of one source.
#[derive(Clone, Copy)]
struct Refusals {
    denied: u64,
    tries: u64,
    first: u32,
    last: u32,
}

impl Analysis<'_> {
    fn denials(&self) -> impl Iterator<Item = &Talk> {
        self.talks.iter().filter(|talk| talk.denied > 0)
    }

    /// Conversations of a client where it got in after its first denial.
    fn places_got_in(&self, refusals: &[Option<Refusals>]) -> HashMap<u32, Vec<&Talk>> {
        let mut places: HashMap<u32, Vec<&Talk>> = HashMap::new();
        for talk in self.singles().filter(|talk| talk.is_answered()) {
            if refusals[talk.client as usize].is_some_and(|refusals| talk.first_allowed >= refusals.first) {
                places.entry(talk.client).or_default().push(talk);
            }
        }
        places
    }

    pub(super) fn denied_sources(&self) -> Vec<DeniedSource> {
        let rows_max = self.fold.options.limits.list_rows_max;
        let refusals = self.refusals();
        let got_in = self.places_got_in(&refusals);
        let sources = refusals.iter().zip(0..).filter_map(|(refusals, host)| refusals.map(|refusals| (host, refusals)));
        let mut order: Vec<(u32, Refusals)> = sources.filter(|&(host, _)| !self.host(host).is_many).collect();
        // Who got in is told even if others were turned away more often.
        let mut inside: Vec<(u32, Refusals)> =
            order.iter().filter(|source| got_in.contains_key(&source.0)).copied().collect();
        let rank = |source: &(u32, Refusals)| (Reverse(source.1.denied), self.host(source.0).ip);
        top(&mut inside, rows_max / 2, rank);
        order.retain(|source| !inside.iter().any(|other| other.0 == source.0));
        top(&mut order, rows_max.saturating_sub(inside.len()), rank);
        order.extend(inside);
        order.sort_by_key(rank);
        let chosen: HashMap<u32, u32> = order.iter().zip(0..).map(|(source, place)| (source.0, place)).collect();
        let (mut targets, mut ports) = (Vec::new(), Vec::new());
        for talk in self.denials().filter(|talk| !self.host(talk.server).is_many) {
            if let Some(&place) = chosen.get(&talk.client) {
                targets.push((place, talk.server));
                ports.push((place, u32::from(talk.port) << 8 | u32::from(talk.proto)));
            }
        }
        let (targets, ports) = (distinct_per_key(targets, order.len()), distinct_per_key(ports, order.len()));
        let row = |(place, (host, refusals)): (usize, &(u32, Refusals))| DeniedSource {
            address: self.text(*host),
            owner: self.owner(*host, refusals.last),
            is_public: !self.host(*host).is_inside,
            denied: refusals.denied,
            targets: targets[place],
            ports: ports[place],
            first: moment(refusals.first),
            last: moment(refusals.last),
            got_in: got_in.get(host).map(|talks| self.got_in(talks)).unwrap_or_default(),
        };
        order.iter().enumerate().map(row).collect()
    }

    /// What is denied per host, as a client; with what a limit has folded.
    fn refusals(&self) -> Vec<Option<Refusals>> {
        let mut refusals: Vec<Option<Refusals>> = vec![None; self.hosts.len()];
        let add = |place: &mut Option<Refusals>, more: Refusals| {
            let sum = place.get_or_insert(Refusals { denied: 0, tries: 0, ..more });
            sum.denied += more.denied;
            sum.tries += more.tries;
            sum.first = sum.first.min(more.first);
            sum.last = sum.last.max(more.last);
        };
        for talk in self.denials() {
            let denied = u64::from(talk.denied);
            let (first, last) = (talk.first_denied, talk.last_denied);
            add(&mut refusals[talk.client as usize], Refusals { denied, tries: 1, first, last });
        }
        let folded: HashMap<IpAddr, _> = self.fold.turned_away.iter().collect();
        for (host, place) in self.hosts.iter().zip(&mut refusals) {
            if let Some(more) = folded.get(&host.ip) {
                add(place, Refusals { denied: more.denied, tries: more.tries, first: more.first, last: more.last });
            }
        }
        refusals
    }

    fn got_in(&self, talks: &[&Talk]) -> Vec<GotIn> {
        let mut talks: Vec<&Talk> = talks.to_vec();
        top(&mut talks, GOT_IN_MAX, |talk| (Reverse(talk.bytes()), self.host(talk.server).ip, talk.port, talk.proto));
        let row = |talk: &Talk| GotIn {
            server: self.text(talk.server),
            port: talk.port(),
            service: talk.service().to_owned(),
            first: moment(talk.first_allowed),
            records: u64::from(talk.allowed),
            bytes: talk.bytes(),
        };
        talks.into_iter().map(row).collect()
    }

    pub(super) fn denied_ports(&self) -> Vec<DeniedPort> {
        let mut sums: HashMap<(u8, u16), u64> = HashMap::new();
        for talk in self.denials() {
            *sums.entry((talk.proto, talk.port)).or_default() += u64::from(talk.denied);
        }
        let row = |((proto, port), denied): ((u8, u16), u64)| {
            let row = DeniedPort {
                protocol: knowledge::protocol_name(proto),
                port: knowledge::has_ports(proto).then_some(port),
                service: knowledge::service_name(port, proto).to_owned(),
                denied,
                ..DeniedPort::default()
            };
            ((proto, port), row)
        };
        let mut rows: Vec<((u8, u16), DeniedPort)> = sums.into_iter().map(row).collect();
        let rows_max = self.fold.options.limits.list_rows_max;
        top(&mut rows, rows_max, |(_, row)| (Reverse(row.denied), row.protocol.clone(), row.port));
        let chosen: Vec<(u8, u16)> = rows.iter().map(|row| row.0).collect();
        let (sources, targets) = self.ends_of(&chosen, self.denials());
        let ends = sources.into_iter().zip(targets);
        rows.into_iter()
            .zip(ends)
            .map(|((_, row), (sources, targets))| DeniedPort { sources, targets, ..row })
            .collect()
    }
}
