//! How a connection was set up. Times are those of the observation point.

use crate::tcp::segment::{Segment, flag};
use model::packet::{Side, Timestamp};

/// Bits of [`Setup::completeness`], by Wireshark's `tcp.completeness`.
mod seen {
    pub(super) const SYN: u8 = 1;
    pub(super) const SYN_ACK: u8 = 2;
    pub(super) const ACK: u8 = 4;
    pub(super) const DATA: u8 = 8;
    pub(super) const FIN: u8 = 16;
    pub(super) const RST: u8 = 32;
}

/// The handshake's packets. 40 bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// The last SYN before it was answered.
    syn: Timestamp,
    /// The last SYN/ACK.
    syn_ack: Timestamp,
    /// The client's first acknowledgement behind it.
    ack: Timestamp,
    /// When the first SYN came.
    first_syn: Timestamp,
    /// SYNs beyond the first.
    pub syn_retries: u16,
    /// SYN/ACKs beyond the first.
    pub syn_ack_retries: u16,
    /// What was seen: 1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 RST.
    pub completeness: u8,
}

impl Setup {
    pub(crate) fn observe(&mut self, segment: &Segment<'_>) {
        let had = self.completeness;
        if segment.is_syn() {
            self.syn(segment.now, had);
        } else if segment.is_syn_ack() {
            if had & seen::SYN_ACK != 0 {
                self.syn_ack_retries = self.syn_ack_retries.saturating_add(1);
            }
            if had & seen::ACK == 0 {
                self.syn_ack = segment.now;
            }
            self.completeness |= seen::SYN_ACK;
        } else if segment.has(flag::ACK) && segment.sender == Side::Client && !segment.has(flag::RST) {
            let is_third = had & (seen::SYN | seen::SYN_ACK | seen::ACK) == seen::SYN | seen::SYN_ACK;
            if is_third {
                self.ack = segment.now;
                self.completeness |= seen::ACK;
            }
        }
        self.completeness |= if segment.length > 0 { seen::DATA } else { 0 };
        self.completeness |= if segment.has(flag::FIN) { seen::FIN } else { 0 };
        self.completeness |= if segment.has(flag::RST) { seen::RST } else { 0 };
    }

    fn syn(&mut self, now: Timestamp, had: u8) {
        if had & seen::SYN == 0 {
            self.first_syn = now;
        } else {
            self.syn_retries = self.syn_retries.saturating_add(1);
        }
        if had & seen::SYN_ACK == 0 {
            self.syn = now;
        }
        self.completeness |= seen::SYN;
    }

    fn between(&self, needed: u8, from: Timestamp, to: Timestamp) -> Option<i64> {
        (self.completeness & needed == needed).then(|| to.since_ns(from))
    }

    /// From the last SYN to the SYN/ACK: the way to the server and back, in nanoseconds.
    pub fn server_round_trip_ns(&self) -> Option<i64> {
        self.between(seen::SYN | seen::SYN_ACK, self.syn, self.syn_ack)
    }

    /// From the SYN/ACK to the client's acknowledgement: the way to the client and back.
    pub fn client_round_trip_ns(&self) -> Option<i64> {
        self.between(seen::SYN_ACK | seen::ACK, self.syn_ack, self.ack)
    }

    /// From the last SYN to the client's acknowledgement: Wireshark's `tcp.analysis.initial_rtt`.
    pub fn round_trip_ns(&self) -> Option<i64> {
        self.between(seen::SYN | seen::ACK, self.syn, self.ack)
    }

    /// From the first SYN to the client's acknowledgement: what the user waited, retries included.
    pub fn duration_ns(&self) -> Option<i64> {
        self.between(seen::SYN | seen::ACK, self.first_syn, self.ack)
    }
}
