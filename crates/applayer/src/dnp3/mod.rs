//! DNP3 (IEEE 1815): what a control centre asks of a station, and the answers. Each application message is a transaction.

mod link;
mod object;
mod parser;
mod point;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{ANY, is, proof, shape};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Text};
use model::packet::Side;

pub use object::ObjectHeader;
pub use transaction::Dnp3Transaction;

/// The row of DNP3.
pub struct Dnp3Protocol;

impl Protocol for Dnp3Protocol {
    fn name(&self) -> &'static str {
        "dnp3"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[20_000]
    }

    /// The begin of a link frame with its checksum.
    fn probe(&self, head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        match shape(head, &[is(5), is(0x64), (5, 255), ANY, ANY, ANY, ANY, ANY, ANY, ANY]) {
            Probe::Yes => proof(link::has_checksum(&head[..10])),
            other => other,
        }
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Dnp3::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "dnp3", doc: "Application messages of DNP3", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("type", "type", Text, "request, response or unsolicited_response"),
    column("source", "src", Int32, "The sender's link address"),
    column("destination", "dst", Int32, "The receiver's link address"),
    column("function_code", "application.function_code", Int32, "What is asked or answered: 1 is a read, 2 a write, 129 a response, ..."),
    column("groups", "application.objects[].group", Text, "The groups of its objects"),
    column("variations", "application.objects[].variation", Text, "Their variations"),
    column("indicators", "iin.indicators[]", Text, "What the station says of its state"),
];
