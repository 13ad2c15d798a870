//! Argus flow records as CSV, as its client `ra -c ,` prints them: `.binetflow` of CTU-13 and of Slips.
//!
//! Times have no zone and are read as UTC. Bytes count whole frames. Where only the total of packets is told, the
//! two sides' counts are told only where they follow from it.
//! Source: Argus manual, `ra(1)`; Garcia et al., "An empirical comparison of botnet detection methods" (CTU-13), 2014.

mod fields;
mod record;
mod state;
#[cfg(test)]
mod tests;
mod text;

pub use text::ArgusCsv;

/// `provider` of these records.
const PROVIDER: &str = "argus";
/// `source_kind` of these records.
const SOURCE_KIND: &str = "argus_binetflow";
