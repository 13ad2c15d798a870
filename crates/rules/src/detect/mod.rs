//! Rules over packets, streams and transactions.

mod about;
mod address_index;
mod condition;
mod data_set;
mod detector;
mod evaluate;
mod flow_memory;
mod frame;
mod groups;
mod magic;
mod memory;
pub mod rule;
mod ruleset;
mod sight;
mod tags;
mod threshold;
mod transform;

pub use about::{About, Action, Metadata, Target};
pub use data_set::{DataSet, ItemKind, Objects};
pub use detector::{Counters, Detector, Hit, Matched, Shared};
pub use flow_memory::FlowMemory;
pub use frame::{FrameFacts, Frames};
pub use groups::Groups;
pub use memory::{HostBits, Hosts, Values};
pub use ruleset::{Names, Ruleset, Wants};
pub use sight::{End, Sight};
pub use tags::ActiveTag;
pub use threshold::{Counted, Counts, Kind, Threshold, Track};
pub use transform::Transform;
