//! What the internet reaches: services of ours that accepted and answered clients from outside.

use super::traffic::{moment, top};
use super::{Analysis, Talk};
use crate::knowledge;
use crate::summary::Exposure;
use hashbrown::HashMap;
use std::cmp::Reverse;

/// What is known of one service of ours, as seen from the internet.
#[derive(Default)]
struct Seen {
    clients: u64,
    records: u64,
    bytes: u64,
    first: u32,
    last: u32,
    first_denied: u32,
    last_denied: u32,
}

impl Seen {
    fn add(&mut self, talk: &Talk) {
        if talk.denied > 0 {
            self.first_denied = self.first_denied.min(talk.first_denied);
            self.last_denied = self.last_denied.max(talk.last_denied);
        }
        if talk.is_answered() {
            self.clients += u64::from(!talk.marks.is_folded());
            self.records += u64::from(talk.allowed);
            self.bytes += talk.bytes();
            self.first = self.first.min(talk.first_allowed);
            self.last = self.last.max(talk.last_allowed);
        }
    }
}

impl Analysis<'_> {
    /// Sensitive services first, then by clients.
    pub(super) fn exposed_services(&self, rows_max: usize) -> Vec<Exposure> {
        let mut services: HashMap<(u32, u16, u8), Seen> = HashMap::new();
        for talk in self.talks.iter().filter(|talk| self.is_inbound(talk) && knowledge::has_ports(talk.proto)) {
            let server = self.host(talk.server);
            if server.is_many || knowledge::is_platform(self.host(talk.client).ip) {
                continue;
            }
            let fresh = Seen { first: u32::MAX, first_denied: u32::MAX, ..Seen::default() };
            services.entry((talk.server, talk.port, talk.proto)).or_insert(fresh).add(talk);
        }
        let mut rows: Vec<_> = services.into_iter().filter(|(_, seen)| seen.records > 0).collect();
        top(&mut rows, rows_max, |&(service, ref seen)| {
            (!knowledge::is_sensitive(service.1, service.2), Reverse(seen.clients), Reverse(seen.bytes), service)
        });
        rows.into_iter().map(|(service, seen)| self.exposure(service, &seen)).collect()
    }

    fn exposure(&self, (server, port, proto): (u32, u16, u8), seen: &Seen) -> Exposure {
        Exposure {
            server: self.text(server),
            name: self.host(server).name.clone(),
            owner: self.owner(server, seen.last),
            protocol: knowledge::protocol_name(proto),
            port: Some(port),
            service: knowledge::service_name(port, proto).to_owned(),
            clients: seen.clients,
            records: seen.records,
            bytes: seen.bytes,
            first: moment(seen.first),
            last: moment(seen.last),
            is_sensitive: knowledge::is_sensitive(port, proto),
            denied_until: (seen.first_denied < seen.first).then(|| moment(seen.last_denied)),
        }
    }
}
