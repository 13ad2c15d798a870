//! One packet worker: frames with the capture's time in, events out.
//!
//! Pure: all work that a frame causes is done before [`Engine::handle_frame`] returns, and time is the capture's. The same
//! frames give the same events. Knows nothing of: files, threads, the clock, SQL.
//! Start at: [`Engine`], [`Event`] and [`EventSink`] (what comes out), [`eve`] (as Suricata's EVE JSON), [`tables`] (as columns),
//! [`packets`] (the packets of one session).

mod alert;
mod application;
mod config;
mod counters;
mod detection;
mod engine;
pub mod eve;
mod event;
mod evidence;
mod exception;
mod expectation;
mod fate;
mod file_store;
mod files;
pub mod filter;
mod flow_detection;
pub mod packets;
mod settle;
pub mod tables;
mod told;
mod tunnel;
pub mod zeek;

pub use crate::counters::{Counters, Header};
pub use crate::engine::Engine;
pub use alert::{Alert, Evidence, Origin};
pub use application::FlowState;
pub use config::Config;
pub use detection::{AlertCounters, RuleConfig};
pub use event::{DropHeaders, Event, EventSink, FlowFacts, FlowOutcome, FlowValues, PacketFacts};
pub use exception::ExceptionPolicy;
pub use file_store::{FileKeeper, FileStoring, Kept};
pub use files::{File, FileState, Hashes};
pub use told::Told;
pub use tunnel::{outer_levels, outer_packet};
