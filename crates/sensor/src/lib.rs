//! Packets through engines, on as many threads as one likes: captures now, live interfaces later.
//!
//! Threads and queues are here and nowhere else on the packet side. The output is the same, byte for byte, whatever the number of
//! workers: conversations are spread over a fixed number of shards by their pair of addresses, each shard has an engine of its
//! own, which whoever is free runs, and lines are put back into the order of the frames that caused them.
//! Knows nothing of: SQL, the command line, where its output goes.
//! Start at: [`replay`], [`replay_into`] (several outputs), [`write_zeek_logs`].

mod batch;
mod lines;
mod queue;
mod replay;
mod shards;
mod workers;
mod zeek;

pub use replay::{Options, Output, Problem, Summary, replay, replay_into};
pub use zeek::write_zeek_logs;
