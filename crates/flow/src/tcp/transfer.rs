//! From established to closed: windows, acknowledgements, FIN and RST.

use super::overlap::OverlapPolicy;
use super::segment::{Segment, flag};
use super::state::{Connection, TcpState};
use super::verdict::Verdict;
use model::packet::Side;

/// How a state's anomalies are called.
struct Names {
    wrong_sequence: &'static str,
    invalid_ack: &'static str,
    fin_wrong_sequence: &'static str,
    fin_invalid_ack: &'static str,
}

const fn names(
    wrong_sequence: &'static str,
    invalid_ack: &'static str,
    fin_wrong_sequence: &'static str,
    fin_invalid_ack: &'static str,
) -> Names {
    Names { wrong_sequence, invalid_ack, fin_wrong_sequence, fin_invalid_ack }
}

impl TcpState {
    fn names(self) -> Names {
        match self {
            TcpState::FinWait1 => {
                names("fin1_ack_wrong_seq", "fin1_invalid_ack", "fin1_fin_wrong_seq", "fin1_invalid_ack")
            }
            TcpState::FinWait2 => {
                names("fin2_ack_wrong_seq", "fin2_invalid_ack", "fin2_fin_wrong_seq", "fin2_invalid_ack")
            }
            TcpState::CloseWait => names(
                "closewait_ack_out_of_window",
                "closewait_invalid_ack",
                "closewait_fin_out_of_window",
                "closewait_invalid_ack",
            ),
            TcpState::Closing => {
                names("closing_ack_wrong_seq", "closing_invalid_ack", "closing_ack_wrong_seq", "closing_invalid_ack")
            }
            TcpState::LastAck => {
                names("lastack_ack_wrong_seq", "lastack_invalid_ack", "lastack_ack_wrong_seq", "lastack_invalid_ack")
            }
            TcpState::TimeWait => names(
                "timewait_ack_wrong_seq",
                "timewait_invalid_ack",
                "timewait_ack_wrong_seq",
                "timewait_invalid_ack",
            ),
            _ => names("est_packet_out_of_window", "est_invalid_ack", "fin_out_of_window", "fin_invalid_ack"),
        }
    }
}

impl Connection {
    /// A segment of a connection that was established.
    pub(crate) fn in_transfer(&mut self, segment: &Segment<'_>, policy: OverlapPolicy, verdict: &mut Verdict) {
        if segment.has(flag::RST) {
            return self.reset_validated(segment, policy, verdict);
        }
        if segment.has(flag::SYN) {
            return self.late_opening(segment, verdict);
        }
        if !self.is_acceptable(segment, verdict) {
            return;
        }
        self.note(segment);
        self.advance(segment);
    }

    /// Sequence number, acknowledgement and timestamp are what this moment allows.
    fn is_acceptable(&self, segment: &Segment<'_>, verdict: &mut Verdict) -> bool {
        let names = self.state.names();
        let is_fin = segment.has(flag::FIN);
        if self.is_out_of_window(segment) {
            verdict.refuse(if is_fin { names.fin_wrong_sequence } else { names.wrong_sequence });
        } else if self.has_invalid_ack(segment) {
            verdict.anomaly("pkt_invalid_ack");
            verdict.refuse(if is_fin { names.fin_invalid_ack } else { names.invalid_ack });
        } else if self.has_invalid_timestamp(segment) {
            verdict.refuse("pkt_invalid_timestamp");
        } else if self.is_bad_window_update(segment) {
            verdict.refuse("pkt_bad_window_update");
        } else {
            self.describe_repetition(segment, verdict);
        }
        if !segment.has(flag::ACK) && segment.acknowledgement.0 != 0 {
            verdict.anomaly("pkt_broken_ack");
        }
        !verdict.is_refused
    }

