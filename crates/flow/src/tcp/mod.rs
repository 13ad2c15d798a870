//! TCP: state machine, streams, measurements.

mod handshake;
mod options;
mod overlap;
mod reassembly;
mod segment;
mod sequence;
mod state;
mod transfer;
mod verdict;

pub use handshake::Openings;
pub use overlap::OverlapPolicy;
pub use reassembly::{Delivery, Outcome, Piece, Rules, Stream, UrgentPolicy};
pub use segment::Segment;
pub use sequence::SeqNumber;
pub use state::{Connection, Peer, TcpState, Traits};
pub use verdict::Verdict;

pub(crate) use segment::flag;

use crate::config::Config;
use crate::flow::FlowState;
use model::packet::Side;

/// A TCP connection, without its bytes.
#[derive(Debug, Default)]
pub struct Tcp {
    /// Its state.
    pub connection: Connection,
}

impl Tcp {
    /// Was this very packet seen at another tap?
    pub(crate) fn is_copy(&mut self, _segment: &Segment<'_>) -> bool {
        false
    }

    /// Takes a segment in: state and measurements.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, config: &Config) -> Verdict {
        self.connection.take(segment, &config.openings, config.overlap)
    }
}

impl Connection {
    /// Takes a segment in: what it changes, whether its payload counts, what is odd.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, openings: &Openings, policy: OverlapPolicy) -> Verdict {
        let mut verdict = Verdict::default();
        match self.state {
            TcpState::None => self.begin(segment, openings, &mut verdict),
            TcpState::SynSent => self.in_syn_sent(segment, openings, &mut verdict),
            TcpState::SynReceived => self.in_syn_received(segment, openings, &mut verdict),
            TcpState::Closed => self.in_closed(segment, policy, &mut verdict),
            _ => self.in_transfer(segment, policy, &mut verdict),
        }
        verdict
    }

    /// How far the flow got.
    pub(crate) fn flow_state(&self) -> FlowState {
        match self.state {
            TcpState::None | TcpState::SynSent | TcpState::SynReceived => FlowState::New,
            TcpState::LastAck | TcpState::TimeWait | TcpState::Closed => FlowState::Closed,
            _ => FlowState::Established,
        }
    }

    /// Does this header open another connection in the place of this one, which is over?
    pub(crate) fn is_reused_by(&self, header: &wire::Tcp<'_>) -> bool {
        header.flags.0 & (flag::SYN | flag::ACK | flag::RST) == flag::SYN
            && self.state.is_over()
            && self.peers.iter().all(|peer| peer.initial.0 != header.sequence)
    }

    /// Of the first byte that a side sends.
    pub(crate) fn first_byte(&self, side: Side) -> SeqNumber {
        self.peer(side).initial.plus(1)
    }
}
