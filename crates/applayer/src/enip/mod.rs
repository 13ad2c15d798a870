//! EtherNet/IP with CIP (ODVA): what is asked of controllers and drives. A request and its response are one transaction.

mod cip;
mod message;
mod names;
mod parser;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{ANY, both, is, le16, proof, shape};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Text};
use model::packet::Side;

pub use cip::{Cip, Segment, SegmentKind};
pub use message::{Identity, Item, Message, Service};
pub use names::{COMMANDS, STATUSES};
pub use transaction::EnipTransaction;

/// The row of EtherNet/IP.
pub struct EnipProtocol;

impl Protocol for EnipProtocol {
    fn name(&self) -> &'static str {
        "enip"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp, Transport::Udp]
    }

    fn ports(&self) -> &'static [u16] {
        &[44_818]
    }

    fn probe(&self, head: &[u8], _sender: Side, transport: Transport) -> Probe {
        probe(head, transport)
    }

    fn parser(&self, start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Enip::new(start.transport))
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// A command, the length of its data, a status, no options.
fn probe(head: &[u8], transport: Transport) -> Probe {
    const ZERO: (u8, u8) = is(0);
    #[rustfmt::skip]
    let header = [
        ANY, ZERO, ANY, (0, 4), ANY, ANY, ANY, ANY, (0, 0x69), ZERO, ZERO, ZERO,
        ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ZERO, ZERO, ZERO, ZERO,
    ];
    let is_command = head.first().is_none_or(|command| matches!(command, 4 | 0x63..=0x66 | 0x6f | 0x70));
    let fits = transport == Transport::Tcp || le16(head, 2).is_some_and(|length| length + header.len() == head.len());
    both(proof(is_command && fits), shape(head, &header))
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] =
    &[Table { name: "enip", doc: "Requests of EtherNet/IP and their responses", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("command", "request.command", Text, "What is asked: list_identity, register_session, send_rr_data, ..."),
    column("cip_service", "request.cip.service", Text, "What is asked of an object"),
    column("cip_class", "request.cip.class_name", Text, "The object's class"),
    column("cip_status", "response.cip.status", Text, "What became of it"),
    column("status", "response.status", Text, "What became of the command"),
    column("vendor", "response.identity.vendor_id", Text, "Who made the device"),
    column("device_type", "response.identity.device_type", Text, "What the device is"),
    column("product_name", "response.identity.product_name", Text, "What its maker calls it"),
    column("product_code", "response.identity.product_code", Int32, "The same as a number"),
    column("revision", "response.identity.revision", Text, "Of which revision it is"),
];
