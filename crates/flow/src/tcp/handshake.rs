//! How a connection comes into being: three-way, four-way and split handshakes, fast open, one-sided and midstream.
//!
//! The anomalies are those of Suricata's stream events, by its names.

use super::segment::{Segment, flag};
use super::state::{Connection, TcpState};
use super::verdict::Verdict;
use model::packet::Side;

/// What is accepted as a beginning.
#[derive(Clone, Copy, Debug)]
pub struct Openings {
    /// Pick connections up without their handshake.
    pub midstream: bool,
    /// Go on where only one side is seen.
    pub one_sided: bool,
    /// SYNs with different sequence numbers behind the first one before each more is a flood.
    pub syns_max: u8,
    /// SYN/ACKs with different sequence numbers before each more is a flood.
    pub syn_acks_max: u8,
}

impl Default for Openings {
    /// Everything is picked up; floods as in Suricata's `max-syn-queued` and `max-synack-queued`.
    fn default() -> Self {
        Openings { midstream: true, one_sided: true, syns_max: 10, syn_acks_max: 5 }
    }
}

impl Connection {
    /// The first segment of a flow.
    pub(crate) fn begin(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if segment.has(flag::SYN | flag::FIN) {
            verdict.anomaly("fin_syn");
        }
        if segment.has(flag::RST) {
            return verdict.refuse("rst_but_no_session");
        }
        if segment.is_syn() {
            self.peer_mut(segment.sender).open(segment);
            self.state = TcpState::SynSent;
            return;
        }
        if segment.has(flag::FIN) {
            verdict.anomaly("fin_but_no_session");
        }
        if !openings.midstream || !segment.has(flag::ACK) {
            return verdict.refuse_silently();
        }
        self.traits.is_midstream = true;
        if segment.is_syn_ack() {
            self.peer_mut(segment.sender).open(segment);
            self.peer_mut(segment.sender.other()).presume(segment.acknowledgement);
            self.state = TcpState::SynReceived;
        } else {
            self.peer_mut(segment.sender).pick_up(segment);
            self.peer_mut(segment.sender.other()).presume(segment.acknowledgement);
            self.state = TcpState::Established;
            if segment.has(flag::FIN) {
                self.close_first(segment.sender);
            }
            return;
        }
        self.note(segment);
    }

    /// A segment behind the client's SYN.
    pub(crate) fn in_syn_sent(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if self.echoes_wrong_timestamp(segment) {
            verdict.refuse("pkt_invalid_timestamp");
        } else if segment.has(flag::RST) {
            self.reset_opening(segment, verdict);
        } else if segment.is_syn_ack() {
            self.syn_ack_in_syn_sent(segment, openings, verdict);
        } else if segment.is_syn() {
            self.syn_in_syn_sent(segment, openings, verdict);
        } else if segment.has(flag::ACK) {
            self.skip_handshake(segment, openings, verdict);
        } else {
            verdict.refuse_silently();
        }
    }

    /// An answer must echo the timestamp of a SYN, or a client drops it before it looks at anything else: what forged RST and FIN
    /// packets count on, to close the connection for an observer alone. SYNs of the last two minutes may be answered.
    fn echoes_wrong_timestamp(&self, segment: &Segment<'_>) -> bool {
        const OLDEST_MS: u32 = 120_000;
        let client = self.peer(Side::Client);
        match segment.options.timestamps {
            Some((_, echo)) if segment.sender == Side::Server && echo != 0 => match client.has_timestamps {
                true => client.timestamp.wrapping_sub(echo) > OLDEST_MS,
                // A client without timestamps does not look at what its SYN did not ask for (RFC 7323 section 3.2).
                false => !segment.is_syn_ack(),
            },
            _ => false,
        }
    }

    /// RST as an answer to SYN: it must acknowledge it.
    fn reset_opening(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        // A client that answers forged packets with RST goes on opening (RFC 9293 section 3.10.7.3).
        if segment.sender == Side::Client {
            return verdict.refuse_silently();
        }
        let opened = self.peer(Side::Client);
        let expected = [opened.initial.plus(1), opened.next, opened.initial_before.plus(1)];
        if segment.has(flag::ACK) && !expected.contains(&segment.acknowledgement) {
            return verdict.refuse("rst_invalid_ack");
        }
        self.reset(segment.sender);
    }

