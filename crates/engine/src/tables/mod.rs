//! Events as rows: sessions as rows of `flows`; transactions, files, anomalies and alerts as rows of their tables.

mod alerts;
mod events;
mod flows;
mod head_columns;
mod leaves;
mod tcp;
mod transactions;

pub use events::{EventRows, EventTable, alert_table, event_tables};
pub use flows::{SOURCE_KIND, write_session};
pub use head_columns::{COMMON_COLUMNS, PlacedColumn};
pub use transactions::transaction_tables;
