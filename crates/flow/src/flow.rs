//! What a flow is known by.

use crate::key::{Endpoint, KeptKey};
use crate::tcp::{Tcp, TcpState};
use model::packet::{Side, Timestamp};

/// What one side of a flow sent. 40 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// When its first packet came; meaningless without packets.
    pub first: Timestamp,
    /// When its last packet came.
    pub last: Timestamp,
    /// Packets.
    pub packets: u64,
    /// Bytes of whole frames on the wire, without what tunnels put around them: Suricata's `bytes_toserver`.
    pub wire_bytes: u64,
    /// Bytes of IP datagrams with their headers.
    pub ip_bytes: u64,
}

/// What decided who the client is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DirectionEvidence {
    /// SYN or SYN/ACK, or an ICMP question.
    Handshake,
    /// A port that was seen to accept connections.
    ListeningPort,
    /// Only one of the ports is well known.
    WellKnownPort,
    /// Nothing better: who was first.
    #[default]
    FirstPacket,
}

/// How far a flow got, by Suricata's `flow.state`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowState {
    /// No answer yet.
    #[default]
    New,
    /// Both sides have sent; TCP: the handshake is done.
    Established,
    /// TCP: closed or reset.
    Closed,
}

impl FlowState {
    /// Suricata's name.
    pub const fn name(self) -> &'static str {
        match self {
            FlowState::New => "new",
            FlowState::Established => "established",
            FlowState::Closed => "closed",
        }
    }
}

/// Why a flow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// No packet for longer than its state allows.
    Timeout,
    /// It made room for another.
    Evicted,
    /// A new connection took its tuple.
    Reused,
    /// The capture ended.
    Shutdown,
}

impl EndReason {
    /// Suricata's `flow.reason`.
    pub const fn name(self) -> &'static str {
        match self {
            EndReason::Timeout => "timeout",
            EndReason::Evicted => "forced",
            EndReason::Reused => "tcp_reuse",
            EndReason::Shutdown => "shutdown",
        }
    }
}

/// A flow: both directions of one conversation, seen one way. 160 bytes, and a box for TCP.
#[derive(Debug)]
pub struct Flow {
    pub(crate) key: KeptKey,
    /// Counts flows of a table from 1, in the order in which they were opened.
    pub number: u64,
    /// What the client sent, what the server sent.
    pub sides: [Traffic; 2],
    /// All TCP flags of client and server, together.
    pub tcp_flags: [u8; 2],
    /// The lowest time to live of client and server.
    pub ttls_min: [u8; 2],
    /// The highest time to live of client and server.
    pub ttls_max: [u8; 2],
    /// Traffic class of the first packet of client and server.
    pub traffic_classes: [u8; 2],
    /// TCP only.
    pub tcp: Option<Box<Tcp>>,
    /// MACs of client and server in the first packet; zero where there are none.
    pub macs: [[u8; 6]; 2],
    /// The last ICMP error about this flow: type, code.
    pub icmp_error: Option<(u8, u8)>,
    /// ICMP errors about this flow, saturating.
    pub icmp_errors: u16,
    /// ICMP: type and code of the first message of client and server.
    pub icmp: [Option<(u8, u8)>; 2],
    /// How far it got.
    pub state: FlowState,
    /// What decided who the client is.
    pub evidence: DirectionEvidence,
    pub(crate) client_is_lower: bool,
    /// The first packet was the server's.
    pub is_turned: bool,
}

impl Flow {
    /// The end that opened it.
    pub fn client(&self) -> Endpoint {
        self.key.end(self.client_is_lower)
    }

    /// The end that was opened.
    pub fn server(&self) -> Endpoint {
        self.key.end(!self.client_is_lower)
    }

    /// IP protocol number.
    pub fn protocol(&self) -> u8 {
        self.key.protocol()
    }

    /// What a side sent.
    pub fn side(&self, side: Side) -> &Traffic {
        &self.sides[side.index()]
    }

    /// When its first packet came.
    pub fn start(&self) -> Timestamp {
        let first = |side: Side| (self.side(side).packets > 0).then_some(self.side(side).first);
        Side::BOTH.into_iter().filter_map(first).min().unwrap_or_default()
    }

    /// When its last packet came.
    pub fn end(&self) -> Timestamp {
        self.sides[0].last.max(self.sides[1].last)
    }

    /// Where its TCP connection stands; `None` for other protocols.
    pub fn tcp_state(&self) -> Option<TcpState> {
        self.tcp.as_ref().map(|tcp| tcp.connection.state)
    }

    /// Was it picked up in its middle, and neither its begin nor its bytes tell who the client is?
    pub(crate) fn may_be_turned(&self) -> bool {
        let is_open = |tcp: &Tcp| {
            tcp.connection.traits.is_midstream && tcp.streams.is_none() && tcp.performance.is_none() && !tcp.is_read
        };
        self.evidence == DirectionEvidence::FirstPacket && self.tcp.as_deref().is_some_and(is_open)
    }

    /// Client and server change places.
    pub(crate) fn turn(&mut self) {
        self.client_is_lower = !self.client_is_lower;
        self.is_turned = !self.is_turned;
        self.sides.swap(0, 1);
        self.tcp_flags.swap(0, 1);
        self.ttls_min.swap(0, 1);
        self.ttls_max.swap(0, 1);
        self.traffic_classes.swap(0, 1);
        self.macs.swap(0, 1);
        self.icmp.swap(0, 1);
        if let Some(tcp) = &mut self.tcp {
            tcp.turn();
        }
    }

    pub(crate) fn side_of(&self, is_lower: bool) -> Side {
        if is_lower == self.client_is_lower { Side::Client } else { Side::Server }
    }
}
