//! Sessions: a bounded table of flows, TCP streams put together, and how well each connection went.
//!
//! Input: decoded packets ([`wire::Packet`]) with the capture's time. Output: calls of a [`Sink`]: flows that begin and end, bytes in
//! order, gaps, datagrams, anomalies by Suricata's names. The same packets give the same calls.
//! Knows nothing of: captures, applications, rules, the clock.
//! Start at: [`FlowTable`], [`Sink`], [`Flow`], [`tcp::Stream`], [`Defragmenter`], [`Limits`].
//!
//! # Memory
//! A flow costs 248 bytes (`Flow` is 192 of them) with its places in the index and in the wheel, plus what the sink keeps. TCP adds a box of
//! state, and boxes for streams and measurements when there is something to put into them. `tests/memory.rs` measures all of it.

mod config;
mod defragment;
mod flow;
mod icmp;
mod key;
mod path;
mod pieces;
mod sink;
mod table;
pub mod tcp;

pub use config::{Config, Counters, DirectionPolicy, Limits, Timeouts, VantagePolicy};
pub use defragment::{
    DefragmentConfig, DefragmentCounters, DefragmentLimits, Defragmenter, FragmentPolicy, Reassembled,
};
pub use flow::{DirectionEvidence, EndReason, Flow, FlowState, Traffic};
pub use key::{Endpoint, Tuple};
pub use path::Path;
pub use sink::{FlowView, Sink, Wants};
pub use table::FlowTable;
