//! ESP (RFC 4303) and AH (RFC 4302).
//!
//! ```text
//! ESP: | index 4 | sequence 4 | what is encrypted |
//! AH:  | next header 1 | length in 4 bytes, less 2 | reserved 2 | index 4 | sequence 4 | check value |
//! ```

use crate::anomaly::{AH_PKT_TOO_SMALL, ESP_PKT_TOO_SMALL};
use crate::bytes::be32;
use crate::decoder::{Decoder, Next};
use crate::packet::Transport;

const ESP_HEADER: usize = 8;
const AH_HEADER_MIN: usize = 12;

pub(crate) fn decode_esp(decoder: &mut Decoder) -> Next {
    if decoder.rest.len() < ESP_HEADER {
        return decoder.cut(ESP_PKT_TOO_SMALL);
    }
    decoder.packet.transport = Transport::Ipsec { spi: be32(decoder.rest, 0) };
    decoder.begin_payload(ESP_HEADER);
    Next::Done
}

/// AH over IPv4 hides nothing: the header is passed over, and counted to the IP header as IPv6 does.
pub(crate) fn decode_ah(decoder: &mut Decoder) -> Next {
    let (protocol, length) = match decoder.rest {
        [protocol, units, ..] => (*protocol, (usize::from(*units) + 2) * 4),
        _ => return decoder.cut(AH_PKT_TOO_SMALL),
    };
    if length < AH_HEADER_MIN || length > decoder.rest.len() {
        return decoder.cut(AH_PKT_TOO_SMALL);
    }
    if let Some(network) = &mut decoder.packet.network {
        network.protocol = protocol;
        network.header_length = network.header_length.saturating_add(u16::try_from(length).unwrap_or(u16::MAX));
    }
    decoder.begin_payload(length);
    Next::Protocol(protocol)
}
