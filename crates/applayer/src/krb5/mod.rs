//! Kerberos (RFC 4120): who asks for a ticket, for which service, and how it went, as far as that is in the clear.

mod message;
mod name;
mod parser;
mod probe;
#[cfg(test)]
mod tests;
mod ticket;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use message::Kind;
pub use ticket::Ticket;
pub use transaction::{ENCRYPTIONS, Krb5Transaction, STRONG_ENCRYPTIONS};

/// The row of Kerberos.
pub struct Krb5Protocol;

impl Protocol for Krb5Protocol {
    fn name(&self) -> &'static str {
        "krb5"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[88]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], _sender: Side, transport: Transport) -> Probe {
        probe::probe(head, transport)
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Krb5::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] =
    &[Table { name: "krb5", doc: "Tickets of Kerberos that were given, refused or shown", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("message", "msg_type", Text, "KRB_AS_REP, KRB_TGS_REP, KRB_ERROR, KRB_AP_REQ"),
    column("failed_request", "failed_request", Text, "Of an error: the request it answers"),
    column("error_code", "error_code", Text, "Of an error: why"),
    column("client", "cname", Text, "Who asks"),
    column("realm", "realm", Text, "In which realm"),
    column("service", "sname", Text, "For which service"),
    column("encryption", "encryption", Text, "How the answer is encrypted"),
    column("weak_encryption", "weak_encryption", Text, "Can that be broken?"),
    column("ticket_encryption", "ticket_encryption", Text, "How the ticket is encrypted"),
    column("ticket_weak_encryption", "ticket_weak_encryption", Text, "Can that be broken?"),
    column("response_ns", "timing.response_ns", Int64, "From the request to the answer"),
];
