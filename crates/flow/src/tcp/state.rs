//! What is known of a TCP connection besides its bytes.

use super::handshake::Openings;
use super::segment::{Segment, flag};
use super::sequence::SeqNumber;
use model::packet::Side;

/// States of a connection as seen from between its ends, by Suricata's `tcp.state`. The server's view decides between
/// `close_wait` (the client closes first) and `fin_wait1` (the server does).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is named as in RFC 9293 section 3.3.2")]
pub enum TcpState {
    /// Nothing that counts was seen.
    #[default]
    None,
    SynSent,
    SynReceived,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    TimeWait,
    Closed,
}

impl TcpState {
    /// Suricata's name.
    pub const fn name(self) -> &'static str {
        match self {
            TcpState::None => "none",
            TcpState::SynSent => "syn_sent",
            TcpState::SynReceived => "syn_recv",
            TcpState::Established => "established",
            TcpState::FinWait1 => "fin_wait1",
            TcpState::FinWait2 => "fin_wait2",
            TcpState::CloseWait => "close_wait",
            TcpState::Closing => "closing",
            TcpState::LastAck => "last_ack",
            TcpState::TimeWait => "time_wait",
            TcpState::Closed => "closed",
        }
    }

    /// May a new SYN open another connection in its place?
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, TcpState::LastAck | TcpState::TimeWait | TcpState::Closed)
    }
}

/// One end of a connection. 36 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Peer {
    /// Its first sequence number, that of SYN; for midstream that of the first byte seen, less one.
    pub initial: SeqNumber,
    /// Another first sequence number it tried before.
    pub initial_before: SeqNumber,
    /// Behind the last byte it sent.
    pub next: SeqNumber,
    /// The highest acknowledgement it sent.
    pub acknowledged: SeqNumber,
    /// The highest byte it said it could take: acknowledgement and scaled window.
    pub right_edge: SeqNumber,
    /// The window it offered last, scaled.
    pub window: u32,
    /// Its last timestamp that was in order (RFC 7323 section 4.3).
    pub timestamp: u32,
    /// Its window scale; 14 where the handshake was not seen.
    pub scale: u8,
    /// It sent SYN, or its first sequence number is known otherwise.
    pub is_known: bool,
    /// It has acknowledged something.
    pub has_acknowledged: bool,
    /// It sends timestamps.
    pub has_timestamps: bool,
    /// It sent FIN, accepted.
    pub has_closed: bool,
    /// It received a RST, accepted.
    pub was_reset: bool,
    /// It permits SACK.
    pub permits_sack: bool,
}

/// What is remembered about how a connection began and went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Picked up without its handshake.
    pub is_midstream: bool,
    /// Only one side is seen.
    pub is_one_sided: bool,
    /// Both sides opened it (4-way or split handshake).
    pub is_split: bool,
    /// SYN carried data and the server took it (RFC 7413).
    pub is_fast_open: bool,
}

/// The state of a connection, both ends of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Connection {
    /// Where it stands.
    pub state: TcpState,
    /// Where it stood before a RST closed it.
    pub(crate) state_before_reset: TcpState,
    /// Its ends, the client first.
    pub peers: [Peer; 2],
    /// How it began and went.
    pub traits: Traits,
    /// SYNs with another sequence number; SYN/ACKs too.
    pub(crate) different_opens: [u8; 2],
}

impl Connection {
    pub(crate) fn peer(&self, side: Side) -> &Peer {
        &self.peers[side.index()]
    }

    pub(crate) fn peer_mut(&mut self, side: Side) -> &mut Peer {
        &mut self.peers[side.index()]
    }

    /// Does nobody acknowledge what a side sends, as far as is seen: one side alone is there, or was so far?
    pub(crate) fn is_unanswered(&self, sender: Side, openings: &Openings) -> bool {
        let is_alone = self.traits.is_one_sided || self.traits.is_midstream && openings.one_sided;
        is_alone && !self.peer(sender.other()).has_acknowledged
    }

    /// Client and server change places.
    pub(crate) fn turn(&mut self) {
        self.peers.swap(0, 1);
        self.different_opens.swap(0, 1);
        self.state = match self.state {
            TcpState::FinWait1 => TcpState::CloseWait,
            TcpState::CloseWait => TcpState::FinWait1,
            state => state,
        };
    }

    /// Notes what an accepted segment says of its sender.
    pub(crate) fn note(&mut self, segment: &Segment<'_>) {
        let receiver_acknowledged = self.peer(segment.sender.other()).acknowledged;
        let peer = self.peer_mut(segment.sender);
        peer.next = peer.next.max(segment.end());
        if segment.has(flag::ACK) {
            peer.note_acknowledgement(segment);
        }
        if let Some((value, _)) = segment.options.timestamps {
            let is_in_order = !segment.sequence.is_after(receiver_acknowledged);
            if !peer.has_timestamps || is_in_order {
                peer.timestamp = value;
            }
            peer.has_timestamps = true;
        }
    }
}

impl Peer {
    /// Its end of the connection begins with this SYN or SYN/ACK.
    pub(crate) fn open(&mut self, segment: &Segment<'_>) {
        if self.is_known && self.initial != segment.sequence {
            self.initial_before = self.initial;
        }
        self.initial = segment.sequence;
        self.next = segment.end();
        self.is_known = true;
        self.scale = segment.options.window_scale.unwrap_or(0);
        self.permits_sack = segment.options.sack_permitted;
        self.window = u32::from(segment.window);
        if let Some((value, _)) = segment.options.timestamps {
            self.timestamp = value;
            self.has_timestamps = true;
        }
    }

    /// It is first seen in the middle.
    pub(crate) fn pick_up(&mut self, segment: &Segment<'_>) {
        self.initial = segment.sequence.minus(1);
        self.next = segment.end();
        self.is_known = true;
        self.scale = 14;
        self.note_acknowledgement(segment);
    }

    /// The other end acknowledges bytes of this one, which was not seen yet.
    pub(crate) fn presume(&mut self, acknowledgement: SeqNumber) {
        self.initial = acknowledgement.minus(1);
        self.next = acknowledgement;
        self.is_known = true;
        self.scale = 14;
    }

    fn note_acknowledgement(&mut self, segment: &Segment<'_>) {
        let scale = if segment.has(flag::SYN) { 0 } else { self.scale };
        self.window = u32::from(segment.window) << scale.min(14);
        let edge = segment.acknowledgement.plus(self.window);
        if self.has_acknowledged {
            self.acknowledged = self.acknowledged.max(segment.acknowledgement);
            self.right_edge = self.right_edge.max(edge);
        } else {
            (self.acknowledged, self.right_edge) = (segment.acknowledgement, edge);
            self.has_acknowledged = true;
        }
    }
}
