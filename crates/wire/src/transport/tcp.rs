//! TCP, RFC 9293.
//!
//! ```text
//! | source port 2 | destination port 2 | sequence 4 | acknowledgement 4 |
//! | header length 4 bits | reserved 4 | flags 8 | window 2 | checksum 2 | urgent 2 | options |
//! ```

use crate::TcpOptions;
use crate::anomaly::{self, Malformed};
use crate::bytes::{be16, be32};
use crate::decoder::{Decoder, Next};
use crate::packet::Transport;
use crate::transport::{self, tcp_options};

/// Bytes of a header without options.
const HEADER: usize = 20;

/// A TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tcp<'a> {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Of the first byte, or of SYN.
    pub sequence: u32,
    /// The next byte the sender wants.
    pub acknowledgement: u32,
    /// The flags.
    pub flags: TcpFlags,
    /// As the header says, not scaled.
    pub window: u16,
    /// As the header says.
    pub checksum: u16,
    /// Urgent pointer.
    pub urgent: u16,
    /// Bytes of the header with options.
    pub header_length: u8,
    /// The options' bytes; [`Tcp::options`] reads them.
    pub option_bytes: &'a [u8],
}

impl<'a> Tcp<'a> {
    /// Reads a header. Options that lie behind the end of `bytes` are left out.
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Tcp<'a>, Malformed> {
        let (header, behind) = bytes.split_first_chunk::<HEADER>().ok_or(anomaly::TCP_PKT_TOO_SMALL)?;
        let header_length = (header[12] >> 4) * 4;
        let options = usize::from(header_length).checked_sub(HEADER).ok_or(anomaly::TCP_HLEN_TOO_SMALL)?;
        Ok(Tcp {
            source_port: be16(header, 0),
            destination_port: be16(header, 2),
            sequence: be32(header, 4),
            acknowledgement: be32(header, 8),
            flags: TcpFlags(header[13]),
            window: be16(header, 14),
            checksum: be16(header, 16),
            urgent: be16(header, 18),
            header_length,
            option_bytes: behind.get(..options).unwrap_or(behind),
        })
    }

    /// What the options say.
    pub fn options(&self) -> TcpOptions {
        TcpOptions::read(self.option_bytes)
    }
}

/// TCP's flags: CWR 0x80, ECE 0x40, URG 0x20, ACK 0x10, PSH 0x08, RST 0x04, SYN 0x02, FIN 0x01.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    /// No more data from this side.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// The beginning.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// The end, at once.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Hand it to the application.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgement counts.
    pub const ACK: TcpFlags = TcpFlags(0x10);
    /// The urgent pointer counts.
    pub const URG: TcpFlags = TcpFlags(0x20);
    /// Congestion was experienced.
    pub const ECE: TcpFlags = TcpFlags(0x40);
    /// The congestion window was reduced.
    pub const CWR: TcpFlags = TcpFlags(0x80);

    /// Are all these set?
    pub const fn has(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// Is one of these set?
    pub const fn has_any(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 != 0
    }

    /// The first packet of an opener: SYN, and neither ACK nor RST.
    pub const fn is_syn_only(self) -> bool {
        self.has(TcpFlags::SYN) && !self.has_any(TcpFlags(TcpFlags::ACK.0 | TcpFlags::RST.0))
    }

    /// The answer to it: SYN and ACK, and no RST.
    pub const fn is_syn_ack(self) -> bool {
        self.has(TcpFlags(TcpFlags::SYN.0 | TcpFlags::ACK.0)) && !self.has(TcpFlags::RST)
    }
}

impl std::ops::BitOr for TcpFlags {
    type Output = TcpFlags;

    fn bitor(self, other: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | other.0)
    }
}

#[inline]
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let tcp = match Tcp::parse(decoder.rest) {
        Ok(tcp) => tcp,
        Err(malformed) if malformed == anomaly::TCP_PKT_TOO_SMALL => return transport::cut(decoder, malformed),
        Err(malformed) => return decoder.fail(malformed),
    };
    let header_length = usize::from(tcp.header_length);
    if header_length > decoder.rest.len() + decoder.absent as usize {
        return decoder.fail(anomaly::TCP_HLEN_TOO_SMALL);
    }
    if tcp_options::deserve_a_look(tcp.option_bytes) && header_length <= decoder.rest.len() {
        check_options(decoder, tcp.option_bytes);
    }
    decoder.packet.transport = Transport::Tcp(tcp);
    decoder.begin_payload(header_length);
    Next::Done
}

fn check_options(decoder: &mut Decoder, options: &[u8]) {
    let (_, problem) = tcp_options::read(options);
    if let Some(malformed) = problem {
        decoder.flag(malformed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags() {
        assert!((TcpFlags::SYN | TcpFlags::ECE | TcpFlags::CWR).is_syn_only());
        assert!(!(TcpFlags::SYN | TcpFlags::ACK).is_syn_only());
        assert!((TcpFlags::SYN | TcpFlags::ACK).is_syn_ack());
        assert!(!TcpFlags::SYN.is_syn_ack() && !TcpFlags::ACK.is_syn_ack());
    }

    #[track_caller]
    fn check(offset: u8, length: usize, expected: Result<usize, Malformed>) {
        let mut bytes = vec![1; length];
        if let Some(byte) = bytes.get_mut(12) {
            *byte = offset << 4;
        }
        assert_eq!(Tcp::parse(&bytes).map(|tcp| tcp.option_bytes.len()), expected);
    }

    #[test]
    fn lengths() {
        check(5, 20, Ok(0));
        check(8, 40, Ok(12));
        check(15, 30, Ok(10));
        check(4, 40, Err(anomaly::TCP_HLEN_TOO_SMALL));
        check(5, 19, Err(anomaly::TCP_PKT_TOO_SMALL));
    }
}
