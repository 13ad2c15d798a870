//! IMAP (RFC 9051): who reads mail. A command and its answer are one transaction.

mod line;
mod parser;
mod probe;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use transaction::ImapTransaction;

/// The row of IMAP.
pub struct ImapProtocol;

impl Protocol for ImapProtocol {
    fn name(&self) -> &'static str {
        "imap"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[143]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Server)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    /// Commands are too many to be held against a flow.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Imap::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "imap", doc: "Commands of IMAP and their answers", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("command", "request.command", Text, "LOGIN, SELECT, FETCH, ...; empty of the server's greeting"),
    column("arguments", "request.arguments", Text, "What is behind it; of a login the user only"),
    column("status", "response.status", Text, "OK, NO, BAD, PREAUTH or BYE"),
    column("response", "response.text", Text, "What the server says behind it"),
    column("data_lines", "response.data_lines", Int64, "Lines and literals that came before it"),
    column("data_bytes", "response.data_bytes", Int64, "Bytes of these"),
    column("response_ns", "timing.response_ns", Int64, "From the command to its answer"),
];