    fn syn_ack_in_syn_sent(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if self.traits.is_split {
            return self.syn_ack_of_split(segment, verdict);
        }
        if segment.sender == Side::Client {
            return verdict.refuse("3whs_synack_in_wrong_direction");
        }
        let client = self.peer(Side::Client);
        let (initial, next) = (client.initial, client.next);
        if segment.acknowledgement == client.initial_before.plus(1) && segment.acknowledgement != initial.plus(1) {
            let client = self.peer_mut(Side::Client);
            (client.initial, client.initial_before) = (client.initial_before, client.initial);
            client.next = segment.acknowledgement;
        } else if segment.acknowledgement == next {
            self.traits.is_fast_open = next != initial.plus(1);
        } else if segment.acknowledgement == initial.plus(1) {
            verdict.anomaly("3whs_synack_tfo_data_ignored");
            verdict.opening_data_refused = true;
            self.peer_mut(Side::Client).next = segment.acknowledgement;
        } else {
            self.count_different(Side::Server, openings.syn_acks_max, "3whs_synack_flood", verdict);
            return verdict.refuse("3whs_synack_with_wrong_ack");
        }
        self.peer_mut(Side::Server).open(segment);
        self.state = TcpState::SynReceived;
        self.note(segment);
    }

    fn syn_in_syn_sent(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if segment.sender == Side::Server {
            // Both sides open: simultaneous open, or a split handshake (RFC 9293 section 3.5, Beardsley and Qian 2010).
            self.traits.is_split = true;
            self.peer_mut(Side::Server).open(segment);
            return;
        }
        if segment.sequence != self.peer(Side::Client).initial {
            self.count_different(Side::Client, openings.syns_max, "3whs_syn_flood", verdict);
        }
        self.peer_mut(Side::Client).open(segment);
    }

    /// In a split handshake the client answers the server's SYN with SYN/ACK, the server with ACK or SYN/ACK.
    fn syn_ack_of_split(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        let (sender, other) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        if segment.acknowledgement != other.initial.plus(1) {
            return verdict.refuse("4whs_synack_with_wrong_ack");
        }
        if sender.is_known && segment.sequence != sender.initial {
            return verdict.refuse("4whs_synack_with_wrong_syn");
        }
        self.peer_mut(segment.sender).scale = segment.options.window_scale.unwrap_or(0);
        self.state = TcpState::SynReceived;
        self.note(segment);
    }

    /// ACK while SYN was not answered: the SYN/ACK, or everything of the server, is not seen.
    fn skip_handshake(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if self.traits.is_split {
            return self.ack_of_split(segment, verdict);
        }
        let client = self.peer(Side::Client);
        match segment.sender {
            Side::Client => {
                if !openings.one_sided {
                    return verdict.refuse_silently();
                }
                if segment.sequence != client.next && segment.sequence != client.initial.plus(1) {
                    return verdict.refuse("3whs_async_wrong_seq");
                }
                self.traits.is_one_sided = true;
                self.peer_mut(Side::Server).presume(segment.acknowledgement);
            }
            Side::Server => {
                let is_answer = !segment.acknowledgement.is_before(client.initial.plus(1))
                    && !segment.acknowledgement.is_after(client.next);
                if !is_answer || !openings.midstream {
                    return verdict.refuse("3whs_ack_in_wrong_dir");
                }
                // A bare acknowledgement of SYN begins a split handshake of five packets; its SYN follows.
                if segment.length == 0 && !segment.has(flag::FIN) && segment.acknowledgement == client.next {
                    return verdict.refuse_silently();
                }
                self.peer_mut(Side::Server).pick_up(segment);
            }
        }
        self.state = TcpState::Established;
        self.note(segment);
        if segment.has(flag::FIN) {
            self.close_first(segment.sender);
        }
    }

