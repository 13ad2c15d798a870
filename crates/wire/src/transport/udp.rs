//! UDP, RFC 768.
//!
//! ```text
//! | source port 2 | destination port 2 | length 2, with the header | checksum 2 |
//! ```

use crate::anomaly;
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::packet::Transport;
use crate::transport;
use crate::tunnel;

/// Bytes of the header.
pub(crate) const HEADER: usize = 8;

/// A UDP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Udp {
    /// Sender's port.
    pub source_port: u16,
    /// Receiver's port.
    pub destination_port: u16,
    /// As the header says.
    pub length: u16,
    /// As the header says.
    pub checksum: u16,
}

impl Udp {
    /// `None` if there are fewer bytes than a header has.
    #[inline]
    pub(crate) fn parse(bytes: &[u8]) -> Option<Udp> {
        let header: &[u8; HEADER] = bytes.first_chunk()?;
        Some(Udp {
            source_port: be16(header, 0),
            destination_port: be16(header, 2),
            length: be16(header, 4),
            checksum: be16(header, 6),
        })
    }
}

#[inline]
pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some(udp) = Udp::parse(decoder.rest) else { return transport::cut(decoder, anomaly::UDP_HLEN_TOO_SMALL) };
    match usize::from(udp.length) {
        // Segmentation offload, or longer than the field can say (RFC 2675 section 4).
        0 => {}
        length if length < HEADER => decoder.flag(anomaly::UDP_LEN_INVALID),
        length => {
            let had = decoder.absent;
            if !decoder.limit(length) {
                decoder.flag(anomaly::UDP_PKT_TOO_SMALL);
                decoder.absent = had;
            }
        }
    }
    decoder.packet.transport = Transport::Udp(udp);
    decoder.begin_payload(HEADER);
    tunnel::in_udp(decoder, &udp)
}
