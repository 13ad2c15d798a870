//! MySQL and MariaDB (Client/Server Protocol): who logs in, what is asked, and what becomes of it. A command and its answer
//! are one transaction.

mod answer;
mod command;
mod parser;
#[cfg(test)]
mod tests;
mod transaction;

use crate::named::look::{ANY, both, either, has_at, is, is_text, proof, shape, weak};
use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use transaction::{Failure, Login, MysqlTransaction};

/// The row of MySQL.
pub struct MysqlProtocol;

impl Protocol for MysqlProtocol {
    fn name(&self) -> &'static str {
        "mysql"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[3306]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Server)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe(head, sender)
    }

    /// A client may begin TLS with its first packet.
    fn fits(&self, _head: &[u8], _sender: Side, _transport: Transport) -> Probe {
        Probe::Maybe
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Mysql::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

/// The server's greeting with its version, or its refusal; the client's login with its zeros.
fn probe(head: &[u8], sender: Side) -> Probe {
    const VERSION_AT: usize = 5;
    const VERSION_BYTES_MAX: usize = 64;
    if sender == Side::Client {
        let begin = shape(head, &[ANY, (0, 2), is(0), is(1)]);
        return both(begin, has_at(head, 13, &[0; 19]));
    }
    let greeting = shape(head, &[ANY, (0, 1), is(0), is(0), is(10), (b'0', b'9')]);
    if greeting != Probe::Yes {
        return either(greeting, weak(shape(head, &[ANY, (0, 1), is(0), is(0), is(0xff), ANY, (3, 5)])));
    }
    let version = &head[VERSION_AT..head.len().min(VERSION_AT + VERSION_BYTES_MAX)];
    match version.iter().position(|byte| *byte == 0) {
        Some(end) => proof(version[..end].contains(&b'.') && is_text(&version[..end])),
        None if version.len() < VERSION_BYTES_MAX => Probe::NeedMore,
        None => Probe::No,
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[Table { name: "mysql", doc: "Commands of MySQL and their answers", columns: COLUMNS }];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("command", "command", Text, "login, query, init_db, stmt_prepare, stmt_execute, ..."),
    column("statement", "statement", Text, "The statement, or what else the command is about"),
    column("user", "login.user", Text, "Who logs in"),
    column("database", "login.database", Text, "Which database is asked for with the login"),
    column("server_version", "login.server_version", Text, "What the server says that it is"),
    column("plugin", "login.plugin", Text, "How the user proves who it is"),
    column("tls", "login.tls", Text, "Does TLS follow? Then nothing more is seen"),
    column("status", "status", Text, "ok or error; nothing where no answer was seen"),
    column("rows", "rows", Int64, "Rows that were answered"),
    column("affected_rows", "affected_rows", Int64, "Rows that were changed"),
    column("error_code", "error.code", Int32, "Why it failed, as a number"),
    column("error_state", "error.state", Text, "The same as SQL has it"),
    column("error_message", "error.message", Text, "And in words"),
    column("response_ns", "timing.response_ns", Int64, "From the command to the end of its answer"),
];
