//! Cisco HDLC.
//!
//! ```text
//! | address 1 | control 1 | EtherType 2 |
//! ```

use crate::anomaly::CHDLC_PKT_TOO_SMALL;
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};

const HEADER: usize = 4;
/// Keep-alives (SLARP), Cisco's discovery, and IS-IS: no EtherTypes, and nothing to follow.
const OWN_PROTOCOLS: [u16; 3] = [0x8035, 0x2000, 0xfefe];

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    if decoder.rest.len() < HEADER {
        return decoder.cut(CHDLC_PKT_TOO_SMALL);
    }
    let protocol = be16(decoder.rest, 2);
    decoder.skip(HEADER);
    decoder.packet.payload = decoder.rest;
    if OWN_PROTOCOLS.contains(&protocol) {
        decoder.packet.ether_type = protocol;
        return Next::Done;
    }
    Next::EtherType(protocol)
}
