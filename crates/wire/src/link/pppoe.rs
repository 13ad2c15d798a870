//! PPP over Ethernet, RFC 2516.
//!
//! ```text
//! | version 4 bits, type 4 bits | code 1 | session 2 | length 2 |    discovery: tags | type 2 | length 2 | value |
//! ```

use crate::anomaly;
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};
use crate::packet::TunnelKind;

const HEADER: usize = 6;
/// Offer, request, initiation, session confirmation, termination, and session data.
const CODES: [u8; 6] = [0x07, 0x09, 0x19, 0x65, 0xa7, 0x00];
const SESSION_DATA: u8 = 0x00;

/// Code and session; what is behind the length is padding.
fn header(decoder: &mut Decoder) -> Option<(u8, u16)> {
    let [_, code, session_high, session_low, ..] = *decoder.rest.first_chunk::<HEADER>()?;
    let length = usize::from(be16(decoder.rest, 4));
    // A length beyond the frame is told by the IP header inside, so that nothing is said here.
    decoder.limit(HEADER + length);
    Some((code, u16::from_be_bytes([session_high, session_low])))
}

pub(crate) fn decode_session(decoder: &mut Decoder) -> Next {
    let Some((code, session)) = header(decoder) else { return decoder.cut(anomaly::PPPOE_PKT_TOO_SMALL) };
    if code != SESSION_DATA {
        return decoder.fail(anomaly::PPPOE_WRONG_CODE);
    }
    decoder.enter(TunnelKind::PppOe, Some(u32::from(session)), HEADER, Next::Ppp)
}

/// Nothing comes behind the tags; they are only walked.
pub(crate) fn decode_discovery(decoder: &mut Decoder) -> Next {
    let Some((code, _)) = header(decoder) else { return decoder.cut(anomaly::PPPOE_PKT_TOO_SMALL) };
    if !CODES.contains(&code) {
        return decoder.fail(anomaly::PPPOE_WRONG_CODE);
    }
    decoder.skip(HEADER);
    decoder.packet.payload = decoder.rest;
    let mut tags = decoder.rest;
    while tags.len() >= 4 {
        let Some(behind) = tags.get(4 + usize::from(be16(tags, 2))..) else {
            return decoder.cut(anomaly::PPPOE_MALFORMED_TAGS);
        };
        tags = behind;
    }
    Next::Done
}
