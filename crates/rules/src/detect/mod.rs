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
mod profile;
pub mod rule;
mod ruleset;
mod set_changes;
mod sight;
mod tags;
mod threshold;
mod transform;

pub use about::{About, Action, Metadata, Target};
pub use data_set::{DataSet, ItemKind, Objects, SetOptions};
pub use detector::{Counters, Detector, Hit, Matched, Shared};
pub use flow_memory::FlowMemory;
pub use frame::{FrameFacts, Frames};
pub use groups::Groups;
pub use memory::{HostBits, Hosts, Values};
pub use profile::{Clock, RuleCounts};
pub use ruleset::{Names, Ruleset, Wants};
pub use set_changes::SetChanges;
pub use sight::{End, Sight};
pub use tags::ActiveTag;
pub use threshold::{Counted, Counts, Kind, Passage, Threshold, Track};
pub use transform::{Leniency, Transform};
