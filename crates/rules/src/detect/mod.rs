//! Rules over packets, streams and transactions.

mod about;
mod memory;
mod threshold;

pub use about::{About, Action, Target};
pub use memory::{HostBits, Hosts, Values};
pub use threshold::{Counted, Counts, Kind, Threshold, Track};
