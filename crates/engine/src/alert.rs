//! What an engine tells when a rule has matched.

use crate::event::PacketFacts;
use crate::told::Told;
use model::packet::{LinkType, Side};
use rules::{About, FrameFacts};
use std::sync::Arc;

/// What made a rule look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// A packet of the capture.
    #[default]
    Packet,
    /// A packet that lay in a tunnel, by EVE's name of it.
    Tunnel(&'static str),
    /// A datagram put together from fragments.
    Defragmented,
    /// The flow ended, and what was still held was looked at.
    Ended,
}

impl Origin {
    /// EVE's `pkt_src`.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Packet => "wire/pcap",
            Origin::Tunnel(name) => name,
            Origin::Defragmented => "defrag",
            Origin::Ended => "stream (flow timeout)",
        }
    }
}

/// The frame's own packet, in whose tunnel an alert's packet lay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outer {
    /// Its ends and its protocol.
    pub packet: PacketFacts,
    /// How many tunnels there were.
    pub depth: u8,
}

/// Bytes of an alert that are told where settings want them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The packet's payload, or of a stream what was looked at.
    pub payload: Vec<u8>,
    /// Is the payload a stream's?
    pub is_stream: bool,
    /// The frame.
    pub frame: Vec<u8>,
    /// What the frame begins with.
    pub link_type: Option<LinkType>,
}

/// A rule has matched.
#[derive(Clone, Debug)]
pub struct Alert {
    /// What the rule says of itself.
    pub about: Arc<About>,
    /// Who sent what matched.
    pub sender: Side,
    /// What made it look.
    pub origin: Origin,
    /// The packet around it, where it lay in a tunnel.
    pub outer: Option<Outer>,
    /// Would the packet have been thrown away?
    pub is_blocked: bool,
    /// What became of the packet: `alert`, `pass`, `drop`.
    pub verdict: &'static str,
    /// The transaction it is about.
    pub transaction: Option<u64>,
    /// Is that a guess: the newest of its flow?
    pub is_guessed: bool,
    /// What the transaction tells.
    pub told: Option<Told>,
    /// The files of the transaction, as far as they had come.
    pub files: Option<Told>,
    /// Texts that expressions took out for the packet, by their names.
    pub texts: Vec<(Arc<str>, Vec<u8>)>,
    /// What sets tell of what was found in them, and texts that expressions took out for the alert: names, and JSON.
    pub contexts: Vec<(Arc<str>, Arc<str>)>,
    /// Of a frame: which.
    pub frame: Option<Arc<FrameFacts>>,
    /// The bytes.
    pub evidence: Evidence,
}
