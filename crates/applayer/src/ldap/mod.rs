//! LDAP (RFC 4511): who binds, what is searched and changed, and how it went. After StartTLS the flow goes on as TLS.

mod buffers;
mod message;
mod operation;
mod parser;
mod probe;
mod said;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use message::Message;
pub use operation::{OPERATIONS, RESULT_CODES};
pub use said::{Said, Value};
pub use transaction::LdapTransaction;

/// The row of LDAP.
pub struct LdapProtocol;

impl Protocol for LdapProtocol {
    fn name(&self) -> &'static str {
        "ldap"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[389, 3268]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Ldap::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] =
    &[Table { name: "ldap", doc: "Requests to directories and what answers them", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("message_id", "request.message_id", Int64, "The request's number"),
    column("operation", "request.operation", Text, "bind_request, search_request, modify_request, ..."),
    column("bind_name", "request.bind_request.name", Text, "Who binds"),
    column("bind_version", "request.bind_request.version", Int32, "The protocol's version"),
    column("mechanism", "request.bind_request.sasl.mechanism", Text, "How it is proven, with SASL"),
    column("search_base", "request.search_request.base_object", Text, "Where is searched"),
    column("search_scope", "request.search_request.scope", Int32, "0 this object, 1 one level, 2 all below"),
    column("search_attributes", "request.search_request.attributes[]", Text, "What is wanted of it"),
    column("modified", "request.modify_request.object", Text, "What is changed"),
    column("added", "request.add_request.entry", Text, "What is added"),
    column("deleted", "request.del_request.dn", Text, "What is deleted"),
    column("renamed", "request.mod_dn_request.entry", Text, "What gets another name"),
    column("extension", "request.extended_request.name", Text, "Which extension is called"),
    column("responses", "responses[].operation", Text, "The operations that answer"),
    column("result", "result", Text, "How it went"),
    column("result_message", "result_message", Text, "What the server says of it"),
    column("entries", "entries", Int64, "Entries that were found"),
    column("response_ns", "timing.response_ns", Int64, "From the request to the end of its answer"),
];
