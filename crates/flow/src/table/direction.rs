//! Who opened a flow.

use super::FlowTable;
use super::ports::is_well_known;
use crate::config::DirectionPolicy;
use crate::flow::DirectionEvidence;
use crate::key::Tuple;
use crate::tcp::flag;
use wire::{Packet, Transport};

impl<T> FlowTable<T> {
    /// Is the client the lower end of the key, and how is that known? `is_lower`: the sender of the first packet is.
    pub(super) fn client(&self, tuple: &Tuple, is_lower: bool, packet: &Packet<'_>) -> (bool, DirectionEvidence) {
        match self.sender_is_client(tuple, packet) {
            Some((is_client, evidence)) => (is_client == is_lower, evidence),
            None => (is_lower, DirectionEvidence::FirstPacket),
        }
    }

    fn sender_is_client(&self, tuple: &Tuple, packet: &Packet<'_>) -> Option<(bool, DirectionEvidence)> {
        match &packet.transport {
            Transport::Tcp(tcp) => {
                let flags = tcp.flags.0 & (flag::SYN | flag::ACK);
                if flags & flag::SYN != 0 {
                    return Some((flags & flag::ACK == 0, DirectionEvidence::Handshake));
                }
            }
            Transport::Icmp(_) if tuple.is_one_way || self.config.direction == DirectionPolicy::FirstPacket => {
                return None;
            }
            // An answer whose question was not seen still tells who asked.
            Transport::Icmp(icmp) => {
                let is_answer = matches!(icmp.kind, 0 | 9 | 14 | 16 | 18 | 129 | 131 | 134 | 136 | 140 | 145);
                return is_answer.then_some((false, DirectionEvidence::Handshake));
            }
            _ => {}
        }
        if self.config.direction == DirectionPolicy::FirstPacket {
            return None;
        }
        let knows = |end| self.ports.knows(tuple.protocol, end);
        match (knows(tuple.destination), knows(tuple.source)) {
            (true, false) => return Some((true, DirectionEvidence::ListeningPort)),
            (false, true) => return Some((false, DirectionEvidence::ListeningPort)),
            _ => {}
        }
        match (is_well_known(tuple.destination.port), is_well_known(tuple.source.port)) {
            (true, false) => Some((true, DirectionEvidence::WellKnownPort)),
            (false, true) => Some((false, DirectionEvidence::WellKnownPort)),
            _ => None,
        }
    }
}
