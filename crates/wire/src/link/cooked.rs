//! Linux "cooked" captures, of the `any` device: LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2.
//!
//! ```text
//! version 1: | packet type 2 | ARPHRD type 2 | address length 2 | address 8 | protocol 2 |
//! version 2: | protocol 2 | reserved 2 | interface 4 | ARPHRD type 2 | packet type 1 | address length 1 | address 8 |
//! ```

use crate::anomaly::{SLL_PKT_TOO_SMALL, SLL2_PKT_TOO_SMALL};
use crate::bytes::be16;
use crate::decoder::{Decoder, Next};

const FIRST_HEADER: usize = 16;
const SECOND_HEADER: usize = 20;
/// What stands for 802.2 in the protocol field.
const LLC: u16 = 0x0004;
/// ARPHRD types whose protocol field is no EtherType: netlink, and Wi-Fi with its own headers.
const NOT_ETHER_TYPES: [u16; 4] = [824, 801, 802, 803];

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    if decoder.rest.len() < FIRST_HEADER {
        return decoder.cut(SLL_PKT_TOO_SMALL);
    }
    let (hardware, protocol) = (be16(decoder.rest, 2), be16(decoder.rest, 14));
    behind(decoder, FIRST_HEADER, hardware, protocol)
}

pub(crate) fn decode_second(decoder: &mut Decoder) -> Next {
    if decoder.rest.len() < SECOND_HEADER {
        return decoder.cut(SLL2_PKT_TOO_SMALL);
    }
    let (hardware, protocol) = (be16(decoder.rest, 8), be16(decoder.rest, 0));
    behind(decoder, SECOND_HEADER, hardware, protocol)
}

fn behind(decoder: &mut Decoder, header: usize, hardware: u16, protocol: u16) -> Next {
    decoder.skip(header);
    decoder.packet.payload = decoder.rest;
    match protocol {
        _ if NOT_ETHER_TYPES.contains(&hardware) => Next::Done,
        LLC => Next::Llc,
        protocol => super::ethernet::behind(protocol),
    }
}
