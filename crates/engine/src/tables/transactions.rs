//! Transactions as rows of their protocol's table.

use super::leaves::{Leaf, Leaves};
use crate::event::FlowFacts;
use applayer::{PROTOCOLS, Table, Transaction};
use enrich::community_id::community_id;
use model::FieldType;
use model::packet::Timestamp;
use table::Rows;

/// A column that every table of transactions begins with: name, type, meaning.
type CommonColumn = (&'static str, FieldType, &'static str);

/// The columns that every table of transactions begins with.
pub const COMMON_COLUMNS: &[CommonColumn] = &[
    ("time", FieldType::Time, "when its first byte was seen"),
    ("flow_id", FieldType::Int64, "the session: flow_id of flows"),
    ("tx_id", FieldType::Int64, "its place in the session, from 0"),
    ("src_ip", FieldType::Address, "the client"),
    ("src_port", FieldType::Int32, "the client's port"),
    ("dst_ip", FieldType::Address, "the server"),
    ("dst_port", FieldType::Int32, "the server's port"),
    ("ip_proto", FieldType::Int32, "IANA protocol number: 6 TCP, 17 UDP"),
    ("community_id", FieldType::Text, "Community ID of the session"),
    ("src_object", FieldType::Text, "the capture it was found in"),
    ("frame_no", FieldType::Int64, "the frame that completed it, from 1"),
];

/// Every table that transactions fill, each once, by name.
pub fn transaction_tables() -> Vec<&'static Table> {
    let mut tables: Vec<&Table> = PROTOCOLS.iter().flat_map(|protocol| protocol.tables()).collect();
    tables.sort_by_key(|table| table.name);
    tables.dedup_by_key(|table| table.name);
    tables
}

/// Rows of one table.
pub struct TransactionRows {
    table: &'static Table,
    leaves: Vec<Leaf>,
    rows: Rows,
}

impl TransactionRows {
    /// No rows yet.
    pub fn new(table: &'static Table) -> TransactionRows {
        let common = COMMON_COLUMNS.iter().map(|(name, field_type, _)| (*name, *field_type));
        let own = table.columns.iter().map(|column| (column.name, column.field_type));
        let leaf = |(place, column): (usize, &applayer::Column)| {
            Leaf::new(column.path, COMMON_COLUMNS.len() + place, column.field_type)
        };
        TransactionRows {
            table,
            leaves: table.columns.iter().enumerate().map(leaf).collect(),
            rows: Rows::new(common.chain(own)),
        }
    }

    /// Appends a transaction, if it is of this table.
    pub fn push(&mut self, flow: &FlowFacts<'_>, transaction: &dyn Transaction, object: &str, frame_number: u64) {
        if transaction.table() != self.table.name {
            return;
        }
        self.push_common(flow, (transaction.started(), transaction.id()), object, frame_number);
        let mut leaves = Leaves::new(&self.leaves, &mut self.rows);
        transaction.tell(&mut leaves);
        transaction.tell_beside(&mut leaves);
        leaves.finish();
        self.rows.end_row();
    }

    fn push_common(&mut self, facts: &FlowFacts<'_>, (time, id): (Timestamp, u64), object: &str, frame_number: u64) {
        let (client, server) = (facts.flow.client(), facts.flow.server());
        let protocol = facts.flow.protocol();
        let numbers = [
            (0, time.0),
            (1, facts.id() as i64),
            (2, id as i64),
            (4, client.port.into()),
            (6, server.port.into()),
            (7, protocol.into()),
            (10, frame_number as i64),
        ];
        numbers.into_iter().for_each(|(place, number)| self.rows.set_number(place, number));
        self.rows.set_address(3, client.address);
        self.rows.set_address(5, server.address);
        let octets = [client.address, server.address].map(crate::eve::octets);
        let ports = Some((client.port, server.port));
        if let Some(id) = community_id(0, octets[0].bytes(), octets[1].bytes(), protocol, ports) {
            self.rows.set_text(8, id.as_bytes());
        }
        self.rows.set_text(9, object.as_bytes());
    }

    /// The rows so far.
    pub fn rows(&mut self) -> &mut Rows {
        &mut self.rows
    }
}
