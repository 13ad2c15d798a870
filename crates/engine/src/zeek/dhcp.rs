//! `dhcp.log`: the messages of one lease, in one row.

use super::field::Field;
use super::field::{made, unset};
use super::identifier;
use super::leaves::Leaves;
use super::value::{Line, Value};
use super::{Form, LOGS};
use crate::event::FlowFacts;
use model::packet::Timestamp;

/// Leases that are waited for at one time; the oldest makes room.
const LEASES_MAX: usize = 1_024;
/// Messages of one lease that are named.
const MESSAGES_MAX: usize = 256;
/// Silence after which an exchange is over.
const SILENCE_NS: i64 = 30_000_000_000;

/// The fields; their values are a [`Lease`]'s.
pub(super) const FIELDS: &[Field] = &[
    made("ts", "time", |_| Value::Unset),
    unset("uids", "set[string]"),
    unset("client_addr", "addr"),
    unset("server_addr", "addr"),
    unset("mac", "string"),
    unset("host_name", "string"),
    unset("client_fqdn", "string"),
    unset("domain", "string"),
    unset("requested_addr", "addr"),
    unset("assigned_addr", "addr"),
    unset("lease_time", "interval"),
    unset("client_message", "string"),
    unset("server_message", "string"),
    unset("msg_types", "vector[string]"),
    unset("duration", "interval"),
];

/// What is known of the leases that are being asked for.
#[derive(Debug, Default)]
pub(super) struct Leases(Vec<Lease>);

/// One exchange: everything with one transaction id.
#[derive(Debug)]
pub(super) struct Lease {
    id: u64,
    first: Timestamp,
    last: Timestamp,
    flows: Vec<Vec<u8>>,
    messages: Vec<Vec<u8>>,
    /// Values by place in [`FIELDS`], where a message told one.
    values: Vec<Option<Value>>,
}

/// Which leaf is which field; what comes later goes.
const LEAVES: &[(usize, &str)] =
    &[(4, "client_mac"), (5, "hostname"), (6, "fqdn"), (7, "domain"), (8, "requested_ip"), (9, "assigned_ip")];

impl Leases {
    /// Takes a message. Gives back the lease that is over by now, if one is.
    pub(super) fn take(&mut self, facts: &FlowFacts<'_>, now: Timestamp, leaves: &Leaves) -> Option<Lease> {
        let id = leaves.number("id").unwrap_or(0);
        let is_over = |lease: &Lease| now.since_ns(lease.last) > SILENCE_NS;
        let over = self.0.iter().position(is_over).or((self.0.len() >= LEASES_MAX).then_some(0));
        let over = over.map(|place| self.0.remove(place));
        let place = match self.0.iter().position(|lease| lease.id == id) {
            Some(place) => place,
            None => {
                self.0.push(Lease::new(id, now));
                self.0.len() - 1
            }
        };
        self.0[place].take(facts, now, leaves);
        over
    }

    /// All that are left.
    pub(super) fn finish(&mut self) -> Vec<Lease> {
        std::mem::take(&mut self.0)
    }
}

impl Lease {
    fn new(id: u64, now: Timestamp) -> Lease {
        Lease { id, first: now, last: now, flows: Vec::new(), messages: Vec::new(), values: vec![None; FIELDS.len()] }
    }

    fn take(&mut self, facts: &FlowFacts<'_>, now: Timestamp, leaves: &Leaves) {
        self.last = Timestamp(self.last.0.max(now.0));
        let uid = identifier::spelled(b'C', facts.id(), 0);
        if !self.flows.contains(&uid) && self.flows.len() < MESSAGES_MAX {
            self.flows.push(uid);
        }
        let kind = leaves.first("dhcp_type").unwrap_or(b"unknown").to_ascii_uppercase();
        if self.messages.len() < MESSAGES_MAX {
            self.messages.push(kind.clone());
        }
        for (place, path) in LEAVES {
            if let Some(value) = leaves.first(path).filter(|value| !value.is_empty() && *value != b"0.0.0.0") {
                self.values[*place] = Some(Value::Text(value.to_vec()));
            }
        }
        let is_reply = leaves.first("type") == Some(b"reply");
        if let Some(seconds) = leaves.number("lease_time").filter(|_| is_reply) {
            self.values[10] = Some(Value::Interval((seconds as i64).saturating_mul(1_000_000_000)));
        }
        if let Some(message) = leaves.first("message") {
            self.values[if is_reply { 12 } else { 11 }] = Some(Value::Text(message.to_vec()));
        }
        self.take_ends(facts, leaves, is_reply);
    }

    /// The client's address is the one that it sends from; before it has one, there is none.
    fn take_ends(&mut self, facts: &FlowFacts<'_>, leaves: &Leaves, is_reply: bool) {
        if is_reply {
            let told = leaves.first("server_id").map(|address| Value::Text(address.to_vec()));
            self.values[3] = told.or(Some(Value::Address(facts.flow.server().address)));
        } else if !facts.flow.client().address.is_unspecified() {
            self.values[2] = Some(Value::Address(facts.flow.client().address));
        }
    }

    /// The row.
    pub(super) fn line<'a>(&self, line: &'a mut Line, form: Form) -> &'a [u8] {
        let fields = LOGS.iter().find(|log| log.name == "dhcp").map_or(FIELDS, |log| log.fields);
        line.begin(form);
        for (place, field) in fields.iter().enumerate() {
            let value = match place {
                0 => Value::Time(self.first.0),
                1 => Value::list(self.flows.clone()),
                13 => Value::list(self.messages.clone()),
                14 => Value::Interval(self.last.since_ns(self.first)),
                place => self.values[place].clone().unwrap_or(Value::Unset),
            };
            line.push(field.name, field.zeek_type, &value);
        }
        line.end()
    }
}
