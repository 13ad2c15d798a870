//! Events as rows: sessions as rows of `flows`; transactions, files and anomalies as rows of their tables.

mod common;
mod events;
mod flows;
mod leaves;
mod tcp;
mod transactions;

pub use common::{COMMON_COLUMNS, PlacedColumn};
pub use events::{EventRows, EventTable, event_tables};
pub use flows::{SOURCE_KIND, write_session};
pub use transactions::transaction_tables;
