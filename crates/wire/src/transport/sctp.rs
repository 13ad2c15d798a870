//! SCTP's common header, RFC 9260 section 3.1. Its payload is the chunks.
//!
//! ```text
//! | source port 2 | destination port 2 | verification tag 4 | checksum 4 |
//! ```

use crate::anomaly::SCTP_PKT_TOO_SMALL;
use crate::bytes::{be16, be32};
use crate::decoder::{Decoder, Next};
use crate::packet::Transport;
use crate::transport;

const HEADER: usize = 12;

/// An SCTP common header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sctp {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// Verification tag.
    pub verification_tag: u32,
}

impl Sctp {
    /// `None` if there are fewer bytes than a header has.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Sctp> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        Some(Sctp {
            source_port: be16(header, 0),
            destination_port: be16(header, 2),
            verification_tag: be32(header, 4),
        })
    }
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(sctp) = Sctp::parse(decoder.rest) else { return transport::cut(decoder, SCTP_PKT_TOO_SMALL) };
    decoder.packet.transport = Transport::Sctp(sctp);
    decoder.begin_payload(HEADER);
    Next::Done
}
