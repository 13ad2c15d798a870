//! TCP: state machine, streams, measurements.

mod handshake;
mod history;
mod overlap;
mod performance;
mod reassembly;
mod segment;
mod sequence;
mod state;
mod taps;
mod transfer;
mod tshark;
mod verdict;

pub use handshake::Openings;
pub use history::History;
pub use overlap::{HostPolicies, OverlapPolicy};
pub use performance::{Durations, Performance, Sender, Setup, Turns};
pub use reassembly::{Delivery, Outcome, Piece, Rules, Stream, UrgentPolicy};
pub use segment::Segment;
pub use sequence::SeqNumber;
pub use state::{Connection, Peer, TcpState, Traits};
pub use tshark::{TsharkCounts, TsharkFlag};
pub use verdict::Verdict;

pub(crate) use segment::flag;

use crate::config::Config;
use crate::flow::FlowState;
use model::packet::{Side, Timestamp};
use taps::Taps;

/// A TCP connection, without its bytes.
#[derive(Debug, Default)]
pub struct Tcp {
    /// Its state.
    pub connection: Connection,
    /// How it was set up.
    pub setup: Setup,
    /// What happened, in letters.
    pub history: History,
    /// How it went; `None` while it carries nothing, or where nobody wants to know.
    pub performance: Option<Box<Performance>>,
    /// tshark's flags, where they are wanted.
    pub tshark: Option<Box<TsharkCounts>>,
    /// There once a side has sent bytes.
    pub(crate) streams: Option<Box<Streams>>,
    /// Packets of client and server that another tap had shown already. The flow counts them all the same.
    pub tap_copies: [u32; 2],
    regions: [u16; 2],
    /// Both streams were handed on to their ends: what comes now is old.
    pub(crate) is_read: bool,
    /// There while copies are looked for.
    taps: Option<Box<Taps>>,
}

/// The streams of both sides.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    pub(crate) sides: [Option<Stream>; 2],
    /// The end of the side's bytes was told.
    pub(crate) is_closed: [bool; 2],
}

impl Tcp {
    /// A connection of which nothing is known yet.
    pub(crate) fn new(is_turned: bool) -> Tcp {
        let mut tcp = Tcp::default();
        if is_turned {
            tcp.history.turned();
        }
        tcp
    }

    /// Client and server change places, before either has a stream.
    pub(crate) fn turn(&mut self) {
        self.connection.turn();
        self.history.turn();
        self.tap_copies.swap(0, 1);
        self.regions.swap(0, 1);
    }

    /// Closed connections whose bytes were all handed on need no streams.
    pub(crate) fn release_streams(&mut self) {
        let is_told = self.streams.as_ref().is_some_and(|streams| {
            let mut sides = streams.sides.iter().zip(streams.is_closed);
            sides.all(|(stream, is_closed)| match stream {
                Some(stream) => is_closed && stream.held_cost() == 0,
                None => true,
            })
        });
        if is_told && self.connection.state == TcpState::Closed {
            self.regions = Side::BOTH.map(|side| self.regions(side));
            self.streams = None;
            self.is_read = true;
        }
    }

    /// Regions of a side's stream that were seen, between gaps: Suricata's `ts_max_regions` and `tc_max_regions`.
    pub fn regions(&self, side: Side) -> u16 {
        match self.stream(side) {
            Some(stream) => stream.regions().min(u32::from(u16::MAX)) as u16,
            None => self.regions[side.index()],
        }
    }

    /// Was this very packet seen at another tap?
    pub(crate) fn is_copy(&mut self, segment: &Segment<'_>) -> bool {
        let is_copy = self.taps.get_or_insert_default().is_copy(segment);
        self.tap_copies[segment.sender.index()] += u32::from(is_copy);
        is_copy
    }

    /// Takes a segment in: state and measurements.
    pub(crate) fn take(&mut self, segment: &Segment<'_>, config: &Config, policy: OverlapPolicy) -> Verdict {
        let verdict = self.connection.take(segment, &config.openings, policy);
        self.setup.observe(segment);
        if config.counts_as_tshark {
            self.tshark.get_or_insert_default().observe(segment);
        }
        if config.measures_performance && !verdict.is_refused {
            self.measure(segment);
        }
        self.write_history(segment);
        if self.connection.state == TcpState::Closed {
            self.taps = self.taps.take().filter(|taps| taps.has_copies());
        }
        verdict
    }

    /// Measurements begin with what is worth measuring.
    fn measure(&mut self, segment: &Segment<'_>) {
        let is_opening = self.connection.state < TcpState::Established && segment.length == 0;
        if self.performance.is_none() && (is_opening || self.connection.state == TcpState::Closed) {
            return;
        }
        let connection = &self.connection;
        let performance = self.performance.get_or_insert_with(|| Box::new(Performance::begin(connection, segment)));
        let noticed = performance.observe(segment, &self.connection, &self.setup);
        let sender = performance.side(segment.sender);
        if noticed.is_repeated {
            self.history.counted(b't', segment.sender, sender.retransmissions());
        }
        if noticed.zero_window {
            self.history.counted(b'w', segment.sender, sender.zero_windows);
        }
    }

    /// A side's bytes, if there are any.
    pub fn stream(&self, side: Side) -> Option<&Stream> {
        self.streams.as_ref()?.sides[side.index()].as_ref()
    }

    /// The connection is over, its last packet came at `now`.
    pub(crate) fn finish(&mut self, now: Timestamp) {
        if let Some(performance) = &mut self.performance {
            performance.finish(now);
        }
    }

    fn write_history(&mut self, segment: &Segment<'_>) {
        let mut note = |letter| self.history.once(letter, segment.sender);
        if segment.has(flag::SYN) {
            note(if segment.has(flag::ACK) { b'h' } else { b's' });
        }
        if segment.length > 0 {
            note(b'd');
        } else if segment.flags.0 & (flag::SYN | flag::FIN | flag::RST | flag::ACK) == flag::ACK {
            note(b'a');
        }
        if segment.has(flag::FIN) {
            note(b'f');
        }
        if segment.has(flag::RST) {
            note(b'r');
        }
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
