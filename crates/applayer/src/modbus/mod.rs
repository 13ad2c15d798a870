//! Modbus over TCP (Modbus Messaging on TCP/IP 1.0b): which registers and coils are read and written. A request and its
//! response are one transaction.

mod body;
mod function;
mod message;
mod parser;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{ANY, be16, is, proof, shape, weak};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use body::Body;
pub use message::{Errors, Message};
pub use transaction::ModbusTransaction;

/// The row of Modbus.
pub struct ModbusProtocol;

impl Protocol for ModbusProtocol {
    fn name(&self) -> &'static str {
        "modbus"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[502]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe(head, sender)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Modbus::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// A header with protocol 0 and a length that fits its function. Of a server an exception's bit may be set.
fn probe(head: &[u8], sender: Side) -> Probe {
    let highest = if sender == Side::Client { 0x7f } else { 0xff };
    let begin = shape(head, &[ANY, ANY, is(0), is(0), is(0), (2, 254), ANY, (1, highest)]);
    let (Probe::Yes, Some(length)) = (begin, be16(head, 4)) else { return begin };
    if sender == Side::Server {
        return Probe::Maybe;
    }
    let is_fitting = match head[7] {
        1..=6 => length == 6,
        7 | 11 | 12 | 17 => length == 2,
        15 | 16 => match head.get(12) {
            Some(bytes) => length == 7 + usize::from(*bytes),
            None => return Probe::NeedMore,
        },
        43 => return weak(proof(length >= 5)),
        8 | 20..=24 | 90 => return Probe::Maybe,
        _ => false,
    };
    proof(is_fitting)
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "modbus", doc: "Requests of Modbus and their responses", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("unit", "request.unit_id", Int32, "The device behind the server"),
    column("function", "request.function_code", Text, "What is asked"),
    column("function_number", "request.function_raw", Int32, "Its number"),
    column("access", "request.access_type", Text, "Read or written, and what"),
    column("read_address", "request.read.address", Int32, "The first address that is read, from 0"),
    column("read_quantity", "request.read.quantity", Int32, "How many are read"),
    column("write_address", "request.write.address", Int32, "The first address that is written, from 0"),
    column("write_quantity", "request.write.quantity", Int32, "How many are written, where that may be several"),
    column("exception", "response.exception.code", Text, "Why it was refused"),
    column("errors", "request.error_flags", Text, "What is wrong with the request"),
    column("response_ns", "timing.response_ns", Int64, "From the request to its response"),
];
