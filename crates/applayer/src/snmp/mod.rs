//! SNMP (RFC 1157, 3416, 3412): what is asked of which variables, and the traps. Each message is a transaction.

mod message;
mod probe;
#[cfg(test)]
mod tests;

use crate::buffer::Field;
use crate::protocol::{Gap, Input, Parser, Probe, Progress, Protocol, Start, Transport};
use crate::sink::Sink;
use crate::tree::{Column, Table, Transaction, Tree};
use model::FieldType::{Int32, Text};
use model::packet::{Side, Timestamp};
use std::any::Any;
use std::borrow::Cow;

pub use message::{Message, Trap};

/// The row of SNMP.
pub struct SnmpProtocol;

impl Protocol for SnmpProtocol {
    fn name(&self) -> &'static str {
        "snmp"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[161, 162]
    }

    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        probe::probe(head)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(Messages::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "snmp", doc: "Messages of SNMP", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("version", "version", Int32, "1, 2 or 3"),
    column("pdu_type", "pdu_type", Text, "get_request, response, trap_v2, ...; encrypted"),
    column("error", "error", Text, "Why a request failed"),
    column("variables", "vars[]", Text, "The variables it is about"),
    column("community", "community", Text, "The community: the password of versions 1 and 2"),
    column("user", "usm", Text, "The user, of version 3"),
    column("trap_type", "trap_type", Text, "What happened, of version 1"),
    column("trap_oid", "trap_oid", Text, "To which kind of device"),
    column("trap_address", "trap_address", Text, "Its address"),
];

/// A message.
#[derive(Clone, Debug)]
pub struct SnmpTransaction {
    /// What it says.
    pub message: Message,
    /// Who sent it.
    pub sender: Side,
    id: u64,
    started: Timestamp,
}

impl Transaction for SnmpTransaction {
    fn table(&self) -> &'static str {
        "snmp"
    }

    fn id(&self) -> u64 {
        self.id
    }

    fn started(&self) -> Timestamp {
        self.started
    }

    fn sender(&self) -> Side {
        self.sender
    }

    fn tell(&self, tree: &mut dyn Tree) {
        self.message.tell(tree);
    }

    fn buffer(&self, field: Field, sender: Side, place: usize) -> Option<Cow<'_, [u8]>> {
        if sender != self.sender || place > 0 {
            return None;
        }
        match field {
            Field::SnmpCommunity => self.message.community.as_deref().map(Cow::Borrowed),
            Field::SnmpUser => self.message.user.as_deref().map(Cow::Borrowed),
            _ => None,
        }
    }

    fn number(&self, field: Field, sender: Side, place: usize) -> Option<u64> {
        if sender != self.sender || place > 0 {
            return None;
        }
        match field {
            Field::SnmpVersion => Some(self.message.version.into()),
            Field::SnmpPduType => self.message.kind.map(u64::from),
            Field::SnmpTrapType => self.message.trap.as_ref().and_then(|trap| u64::try_from(trap.kind).ok()),
            _ => None,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One flow.
#[derive(Default)]
struct Messages {
    begun: u64,
    version: Option<u8>,
}

impl Parser for Messages {
    fn push(&mut self, input: Input<'_>, sink: &mut dyn Sink) -> Progress {
        let Input { now, sender, bytes } = input;
        match Message::parse(bytes) {
            Some(message) => {
                let id = self.begun;
                self.begun += 1;
                if *self.version.get_or_insert(message.version) != message.version {
                    sink.anomaly(now, "version_mismatch", Some(id));
                }
                if message.has_unknown_security {
                    sink.anomaly(now, "unknown_security_model", Some(id));
                }
                sink.transaction(now, &SnmpTransaction { message, sender, id, started: now });
            }
            None => sink.anomaly(now, "malformed_data", self.begun.checked_sub(1)),
        }
        Progress::all(bytes)
    }

    fn gap(&mut self, _gap: Gap<'_>, _sink: &mut dyn Sink) {}

    fn finish(&mut self, _now: Timestamp, _sink: &mut dyn Sink) {}
}
