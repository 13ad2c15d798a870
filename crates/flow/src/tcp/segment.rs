//! One TCP segment, as the state machine and the measurements look at it.

use super::sequence::SeqNumber;
use model::packet::{Side, Timestamp};
use wire::{Network, Packet, Tcp, TcpFlags, TcpOptions};

/// A segment with its sender and its time.
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// When it was captured.
    pub now: Timestamp,
    /// Who sent it.
    pub sender: Side,
    /// Of its first byte, or of SYN.
    pub sequence: SeqNumber,
    /// The next byte the sender wants, if ACK is set.
    pub acknowledgement: SeqNumber,
    /// Its flags.
    pub flags: TcpFlags,
    /// As the header says, not scaled.
    pub window: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Bytes of payload by the IP header, captured or not.
    pub length: u32,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Its options.
    pub options: TcpOptions,
    /// As the header says: tells copies of one packet from retransmissions.
    pub checksum: u16,
    /// IPv4 identification, 0 for IPv6.
    pub identification: u16,
    /// What differs between two taps: hop limit, MACs and tunnel, folded.
    pub tap: u32,
}

/// Flag bits of [`TcpFlags`].
pub(crate) mod flag {
    pub(crate) const FIN: u8 = 0x01;
    pub(crate) const SYN: u8 = 0x02;
    pub(crate) const RST: u8 = 0x04;
    pub(crate) const PSH: u8 = 0x08;
    pub(crate) const ACK: u8 = 0x10;
    pub(crate) const URG: u8 = 0x20;
}

impl<'a> Segment<'a> {
    /// What a packet's TCP header says.
    pub(crate) fn new(
        now: Timestamp,
        sender: Side,
        packet: &Packet<'a>,
        network: &Network,
        tcp: &Tcp<'a>,
    ) -> Segment<'a> {
        let identification = if network.source.is_ipv4() { network.identification as u16 } else { 0 };
        Segment {
            now,
            sender,
            sequence: SeqNumber(tcp.sequence),
            acknowledgement: SeqNumber(tcp.acknowledgement),
            flags: tcp.flags,
            window: tcp.window,
            urgent: tcp.urgent,
            length: (packet.payload.len() as u32).saturating_add(packet.missing_bytes),
            payload: packet.payload,
            options: tcp.options(),
            checksum: tcp.checksum,
            identification,
            tap: tap(packet, network),
        }
    }

    /// Are all of these flags set?
    pub(crate) fn has(&self, flags: u8) -> bool {
        self.flags.0 & flags == flags
    }

    /// Is any of these flags set?
    pub(crate) fn has_any(&self, flags: u8) -> bool {
        self.flags.0 & flags != 0
    }

    /// SYN without ACK.
    pub(crate) fn is_syn(&self) -> bool {
        self.has(flag::SYN) && !self.has_any(flag::ACK | flag::RST)
    }

    /// SYN with ACK.
    pub(crate) fn is_syn_ack(&self) -> bool {
        self.has(flag::SYN | flag::ACK) && !self.has(flag::RST)
    }

    /// Of the first byte of payload: SYN takes a number of its own.
    pub(crate) fn payload_sequence(&self) -> SeqNumber {
        self.sequence.plus(u32::from(self.has(flag::SYN)))
    }

    /// Behind its last byte, SYN and FIN counted.
    pub(crate) fn end(&self) -> SeqNumber {
        let numbers = u32::from(self.has(flag::SYN)) + u32::from(self.has(flag::FIN));
        self.sequence.plus(self.length.wrapping_add(numbers))
    }

    /// Does it take sequence numbers?
    pub(crate) fn occupies(&self) -> bool {
        self.length > 0 || self.has_any(flag::SYN | flag::FIN)
    }
}

/// Hop limit, MACs and outer addresses of a packet, folded: equal for packets from one tap, with one path behind them.
fn tap(packet: &Packet<'_>, network: &Network) -> u32 {
    let macs = packet.macs.unwrap_or_default();
    let mut folded = u32::from(network.ttl);
    for byte in macs.as_flattened() {
        folded = folded.wrapping_mul(0x0100_0193) ^ u32::from(*byte);
    }
    for tunnel in packet.tunnels.iter() {
        let outer = match tunnel.outer {
            Some((std::net::IpAddr::V4(source), _)) => source.to_bits(),
            Some((std::net::IpAddr::V6(source), _)) => source.to_bits() as u32,
            None => 0,
        };
        folded = folded.wrapping_mul(0x0100_0193) ^ outer ^ tunnel.id.unwrap_or(0).rotate_left(16);
    }
    folded
}
