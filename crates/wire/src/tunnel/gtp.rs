//! GTP-U, 3GPP TS 29.281 section 5: a subscriber's IP packets.
//!
//! ```text
//! | version 3 bits = 1, GTP 1, reserved 1, extension 1, sequence 1, N-PDU 1 | message 1 byte | length 2 | tunnel 4 |
//! | sequence 2, N-PDU 1, next extension 1 |     if one of the three bits is set
//! extension: | length in 4 bytes 1 | content | next extension 1 |
//! ```

use crate::bytes::{be16, be32};
use crate::decoder::{Decoder, Next};
use crate::link;
use crate::network::{ipv4, ipv6};
use crate::packet::TunnelKind;

const HEADER: usize = 8;
/// Version 1, and GTP rather than GTP'.
const VERSION_AND_TYPE: u8 = 0xf0;
const VERSION_1_GTP: u8 = 0x30;
const HAS_OPTIONAL: u8 = 0x07;
const HAS_EXTENSION: u8 = 0x04;
/// The message that carries a packet.
const PACKET: u8 = 255;
const EXTENSIONS_MAX: usize = 8;

/// Tunnel and length of the header, if this is a packet in GTP-U.
fn parse(bytes: &[u8]) -> Option<(u32, usize)> {
    let header: &[u8; HEADER] = bytes.first_chunk()?;
    let is_packet = header[0] & VERSION_AND_TYPE == VERSION_1_GTP && header[1] == PACKET;
    let is_whole = HEADER + usize::from(be16(header, 2)) <= bytes.len();
    if !is_packet || !is_whole {
        return None;
    }
    let mut length = HEADER;
    if header[0] & HAS_OPTIONAL != 0 {
        length += 4;
        let mut next = *bytes.get(length - 1)?;
        for _ in 0..EXTENSIONS_MAX {
            if next == 0 || header[0] & HAS_EXTENSION == 0 {
                break;
            }
            length += usize::from(*bytes.get(length)?) * 4;
            next = *bytes.get(length - 1)?;
        }
    }
    Some((be32(header, 4), length))
}

pub(crate) fn decode(decoder: &mut Decoder) -> Next {
    let Some((tunnel, length)) = parse(decoder.rest) else { return Next::Done };
    let inside = decoder.rest.get(length..).unwrap_or_default();
    let next = match inside.first().map(|first| first >> 4) {
        Some(4) if ipv4::is_plausible(inside) => Next::EtherType(link::IPV4),
        Some(6) if ipv6::is_plausible(inside) => Next::EtherType(link::IPV6),
        _ => return Next::Done,
    };
    decoder.enter(TunnelKind::Gtp, Some(tunnel), length, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<(u32, usize)>) {
        assert_eq!(parse(bytes), expected);
    }

    #[test]
    fn headers() {
        check(&[0x30, 255, 0, 1, 0, 0, 0, 7, 0x45], Some((7, 8)));
        check(&[0x32, 255, 0, 5, 0, 0, 0, 7, 0, 1, 0, 0, 0x45], Some((7, 12)));
        check(&[0x34, 255, 0, 9, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0x10, 9, 0, 0x45], Some((7, 16)));
        check(&[0x30, 255, 0, 2, 0, 0, 0, 7, 0x45], None);
        check(&[0x30, 1, 0, 0, 0, 0, 0, 7], None);
        check(&[0x48, 255, 0, 0, 0, 0, 0, 7], None);
    }
}