    fn ack_of_split(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        let (sender, other) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        if segment.sequence != sender.next {
            return verdict.refuse("4whs_wrong_seq");
        }
        if segment.acknowledgement != other.next {
            return verdict.refuse("4whs_invalid_ack");
        }
        self.note(segment);
        // A split handshake goes on with SYN/ACK of the client; the server's bare ACK before it opens nothing.
        if self.peers.iter().all(|peer| peer.has_acknowledged) {
            self.state = TcpState::Established;
        }
    }

    /// A segment behind the server's SYN/ACK.
    pub(crate) fn in_syn_received(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if segment.has(flag::RST) {
            self.reset_checked(segment, verdict);
        } else if segment.is_syn_ack() {
            self.syn_ack_in_syn_received(segment, openings, verdict);
        } else if segment.is_syn() {
            self.syn_in_syn_received(segment, verdict);
        } else if segment.has(flag::ACK) {
            self.ack_in_syn_received(segment, verdict);
        } else {
            verdict.refuse_silently();
        }
    }

    fn syn_ack_in_syn_received(&mut self, segment: &Segment<'_>, openings: &Openings, verdict: &mut Verdict) {
        if self.traits.is_split {
            self.note(segment);
            if self.peers.iter().all(|peer| peer.has_acknowledged) {
                self.state = TcpState::Established;
            }
            return;
        }
        if segment.sender == Side::Client {
            return verdict.refuse("3whs_synack_toserver_on_syn_recv");
        }
        if segment.acknowledgement != self.peer(Side::Server).acknowledged {
            return verdict.refuse("3whs_synack_resend_with_different_ack");
        }
        if segment.sequence != self.peer(Side::Server).initial {
            verdict.anomaly("3whs_synack_resend_with_diff_seq");
            self.count_different(Side::Server, openings.syn_acks_max, "3whs_synack_flood", verdict);
            self.peer_mut(Side::Server).open(segment);
        }
    }

    fn syn_in_syn_received(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        if segment.sender == Side::Server {
            return verdict.refuse("3whs_syn_toclient_on_syn_recv");
        }
        if segment.sequence != self.peer(Side::Client).initial {
            verdict.refuse("3whs_syn_resend_diff_seq_on_syn_recv");
        }
    }

    fn ack_in_syn_received(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        if segment.sender == Side::Server && !self.traits.is_split {
            return self.server_first(segment, verdict);
        }
        let (client, server) = (self.peer(segment.sender), self.peer(segment.sender.other()));
        if segment.acknowledgement == server.initial_before.plus(1) && server.initial_before != server.initial {
            let before = server.initial_before;
            let server = self.peer_mut(Side::Server);
            (server.initial, server.initial_before, server.next) = (before, server.initial, before.plus(1));
            return self.establish(segment);
        }
        let is_acknowledged = !segment.acknowledgement.is_before(server.initial.plus(1))
            && !segment.acknowledgement.is_after(server.next.max(client.right_edge));
        let is_expected = segment.sequence == client.next;
        match (is_expected, is_acknowledged) {
            // The third packet itself may be missing: data behind it does as well.
            (_, true) => self.establish(segment),
            (true, false) => verdict.refuse("3whs_right_seq_wrong_ack_evasion"),
            (false, false) => verdict.refuse("3whs_wrong_seq_wrong_ack"),
        }
    }

    /// The server sends before the third packet was seen: it has received it.
    fn server_first(&mut self, segment: &Segment<'_>, verdict: &mut Verdict) {
        let (client, server) = (self.peer(Side::Client), self.peer(Side::Server));
        if segment.acknowledgement.is_after(client.next.max(server.right_edge)) {
            return verdict.refuse("3whs_ack_data_inject");
        }
        if segment.length == 0 && !segment.has(flag::FIN) {
            return verdict.refuse("3whs_ack_in_wrong_dir");
        }
        self.establish(segment);
    }

    fn establish(&mut self, segment: &Segment<'_>) {
        self.state = TcpState::Established;
        self.note(segment);
        if segment.has(flag::FIN) {
            self.close_first(segment.sender);
        }
    }

    fn count_different(&mut self, side: Side, max: u8, name: &'static str, verdict: &mut Verdict) {
        let count = &mut self.different_opens[side.index()];
        *count = count.saturating_add(1);
        if *count > max {
            verdict.anomaly(name);
        }
    }
}