    /// Behind what the receiver can take. A receiver that is not seen takes anything.
    fn is_out_of_window(&self, segment: &Segment<'_>) -> bool {
        let receiver = self.peer(segment.sender.other());
        if !receiver.has_acknowledged || self.traits.is_one_sided {
            return false;
        }
        // A probe of a closed window sends one byte beyond it (RFC 9293 section 3.8.6.1).
        let probe = u32::from(segment.length == 1);
        segment.sequence.plus(segment.length).is_after(receiver.right_edge.plus(probe))
    }

    /// Acknowledges what the other side cannot have sent.
    fn has_invalid_ack(&self, segment: &Segment<'_>) -> bool {
        let (sender, other) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        if !segment.has(flag::ACK) || !other.is_known || self.traits.is_one_sided {
            return false;
        }
        let allowed = if sender.has_acknowledged { other.next.max(sender.right_edge.plus(1)) } else { other.next };
        segment.acknowledgement.is_after(allowed)
    }

    /// Older than what was received in order (PAWS, RFC 7323 section 5).
    fn has_invalid_timestamp(&self, segment: &Segment<'_>) -> bool {
        let sender = self.peer(segment.sender);
        match segment.options.timestamps {
            Some((value, _)) if sender.has_timestamps && sender.timestamp != 0 && value != 0 => {
                (value.wrapping_sub(sender.timestamp) as i32) < 0 && segment.length > 0
            }
            _ => false,
        }
    }

    /// Acknowledges more than was sent while it closes the window: forged, to make the receiver look slow.
    fn is_bad_window_update(&self, segment: &Segment<'_>) -> bool {
        let (sender, other) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        segment.length == 0
            && segment.flags.0 & !flag::PSH == flag::ACK
            && segment.acknowledgement.is_after(other.next)
            && u32::from(segment.window) << sender.scale.min(14) < sender.window
    }

    /// Bytes come again: some on their way, some that the receiver has acknowledged. A keep-alive is no repetition.
    fn describe_repetition(&self, segment: &Segment<'_>, verdict: &mut Verdict) {
        let (sender, receiver) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        let end = segment.sequence.plus(segment.length);
        let is_keep_alive = segment.length == 1 && end == sender.next;
        if segment.length == 0 || is_keep_alive || !receiver.has_acknowledged {
            return;
        }
        let begins_before = segment.sequence.is_before(receiver.acknowledged);
        if end.is_after(receiver.acknowledged) {
            if begins_before || !end.is_after(sender.next) {
                verdict.anomaly("pkt_retransmission");
            }
            return;
        }
        verdict.anomaly("pkt_spurious_retransmission");
        match self.state {
            TcpState::Established => verdict.anomaly("est_pkt_before_last_ack"),
            TcpState::CloseWait => verdict.anomaly("closewait_pkt_before_last_ack"),
            _ => {}
        }
    }

    /// What FIN and acknowledgements change.
    fn advance(&mut self, segment: &Segment<'_>) {
        if segment.has(flag::FIN) {
            self.close(segment);
        }
        let is_acknowledged = |connection: &Connection, side: Side| {
            let (closed, other) = (connection.peer(side), connection.peer(side.other()));
            closed.has_closed && other.has_acknowledged && !other.acknowledged.is_before(closed.next)
        };
        let [client, server] = Side::BOTH.map(|side| is_acknowledged(self, side));
        self.state = match self.state {
            TcpState::FinWait1 if server => TcpState::FinWait2,
            TcpState::Closing if server => TcpState::TimeWait,
            TcpState::LastAck if server => TcpState::Closed,
            TcpState::TimeWait if client && server => TcpState::Closed,
            state => state,
        };
    }

    fn close(&mut self, segment: &Segment<'_>) {
        let other = segment.sender.other();
        match (self.state, segment.sender) {
            (TcpState::Established, _) => self.close_first(segment.sender),
            (TcpState::CloseWait, Side::Server) => self.state = TcpState::LastAck,
            (TcpState::FinWait1, Side::Client) => {
                let (client, server) = (self.peer(segment.sender), self.peer(other));
                let is_acknowledged = !client.acknowledged.is_before(server.next);
                self.state = if is_acknowledged { TcpState::TimeWait } else { TcpState::Closing };
            }
            (TcpState::FinWait2, Side::Client) => self.state = TcpState::TimeWait,
            _ => {}
        }
        self.peer_mut(segment.sender).has_closed = true;
    }

