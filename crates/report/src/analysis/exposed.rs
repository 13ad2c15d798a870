//! What the internet reaches: services of ours that accepted and answered clients from outside.

use super::traffic::moment;
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
    fn add(&mut self, talk: &Talk<'_>) {
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
    pub(super) fn exposed_services(&self) -> Vec<Exposure> {
        let mut services: HashMap<(u32, u16, u8), Seen> = HashMap::new();
        for talk in self.talks.iter().filter(|talk| self.is_inbound(talk) && knowledge::has_ports(talk.proto)) {
            let server = self.host(talk.server);
            if server.is_many || knowledge::is_platform(self.host(talk.client).ip) {
                continue;
            }
            let fresh = Seen { first: u32::MAX, first_denied: u32::MAX, ..Seen::default() };
            services.entry((talk.server, talk.port, talk.proto)).or_insert(fresh).add(talk);
        }
        let mut services: Vec<_> = services.into_iter().collect();
        services.sort_unstable_by_key(|service| service.0);
        let mut rows: Vec<Exposure> = services
            .into_iter()
            .filter(|(_, seen)| seen.records > 0)
            .map(|((server, port, proto), seen)| Exposure {
                server: self.text(server),
                name: self.host(server).name.clone(),
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
            })
            .collect();
        // The order of servers breaks ties.
        rows.sort_by_key(|row| (!row.is_sensitive, Reverse(row.clients), Reverse(row.bytes)));
        rows
    }
}
