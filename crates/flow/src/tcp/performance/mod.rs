//! How well a connection went, seen from where it was captured.
//!
//! The definitions are those of the project's specification of packet metrics: round trips after Karn and Partridge, repetitions by what caused them,
//! and loss in the network told apart from loss in the capture (a hole that the receiver acknowledges was no loss for it).

mod durations;
mod sender;
mod setup;
mod turns;

pub use durations::Durations;
pub use sender::Sender;
pub use setup::Setup;
pub use turns::Turns;

use super::segment::{Segment, flag};
use super::state::Connection;
use model::packet::{Side, Timestamp};
use sender::Arrival;

/// Measurements of a connection that carries something. Connections that never get that far have a [`Setup`] alone.
#[derive(Clone, Debug, Default)]
pub struct Performance {
    /// The client's packets and acknowledgements, the server's.
    pub sides: [Sender; 2],
    /// Requests and responses.
    pub turns: Turns,
}

/// What is told besides the counters, for the history.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Noticed {
    pub(crate) is_repeated: bool,
    pub(crate) zero_window: bool,
}

impl Performance {
    /// What a side's packets say.
    pub fn side(&self, side: Side) -> &Sender {
        &self.sides[side.index()]
    }

    /// Measurements that begin with this segment. Numbers that the handshake told are known from the start.
    pub(crate) fn begin(connection: &Connection, segment: &Segment<'_>) -> Performance {
        let mut performance = Performance::default();
        if !segment.has(flag::SYN) {
            for (side, peer) in performance.sides.iter_mut().zip(&connection.peers) {
                side.next = peer.is_known.then(|| peer.initial.plus(1));
            }
        }
        performance
    }

    /// Sum of round trips beyond the handshake's, as a mean per sample: how long the side that acknowledges waits with it.
    pub fn ack_delay_ns(&self, sender: Side, setup: &Setup) -> Option<u64> {
        let network_ns = match sender {
            Side::Client => setup.server_round_trip_ns(),
            Side::Server => setup.client_round_trip_ns(),
        };
        let mean_ns = self.side(sender).round_trip.mean_ns()?;
        Some(mean_ns.saturating_sub(u64::try_from(network_ns?).ok()?))
    }

    /// Looks at the next segment, which the state machine has accepted.
    pub(crate) fn observe(&mut self, segment: &Segment<'_>, connection: &Connection, setup: &Setup) -> Noticed {
        let [client, server] = &mut self.sides;
        let (forward, reverse) = if segment.sender == Side::Client { (client, server) } else { (server, client) };
        let is_plain = !segment.has_any(flag::SYN | flag::FIN | flag::RST);
        let is_bare = segment.length == 0 && is_plain;
        let is_keep_alive = is_plain && forward.is_keep_alive(segment) && segment.has(flag::ACK);
        let mut noticed = Noticed::default();
        if is_keep_alive {
            forward.keep_alives += 1;
        } else if segment.length == 1 && reverse.window == Some(0) && forward.next == Some(segment.sequence) {
            forward.window_probes += 1;
        } else if segment.occupies() {
            let arrival = forward.arrive(segment, reverse, setup.round_trip_ns());
            noticed.is_repeated = arrival == Arrival::Repeated && segment.length > 0;
            let receiver = connection.peer(segment.sender.other());
            let edge = receiver.acknowledged.plus(receiver.window);
            let is_full = segment.length > 0 && is_plain && segment.end() == edge && !connection.traits.is_midstream;
            forward.window_full += u32::from(is_full && arrival == Arrival::New);
            if segment.length > 0 && arrival != Arrival::Repeated {
                self.turns.observe(segment.sender, segment.now);
            }
        }
        if segment.has(flag::ACK) && !segment.has(flag::RST) {
            noticed.zero_window = is_plain && segment.window == 0;
            let is_outstanding = reverse.next.is_some_and(|next| next.is_after(segment.acknowledgement));
            let is_new = forward.acknowledge(segment, is_bare && !is_keep_alive, is_outstanding);
            if is_new {
                reverse.acknowledged_by_other(segment.acknowledgement, segment.now);
            }
            if is_plain {
                forward.offer(segment, is_bare, is_new);
            }
        }
        noticed
    }

    /// The connection is over.
    pub(crate) fn finish(&mut self, now: Timestamp) {
        self.turns.finish();
        self.sides.iter_mut().for_each(|side| side.finish(now));
    }
}
