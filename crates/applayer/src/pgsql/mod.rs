//! PostgreSQL (its documentation, chapter "Frontend/Backend Protocol", version 3.0): who logs in to which database, what is
//! asked, and how much comes back. A request and what answers it are one transaction.

mod answer;
mod parser;
mod probe;
mod request;
mod tell;
#[cfg(test)]
mod tests;
mod transaction;

use crate::protocol::{Parser, Probe, Protocol, Start, Transport};
use crate::tree::{Column, Table};
use model::FieldType::{Int32, Int64, Text};
use model::packet::Side;

pub use answer::{Answer, Authentication};
pub use request::Request;
pub use transaction::PgsqlTransaction;

/// The row of PostgreSQL.
pub struct PgsqlProtocol;

impl Protocol for PgsqlProtocol {
    fn name(&self) -> &'static str {
        "pgsql"
    }

    fn transports(&self) -> &'static [Transport] {
        &[Transport::Tcp]
    }

    fn ports(&self) -> &'static [u16] {
        &[5432]
    }

    fn first_sender(&self) -> Option<Side> {
        Some(Side::Client)
    }

    fn probe(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::probe(head, sender)
    }

    fn fits(&self, head: &[u8], sender: Side, _transport: Transport) -> Probe {
        probe::fits(head, sender)
    }

    fn parser(&self, _start: Start<'_>) -> Box<dyn Parser> {
        Box::new(parser::Pgsql::default())
    }

    fn tables(&self) -> &'static [Table] {
        TABLES
    }
}

const fn column(name: &'static str, path: &'static str, field_type: model::FieldType, doc: &'static str) -> Column {
    Column { name, path, field_type, doc }
}

static TABLES: &[Table] = &[
    Table { name: "pgsql", doc: "Requests to PostgreSQL and what answers them", columns: COLUMNS },
    Table { name: "pgsql_prepared", doc: "Uses of prepared statements in PostgreSQL", columns: PREPARED_COLUMNS },
];

#[rustfmt::skip]
const COLUMNS: &[Column] = &[
    column("message", "request.message", Text, "The request's kind, where it is no query"),
    column("user", "request.startup_parameters.user", Text, "Who logs in"),
    column("database", "database", Text, "The connection's database"),
    column("query", "request.simple_query", Text, "The query"),
    column("response", "response.message", Text, "The answer's kind, or the error"),
    column("completed", "response.command_completed", Text, "What was done: SELECT 5"),
    column("fields", "response.field_count", Int32, "Columns of the rows"),
    column("rows", "response.data_rows", Int64, "Rows that came back"),
    column("row_bytes", "response.data_size", Int64, "Bytes of them"),
    column("copied_in_bytes", "request.copy_data_in.data_size", Int64, "Bytes that were copied to the server"),
    column("copied_out_bytes", "response.copy_data_out.data_size", Int64, "Bytes that were copied from it"),
    column("error_severity", "response.severity_localizable", Text, "How bad an error is"),
    column("error_code", "response.code", Text, "Its SQLSTATE"),
    column("response_ns", "timing.response_ns", Int64, "From the request to the end of its answer"),
];

#[rustfmt::skip]
const PREPARED_COLUMNS: &[Column] = &[
    column("database", "database", Text, "The connection's database"),
    column("query", "request.prepared_query", Text, "The query, where it is prepared here"),
    column("completed", "response.command_completed", Text, "What was done: SELECT 5"),
    column("rows", "response.data_rows", Int64, "Rows that came back"),
    column("row_bytes", "response.data_size", Int64, "Bytes of them"),
    column("error", "response.message", Text, "The error, if there was one"),
    column("error_code", "response.code", Text, "Its SQLSTATE"),
    column("response_ns", "timing.response_ns", Int64, "From the first message to the end of its answer"),
];
