//! POP3 (RFC 1939, RFC 2449): who fetches mail. A command and its response are one transaction.

mod command;
mod parser;
mod probe;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use command::Command;
pub use transaction::{Pop3Transaction, Response};

/// The row of POP3.
pub struct Pop3Protocol;

impl Protocol for Pop3Protocol {
    fn name(&self) -> &'static str {
        "pop3"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[110]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Server)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn fits(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::fits(head, sender)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Pop3::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "pop3", doc: "Commands of POP3 and their responses", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("command", "request.command", Text, "USER, PASS, RETR, ...; empty of the server's greeting"),
    column("arguments", "request.args[]", Text, "Its arguments; those of PASS are not told"),
    column("status", "response.status", Text, "OK or ERR"),
    column("response", "response.header", Text, "What the server says behind it"),
    column("data_lines", "timing.data_lines", Int64, "Lines of a response of several"),
    column("data_bytes", "timing.data_bytes", Int64, "Bytes of these lines"),
    column("response_ns", "timing.response_ns", Int64, "From the command to the end of its response"),
];
