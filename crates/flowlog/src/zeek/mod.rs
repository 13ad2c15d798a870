//! Zeek's `conn.log`: one record per connection, with both directions.
//!
//! As text, columns are named by header lines (`#fields`), which may come again in one object; as JSON, by their keys.
//! Other logs of Zeek are told by their path (`#path`, `_path`), passed over and counted.
//! Source: Zeek documentation, "conn.log" and "Log Formats"; Stratosphere IoT-23, "labelled conn.log files".

mod fields;
mod history;
mod json;
mod others;
mod record;
#[cfg(test)]
mod tests;
mod text;

pub use json::ZeekJson;
pub use text::ZeekText;

/// `provider` of these records.
const PROVIDER: &str = "zeek";
/// `source_kind` of these records.
const SOURCE_KIND: &str = "zeek_conn";
