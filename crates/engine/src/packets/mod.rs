//! The packets of chosen sessions, one by one, and what their ends said to each other.

mod lines;
mod reader;
mod selector;

pub use lines::{describe, ends};
pub use reader::{PacketSink, SeenPacket, SessionReader};
pub use selector::{BadSelector, End, FlowSelector};