    /// The first FIN of a connection.
    pub(crate) fn close_first(&mut self, sender: Side) {
        self.state = if sender == Side::Client { TcpState::CloseWait } else { TcpState::FinWait1 };
        self.peer_mut(sender).has_closed = true;
    }

    /// SYN or SYN/ACK where there is a connection.
    fn late_opening(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        let is_answer = segment.has(flag::ACK);
        let peer = self.peer(segment.sender);
        let is_same = peer.is_known && segment.sequence == peer.initial;
        let is_over = self.state != TcpState::Established;
        let name = match (is_answer, segment.sender) {
            (false, _) if is_over => "shutdown_syn_resend",
            (true, Side::Client) if !self.traits.is_split => "est_synack_toserver",
            (true, _) if segment.acknowledgement != self.peer(segment.sender.other()).initial.plus(1) => {
                "est_synack_resend_with_different_ack"
            }
            (true, _) if !is_same => "est_synack_resend_with_diff_seq",
            (true, _) => "est_synack_resend",
            (false, Side::Server) => "est_syn_toclient",
            (false, Side::Client) if !is_same => "est_syn_resend_diff_seq",
            (false, Side::Client) => "est_syn_resend",
        };
        verdict.refuse(name);
    }

    /// RST of an opening connection.
    pub(crate) fn reset_checked(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        if self.has_invalid_ack(segment) {
            return verdict.refuse("rst_invalid_ack");
        }
        self.reset(segment.sender);
    }

    /// RST counts where the receiver's system lets it count: at the next byte, or anywhere in the window (RFC 5961 section 3.2).
    fn reset_validated(&mut self, segment: &Segment<'_>, policy: OverlapPolicy, verdict: &mut Verdict) {
        if segment.has(flag::ACK) && self.has_invalid_ack(segment) {
            return verdict.refuse("rst_invalid_ack");
        }
        let (sender, receiver) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        let is_next = segment.sequence == sender.next || segment.sequence == receiver.acknowledged;
        let takes_window = matches!(
            policy,
            OverlapPolicy::Linux | OverlapPolicy::OldLinux | OverlapPolicy::Solaris | OverlapPolicy::Hpux11
        );
        let is_in_window =
            !segment.sequence.is_before(receiver.acknowledged) && !segment.sequence.is_after(receiver.right_edge);
        let is_unknown = !receiver.has_acknowledged || !sender.is_known || self.traits.is_one_sided;
        if !(is_next || is_unknown || (takes_window && is_in_window)) {
            return verdict.refuse_silently();
        }
        self.reset(segment.sender);
    }

    pub(crate) fn reset(&mut self, sender: Side) {
        if self.state != TcpState::Closed {
            self.state_before_reset = self.state;
        }
        self.state = TcpState::Closed;
        self.peer_mut(sender.other()).was_reset = true;
    }

    /// A segment of a connection that is closed. One that a RST closed, and whose receiver goes on all the same, was not reset
    /// by its peer.
    pub(crate) fn in_closed(&mut self, segment: &Segment<'_>, policy: OverlapPolicy, verdict: &mut Verdict) {
        let was_reset = self.peer(segment.sender).was_reset;
        if segment.has(flag::RST) || !was_reset || self.state_before_reset < TcpState::Established {
            if segment.is_syn() {
                verdict.anomaly("shutdown_syn_resend");
            }
            return verdict.refuse_silently();
        }
        self.state = self.state_before_reset;
        verdict.anomaly("suspected_rst_inject");
        self.peer_mut(segment.sender).was_reset = false;
        self.in_transfer(segment, policy, verdict);
    }
}
