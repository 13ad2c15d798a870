//! Events as rows: sessions as rows of `flows`, transactions as rows of the tables that protocols fill.

mod flows;
mod leaves;
mod transactions;

pub use flows::{SOURCE_KIND, write_session};
pub use transactions::{COMMON_COLUMNS, TransactionRows, transaction_tables};
