//! Transactions as rows of their protocol's table.

use super::head_columns::COMMON_COLUMNS;
use super::leaves::{Leaf, Leaves};
use applayer::{PROTOCOLS, Table, Transaction};
use table::Rows;

/// Every table that transactions fill, each once, by name.
pub fn transaction_tables() -> Vec<&'static Table> {
    let mut tables: Vec<&Table> = PROTOCOLS.iter().flat_map(|protocol| protocol.tables()).collect();
    tables.sort_by_key(|table| table.name);
    tables.dedup_by_key(|table| table.name);
    tables
}

/// Which leaf of a transaction's tree goes into which column of its table.
#[derive(Debug, Default)]
pub(super) struct TransactionLeaves(Vec<Leaf>);

impl TransactionLeaves {
    pub(super) fn new(table: &'static Table) -> TransactionLeaves {
        let leaf = |(place, column): (usize, &applayer::Column)| {
            Leaf::new(column.path, COMMON_COLUMNS.len() + place, column.field_type)
        };
        TransactionLeaves(table.columns.iter().enumerate().map(leaf).collect())
    }

    /// Sets the columns of a row that a transaction tells.
    pub(super) fn set(&self, transaction: &dyn Transaction, rows: &mut Rows) {
        let mut leaves = Leaves::new(&self.0, rows);
        transaction.tell(&mut leaves);
        transaction.tell_beside(&mut leaves);
        leaves.finish();
    }
}
