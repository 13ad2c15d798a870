//! Redis (RESP 2 and 3): what is asked of a store, and what becomes of it. A command and its reply are one transaction.

mod item;
mod parser;
mod probe;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int64, Text};
use model::packet::Side;

pub use item::Item;
pub use transaction::RedisTransaction;

/// The row of Redis.
pub struct RedisProtocol;

impl Protocol for RedisProtocol {
    fn name(&self) -> &'static str {
        "redis"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[6379]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Redis::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "redis", doc: "Commands of Redis and their replies", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("command", "command", Text, "GET, SET, AUTH, ...; empty of what is published to the client"),
    column("arguments", "arguments[]", Text, "The first arguments, as far as they are kept; no passwords"),
    column("argument_count", "argument_count", Int64, "How many there are"),
    column("request_bytes", "request_bytes", Int64, "Bytes of the command"),
    column("status", "status", Text, "ok or error; nothing where no reply was seen"),
    column("reply_type", "reply.type", Text, "status, error, integer, bulk, array, null, ..."),
    column("reply", "reply.value", Text, "The reply's first text"),
    column("reply_count", "reply.count", Int64, "Values in it"),
    column("reply_bytes", "reply.bytes", Int64, "Bytes of it"),
    column("response_ns", "timing.response_ns", Int64, "From the command to its reply"),
];
