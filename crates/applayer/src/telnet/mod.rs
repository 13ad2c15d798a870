//! Telnet (RFC 854): who logs in, in the clear. Each attempt is a transaction.

mod parser;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{either, is, shape, weak};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use transaction::{Status, TelnetTransaction};

/// The row of Telnet.
pub struct TelnetProtocol;

impl Protocol for TelnetProtocol {
    fn name(&self) -> &'static str {
        "telnet"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[23]
    }

    /// Two negotiations in a row.
    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        let one = [is(0xff), (0xfb, 0xfe), (0, 0x31)];
        let two = [&one[..], &one].concat();
        // A subnegotiation ends with the next command.
        let with_subnegotiation = [&one[..], &[is(0xff), is(0xfa), (0, 0x31)]].concat();
        match either(shape(head, &two), shape(head, &with_subnegotiation)) {
            Probe::No => weak(shape(head, &one)),
            other => other,
        }
    }

    /// Text contradicts nothing.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Telnet::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "telnet", doc: "Attempts to log in over Telnet", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("user", "user", Text, "Who logs in"),
    column("status", "status", Text, "success, failure or unknown, as far as the server's words tell"),
    column("terminal", "terminal", Text, "The client's terminal"),
    column("response_ns", "timing.response_ns", Int64, "From the user's name to the server's judgement"),
];
